"""Counting entries: how often each occurs, in which bin they fall, which are among others.  Constant."""

from typing import Any

import numpy as np

from micrograd_lab.errors import DtypeError, ShapeError
from micrograd_lab.ops.axes import refuse_dtype
from micrograd_lab.ops.dims import one_dim
from micrograd_lab.ops.op import Array, constant
from micrograd_lab.ops.plain import plain


def _runs(x: Array, dim: int | None, which: int) -> Array:
    """0: the first of each run of equal entries (or slices); 1: each entry's run; 2: their lengths."""
    n = x.size if dim is None else x.shape[dim]
    rows = (x if dim is None else np.moveaxis(x, dim, 0)).reshape(n, x.size // max(n, 1))
    begins = np.ones(len(rows), bool)
    begins[1:] = (rows[1:] != rows[:-1]).any(1)
    if which == 1:
        run = np.cumsum(begins) - 1
        return run.reshape(x.shape) if dim is None else run
    first = np.flatnonzero(begins)
    if which == 2:
        return np.diff(np.append(first, len(rows)))
    return x.reshape(-1)[first] if dim is None else np.take(x, first, dim)


def _bincount(x: Array, weights: Any, minlength: int) -> Array:
    count = np.bincount(x, weights, minlength)
    return count if weights is None or weights.dtype != np.float32 else count.astype(np.float32)


def _histogram(x: Array, edges: Array) -> Array:
    return np.histogram(x, edges)[0].astype(x.dtype)


# fmt: off
runs_op      = constant("unique_consecutive", _runs)
bincount_op  = constant("bincount", _bincount)
histogram_op = constant("histogram", _histogram)
isin_op      = constant("among", lambda x, among, invert: np.isin(x, among, invert=invert))
# fmt: on


def unique_consecutive(
    input: Any, return_inverse: bool = False, return_counts: bool = False, dim: int | None = None
) -> Any:
    """The entries (or slices along dim) without those equal to the one before; on request also the
    run that each belongs to, and the runs' lengths."""
    axis = None if dim is None else one_dim("unique_consecutive", dim, input.ndim)
    if axis is not None and (
        not input.shape or 0 in (n for k, n in enumerate(input.shape) if k != axis)
    ):
        raise ShapeError(
            f"unique_consecutive: shape {tuple(input.shape)} has no slices along {dim=}."
        )
    wanted = [0] + [1] * return_inverse + [2] * return_counts
    found = tuple(runs_op(input, dim=axis, which=which) for which in wanted)
    return found if len(found) > 1 else found[0]


def bincount(input: Any, weights: Any = None, minlength: int = 0) -> Any:
    """How often 0, 1, 2, ... occur among whole numbers, or the sum of their weights."""
    if input.dtype.kind not in "iu":
        refuse_dtype("bincount", input, "integers")
    numbers = plain(input)
    if numbers.ndim != 1 or (numbers < 0).any() or minlength < 0:
        raise ShapeError(
            f"bincount: expected one row of numbers, none negative, and minlength of at least 0; "
            f"found shape {numbers.shape}, minlength={minlength}."
        )
    if weights is not None and tuple(weights.shape) != numbers.shape:
        raise ShapeError(f"bincount: {numbers.shape} numbers, but weights {tuple(weights.shape)}.")
    return bincount_op(
        input, weights=None if weights is None else plain(weights), minlength=minlength
    )


def histc(input: Any, bins: int = 100, min: float = 0, max: float = 0) -> Any:
    """How many entries fall into each of `bins` equal bins from min to max (if both are 0: of the data)."""
    if input.dtype.kind != "f":
        refuse_dtype("histc", input)
    if bins < 1 or min > max:
        raise ShapeError(f"histc: bins={bins} from {min} to {max}: at least 1, and min <= max.")
    x = plain(input)
    if min == max == 0 and x.size:
        min, max = float(x.min()), float(x.max())
    if min == max:
        min, max = min - 1, max + 1
    if not np.isfinite([min, max]).all():
        raise ShapeError(f"histc: the range from {min} to {max} is not finite.")
    return histogram_op(input, edges=np.linspace(min, max, bins + 1))


def isin(
    elements: Any, test_elements: Any, *, assume_unique: bool = False, invert: bool = False
) -> Any:
    """Whether each entry is one of test_elements (or, invert, is none of them)."""
    if not hasattr(elements, "dtype"):
        elements = np.asarray(elements)
        if hasattr(test_elements, "dtype") and not isinstance(test_elements, np.ndarray):
            elements = type(test_elements)(elements)
    return isin_op(elements, among=plain(test_elements), invert=invert)


def unravel_index(indices: Any, shape: Any) -> Any:
    """The index in each dimension of what has these numbers in the flattened tensor."""
    shape = (shape,) if isinstance(shape, int) else tuple(shape)
    if indices.dtype.kind not in "iu":
        raise DtypeError(f"unravel_index: the indices hold {indices.dtype}; integers are needed.")
    rest, found = indices, []
    for n in reversed(shape):
        found.append(rest % n)
        rest = rest // n
    return tuple(reversed(found))


FUNCTIONS = ("bincount", "histc", "isin", "unique_consecutive", "unravel_index")
METHODS = ("bincount", "histc", "unique_consecutive")
IN_PLACE: tuple[str, ...] = ()
