"""Every op of the table, compiled: its results and its gradients are those of eager mode."""

import numpy as np
import pytest

import micrograd_lab as torch
from micrograd_lab.compiler import part
from micrograd_lab.compiler.forms import FORMS, SUMS
from micrograd_lab.kernels import swift
from micrograd_lab.ops.op import OPS
from tests.tensor.samples import SAMPLES

LOOPED = [name for name in sorted({*FORMS, *SUMS, "matmul", "linear", "pow"}) if name in SAMPLES]
CASES = [(name, k) for name in sorted(SAMPLES) for k in range(min(3, len(SAMPLES[name])))]


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize(("name", "k"), CASES)
def test_an_op_compiled_is_the_op(name, k, dtype, monkeypatch):
    monkeypatch.setattr(part, "switched_on", lambda: False)
    same_as_eager(name, k, dtype)


@pytest.mark.parametrize("name", LOOPED)
def test_as_a_loop_too(name):
    if not swift.switched_on():
        pytest.skip("without Numba")
    same_as_eager(name, 0, "float32")


def test_a_sum_of_columns_alone_needs_no_arena():
    if not swift.switched_on():
        pytest.skip("without Numba")
    compiled = torch.compile(lambda x: x.sum(0))
    for k in range(4):
        x = torch.tensor(np.full((8, 5), k, "f"), requires_grad=True)
        np.testing.assert_array_equal(compiled(x).detach().numpy(), np.full(5, 8 * k))
    assert compiled.ready, compiled.explain()
    assert "arena" not in compiled.source


def same_as_eager(name, k, dtype):
    """Four calls with other numbers each: two are recorded, two run compiled."""
    op, sample = OPS[name], SAMPLES[name][k]
    moving = [j for j, x in enumerate(sample.inputs) if is_floating(x)]

    def f(*given):
        inputs = list(sample.inputs)
        for j, x in zip(moving, given, strict=True):
            inputs[j] = x
        return op(*inputs, **sample.params)

    compiled = torch.compile(f)
    for call in range(4):
        arrays = [(sample.inputs[j] * (1 - 0.01 * call)).astype(dtype) for j in moving]
        one, two = ([torch.tensor(x, requires_grad=True) for x in arrays] for _ in range(2))
        expected, found = f(*one), compiled(*two)
        if not torch.is_tensor(expected):
            continue
        assert found.dtype == expected.dtype
        close(found, expected)
        assert found.requires_grad == expected.requires_grad
        if not expected.requires_grad:
            continue
        g = np.random.default_rng(1).uniform(0.5, 1, expected.shape).astype(expected.dtype)
        expected.backward(torch.tensor(g))
        found.backward(torch.tensor(g))
        for x, y in zip(one, two, strict=True):
            assert (x.grad is None) == (y.grad is None)
            if x.grad is not None:
                close(y.grad, x.grad)
    if moving:
        assert compiled.cache_info()["compiled"] == 1, compiled.explain()


def is_floating(x):
    return isinstance(x, np.ndarray) and x.dtype.kind == "f"


def close(found, expected):
    rtol = 1e-4 if expected.dtype == np.float32 else 1e-9
    a, b = (np.asarray(x.detach()) for x in (found, expected))
    np.testing.assert_allclose(a, b, rtol=rtol, atol=rtol * 1e-1, equal_nan=True)
