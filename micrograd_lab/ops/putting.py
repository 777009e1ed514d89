"""Putting entries: copies of a tensor with some entries set, added to, or reduced with others."""

import math
from typing import Any

import numpy as np

from micrograd_lab.errors import DtypeError, ShapeError
from micrograd_lab.ops import elementwise
from micrograd_lab.ops.dims import one_dim
from micrograd_lab.ops.indexing import (
    along,
    bool_mask,
    check_along,
    gather_op,
    pick_back,
    scatter_op,
    scatter_zeros,
    set_op,
    slice_op,
)
from micrograd_lab.ops.indices import (
    EVERYTHING,
    Index,
    index_array,
    index_error,
    one_axis,
    parse,
)
from micrograd_lab.ops.op import Array, broadcast_to, by_hand, reshape


def setitem(x: Any, index: Any, v: Any) -> Any:
    """A copy of x in which x[index] is v, broadcast; what x[index] = v does, out of place."""
    view, pick = parse(x.shape, index)
    try:
        return set_op(x, v, view=view, pick=pick)
    except IndexError as error:
        raise index_error(error, x.shape) from error


def same_dtype(name: str, x: Any, source: Any) -> None:
    if hasattr(source, "dtype") and x.dtype != source.dtype:
        raise DtypeError(
            f"{name}: the tensor holds {x.dtype}, the source {source.dtype}; they must be the same."
        )


def index_put(input: Any, indices: Any, values: Any, accumulate: bool = False) -> Any:
    """A copy of x in which x[indices] is the values, or (accumulate) has them added."""
    same_dtype("index_put", input, values)
    if not isinstance(indices, (tuple, list)):
        raise DtypeError("index_put: the indices are a tuple of index tensors, one per dimension.")
    if not accumulate:
        return setitem(input, tuple(indices), values)
    _, pick = parse(input.shape, tuple(indices))
    if pick is None:
        raise DtypeError("index_put: the indices are tensors; for slices use x[...] = v.")
    shape = np.empty(input.shape, bool)[pick].shape
    values = (
        values if getattr(values, "shape", None) == shape else broadcast_to(values, shape=shape)
    )
    return input + pick_back(values, shape=input.shape, index=pick)


# --- along one axis, by an index as wide as the source --------------------------------------


def scatter(
    input: Any, dim: int, index: Any, src: Any = None, *, value: Any = None, reduce: Any = None
) -> Any:
    """A copy of x with y[index[i, j], j] = src[i, j] for dim 0, and so on: gather, backwards.

    src may be a number.  Where an index repeats, one of the sources wins; use scatter_add to sum.
    """
    v = value if src is None else src
    if reduce is not None:
        return _scatter_by(reduce, input, dim, index, v)
    same_dtype("scatter", input, v)
    axis, index = _checked("scatter", input, dim, index, v)
    if not input.shape:
        return reshape(scatter(_row(input), 0, index.reshape(-1), _row(v)), shape=())
    return scatter_op(input, v, dim=axis, index=index) if index.size else input + 0


def _scatter_by(reduce: str, x: Any, dim: int, index: Any, v: Any) -> Any:
    if not hasattr(v, "shape"):
        v = np.full(index_array(index).shape, v, x.dtype)
    names = {"add": "sum", "multiply": "prod"}
    if reduce not in names:
        raise ShapeError(f"scatter: reduce={reduce!r} must be 'add' or 'multiply'.")
    return scatter_reduce(x, dim, index, v, names[reduce])


def scatter_add(input: Any, dim: int, index: Any, src: Any) -> Any:
    """A copy of x with src[i, j] added at [index[i, j], j] for dim 0, and so on."""
    return scatter_reduce(input, dim, index, src, "sum", name="scatter_add")


def scatter_reduce(
    input: Any,
    dim: int,
    index: Any,
    src: Any,
    reduce: str,
    *,
    include_self: bool = True,
    name: str = "scatter_reduce",
) -> Any:
    """scatter where everything that meets in one entry is reduced: sum, prod, mean, amax or amin.

    include_self: whether the entry of x itself takes part.
    """
    if reduce not in NEUTRAL:
        raise ShapeError(
            f"scatter_reduce: reduce={reduce!r}; it must be one of {', '.join(NEUTRAL)}."
        )
    same_dtype(name, input, src)
    axis, index = _checked(name, input, dim, index, src)
    if not input.shape:
        whole = scatter_reduce(
            _row(input), 0, index.reshape(-1), _row(src), reduce, include_self=include_self
        )
        return reshape(whole, shape=())
    if not index.size:
        return input + 0
    if src.shape != index.shape:
        src = slice_op(src, index=tuple(map(slice, index.shape)))
    x = input
    if not include_self:
        x = scatter_op(x, NEUTRAL[reduce](x.dtype), dim=axis, index=index)
    if reduce in ("amax", "amin"):
        return (scatter_amax if reduce == "amax" else scatter_amin)(x, src, dim=axis, index=index)
    if reduce == "prod":
        return scatter_prod(x, src, dim=axis, index=index)
    total = x + scatter_zeros(src, shape=x.shape, dim=axis, index=index)
    if reduce == "sum":
        return total
    ones = np.ones(x.shape, x.dtype)
    if not include_self:
        ones[along(axis, index)] = 0
    np.add.at(ones, along(axis, index), 1)
    ones = np.maximum(ones, 1)
    return total / ones if x.dtype.kind == "f" else elementwise.floor_divide(total, ones)


