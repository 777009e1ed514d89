"""Entries by their rank: the middle one (median), and those at any fraction (quantile)."""

from collections.abc import Callable
from typing import Any

import numpy as np

from micrograd_lab.errors import ShapeError
from micrograd_lab.ops.axes import (
    EVERY,
    axis_of,
    refuse_dtype,
    refuse_empty,
    return_type,
    takes_dim,
)
from micrograd_lab.ops.gates import extreme
from micrograd_lab.ops.halves import raised
from micrograd_lab.ops.op import Array, constant, reshape, unsqueeze_all
from micrograd_lab.ops.plain import plain
from micrograd_lab.ops.sorting import choose, fields, picked, sort, without

Median, NanMedian = (return_type(name, *fields) for name in ("median", "nanmedian"))


def _middle(x: Array, dim: int, skip_nan: bool) -> Array:
    """Where the lower median is, dim kept: one of the entries, the smaller of two in the middle."""
    order = np.argsort(x, axis=dim, kind="stable")
    n = x.shape[dim]
    if x.dtype.kind != "f":
        return np.take(order, [(n - 1) // 2], axis=dim)
    nan = np.isnan(x)
    there = n - np.add.reduce(nan, axis=dim, keepdims=True)
    k = (there - 1) // 2 if skip_nan else np.where(there == n, (n - 1) // 2, there)
    return np.take_along_axis(order, np.maximum(k, 0), axis=dim)


def _median(x: Array, dim: tuple[int, ...], keepdim: Any, skip_nan: bool) -> Any:
    flat = x.reshape(-1)
    nothing = np.nan if x.dtype.kind == "f" else np.iinfo(x.dtype).min
    y = flat[_middle(flat, 0, skip_nan)[0]] if flat.size else x.dtype.type(nothing)
    return np.reshape(y, (1,) * (x.ndim if keepdim else 0))


middle_op = constant("median_index", _middle)
median_op = extreme("median", _median)


@takes_dim
def median(input: Any, dim: int | None = None, keepdim: bool = False) -> Any:
    """The entry in the middle, the lower of two; with dim: (values, indices).  nan if one is nan."""
    return _middle_of("median", Median, input, dim, keepdim, skip_nan=False)


@takes_dim
def nanmedian(input: Any, dim: int | None = None, keepdim: bool = False) -> Any:
    """The median of the entries that are not nan; with dim: (values, indices)."""
    return _middle_of("nanmedian", NanMedian, input, dim, keepdim, skip_nan=True)


def _middle_of(
    name: str, result: Any, x: Any, dim: int | None, keepdim: bool, skip_nan: bool
) -> Any:
    if x.dtype.kind == "b":
        refuse_dtype(name, x, "numbers")
    if dim is None:
        return median_op(x, dim=EVERY[x.ndim], keepdim=False, skip_nan=skip_nan)
    axis = axis_of(name, x, dim)
    refuse_empty(name, x, (axis,) if x.ndim else ())
    return choose(result, middle_op, x, axis, keepdim, {"skip_nan": skip_nan})


@raised
@takes_dim
def quantile(
    input: Any,
    q: Any,
    dim: int | None = None,
    keepdim: bool = False,
    *,
    interpolation: str = "linear",
) -> Any:
    """The value below which the fraction q of the entries lies; nan if one of them is nan.

    q: a number, or several in a 1-d tensor, which become the first dim of the result.
    """
    return _quantile("quantile", input, q, dim, keepdim, interpolation)


@raised
@takes_dim
def nanquantile(
    input: Any,
    q: Any,
    dim: int | None = None,
    keepdim: bool = False,
    *,
    interpolation: str = "linear",
) -> Any:
    """quantile(...) of the entries that are not nan."""
    return _quantile("nanquantile", input, q, dim, keepdim, interpolation)


ROUND: dict[str, Callable[[Array], Array]] = {
    "linear": lambda rank: rank, "lower": np.floor, "higher": np.ceil, "nearest": np.round,
    "midpoint": lambda rank: (np.floor(rank) + np.ceil(rank)) / 2,
}  # fmt: skip


def _quantile(name: str, x: Any, q: Any, dim: Any, keepdim: bool, interpolation: str) -> Any:
    if x.dtype not in (np.float32, np.float64):
        refuse_dtype(name, x, "float32 and float64")
    fractions = np.asarray(plain(q), x.dtype)
    if fractions.ndim > 1 or not ((fractions >= 0) & (fractions <= 1)).all():
        raise ShapeError(f"{name}: q={q} must be one number, or a row of them, from 0 to 1.")
    if interpolation not in ROUND:
        raise ValueError(f"{name}: interpolation={interpolation!r} is none of {', '.join(ROUND)}.")
    ndim = x.ndim
    if dim is None or not ndim:
        axis_of(name, x, dim or 0)
        x, axis = reshape(x, shape=(-1,)), 0
        kept = (1,) * ndim
    else:
        axis = axis_of(name, x, dim)
        kept = (*x.shape[:axis], 1, *x.shape[axis + 1 :])
    refuse_empty(name, x, EVERY[x.ndim])
    ranked = sort(x, axis).values
    nan = np.add.reduce(np.isnan(plain(x)), axis=axis, keepdims=True)
    last = x.shape[axis] - 1
    parts = []
    for fraction in np.atleast_1d(fractions):
        if name == "quantile":  # a nan stands last
            rank = np.where(nan > 0, last, fraction * x.dtype.type(last))
        else:
            rank = np.maximum(fraction * (last - nan).astype(x.dtype), 0)
        rank = ROUND[interpolation](rank).astype(x.dtype)
        low, high = np.floor(rank).astype(np.int64), np.ceil(rank).astype(np.int64)
        above_low = (rank - low).astype(x.dtype)
        near = above_low < 0.5  # count from the nearer one, which makes an infinite end harmless
        step = picked(ranked, high, axis) - picked(ranked, low, axis)
        start = picked(ranked, np.where(near, low, high), axis)
        y = start + step * np.where(near, above_low, above_low - 1)
        parts.append(reshape(y, shape=kept) if keepdim else without(y, axis, False))
    return _stacked(parts) if fractions.ndim else parts[0]


def _stacked(parts: list[Any]) -> Any:
    from micrograd_lab.ops.joining import cat

    return cat([unsqueeze_all(part, (0,)) for part in parts], 0)


FUNCTIONS = ("median", "nanmedian", "nanquantile", "quantile")
METHODS = FUNCTIONS
IN_PLACE: tuple[str, ...] = ()
