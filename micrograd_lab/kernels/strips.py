"""Convolution by windows of 3 × 3, without columns: strips of numbers, along which a window slides.

Images are laid into a strip, row after row, with zeros between.  In it the nine entries that a window
sees stand at nine fixed distances from each other, so one long loop, in vector registers, slides the
window over all rows.  A margin serves the row that ends there and the one that begins; what the loop
finds at the seams is thrown away.
"""

from typing import Any

import numba
import numpy as np
from numba import prange
from numba.extending import intrinsic

from micrograd_lab.kernels.jit import compiled, inlined
from micrograd_lab.kernels.maths import f4
from micrograd_lab.kernels.pool import blocks
from micrograd_lab.ops.windows import Pads, Sizes

TILE = 512  # entries of a strip that are done together: then they are still in the fastest cache


@intrinsic  # type: ignore[untyped-decorator]
def wide_registers(context: Any) -> Any:
    """Use registers of 16 numbers where there are any; the compiler by itself prefers those of 8."""

    def generate(target: Any, builder: Any, signature: Any, args: Any) -> Any:
        # set.add, as llvmlite knows only the attributes that are single words
        set.add(builder.function.attributes, '"prefer-vector-width"="512"')
        return target.get_dummy_value()

    return numba.void(), generate


@inlined
def copied(source: Any, to: Any) -> None:
    """A short row.  Eight are read before one is written: the compiler makes one instruction of that."""
    whole = to.size // 8 * 8
    for j in range(0, whole, 8):
        a, b, c, d = source[j], source[j + 1], source[j + 2], source[j + 3]
        e, f, g, h = source[j + 4], source[j + 5], source[j + 6], source[j + 7]
        to[j], to[j + 1], to[j + 2], to[j + 3] = a, b, c, d
        to[j + 4], to[j + 5], to[j + 6], to[j + 7] = e, f, g, h
    for j in range(whole, to.size):
        to[j] = source[j]


@compiled
def strip_kernel(x: Any, start: int, wide: int, tall: int, strip: Any) -> None:
    """(N, C, H, W) -> (C, length): rows `wide` apart, images `tall` rows, and zeros between."""
    for n in prange(x.shape[0]):
        for c in range(x.shape[1]):
            image = strip[c, n * tall * wide : (n + 1) * tall * wide]
            for j in range(image.size):
                image[j] = f4(0)
            for i in range(x.shape[2]):
                row = x[n, c, i]
                at = start + i * wide
                copied(row, image[at : at + row.size])


@inlined
def entries(w: Any) -> Any:
    return (w[0, 0], w[0, 1], w[0, 2], w[1, 0], w[1, 1], w[1, 2], w[2, 0], w[2, 1], w[2, 2])


@inlined
def seen(w: Any, top: Any, middle: Any, bottom: Any, j: Any) -> Any:
    """What the window at j sees, weighed."""
    return (
        w[0] * top[j] + w[1] * top[j + 1] + w[2] * top[j + 2]
        + w[3] * middle[j] + w[4] * middle[j + 1] + w[5] * middle[j + 2]
        + w[6] * bottom[j] + w[7] * bottom[j + 1] + w[8] * bottom[j + 2]
    )  # fmt: skip


@inlined
def cut(sums: Any, first: int, lines: int, wide: int, tall: int, k: int, y: Any) -> None:
    """The rows of a tile, which begins with row `first` of the strip, without what lies between."""
    n, row = first // tall, first % tall
    for line in range(min(lines, y.shape[0] * tall - first)):
        if row < y.shape[2]:
            to, source = y[n, k, row], sums[line * wide :]
            copied(source, to)
        row += 1
        if row == tall:
            n, row = n + 1, 0


