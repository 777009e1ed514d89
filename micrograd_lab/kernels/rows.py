"""Functions of whole rows: softmax, its surprise, and layer norm.  A row is read once, then it is in the cache."""

from typing import Any

import numpy as np

from micrograd_lab.kernels.jit import compiled, inlined
from micrograd_lab.kernels.maths import ONE, exp_below, f4


@inlined
def largest(row: Any) -> Any:
    """The largest entry.  In 64 lanes: one running maximum would wait for itself at each entry.

    A nan is overlooked; it makes the sum of the exponentials nan, which is soon enough.
    """
    lanes = np.full(64, -np.inf, np.float32)
    whole = row.size // 64 * 64
    for start in range(0, whole, 64):
        part = row[start : start + 64]
        for k in range(64):
            lanes[k] = part[k] if part[k] > lanes[k] else lanes[k]
    top = f4(-np.inf)
    for k in range(64):
        top = lanes[k] if lanes[k] > top else top
    for j in range(whole, row.size):
        top = row[j] if row[j] > top else top
    return top


@compiled
def softmax_kernel(x: Any, y: Any) -> None:
    for i in range(x.shape[0]):
        row, out = x[i], y[i]
        top = largest(row)
        total = f4(0)
        for j in range(row.size):
            e = exp_below(row[j] - top)
            out[j] = e
            total += e
        scale = ONE / total
        for j in range(row.size):
            out[j] *= scale


@compiled
def softmax_back_kernel(g: Any, y: Any, dx: Any) -> None:
    for i in range(y.shape[0]):
        g_row, row, out = g[i], y[i], dx[i]
        along = f4(0)
        for j in range(row.size):
            along += g_row[j] * row[j]
        for j in range(row.size):
            out[j] = row[j] * (g_row[j] - along)


@compiled
def surprise_kernel(x: Any, target: Any, loss: Any) -> None:
    for i in range(x.shape[0]):
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
    for i in range(x.shape[0]):
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
    for i in range(x.shape[0]):
        row, out = x[i], y[i]
        mean, scale = moments(row, eps)
        for j in range(row.size):
            out[j] = (row[j] - mean) * scale * weight[j] + bias[j]


@compiled
def norm_back_kernel(g: Any, x: Any, w: Any, eps: Any, dx: Any, dw: Any, db: Any) -> None:
    for i in range(x.shape[0]):
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
    dw, db = np.zeros((2, n), x.dtype)
    norm_back_kernel(
        g.reshape(-1, n), x.reshape(-1, n), weight.reshape(-1), f4(eps), dx.reshape(-1, n), dw, db
    )
    return dx, dw.reshape(weight.shape), db.reshape(weight.shape)
