"""Attention head by head: the weights of a few queries at a time, in a table that stays in the cache.

The heads know nothing of each other: threads share them.  BLAS reads and writes matrices where they
lie, so heads that were split need no copy.  The keys that none of a few queries sees are left out.
Forward and backward on (16, 4, 64, 32) take 0.7 of the time of NumPy's products with softmax's kernel.
"""

from typing import Any

import numpy as np
from numba import prange

from micrograd_lab import threads
from micrograd_lab.kernels.jit import compiled, inlined
from micrograd_lab.kernels.products import multiply
from micrograd_lab.kernels.swift import FLOAT32
from micrograd_lab.kernels.weights import weigh, weigh_back

QUERIES = 64  # at a time
BYTES = 4  # of an entry


@inlined
def spot(place: Any, head: int, heads: int, row: int) -> Any:
    """The address of a row; place: of the array, then from example to example, head to head, row to row."""
    return np.uintp(place[0] + head // heads * place[1] + head % heads * place[2] + row * place[3])


# numbers: for each way to write a product, its factor, and how much stays of what was there (multiply).


@compiled
def attention_kernel(places: Any, sizes: Any, numbers: Any, causal: bool, tables: Any) -> None:
    """y = softmax(q kᵀ · scale) v; tables: one for each piece."""
    all_q, all_k, all_v, all_y = places
    wide_q, wide_k, wide_v, wide_y = places[:, 3] // BYTES
    count, heads, length, keys, size, out = sizes
    once, _, scaled, _ = numbers
    pieces, few = tables.shape[0], tables.shape[2] // keys
    for piece in prange(pieces):
        weights = tables[piece, 0]
        p = np.uintp(weights.ctypes.data)
        for head in range(count * piece // pieces, count * (piece + 1) // pieces):
            k, v = spot(all_k, head, heads, 0), spot(all_v, head, heads, 0)
            for first in range(0, length, few):
                some = min(few, length - first)
                n = min(keys, first + some) if causal else keys
                q, y = spot(all_q, head, heads, first), spot(all_y, head, heads, first)
                multiply(q, wide_q, False, k, wide_k, True, p, n, some, n, size, scaled)
                weigh(weights[: some * n], n, first, causal)
                multiply(p, n, False, v, wide_v, False, y, wide_y, some, out, n, once)


@compiled
def attention_back_kernel(places: Any, sizes: Any, numbers: Any, causal: bool, tables: Any) -> None:
    """The gradients dq, and dk and dv, which were 0; tables: two for each piece."""
    all_q, all_k, all_v, all_g, all_dq, all_dk, all_dv = places
    wide_q, wide_k, wide_v, wide_g, wide_dq, wide_dk, wide_dv = places[:, 3] // BYTES
    count, heads, length, keys, size, out = sizes
    once, more, scaled, scaled_more = numbers
    pieces, few = tables.shape[0], tables.shape[2] // keys
    for piece in prange(pieces):
        weights, slopes = tables[piece, 0], tables[piece, 1]
        p, s = np.uintp(weights.ctypes.data), np.uintp(slopes.ctypes.data)
        for head in range(count * piece // pieces, count * (piece + 1) // pieces):
            k, v = spot(all_k, head, heads, 0), spot(all_v, head, heads, 0)
            dk, dv = spot(all_dk, head, heads, 0), spot(all_dv, head, heads, 0)
            for first in range(0, length, few):
                some = min(few, length - first)
                n = min(keys, first + some) if causal else keys
                q, g = spot(all_q, head, heads, first), spot(all_g, head, heads, first)
                dq = spot(all_dq, head, heads, first)
                multiply(q, wide_q, False, k, wide_k, True, p, n, some, n, size, scaled)
                weigh(weights[: some * n], n, first, causal)
                multiply(p, n, True, g, wide_g, False, dv, wide_dv, n, out, some, more)
                multiply(g, wide_g, False, v, wide_v, True, s, n, some, n, out, once)
                weigh_back(slopes[: some * n], weights[: some * n], n, first, causal)
                multiply(s, n, False, k, wide_k, False, dq, wide_dq, some, size, n, scaled)
                multiply(s, n, True, q, wide_q, False, dk, wide_dk, n, size, some, scaled_more)


# --- as the ops call them ---------------------------------------------------------------------------


def lies_well(x: Any) -> bool:
    """Whether BLAS can read each matrix where it lies: row after row, each in one stretch."""
    row, entry = x.strides[-2:]
    return bool(entry == BYTES and row >= BYTES * x.shape[-1] and row % BYTES == 0)


def lying(x: Any) -> Any:
    return x if lies_well(x) else np.ascontiguousarray(x)


def like(x: Any, make: Any) -> Any:
    """make(x), like x in memory if that lies well: heads that were split can be joined without a copy."""
    y = make(x)
    return y if lies_well(y) else make(x, order="C")


def place(x: Any) -> tuple[int, ...]:
    """Where x begins, and how many bytes it is from example to example, head to head, row to row."""
    return (x.ctypes.data, *(0,) * (4 - x.ndim), *x.strides[:-1])


def run(kernel: Any, arrays: Any, scale: float, causal: bool, tables: int) -> None:
    """The kernel for these arrays, shared if there are enough scores; each thread has so many tables."""
    q, _, v = arrays[:3]
    examples, heads = (1, 1, *q.shape[:-2])[-2:]
    (length, size), (keys, out) = q.shape[-2:], v.shape[-2:]
    count = examples * heads
    shared = threads.count > 1 and count * length * keys >= threads.SPLIT
    pieces = min(threads.count, count) if shared else 1
    (kernel.by_pool if shared else kernel.in_order)(
        np.array([place(x) for x in arrays], np.int64),
        np.array((count, heads, length, keys, size, out), np.int64),
        np.array([(1, 0), (1, 1), (scale, 0), (scale, 1)], FLOAT32),
        causal,
        np.empty((pieces, tables, min(length, QUERIES) * keys), FLOAT32),
    )


def attention(q: Any, k: Any, v: Any, scale: float, causal: bool) -> Any:
    if q.ndim > 4:
        return None
    q, k, v = map(lying, (q, k, v))
    same = q.shape[-1] == v.shape[-1]
    y = like(q, np.empty_like) if same else np.empty(q.shape[:-1] + v.shape[-1:], q.dtype)
    run(attention_kernel, (q, k, v, y), scale, causal, tables=1)
    return y


def attention_back(
    parents: Any, g: Any, y: Any, q: Any, k: Any, v: Any, scale: float, causal: bool
) -> Any:
    if q.ndim > 4 or any(parent is None for parent in parents):
        return None
    found = like(q, np.empty_like), like(k, np.zeros_like), like(v, np.zeros_like)
    run(attention_back_kernel, (*map(lying, (q, k, v, g)), *found), scale, causal, tables=2)
    return found
