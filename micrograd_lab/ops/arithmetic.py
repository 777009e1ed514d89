"""PyTorch's names and options for arithmetic: each a few ops of the table."""

from typing import Any

import numpy as np

from micrograd_lab.errors import DtypeError, ShapeError
from micrograd_lab.ops import elementwise as ops
from micrograd_lab.ops.comparisons import bitwise_and
from micrograd_lab.ops.promotion import Number, as_tensor, refuse


def add(input: Any, other: Any, *, alpha: float = 1) -> Any:
    """input + alpha · other"""
    return ops.add_op(
        input, other if alpha == 1 and alpha is not True else _scaled("add", input, other, alpha)
    )


def sub(input: Any, other: Any, *, alpha: float = 1) -> Any:
    """input - alpha · other"""
    return ops.sub_op(
        input, other if alpha == 1 and alpha is not True else _scaled("sub", input, other, alpha)
    )


def rsub(input: Any, other: Any, *, alpha: float = 1) -> Any:
    """other - alpha · input"""
    return sub(other, input, alpha=alpha)


def mul(input: Any, other: Any) -> Any:
    """input · other"""
    return ops.mul_op(input, other)


def div(input: Any, other: Any, *, rounding_mode: str | None = None) -> Any:
    """input / other; rounding_mode "floor" rounds down, "trunc" towards zero, both without gradient."""
    if rounding_mode is None:
        return ops.div_op(input, other)
    if rounding_mode == "floor":
        return ops.floor_divide(input, other)
    if rounding_mode == "trunc":
        return ops.div_trunc(input, other)
    raise DtypeError(
        f"div: rounding_mode must be None, 'floor' or 'trunc', found {rounding_mode!r}."
    )


def clamp(input: Any, min: Any = None, max: Any = None) -> Any:
    """input, but at least min and at most max: numbers or tensors, either may be None."""
    if min is None and max is None:
        raise DtypeError("clamp: give min or max, or both.")
    if min is None:
        return ops.clamp_max(input, max)
    return ops.clamp_min(input, min) if max is None else ops.clamp_op(input, min, max)


def where(condition: Any, input: Any = None, other: Any = None) -> Any:
    """input where the condition holds, other elsewhere; with the condition alone, where that is."""
    if input is None and other is None:
        from micrograd_lab.ops.searching import nonzero

        return nonzero(condition, as_tuple=True)
    return ops.where_op(condition, input, other)


def masked_fill(input: Any, mask: Any, value: Any) -> Any:
    """value, one number, where the mask holds, and input elsewhere; its dtype stays."""
    if as_tensor("masked_fill", mask).dtype.kind != "b":
        raise DtypeError(
            f"masked_fill: the mask must be bool, found {mask.dtype}. Compare: x == 0."
        )
    if getattr(value, "shape", ()):
        raise ShapeError(
            f"masked_fill: the value must be one number, found shape {tuple(value.shape)}. "
            "Use where(mask, values, input)."
        )
    dtype = input.dtype
    if hasattr(value, "dtype"):
        value = value if value.dtype == dtype else value.astype(dtype)
    elif dtype.kind != "f":
        value = dtype.type(_whole("masked_fill", value, dtype))
    return ops.where_op(mask, value, input)


def lerp(input: Any, end: Any, weight: Any) -> Any:
    """input + weight · (end - input): a straight way from input (weight 0) to end (weight 1)."""
    _same_floats("lerp", input, end, *([weight] if getattr(weight, "shape", ()) else []))
    return input + weight * (end - input)


def addcmul(input: Any, tensor1: Any, tensor2: Any, *, value: float = 1) -> Any:
    """input + value · tensor1 · tensor2"""
    if all(x.dtype.kind == "b" for x in (input, tensor1, tensor2)):
        refuse("addcmul", "b", input)
    if isinstance(value, float):
        _check_scale("addcmul", value, input, tensor1, tensor2)
    product = tensor1 * tensor2
    return input + (product if value == 1 else value * product)


