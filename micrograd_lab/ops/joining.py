"""Tensors side by side, and one tensor in pieces: each is the other's transpose."""

from collections.abc import Sequence
from itertools import pairwise
from typing import Any

import numpy as np

from micrograd_lab.dtypes import result_type
from micrograd_lab.errors import DtypeError, OptionError, ShapeError
from micrograd_lab.ops import views
from micrograd_lab.ops.dims import one_dim
from micrograd_lab.ops.indexing import slice_op
from micrograd_lab.ops.op import Array, linear_in_each


def _cat(*xs: Array, dim: int) -> Any:
    return np.concatenate(_alike(xs), dim)


def _stack(*xs: Array, dim: int) -> Any:
    return np.stack(_alike(xs), dim)


def _alike(xs: tuple[Array, ...]) -> Sequence[Array]:
    """The arrays in one dtype, the one that PyTorch promotes theirs to."""
    first = xs[0].dtype
    for x in xs:
        if x.dtype is not first:
            dtype = result_type(*xs)
            return [x.astype(dtype, copy=False) for x in xs]
    return xs


def _piece(i: int, g: Any, *xs: Any, dim: int) -> Any:
    start = 0
    for x in xs[:i]:
        start += x.shape[dim]
    return part(g, dim, start, start + xs[i].shape[dim])


# fmt: off
cat_op   = linear_in_each("cat",   _cat,   _piece)
stack_op = linear_in_each("stack", _stack, lambda i, g, *xs, dim: entry(g, dim, i))
# fmt: on


def part(x: Any, dim: int, start: int, stop: int) -> Any:
    """x from start to stop (without it) along one axis: a view."""
    return slice_op(x, index=(slice(None),) * dim + (slice(start, stop), ...))


def entry(x: Any, dim: int, i: int) -> Any:
    """The i-th slice of x across one axis, which is gone: a view."""
    return slice_op(x, index=(slice(None),) * dim + (i, ...))


# --- together --------------------------------------------------------------------------------


def cat(tensors: Any, dim: int = 0) -> Any:
    """The tensors one after the other along `dim`; their other sizes must agree."""
    xs = _several("cat", tensors)
    sizes = [tuple(x.shape) for x in xs]
    shape = max(sizes, key=len)
    if not shape:
        raise ShapeError("cat: tensors without dimensions have none to join along. Use stack.")
    axis = one_dim("cat", dim, len(shape)) if shape != (0,) else 0
    others = shape[:axis] + shape[axis + 1 :]
    for k, size in enumerate(sizes):
        if size == (0,):  # an empty start fits everything, as in PyTorch: xs = tensor([])
            xs[k] = views.view_op(xs[k], shape=(*shape[:axis], 0, *shape[axis + 1 :]))
        elif len(size) != len(shape) or size[:axis] + size[axis + 1 :] != others:
            raise ShapeError(
                f"cat: shapes {_texts(xs)} along dim={dim}: all sizes but that one must be the same."
            )
    return cat_op(*xs, dim=axis)


concat = concatenate = cat


def stack(tensors: Any, dim: int = 0) -> Any:
    """The tensors, all of one shape, along a new dimension."""
    xs = _several("stack", tensors)
    shape = xs[0].shape
    for x in xs:
        if x.shape != shape:
            raise ShapeError(f"stack: shapes {_texts(xs)}: all must be the same.")
    return stack_op(*xs, dim=one_dim("stack", dim, len(shape) + 1))


def hstack(tensors: Any) -> Any:
    """Side by side: along dimension 1, or 0 for vectors."""
    xs = [views.atleast_1d(x) for x in _several("hstack", tensors)]
    return cat(xs, 0 if len(xs[0].shape) == 1 else 1)


def vstack(tensors: Any) -> Any:
    """One below the other; vectors are rows."""
    return cat([views.atleast_2d(x) for x in _several("vstack", tensors)], 0)


def dstack(tensors: Any) -> Any:
    """One behind the other, along dimension 2."""
    return cat([views.atleast_3d(x) for x in _several("dstack", tensors)], 2)


def column_stack(tensors: Any) -> Any:
    """Side by side; vectors are columns."""
    xs = _several("column_stack", tensors)
    return hstack([views.reshape(x, -1, 1) if len(x.shape) < 2 else x for x in xs])


