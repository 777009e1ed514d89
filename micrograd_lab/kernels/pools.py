"""Pooling: which entry of a window is the largest; entries looked up by number, or put back; rows summed."""

from typing import Any

import numpy as np
from numba import prange

from micrograd_lab.kernels.jit import compiled, inlined
from micrograd_lab.kernels.maths import f4
from micrograd_lab.kernels.pool import blocks


@inlined
def beats(value: Any, best: Any) -> Any:
    """Without a branch, whose outcome nobody could predict: three times as fast."""
    return (value > best) | ((value != value) & (best == best))


@compiled
def largest_kernel(x: Any, kh: int, kw: int, sh: int, sw: int, ph: int, pw: int, dh: int, dw: int,
                   out: Any) -> None:  # fmt: skip
    """For each window the number of its largest entry, the first of equals, a nan before all.

    -1 if a window sees padding alone.
    """
    height, width = x.shape[1], x.shape[2]
    for n in prange(x.shape[0]):
        plane = x[n]
        for i in range(out.shape[1]):
            to = out[n, i]
            for j in range(to.size):
                best, where = f4(0), -1
                for a in range(kh):
                    r = i * sh + a * dh - ph
                    if r < 0 or r >= height:
                        continue
                    line = plane[r]
                    for b in range(kw):
                        s = j * sw + b * dw - pw
                        if s < 0 or s >= width:
                            continue
                        value = line[s]
                        better = (where < 0) | beats(value, best)
                        best = value if better else best
                        where = r * width + s if better else where
                to[j] = where


@compiled
def largest_of_four_kernel(x: Any, out: Any) -> None:
    """The same for what nearly everybody uses, windows of 2 × 2 side by side: four times as fast."""
    width = x.shape[2]
    for n in prange(x.shape[0]):
        for i in range(out.shape[1]):
            top, bottom, to = x[n, 2 * i], x[n, 2 * i + 1], out[n, i]
            for j in range(to.size):
                a, b, c, d = top[2 * j], top[2 * j + 1], bottom[2 * j], bottom[2 * j + 1]
                right, right_below = beats(b, a), beats(d, c)
                above, below = b if right else a, d if right_below else c
                place = width + right_below if beats(below, above) else 0 + right
                to[j] = 2 * i * width + 2 * j + place


@compiled
def gather_kernel(x: Any, index: Any, y: Any) -> None:
    for i in prange(index.shape[0]):
        source, where, to = x[i], index[i], y[i]
        for j in range(where.size):
            to[j] = source[where[j]]


@compiled
def scatter_kernel(g: Any, index: Any, dx: Any) -> None:
    for i in prange(index.shape[0]):
        source, where, to = g[i], index[i], dx[i]
        for j in range(where.size):
            to[where[j]] += source[j]


@compiled
def sum_rows_kernel(x: Any, index: Any, pieces: int, y: Any) -> None:
    """Each row of x to the row of y that index names, if any; in pieces of the columns."""
    width = y.shape[1]
    for piece in prange(pieces):
        first, last = width * piece // pieces, width * (piece + 1) // pieces
        for i in range(index.size):
            if index[i] >= 0:
                source, to = x[i, first:last], y[index[i], first:last]
                for j in range(to.size):
                    to[j] += source[j]


# --- as the ops call them ---------------------------------------------------------------------------


def largest(x: Any, kernel: Any, stride: Any, padding: Any, dilation: Any, count: Any) -> Any:
    if len(kernel) != 2:
        return None
    out = np.empty((*x.shape[:-2], *count), np.int64)
    (ph, _), (pw, _) = padding
    planes, chosen = x.reshape(-1, *x.shape[-2:]), out.reshape(-1, *count)
    if kernel == stride == (2, 2) and dilation == (1, 1) and not any(map(any, padding)):
        largest_of_four_kernel(planes, chosen)
        return out
    largest_kernel(planes, *kernel, *stride, ph, pw, *dilation, chosen)
    return out if out.min(initial=0) >= 0 else None


def gather(x: Any, dim: int, index: Any) -> Any:
    if dim != x.ndim - 1 or x.shape[:-1] != index.shape[:-1] or index.dtype != np.int64:
        return None
    y = np.empty(index.shape, x.dtype)
    rows = (-1, index.shape[-1])
    gather_kernel(
        x.reshape(-1, x.shape[-1]), np.ascontiguousarray(index).reshape(rows), y.reshape(rows)
    )
    return y


def scatter_zeros(g: Any, shape: Any, dim: int, index: Any) -> Any:
    if dim != len(shape) - 1 or g.shape != index.shape or tuple(shape[:-1]) != index.shape[:-1]:
        return None
    if index.dtype != np.int64:
        return None
    dx = np.zeros(shape, g.dtype)
    rows = (-1, index.shape[-1])
    scatter_kernel(
        g.reshape(rows), np.ascontiguousarray(index).reshape(rows), dx.reshape(-1, shape[-1])
    )
    return dx


def sum_rows(x: Any, index: Any, count: int) -> Any:
    if index.dtype != np.int64 or not index.size or index.max() >= count:
        return None
    shape = x.shape[index.ndim :]
    y, width = np.zeros((count, *shape), x.dtype), x.size // index.size
    flat = np.ascontiguousarray(index).reshape(-1)
    sum_rows_kernel(x.reshape(-1, width), flat, min(blocks(x), width), y.reshape(-1, width))
    return y
