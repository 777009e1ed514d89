"""Attention: every query looks at all keys and takes a weighted average of their values."""

import math
from typing import Any

import numpy as np

from micrograd_lab.errors import DtypeError, ShapeError, UndefinedError
from micrograd_lab.nn.dropping import dropout
from micrograd_lab.ops import elementwise as ew
from micrograd_lab.ops import shapes
from micrograd_lab.ops.affine import linear
from micrograd_lab.ops.attention import attention
from micrograd_lab.ops.halves import lowered
from micrograd_lab.ops.joining import cat, split
from micrograd_lab.ops.padding import pad
from micrograd_lab.ops.plain import plain
from micrograd_lab.ops.softmax import softmax
from micrograd_lab.tensor import wrap


@lowered
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
    scale = 1 / math.sqrt(max(query.shape[-1], 1)) if scale is None else scale
    plain_call = attn_mask is None and not dropout_p and isinstance(scale, (int, float))
    if plain_call and _alike(query, key, value):
        return attention(query, key, value, scale=float(scale), causal=bool(is_causal))
    scores = (query * scale) @ key.mT
    if is_causal:
        attn_mask = np.tri(*scores.shape[-2:], dtype=bool)
    blind = None  # rows that may look nowhere: their softmax would be 0 / 0
    if attn_mask is not None:
        scores, blind = _masked(scores, attn_mask)
    weights = softmax(scores, -1)
    if blind is not None:
        weights = ew.where(blind, 0.0, weights)
    return dropout(weights, dropout_p) @ value


def _alike(query: Any, key: Any, value: Any) -> bool:
    """Whether nothing has to be broadcast, and nothing is empty."""
    *lead, _, depth = query.shape
    return (
        key.shape == (*lead, key.shape[-2], depth)
        and value.shape[:-1] == key.shape[:-1]
        and 0 not in (*query.shape, *value.shape)
    )


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


# --- several heads -----------------------------------------------------------------------------


# fmt: off
def multi_head_attention_forward(
    query: Any, key: Any, value: Any, embed_dim_to_check: int, num_heads: int, in_proj_weight: Any,
    in_proj_bias: Any, bias_k: Any, bias_v: Any, add_zero_attn: bool, dropout_p: float,
    out_proj_weight: Any, out_proj_bias: Any, training: bool = True, key_padding_mask: Any = None,
    need_weights: bool = True, attn_mask: Any = None, use_separate_proj_weight: bool = False,
    q_proj_weight: Any = None, k_proj_weight: Any = None, v_proj_weight: Any = None,
    static_k: Any = None, static_v: Any = None, average_attn_weights: bool = True,
    is_causal: bool = False,
) -> tuple[Any, Any]:
    # fmt: on
    """Project, attend in every head, join the heads, project.  (L, N, E), (S, N, E), (S, N, E) -> (L, N, E)

    The second result is None, or with need_weights the weights (N, L, S), averaged over the heads
    or (N, heads, L, S).  Masks: True where a query may NOT look, or numbers to add; attn_mask is
    (L, S) or (N · heads, L, S), key_padding_mask (N, S).  is_causal only says that attn_mask is the
    causal one.  Without a batch axis every shape is without N.
    """
    _check_heads(query, key, value, embed_dim_to_check, num_heads, use_separate_proj_weight)
    if is_causal and attn_mask is None:
        raise UndefinedError(
            "multi_head_attention_forward: is_causal says what attn_mask is, but there is none. Give "
            "it: attn_mask=Transformer.generate_square_subsequent_mask(L)."
        )
    if query.ndim == 2:
        wide: list[Any] = []  # the same tensor stays the same: then one product projects all three
        for x in (query, key, value):
            found = [w for y, w in zip((query, key), wide, strict=False) if y is x]
            wide.append(found[0] if found else shapes.unsqueeze(x, 1))
        query, key, value = wide
        if key_padding_mask is not None:
            key_padding_mask = shapes.unsqueeze(key_padding_mask, 0)
        batched = False
    else:
        batched = True
    length, batch, width = query.shape
    weights = (q_proj_weight, k_proj_weight, v_proj_weight) if use_separate_proj_weight else None
    q, k, v = _projections(query, key, value, in_proj_weight, weights, in_proj_bias)
    if bias_k is not None and bias_v is not None:  # one more key and value, the same for all
        k = cat([k, shapes.expand(bias_k, 1, batch, width)])
        v = cat([v, shapes.expand(bias_v, 1, batch, width)])
    added = (bias_k is not None) + bool(add_zero_attn)
    q, k, v = (_by_head(x, batch, num_heads) for x in (q, k, v))
    if static_k is not None:
        k = shapes.reshape(static_k, (batch, num_heads, *static_k.shape[1:]))
    if static_v is not None:
        v = shapes.reshape(static_v, (batch, num_heads, *static_v.shape[1:]))
    if add_zero_attn:
        nothing = np.zeros((batch, num_heads, 1, q.shape[-1]), q.dtype)
        k, v = cat([k, wrap(nothing)], 2), cat([v, wrap(nothing)], 2)
    mask = _merged(attn_mask, key_padding_mask, (batch, num_heads, length, k.shape[2]), added, q)
    dropout_p = dropout_p if training else 0.0
    if need_weights:
        scores = (q * math.sqrt(1 / q.shape[-1])) @ k.mT
        scores = softmax(scores if mask is None else scores + mask, -1)
        scores = dropout(scores, dropout_p)
        heads = scores @ v
    else:
        scores = None
        heads = scaled_dot_product_attention(q, k, v, mask, dropout_p)
    joined = shapes.reshape(shapes.permute(heads, 2, 0, 1, 3), (length, batch, width))
    out = linear(joined, out_proj_weight, out_proj_bias)
    if need_weights and average_attn_weights:
        scores = scores.mean(1)
    if batched:
        return out, scores
    return out[:, 0], None if scores is None else scores[0]


