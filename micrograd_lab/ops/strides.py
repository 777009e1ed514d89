"""Views by strides: overlapping windows along one axis, or any steps through the memory.  Read-only."""

from typing import Any

import numpy as np
from numpy.lib import stride_tricks

from micrograd_lab.errors import ShapeError
from micrograd_lab.ops.dims import one_dim, sizes_of
from micrograd_lab.ops.indexing import pick_back
from micrograd_lab.ops.op import Array, Op, linear, reshape, sum_to_shape
from micrograd_lab.ops.plain import plain

Sizes = tuple[int, ...]


def by_steps(x: Array, shape: Sizes, steps: Sizes, start: int) -> Array:
    """The memory of x, read from byte `start` on by these steps; its .base is x's own, which is how
    a Tensor knows a view (NumPy's as_strided hides it).  A copy where x itself is seen by strides."""
    memory = x if x.base is None else x.base
    if 0 in shape or not isinstance(memory, np.ndarray) or not memory.flags.c_contiguous:
        source = x if not start else x.reshape(-1)[start // x.itemsize :]
        return (
            np.zeros(shape, x.dtype)
            if 0 in shape
            else stride_tricks.as_strided(source, shape, steps).copy()
        )
    start += x.ctypes.data - memory.ctypes.data
    y: Array = np.ndarray(shape, x.dtype, memory, start, steps)
    y.flags.writeable = False
    return y


def _sliding(x: Array, dim: int, size: int, step: int) -> Array:
    count = (x.shape[dim] - size) // step + 1
    shape = (*x.shape[:dim], count, *x.shape[dim + 1 :], size)
    along = x.strides[dim]
    return by_steps(x, shape, (*x.strides[:dim], along * step, *x.strides[dim + 1 :], along), 0)


def _overlapped(g: Array, shape: Sizes, dim: int, size: int, step: int) -> Array:
    """The transpose of sliding: every entry gets the sum of what its windows got."""
    x = np.zeros(shape, g.dtype)
    for k in range(size):
        x[(slice(None),) * dim + (slice(k, k + step * g.shape[dim], step),)] += g[..., k]
    return x


def _strided(x: Array, size: Sizes, stride: Sizes, offset: int) -> Array:
    x = np.asarray(x, order="C")
    return by_steps(x, size, tuple(n * x.itemsize for n in stride), offset * x.itemsize)


def _strided_back(g: Any, x: Any, size: Sizes, stride: Sizes, offset: int) -> Any:
    count = int(np.prod(x.shape))
    where = _strided(np.arange(count), size, stride, offset)
    return reshape(pick_back(g, shape=(count,), index=(where,)), shape=x.shape)


# fmt: off
sliding: Op    = linear("sliding",    _sliding,    lambda g, x, dim, size, step: overlapped(g, shape=x.shape, dim=dim, size=size, step=step), is_view=True)
overlapped: Op = linear("overlapped", _overlapped, lambda g, x, shape, dim, size, step: sliding(g, dim=dim, size=size, step=step))
strided        = linear("as_strided", _strided,    _strided_back, is_view=True)
# fmt: on


def unfold(input: Any, dimension: int, size: int, step: int) -> Any:
    """The windows of `size` entries along one dimension, each `step` further on; they are the last dim."""
    if not input.shape:
        input = reshape(input, shape=(1,))
    axis = one_dim("unfold", dimension, input.ndim)
    if not 0 < size <= input.shape[axis] or step < 1:
        raise ShapeError(
            f"unfold: windows of size={size}, step={step} along dim {axis} of shape "
            f"{tuple(input.shape)}: the size goes from 1 to {input.shape[axis]}, the step from 1."
        )
    return sliding(input, dim=axis, size=size, step=step)


def as_strided(input: Any, size: Any, stride: Any, storage_offset: int | None = None) -> Any:
    """A view whose entry [i, j, ...] is entry offset + i·stride[0] + j·stride[1] + ... of input in memory.

    It is for reading: its entries may overlap.  ShapeError where it would leave the memory.
    """
    size, stride = tuple(size), tuple(stride)
    offset = storage_offset or 0
    count = int(np.prod(input.shape))
    if len(size) != len(stride) or min((*size, *stride, offset), default=0) < 0:
        raise ShapeError(
            f"as_strided: size {size}, stride {stride}: as many of both, none negative."
        )
    last = offset + sum((n - 1) * s for n, s in zip(size, stride, strict=True))
    if 0 not in size and last >= count:
        raise ShapeError(f"as_strided: entry {last} is asked for, input has {count} in its memory.")
    if not plain(input).flags.c_contiguous:
        raise ShapeError(
            "as_strided: the input's entries are not in order in memory. Use contiguous()."
        )
    return strided(input, size=size, stride=stride, offset=offset)


def sum_to_size(input: Any, *size: Any) -> Any:
    """The sum over the dimensions that broadcasting from `size` would have added or widened."""
    wanted = sizes_of("sum_to_size", size)
    try:
        fits = np.broadcast_shapes(input.shape, wanted) == tuple(input.shape)
    except ValueError:
        fits = False
    if not fits:
        raise ShapeError(f"sum_to_size: {wanted} does not broadcast to {tuple(input.shape)}.")
    return sum_to_shape(input, wanted)


FUNCTIONS = ("as_strided",)
METHODS = ("as_strided", "sum_to_size", "unfold")
IN_PLACE: tuple[str, ...] = ()
