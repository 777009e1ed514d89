"""Special functions and the finer points of floating numbers, entry by entry."""

# mypy: disable-error-code="has-type"

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from micrograd_lab.errors import DtypeError
from micrograd_lab.ops.axes import return_type
from micrograd_lab.ops.elementwise import LN2, ROOT_PI, cos, exp, exp2, sigmoid, sin, where
from micrograd_lab.ops.op import Array, constant, elementwise
from micrograd_lab.ops.plain import plain
from micrograd_lab.ops.promotion import floating, only, promoted

Frexp = return_type("frexp", "mantissa", "exponent")


def scipys(name: str) -> Callable[[Array], Any]:
    """A function of scipy.special, in the dtype of its input; loaded when it is called."""

    def kernel(x: Array) -> Any:
        from scipy import special

        return np.asarray(getattr(special, name)(x)).astype(x.dtype, copy=False)

    kernel.__name__ = name
    return kernel


def _polygamma(x: Array, n: int) -> Any:
    from scipy import special

    return np.asarray(special.polygamma(n, x)).astype(x.dtype, copy=False)


def _sinc_slope(y: Any, x: Any) -> Any:
    angle = math.pi * where(x == 0, 1, x)
    slope = math.pi * (angle * cos(angle) - sin(angle)) / (angle * angle)
    return where(x == 0, -(math.pi**2) / 3 * x, slope)  # 0 there, with the curvature of a sinc


def _i1_slope(y: Any, x: Any) -> Any:
    return where(x == 0, 0.5, i0(x) - y / where(x == 0, 1, x))


def _heaviside(x: Array, values: Any) -> Any:
    if x.dtype != values.dtype:
        raise DtypeError(f"heaviside: the input holds {x.dtype}, the values {values.dtype}.")
    return np.where(x == 0, values, x > 0).astype(x.dtype)


# fmt: off
lgamma       = elementwise("lgamma",     floating(scipys("gammaln")), lambda y, x: digamma(x))
digamma      = elementwise("digamma",    floating(scipys("psi")),     lambda y, x: polygamma_op(x, n=1))
polygamma_op = elementwise("polygamma",  floating(_polygamma),        lambda y, x, n: polygamma_op(x, n=n + 1))
erfinv       = elementwise("erfinv",     floating(scipys("erfinv")),  lambda y, x: ROOT_PI / 2 * exp(y * y))
i0           = elementwise("i0",         floating(scipys("i0")),      lambda y, x: i1(x))
i1           = elementwise("i1",         floating(scipys("i1")),      _i1_slope)
sinc         = elementwise("sinc",       floating(np.sinc),           _sinc_slope)
logaddexp2   = elementwise("logaddexp2", promoted(np.logaddexp2, refused="biu"),
                           lambda y, a, b: sigmoid((a - b) * LN2), lambda y, a, b: sigmoid((b - a) * LN2))
copysign     = elementwise("copysign",   promoted(np.copysign, floats=True),
                           lambda y, a, b: where(a == 0, 0, y / where(a == 0, 1, a)), lambda y, a, b: 0)

heaviside   = constant("heaviside", _heaviside)
nextafter   = constant("nextafter", promoted(np.nextafter, refused="biu"))
gcd         = constant("gcd",       promoted(np.gcd, refused="bf"))
lcm         = constant("lcm",       promoted(np.lcm, refused="bf"))
exponent_of = constant("exponent_of", only("f", lambda x: np.frexp(x)[1]))
# fmt: on


def polygamma(n: int, input: Any) -> Any:
    """The n-th derivative of digamma."""
    return digamma(input) if n == 0 else polygamma_op(input, n=n)


def ldexp(input: Any, other: Any) -> Any:
    """input · 2^other"""
    return input * exp2(other)


def frexp(input: Any) -> Any:
    """(mantissa, exponent): input = mantissa · 2^exponent, |mantissa| from a half to 1."""
    exponent = exponent_of(input)
    power = plain(exponent)
    # in two steps, each of which is a number: 2^-1074 is one, 2^1074 is not
    halves = (np.exp2(-(power // 2)), np.exp2(-(power - power // 2)))
    return Frexp(input * halves[0].astype(input.dtype) * halves[1].astype(input.dtype), exponent)


def sgn(input: Any) -> Any:
    """sign, under the name that it has for complex numbers."""
    from micrograd_lab.ops.elementwise import sign

    return sign(input)


def is_nonzero(input: Any) -> bool:
    """Whether the one entry of input is not 0."""
    return bool(input != 0)


# fmt: off
IN_PLACE = (
    "lgamma", "digamma", "erfinv", "i0", "sinc", "copysign", "heaviside", "nextafter", "gcd", "lcm",
    "ldexp", "sgn",
)
METHODS   = (*IN_PLACE, "logaddexp2", "frexp", "is_nonzero")
FUNCTIONS = (*METHODS, "polygamma")
# fmt: on
