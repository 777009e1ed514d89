"""Loops over rows: whole-row ops are opened, fused with their neighbours, and compute what eager computes."""

import os
import subprocess
import sys

import numpy as np
import pytest

import micrograd_lab as torch
from micrograd_lab.kernels import swift
from micrograd_lab.nn import functional as F

compiling = pytest.mark.skipif(not swift.switched_on(), reason="without Numba nothing is fused")


def both(formula, *shapes, special=(), seed=0):
    """(results of the eager step, of the compiled one, the compiled step): a loss and its gradients."""
    rng = np.random.default_rng(seed)
    arrays = [rng.normal(size=shape).astype("f") for shape in shapes]
    for at, value in special:
        arrays[0][at] = value
    xs = [torch.nn.Parameter(torch.tensor(array)) for array in arrays]

    def step():
        for x in xs:
            x.grad = None
        loss = formula(*xs)
        loss.backward()
        return loss

    def results(f):
        return [f().detach().numpy().copy(), *(x.grad.numpy().copy() for x in xs)]

    compiled = torch.compile(step)
    expected = results(step)
    for _ in range(3):
        compiled()
    return expected, results(compiled), compiled


def check(expected, found):
    for a, b in zip(expected, found, strict=True):
        np.testing.assert_allclose(
            b, a, rtol=2e-5, atol=2e-6 * max(1, np.nanmax(np.abs(a), initial=0))
        )


TARGET = torch.tensor(np.arange(12) % 7)
FORMULAS = {
    "layer norm": (lambda x, w, b: (F.layer_norm(x, (7,), w, b) * x).sum(), (12, 7), (7,), (7,)),
    "layer norm in a batch": (
        lambda x, w, b: F.layer_norm(x + b, (7,), w, b).tanh().mean(), (2, 6, 7), (7,), (7,),
    ),
    "softmax": (lambda x, y: (F.softmax(x * 3, dim=-1) * y).sum(), (12, 7), (12, 7)),
    "softmax with a mask": (
        lambda x, mask: (F.softmax(x + mask, dim=-1) ** 2).sum(), (3, 4, 7), (4, 7),
    ),
    "cross-entropy": (lambda x, b: F.cross_entropy(x + b, TARGET), (12, 7), (7,)),
    "summed cross-entropy": (lambda x: F.cross_entropy(x, TARGET, reduction="sum"), (12, 7)),
    "weighted cross-entropy": (
        lambda x, w: (F.cross_entropy(x, TARGET, reduction="none") * w).sum(), (12, 7), (12,),
    ),
    "gelu": (lambda x, b: F.gelu(x + b).sum(), (12, 7), (7,)),
    "a norm that is written out": (
        lambda x, w: (
            (x - x.mean(-1, keepdim=True)) * (x.square().mean(-1, keepdim=True) + 1).rsqrt() * w
        ).sum(), (12, 7), (7,),
    ),
    "one row": (lambda x: F.cross_entropy(x, TARGET[:1]), (1, 7)),
    "long rows": (lambda x, y: (F.softmax(x, dim=1) * y).sum(), (3, 1001), (3, 1001)),
}  # fmt: skip


@pytest.mark.parametrize("name", FORMULAS)
def test_rows_are_computed_as_in_eager_mode(name):
    formula, *shapes = FORMULAS[name]
    expected, found, compiled = both(formula, *shapes)
    assert compiled.ready, compiled.explain()
    check(expected, found)


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf, 1e15, -1e15])
@pytest.mark.parametrize("name", ["layer norm", "softmax", "cross-entropy", "gelu"])
def test_what_is_not_finite_stays_in_its_row(name, value):
    formula, *shapes = FORMULAS[name]
    expected, found, _ = both(formula, *shapes, special=[((5, 3), value)])
    for a, b in zip(expected, found, strict=True):
        np.testing.assert_array_equal(np.isnan(b), np.isnan(a))
    rows = np.arange(12) != 5
    check([expected[1][rows]], [found[1][rows]])


@compiling
@pytest.mark.parametrize("name", ["layer norm", "softmax", "cross-entropy"])
def test_forward_and_backward_of_rows_share_one_loop(name):
    formula, *shapes = FORMULAS[name]
    _, _, compiled = both(formula, *shapes)
    assert "kept as calls" not in compiled.explain()
    assert compiled.source.count("for i in range(12):") <= 2, (
        "the rows, and the mean of their losses"
    )


@compiling
def test_the_source_of_a_layer_norm_is_its_formula():
    formula, *shapes = FORMULAS["layer norm"]
    source = both(formula, *shapes)[2].source
    for line in (
        "layer_norm1_mean /= f4(7)",
        "layer_norm1_standard = layer_norm1_away * layer_norm1_scale",
        "layer_norm1 = layer_norm1_mul + ",
    ):
        assert line in source


@compiling
def test_rows_twice_give_the_same_bits():
    formula, *shapes = FORMULAS["layer norm in a batch"]
    first, second = (both(formula, *shapes)[1] for _ in range(2))
    for a, b in zip(first, second, strict=True):
        assert a.tobytes() == b.tobytes()


def test_gradients_of_slices_side_by_side_are_joined():
    def formula(x):
        a, b, c = x.split(2, dim=-1)
        return (a * b).sum() + (b * c).sum() + c.tanh().sum()

    expected, found, compiled = both(formula, (4, 6))
    check(expected, found)
    assert "cat(" in compiled.source
    assert "slice_back" not in compiled.source


def test_gradients_of_slices_that_overlap_are_added():
    def formula(x):
        return (x[..., :4] * x[..., 2:]).sum() + x[1:].tanh().sum()

    expected, found, _ = both(formula, (4, 6))
    check(expected, found)


COLD = """
import micrograd_lab as lab
x, target = lab.nn.Parameter(lab.ones(128, 256)), lab.arange(128)
def step():
    x.grad = None
    loss = lab.nn.functional.cross_entropy(x, target)
    loss.backward()
    return loss
compiled = lab.compile(step)
for _ in range(3):
    compiled()
print(compiled.explain())
"""


@compiling
def test_what_numba_prints_while_it_compiles_a_kernel_is_not_the_functions_own(tmp_path):
    done = subprocess.run(
        [sys.executable, "-c", COLD],
        capture_output=True, text=True, env=os.environ | {"MICROGRAD_LAB_CACHE": str(tmp_path)},
    )  # fmt: skip
    assert "compiled: 7 recorded steps" in done.stdout, done.stdout + done.stderr
