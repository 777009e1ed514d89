"""Each entry becomes what has come so far along an axis: running sums, products and extremes.

All products rest on one recurrence, r[k+1] = a[k]·r[k] + b[k].  Its derivative is the same
recurrence run backwards, so products have right gradients of every order, also at zeros, where
dividing the whole product by one entry would fail.
"""

from typing import Any

import numpy as np

from micrograd_lab.ops import elementwise
from micrograd_lab.ops.axes import axis_of, need_floating, return_type, takes_dim, widened
from micrograd_lab.ops.halves import op_rounded
from micrograd_lab.ops.op import Array, Op, by_hand, constant, linear

# --- kernels --------------------------------------------------------------------------------


def backwards(x: Array, dim: int, reverse: bool) -> Array:
    """x seen from the other end of dim, if reverse."""
    return x[(slice(None),) * dim + (slice(None, None, -1),)] if reverse else x


def _cumsum(x: Array, dim: int, reverse: bool) -> Array:
    if x.ndim == 0:
        return x.copy()
    y = np.add.accumulate(backwards(x, dim, reverse), axis=dim)
    return backwards(y, dim, reverse)


def _product_before(x: Array, dim: int, reverse: bool) -> Array:
    y = np.ones_like(x)
    if x.size > 1:
        to = np.moveaxis(backwards(y, dim, reverse), dim, 0)
        of = np.moveaxis(backwards(x, dim, reverse), dim, 0)
        np.multiply.accumulate(of[:-1], axis=0, out=to[1:])
    return y


def _carry(a: Array, b: Array, dim: int, reverse: bool) -> Array:
    r = np.zeros(b.shape, np.result_type(a, b))
    if r.size < 2:
        return r
    a, b, to = (np.moveaxis(backwards(v, dim, reverse), dim, 0) for v in (a, b, r))
    if a.ndim == 1:  # Python's numbers are faster than arrays of one
        held, kept = 0.0, [0.0]
        for factor, term in zip(a[:-1].tolist(), b[:-1].tolist(), strict=True):
            held = factor * held + term
            kept.append(held)
        to[:] = kept
    else:
        for k in range(len(to) - 1):
            np.multiply(a[k], to[k], out=to[k + 1, ...])
            to[k + 1] += b[k]
    return r


def _logcumsumexp(x: Array, dim: int) -> Array:
    return np.logaddexp.accumulate(x, axis=dim) if x.ndim and x.size else x.copy()


def _record_holder(best: Any, x: Array, dim: int) -> Array:
    """Where the extreme so far was met last; a nan, once met, stays."""
    if x.ndim == 0:
        return np.zeros((), np.int64)
    at = np.arange(x.shape[dim]).reshape(-1, *(1,) * (x.ndim - dim - 1))
    holds = (x == best.accumulate(x, axis=dim)) | (x != x)
    return np.maximum.accumulate(np.where(holds, at, 0), axis=dim)


# --- the table ------------------------------------------------------------------------------


def share_of(y: Any, x: Any) -> Any:
    """exp(x - y): how much of the sum so far the newest entry is; 0 where all so far is exp(-inf)."""
    return elementwise.exp(x - elementwise.where(y == -np.inf, 0, y))


def _logcumsumexp_vjp(g: Any, y: Any, x: Any, dim: int) -> Any:
    new = share_of(y, x)
    old = 1 - new
    return new * (g + carry(old, old * g, dim=dim, reverse=True))


def _logcumsumexp_jvp(dx: Any, y: Any, x: Any, dim: int) -> Any:
    new = share_of(y, x)
    old = 1 - new
    return new * dx + old * carry(old, new * dx, dim=dim, reverse=False)


# By hand: a scan's derivative is a scan in the other direction, which none of the four shapes says.
# fmt: off
cumsum_op: Op = linear("cumsum", _cumsum,
    lambda g, x, dim, reverse: cumsum_op(g, dim=dim, reverse=not reverse))

# r[k+1] = a[k]·r[k] + b[k], r[0] = 0; from the other end if reverse
carry: Op = by_hand("carry", _carry,
    (lambda g,  y, a, b, dim, reverse: carry(a, g, dim=dim, reverse=not reverse) * y,
     lambda g,  y, a, b, dim, reverse: carry(a, g, dim=dim, reverse=not reverse)),
    (lambda da, y, a, b, dim, reverse: carry(a, da * y, dim=dim, reverse=reverse),
     lambda db, y, a, b, dim, reverse: carry(a, db, dim=dim, reverse=reverse)))

# y[k+1] = x[k]·y[k], y[0] = 1: the product of all entries before this one
product_before = by_hand("product_before", _product_before,
    (lambda g,  y, x, dim, reverse: y * carry(x, g, dim=dim, reverse=not reverse),),
    (lambda dx, y, x, dim, reverse: carry(x, dx * y, dim=dim, reverse=reverse),))

cumsum_op.autocast = product_before.autocast = op_rounded

logcumsumexp_op = by_hand("logcumsumexp", _logcumsumexp, (_logcumsumexp_vjp,), (_logcumsumexp_jvp,))

cummax_index = constant("cummax_index", lambda x, dim: _record_holder(np.maximum, x, dim))
cummin_index = constant("cummin_index", lambda x, dim: _record_holder(np.minimum, x, dim))
# fmt: on

# --- as PyTorch calls them ------------------------------------------------------------------


@takes_dim
def cumsum(input: Any, dim: int, *, dtype: Any = None) -> Any:
    """The sum of all entries up to this one along dim.  Integers and bools give int64."""
    x = widened(input, dtype)
    return cumsum_op(x, dim=axis_of("cumsum", x, dim), reverse=False)


@takes_dim
def cumprod(input: Any, dim: int, *, dtype: Any = None) -> Any:
    """The product of all entries up to this one along dim.  Integers and bools give int64."""
    x = widened(input, dtype)
    return x * product_before(x, dim=axis_of("cumprod", x, dim), reverse=False)


@takes_dim
def logcumsumexp(input: Any, dim: int) -> Any:
    """log of the running sum of exp(x) along dim, without overflow."""
    x = need_floating("logcumsumexp", input)
    return logcumsumexp_op(x, dim=axis_of("logcumsumexp", x, dim))


@takes_dim
def cummax(input: Any, dim: int) -> Any:
    """(values, indices): the largest entry up to this one along dim, and where it was met last."""
    return Cummax(*_at_record("cummax", cummax_index, input, dim))


@takes_dim
def cummin(input: Any, dim: int) -> Any:
    """(values, indices): the smallest entry up to this one along dim, and where it was met last."""
    return Cummin(*_at_record("cummin", cummin_index, input, dim))


def _at_record(name: str, op: Op, x: Any, dim: int) -> tuple[Any, Any]:
    from micrograd_lab.ops.sorting import picked

    axis = axis_of(name, x, dim)
    indices = op(x, dim=axis)
    return picked(x, indices, axis), indices


Cummax = return_type("cummax", "values", "indices")
Cummin = return_type("cummin", "values", "indices")

FUNCTIONS = ("cummax", "cummin", "cumprod", "cumsum", "logcumsumexp")
METHODS = FUNCTIONS
IN_PLACE = ("cumprod", "cumsum")
