"""The chain rule of tensors written down: backward's numbers to the bit, shapes, ghosts, formulas."""

import re
import subprocess
import sys

import numpy as np
import pytest

import micrograd_lab as torch
from micrograd_lab.errors import FreedGraphError, GradError
from micrograd_lab.lens import steps
from micrograd_lab.lens.cells import ghosts


def named(data, label):
    x = torch.tensor(data, requires_grad=True)
    x.label = label
    return x


def network():
    x = torch.tensor([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]])
    w = named([[0.1, -0.2], [0.3, 0.4], [-0.5, 0.6]], "w")
    b = named([0.5, -0.5], "b")
    h = (x @ w + b).tanh()
    h.label = "h"
    loss = (h * h + w.sum()).mean()
    loss.label = "L"
    return loss, w, b


TABLE = """\
where v1 = c @ w, v2 = v1 + b, h = tanh(v2), v3 = h·h, v4 = sum(w), v5 = v3 + v4, L = mean(v5)

step  from → to     gradient by the op's own rule  upstream → passed on         sum so far
────────────────────────────────────────────────────────────────────────────────────────────────────
   0  seed → L      dL = ∂L/∂L = 1                 1                            1
   1  L → v5        dv5 = dL / 4, spread to 2×2    1 → 2×2 ‖0.5‖                2×2 ‖0.5‖
   2  v5 → v3       dv3 = dv5                      2×2 ‖0.5‖ → 2×2 ‖0.5‖        2×2 ‖0.5‖
   3  v5 → v4       dv4 = dv5, summed to one num…  2×2 ‖0.5‖ → 1                1
   4  v4 → w        dw = dv4, spread to 3×2        1 → 3×2 ‖2.449‖              3×2 ‖2.449‖
   5  v3 → h (1st)  dh = dv3·h                     2×2 ‖0.5‖ → 2×2 ‖0.3781‖     2×2 ‖0.3781‖
   6  v3 → h (2nd)  dh = dv3·h                     2×2 ‖0.5‖ → 2×2 ‖0.3781‖     2×2 ‖0.7561‖, summed
   7  h → v2        dv2 = dh·(1 − h²)              2×2 ‖0.7561‖ → 2×2 ‖0.2365‖  2×2 ‖0.2365‖
   8  v2 → v1       dv1 = dv2                      2×2 ‖0.2365‖ → 2×2 ‖0.2365‖  2×2 ‖0.2365‖
   9  v2 → b        db = dv2, summed to 2          2×2 ‖0.2365‖ → 2 ‖0.327‖     2 ‖0.327‖
  10  v1 → w        dw = cᵀ @ dv1                  2×2 ‖0.2365‖ → 3×2 ‖2.171‖   3×2 ‖1.971‖, summed"""


def test_the_table_of_a_small_network():
    loss, *_ = network()
    assert str(steps(loss)) == repr(steps(loss)) == TABLE


def random_loss(seed):
    rng = np.random.default_rng(seed)
    leaves = [
        torch.tensor(rng.normal(size=shape).astype(np.float32), requires_grad=True)
        for shape in ((3, 4), (4,), (3, 1), (4, 4), ())
    ]
    nodes = list(leaves)
    for _ in range(12):
        a = nodes[rng.integers(len(nodes))]
        b = nodes[rng.integers(len(nodes))]
        kind = rng.integers(6)
        if kind == 0 and a.shape == (3, 4):
            nodes.append(a @ leaves[3])
        elif kind == 1:
            nodes.append(a.tanh())
        elif kind == 2:
            nodes.append(a.relu() + b if a.ndim < 2 or b.ndim < 2 else a.sin())
        elif kind == 3:
            nodes.append((a * leaves[4]).sigmoid())
        elif kind == 4:
            nodes.append(a.sum(dim=-1, keepdim=True) if a.ndim else a.exp())
        else:
            nodes.append(a * a - leaves[4])
    return sum(node.mean() for node in nodes), leaves


@pytest.mark.parametrize("seed", range(12))
def test_the_totals_are_backwards_gradients_to_the_bit(seed):
    loss, leaves = random_loss(seed)
    walked = steps(loss, limit=10_000)
    totals = {id(step.parent): step.after for step in walked}
    for step in walked[1:]:
        whole = step.product if step.before is None else step.before + step.product
        np.testing.assert_array_equal(whole, step.after)
    loss.backward()
    for leaf in leaves:
        assert leaf.grad.array.tobytes() == totals[id(leaf)].tobytes()


