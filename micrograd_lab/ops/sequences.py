"""Entries as a sequence: their differences, the area under them, how they vary together, their choices."""

import itertools
from typing import Any

import numpy as np

from micrograd_lab.errors import DtypeError, ShapeError
from micrograd_lab.ops import elementwise
from micrograd_lab.ops.contractions import matmul
from micrograd_lab.ops.diagonals import diagonal
from micrograd_lab.ops.dims import one_dim
from micrograd_lab.ops.indexing import slice_op
from micrograd_lab.ops.op import reshape, sum_over
from micrograd_lab.ops.plain import plain
from micrograd_lab.ops.scans import cumsum


def _between(x: Any, axis: int, start: int | None, stop: int | None) -> Any:
    return slice_op(x, index=(slice(None),) * axis + (slice(start, stop), ...))


def diff(input: Any, n: int = 1, dim: int = -1, prepend: Any = None, append: Any = None) -> Any:
    """Each entry less the one before it along dim, n times over."""
    from micrograd_lab.ops.joining import cat

    if not input.shape:
        raise ShapeError("diff: a tensor without dimensions has no neighbours.")
    if n < 0:
        raise ShapeError(f"diff: n={n}: how often is at least 0.")
    axis = one_dim("diff", dim, input.ndim)
    ends = [x for x in (prepend, input, append) if x is not None]
    y = cat(ends, axis) if len(ends) > 1 else input
    for _ in range(min(n, y.shape[axis])):
        after, before = _between(y, axis, 1, None), _between(y, axis, None, -1)
        y = after ^ before if y.dtype.kind == "b" else after - before
    return y


def trapezoid(y: Any, x: Any = None, *, dx: float = 1, dim: int = -1) -> Any:
    """The area under y along dim, by straight lines between points at x, or dx apart."""
    areas, axis = _areas("trapezoid", y, x, dx, dim)
    return sum_over(areas, dim=(axis,), keepdim=False)


def cumulative_trapezoid(y: Any, x: Any = None, *, dx: float = 1, dim: int = -1) -> Any:
    """The area under y from the first point to each of the others."""
    return cumsum(*_areas("cumulative_trapezoid", y, x, dx, dim))


def _areas(name: str, y: Any, x: Any, dx: float, dim: int) -> tuple[Any, int]:
    if not y.shape:
        raise ShapeError(f"{name}: a tensor without dimensions has no neighbours.")
    axis = one_dim(name, dim, y.ndim)
    width: Any = dx
    if x is not None:
        if x.ndim == 1:
            x = reshape(x, shape=(-1,) + (1,) * (y.ndim - axis - 1))
            width = diff(x, dim=0)
        else:
            width = diff(x, dim=axis)
    return (_between(y, axis, 1, None) + _between(y, axis, None, -1)) * width / 2, axis


trapz = trapezoid


def cov(input: Any, *, correction: int = 1, fweights: Any = None, aweights: Any = None) -> Any:
    """The covariances of variables in rows, observed in columns: (n, m) -> (n, n).

    fweights: how often each column was observed; aweights: how much each counts.
    """
    if input.ndim > 2:
        raise ShapeError(
            f"cov: rows of observations, at most 2 dimensions; found {tuple(input.shape)}."
        )
    x = reshape(input, shape=(1, -1)) if input.ndim < 2 else input
    x = x if x.dtype.kind == "f" else x.astype(np.float32)
    weights = np.ones(x.shape[1], x.dtype)
    for more in (fweights, aweights):
        if more is not None:
            weights = weights * plain(more).astype(x.dtype)
    total = weights.sum()
    away = x - matmul(x, weights[:, None]) / total
    free = total - correction
    if aweights is not None:
        free = total - correction * (weights * plain(aweights)).sum() / total
    y = matmul(away * weights, away.mT) / max(float(free), 0.0)
    return reshape(y, shape=()) if input.ndim < 2 else y


def corrcoef(input: Any) -> Any:
    """The correlations of variables in rows: covariances over both standard deviations."""
    c = cov(input)
    if not c.shape:
        return c / c
    deviation = elementwise.sqrt(diagonal(c))
    y = c / reshape(deviation, shape=(-1, 1)) / deviation
    return elementwise.clamp_max(elementwise.clamp_min(y, -1.0), 1.0)


def combinations(input: Any, r: int = 2, with_replacement: bool = False) -> Any:
    """All choices of r entries of a vector, one in each row, in order."""
    if len(input.shape) != 1 or r < 0:
        raise ShapeError(
            f"combinations: r={r} of shape {tuple(input.shape)}: choices from a vector."
        )
    choose = itertools.combinations_with_replacement if with_replacement else itertools.combinations
    rows = list(choose(range(input.shape[0]), r))
    return input[np.array(rows, np.int64).reshape(len(rows), r)] if r else input[:0]


def vander(x: Any, N: int | None = None, increasing: bool = False) -> Any:
    """The powers 0 to N - 1 of each entry of a vector, in a row; the highest first unless increasing."""
    from micrograd_lab.ops.joining import stack

    if len(x.shape) != 1:
        raise ShapeError(f"vander: expected a vector, found shape {tuple(x.shape)}.")
    if x.dtype.kind == "b":
        raise DtypeError("vander of bool: it works on numbers.")
    powers = [x**k for k in range(x.shape[0] if N is None else N)]
    return (
        stack(powers if increasing else powers[::-1], 1)
        if powers
        else reshape(x, shape=(-1, 1))[:, :0]
    )


def renorm(input: Any, p: float, dim: int, maxnorm: float) -> Any:
    """Slices along dim whose p-norm is above maxnorm, shortened to it; the others as they are."""
    from micrograd_lab.ops.norms import vector_norm

    if input.ndim < 2:
        raise ShapeError(f"renorm: shape {tuple(input.shape)}: at least 2 dimensions are needed.")
    if p <= 0 or maxnorm < 0:
        raise ShapeError(f"renorm: p={p} must be above 0 and maxnorm={maxnorm} not negative.")
    axis = one_dim("renorm", dim, input.ndim)
    size = vector_norm(input, p, tuple(k for k in range(input.ndim) if k != axis), True)
    return input * elementwise.where(size > maxnorm, maxnorm / (size + 1e-7), 1)


FUNCTIONS = (
    "combinations", "corrcoef", "cov", "cumulative_trapezoid", "diff", "renorm", "trapezoid", "trapz",
    "vander",
)  # fmt: skip
METHODS = ("corrcoef", "cov", "diff", "renorm")
IN_PLACE = ("renorm",)