def _check_heads(query: Any, key: Any, value: Any, width: int, heads: int, separate: bool) -> None:
    name = "multi_head_attention_forward"
    found = f"found {tuple(query.shape)}, {tuple(key.shape)}, {tuple(value.shape)}."
    if query.ndim not in (2, 3) or not query.ndim == key.ndim == value.ndim:
        raise ShapeError(
            f"{name}: query, key and value are (L, N, E), (S, N, E), (S, N, E), all three without N "
            f"if there is no batch; {found}"
        )
    if query.shape[-1] != width:
        raise ShapeError(f"{name}: made for queries of width {width}; {found}")
    if width % heads:
        raise ShapeError(f"{name}: a width of {width} does not split into {heads} equal heads.")
    alike = key.shape[:-1] == value.shape[:-1] if separate else key.shape == value.shape
    if not alike:
        raise ShapeError(f"{name}: every key needs a value; {found}")
    if query.ndim == 3 and query.shape[1] != key.shape[1]:
        raise ShapeError(f"{name}: queries and keys must come in batches of one size; {found}")


def _projections(q: Any, k: Any, v: Any, weight: Any, weights: Any, bias: Any) -> Any:
    """What is asked, what answers to it, and what is then said; as few products as there are inputs."""
    width = q.shape[-1]
    if weights is None and q is k is v:
        return split(linear(q, weight, bias), width, -1)
    biases = (None,) * 3 if bias is None else split(bias, width)
    if weights is None and k is v:
        asks, answers = split(weight, [width, 2 * width])
        rest = None if bias is None else bias[width:]
        return linear(q, asks, biases[0]), *split(linear(k, answers, rest), width, -1)
    weights = split(weight, width) if weights is None else weights
    return tuple(linear(x, w, b) for x, w, b in zip((q, k, v), weights, biases, strict=True))


def _by_head(x: Any, batch: int, heads: int) -> Any:
    """(S, N, E) -> (N, heads, S, E / heads)"""
    split_up = shapes.reshape(x, (x.shape[0], batch, heads, x.shape[2] // heads))
    return shapes.permute(split_up, 1, 2, 0, 3)


def _merged(
    mask: Any, padding: Any, sizes: tuple[int, ...], added: int, like: Any
) -> Any:
    """Both masks as numbers to add to the scores (N, heads, L, S); the added keys are seen by all."""
    batch, heads, length, seen = sizes
    if mask is not None:
        wanted = (length, seen - added) if mask.ndim == 2 else (batch * heads, length, seen - added)
        if tuple(mask.shape) != wanted:
            raise ShapeError(
                f"multi_head_attention_forward: attn_mask must be {(length, seen - added)} or "
                f"{(batch * heads, length, seen - added)} here; found {tuple(mask.shape)}."
            )
        mask = _additive(mask, like, added)
        if mask.ndim == 3:
            mask = shapes.reshape(mask, sizes)
    if padding is not None:
        if tuple(padding.shape) != (batch, seen - added):
            raise ShapeError(
                f"multi_head_attention_forward: key_padding_mask must be {(batch, seen - added)} "
                f"here; found {tuple(padding.shape)}."
            )
        padding = shapes.reshape(_additive(padding, like, added), (batch, 1, 1, seen))
        mask = padding if mask is None else mask + padding
    return mask


def _additive(mask: Any, like: Any, added: int) -> Any:
    """Numbers to add: -inf where a bool mask is True; 0 for the keys that were added."""
    if mask.dtype.kind not in "bf":
        raise DtypeError(
            f"multi_head_attention_forward: a mask is bool (True: do not look) or floating (added to "
            f"the scores); found {mask.dtype}."
        )
    if mask.dtype.kind == "b":
        mask = wrap(np.where(plain(mask), -np.inf, 0).astype(like.dtype))
    return pad(mask, (0, added)) if added else mask