NEUTRAL: dict[str, Any] = {
    "sum": lambda dtype: 0,
    "prod": lambda dtype: 1,
    "mean": lambda dtype: 0,
    "amax": lambda dtype: -np.inf if dtype.kind == "f" else np.iinfo(dtype).min,
    "amin": lambda dtype: np.inf if dtype.kind == "f" else np.iinfo(dtype).max,
}


def _at(ufunc: Any) -> Any:
    def forward(x: Array, src: Array, dim: int, index: Array) -> Array:
        out = np.array(x)
        ufunc.at(out, along(dim, index), src)
        return out

    return forward


def _won(y: Any, x: Any, src: Any, dim: int, index: Array) -> tuple[Any, Any, Any]:
    """Whether x, and whether each source, is the extreme; and how many share it."""
    own = (x == y).astype(x.dtype)
    theirs = (src == gather_op(y, dim=dim, index=index)).astype(x.dtype)
    return own, theirs, own + scatter_zeros(theirs, shape=x.shape, dim=dim, index=index)


def _extreme_to_x(g: Any, y: Any, x: Any, src: Any, dim: int, index: Array) -> Any:
    own, _, ties = _won(y, x, src, dim, index)
    return g * own / ties


def _extreme_to_src(g: Any, y: Any, x: Any, src: Any, dim: int, index: Array) -> Any:
    _, theirs, ties = _won(y, x, src, dim, index)
    return gather_op(g / ties, dim=dim, index=index) * theirs


def _extreme_of_src(dsrc: Any, y: Any, x: Any, src: Any, dim: int, index: Array) -> Any:
    _, theirs, ties = _won(y, x, src, dim, index)
    return scatter_zeros(dsrc * theirs, shape=x.shape, dim=dim, index=index) / ties


def _others(y: Any, x: Any, src: Any, dim: int, index: Array) -> tuple[Any, Any]:
    """Of each factor of a product, x and the sources: the product of the others, zeros allowed."""
    x0, s0 = (x == 0).astype(x.dtype), (src == 0).astype(x.dtype)
    safe_x, safe_s = elementwise.where(x == 0, 1, x), elementwise.where(src == 0, 1, src)
    nonzero = scatter_prod(safe_x, safe_s, dim=dim, index=index)
    zeros = x0 + scatter_zeros(s0, shape=x.shape, dim=dim, index=index)
    of_x = nonzero / safe_x * (zeros == x0)
    of_s = gather_op(nonzero, dim=dim, index=index) / safe_s
    return of_x, of_s * (gather_op(zeros, dim=dim, index=index) == s0)


def _prod_to_x(g: Any, y: Any, x: Any, src: Any, dim: int, index: Array) -> Any:
    return g * _others(y, x, src, dim, index)[0]


def _prod_to_src(g: Any, y: Any, x: Any, src: Any, dim: int, index: Array) -> Any:
    return gather_op(g, dim=dim, index=index) * _others(y, x, src, dim, index)[1]


def _prod_of_src(dsrc: Any, y: Any, x: Any, src: Any, dim: int, index: Array) -> Any:
    part = dsrc * _others(y, x, src, dim, index)[1]
    return scatter_zeros(part, shape=x.shape, dim=dim, index=index)


# by hand: what meets in an entry is known to the index alone, so no table of partials fits
_extreme = ((_extreme_to_x, _extreme_to_src), (_extreme_to_x, _extreme_of_src))
scatter_amax = by_hand("scatter_amax", _at(np.maximum), *_extreme)
scatter_amin = by_hand("scatter_amin", _at(np.minimum), *_extreme)
scatter_prod = by_hand(
    "scatter_prod", _at(np.multiply), (_prod_to_x, _prod_to_src), (_prod_to_x, _prod_of_src)
)