def test_nothing_is_touched_and_a_later_change_is_not_shown():
    loss, w, _ = network()
    walked = steps(loss)
    before = [str(walked), *(walked.cells(k) for k in range(len(walked)))]
    assert w.grad is None
    loss.backward()
    w.data.array[:] = 7
    assert [str(walked), *(walked.cells(k) for k in range(len(walked)))] == before


def test_stretched_entries_are_ghosts_and_their_gradients_sum_back():
    loss, *_ = network()
    step = steps(loss)[9]
    assert step.stretched
    forward, backward = step.panels()
    np.testing.assert_array_equal(forward[0].ghost, [[False, False], [True, True]])
    upstream, wide, summed = backward
    np.testing.assert_array_equal(wide.array, upstream.array)
    np.testing.assert_allclose(wide.array.sum(0), summed.array, rtol=1e-6)
    assert "Broadcasting stretched 2 to 2×2" in step.sentence
    assert steps(loss).cells(9).count("stroke-dasharray") == 4


def test_a_stretched_factor_shows_what_each_copy_receives():
    a, b = named([[1.0, 2.0], [3.0, 4.0]], "a"), named([5.0, 6.0], "b")
    step = next(s for s in steps((a * b).sum()) if s.parent is b)
    wide, summed = step.panels()[1][1:3]
    np.testing.assert_array_equal(wide.array, a.array)
    np.testing.assert_array_equal(summed.array, [4.0, 6.0])


@pytest.mark.parametrize(
    ("shape", "wide", "originals"),
    [((), (2, 3), 1), ((3,), (2, 3), 3), ((2, 1), (2, 3), 2), ((1, 1), (4, 4), 1), ((2, 3), (2, 3), 6)],
)  # fmt: skip
def test_as_many_cells_are_solid_as_the_array_has_entries(shape, wide, originals):
    assert (~ghosts(shape, wide)).sum() == originals


def test_large_arrays_are_told_by_shape_and_norm():
    x = named(np.ones((30, 4), np.float32), "x")
    drawn = steps((x * x).sum()).cells(2)
    assert "30×4, norm 10.95" in drawn
    assert drawn.count("<text") < 12


def test_the_formula_for_a_typesetter_comes_from_the_rule():
    loss, *_ = network()
    assert steps(loss)[7].latex == r"\bar{v_{2}} = \bar{h}\,\left(1 - h^{2}\right)"
    assert steps(loss).latex().count(r"\bar") > 20


def test_nothing_jumps_from_picture_to_picture():
    loss, *_ = network()
    sizes = {re.search('viewBox="[^"]*"', p.svg())[0] for p in steps(loss).frames()}
    assert len(sizes) == 1


def test_a_broken_gradient_is_red_in_the_cells():
    x = named([0.0, 1.0], "x")
    drawn = steps(x.sqrt().sum())
    assert "inf" in drawn.cells(2)
    assert "#c1121f" in drawn.cells(2)
    assert "inf" in drawn.frames()[2].source


def test_a_freed_graph_and_a_root_of_many_numbers_are_refused_with_what_to_do():
    loss, w, _ = network()
    with pytest.raises(GradError, match=r"one number.*shape \(3, 2\).*sum"):
        steps(w * 2)
    with pytest.raises(GradError, match="without a graph"):
        steps(torch.tensor(1.0))
    loss.backward()
    with pytest.raises(FreedGraphError, match=r"steps before backward\(\)"):
        steps(loss)


def test_around_a_tensor_keeps_the_steps_that_touch_it():
    loss, w, _ = network()
    assert [step.index for step in steps(loss, around=w)] == [4, 10]


PROGRAM = """
from tests.lens.test_steps_tensors import network, steps
import hashlib
s = steps(network()[0])
print(hashlib.sha256((str(s) + s.html() + s.latex()).encode()).hexdigest())
"""


def test_two_processes_write_the_same_bytes():
    runs = {
        subprocess.run(
            [sys.executable, "-c", PROGRAM], env={"PYTHONHASHSEED": seed, "PATH": ""},
            capture_output=True, text=True, check=True,
        ).stdout
        for seed in ("1", "2")
    }  # fmt: skip
    assert len(runs) == 1
    assert len(runs.pop()) == 65
