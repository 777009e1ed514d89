"""Functions of whole rows: softmax, its surprise, and layer norm.  A row is read once, then it is in the cache."""

from typing import Any

import numpy as np
from numba import int32, prange

from micrograd_lab.kernels.jit import compiled, inlined
from micrograd_lab.kernels.maths import ONE, exp_below, f4, of_rank, rank
from micrograd_lab.kernels.pool import blocks


@inlined
def largest(row: Any) -> Any:
    """The largest entry, by its rank: floats may be nan, which bars the quick way to a maximum.

    A nan may be overlooked; it makes the sum of the exponentials nan, which is soon enough.
    """
    top = rank(f4(-np.inf))
    for j in range(row.size):
        k = rank(row[j])
        top = k if k > top else top
    return of_rank(top)


@inlined
def to_softmax(row: Any, out: Any) -> None:
    top = largest(row)
    total = f4(0)
    for j in range(row.size):
        e = exp_below(row[j] - top)
        out[j] = e
        total += e
    scale = ONE / total
    for j in range(row.size):
        out[j] *= scale


@inlined
def through_softmax(g: Any, row: Any, out: Any) -> None:
    along = f4(0)
    for j in range(row.size):
        along += g[j] * row[j]
    for j in range(row.size):
        out[j] = row[j] * (g[j] - along)


@compiled
def softmax_kernel(x: Any, y: Any) -> None:
    for i in prange(x.shape[0]):
        to_softmax(x[i], y[i])


@compiled
def softmax_back_kernel(g: Any, y: Any, dx: Any) -> None:
    for i in prange(y.shape[0]):
        through_softmax(g[i], y[i], dx[i])


# The whole row, and a choice in the loop: what is left over of a short row would go entry by entry.


@compiled
def causal_softmax_kernel(x: Any, length: int, y: Any) -> None:
    for i in prange(x.shape[0]):
        row, out = x[i], y[i]
        last = int32(i % length)  # the last key that this query sees
        for j in range(row.size):
            out[j] = row[j] if int32(j) <= last else f4(-np.inf)
        to_softmax(out, out)


@compiled
def causal_softmax_back_kernel(g: Any, y: Any, length: int, dx: Any) -> None:
    for i in prange(y.shape[0]):
        g_row, out = g[i], dx[i]
        last = int32(i % length)
        for j in range(out.size):
            out[j] = g_row[j] if int32(j) <= last else f4(0)
        through_softmax(out, y[i], out)


@compiled
def surprise_kernel(x: Any, target: Any, loss: Any) -> None:
    for i in prange(x.shape[0]):
        if target[i] < 0:
            loss[i] = f4(0)
            continue
        row = x[i]
        top = largest(row)
        total = f4(0)
        for j in range(row.size):
            total += exp_below(row[j] - top)
        loss[i] = np.log(total) + top - row[target[i]]


@compiled
def surprise_back_kernel(g: Any, x: Any, target: Any, dx: Any) -> None:
    for i in prange(x.shape[0]):
        row, out = x[i], dx[i]
        if target[i] < 0:
            for j in range(row.size):
                out[j] = f4(0)
            continue
        top = largest(row)
        total = f4(0)
        for j in range(row.size):
            e = exp_below(row[j] - top)
            out[j] = e
            total += e
        scale = g[i] / total
        for j in range(row.size):
            out[j] *= scale
        out[target[i]] -= g[i]


@inlined
def moments(row: Any, eps: Any) -> Any:
    """(mean, 1 / deviation) of a row."""
    total = f4(0)
    for j in range(row.size):
        total += row[j]
    mean = total / f4(row.size)
    square = f4(0)
    for j in range(row.size):
        d = row[j] - mean
        square += d * d
    return mean, ONE / np.sqrt(square / f4(row.size) + eps)


