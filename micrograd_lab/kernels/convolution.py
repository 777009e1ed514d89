"""Convolution by columns: what each window sees becomes a column of a matrix, and BLAS does the rest."""

from typing import Any

import numpy as np

from micrograd_lab.kernels import strips
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
def columns_kernel(x: Any, sh: int, sw: int, ph: int, pw: int, dh: int, dw: int,
                   out: Any) -> None:  # fmt: skip
    """(C, H, W) -> (C, kh, kw, rows, cols): the plane of each channel, shifted to each place."""
    rows, cols = out.shape[3], out.shape[4]
    for c in range(x.shape[0]):
        plane = x[c]
        for a in range(out.shape[1]):
            top, bottom = seen(a * dh - ph, sh, plane.shape[0], rows)
            for b in range(out.shape[2]):
                left, right = seen(b * dw - pw, sw, plane.shape[1], cols)
                to = out[c, a, b]
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
def laid_back_kernel(shifted: Any, sh: int, sw: int, ph: int, pw: int, dh: int, dw: int,
                     x: Any) -> None:  # fmt: skip
    """The transpose: (C, kh, kw, rows, cols) is added to (C, H, W)."""
    rows, cols = shifted.shape[3], shifted.shape[4]
    for c in range(x.shape[0]):
        plane = x[c]
        for a in range(shifted.shape[1]):
            top, bottom = seen(a * dh - ph, sh, plane.shape[0], rows)
            for b in range(shifted.shape[2]):
                left, right = seen(b * dw - pw, sw, plane.shape[1], cols)
                source = shifted[c, a, b]
                for i in range(top, bottom):
                    more = source[i, left:right]
                    to = plane[i * sh + a * dh - ph, left * sw + b * dw - pw :]
                    if sw == 1:
                        for j in range(more.size):
                            to[j] += more[j]
                    else:
                        for j in range(more.size):
                            to[j * sw] += more[j]


# --- as the ops call them ---------------------------------------------------------------------------


# A convolution goes example by example, so that its columns are still in the cache when they are
# multiplied: those of a whole batch would be read from memory, at half the speed.


def _scratch(w_shape: Any, count: Any, dtype: Any) -> tuple[Any, Any]:
    """Room for the columns of one example: (C, kh, kw, rows, cols), and the same as a matrix."""
    cols = np.empty((*w_shape[1:], *count), dtype)
    return cols, cols.reshape(-1, count[0] * count[1])


def _how(stride: Sizes, padding: Pads, dilation: Sizes) -> tuple[int, ...]:
    return (*stride, *(before for before, _ in padding), *dilation)


def conv(
    x: Any, w: Any, bias: Any = None, *, stride: Any, padding: Any, dilation: Any, groups: int
) -> Any:
    if x.ndim != 4 or groups != 1:
        return None
    if strips.takes(w.shape[2:], stride, padding, dilation, x.shape[3]):
        return strips.conv(x, w, bias, padding)
    count = tuple(
        (n + sum(p) - (k - 1) * d - 1) // s + 1
        for n, k, s, p, d in zip(x.shape[2:], w.shape[2:], stride, padding, dilation, strict=True)
    )
    cols, matrix = _scratch(w.shape, count, x.dtype)
    weight, how = w.reshape(len(w), -1), _how(stride, padding, dilation)
    y = np.empty((len(x), len(w), count[0] * count[1]), x.dtype)
    for image, out in zip(x, y, strict=True):
        columns_kernel(image, *how, cols)
        np.dot(weight, matrix, out)
    if bias is not None:
        y += bias[:, None]
    return y.reshape(len(x), len(w), *count)


def conv_weight(
    y: Any, x: Any, kernel: Any, stride: Any, padding: Any, dilation: Any, groups: int
) -> Any:
    if x.ndim != 4 or groups != 1 or not x.flags.c_contiguous or x.dtype != y.dtype:
        return None
    if strips.takes(kernel, stride, padding, dilation, x.shape[3]):
        return strips.conv_weight(y, x, padding)
    shape = (y.shape[1], x.shape[1], *kernel)
    cols, matrix = _scratch(shape, y.shape[2:], x.dtype)
    how = _how(stride, padding, dilation)
    w, more = np.zeros((2, len(matrix), shape[0]), x.dtype)
    for image, out in zip(x, y.reshape(*y.shape[:2], -1), strict=True):
        columns_kernel(image, *how, cols)
        w += np.dot(matrix, out.T, more)
    return np.ascontiguousarray(w.T).reshape(shape)


def conv_input(
    y: Any, w: Any, size: Any, stride: Any, padding: Any, dilation: Any, groups: int
) -> Any:
    if y.ndim != 4 or groups != 1:
        return None
    if strips.takes(w.shape[2:], stride, padding, dilation, size[1]):
        return strips.conv_input(y, w, padding)
    shifted, matrix = _scratch(w.shape, y.shape[2:], y.dtype)
    weight, how = w.reshape(len(w), -1).T, _how(stride, padding, dilation)
    x = np.zeros((len(y), w.shape[1], *size), y.dtype)
    for image, out in zip(x, y.reshape(*y.shape[:2], -1), strict=True):
        np.dot(weight, out, matrix)
        laid_back_kernel(shifted, *how, image)
    return x