def _checked(name: str, x: Any, dim: int, index: Any, src: Any) -> tuple[int, Array]:
    index = index_array(index)
    index = index if index.size else index.astype(np.int64)
    return check_along(name, x, dim, index, src if hasattr(src, "shape") else None), index


def _row(x: Any) -> Any:
    return reshape(x, shape=(-1,)) if hasattr(x, "shape") else x


# --- whole slices along one axis ------------------------------------------------------------


def index_add(input: Any, dim: int, index: Any, source: Any, *, alpha: Any = 1) -> Any:
    """A copy of x with the slices of alpha * source added to those that the 1-d index lists."""
    same_dtype("index_add", input, source)
    pick, source = _slices("index_add", input, dim, index, source)
    if not input.shape:
        return index_add(_row(input), 0, index, source, alpha=alpha).reshape(())
    part = pick_back(source, shape=input.shape, index=pick)
    return input + (part if alpha == 1 else part * alpha)


def index_copy(input: Any, dim: int, index: Any, source: Any) -> Any:
    """A copy of x in which the slices that the 1-d index lists are those of source."""
    same_dtype("index_copy", input, source)
    pick, source = _slices("index_copy", input, dim, index, source)
    if not input.shape:
        return index_copy(_row(input), 0, index, source).reshape(())
    return set_op(input, source, view=None, pick=pick)


def index_fill(input: Any, dim: int, index: Any, value: Any) -> Any:
    """A copy of x in which the slices that the 1-d index lists are filled with one value."""
    axis = one_dim("index_fill", dim, input.ndim)
    if getattr(value, "shape", ()):
        raise ShapeError(f"index_fill: the value has shape {value.shape}; it must be one number.")
    index = one_axis("index_fill", index, input.shape, axis, wrap=True)
    if not input.shape:
        return index_fill(_row(input), 0, index, value).reshape(())
    return set_op(input, value, view=None, pick=(EVERYTHING,) * axis + (index,))


def _slices(name: str, x: Any, dim: int, index: Any, source: Any) -> tuple[Index, Any]:
    axis = one_dim(name, dim, x.ndim)
    index = one_axis(name, index, x.shape, axis)
    shape = x.shape or (1,)
    wanted = (*shape[:axis], index.size, *shape[axis + 1 :])
    if source.shape != wanted:
        if source.shape or wanted != (1,):
            raise ShapeError(
                f"{name}: the source has shape {source.shape}; for a tensor of shape {x.shape} and "
                f"{index.size} indices along dim {axis} it must have shape {wanted}."
            )
        source = reshape(source, shape=wanted)
    return (EVERYTHING,) * axis + (index,), source


# --- by a mask, or by a view ----------------------------------------------------------------


def masked_scatter(input: Any, mask: Any, source: Any) -> Any:
    """A copy of x where the entries under the mask are, in order, those of source."""
    same_dtype("masked_scatter", input, source)
    mask = bool_mask("masked_scatter", mask)
    shape = np.broadcast_shapes(input.shape, mask.shape)
    x = input if input.shape == shape else broadcast_to(input, shape=shape)
    mask = np.broadcast_to(mask, shape)
    count = int(mask.sum())
    size = math.prod(source.shape)
    if size < count:
        raise ShapeError(
            f"masked_scatter: the mask is True {count} times, but the source has {size} entries."
        )
    values = slice_op(_row(source), index=(slice(count),))
    if not shape:
        return set_op(_row(x), values, view=None, pick=(mask.reshape(1),)).reshape(())
    return set_op(x, values, view=None, pick=(mask,))


def select_scatter(input: Any, src: Any, dim: int, index: int) -> Any:
    """A copy of x in which select(x, dim, index) is src."""
    return setitem(
        input, (EVERYTHING,) * one_dim("select_scatter", dim, input.ndim) + (index,), src
    )


def slice_scatter(
    input: Any,
    src: Any,
    dim: int = 0,
    start: int | None = None,
    end: int | None = None,
    step: int = 1,
) -> Any:
    """A copy of x in which x[start:end:step] along dim is src."""
    axis = one_dim("slice_scatter", dim, input.ndim)
    return setitem(input, (EVERYTHING,) * axis + (slice(start, end, step),), src)


FUNCTIONS = (
    "index_add", "index_copy", "index_fill", "index_put", "masked_scatter", "scatter", "scatter_add",
    "scatter_reduce", "select_scatter", "slice_scatter",
)  # fmt: skip
METHODS = FUNCTIONS
IN_PLACE = (
    "index_add", "index_copy", "index_fill", "index_put", "masked_scatter", "scatter", "scatter_add",
    "scatter_reduce",
)  # fmt: skip