row_stack = vstack


def _several(op: str, tensors: Any) -> list[Any]:
    if not isinstance(tensors, (tuple, list)):
        raise TypeError(f"{op}: a list or tuple of tensors, not one {type(tensors).__name__}.")
    for x in tensors:
        if not hasattr(x, "shape"):
            raise DtypeError(f"{op}: every entry must be a tensor; found {type(x).__name__}.")
    if not tensors:
        raise ShapeError(f"{op}: an empty list: there is nothing to join.")
    return list(tensors)


def _texts(xs: list[Any]) -> str:
    return ", ".join(str(tuple(x.shape)) for x in xs)


def meshgrid(*tensors: Any, indexing: str = "ij") -> tuple[Any, ...]:
    """The coordinates of a grid: result k varies along axis k ("xy": the first two exchanged)."""
    if len(tensors) == 1 and isinstance(tensors[0], (tuple, list)):
        tensors = tuple(tensors[0])
    xs = _several("meshgrid", tensors)
    if indexing not in ("ij", "xy"):
        raise OptionError(f'meshgrid: indexing={indexing!r}: choose "ij" or "xy".')
    if any(len(x.shape) > 1 for x in xs):
        raise ShapeError(f"meshgrid: shapes {_texts(xs)}: each must be a vector.")
    if any(x.dtype != xs[0].dtype for x in xs):
        raise DtypeError("meshgrid: all vectors must have the same dtype.")
    xs = [views.atleast_1d(x) for x in xs]
    swap = indexing == "xy" and len(xs) > 1
    if swap:
        xs[:2] = xs[1::-1]
    shape = tuple(x.shape[0] for x in xs)
    grids = [
        views.expand_op(
            views.view_op(x, shape=tuple(-1 if axis == k else 1 for axis in range(len(xs)))),
            shape=shape,
        )
        if x.shape[0]
        else views.view_op(x, shape=shape)
        for k, x in enumerate(xs)
    ]
    return (grids[1], grids[0], *grids[2:]) if swap else tuple(grids)


def cartesian_prod(*tensors: Any) -> Any:
    """Every combination of one entry from each vector, one per row."""
    if any(len(x.shape) != 1 for x in tensors):
        raise ShapeError(f"cartesian_prod: shapes {_texts(list(tensors))}: each must be a vector.")
    if len(tensors) == 1:
        return tensors[0]
    return stack([views.ravel(x) for x in meshgrid(*tensors)], 1)


def block_diag(*tensors: Any) -> Any:
    """A matrix with these matrices along its diagonal and zeros elsewhere."""
    from micrograd_lab.ops.padding import pad_op

    xs = [views.atleast_2d(x) for x in tensors] or [np.zeros((1, 0))]
    if any(len(x.shape) > 2 for x in xs):
        raise ShapeError(f"block_diag: shapes {_texts(xs)}: each must have at most 2 dimensions.")
    width = sum(x.shape[1] for x in xs)
    rows, left = [], 0
    for x in xs:
        right = width - left - x.shape[1]
        rows.append(pad_op(x, widths=((0, 0), (left, right)), value=0))
        left += x.shape[1]
    return cat(rows)


# --- in pieces -------------------------------------------------------------------------------


def split(tensor: Any, split_size_or_sections: Any, dim: int = 0) -> tuple[Any, ...]:
    """Views of pieces along `dim`: all of one size (the last may be smaller), or of the sizes listed."""
    if isinstance(split_size_or_sections, (tuple, list)):
        return split_with_sizes(tensor, split_size_or_sections, dim)
    size, axis = int(split_size_or_sections), _axis("split", tensor, dim)
    count = tensor.shape[axis]
    if size < 0 or (size == 0 and count):
        raise ShapeError(f"split: pieces of size {size} never make up a dimension of size {count}.")
    if count == 0:
        return (part(tensor, axis, 0, 0),)
    return tuple(part(tensor, axis, i, min(i + size, count)) for i in range(0, count, size))


