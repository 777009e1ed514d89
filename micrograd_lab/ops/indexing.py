"""Picking entries and putting entries: each is the other's transpose.

An entry that was picked twice collects two gradients: the transpose of picking does not put, it adds.
"""

from typing import Any

import numpy as np

from micrograd_lab.errors import DtypeError, ShapeError
from micrograd_lab.ops.dims import one_dim
from micrograd_lab.ops.indices import (
    EVERYTHING,
    Index,
    index_array,
    index_error,
    one_axis,
    parse,
    positions,
    region,
)
from micrograd_lab.ops.op import (
    Array,
    Op,
    broadcast_to,
    linear,
    linear_in_each,
    reshape,
    sum_to_shape,
)

ndarray = np.ndarray


# --- the ops --------------------------------------------------------------------------------


def _put_zeros(g: Array, shape: tuple[int, ...], index: Index) -> Array:
    out = np.empty(shape, g.dtype)  # np.zeros asks for fresh memory, which comes page by page
    out.fill(0)
    out[index] = g
    return out


def _add_slice(dx: Array, g: Array, index: Index) -> None:
    dx[index] += g


def _pick_back(g: Array, shape: tuple[int, ...], index: Index) -> Array:
    """Zeros with g added at the index; entries that repeat add up."""
    out = np.zeros(shape, g.dtype)
    if all(i is EVERYTHING or i.dtype == bool for i in index):  # a mask repeats nothing
        out[index] = g
        return out
    where = np.arange(out.size).reshape(shape)[index]
    np.add.at(out.reshape(-1), where.reshape(-1), g.reshape(-1))  # its fast path: flat and aligned
    return out


def _set(x: Array, v: Any, view: Index | None, pick: Index | None) -> Array:
    out = np.array(x)  # a copy; and arithmetic on 0-d arrays gives scalars
    target, index = region(out, view, pick)
    target[index] = v
    return out


def _set_back(i: int, g: Any, x: Any, v: Any, view: Index | None, pick: Index | None) -> Any:
    if i == 0:
        return set_op(g, 0, view=view, pick=pick)
    return sum_to_shape(_drop_ones(get(g, view, pick), len(v.shape)), v.shape)


def along(dim: int, index: Array) -> Index:
    """The index arrays that walk every axis in step with `index`, except dim, where they follow it."""
    grid: list[Any] = list(np.ogrid[tuple(slice(n) for n in index.shape)])
    grid[dim] = index
    return tuple(grid)


def _gather(x: Array, dim: int, index: Array) -> Array:
    return x[along(dim, index)]


def _scatter_zeros(g: Array, shape: tuple[int, ...], dim: int, index: Array) -> Array:
    g = g if g.shape == index.shape else g[tuple(map(slice, index.shape))]
    return _pick_back(g, shape, along(dim, index))


def _scatter(x: Array, v: Any, dim: int, index: Array) -> Array:
    out = np.array(x)  # a copy; and arithmetic on 0-d arrays gives scalars
    if isinstance(v, ndarray) and v.shape != index.shape and v.ndim:
        v = v[tuple(map(slice, index.shape))]
    out[along(dim, index)] = v
    return out


def _scatter_back(i: int, g: Any, x: Any, v: Any, dim: int, index: Array) -> Any:
    if i == 0:
        return scatter_op(g, 0, dim=dim, index=index)
    return widen(gather_op(g, dim=dim, index=index), v.shape)


def widen(g: Any, shape: tuple[int, ...]) -> Any:
    """Zeros after the end of each axis, up to this shape."""
    if g.shape == shape:
        return g
    if not shape:
        return sum_to_shape(g, shape)
    return put_zeros(g, shape=shape, index=tuple(map(slice, g.shape)))


put_zeros: Op
pick_back: Op
scatter_zeros: Op
# fmt: off
slice_op  = linear("slice", lambda x, index: x[index],
                   lambda g, x, index: put_zeros(g, shape=x.shape, index=index), is_view=True)
put_zeros = linear("put_zeros", _put_zeros,
                   lambda g, x, shape, index: slice_op(g, index=index))
pick_op   = linear("index", lambda x, index: x[index],
                   lambda g, x, index: pick_back(g, shape=x.shape, index=index))
pick_back = linear("index_sum", _pick_back,
                   lambda g, x, shape, index: pick_op(g, index=index))
gather_op = linear("gather", _gather,
                   lambda g, x, dim, index: scatter_zeros(g, shape=x.shape, dim=dim, index=index))
scatter_zeros = linear("scatter_sum", _scatter_zeros,
                   lambda g, x, shape, dim, index: widen(gather_op(g, dim=dim, index=index), x.shape))
set_op     = linear_in_each("index_put", _set, _set_back)
scatter_op = linear_in_each("scatter", _scatter, _scatter_back)
# fmt: on
slice_op.add_into = _add_slice


def _drop_ones(g: Any, ndim: int) -> Any:
    """v may have more leading ones than the place it was written to: give g as many."""
    return reshape(g, shape=(1,) * (ndim - g.ndim) + g.shape) if ndim > g.ndim else g


def get(x: Any, view: Index | None, pick: Index | None) -> Any:
    if view is not None:
        x = slice_op(x, index=view)
    return x if pick is None else pick_op(x, index=pick)


# --- x[...] ---------------------------------------------------------------------------------


def getitem(x: Any, index: Any) -> Any:
    """x[index].  Ints, slices, None and Ellipsis give a view; index arrays and masks a copy."""
    if type(index) is int:
        view: Index | None = (index, ...)
        pick = None
    else:
        view, pick = parse(x.shape, index)
    try:
        return get(x, view, pick)
    except IndexError as error:
        raise index_error(error, x.shape) from error


