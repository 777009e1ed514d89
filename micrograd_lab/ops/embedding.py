"""Rows of a table, looked up by number: the linear map that a one-hot vector times a matrix is."""

import math
from typing import Any

import numpy as np

from micrograd_lab.errors import DtypeError, ShapeError, UndefinedError
from micrograd_lab.ops import elementwise as ew
from micrograd_lab.ops import indexing, shapes
from micrograd_lab.ops.op import Array, Op, linear
from micrograd_lab.ops.plain import plain, rewrite


def _sum_rows(x: Array, index: Array, count: int) -> Any:
    """count rows, each the sum of those rows of x whose index points to it; index < 0: to none."""
    shape = x.shape[index.ndim :]
    width = math.prod(shape)
    rows, to = x.reshape(index.size, width), index.reshape(index.size, 1)
    if (to < 0).any():
        rows, to = rows[to[:, 0] >= 0], to[to[:, 0] >= 0]
    y = np.zeros((count, *shape), x.dtype)
    flat = (to * width + np.arange(width)).reshape(-1)
    np.add.at(y.reshape(-1), flat, rows.reshape(-1))  # fast when flat
    return y


def _rows(w: Array, index: Array, count: int) -> Any:
    y = w[index]
    if (index < 0).any():
        y[index < 0] = 0
    return y


# `count` is how many rows the table has; padding is an index of -1 on the way back only.
# fmt: off
lookup: Op   = linear("embedding", lambda w, index, count, back: w[index],
    lambda g, w, index, count, back: sum_rows(g, index=back, count=count))
sum_rows: Op = linear("sum_rows", _sum_rows,
    lambda g, x, index, count: rows_of(g, index=index, count=count))
rows_of: Op  = linear("rows_of", _rows,
    lambda g, w, index, count: sum_rows(g, index=index, count=count))
# fmt: on


def embedding(
    input: Any,
    weight: Any,
    padding_idx: int | None = None,
    max_norm: float | None = None,
    norm_type: float = 2.0,
    scale_grad_by_freq: bool = False,
    sparse: bool = False,
) -> Any:
    """The rows of weight that input names.  (...), (V, D) -> (..., D)

    Rows named often collect many gradients, row padding_idx none.  max_norm: rows that are longer
    are first shortened in place.  sparse is accepted; gradients are dense.
    """
    index = _checked("embedding", input, weight)
    rows = weight.shape[0]
    if padding_idx is not None:
        padding_idx = _padding("embedding", padding_idx, rows)
    if max_norm is not None:
        _shorten(weight, index, max_norm, norm_type)
    back = index if padding_idx is None else np.where(index == padding_idx, -1, index)
    y = lookup(weight, index=index, count=rows, back=back)
    if scale_grad_by_freq:
        y = _scaled_back(y, (1 / np.bincount(index.reshape(-1), minlength=rows)[index])[..., None])
    return y


def _scaled_back(y: Any, share: Array) -> Any:
    """y itself, but with its gradient multiplied by share."""
    share = share.astype(y.dtype)
    return y * share + plain(y) * (1 - share)


def embedding_bag(
    input: Any,
    weight: Any,
    offsets: Any = None,
    max_norm: float | None = None,
    norm_type: float = 2,
    scale_grad_by_freq: bool = False,
    mode: str = "mean",
    sparse: bool = False,
    per_sample_weights: Any = None,
    include_last_offset: bool = False,
    padding_idx: int | None = None,
) -> Any:
    """The "sum", "mean" or "max" of a bag of rows: each row of input is a bag, or each stretch of a
    flat input from one of the offsets to the next.  (B, N) or (N), (V, D) -> (B, D)
    """
    index = _checked("embedding_bag", input, weight)
    if mode not in ("sum", "mean", "max"):
        raise UndefinedError(f"embedding_bag: mode={mode!r}: it is 'sum', 'mean' or 'max'.")
    if per_sample_weights is not None:
        if mode != "sum":
            raise UndefinedError("embedding_bag: per_sample_weights need mode='sum'.")
        if per_sample_weights.shape != index.shape:
            raise ShapeError(
                f"embedding_bag: per_sample_weights {tuple(per_sample_weights.shape)} must have the "
                f"input's shape, {index.shape}."
            )
    bag, count = _bags(index, offsets, include_last_offset)
    flat = index.reshape(-1)
    if padding_idx is not None:
        keep = flat != _padding("embedding_bag", padding_idx, weight.shape[0])
    else:
        keep = np.ones(flat.shape, bool)
    bag = np.where(keep, bag, -1)
    y = embedding(flat, weight, None, max_norm, norm_type, scale_grad_by_freq)
    if per_sample_weights is not None:
        y = y * shapes.reshape(per_sample_weights, (-1, 1))
    if mode == "max":
        return _largest(y, bag, count)
    total = sum_rows(y, index=bag, count=count)
    if mode == "mean":
        sizes = np.maximum(np.bincount(bag[keep], minlength=count), 1)
        total = total / sizes[:, None].astype(total.dtype)
    return total


