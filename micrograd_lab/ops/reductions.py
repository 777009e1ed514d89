"""Many entries become one: sums, means, products and extremes along some axes."""

import math
from typing import Any

import numpy as np

from micrograd_lab.ops import elementwise
from micrograd_lab.ops.axes import (
    EVERY,
    Dim,
    axes_of,
    axis_of,
    count_along,
    need_floating,
    refuse_dtype,
    refuse_empty,
    takes_dim,
    widened,
)
from micrograd_lab.ops.conversions import astype
from micrograd_lab.ops.gates import extreme
from micrograd_lab.ops.halves import raised
from micrograd_lab.ops.op import (
    SHAPE,
    Array,
    Op,
    Rule,
    constant,
    declare,
    linear,
    reads_of,
    reshape,
    sum_over,
    unsqueeze_all,
)
from micrograd_lab.ops.op import broadcast_to as spread_to


def reduction_along(name: str, forward: Rule, partial: Rule) -> Op:
    """A reduction whose partial(y, x, dim) must know the axes; y is still as wide as x."""

    def vjp(g: Any, y: Any, x: Any, dim: Any, keepdim: bool, **params: Any) -> Any:
        if not keepdim:
            y = y if y is None else unsqueeze_all(y, dim)
            g = unsqueeze_all(g, dim)
        return g * partial(y, x, dim, **params)

    def jvp(dx: Any, y: Any, x: Any, dim: Any, keepdim: bool, **params: Any) -> Any:
        wide = y if keepdim else unsqueeze_all(y, dim)
        return sum_over(dx * partial(wide, x, dim, **params), dim=dim, keepdim=keepdim)

    y_reads, x_reads = reads_of(partial)[:2]
    return declare(
        Op(name, "reduction", forward, (vjp,), (jvp,), ((y_reads, max(x_reads, SHAPE)),))
    )


# --- kernels --------------------------------------------------------------------------------


def by(pair: np.ufunc) -> Rule:
    """The kernel that joins the entries along dim by a function of two."""
    return lambda x, dim, keepdim: pair.reduce(x, axis=dim, keepdims=keepdim)


def _mean(x: Array, dim: tuple[int, ...], keepdim: Any) -> Any:
    n = count_along(x.shape, dim)
    if n == 0:
        return np.add.reduce(x, axis=dim, keepdims=keepdim) * x.dtype.type(np.nan)
    if x.dtype.itemsize == 2:  # float16 would overflow on the way
        return (np.add.reduce(x, axis=dim, keepdims=keepdim, dtype="f") / n).astype(x.dtype)
    return np.add.reduce(x, axis=dim, keepdims=keepdim) / n


def _mean_transpose(g: Any, x: Any, dim: tuple[int, ...], keepdim: bool) -> Any:
    n = count_along(x.shape, dim) or 1
    if type(g) is np.ndarray and g.size == 1 and n < 4096:  # a small mean of all: 4 µs become 1.5
        wide = np.empty(x.shape, g.dtype)
        wide.fill(g.item() / n)
        return wide
    share = g / n
    return spread_to(share if keepdim else unsqueeze_all(share, dim), shape=x.shape)


def _count_nonzero(x: Array, dim: tuple[int, ...]) -> Any:
    return np.add.reduce(x != 0, axis=dim, dtype=np.int64)


# --- the table ------------------------------------------------------------------------------

# fmt: off
mean_over = linear("mean", _mean, _mean_transpose)
amax_op = extreme("amax", by(np.maximum))
amin_op = extreme("amin", by(np.minimum))
prod_op = reduction_along("prod", by(np.multiply), lambda y, x, dim: product_of_others(x, dim[0]))

argmax_op = constant("argmax", lambda x, dim, keepdim: np.argmax(x, axis=dim, keepdims=keepdim))
argmin_op = constant("argmin", lambda x, dim, keepdim: np.argmin(x, axis=dim, keepdims=keepdim))
all_op    = constant("all",    by(np.logical_and))
any_op    = constant("any",    by(np.logical_or))
count_op  = constant("count_nonzero", _count_nonzero)
# fmt: on


def product_of_others(x: Any, dim: int) -> Any:
    """For each entry the product of all the others along dim; right where entries are 0, too."""
    from micrograd_lab.ops.scans import product_before

    return product_before(x, dim=dim, reverse=False) * product_before(x, dim=dim, reverse=True)


def nonzero_or_one(y: Any) -> Any:
    """A divisor: 0/0 is then 0, which is PyTorch's gradient where a root or norm has a corner."""
    return elementwise.where(y == 0, 1, y)


# --- sums and means -------------------------------------------------------------------------


