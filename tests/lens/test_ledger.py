"""The ledger: its lines add up to the gradient, however many paths there are, and zeros have reasons."""

import itertools
import math
import random
import subprocess
import sys

import numpy as np
import pytest

import micrograd_lab as lab
from micrograd_lab.errors import (
    DrawingError,
    FreedGraphError,
    GradError,
    NotANodeError,
    OptionError,
)
from micrograd_lab.graph import topological_order
from micrograd_lab.lens import explain
from micrograd_lab.lens.paths import Paths
from micrograd_lab.scalar import Value

OPS = (
    lambda a, b: a + b, lambda a, b: a * b, lambda a, b: a - b, lambda a, b: a / (b * b + 1),
    lambda a, b: (a + b).tanh(), lambda a, b: a.relu() + b, lambda a, b: a.max(b),
)  # fmt: skip


def random_graph(seed, size=12):
    rng = random.Random(seed)
    leaves = [Value(rng.uniform(-2, 2), label=name) for name in "abc"]
    nodes = list(leaves)
    for _ in range(size):
        nodes.append(rng.choice(OPS)(rng.choice(nodes[-4:]), rng.choice(nodes)))
    return leaves, nodes[-1]


def all_paths(root, x):
    """Every path's product, by plain recursion."""
    if root is x:
        yield 1.0
        return
    for parent, local in zip(root.parents, root.local_grads, strict=True):
        yield from (local * rest for rest in all_paths(parent, x))


def small():
    x, w, b = Value(3.0, label="x"), Value(-2.0, label="w"), Value(1.0, label="b")
    mask = Value(0.0, label="mask")
    h = (x * w + b).relu()
    h.label = "h"
    loss = (x * x + h + x * mask) * 2
    loss.label = "loss"
    return x, loss


@pytest.mark.parametrize("seed", range(30))
def test_the_edges_add_up_to_the_gradient_bit_by_bit(seed):
    leaves, root = random_graph(seed)
    root.backward()
    for x in leaves:
        ledger = explain(x, of=root)
        total = 0.0
        for edge in ledger.edges:
            assert edge.product == edge.local * edge.upstream
            assert edge.before == total
            total += edge.product
        assert total == ledger.total == x.grad


@pytest.mark.parametrize("seed", range(30))
def test_paths_are_all_counted_and_come_largest_first(seed):
    leaves, root = random_graph(seed)
    for x in leaves:
        every = list(all_paths(root, x))
        ledger = explain(x, of=root, top=10**6)
        assert ledger.count == len(every)
        products = [path.product for path in ledger.paths]
        alive = sorted((p for p in every if p), key=abs, reverse=True)
        assert len(products) == len(alive)
        assert np.allclose(np.abs(products), np.abs(alive), rtol=1e-9, atol=0)
        assert sum(block.paths for block in ledger.blocks) == len(every) - len(alive)
        assert math.isclose(math.fsum(products), ledger.total, rel_tol=1e-12, abs_tol=1e-12)


def test_the_top_paths_are_the_best_of_all_of_them():
    leaves, root = random_graph(7, size=14)
    for x in leaves:
        best = sorted((abs(p) for p in all_paths(root, x) if p), reverse=True)[:5]
        top = [abs(path.product) for path in explain(x, of=root, top=5).paths]
        assert np.allclose(top, best, rtol=1e-9, atol=0)


def test_a_trillion_paths_are_counted_and_the_largest_three_found():
    s = y = Value(1.0, label="s")
    for _ in range(40):
        y = y + y * 0.5
    ledger = explain(s, of=y, top=3)
    assert ledger.count == 2**40
    assert [path.product for path in ledger.paths] == [1.0, 0.5, 0.5]
    assert math.isclose(ledger.total, 1.5**40)
    assert math.isclose(ledger.remainder, 1.5**40 - 2)
    assert "the other 1,099,511,627,773 together" in str(ledger)


def test_many_equal_paths_do_not_slow_the_search():
    s = y = Value(1.0)
    for _ in range(200):
        y = y + y
    paths = list(itertools.islice(Paths(topological_order(y), s).largest(), 4))
    assert [path.product for path in paths] == [1.0] * 4
    assert len({path.edges for path in paths}) == 4


def test_x_times_x_is_two_paths():
    x = Value(3.0, label="x")
    ledger = explain(x, of=x * x)
    assert [path.factors for path in ledger.paths] == [[3.0], [3.0]]
    assert ledger.total == 6.0


def test_the_root_itself_has_one_empty_path():
    x = Value(3.0, label="x")
    assert explain(x, of=x).count == 1
    assert explain(x, of=x).total == 1.0
    assert "∂x/∂x = 1" in str(explain(x, of=x))


