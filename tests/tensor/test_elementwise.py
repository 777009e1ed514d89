"""Elementwise ops: their derivatives against differences, and what they promise at the edges."""

import math
import sys

import numpy as np
import pytest

from micrograd_lab import func, methods  # noqa: F401
from micrograd_lab.autograd import grad
from micrograd_lab.errors import DivisionByZeroError, DtypeError, ShapeError
from micrograd_lab.ops import activations, arithmetic, comparisons, elementwise, entrywise
from micrograd_lab.scalar import Value
from micrograd_lab.tensor import Tensor

# Where each function is smooth: entries are drawn from there, away from every corner.
ANYWHERE, POSITIVE, INSIDE, ABOVE_ONE = (-2.4, 2.4), (0.3, 3.0), (-0.8, 0.8), (1.2, 3.0)
UNARY = {
    **dict.fromkeys(["neg", "abs", "square", "exp", "exp2", "expm1", "sin", "cos", "sinh", "cosh", "tanh", "asinh", "atan", "sigmoid", "relu", "erf", "erfc", "deg2rad", "rad2deg", "frac", "floor", "ceil", "trunc", "sign"], ANYWHERE),
    **dict.fromkeys(["sqrt", "rsqrt", "reciprocal", "log", "log2", "log10", "log1p"], POSITIVE),
    **dict.fromkeys(["tan", "asin", "acos", "atanh"], INSIDE), "acosh": ABOVE_ONE,
    "logit": (0.1, 0.9), "round": ANYWHERE, "nan_to_num": ANYWHERE,
}  # fmt: skip
BINARY = dict.fromkeys(
    [
        "add",
        "sub",
        "mul",
        "maximum",
        "minimum",
        "fmax",
        "fmin",
        "atan2",
        "logaddexp",
        "clamp_min",
        "clamp_max",
    ],
    ANYWHERE,
)
BINARY |= dict.fromkeys(["div", "pow", "fmod", "remainder", "hypot", "xlogy"], POSITIVE)
ACTIVATIONS = [
    name
    for name in activations.ACTIVATIONS
    if name not in ("prelu", "threshold", "sigmoid", "tanh")
]


def function(name):
    return next(
        getattr(m, name) for m in (arithmetic, elementwise, activations) if hasattr(m, name)
    )


def draw(rng, domain, shape):
    """Numbers of the domain, none within 0.02 of a multiple of 1/2, where corners are."""
    x = rng.uniform(*domain, shape)
    near = np.round(2 * x) / 2
    return np.where(np.abs(x - near) < 0.02, near + 0.03, x)


def check(f, *arrays, seed=0):
    """First and second derivatives, backward and forward, against central differences."""
    rng = np.random.default_rng(seed)
    xs = [Tensor(x, requires_grad=True) for x in arrays]
    y = f(*xs)
    v = rng.normal(size=y.shape)
    directions = [rng.normal(size=x.shape) for x in arrays]
    h = 1e-6

    def slope(of):  # of a scalar function of the arrays, along the directions
        moved = [
            of(
                *(
                    Tensor(x + s * d, requires_grad=True)
                    for x, d in zip(arrays, directions, strict=True)
                )
            )
            for s in (h, -h)
        ]
        return (moved[0] - moved[1]) / (2 * h)

    def pulled(*zs):  # ⟨gradient along v, directions⟩, a number that can be moved again
        gs = grad(f(*zs), zs, Tensor(v), create_graph=True)
        return sum(float((g.array * d).sum()) for g, d in zip(gs, directions, strict=True))

    first = slope(lambda *zs: float((f(*zs).array * v).sum()))
    assert pulled(*xs) == pytest.approx(first, rel=1e-6, abs=1e-7)
    plain = grad(f(*xs), xs, Tensor(v))
    assert sum(
        float((g.array * d).sum()) for g, d in zip(plain, directions, strict=True)
    ) == pytest.approx(first, rel=1e-6, abs=1e-7)
    _, dy = func.jvp(f, tuple(Tensor(x) for x in arrays), tuple(Tensor(d) for d in directions))
    assert float((dy.array * v).sum()) == pytest.approx(first, rel=1e-6, abs=1e-7)

    gs = grad(y, xs, Tensor(v), create_graph=True)
    total = sum(
        ((g * Tensor(d)).sum() for g, d in zip(gs, directions, strict=True)), Tensor(np.zeros(()))
    )
    seconds = (
        grad(total, xs, allow_unused=True, materialize_grads=True) if total.requires_grad else []
    )
    second = sum(float((s.array * d).sum()) for s, d in zip(seconds, directions, strict=False))
    assert second == pytest.approx(slope(pulled), rel=1e-5, abs=1e-6)


@pytest.mark.parametrize("name", UNARY)
def test_a_function_of_one_number_has_the_slope_that_differences_show(name):
    check(function(name), draw(np.random.default_rng(1), UNARY[name], (3, 4)))


@pytest.mark.parametrize("name", BINARY)
@pytest.mark.parametrize("shapes", [((3, 4), (3, 4)), ((3, 1), (4,)), ((), (2, 3))])
def test_a_function_of_two_numbers_has_the_slopes_that_differences_show(name, shapes):
    rng = np.random.default_rng(2)
    a, b = (draw(rng, BINARY[name], shape) for shape in shapes)
    check(function(name), a, b + 0.011)


@pytest.mark.parametrize("name", ACTIVATIONS)
def test_an_activation_has_the_slope_that_differences_show(name):
    check(getattr(activations, name), draw(np.random.default_rng(3), (-4.0, 4.0), (3, 4)))


