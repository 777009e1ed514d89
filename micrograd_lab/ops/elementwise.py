"""Entry by entry: each op is its function and its partial derivatives, a table like a maths book's."""

# mypy: disable-error-code="has-type"
# (The rules of sin and cos name each other, and neither is declared before the other.)

import math
from typing import Any

import numpy as np

from micrograd_lab.ops import entrywise
from micrograd_lab.ops.comparisons import (  # noqa: F401, for Python's operators
    bitwise_and,
    bitwise_not,
    bitwise_or,
    bitwise_xor,
    eq,
    ge,
    gt,
    isfinite,
    le,
    lt,
    ne,
)
from micrograd_lab.ops.gates import gate, winner
from micrograd_lab.ops.gates import where_op as where_op
from micrograd_lab.ops.op import elementwise
from micrograd_lab.ops.promotion import as_float, floating, only, promoted, whole

LN2, LN10, ROOT_PI = math.log(2), math.log(10), math.sqrt(math.pi)


# --- partial derivatives that need more than a line -----------------------------------------


def _ddiv_da(y: Any, a: Any, b: Any) -> Any:
    if isinstance(b, (int, float)):
        return 1 / b if b else math.inf
    return 1 / as_float(b, a.dtype)


def _length2(a: Any, b: Any) -> Any:
    """a² + b², and 1 in the origin, where an angle has no derivative: then it is 0, as in PyTorch."""
    square = a * a + b * b
    return where(square == 0, 1, square)


def _dpow_da(y: Any, a: Any, b: Any) -> Any:
    """b · a^(b-1), and 0 where b is 0, whatever a is."""
    if isinstance(b, (int, float)):
        return 2 * a if b == 2 else b * a ** (b - 1) if b != 0 else 0
    return where(b == 0, 0, b * a ** (b - 1))


def _dpow_db(y: Any, a: Any, b: Any) -> Any:
    """y · ln a, and 0 where a is 0 and b is not negative: 0^b is constant there."""
    if isinstance(a, (int, float)):
        return y * math.log(a) if a > 0 else where(b >= 0, 0, -y) if a == 0 else y * math.nan
    return where((a == 0) & (b >= 0), 0, y * log(as_float(a, b.dtype)))


def _dxlogy_da(y: Any, a: Any, b: Any) -> Any:
    """ln b, and 0 where a is 0 and ln b is not finite."""
    if isinstance(b, (int, float)):
        return (
            math.log(b)
            if b > 0
            else where(a == 0, 0, -math.inf / a / a if b == 0 else math.nan * a)
        )
    return where((a == 0) & (b <= 0), 0, log(as_float(b, a.dtype)))


# fmt: off
one, zero = lambda y, a, b: 1, lambda y, a, b: 0

# --- arithmetic -----------------------------------------------------------------------------

add_op  = elementwise("add", promoted(np.add),                     lambda y, a, b: 1,   lambda y, a, b: 1)
sub_op  = elementwise("sub", promoted(np.subtract, mixed=False),   lambda y, a, b: 1,   lambda y, a, b: -1)
mul_op  = elementwise("mul", promoted(np.multiply),                lambda y, a, b: b,   lambda y, a, b: a)
div_op  = elementwise("div", promoted(np.divide, floats=True),     _ddiv_da,            lambda y, a, b: -(a / b) / b)  # y may be overwritten, as in PyTorch
pow     = elementwise("pow", entrywise.power_kernel,               _dpow_da,            _dpow_db)

fmod         = elementwise("fmod",         promoted(entrywise.not_by_zero(np.fmod)),               one, lambda y, a, b: -trunc(a / b))
remainder    = elementwise("remainder",    promoted(entrywise.not_by_zero(np.remainder)),          one, lambda y, a, b: -floor(a / b))
floor_divide = elementwise("floor_divide", promoted(entrywise.not_by_zero(np.floor_divide)),       zero, zero)
div_trunc    = elementwise("div_trunc",    promoted(entrywise.not_by_zero(entrywise.div_trunc_kernel)), zero, zero)

maximum   = winner("maximum", promoted(np.maximum), lambda a, b: a < b)
minimum   = winner("minimum", promoted(np.minimum), lambda a, b: a > b)
fmax      = gate("fmax",      promoted(np.fmax),    lambda y, a, b: (a >= b) | (b != b), lambda y, a, b: ~((a >= b) | (b != b)))
fmin      = gate("fmin",      promoted(np.fmin),    lambda y, a, b: (a <= b) | (b != b), lambda y, a, b: ~((a <= b) | (b != b)))
clamp_min = gate("clamp_min", promoted(np.maximum), lambda y, x, low: x >= low,          lambda y, x, low: x < low)
clamp_max = gate("clamp_max", promoted(np.minimum), lambda y, x, high: x <= high,        lambda y, x, high: x > high)
clamp_op  = gate("clamp",     entrywise.clamp_kernel,
                 lambda y, x, low, high: (x >= low) & (x <= high),
                 lambda y, x, low, high: (x < low) & (low < high),
                 lambda y, x, low, high: (x > high) | (high < low))

hypot     = elementwise("hypot",     promoted(np.hypot, refused="biu"),
                        lambda y, a, b: a / y,               lambda y, a, b: b / y)
atan2     = elementwise("atan2",     promoted(np.arctan2, floats=True),
                        lambda y, a, b: b / _length2(a, b),  lambda y, a, b: -a / _length2(a, b))
logaddexp = elementwise("logaddexp", promoted(np.logaddexp, refused="biu"),
                        lambda y, a, b: sigmoid(a - b),      lambda y, a, b: sigmoid(b - a))
