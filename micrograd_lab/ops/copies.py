"""The entries again, or in another order: repeat, tile, flip, roll, turn."""

import math
from typing import Any

import numpy as np

from micrograd_lab.errors import DtypeError, ShapeError
from micrograd_lab.ops.conversions import clone
from micrograd_lab.ops.dims import all_dims, one_dim, sizes_of
from micrograd_lab.ops.op import Array, Op, constant, linear, sum_over
from micrograd_lab.ops.plain import plain
from micrograd_lab.ops.views import expand_op, ravel, transpose_op, view_op


def _flip(x: Array, dims: tuple[int, ...]) -> Any:
    return np.flip(x, dims if x.ndim else ()).copy()


def _roll(x: Array, shifts: tuple[int, ...], dims: tuple[int, ...]) -> Any:
    return np.roll(x, shifts, dims)


def _repeat_back(g: Any, x: Any, sizes: tuple[int, ...]) -> Any:
    """The copies of each entry, side by side, added up."""
    shape = (1,) * (len(sizes) - x.ndim) + tuple(x.shape)
    pairs = tuple([n for pair in zip(sizes, shape, strict=True) for n in pair])
    over = tuple(range(0, len(pairs), 2))
    return view_op(sum_over(view_op(g, shape=pairs), dim=over, keepdim=False), shape=x.shape)


# fmt: off
flip_op: Op   = linear("flip",   _flip,   lambda g, x, dims: flip_op(g, dims=dims))
roll_op: Op   = linear("roll",   _roll,   lambda g, x, shifts, dims: roll_op(g, shifts=tuple(-n for n in shifts), dims=dims))
repeat_op: Op = linear("repeat", lambda x, sizes: np.tile(x, sizes), _repeat_back)
# fmt: on


def repeat(input: Any, *repeats: Any) -> Any:
    """The whole tensor, repeats[k] times along dimension k (new ones in front)."""
    sizes = sizes_of("repeat", repeats)
    if len(sizes) < len(input.shape) or min(sizes, default=0) < 0:
        raise ShapeError(
            f"repeat: {sizes} for a tensor of shape {tuple(input.shape)}: one count per dimension, none "
            "negative; more counts than dimensions add new ones in front."
        )
    return repeat_op(input, sizes=sizes)


def tile(input: Any, *dims: Any) -> Any:
    """repeat, where missing counts are 1."""
    sizes = sizes_of("tile", dims)
    return repeat(input, (1,) * (len(input.shape) - len(sizes)) + sizes)


def repeat_interleave(
    input: Any, repeats: Any = None, dim: int | None = None, *, output_size: int | None = None
) -> Any:
    """Each entry (each slice along dim) several times in a row; without dim, of the flat tensor."""
    if repeats is None:  # repeat_interleave(counts): which entry each place belongs to
        counts = _counts(input)
        return spread_op(input, counts=counts)
    if dim is None:
        input, dim = ravel(input), 0
    shape = tuple(input.shape)
    if not shape:
        raise ShapeError("repeat_interleave: a tensor without dimensions has no dim; leave it out.")
    axis = one_dim("repeat_interleave", dim, len(shape))
    counts = _counts(repeats)
    if counts.size == 1:
        n = int(counts.reshape(()))
        wide = (*shape[: axis + 1], n, *shape[axis + 1 :])
        one = (*shape[: axis + 1], 1, *shape[axis + 1 :])
        out = clone(expand_op(view_op(input, shape=one), shape=wide))  # never the input's memory
        return view_op(out, shape=(*shape[:axis], shape[axis] * n, *shape[axis + 1 :]))
    if counts.shape != (shape[axis],):
        raise ShapeError(
            f"repeat_interleave: counts of shape {counts.shape} for dim={dim} of size {shape[axis]}: "
            "one count for all, or one for each."
        )
    from micrograd_lab.ops.indexing import index_select

    return index_select(input, axis, np.repeat(np.arange(shape[axis]), counts))


def _counts(repeats: Any) -> Array:
    counts = plain(repeats)
    if counts.dtype.kind not in "iu":
        raise DtypeError(f"repeat_interleave: counts of {counts.dtype}; they must be integers.")
    if counts.size and counts.min() < 0:
        raise ShapeError("repeat_interleave: a count is at least 0.")
    return counts


spread_op = constant("spread", lambda x, counts: np.repeat(np.arange(counts.size), counts))


def flip(input: Any, *dims: Any) -> Any:
    """The entries in reverse order along these dimensions."""
    return flip_op(input, dims=all_dims("flip", sizes_of("flip", dims), len(input.shape)))


def fliplr(input: Any) -> Any:
    """Left and right exchanged: dimension 1 reversed."""
    if len(input.shape) < 2:
        raise ShapeError(
            f"fliplr: a tensor of shape {tuple(input.shape)}; at least 2 dimensions needed."
        )
    return flip_op(input, dims=(1,))


def flipud(input: Any) -> Any:
    """Top and bottom exchanged: dimension 0 reversed."""
    if len(input.shape) < 1:
        raise ShapeError("flipud: a tensor without dimensions; at least 1 needed.")
    return flip_op(input, dims=(0,))


def roll(input: Any, shifts: Any, dims: Any = None) -> Any:
    """The entries moved on by `shifts`; what falls off the end comes back at the start."""
    by = sizes_of("roll", (shifts,))
    if dims is None or dims == ():
        if len(by) != 1:
            raise ShapeError(f"roll: {len(by)} shifts and no dims: name a dimension for each.")
        flat = view_op(input, shape=(math.prod(input.shape),))
        return view_op(roll_op(flat, shifts=by, dims=(0,)), shape=tuple(input.shape))
    axes = tuple(one_dim("roll", d, len(input.shape)) for d in sizes_of("roll", (dims,)))
    if len(by) != len(axes):
        raise ShapeError(f"roll: {len(by)} shifts for {len(axes)} dims: one for each.")
    if not input.shape:
        raise ShapeError("roll: a tensor without dimensions has no dims; leave them out.")
    return roll_op(input, shifts=by, dims=axes)


def rot90(input: Any, k: int = 1, dims: Any = (0, 1)) -> Any:
    """k quarter turns in the plane of two dimensions, from the first towards the second."""
    n = len(input.shape)
    if len(dims) != 2 or n < 2:
        raise ShapeError(
            f"rot90: dims={tuple(dims)} of a tensor with {n} dimensions: a turn needs two."
        )
    a, b = all_dims("rot90", tuple(dims), n)
    k %= 4
    if k == 0:
        from micrograd_lab.ops.conversions import clone

        return clone(input)
    if k == 2:
        return flip_op(input, dims=(a, b))
    return transpose_op(flip_op(input, dims=(b if k == 1 else a,)), dim0=a, dim1=b)


FUNCTIONS = (
    "tile", "repeat_interleave", "flip", "fliplr", "flipud", "roll", "rot90",
)  # fmt: skip
METHODS = ("repeat", "tile", "repeat_interleave", "flip", "fliplr", "flipud", "roll", "rot90")
IN_PLACE = ()
