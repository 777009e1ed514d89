"""Attention: every query looks at all keys and takes a weighted average of their values."""

import math
from typing import Any

import numpy as np

from micrograd_lab.errors import DtypeError, ShapeError, UndefinedError
from micrograd_lab.nn.dropping import dropout
from micrograd_lab.ops import elementwise as ew
from micrograd_lab.ops import shapes
from micrograd_lab.ops.plain import plain
from micrograd_lab.ops.softmax import softmax


def scaled_dot_product_attention(
    query: Any,
    key: Any,
    value: Any,
    attn_mask: Any = None,
    dropout_p: float = 0.0,
    is_causal: bool = False,
    scale: float | None = None,
    enable_gqa: bool = False,
) -> Any:
    """softmax(query @ keyᵀ · scale + mask) @ value.  (..., L, E), (..., S, E), (..., S, V) -> (..., L, V)

    attn_mask: True where a query may look, or numbers to add; broadcast to (..., L, S).
    is_causal: the i-th query sees the keys up to the i-th.  scale: 1/√E unless given.
    enable_gqa: several heads (axis -3) of queries share one head of keys and values.
    A query that may look nowhere gets zeros.
    """
    if query.ndim < 2 or key.ndim < 2 or value.ndim < 2:
        raise ShapeError(
            "scaled_dot_product_attention: needs (..., L, E), (..., S, E), (..., S, V); found "
            f"{tuple(query.shape)}, {tuple(key.shape)}, {tuple(value.shape)}."
        )
    if not query.dtype == key.dtype == value.dtype or query.dtype.kind != "f":
        raise DtypeError(
            "scaled_dot_product_attention: query, key and value need one floating dtype; found "
            f"{query.dtype}, {key.dtype}, {value.dtype}."
        )
    if is_causal and attn_mask is not None:
        raise UndefinedError("scaled_dot_product_attention: give attn_mask or is_causal, not both.")
    if enable_gqa:
        key, value = (_shared_heads(query, x) for x in (key, value))
    scores = (query * (1 / math.sqrt(query.shape[-1]) if scale is None else scale)) @ key.mT
    if is_causal:
        attn_mask = np.tri(*scores.shape[-2:], dtype=bool)
    blind = None  # rows that may look nowhere: their softmax would be 0 / 0
    if attn_mask is not None:
        scores, blind = _masked(scores, attn_mask)
    weights = softmax(scores, -1)
    if blind is not None:
        weights = ew.where(blind, 0.0, weights)
    return dropout(weights, dropout_p) @ value


def _masked(scores: Any, mask: Any) -> tuple[Any, Any]:
    seen = plain(mask)
    if seen.dtype == bool:
        mask = np.where(seen, 0, -np.inf).astype(scores.dtype)
    elif seen.dtype == scores.dtype:
        seen = seen != -np.inf
    else:
        raise DtypeError(
            f"scaled_dot_product_attention: the mask is {seen.dtype}; it is bool, or of the query's "
            f"dtype {scores.dtype}."
        )
    scores = scores + mask
    blind = ~seen.any(axis=-1, keepdims=True)
    if not blind.any():
        return scores, None
    return ew.where(blind, 0.0, scores), blind


def _shared_heads(query: Any, x: Any) -> Any:
    """Each head of x repeated for the heads of queries that share it."""
    heads, have = query.shape[-3], x.shape[-3]
    if have == 0 or heads % have:
        raise ShapeError(
            f"scaled_dot_product_attention: {heads} heads of queries cannot share {have} heads evenly."
        )
    *lead, length, depth = x.shape
    wide = shapes.expand(shapes.unsqueeze(x, -3), *lead, heads // have, length, depth)
    return shapes.reshape(wide, (*lead[:-1], heads, length, depth))