@compiled
def norm_kernel(x: Any, weight: Any, bias: Any, eps: Any, y: Any) -> None:
    for i in prange(x.shape[0]):
        row, out = x[i], y[i]
        mean, scale = moments(row, eps)
        for j in range(row.size):
            out[j] = (row[j] - mean) * scale * weight[j] + bias[j]


@compiled
def norm_back_kernel(g: Any, x: Any, w: Any, eps: Any, dx: Any, dws: Any, dbs: Any) -> None:
    """dws and dbs have a row for each block of examples; their sums are the gradients of w and b."""
    rows, blocks = x.shape[0], dws.shape[0]
    for block in prange(blocks):
        dw, db = dws[block], dbs[block]
        for i in range(rows * block // blocks, rows * (block + 1) // blocks):
            row, g_row, out = x[i], g[i], dx[i]
            mean, scale = moments(row, eps)
            shift = f4(0)
            stretch = f4(0)
            for j in range(row.size):
                s = (row[j] - mean) * scale
                gw = g_row[j] * w[j]
                shift += gw
                stretch += gw * s
                dw[j] += g_row[j] * s
                db[j] += g_row[j]
            shift /= f4(row.size)
            stretch /= f4(row.size)
            for j in range(row.size):
                s = (row[j] - mean) * scale
                out[j] = scale * (g_row[j] * w[j] - shift - s * stretch)


# --- as the ops call them ---------------------------------------------------------------------------


def softmax(x: Any, dim: int) -> Any:
    if dim != x.ndim - 1:
        return None
    y = np.empty_like(x)
    softmax_kernel(x.reshape(-1, x.shape[-1]), y.reshape(-1, x.shape[-1]))
    return y


def softmax_back(parents: Any, g: Any, y: Any, x: Any, dim: int) -> Any:
    if dim != y.ndim - 1:
        return None
    dx, n = np.empty_like(y), y.shape[-1]
    softmax_back_kernel(g.reshape(-1, n), y.reshape(-1, n), dx.reshape(-1, n))
    return (dx,)


def causal_softmax(x: Any) -> Any:
    y, (length, n) = np.empty_like(x), x.shape[-2:]
    causal_softmax_kernel(x.reshape(-1, n), length, y.reshape(-1, n))
    return y


def causal_softmax_back(parents: Any, g: Any, y: Any, x: Any) -> Any:
    dx, (length, n) = np.empty_like(y), y.shape[-2:]
    causal_softmax_back_kernel(g.reshape(-1, n), y.reshape(-1, n), length, dx.reshape(-1, n))
    return (dx,)


def surprise(x: Any, target: Any, dim: int) -> Any:
    if x.ndim != 2 or dim != 1:
        return None
    loss = np.empty(len(x), x.dtype)
    surprise_kernel(x, target, loss)
    return loss


def surprise_back(parents: Any, g: Any, y: Any, x: Any, target: Any, dim: int) -> Any:
    if x.ndim != 2 or dim != 1:
        return None
    dx = np.empty_like(x)
    surprise_back_kernel(np.ascontiguousarray(g), x, target, dx)
    return dx, None


def layer_norm(x: Any, weight: Any, bias: Any, eps: float) -> Any:
    y, n = np.empty_like(x), weight.size
    norm_kernel(x.reshape(-1, n), weight.reshape(-1), bias.reshape(-1), f4(eps), y.reshape(-1, n))
    return y


def layer_norm_back(
    parents: Any, g: Any, y: Any, x: Any, weight: Any, bias: Any, eps: float
) -> Any:
    dx, n = np.empty_like(x), weight.size
    dws, dbs = np.zeros((2, blocks(x), n), x.dtype)
    rows, w = (-1, n), weight.reshape(-1)
    norm_back_kernel(g.reshape(rows), x.reshape(rows), w, f4(eps), dx.reshape(rows), dws, dbs)
    dw, db = (np.add.reduce(each) for each in (dws, dbs))
    return dx, dw.reshape(weight.shape), db.reshape(weight.shape)
