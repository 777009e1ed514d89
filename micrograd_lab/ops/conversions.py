"""The same numbers in another dtype, or in memory of their own."""

from typing import Any

import numpy as np

from micrograd_lab import dtypes
from micrograd_lab.ops.op import Array, linear
from micrograd_lab.ops.plain import plain


def _astype(x: Array, dtype: np.dtype[Any]) -> Any:
    with np.errstate(
        over="ignore", invalid="ignore"
    ):  # what does not fit becomes inf, as in PyTorch
        return x.astype(dtype)


# fmt: off
astype_op = linear("astype", _astype, lambda g, x, dtype: g.astype(x.dtype))
clone_op  = linear("clone",  lambda x: x.copy(), lambda g, x: g)
# fmt: on


def astype(input: Any, dtype: Any) -> Any:
    """The numbers as `dtype`; the tensor itself if that is what it holds already."""
    dtype = np.dtype(dtype)
    return input if input.dtype == dtype else astype_op(input, dtype=dtype)


def clone(input: Any, *, memory_format: Any = None) -> Any:
    """The same numbers in new memory; gradients flow through."""
    return clone_op(input)


def contiguous(input: Any, memory_format: Any = None) -> Any:
    """The tensor with its entries in order in memory: itself, if they are."""
    return input if plain(input).flags.c_contiguous else clone_op(input)


def type_as(input: Any, other: Any) -> Any:
    """The numbers in the dtype of `other`."""
    return astype(input, other.dtype)


# fmt: off
def float(input: Any) -> Any: return astype(input, dtypes.float32)
def double(input: Any) -> Any: return astype(input, dtypes.float64)
def half(input: Any) -> Any: return astype(input, dtypes.float16)
def int(input: Any) -> Any: return astype(input, dtypes.int32)
def long(input: Any) -> Any: return astype(input, dtypes.int64)
def short(input: Any) -> Any: return astype(input, dtypes.int16)
def char(input: Any) -> Any: return astype(input, dtypes.int8)
def byte(input: Any) -> Any: return astype(input, dtypes.uint8)
def bool(input: Any) -> Any: return astype(input, dtypes.bool_)
# fmt: on

FUNCTIONS = ("clone",)
METHODS = (
    "astype", "clone", "contiguous", "type_as",
    "float", "double", "half", "int", "long", "short", "char", "byte", "bool",
)  # fmt: skip
IN_PLACE = ()
