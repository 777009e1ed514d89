"""Which axes a `dim` means: negative ones count from the back, and what is out of range is an error."""

import operator
from typing import Any

from micrograd_lab.errors import ShapeError


def one_dim(op: str, dim: Any, ndim: int) -> int:
    """The axis that `dim` means among ndim (a 0-d tensor counts as having one)."""
    axis = dim if type(dim) is int else operator.index(dim)
    count = ndim or 1
    if -count <= axis < count:
        return axis + count if axis < 0 else axis
    raise ShapeError(
        f"{op}: dim={axis} of a tensor with {ndim} dimension{'s' * (ndim != 1)}: "
        f"dim goes from {-count} to {count - 1}."
    )


def all_dims(op: str, dim: Any, ndim: int) -> tuple[int, ...]:
    """The axes that `dim` means: None is all of them, one number is one, a tuple names several."""
    if dim is None:
        return tuple(range(ndim))
    if not isinstance(dim, (tuple, list)):
        return (one_dim(op, dim, ndim),)
    axes = tuple(one_dim(op, d, ndim) for d in dim)
    if len(set(axes)) < len(axes):
        raise ShapeError(f"{op}: dim={tuple(dim)} names a dimension more than once.")
    return axes


def sizes_of(op: str, given: tuple[Any, ...]) -> tuple[int, ...]:
    """Sizes that came as f(2, 3) or as f((2, 3))."""
    if not given:
        raise TypeError(f"{op}: sizes are missing: {op}(2, 3), or {op}(()) for none.")
    if len(given) == 1 and isinstance(given[0], (tuple, list)):
        given = tuple(given[0])
    try:
        return tuple([n if type(n) is int else operator.index(n) for n in given])
    except TypeError:
        raise TypeError(f"{op}: sizes are integers, not {given}.") from None