# --- one axis -------------------------------------------------------------------------------


def gather(input: Any, dim: int, index: Any, *, sparse_grad: bool = False) -> Any:
    """y[i, j] = x[index[i, j], j] for dim 0, y[i, j] = x[i, index[i, j]] for dim 1, and so on.

    index: integers, with as many dimensions as x, and nowhere larger except along dim.
    """
    index = index_array(index)
    index = index.astype(np.int64) if not index.size else index
    axis = check_along("gather", input, dim, index)
    if not input.shape or not index.shape:
        return _of_scalar(input, index)
    return gather_op(input, dim=axis, index=index)


def _of_scalar(x: Any, index: Array) -> Any:
    """gather where x or the index has no dimensions."""
    return reshape(pick_op(reshape(x, shape=(-1,)), index=(index.reshape(-1),)), shape=index.shape)


def check_along(name: str, x: Any, dim: int, index: Array, source: Any = None) -> int:
    axis = one_dim(name, dim, x.ndim)
    if index.size == 0:
        return axis
    if max(index.ndim, 1) != max(x.ndim, 1):
        raise ShapeError(
            f"{name}: the index has {index.ndim} dimensions, the tensor {x.ndim}; they must have as many."
        )
    shape = x.shape or (1,)
    for k, n in enumerate(index.shape):
        fits = k == axis or n <= shape[k]
        if not fits or (source is not None and source.shape and n > source.shape[k]):
            raise ShapeError(
                f"{name}: the index of shape {index.shape} does not fit a tensor of shape {x.shape}"
                + ("" if source is None else f" and a source of shape {source.shape}")
                + f": it may be larger only along dim {axis}."
            )
    positions(name, index, shape[axis])
    return axis


def take_along_dim(input: Any, indices: Any, dim: int | None = None) -> Any:
    """x at the indices along dim, the other dimensions broadcast; what argsort and argmax are for."""
    index = index_array(indices)
    if dim is None:
        return gather(
            reshape(input, shape=(-1,)), 0, positions("take_along_dim", index).reshape(-1)
        )
    axis = one_dim("take_along_dim", dim, input.ndim)
    if index.ndim != input.ndim:
        raise ShapeError(
            f"take_along_dim: the indices have {index.ndim} dimensions, the tensor {input.ndim}; "
            "they must have as many."
        )
    others = np.broadcast_shapes(
        *((*s[:axis], 1, *s[axis + 1 :]) for s in (index.shape, input.shape))
    )
    wide = tuple((*others[:axis], s[axis], *others[axis + 1 :]) for s in (input.shape, index.shape))
    if input.shape != wide[0]:
        input = broadcast_to(input, shape=wide[0])
    return gather(input, axis, np.broadcast_to(index, wide[1]))


def index_select(input: Any, dim: int, index: Any) -> Any:
    """The slices of x along dim whose numbers the 1-d index lists."""
    axis = one_dim("index_select", dim, input.ndim)
    index = one_axis("index_select", index, input.shape, axis)
    if not input.shape:
        return reshape(pick_op(reshape(input, shape=(1,)), index=(index,)), shape=())
    return pick_op(input, index=(EVERYTHING,) * axis + (index,))


def select(input: Any, dim: int, index: int) -> Any:
    """The slice of x number `index` along dim, without that dimension; a view."""
    axis = one_dim("select", dim, input.ndim)
    return slice_op(
        input, index=(EVERYTHING,) * axis + (_in_range("select", input, axis, index), ...)
    )


def _in_range(name: str, x: Any, axis: int, index: Any) -> int:
    if not x.shape:
        raise ShapeError(f"{name}: a tensor without dimensions has nothing to select from.")
    return int(positions(name, index, x.shape[axis], wrap=True))


def narrow(input: Any, dim: int, start: Any, length: int) -> Any:
    """The slice start : start + length along dim; a view."""
    if not input.shape:
        raise ShapeError("narrow: a tensor without dimensions cannot be narrowed.")
    axis = one_dim("narrow", dim, input.ndim)
    size, start = input.shape[axis], int(index_array(start))
    first = start + size if start < 0 else start
    if length < 0 or first < 0 or first + length > size:
        raise ShapeError(
            f"narrow: start {start} and length {length} do not fit a dimension of size {size}."
        )
    return slice_op(input, index=(EVERYTHING,) * axis + (slice(first, first + length), ...))


def take(input: Any, index: Any) -> Any:
    """The entries of the flattened x at the index, in the index's shape."""
    flat = reshape(input, shape=(-1,))
    index = index_array(index)
    if index.dtype != np.int64:
        raise DtypeError(f"take: the index holds {index.dtype}; it must hold int64: index.long().")
    return pick_op(flat, index=(positions("take", index, flat.shape[0], wrap=True),))


def masked_select(input: Any, mask: Any) -> Any:
    """The entries of x where the mask is True, in order, as one dimension; both broadcast."""
    mask = bool_mask("masked_select", mask)
    shape = np.broadcast_shapes(input.shape, mask.shape)
    wide = input if input.shape == shape else broadcast_to(input, shape=shape)
    if not shape:
        wide, mask = reshape(wide, shape=(1,)), mask.reshape(1)
    return pick_op(wide, index=(np.broadcast_to(mask, wide.shape),))


def bool_mask(name: str, mask: Any) -> Array:
    array = index_array(mask)
    if array.dtype != bool:
        raise DtypeError(f"{name}: the mask holds {array.dtype}; it must hold bool: mask.bool().")
    return array


FUNCTIONS = (
    "gather", "index_select", "masked_select", "narrow", "select", "take", "take_along_dim",
)  # fmt: skip
METHODS = FUNCTIONS
IN_PLACE: tuple[str, ...] = ()
