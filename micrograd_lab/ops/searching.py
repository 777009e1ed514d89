"""Looking for entries: where they are, where they would stand, and which there are.  All constant."""

from typing import Any

import numpy as np

from micrograd_lab.errors import DtypeError, ShapeError
from micrograd_lab.ops.dims import one_dim
from micrograd_lab.ops.indexing import slice_op
from micrograd_lab.ops.op import Array, constant


def _nonzero(x: Array) -> Array:
    return np.argwhere(x).astype(np.int64, copy=False)


def _searchsorted(edges: Array, x: Any, right: bool, int32: bool) -> Array:
    side: Any = "right" if right else "left"
    x = np.asarray(x)
    if edges.ndim == 1:
        found = np.searchsorted(edges, x, side)
    else:
        found = np.empty(x.shape, np.int64)
        for row in np.ndindex(edges.shape[:-1]):
            found[row] = np.searchsorted(edges[row], x[row], side)
    return np.asarray(found, np.int32 if int32 else np.int64)


def _unique(x: Array, dim: int | None, which: int) -> Array:
    flat = x.reshape(-1) if dim is None else x
    found = np.unique(flat, return_inverse=True, return_counts=True, axis=dim, equal_nan=False)[
        which
    ]
    return found.reshape(x.shape if dim is None else -1) if which == 1 else found


nonzero_op = constant("nonzero", _nonzero)
searchsorted_op = constant("searchsorted", _searchsorted)
unique_op = constant("unique", _unique)


def nonzero(input: Any, *, as_tuple: bool = False) -> Any:
    """The indices of the entries that are not zero: one row for each, or (as_tuple) a tensor per axis."""
    if as_tuple and not input.shape:
        input = input.reshape((1,))
    found = nonzero_op(input)
    if not as_tuple:
        return found
    return tuple(slice_op(found, index=(slice(None), k)) for k in range(found.shape[1]))


def argwhere(input: Any) -> Any:
    """The indices of the entries that are not zero, one row for each."""
    return nonzero_op(input)


def searchsorted(
    sorted_sequence: Any,
    input: Any,
    *,
    out_int32: bool = False,
    right: bool = False,
    side: str | None = None,
    sorter: Any = None,
) -> Any:
    """Where each entry would have to stand in the sorted last dimension to keep it sorted."""
    if side not in (None, "left", "right") or (side == "left" and right):
        raise ShapeError(
            f"searchsorted: side={side!r} with right={right}; side is 'left' or 'right'."
        )
    edges = sorted_sequence
    if sorter is not None:
        from micrograd_lab.ops.indexing import gather

        edges = gather(edges, -1, sorter)
    shape = getattr(input, "shape", ())
    if not edges.shape or (len(edges.shape) > 1 and edges.shape[:-1] != shape[:-1]):
        raise ShapeError(
            f"searchsorted: edges of shape {edges.shape} and values of shape {shape}; all dimensions "
            "but the last must be the same, or the edges 1-d."
        )
    if hasattr(input, "dtype") and input.dtype != edges.dtype:
        raise DtypeError(
            f"searchsorted: edges of {edges.dtype} and values of {input.dtype} differ."
        )
    return searchsorted_op(edges, input, right=right or side == "right", int32=out_int32)


def bucketize(input: Any, boundaries: Any, *, out_int32: bool = False, right: bool = False) -> Any:
    """The number of the bucket between the boundaries (1-d, sorted) that each entry falls into."""
    if len(boundaries.shape) != 1:
        raise ShapeError(f"bucketize: boundaries have shape {boundaries.shape}; they must be 1-d.")
    return searchsorted_op(boundaries, input, right=right, int32=out_int32)


def unique(
    input: Any,
    sorted: bool = True,
    return_inverse: bool = False,
    return_counts: bool = False,
    dim: int | None = None,
) -> Any:
    """The different entries (or slices along dim), sorted; on request also which of them stands
    where, and how often each occurs."""
    axis = None if dim is None else one_dim("unique", dim, input.ndim)
    wanted = [0] + [1] * return_inverse + [2] * return_counts
    found = tuple(unique_op(input, dim=axis, which=which) for which in wanted)
    return found if len(found) > 1 else found[0]


FUNCTIONS = ("argwhere", "bucketize", "nonzero", "searchsorted", "unique")
METHODS = ("argwhere", "nonzero", "unique")
IN_PLACE: tuple[str, ...] = ()
