"""What an index means: a view to take first, then entries to pick of it.

The view is made of ints, slices, None and Ellipsis, the pick of index arrays and masks.  So an int
next to an index array counts as a slice taken first, as in PyTorch, and not as one more index
array, as in NumPy.
"""

from types import EllipsisType
from typing import Any

import numpy as np

from micrograd_lab.errors import DtypeError, ShapeError
from micrograd_lab.ops.op import Array, Traced
from micrograd_lab.ops.plain import plain

ndarray = np.ndarray
Index = tuple[Any, ...]
EVERYTHING = slice(None)
BASIC = frozenset({int, slice, type(None), EllipsisType})
PLAIN = frozenset({int, type(None)})


def parse(shape: tuple[int, ...], index: Any) -> tuple[Index | None, Index | None]:
    """The two steps of x[index] for an x of this shape: what to view, then what to pick of that."""
    items = index if type(index) is tuple else (index,)
    for item in items:
        if type(item) not in BASIC:
            return _parse_mixed(shape, [_plain(item) for item in items])
        if type(item) is slice and item != EVERYTHING:
            _check_slice(item)
    return items if Ellipsis in items else (*items, ...), None


def _parse_mixed(shape: tuple[int, ...], items: list[Any]) -> tuple[Index | None, Index | None]:
    view: list[Any] = []
    pick: list[Any] = []
    rest = len(shape) - sum(_width(item) for item in items)
    if rest < 0:
        raise ShapeError(
            f"x[...] with {len(shape) - rest} indices, but x has shape {shape}: at most one index "
            "for each of its dimensions."
        )
    axis = 0  # of x
    for item in items:
        width = _width(item)
        if item is Ellipsis:
            width, rest = rest, 0
            view += [EVERYTHING] * width
            pick += [EVERYTHING] * width
        elif item is None or isinstance(item, slice):
            view.append(item)
            pick.append(EVERYTHING)
        elif isinstance(item, int) and not isinstance(item, bool):
            view.append(item)
        elif width == 0:  # True or False: a new dimension, kept or empty
            view.append(None)
            pick.append(np.arange(int(bool(item))))
        else:
            if item.dtype == bool and shape[axis : axis + width] != item.shape:
                raise ShapeError(
                    f"x[mask] with a mask of shape {item.shape}, but those dimensions of x "
                    f"have shape {shape[axis : axis + width]}: they must be the same."
                )
            view += [EVERYTHING] * width
            pick.append(item)
        axis += width
    trivial = all(item is EVERYTHING for item in view)
    picks = any(item is not EVERYTHING for item in pick)
    return None if trivial and picks else (*view, ...), tuple(pick) if picks else None


def _plain(item: Any) -> Any:
    """One item of an index: int, bool, slice, None, Ellipsis, or an array of int64 or bool."""
    if type(item) in BASIC or type(item) is bool:
        if type(item) is slice and item != EVERYTHING:
            return _check_slice(item)
        return item
    if isinstance(item, slice):
        return _check_slice(item)
    array = index_array(item)
    if array.dtype == np.uint8 and isinstance(item, (Traced, ndarray)):
        array = array.astype(bool)
    if array.dtype.kind not in "biu":
        raise DtypeError(
            f"x[index] with an index of {array.dtype}: indices are integers, or a mask of bool. "
            "Convert it first: index.long() or index.bool()."
        )
    if array.ndim == 0:
        return bool(array) if array.dtype == bool else int(array)
    return array


def index_array(item: Any) -> Array:
    """The array in a Tensor (or a Dual), a list or an array; an empty list is an empty index."""
    if isinstance(item, Traced):
        return plain(item)
    if isinstance(item, (list, tuple, range)):
        item = [plain(v) if isinstance(v, Traced) else v for v in item]
        if any(isinstance(v, slice) or v is None or v is Ellipsis for v in item):
            raise ShapeError("x[[...]] with slices in a list: use a tuple, x[a:b, c:d].")
        if not item:
            return np.empty(0, np.int64)
    try:
        return np.asarray(item)
    except ValueError as error:
        raise ShapeError(f"x[index] with a list whose rows differ in length: {item}.") from error


def _check_slice(item: slice) -> slice:
    if item.step is not None and int(item.step) <= 0:
        raise ShapeError(
            f"x[{item.start}:{item.stop}:{item.step}]: the step must be greater than zero. "
            "Use flip() to go backwards."
        )
    if type(item.start) in PLAIN and type(item.stop) in PLAIN and type(item.step) in PLAIN:
        return item
    parts = (item.start, item.stop, item.step)
    return slice(*(None if part is None else int(index_array(part)) for part in parts))


def _width(item: Any) -> int:
    """How many dimensions of x an item of an index takes up."""
    if item is None or item is Ellipsis or isinstance(item, bool):
        return 0
    return item.ndim if isinstance(item, ndarray) and item.dtype == bool else 1


def region(x: Array, view: Index | None, pick: Index | None) -> tuple[Array, Index]:
    """The part of x that may be written to, and the index into it."""
    return (x if view is None else x[view]), (... if pick is None else pick)  # type: ignore[return-value]


def positions(name: str, index: Any, size: int | None = None, wrap: bool = False) -> Array:
    """An integer index as an array, each entry checked against the size of the axis."""
    array = index_array(index)
    if array.dtype not in (np.int64, np.int32):
        raise DtypeError(
            f"{name}: the index holds {array.dtype}; it must hold int64. Convert it: index.long()."
        )
    if size is not None and array.size:
        low, high = int(array.min()), int(array.max())
        if low < (-size if wrap else 0) or high >= size:
            raise ShapeError(
                f"{name}: index {high if high >= size else low} is out of range for a dimension of "
                f"size {size}."
            )
    return array


def one_axis(name: str, index: Any, shape: tuple[int, ...], axis: int, wrap: bool = False) -> Array:
    array = positions(name, index, (shape or (1,))[axis], wrap)
    if array.ndim > 1:
        raise ShapeError(f"{name}: the index has shape {array.shape}; it must have one dimension.")
    return array.reshape(-1)


def index_error(error: IndexError, shape: tuple[int, ...]) -> ShapeError:
    """What NumPy found wrong with an index, as the lab says it."""
    if isinstance(error, ShapeError):
        return error
    text = str(error)
    found = text[0].lower() + text[1:]
    return ShapeError(f"x[...] on a tensor of shape {shape}: {found.rstrip('.')}.")