@takes_dim
def sum(input: Any, dim: Dim = None, keepdim: bool = False, *, dtype: Any = None) -> Any:
    """The sum of the entries along dim (all, by default).  Sums of integers and bools are int64."""
    x, axes = widened(input, dtype), axes_of("sum", input, dim)
    if x.dtype == np.float16:  # a long float16 sum would get stuck where adding 1 is rounded away
        return astype(sum_over(astype(x, np.float32), dim=axes, keepdim=keepdim), x.dtype)
    return sum_over(x, dim=axes, keepdim=keepdim)


@takes_dim
def mean(input: Any, dim: Dim = None, keepdim: bool = False, *, dtype: Any = None) -> Any:
    """The mean of the entries along dim.  DtypeError for integers: say dtype=float32 for those."""
    x = input
    if dtype is not None or x.dtype.kind != "f":
        x = need_floating("mean", input, dtype)
    return mean_over(x, dim=axes_of("mean", x, dim), keepdim=keepdim)


@takes_dim
def nansum(input: Any, dim: Dim = None, keepdim: bool = False, *, dtype: Any = None) -> Any:
    """The sum, with each nan counted as 0."""
    if input.dtype.kind == "f":
        input = elementwise.where(input == input, input, 0)
    return sum(input, dim, keepdim, dtype=dtype)


@takes_dim
def nanmean(input: Any, dim: Dim = None, keepdim: bool = False, *, dtype: Any = None) -> Any:
    """The mean of the entries that are not nan."""
    x = need_floating("nanmean", input, dtype)
    there = astype(x == x, x.dtype)
    count = sum(there, dim, keepdim)
    return nansum(x, dim, keepdim) / elementwise.where(count == 0, math.nan, count)


@raised
@takes_dim
def prod(input: Any, dim: int | None = None, keepdim: bool = False, *, dtype: Any = None) -> Any:
    """The product of the entries along one dim, or of all of them."""
    x = widened(input, dtype)
    if dim is None or not x.ndim:
        axis_of("prod", x, dim or 0)
        x, dim = reshape(x, shape=(-1,)), 0
    return prod_op(x, dim=(axis_of("prod", x, dim),), keepdim=keepdim and input.ndim > 0)


# --- extremes -------------------------------------------------------------------------------


@takes_dim
def amax(input: Any, dim: Dim = (), keepdim: bool = False) -> Any:
    """The largest entry along dim.  Entries that tie share the gradient."""
    axes = axes_of("amax", input, dim)
    refuse_empty("amax", input, axes)
    return amax_op(input, dim=axes, keepdim=keepdim)


@takes_dim
def amin(input: Any, dim: Dim = (), keepdim: bool = False) -> Any:
    """The smallest entry along dim.  Entries that tie share the gradient."""
    axes = axes_of("amin", input, dim)
    refuse_empty("amin", input, axes)
    return amin_op(input, dim=axes, keepdim=keepdim)


@takes_dim
def argmax(input: Any, dim: int | None = None, keepdim: bool = False) -> Any:
    """Where the largest entry is: its index along dim, or in the flattened tensor."""
    return _arg("argmax", argmax_op, input, dim, keepdim)


@takes_dim
def argmin(input: Any, dim: int | None = None, keepdim: bool = False) -> Any:
    """Where the smallest entry is: its index along dim, or in the flattened tensor."""
    return _arg("argmin", argmin_op, input, dim, keepdim)


def _arg(name: str, op: Op, x: Any, dim: Any, keepdim: bool) -> Any:
    if x.dtype.kind == "b":
        refuse_dtype(name, x, "numbers")
    axis = None if dim is None else axis_of(name, x, dim)
    refuse_empty(name, x, EVERY[x.ndim] if axis is None else (axis,) if x.ndim else ())
    return op(x, dim=axis if x.ndim else None, keepdim=keepdim)


# --- all and any ----------------------------------------------------------------------------


@takes_dim
def all(input: Any, dim: Dim = None, keepdim: bool = False) -> Any:
    """Whether every entry along dim is true (not 0)."""
    return _logical("all", all_op, input, dim, keepdim)


@takes_dim
def any(input: Any, dim: Dim = None, keepdim: bool = False) -> Any:
    """Whether some entry along dim is true (not 0)."""
    return _logical("any", any_op, input, dim, keepdim)


def _logical(name: str, op: Op, x: Any, dim: Any, keepdim: bool) -> Any:
    axes = () if dim in ((), []) else axes_of(name, x, dim)  # () is none here, as in PyTorch
    y = op(x, dim=axes, keepdim=keepdim)
    return astype(y, np.uint8) if x.dtype == np.uint8 else y


@takes_dim
def count_nonzero(input: Any, dim: Dim = None) -> Any:
    """How many entries along dim are not 0, as int64."""
    return count_op(input, dim=axes_of("count_nonzero", input, dim))


FUNCTIONS = (
    "all", "amax", "amin", "any", "argmax", "argmin", "count_nonzero", "mean", "nanmean", "nansum",
    "prod", "sum",
)  # fmt: skip
METHODS = FUNCTIONS
IN_PLACE: tuple[str, ...] = ()