def test_functions_of_three_have_the_slopes_that_differences_show():
    rng = np.random.default_rng(4)
    x, a, b = (rng.normal(size=(3, 4)) for _ in range(3))
    check(arithmetic.lerp, x, a, b)
    check(arithmetic.addcmul, x, a, b)
    check(arithmetic.addcdiv, x, a, np.abs(b) + 0.5)
    check(lambda p, q: arithmetic.where(Tensor(a > 0), p, q), x, b)
    check(lambda p, low, high: arithmetic.clamp(p, low, high), x, a[0] - 1, a[0] + 1)
    check(activations.prelu, x, b[0])
    check(lambda p: arithmetic.masked_fill(p, Tensor(a > 0), 2.0), x)


def gradients(f, *numbers):
    xs = [Tensor(np.array(x), requires_grad=True) for x in numbers]
    return [g.item() for g in grad(f(*xs), xs)]


def test_zero_to_the_power_zero_is_flat_both_ways():
    assert gradients(elementwise.pow, 0.0, 0.0) == [0.0, 0.0]
    assert gradients(lambda x: x**0, 0.0) == [0.0]
    assert gradients(lambda b: 0.0**b, 2.0) == [0.0]
    assert gradients(lambda x: x**2, 0.0) == [0.0]
    assert gradients(lambda b: 2**b, 3.0) == [pytest.approx(8 * math.log(2), rel=1e-15)]


def test_a_tie_is_shared_in_halves_but_clamp_gives_all_to_x():
    assert gradients(elementwise.maximum, 1.0, 1.0) == [0.5, 0.5]
    assert gradients(elementwise.minimum, 1.0, 1.0) == [0.5, 0.5]
    assert gradients(lambda x: arithmetic.clamp(x, 1.0), 1.0) == [1.0]
    assert gradients(lambda x: arithmetic.clamp(x, 0.0, 1.0), 1.0) == [1.0]
    assert gradients(activations.relu6, 6.0) == [0.0]


def test_where_keeps_an_infinite_slope_out_of_the_branch_taken():
    x = Tensor(np.array([0.0, 4.0]), requires_grad=True)
    y = arithmetic.where(x > 0, x, 0.0)
    (g,) = grad(y, x, Tensor(np.array([np.inf, 1.0])))
    assert g.array.tolist() == [0.0, 1.0]


def test_dtypes_meet_as_in_pytorch():
    f32, f64, i64, flag = (Tensor(np.ones(2, d)) for d in ("float32", "float64", "int64", "bool"))
    zero_d = Tensor(np.array(1.0))
    assert (f32 * 2.5).dtype == np.float32
    assert (f32 + i64).dtype == np.float32
    assert (f32 + f64).dtype == np.float64
    assert (f32 + zero_d).dtype == np.float32
    assert (i64 * 0.5).dtype == np.float32
    assert (i64 / i64).dtype == np.float32
    assert (flag + flag).dtype == bool
    assert (flag * 2).dtype == np.int64
    assert elementwise.exp(i64).dtype == np.float32
    assert elementwise.floor(i64).dtype == np.int64


def test_what_cannot_go_in_is_named():
    x, y = Tensor(np.ones((2, 3))), Tensor(np.ones((3, 2)))
    flag = Tensor(np.array([True]))
    with pytest.raises(ShapeError, match=r"mul: shapes \(2, 3\) and \(3, 2\) do not broadcast"):
        x * y
    with pytest.raises(DtypeError, match="two engines"):
        elementwise.add_op(x, Value(1.0))
    with pytest.raises(DtypeError, match="found str"):
        elementwise.add_op(x, "1")
    with pytest.raises(DtypeError, match="sub of bool"):
        flag - flag
    with pytest.raises(DtypeError, match="bitwise_and"):
        x & x
    with pytest.raises(DivisionByZeroError, match="integer divided by zero"):
        Tensor(np.array([1])) // 0
    with pytest.raises(DtypeError, match="not whole"):
        Tensor(np.array([2])) ** -1
    with pytest.raises(DtypeError, match="condition must be bool"):
        arithmetic.where(x, x, x)


def test_questions_carry_no_gradient():
    x = Tensor(np.array([1.0, np.nan]), requires_grad=True)
    for answer in (x > 0, comparisons.isnan(x), comparisons.logical_not(x), x == x):
        assert answer.dtype == bool
        assert not answer.requires_grad
    assert comparisons.allclose(x, x, equal_nan=True)
    assert not comparisons.allclose(x, x)
    assert not comparisons.equal(x, x)


def test_erf_is_right_without_scipy(monkeypatch):
    monkeypatch.setitem(sys.modules, "scipy", None)
    entrywise._special.cache_clear()
    x = np.linspace(-3, 3, 7)
    assert elementwise.erf(x).tolist() == pytest.approx([math.erf(v) for v in x], rel=1e-15)
    assert elementwise.erfc(x).tolist() == pytest.approx([math.erfc(v) for v in x], rel=1e-15)
    assert elementwise.erf(np.zeros((0, 2), "float32")).dtype == np.float32
    entrywise._special.cache_clear()


def test_inf_and_nan_are_answers_without_a_warning():
    x = Tensor(np.array([0.0, -1.0]))
    assert elementwise.log(x).array[0] == -np.inf
    assert np.isnan(elementwise.sqrt(x).array[1])
    assert (1 / x).array[0] == np.inf
