"""Windows over images: the columns of a convolution, its transpose, and the largest of each window."""

from typing import Any

import numpy as np

from micrograd_lab.kernels.jit import compiled, inlined
from micrograd_lab.kernels.maths import f4
from micrograd_lab.ops.windows import Pads, Sizes


@inlined
def seen(offset: Any, stride: Any, size: Any, count: Any) -> Any:
    """Of windows 0 to count - 1, those whose entry at `offset` lies inside: from, and to (without it)."""
    first = 0 if offset >= 0 else (-offset + stride - 1) // stride
    last = (size - offset + stride - 1) // stride if offset < size else 0
    return min(first, count), max(min(last, count), min(first, count))


@compiled
def columns_kernel(x: Any, kh: int, kw: int, sh: int, sw: int, ph: int, pw: int, dh: int, dw: int,
                   out: Any) -> None:  # fmt: skip
    """(N, C, H, W) -> (N, C, kh, kw, rows, cols)"""
    rows, cols = out.shape[4], out.shape[5]
    for n in range(x.shape[0]):
        for c in range(x.shape[1]):
            plane = x[n, c]
            for a in range(kh):
                top, bottom = seen(a * dh - ph, sh, plane.shape[0], rows)
                for b in range(kw):
                    left, right = seen(b * dw - pw, sw, plane.shape[1], cols)
                    to = out[n, c, a, b]
                    for i in range(rows):
                        line = to[i]
                        if i < top or i >= bottom:
                            for j in range(line.size):
                                line[j] = f4(0)
                            continue
                        for j in range(left):
                            line[j] = f4(0)
                        for j in range(right, cols):
                            line[j] = f4(0)
                        source = plane[i * sh + a * dh - ph, left * sw + b * dw - pw :]
                        part = line[left:right]
                        if sw == 1:
                            for j in range(part.size):
                                part[j] = source[j]
                        else:
                            for j in range(part.size):
                                part[j] = source[j * sw]


@compiled
def laid_back_kernel(cols6: Any, sh: int, sw: int, ph: int, pw: int, dh: int, dw: int,
                     x: Any) -> None:  # fmt: skip
    """The transpose: (N, C, kh, kw, rows, cols) is added to (N, C, H, W)."""
    rows, cols = cols6.shape[4], cols6.shape[5]
    for n in range(x.shape[0]):
        for c in range(x.shape[1]):
            plane = x[n, c]
            for a in range(cols6.shape[2]):
                top, bottom = seen(a * dh - ph, sh, plane.shape[0], rows)
                for b in range(cols6.shape[3]):
                    left, right = seen(b * dw - pw, sw, plane.shape[1], cols)
                    source = cols6[n, c, a, b]
                    for i in range(top, bottom):
                        line, to = source[i], plane[i * sh + a * dh - ph]
                        if sw == 1:
                            part = to[left + b * dw - pw : right + b * dw - pw]
                            more = line[left:right]
                            for j in range(part.size):
                                part[j] += more[j]
                        else:
                            for j in range(left, right):
                                to[j * sw + b * dw - pw] += line[j]


@compiled
def largest_kernel(x: Any, kh: int, kw: int, sh: int, sw: int, ph: int, pw: int, dh: int, dw: int,
                   out: Any) -> bool:  # fmt: skip
    """For each window the number of its largest entry, the first of equals, a nan before all.

    False if a window sees padding alone.
    """
    rows, cols, width = out.shape[1], out.shape[2], x.shape[2]
    best = np.empty(cols, np.float32)
    place = np.empty(cols, np.int32)
    for n in range(x.shape[0]):
        for i in range(rows):
            for j in range(best.size):
                best[j], place[j] = f4(0), -1
            for a in range(kh):
                r = i * sh + a * dh - ph
                if r < 0 or r >= x.shape[1]:
                    continue
                line = x[n, r]
                for b in range(kw):
                    left, right = seen(b * dw - pw, sw, width, cols)
                    start = left * sw + b * dw - pw
                    source, best_part, place_part = (
                        line[start:],
                        best[left:right],
                        place[left:right],
                    )
                    first = r * width + start
                    for j in range(best_part.size):
                        value, old = source[j * sw], best_part[j]
                        better = (place_part[j] < 0) | (value > old)
                        better |= (value != value) & (old == old)
                        best_part[j] = value if better else old
                        place_part[j] = first + j * sw if better else place_part[j]
            for j in range(place.size):
                out[n, i, j] = place[j]
                if place[j] < 0:
                    return False
    return True


