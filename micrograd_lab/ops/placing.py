"""Whole slices, single entries or a diagonal, put into a copy of a tensor."""

from typing import Any

import numpy as np

from micrograd_lab.errors import DtypeError, ShapeError
from micrograd_lab.ops.diagonals import diagonal
from micrograd_lab.ops.dims import one_dim
from micrograd_lab.ops.indices import index_array, one_axis, positions
from micrograd_lab.ops.op import reshape
from micrograd_lab.ops.plain import plain
from micrograd_lab.ops.putting import index_put, scatter_reduce


def index_reduce(
    input: Any, dim: int, index: Any, source: Any, reduce: str, *, include_self: bool = True
) -> Any:
    """A copy of x in which each slice that the 1-d index lists is reduced with those of source:
    prod, mean, amax or amin; include_self: whether x's own slice takes part."""
    axis = one_dim("index_reduce", dim, input.ndim)
    index = one_axis("index_reduce", index, input.shape, axis)
    if reduce not in ("prod", "mean", "amax", "amin"):
        raise ShapeError(f"index_reduce: reduce={reduce!r}: it is prod, mean, amax or amin.")
    wanted = (*input.shape[:axis], index.size, *input.shape[axis + 1 :])
    if tuple(source.shape) != wanted:
        raise ShapeError(
            f"index_reduce: the source has shape {tuple(source.shape)}; for {index.size} indices along "
            f"dim {axis} of shape {tuple(input.shape)} it must have shape {wanted}."
        )
    column = index.reshape((-1,) + (1,) * (input.ndim - axis - 1))
    wide = np.broadcast_to(column, wanted)
    return scatter_reduce(
        input, axis, wide, source, reduce, include_self=include_self, name="index_reduce"
    )


def put(input: Any, index: Any, source: Any, accumulate: bool = False) -> Any:
    """A copy of x in which the entries number `index`, of x flattened, are those of source."""
    index = index_array(index)
    if index.dtype != np.int64:
        raise DtypeError(f"put: the index holds {index.dtype}; it must hold int64: index.long().")
    values = reshape(source, shape=(-1,))
    if values.shape[0] != index.size:
        raise ShapeError(f"put: {index.size} indices, but {values.shape[0]} entries to put.")
    flat = reshape(input, shape=(-1,))
    where = positions("put", index.reshape(-1), flat.shape[0], wrap=True)
    return reshape(index_put(flat, (where,), values, accumulate), shape=tuple(input.shape))


def diagonal_scatter(input: Any, src: Any, offset: int = 0, dim1: int = 0, dim2: int = 1) -> Any:
    """A copy of x in which diagonal(x, offset, dim1, dim2) is src."""
    numbers = np.arange(plain(input).size).reshape(input.shape)
    where = diagonal(numbers, offset, dim1, dim2)
    if tuple(src.shape) != where.shape:
        raise ShapeError(
            f"diagonal_scatter: src has shape {tuple(src.shape)}, the diagonal {where.shape}."
        )
    return put(input, where, src)


FUNCTIONS = ("diagonal_scatter", "index_reduce", "put")
METHODS = FUNCTIONS
IN_PLACE = ("index_reduce", "put")
