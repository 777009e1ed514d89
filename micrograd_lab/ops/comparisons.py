"""Questions and bits: ops whose answers are constant almost everywhere, so no gradient flows."""

from typing import Any

import numpy as np

from micrograd_lab.dtypes import result_type
from micrograd_lab.errors import DtypeError
from micrograd_lab.ops.op import Array, Rule, constant
from micrograd_lab.ops.plain import plain
from micrograd_lab.ops.promotion import as_input, as_tensor, mismatch, name_of, promoted


def _asked(kernel: Rule) -> Rule:
    """A question about every number; integers are never nan and never infinite."""
    name = name_of(kernel)

    def forward(x: Any) -> Any:
        return kernel(as_tensor(name, x))

    return forward


def _bits(kernel: Rule) -> Rule:
    """A kernel of bits: for integers and booleans only."""
    name = name_of(kernel)
    forward = promoted(kernel)

    def bits(a: Any, b: Any) -> Any:
        dtype = result_type(as_input(name, a), as_input(name, b))
        if dtype.kind == "f":
            raise DtypeError(
                f"{name}: for integers and booleans, found {dtype}. Use logical_* for truth."
            )
        return forward(a, b)

    return bits


def _not(x: Array) -> Any:
    if as_tensor("bitwise_not", x).dtype.kind == "f":
        raise DtypeError(
            f"bitwise_not: for integers and booleans, found {x.dtype}. Use logical_not(x)."
        )
    return np.invert(x)


def _isclose(a: Any, b: Any, rtol: float, atol: float, equal_nan: bool) -> Any:
    if rtol < 0 or atol < 0:
        raise DtypeError(
            f"isclose: tolerances must not be negative, found rtol={rtol}, atol={atol}."
        )
    if as_tensor("isclose", a).dtype != as_tensor("isclose", b).dtype:
        raise DtypeError(
            f"isclose: the dtypes differ, {a.dtype} and {b.dtype}. Convert one of them."
        )
    if mistake := mismatch("isclose", a, b):
        raise mistake
    with np.errstate(invalid="ignore"):
        near = (a == b) | (np.isfinite(b) & (np.abs(a * 1.0 - b) <= atol + np.abs(rtol * b)))
    return near | (np.isnan(a) & np.isnan(b)) if equal_nan else near


def _same(a: Any, b: Any) -> Any:
    return np.asarray(
        as_tensor("equal", a).shape == as_tensor("equal", b).shape and bool((a == b).all())
    )


# fmt: off
eq = constant("eq", promoted(np.equal))
ne = constant("ne", promoted(np.not_equal))
lt = constant("lt", promoted(np.less))
le = constant("le", promoted(np.less_equal))
gt = constant("gt", promoted(np.greater))
ge = constant("ge", promoted(np.greater_equal))

logical_and = constant("logical_and", promoted(np.logical_and))
logical_or  = constant("logical_or",  promoted(np.logical_or))
logical_xor = constant("logical_xor", promoted(np.logical_xor))
logical_not = constant("logical_not", _asked(np.logical_not))
bitwise_and = constant("bitwise_and", _bits(np.bitwise_and))
bitwise_or  = constant("bitwise_or",  _bits(np.bitwise_or))
bitwise_xor = constant("bitwise_xor", _bits(np.bitwise_xor))
bitwise_not = constant("bitwise_not", _not)
bitwise_left_shift  = constant("bitwise_left_shift",  _bits(np.left_shift))
bitwise_right_shift = constant("bitwise_right_shift", _bits(np.right_shift))

isnan    = constant("isnan",    _asked(np.isnan))
isinf    = constant("isinf",    _asked(np.isinf))
isfinite = constant("isfinite", _asked(np.isfinite))
isposinf = constant("isposinf", lambda x: x == np.inf)
isneginf = constant("isneginf", lambda x: x == -np.inf)
signbit  = constant("signbit",  lambda x: np.signbit(x) if x.dtype.kind == "f" else x < 0)
close_op = constant("isclose",  _isclose)
same_op  = constant("equal",    _same)
# fmt: on

greater, greater_equal, less, less_equal, not_equal = gt, ge, lt, le, ne


def isclose(
    input: Any, other: Any, rtol: float = 1e-5, atol: float = 1e-8, equal_nan: bool = False
) -> Any:
    """Where |input - other| <= atol + rtol · |other|."""
    return close_op(input, other, rtol=rtol, atol=atol, equal_nan=equal_nan)


def allclose(
    input: Any, other: Any, rtol: float = 1e-5, atol: float = 1e-8, equal_nan: bool = False
) -> bool:
    """Whether every entry isclose."""
    return bool(plain(isclose(input, other, rtol, atol, equal_nan)).all())


def equal(input: Any, other: Any) -> bool:
    """Whether both have the same shape and the same numbers: one answer for all."""
    return bool(same_op(input, other))


# fmt: off
IN_PLACE = (
    "eq", "ne", "lt", "le", "gt", "ge", "greater", "greater_equal", "less", "less_equal",
    "not_equal", "logical_and", "logical_or", "logical_xor", "logical_not", "bitwise_and",
    "bitwise_or", "bitwise_xor", "bitwise_not", "bitwise_left_shift", "bitwise_right_shift",
)
METHODS = (
    *IN_PLACE, "isnan", "isinf", "isfinite", "isposinf", "isneginf", "signbit", "isclose",
    "allclose", "equal",
)
FUNCTIONS = METHODS
# fmt: on