@compiled
def gather_kernel(x: Any, index: Any, y: Any) -> None:
    for i in range(index.shape[0]):
        source, where, to = x[i], index[i], y[i]
        for j in range(where.size):
            to[j] = source[where[j]]


@compiled
def scatter_kernel(g: Any, index: Any, dx: Any) -> None:
    for i in range(index.shape[0]):
        source, where, to = g[i], index[i], dx[i]
        for j in range(where.size):
            to[where[j]] += source[j]


# --- as the ops call them ---------------------------------------------------------------------------


def _columns(
    x: Any, kernel: Sizes, stride: Sizes, padding: Pads, dilation: Sizes, count: Sizes
) -> Any:
    """(N, C · kh · kw, rows · cols)"""
    (kh, kw), ((ph, _), (pw, _)) = kernel, padding
    out = np.empty((*x.shape[:2], kh, kw, *count), x.dtype)
    columns_kernel(x, kh, kw, *stride, ph, pw, *dilation, out)
    return out.reshape(len(x), x.shape[1] * kh * kw, count[0] * count[1])


def _windows(size: Any, kernel: Any, stride: Any, padding: Any, dilation: Any) -> tuple[int, ...]:
    return tuple(
        (n + sum(p) - (k - 1) * d - 1) // s + 1
        for n, k, s, p, d in zip(size, kernel, stride, padding, dilation, strict=True)
    )


def conv(x: Any, w: Any, stride: Any, padding: Any, dilation: Any, groups: int) -> Any:
    if x.ndim != 4 or groups != 1:
        return None
    count = _windows(x.shape[2:], w.shape[2:], stride, padding, dilation)
    cols = _columns(x, w.shape[2:], stride, padding, dilation, count)
    return np.matmul(w.reshape(len(w), -1), cols).reshape(len(x), len(w), *count)


def conv_weight(
    y: Any, x: Any, kernel: Any, stride: Any, padding: Any, dilation: Any, groups: int
) -> Any:
    if x.ndim != 4 or groups != 1 or not x.flags.c_contiguous or x.dtype != y.dtype:
        return None
    cols = _columns(x, kernel, stride, padding, dilation, y.shape[2:])
    w = np.zeros((y.shape[1], cols.shape[1]), x.dtype)
    for rows, columns in zip(y.reshape(*y.shape[:2], -1), cols, strict=True):
        w += np.dot(rows, columns.T)
    return w.reshape(y.shape[1], x.shape[1], *kernel)


def conv_input(
    y: Any, w: Any, size: Any, stride: Any, padding: Any, dilation: Any, groups: int
) -> Any:
    if y.ndim != 4 or groups != 1:
        return None
    kernel, n, channels = w.shape[2:], len(y), w.shape[1]
    cols = np.matmul(w.reshape(len(w), -1).T, y.reshape(n, y.shape[1], -1))
    x = np.zeros((n, channels, *size), y.dtype)
    (ph, _), (pw, _) = padding
    cols = cols.reshape(n, channels, *kernel, *y.shape[2:])
    laid_back_kernel(cols, *stride, ph, pw, *dilation, x)
    return x


def largest(x: Any, kernel: Any, stride: Any, padding: Any, dilation: Any, count: Any) -> Any:
    if len(kernel) != 2:
        return None
    out = np.empty((*x.shape[:-2], *count), np.int64)
    (ph, _), (pw, _) = padding
    planes, chosen = x.reshape(-1, *x.shape[-2:]), out.reshape(-1, *count)
    return out if largest_kernel(planes, *kernel, *stride, ph, pw, *dilation, chosen) else None


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
