"""Two functions on the same random numbers: values, dtypes, gradients, their gradients, refusals."""

import warnings

import numpy as np
import pytest

import micrograd_lab.methods  # noqa: F401
from micrograd_lab.autograd import grad
from micrograd_lab.errors import LabError
from micrograd_lab.tensor import Tensor, wrap

torch = pytest.importorskip("torch")


def agree(theirs, ours, *shapes, dtype=np.float64, second=True, atol=1e-9, seed=0):
    """Both refuse, or both give the same; random upstream gradients, twice."""
    rng = np.random.default_rng([seed, *sum(shapes, ()), len(shapes)])
    arrays = [rng.normal(size=shape).astype(dtype) for shape in shapes]
    floats = np.dtype(dtype).kind == "f"
    xs = [torch.tensor(a, requires_grad=floats) for a in arrays]
    zs = [Tensor(a, requires_grad=floats) for a in arrays]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            y = theirs(*xs)
        except (RuntimeError, IndexError, ValueError, TypeError):
            with pytest.raises(LabError):
                ours(*zs)
            return
    z = ours(*zs)
    assert z.shape == tuple(y.shape)
    assert f"torch.{z.dtype}" == str(y.dtype)
    close(z, y, atol)
    if not floats:
        return
    upstream = rng.normal(size=z.shape).astype(dtype)
    dx = torch.autograd.grad(
        y, xs, torch.tensor(upstream), create_graph=True, materialize_grads=True
    )
    dz = grad(z, zs, wrap(upstream), create_graph=True)
    for a, b, shape in zip(dz, dx, shapes, strict=True):
        assert a.shape == shape
        close(a, b, atol)
    if second:
        weights = [rng.normal(size=shape).astype(dtype) for shape in shapes]
        end = sum((a * torch.tensor(w)).sum() for a, w in zip(dx, weights, strict=True))
        goal = sum((a * wrap(w)).sum() for a, w in zip(dz, weights, strict=True))
        ddx = [None] * len(xs)
        if end.requires_grad:
            ddx = torch.autograd.grad(end, xs, allow_unused=True, materialize_grads=True)
        ddz = [None] * len(zs)
        if goal.requires_grad:
            ddz = grad(goal, zs, materialize_grads=True)
        for a, b in zip(ddz, ddx, strict=True):
            close(wrap(np.zeros(())) if a is None else a, torch.zeros(()) if b is None else b, atol)


def close(ours, theirs, atol):
    numbers = theirs.detach().numpy(force=True)
    rtol = 1e-6 if numbers.dtype == np.float64 else 1e-4
    np.testing.assert_allclose(ours.array, numbers, rtol=rtol, atol=atol)