# Reasons.


def test_a_zero_path_says_where_it_stops_and_why():
    x, loss = small()
    text = str(explain(x, of=loss))
    assert "∂loss/∂x = 12: 4 paths, 2 of them zero" in text
    assert "dead relu: its input v3 = −5 < 0" in text
    assert "multiplied by mask, which is 0" in text


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda x: x.relu(), "dead relu: its input x = −0.3 < 0"),
        (lambda x: x * Value(0.0, label="m"), "multiplied by m, which is 0"),
        (lambda x: x.max(Value(5.0, label="b")), "max took the other one, b = 5, not x = −0.3"),
        (lambda x: x.min(Value(-5.0, label="b")), "min took the other one, b = −5, not x = −0.3"),
        (lambda x: (x * 1e3).tanh(), "tanh is saturated: it gives −1 at"),
        (lambda x: (x * 1e4).sigmoid(), "sigmoid is saturated"),
        (lambda x: (x - x) ** 2, "**2 is flat here"),
        (lambda x: x**0, "to the power 0 is 1"),
        (lambda x: (x - x).relu(), "is at 0, not above it"),
    ],
)  # fmt: skip
def test_each_kind_of_zero_has_its_own_reason(make, words):
    x = Value(-0.3, label="x")
    assert words in str(explain(x, of=make(x)))


def test_an_underflow_is_no_dead_edge():
    x = Value(1.0, label="x")
    ledger = explain(x, of=(x * 1e-200) * 1e-200)
    assert ledger.blocks == []
    assert "too small for a float" in str(ledger)


def test_nan_and_inf_are_counted_as_living_paths():
    x = Value(0.0, label="x")
    ledger = explain(x, of=x.sqrt() * 0.5)
    assert ledger.total == math.inf
    assert ledger.paths[0].product == math.inf


# What it says about x.grad.


def test_it_says_whether_x_grad_agrees():
    x, loss = small()
    assert "x.grad holds nothing yet" in str(explain(x, of=loss))
    loss.backward()
    assert "x.grad is 12: the same, to the last bit." in str(explain(x, of=loss))
    loss.backward()
    assert "x.grad is 24, which is 12 away" in str(explain(x, of=loss))


def test_an_x_that_is_not_in_the_graph_has_no_paths_and_swapped_arguments_are_noticed():
    x, loss = small()
    other = Value(3.0, label="x2")
    assert explain(other, of=loss).count == 0
    assert "was not computed from x2" in str(explain(other, of=loss))
    assert "Ask explain(x, of=loss)" in str(explain(loss, of=x))


def test_errors_teach():
    x, loss = small()
    with pytest.raises(NotANodeError, match=r"explain\(x, of=loss\)"):
        explain(x)
    with pytest.raises(NotANodeError, match="needs a node"):
        explain(x, of=3)
    with pytest.raises(NotANodeError, match="only a tensor has entries"):
        explain(x, of=loss, index=0)


# Tensors.


def network():
    g = np.random.default_rng(3)
    x = lab.tensor(g.normal(size=(3, 2)), requires_grad=True)
    W = lab.tensor(g.normal(size=(4, 2)), requires_grad=True)
    b = lab.tensor(g.normal(size=4), requires_grad=True)
    x.label, W.label, b.label = "x", "W", "b"
    h = lab.relu(x @ W.T + b)
    h.label = "h"
    loss = (h * h).mean() + (W * W).sum()
    loss.label = "loss"
    return (x, W, b), loss


def test_the_uses_of_a_tensor_add_up_to_its_gradient_bit_by_bit():
    leaves, loss = network()
    ledgers = [explain(x, of=loss) for x in leaves]
    assert all("None: backward() has not" in str(ledger) for ledger in ledgers)
    loss.backward(retain_graph=True)
    for x, ledger in zip(leaves, ledgers, strict=True):
        assert np.array_equal(ledger.total, x.grad.numpy())
        assert "the same, to the last bit" in str(explain(x, of=loss))
    assert explain(leaves[1], of=loss).count == 4
    parts = sum(part for _, part in explain(leaves[1], of=loss).paths)
    assert np.allclose(parts, leaves[1].grad.numpy())


def test_one_entry_of_a_tensor_path_by_path():
    leaves, loss = network()
    loss.backward(retain_graph=True)
    dead = 0
    for x in leaves:
        for index in np.ndindex(*x.shape):
            ledger = explain(x, of=loss, index=index, top=10**6)
            assert math.isclose(ledger.total, x.grad.numpy()[index], rel_tol=1e-9, abs_tol=1e-12)
            assert math.isclose(
                math.fsum(p.product for p in ledger.paths), ledger.total, abs_tol=1e-12
            )
            dead += len(ledger.blocks)
            assert bool(ledger.blocks) == ("which is 0" in str(ledger))
    assert dead


