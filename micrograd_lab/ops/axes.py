"""Which axes a function works along: `dim` as PyTorch takes it, made plain."""

import functools
from collections import namedtuple
from collections.abc import Callable
from typing import Any, NoReturn, TypeVar

import numpy as np

from micrograd_lab.dtypes import get_default_dtype, int64
from micrograd_lab.errors import DtypeError, ShapeError
from micrograd_lab.ops.conversions import astype
from micrograd_lab.ops.dims import all_dims, one_dim
from micrograd_lab.ops.op import Traced

Dim = int | tuple[int, ...] | list[int] | None
F = TypeVar("F", bound=Callable[..., Any])
EVERY = tuple(tuple(range(n)) for n in range(65))  # all the axes, for each number of them


def axes_of(op: str, x: Any, dim: Any) -> tuple[int, ...]:
    """dim (an int, several; None or () for all) as a tuple of axes, none of them negative."""
    n = x.ndim
    if dim is None:
        return EVERY[n]
    if type(dim) is int and 0 <= dim < n:
        return (dim,)
    axes = all_dims(op, dim, n)
    return axes if axes and n else EVERY[n]


def axis_of(op: str, x: Any, dim: Any) -> int:
    """One dim as an axis that is not negative.  (A tensor without dimensions has one to name.)"""
    return one_dim(op, dim, x.ndim)


def count_along(shape: tuple[int, ...], dim: tuple[int, ...]) -> int:
    """How many entries of an array of this shape are reduced to one."""
    n = 1
    for axis in dim:
        n *= shape[axis]
    return n


def refuse_empty(op: str, x: Any, dim: tuple[int, ...]) -> None:
    """An error if there is no entry to choose."""
    if count_along(x.shape, dim) == 0:
        raise ShapeError(
            f"{op} over dim {dim} of an empty tensor of shape {tuple(x.shape)}: there is no entry "
            "to choose. Reduce a dim that is not 0, or check numel() first."
        )


# --- the door of every function that takes a dim --------------------------------------------


def takes_dim(f: F) -> F:
    """NumPy's words are welcome (axis, keepdims), and the input must be a tensor or an array."""

    @functools.wraps(f)
    def wrapped(input: Any, *args: Any, **named: Any) -> Any:
        if not isinstance(input, (np.ndarray, Traced)):
            input = _as_array(f.__name__, input)
        if named:
            if "axis" in named:
                named["dim"] = named.pop("axis")
            if "keepdims" in named:
                named["keepdim"] = named.pop("keepdims")
        return f(input, *args, **named)

    return wrapped  # type: ignore[return-value]


def _as_array(name: str, x: Any) -> Any:
    if isinstance(x, np.generic):
        return np.asarray(x)
    raise DtypeError(
        f"{name}: the input must be a Tensor, found {type(x).__name__}. Make one: tensor({x!r:.60})."
    )


# --- dtypes ---------------------------------------------------------------------------------


def as_dtype(x: Any, dtype: Any) -> Any:
    """x in another dtype, or x itself if that is its own (or None)."""
    return x if dtype is None else astype(x, dtype)


def widened(x: Any, dtype: Any = None) -> Any:
    """x as a sum or product counts it: integers and bools as int64, unless a dtype is asked for."""
    if dtype is not None:
        return as_dtype(x, dtype)
    return x if x.dtype.kind == "f" else astype(x, int64)


def floated(x: Any) -> Any:
    """x with integers and bools made floating."""
    return x if x.dtype.kind == "f" else astype(x, get_default_dtype())


def need_floating(op: str, x: Any, dtype: Any = None) -> Any:
    """x in the dtype asked for, which must be a floating one."""
    x = as_dtype(x, dtype)
    if x.dtype.kind != "f":
        refuse_dtype(op, x)
    return x


def refuse_dtype(op: str, x: Any, wants: str = "floating numbers") -> NoReturn:
    raise DtypeError(
        f"{op} of {x.dtype}: it works on {wants}. Convert the tensor first: x.float()."
    )


# --- results of two parts -------------------------------------------------------------------


def return_type(name: str, *fields: str) -> Callable[..., Any]:
    """A named tuple that prints like PyTorch's: torch.return_types.max(values=..., indices=...)."""

    def text(result: Any) -> str:
        parts = (f"{field}={value!r}" for field, value in zip(fields, result, strict=True))
        return f"torch.return_types.{name}(\n" + ",\n".join(parts) + ")"

    base = namedtuple(name, fields)  # type: ignore[misc]
    return type(name, (base,), {"__slots__": (), "__repr__": text, "__str__": text})