def _largest(y: Any, bag: Array, count: int) -> Any:
    """The largest entry of each column of each bag; 0 for an empty bag."""
    values = plain(y)
    best = np.zeros((count, values.shape[1]), np.int64)
    filled = np.zeros((count, 1), bool)
    for b in range(count):
        members = np.flatnonzero(bag == b)
        if members.size:
            best[b] = members[values[members].argmax(axis=0)]
            filled[b] = True
    if not values.shape[0]:
        return sum_rows(y, index=bag, count=count)
    return ew.where(filled, indexing.gather(y, 0, best), 0.0)


def _bags(index: Array, offsets: Any, include_last_offset: bool) -> tuple[Array, int]:
    """Which bag each entry of the flattened index is in, and how many bags there are."""
    if index.ndim == 2:
        if offsets is not None:
            raise ShapeError("embedding_bag: offsets are for a flat input; each row is a bag here.")
        return np.repeat(np.arange(index.shape[0]), index.shape[1]), index.shape[0]
    if index.ndim != 1 or offsets is None or plain(offsets).ndim != 1:
        raise ShapeError(
            f"embedding_bag: input of shape {index.shape}; give (B, N), or (N) with offsets (B)."
        )
    starts = plain(offsets)
    if starts.size and (starts[0] != 0 or starts[-1] > index.size):
        raise ShapeError(
            f"embedding_bag: offsets begin with 0 and end within the {index.size} inputs; found "
            f"{starts[0]} to {starts[-1]}."
        )
    if include_last_offset:
        starts = starts[:-1]
    return np.searchsorted(starts, np.arange(index.size), side="right") - 1, starts.size


def _checked(name: str, input: Any, weight: Any) -> Array:
    index = plain(input)
    if index.dtype.kind not in "iu":
        raise DtypeError(
            f"{name}: row numbers are integers, found {index.dtype}. Use input.long()."
        )
    if weight.ndim != 2:
        raise ShapeError(f"{name}: weight is a table (V, D), found shape {tuple(weight.shape)}.")
    rows = weight.shape[0]
    outside = (index < 0) | (index >= rows)
    if outside.any():
        raise ShapeError(
            f"{name}: row {index[outside][0]} of a table with {rows} rows, numbered 0 to {rows - 1}."
        )
    return index


def _padding(name: str, padding_idx: int, rows: int) -> int:
    if not -rows <= padding_idx < rows:
        raise UndefinedError(f"{name}: padding_idx {padding_idx} is not one of the {rows} rows.")
    return padding_idx % rows


def _shorten(weight: Any, index: Array, max_norm: float, norm_type: float) -> None:
    """Rows of the table longer than max_norm are scaled down to it, in place."""
    table = plain(weight)
    used = np.unique(index)
    lengths = np.linalg.norm(table[used], norm_type, axis=1, keepdims=True)
    table[used] *= np.where(lengths > max_norm, max_norm / (lengths + 1e-7), 1).astype(table.dtype)
    rewrite(weight, table)


FUNCTIONS: tuple[str, ...] = ()
METHODS: tuple[str, ...] = ()
IN_PLACE: tuple[str, ...] = ()