def test_a_dead_relu_of_a_tensor_is_named():
    x = lab.tensor([-0.3, 2.0], requires_grad=True, dtype=lab.float64)
    x.label = "x"
    ledger = explain(x, of=lab.relu(x).sum(), index=0)
    assert ledger.total == 0.0
    assert "dead relu: its input x[0] = −0.3 < 0" in str(ledger)
    assert explain(x, of=lab.relu(x).sum(), index=(-1,)).total == 1.0


def test_a_freed_graph_is_said_to_be_freed():
    (x, *_), loss = network()
    loss.backward()
    with pytest.raises(FreedGraphError, match="retain_graph=True"):
        explain(x, of=loss)


def test_a_tensor_root_must_be_one_number_and_an_index_one_entry():
    (x, *_), loss = network()
    with pytest.raises(GradError, match="Reduce it first"):
        explain(x, of=x * 2)
    for index in ((0,), (0, 9), ("a", 0)):
        with pytest.raises(OptionError, match="one whole number per axis"):
            explain(x, of=loss, index=index)
    big = lab.ones(50, 50, requires_grad=True)
    with pytest.raises(OptionError, match="2,501 entries"):
        explain(big, of=(big * 2).sum(), index=(0, 0))


def test_a_cut_is_reported():
    x = lab.ones(2, requires_grad=True)
    y = lab.ones(2, requires_grad=True)
    x.label, y.label = "x", "y"
    text = str(explain(x, of=(x.detach() * y).sum()))
    assert "no path leads there" in text
    assert "detach()" in text


def test_explaining_changes_nothing():
    (x, W, _b), loss = network()
    explain(W, of=loss)
    explain(W, of=loss, index=(0, 0))
    assert x.grad is None
    assert W.grad is None
    loss.backward()
    assert W.grad is not None


# Showing itself.


def test_html_is_escaped_and_has_no_script():
    x = Value(3.0, label="<script>alert(1)</script>")
    shown = explain(x, of=x * x)._repr_mimebundle_()["text/html"]
    assert "<script" not in shown
    assert "&lt;script&gt;" in shown
    assert "<img" in shown


def test_the_picture_lights_the_largest_path_and_dashes_the_dead_edges():
    x, loss = small()
    source = explain(x, of=loss).picture().source
    assert source.count("penwidth=2.4") == 2 * len(explain(x, of=loss).paths[0].edges)
    assert source.count("arrowtail=tee") == 2
    assert explain(x, of=loss).picture("dark").source != source


def test_a_large_graph_is_drawn_as_far_as_its_largest_paths_fit():
    s = y = Value(1.0, label="s")
    for _ in range(25):
        y = y + y * 0.5
    picture = explain(s, of=y).picture()
    assert 26 <= picture.source.count("BR/") <= 60
    for _ in range(50):
        y = y + y * 0.5
    with pytest.raises(DrawingError, match="nothing to draw; of 151 nodes"):
        explain(s, of=y).picture()
    assert "nothing to draw" in explain(s, of=y).html()


def test_the_ledger_is_saved_as_text_page_and_picture(tmp_path):
    x, loss = small()
    ledger = explain(x, of=loss)
    for name in ("a.txt", "a.html", "a.svg", "a.dot"):
        assert ledger.save(tmp_path / name).stat().st_size > 100
    with pytest.raises(DrawingError, match=r"\.svg"):
        ledger.save(tmp_path / "a.gif")


def test_lines_are_at_most_100_columns_wide():
    leaves, root = random_graph(3, size=40)
    for x in leaves:
        assert max(map(len, str(explain(x, of=root)).splitlines())) <= 100


def test_two_processes_print_the_same():
    code = (
        "from tests.lens.test_ledger import small, network\n"
        "from micrograd_lab.lens import explain\n"
        "x, loss = small(); print(explain(x, of=loss), explain(x, of=loss).picture())\n"
        "(x, W, b), loss = network(); print(explain(W, of=loss), explain(W, of=loss, index=(0, 0)))\n"
    )
    outs = {
        subprocess.run(
            [sys.executable, "-c", code], capture_output=True, check=True, env={"PYTHONHASHSEED": s}
        ).stdout
        for s in "12"
    }
    assert len(outs) == 1
    assert len(outs.pop()) > 1000
