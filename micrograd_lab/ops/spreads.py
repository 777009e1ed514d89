"""How far entries are from their mean: variances and standard deviations."""

import math
from typing import Any

import numpy as np

from micrograd_lab.ops.axes import Dim, axes_of, count_along, need_floating, takes_dim
from micrograd_lab.ops.halves import op_rounded
from micrograd_lab.ops.op import Array
from micrograd_lab.ops.reductions import mean, mean_over, nonzero_or_one, reduction_along


def _var(x: Array, dim: tuple[int, ...], keepdim: Any, correction: float) -> Any:
    free = degrees_of_freedom(x.shape, dim, correction)
    away = x - mean_over(x, dim=dim, keepdim=True)
    y = np.add.reduce(away * away, axis=dim, keepdims=keepdim)
    if free:
        return y / x.dtype.type(free)
    with np.errstate(divide="ignore", invalid="ignore"):
        return y / x.dtype.type(0)


def degrees_of_freedom(shape: tuple[int, ...], dim: tuple[int, ...], correction: float) -> float:
    """How many entries a variance divides by: their number less the correction, at least 0."""
    return max(0, count_along(shape, dim) - correction)


def from_mean(x: Any, dim: tuple[int, ...], correction: float, times: int = 1) -> Any:
    """How far each entry is from the mean, times a number over the degrees of freedom."""
    free = degrees_of_freedom(x.shape, dim, correction)
    return (x - mean_over(x, dim=dim, keepdim=True)) * (times / free if free else math.nan)


# By hand: one record instead of four (x - mean, its square, the sum, the quotient).
# fmt: off
var_op = reduction_along("var", _var,
                         lambda y, x, dim, correction: from_mean(x, dim, correction, 2))
std_op = reduction_along("std", lambda x, dim, keepdim, correction: np.sqrt(_var(x, dim, keepdim, correction)),
                         lambda y, x, dim, correction: from_mean(x, dim, correction) / nonzero_or_one(y))
# fmt: on
var_op.autocast = std_op.autocast = op_rounded


@takes_dim
def var(
    input: Any,
    dim: Dim | bool = None,
    unbiased: bool | None = None,
    keepdim: bool = False,
    *,
    correction: float | None = None,
) -> Any:
    """The variance: squared distances from the mean, over (their number - correction).

    correction: 1 by default (unbiased=True); 0 is unbiased=False.
    """
    return var_op(input, **_spread_of("var", input, dim, unbiased, keepdim, correction))


@takes_dim
def std(
    input: Any,
    dim: Dim | bool = None,
    unbiased: bool | None = None,
    keepdim: bool = False,
    *,
    correction: float | None = None,
) -> Any:
    """The standard deviation: the root of var(...)."""
    return std_op(input, **_spread_of("std", input, dim, unbiased, keepdim, correction))


def _spread_of(op: str, x: Any, dim: Any, unbiased: Any, keepdim: bool, correction: Any) -> Any:
    if isinstance(dim, bool):  # x.var(False)
        dim, unbiased = None, dim
    if correction is None:
        correction = 1 if unbiased is None else int(unbiased)
    elif unbiased is not None:
        raise TypeError(f"{op}: unbiased and correction say the same thing; give one of them.")
    need_floating(op, x)
    return {"dim": axes_of(op, x, dim), "keepdim": keepdim, "correction": correction}


@takes_dim
def var_mean(input: Any, *args: Any, **named: Any) -> tuple[Any, Any]:
    """(var, mean), with var's arguments."""
    return var(input, *args, **named), _mean_beside(input, *args, **named)


@takes_dim
def std_mean(input: Any, *args: Any, **named: Any) -> tuple[Any, Any]:
    """(std, mean), with std's arguments."""
    return std(input, *args, **named), _mean_beside(input, *args, **named)


def _mean_beside(
    x: Any, dim: Any = None, unbiased: Any = None, keepdim: bool = False, *, correction: Any = None
) -> Any:
    return mean(x, None if isinstance(dim, bool) else dim, keepdim)


FUNCTIONS = ("std", "std_mean", "var", "var_mean")
METHODS = ("std", "var")
IN_PLACE: tuple[str, ...] = ()
