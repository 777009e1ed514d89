"""How long a vector is: the p-norms along some axes."""

import math
from typing import Any

import numpy as np

from micrograd_lab.ops import elementwise
from micrograd_lab.ops.axes import axes_of, need_floating, refuse_empty, takes_dim
from micrograd_lab.ops.halves import rounded
from micrograd_lab.ops.op import Array, reduction, sum_over
from micrograd_lab.ops.reductions import amax_op, amin_op, nonzero_or_one

# --- kernels --------------------------------------------------------------------------------


def _norm(x: Array, dim: tuple[int, ...], keepdim: Any) -> Any:
    if x.dtype.itemsize == 2:  # float16 would overflow on the way
        return _norm(x.astype("f"), dim, keepdim).astype(x.dtype)
    return np.sqrt(np.add.reduce(x * x, axis=dim, keepdims=keepdim))


def _norm_p(x: Array, dim: tuple[int, ...], keepdim: Any, p: float) -> Any:
    with np.errstate(divide="ignore"):
        power = x.dtype.type(p)
        return np.add.reduce(np.abs(x) ** power, axis=dim, keepdims=keepdim) ** (1 / power)


# --- the table ------------------------------------------------------------------------------


def _slope(y: Any, x: Any, p: float) -> Any:
    size = elementwise.where(x == 0, 1, elementwise.abs(x))  # 0 to a negative power would be inf
    return elementwise.sign(x) * (size / nonzero_or_one(y)) ** (p - 1)


# fmt: off
norm_op   = reduction("norm",   _norm,   lambda y, x: x / nonzero_or_one(y))
norm_p_op = reduction("norm_p", _norm_p, _slope)
# fmt: on


# --- as PyTorch calls them ------------------------------------------------------------------


@takes_dim
def vector_norm(
    x: Any, ord: Any = 2, dim: Any = None, keepdim: bool = False, *, dtype: Any = None
) -> Any:
    """(Σ |x|ᵖ)^(1/p) along dim, with p = ord; inf and -inf: the largest and smallest |x|; 0: how many.

    At 0, where the norm has a corner, its gradient is 0.
    """
    x = need_floating("vector_norm", x, dtype)
    axes = axes_of("vector_norm", x, dim)
    how = {"dim": axes, "keepdim": keepdim}
    ord = float(ord)
    if ord == 2:
        return norm_op(x, **how)
    if ord == 1:
        return sum_over(elementwise.abs(x), **how)
    if ord == 0:
        there = elementwise.where(x == x, x, 1)  # a nan counts as well
        return sum_over(elementwise.abs(elementwise.sign(there)), **how)
    if ord < 0 or ord == math.inf:
        refuse_empty(f"vector_norm of order {ord}", x, axes)
    if abs(ord) == math.inf:
        return (amax_op if ord > 0 else amin_op)(elementwise.abs(x), **how)
    return norm_p_op(x, p=ord, **how)


@rounded
@takes_dim
def norm(
    input: Any, p: Any = "fro", dim: Any = None, keepdim: bool = False, dtype: Any = None
) -> Any:
    """vector_norm of order p along dim; "fro" is order 2, "nuc" the sum of a matrix's singular values."""
    if p == "nuc":
        from micrograd_lab.ops.singular import matrix_norm

        return matrix_norm(input, "nuc", (-2, -1) if dim is None else dim, keepdim, dtype=dtype)
    order = 2 if p is None or p == "fro" else p
    return vector_norm(input, order, dim, keepdim, dtype=dtype)


@takes_dim
def dist(input: Any, other: Any, p: float = 2) -> Any:
    """The norm of the difference."""
    return vector_norm(input - other, p)


FUNCTIONS = ("dist", "norm")
METHODS = FUNCTIONS
IN_PLACE: tuple[str, ...] = ()