@compiled
def conv_kernel(strip: Any, w: Any, bias: Any, wide: int, tall: int, y: Any) -> None:
    """Three output channels at a time: what is loaded serves all, and their weights fit in registers."""
    lines = TILE // wide
    for tile in prange((y.shape[0] * tall + lines - 1) // lines):
        wide_registers()
        sums = np.empty(3 * TILE, np.float32)
        first = tile * lines
        at = first * wide
        for k in range(0, w.shape[0], 3):
            sums[:TILE], sums[TILE : 2 * TILE], sums[2 * TILE :] = bias[k], bias[k + 1], bias[k + 2]
            for c in range(w.shape[1]):
                w0, w1, w2 = entries(w[k, c]), entries(w[k + 1, c]), entries(w[k + 2, c])
                top = strip[c, at : at + TILE + 2]
                middle = strip[c, at + wide : at + wide + TILE + 2]
                bottom = strip[c, at + 2 * wide : at + 2 * wide + TILE + 2]
                for j in range(TILE):
                    s0, s1 = seen(w0, top, middle, bottom, j), seen(w1, top, middle, bottom, j)
                    s2 = seen(w2, top, middle, bottom, j)
                    sums[j] += s0
                    sums[j + TILE] += s1
                    sums[j + 2 * TILE] += s2
            for i in range(min(3, y.shape[1] - k)):
                cut(sums[i * TILE :], first, lines, wide, tall, k + i, y)


@inlined
def added(w: Any, a: Any, b: Any, c: Any, d: Any, e: Any, f: Any, g: Any, h: Any, i: Any) -> None:
    w[0] += a
    w[1] += b
    w[2] += c
    w[3] += d
    w[4] += e
    w[5] += f
    w[6] += g
    w[7] += h
    w[8] += i


@compiled
def weight_kernel(strip: Any, upstream: Any, wide: int, length: int, ws: Any) -> None:
    """Each entry of a weight's gradient is a product of two strips, one of them shifted; 18 at a time.

    ws has a gradient for each block of tiles; their sum is that of the weight.
    """
    blocks, tiles = ws.shape[0], (length + 2 * TILE - 1) // (2 * TILE)
    for block in prange(blocks):
        w = ws[block]
        for tile in range(tiles * block // blocks, tiles * (block + 1) // blocks):
            at = tile * 2 * TILE
            size = min(2 * TILE, length - at)
            for c in range(strip.shape[0]):
                top = strip[c, at : at + size + 2]
                middle = strip[c, at + wide : at + wide + size + 2]
                bottom = strip[c, at + 2 * wide : at + 2 * wide + size + 2]
                for k in range(0, upstream.shape[0], 2):
                    g, h = upstream[k, at : at + size], upstream[k + 1, at : at + size]
                    a0 = a1 = a2 = a3 = a4 = a5 = a6 = a7 = a8 = f4(0)
                    b0 = b1 = b2 = b3 = b4 = b5 = b6 = b7 = b8 = f4(0)
                    for j in range(size):
                        a0, b0 = a0 + g[j] * top[j], b0 + h[j] * top[j]
                        a1, b1 = a1 + g[j] * top[j + 1], b1 + h[j] * top[j + 1]
                        a2, b2 = a2 + g[j] * top[j + 2], b2 + h[j] * top[j + 2]
                        a3, b3 = a3 + g[j] * middle[j], b3 + h[j] * middle[j]
                        a4, b4 = a4 + g[j] * middle[j + 1], b4 + h[j] * middle[j + 1]
                        a5, b5 = a5 + g[j] * middle[j + 2], b5 + h[j] * middle[j + 2]
                        a6, b6 = a6 + g[j] * bottom[j], b6 + h[j] * bottom[j]
                        a7, b7 = a7 + g[j] * bottom[j + 1], b7 + h[j] * bottom[j + 1]
                        a8, b8 = a8 + g[j] * bottom[j + 2], b8 + h[j] * bottom[j + 2]
                    added(w[k, c], a0, a1, a2, a3, a4, a5, a6, a7, a8)
                    added(w[k + 1, c], b0, b1, b2, b3, b4, b5, b6, b7, b8)


# --- as kernels.convolution calls them ---------------------------------------------------------------


def takes(kernel: Sizes, stride: Sizes, padding: Pads, dilation: Sizes, width: int) -> bool:
    """Whether windows are such as these kernels know."""
    known = tuple(kernel) == (3, 3) and set(stride) == set(dilation) == {1}
    return known and all(max(pad) <= 2 for pad in padding) and width + 2 <= TILE


def _steps(size: Sizes, padding: Pads) -> tuple[int, int]:
    """(wide, tall): from row to row, and from image to image, in a strip for this padding."""
    tall, wide = (n + max(pad) for n, pad in zip(size, padding, strict=True))
    return wide, tall


def _strip(x: Any, start: int, wide: int, tall: int, channels: int) -> Any:
    """The images as strips; as many zeros behind them as a window at the end may see, and a tile."""
    images = len(x) * tall * wide
    strip = np.empty((channels, images + 2 * wide + 2 + TILE), x.dtype)
    strip[:, images:] = 0
    strip[x.shape[1] :] = 0
    strip_kernel(x, start, wide, tall, strip)
    return strip


def conv(x: Any, w: Any, bias: Any, padding: Pads) -> Any:
    (top, bottom), (left, right) = padding
    wide, tall = _steps(x.shape[2:], padding)
    k, c, height, width = len(w), w.shape[1], x.shape[2], x.shape[3]
    threes = np.zeros((k + -k % 3, c, 3, 3), x.dtype)
    threes[:k] = w
    more = np.zeros(len(threes), x.dtype)
    if bias is not None:
        more[:k] = bias
    y = np.empty((len(x), k, height + top + bottom - 2, width + left + right - 2), x.dtype)
    conv_kernel(_strip(x, top * wide + left, wide, tall, c), threes, more, wide, tall, y)
    return y


def conv_input(y: Any, w: Any, padding: Pads) -> Any:
    """The transpose: a convolution again, with channels exchanged and the windows turned around."""
    if not np.isfinite(w).all():  # here 0 · inf would be added at the border
        return None
    turned = np.ascontiguousarray(w.transpose(1, 0, 2, 3)[..., ::-1, ::-1])
    around = tuple((2 - before, 2 - after) for before, after in padding)
    return conv(y, turned, None, around)


def conv_weight(y: Any, x: Any, padding: Pads) -> Any:
    wide, tall = _steps(x.shape[2:], padding)
    (top, _), (left, _) = padding
    k, c = y.shape[1], x.shape[1]
    strip = _strip(x, top * wide + left, wide, tall, c)
    upstream = _strip(y, 0, wide, tall, k + k % 2)
    ws = np.zeros((blocks(x), len(upstream), c, 9), x.dtype)
    weight_kernel(strip, upstream, wide, len(x) * tall * wide, ws)
    w = np.add.reduce(ws)[:k].reshape(k, c, 3, 3)
    return w if np.isfinite(w).all() else None  # 0 · inf at a seam?  NumPy knows