def addcdiv(input: Any, tensor1: Any, tensor2: Any, *, value: float = 1) -> Any:
    """input + value · tensor1 / tensor2"""
    if "f" not in (
        as_tensor("addcdiv", tensor1).dtype.kind,
        as_tensor("addcdiv", tensor2).dtype.kind,
    ):
        raise DtypeError("addcdiv: integers do not divide into integers. Convert first: x.float().")
    quotient = tensor1 / tensor2
    return input + (quotient if value == 1 else value * quotient)


def round(input: Any, *, decimals: int = 0) -> Any:
    """To the nearest whole number, halves to the even one; decimals as for Python's round."""
    return ops.round_op(input, decimals=decimals)


def nan_to_num(
    input: Any, nan: float | None = None, posinf: float | None = None, neginf: float | None = None
) -> Any:
    """nan becomes `nan` (0), and the infinities posinf and neginf (the dtype's largest numbers)."""
    return ops.nan_to_num_op(input, nan=0.0 if nan is None else nan, posinf=posinf, neginf=neginf)


def logit(input: Any, eps: float | None = None) -> Any:
    """log(x / (1 - x)), what sigmoid undoes; x is first kept eps away from 0 and 1."""
    x = input if eps is None else clamp(input, eps, 1 - eps)
    return ops.logit_op(x)


def float_power(input: Any, exponent: Any) -> Any:
    """input to the power exponent, in float64."""
    return ops.pow(_double(input), _double(exponent))


def positive(input: Any) -> Any:
    """input itself."""
    refuse("positive", "b", input)
    return input


def _whole(name: str, value: float, dtype: Any) -> int:
    """value as an integer that dtype holds; -1 in uint8 is 255, as in C."""
    if dtype.kind == "b":
        return bool(value)
    most, least = np.iinfo(dtype).max, np.iinfo(dtype).min
    if not (-most if dtype.kind == "u" else least) <= value <= most:  # so that nan is refused, too
        raise DtypeError(f"{name}: {value} does not fit {dtype}. Convert first: x.float().")
    return int(value) % (most + 1) if dtype.kind == "u" else int(value)


def _double(x: Any) -> Any:
    return x.astype("float64") if hasattr(x, "dtype") else float(x)


def _scaled(name: str, input: Any, other: Any, alpha: float) -> Any:
    if isinstance(alpha, float):
        _check_scale(name, alpha, input, other)
    if all(
        isinstance(x, bool) if isinstance(x, Number) else x.dtype.kind == "b"
        for x in (input, other)
    ):
        return bitwise_and(other, bool(alpha))
    if isinstance(alpha, bool):
        raise DtypeError(f"{name}: alpha must be a number, found {alpha}.")
    return ops.mul_op(other, alpha)


def _check_scale(name: str, scale: float, *xs: Any) -> None:
    if not any(x.dtype.kind == "f" if hasattr(x, "dtype") else isinstance(x, float) for x in xs):
        raise DtypeError(f"{name}: integers cannot be scaled by {scale}. Convert first: x.float().")


def _same_floats(name: str, *xs: Any) -> None:
    found = {as_tensor(name, x).dtype for x in xs if not isinstance(x, (int, float))}
    if len(found) > 1 or next(iter(found)).kind != "f":
        names = " and ".join(sorted(map(str, found)))
        raise DtypeError(f"{name}: all must have one and the same floating dtype, found {names}.")


absolute, negative, fix, clip = ops.abs, ops.neg, ops.trunc, clamp
subtract, multiply, divide, true_divide = sub, mul, div, div
arcsin, arccos, arctan, arctan2 = ops.asin, ops.acos, ops.atan, ops.atan2
arcsinh, arccosh, arctanh = ops.asinh, ops.acosh, ops.atanh

# fmt: off
IN_PLACE = (
    "add", "sub", "subtract", "mul", "multiply", "div", "divide", "true_divide", "clamp", "clip",
    "masked_fill", "lerp", "addcmul", "addcdiv", "round", "nan_to_num", "logit",
    "float_power", "absolute", "negative", "fix", "arcsin", "arccos", "arctan", "arctan2",
    "arcsinh", "arccosh", "arctanh",
)
METHODS   = (*IN_PLACE, "positive")
FUNCTIONS = (*METHODS, "where", "rsub")
# fmt: on