xlogy     = elementwise("xlogy",     promoted(entrywise.xlogy_kernel, floats=True),
                        _dxlogy_da,                          lambda y, a, b: a / b)

# --- functions of one number ----------------------------------------------------------------

neg           = elementwise("neg",         only("fiu", np.negative),              lambda y, x: -1)
abs           = elementwise("abs",         only("fiu", np.abs),                   lambda y, x: sign(x))
square        = elementwise("square",      entrywise.square_kernel,               lambda y, x: 2 * x)
sqrt          = elementwise("sqrt",        floating(np.sqrt),                     lambda y, x: 0.5 / y)
rsqrt         = elementwise("rsqrt",       floating(entrywise.rsqrt_kernel),      lambda y, x: -0.5 * y * y * y)
reciprocal    = elementwise("reciprocal",  floating(entrywise.reciprocal_kernel), lambda y, x: -y * y)
exp           = elementwise("exp",         floating(np.exp),                      lambda y, x: y)
exp2          = elementwise("exp2",        floating(np.exp2),                     lambda y, x: y * LN2)
expm1         = elementwise("expm1",       floating(np.expm1),                    lambda y, x: y + 1)
log           = elementwise("log",         floating(np.log),                      lambda y, x: 1 / x)
log2          = elementwise("log2",        floating(np.log2),                     lambda y, x: 1 / (x * LN2))
log10         = elementwise("log10",       floating(np.log10),                    lambda y, x: 1 / (x * LN10))
log1p         = elementwise("log1p",       floating(np.log1p),                    lambda y, x: 1 / (1 + x))
sin           = elementwise("sin",         floating(np.sin),                      lambda y, x: cos(x))
cos           = elementwise("cos",         floating(np.cos),                      lambda y, x: -sin(x))
tan           = elementwise("tan",         floating(np.tan),                      lambda y, x: 1 + y * y)
asin          = elementwise("asin",        floating(np.arcsin),                   lambda y, x: rsqrt(1 - x * x))
acos          = elementwise("acos",        floating(np.arccos),                   lambda y, x: -rsqrt(1 - x * x))
atan          = elementwise("atan",        floating(np.arctan),                   lambda y, x: 1 / (1 + x * x))
sinh          = elementwise("sinh",        floating(np.sinh),                     lambda y, x: cosh(x))
cosh          = elementwise("cosh",        floating(np.cosh),                     lambda y, x: sinh(x))
tanh          = elementwise("tanh",        floating(np.tanh),                     lambda y, x: 1 - y * y)
asinh         = elementwise("asinh",       floating(np.arcsinh),                  lambda y, x: rsqrt(x * x + 1))
acosh         = elementwise("acosh",       floating(np.arccosh),                  lambda y, x: rsqrt(x * x - 1))
atanh         = elementwise("atanh",       floating(np.arctanh),                  lambda y, x: 1 / (1 - x * x))
sigmoid       = elementwise("sigmoid",     floating(entrywise.sigmoid_kernel),    lambda y, x: y * (1 - y))
relu          = gate(       "relu",        only("fiu", entrywise.relu_kernel),    lambda y, x: y > 0)
erf           = elementwise("erf",         floating(entrywise.erf_kernel),        lambda y, x:  2 / ROOT_PI * exp(-x * x))
erfc          = elementwise("erfc",        floating(entrywise.erfc_kernel),       lambda y, x: -2 / ROOT_PI * exp(-x * x))
deg2rad       = elementwise("deg2rad",     floating(np.deg2rad),                  lambda y, x: math.pi / 180)
rad2deg       = elementwise("rad2deg",     floating(np.rad2deg),                  lambda y, x: 180 / math.pi)
frac          = elementwise("frac",        only("f", entrywise.frac_kernel),      lambda y, x: 1)
logit_op      = elementwise("logit",       floating(entrywise.logit_kernel),      lambda y, x: where((x < 0) | (x > 1), math.nan, 1 / (x * (1 - x))))
nan_to_num_op = elementwise("nan_to_num",  entrywise.nan_to_num_kernel,           lambda y, x, nan, posinf, neginf: isfinite(x))

relu.pull = lambda parents, g, y, x: (entrywise.opened(np.greater(y, entrywise.ZEROS[y.dtype]), g),)

# --- steps: flat almost everywhere ----------------------------------------------------------

sign          = gate("sign",    entrywise.sign_kernel,                     lambda y, x: False)
floor         = gate("floor",   whole(np.floor),                           lambda y, x: False)
ceil          = gate("ceil",    whole(np.ceil),                            lambda y, x: False)
trunc         = gate("trunc",   whole(np.trunc),                           lambda y, x: False)
round_op      = gate("round",   only("fiu", entrywise.round_kernel),       lambda y, x, decimals=0: False)
# fmt: on
where = where_op

# fmt: off
IN_PLACE = (
    "pow", "fmod", "remainder", "floor_divide", "clamp_min", "clamp_max", "hypot", "atan2", "xlogy",
    "neg", "abs", "square", "sqrt", "rsqrt", "reciprocal", "exp", "exp2", "expm1", "log", "log2",
    "log10", "log1p", "sin", "cos", "tan", "asin", "acos", "atan", "sinh", "cosh", "tanh", "asinh",
    "acosh", "atanh", "sigmoid", "relu", "erf", "erfc", "deg2rad", "rad2deg", "frac", "sign", "floor",
    "ceil", "trunc",
)
METHODS   = (*IN_PLACE, "maximum", "minimum", "fmax", "fmin", "logaddexp")
FUNCTIONS = METHODS
# fmt: on
