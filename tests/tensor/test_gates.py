"""A shut gate lets nothing through: not even what is inf or nan."""

import numpy as np
import pytest

import micrograd_lab as lab
import micrograd_lab.nn.functional as F

X = np.array([-7.0, -3, -1, -0.5, 0, 0.3, 1, 3, 9])
# name -> (function, where its gradient is 0)
# fmt: off
GATES = {
    "relu6":        (F.relu6,                                (X <= 0) | (X >= 6)),
    "hardtanh":     (F.hardtanh,                             np.abs(X) >= 1),
    "hardsigmoid":  (F.hardsigmoid,                          np.abs(X) >= 3),
    "hardswish":    (F.hardswish,                            X <= -3),
    "softshrink":   (F.softshrink,                           np.abs(X) <= 0.5),
    "hardshrink":   (F.hardshrink,                           np.abs(X) <= 0.5),
    "threshold":    (lambda x: F.threshold(x, 0.5, 2.0),     X <= 0.5),
    "clamp":        (lambda x: lab.clamp(x, -1, 1),          np.abs(X) > 1),
    "clamp_min":    (lambda x: x.clamp(min=0.0),             X < 0),
    "clamp_max":    (lambda x: x.clamp(max=0.0),             X > 0),
    "maximum":      (lambda x: lab.maximum(x, x.detach() * 0), X < 0),
    "minimum":      (lambda x: lab.minimum(x, x.detach() * 0), X > 0),
    "fmax":         (lambda x: lab.fmax(x, x.detach() * 0),  X < 0),
    "where":        (lambda x: lab.where(x > 0, x, 1.0),     X <= 0),
    "max":          (lambda x: x.max(),                      X < 9),
    "min":          (lambda x: x.min(),                      X > -7),
    "median":       (lambda x: x.median(),                   X != 0),
    "sign":         (lab.sign,                               X < 99),
    "floor":        (lab.floor,                              X < 99),
    "round":        (lab.round,                              X < 99),
    "logit":        (lambda x: lab.logit(x, 0.25),           (X < 0.25) | (X > 0.75)),
}
# fmt: on


@pytest.mark.parametrize("upstream", [np.inf, -np.inf, np.nan])
@pytest.mark.parametrize("name", GATES)
def test_where_a_gate_is_shut_the_gradient_is_zero(name, upstream):
    f, shut = GATES[name]
    x = lab.tensor(X, requires_grad=True)
    y = f(x)
    y.backward(lab.full(y.shape, upstream, dtype=lab.float64))
    assert (x.grad.array[shut] == 0).all()
    assert not np.isfinite(x.grad.array[~shut]).any()


@pytest.mark.parametrize("name", GATES)
def test_where_a_gate_is_shut_the_tangent_is_zero(name):
    f, shut = GATES[name]
    moving = np.where(shut, np.inf, 1.0)
    _, dy = lab.func.jvp(f, (lab.tensor(X),), (lab.tensor(moving),))
    assert np.isfinite(dy.array).all()


def test_an_ignored_row_of_cross_entropy_gets_zero_from_an_infinite_gradient():
    x = lab.ones(2, 3).requires_grad_()
    y = F.cross_entropy(x, lab.tensor([-100, 1]), reduction="none")
    y.backward(lab.full((2,), np.inf))
    assert (x.grad.array[0] == 0).all()


@pytest.mark.parametrize("dtype", [lab.float16, lab.float32, lab.float64])
@pytest.mark.parametrize("shape", [(), (0,), (3,), (2, 3)])
def test_where_with_a_zero_is_where(dtype, shape):
    x = lab.tensor(np.random.default_rng(0).normal(size=shape), dtype=dtype)
    mask = x > 0
    for y, wanted in (
        (lab.where(mask, x, 0), np.where(mask.array, x.array, 0)),
        (lab.where(mask, 0, x), np.where(mask.array, 0, x.array)),
    ):
        assert y.dtype == dtype
        assert y.shape == shape
        np.testing.assert_array_equal(y.array, wanted)


def test_where_with_a_zero_broadcasts():
    row, column = lab.tensor([1.0, np.nan]), lab.tensor([[True], [False]])
    np.testing.assert_array_equal(lab.where(column, row, 0).array, [[1, np.nan], [0, 0]])
    with pytest.raises(lab.errors.ShapeError, match="where"):
        lab.where(lab.ones(3).bool(), row, 0)


def test_a_tie_of_two_shares_the_gradient_and_nan_goes_to_both():
    a = lab.tensor([1.0, np.nan, 2.0], requires_grad=True)
    b = lab.tensor([1.0, 0.0, 1.0], requires_grad=True)
    lab.maximum(a, b).backward(lab.ones(3))
    assert (a.grad.tolist(), b.grad.tolist()) == ([0.5, 1, 1], [0.5, 1, 0])
