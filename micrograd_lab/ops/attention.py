"""Attention as one op: softmax(q kᵀ · scale) v, which keeps no table of weights for the way back."""

from typing import Any

import numpy as np

from micrograd_lab.ops.elementwise import where
from micrograd_lab.ops.op import Array, Op, by_hand
from micrograd_lab.ops.softmax import softmax_op, total

ndarray = np.ndarray

# --- who looks at what ----------------------------------------------------------------------


def _seen(x: Any) -> Array:
    """(L, S): the i-th query sees the keys up to the i-th."""
    return np.tri(x.shape[-2], x.shape[-1], dtype=bool)


def _causal_softmax(x: Array) -> Any:
    y = np.where(_seen(x), x, x.dtype.type(-np.inf))
    return softmax_op.forward(y, dim=x.ndim - 1)


def _causal_slope(g: Any, y: Any, x: Any) -> Any:
    """Softmax's own; what nobody saw has no say, whatever it is."""
    g = where(_seen(y), g, 0)
    return y * (g - total(g * y, y.ndim - 1))


causal_softmax: Op = by_hand("causal_softmax", _causal_softmax, (_causal_slope,), (_causal_slope,))


def _weights(q: Any, k: Any, causal: bool) -> Any:
    """How much of each value every query takes: rows that add up to 1."""
    scores = q @ k.mT
    return causal_softmax(scores) if causal else softmax_op(scores, dim=scores.ndim - 1)


def _slope(g: Any, p: Any, causal: bool) -> Any:
    """g, pulled back (or pushed forward) through the softmax that gave p: it is symmetric."""
    op, params = (causal_softmax, {}) if causal else (softmax_op, {"dim": p.ndim - 1})
    if type(g) is type(p) is ndarray and op.pull is not None:
        return op.pull((True,), g, p, None, **params)[0]
    return op.vjps[0](g, p, None, **params)


# --- the op ---------------------------------------------------------------------------------
# Composed it is six nodes, and two tables (..., L, S) live until backward.  Here the weights are
# computed again on the way back, and arrays are taken a few examples at a time, so that no table
# ever leaves the cache: forward and backward together take two thirds of the composed time on
# (16, 4, 64, 32).

BLOCK = 1 << 15  # scores at a time


def _blocks(q: Array, k: Array) -> list[Any]:
    """Where a few examples lie, again and again until all have been."""
    if q.ndim < 3:
        return [...]
    step = max(1, BLOCK * len(q) * q.shape[-1] // (q.size * k.shape[-2]))
    return [slice(i, i + step) for i in range(0, len(q), step)]


def _attention(q: Array, k: Array, v: Array, scale: float, causal: bool) -> Any:
    # like q in memory: heads that were split can be joined without a copy
    y = (
        np.empty_like(q)
        if q.shape[-1] == v.shape[-1]
        else np.empty(q.shape[:-1] + v.shape[-1:], q.dtype)
    )
    for few in _blocks(q, k):
        y[few] = _weights(q[few] * scale, k[few], causal) @ v[few]
    return y


def _gradients(
    wanted: Any, g: Any, q: Any, k: Any, v: Any, scale: float, causal: bool
) -> tuple[Any, Any, Any]:
    """Of (q, k, v), as far as they are wanted."""
    scaled = q * scale
    p = _weights(scaled, k, causal)
    dq = dk = None
    dv = p.mT @ g if wanted[2] else None
    if wanted[0] or wanted[1]:
        slope = _slope(g @ v.mT, p, causal)
        dq = (slope @ k) * scale if wanted[0] else None
        dk = slope.mT @ scaled if wanted[1] else None
    return dq, dk, dv


# fmt: off
attention: Op = by_hand(
    "attention", _attention,
    (lambda g, y, q, k, v, scale, causal: _gradients((1, 0, 0), g, q, k, v, scale, causal)[0],
     lambda g, y, q, k, v, scale, causal: _gradients((0, 1, 0), g, q, k, v, scale, causal)[1],
     lambda g, y, q, k, v, scale, causal: _gradients((0, 0, 1), g, q, k, v, scale, causal)[2]),
    (lambda dq, y, q, k, v, scale, causal:
         _slope((dq * scale) @ k.mT, _weights(q * scale, k, causal), causal) @ v,
     lambda dk, y, q, k, v, scale, causal:
         _slope((q * scale) @ dk.mT, _weights(q * scale, k, causal), causal) @ v,
     lambda dv, y, q, k, v, scale, causal: _weights(q * scale, k, causal) @ dv),
)
# fmt: on


def _pull(
    parents: Any, g: Any, y: Any, q: Array, k: Array, v: Array, scale: float, causal: bool
) -> list[Any]:
    """All gradients of arrays at once."""
    wanted = [parent is not None for parent in parents]
    found = [np.empty_like(x) if want else None for x, want in zip((q, k, v), wanted, strict=True)]
    for few in _blocks(q, k):
        parts = _gradients(wanted, g[few], q[few], k[few], v[few], scale, causal)
        for whole, part in zip(found, parts, strict=True):
            if whole is not None:
                whole[few] = part
    return found


attention.pull = _pull

FUNCTIONS: tuple[str, ...] = ()
METHODS = FUNCTIONS
IN_PLACE = FUNCTIONS