def split_with_sizes(tensor: Any, split_sizes: Sequence[int], dim: int = 0) -> tuple[Any, ...]:
    """Views of pieces of these sizes along `dim`, which they must make up."""
    axis = _axis("split", tensor, dim)
    count = tensor.shape[axis]
    if sum(split_sizes) != count or min(split_sizes, default=0) < 0:
        raise ShapeError(
            f"split: sizes {tuple(split_sizes)} add up to {sum(split_sizes)}, and dim={dim} has size "
            f"{count}: they must be the same, and no size negative."
        )
    pieces, start = [], 0
    for size in split_sizes:
        pieces.append(part(tensor, axis, start, start + size))
        start += size
    return tuple(pieces)


def tensor_split(input: Any, indices_or_sections: Any, dim: int = 0) -> tuple[Any, ...]:
    """Views of n pieces as equal as can be, or of what lies between the indices listed."""
    if not input.shape:
        raise ShapeError("tensor_split: a tensor without dimensions has none to split.")
    axis = one_dim("tensor_split", dim, len(input.shape))
    count = input.shape[axis]
    if hasattr(indices_or_sections, "tolist"):
        indices_or_sections = indices_or_sections.tolist()
    if isinstance(indices_or_sections, int):
        n = indices_or_sections
        if n <= 0:
            raise ShapeError(f"tensor_split: {n} pieces: there must be at least 1.")
        each, more = divmod(count, n)
        edges = [k * each + min(k, more) for k in range(n + 1)]
    else:
        edges = [slice(i).indices(count)[1] for i in indices_or_sections]
        edges = [0, *edges, count]
    return tuple(part(input, axis, a, max(a, b)) for a, b in pairwise(edges))


def hsplit(input: Any, indices_or_sections: Any) -> tuple[Any, ...]:
    """tensor_split along dimension 1, or 0 for a vector."""
    return _even("hsplit", input, indices_or_sections, 0 if len(input.shape) == 1 else 1, 1)


def vsplit(input: Any, indices_or_sections: Any) -> tuple[Any, ...]:
    """tensor_split along dimension 0."""
    return _even("vsplit", input, indices_or_sections, 0, 2)


def dsplit(input: Any, indices_or_sections: Any) -> tuple[Any, ...]:
    """tensor_split along dimension 2."""
    return _even("dsplit", input, indices_or_sections, 2, 3)


def _even(op: str, input: Any, pieces: Any, dim: int, least: int) -> tuple[Any, ...]:
    if len(input.shape) < least:
        raise ShapeError(
            f"{op}: a tensor of {len(input.shape)} dimensions; at least {least} needed."
        )
    if isinstance(pieces, int) and (pieces < 1 or input.shape[dim] % pieces):
        raise ShapeError(
            f"{op}: size {input.shape[dim]} does not split into {pieces} equal pieces."
        )
    return tensor_split(input, pieces, dim)


def chunk(input: Any, chunks: int, dim: int = 0) -> tuple[Any, ...]:
    """Views of at most `chunks` pieces, all of one size but the last."""
    axis = _axis("chunk", input, dim)
    if chunks < 1:
        raise ShapeError(f"chunk: {chunks} chunks: there must be at least 1.")
    count = input.shape[axis]
    if count == 0:
        return tuple(part(input, axis, 0, 0) for _ in range(chunks))
    return split(input, -(-count // chunks), axis)


def unbind(input: Any, dim: int = 0) -> tuple[Any, ...]:
    """Views of the slices along `dim`, without it."""
    axis = _axis("unbind", input, dim)
    return tuple(entry(input, axis, i) for i in range(input.shape[axis]))


def _axis(op: str, x: Any, dim: int) -> int:
    if not x.shape:
        raise ShapeError(f"{op}: a tensor without dimensions has none to split.")
    return one_dim(op, dim, len(x.shape))


FUNCTIONS = (
    "cat", "concat", "concatenate", "stack", "hstack", "vstack", "row_stack", "dstack", "column_stack",
    "meshgrid", "cartesian_prod", "block_diag",
    "split", "split_with_sizes", "tensor_split", "hsplit", "vsplit", "dsplit", "chunk", "unbind",
)  # fmt: skip
METHODS = (
    "split", "split_with_sizes", "tensor_split", "hsplit", "vsplit", "dsplit", "chunk", "unbind",
)  # fmt: skip
IN_PLACE = ()
