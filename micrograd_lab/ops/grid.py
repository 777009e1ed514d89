"""Pictures looked up at any place: grid_sample, and the places that an affine map gives.

Places run from -1 to 1 across the picture.  The value between pixels is a blend of the pixels
around, so it has a gradient in the pixels and, through the weights of the blend, in the places.
"""

import itertools
import math
from typing import Any

import numpy as np

from micrograd_lab.errors import DtypeError, ShapeError, UndefinedError
from micrograd_lab.ops import contractions, indexing, shapes
from micrograd_lab.ops import elementwise as ew
from micrograd_lab.ops.halves import raised
from micrograd_lab.ops.op import Array, Op, linear
from micrograd_lab.ops.plain import plain
from micrograd_lab.ops.resampling import far, near


def _pixels(x: Array, index: Array, count: int) -> Any:
    """(N, C, P) at (N, Q) -> (N, C, Q)"""
    return np.take_along_axis(x, index[:, None, :], axis=2)


def _sum_pixels(g: Array, index: Array, count: int) -> Any:
    """(N, C, Q) added up where it came from.  -> (N, C, P)"""
    n, c, _ = g.shape
    start = (np.arange(n * c) * count).reshape(n, c, 1)
    to = (start + index[:, None, :]).reshape(-1)
    return np.bincount(to, g.reshape(-1), n * c * count).reshape(n, c, count).astype(g.dtype)


# fmt: off
pixels: Op     = linear("pixels",     _pixels,     lambda g, x, index, count: sum_pixels(g, index=index, count=count))
sum_pixels: Op = linear("sum_pixels", _sum_pixels, lambda g, x, index, count: pixels(g, index=index, count=count))
# fmt: on


@raised
def grid_sample(
    input: Any,
    grid: Any,
    mode: str = "bilinear",
    padding_mode: str = "zeros",
    align_corners: bool | None = None,
) -> Any:
    """The picture at the places of grid, (x, y) from -1 to 1.  (N, C, H, W), (N, H', W', 2) ->
    (N, C, H', W'); with a depth, (N, C, D, H, W), (N, D', H', W', 3) -> (N, C, D', H', W').

    padding_mode says what lies outside: zeros, the border's pixels, or a reflection.
    align_corners: -1 and 1 are the centres of the corner pixels, not their outer edges.
    """
    d = input.ndim - 2
    if (
        d not in (2, 3)
        or grid.ndim != input.ndim
        or grid.shape[-1] != d
        or grid.shape[0] != input.shape[0]
    ):
        raise ShapeError(
            f"grid_sample: input {tuple(input.shape)} and grid {tuple(grid.shape)}; expected "
            "(N, C, H, W) with (N, H', W', 2), or (N, C, D, H, W) with (N, D', H', W', 3)."
        )
    if mode not in ("bilinear", "nearest", "bicubic") or (mode == "bicubic" and d == 3):
        raise UndefinedError(
            f"grid_sample: mode={mode!r}: bilinear, nearest, or bicubic (not in 3-D)."
        )
    if padding_mode not in ("zeros", "border", "reflection"):
        raise UndefinedError(
            f"grid_sample: padding_mode={padding_mode!r}: zeros, border or reflection."
        )
    corners = bool(align_corners)
    sizes = input.shape[2:]
    n, c = input.shape[:2]
    out_sizes = grid.shape[1:-1]
    flat = shapes.reshape(input, (n, c, math.prod(sizes)))
    grid = shapes.reshape(grid, (n, -1, d))
    places = []  # per spatial axis: where, in pixels; the grid's last axis runs the other way
    for k in range(d):
        place = indexing.getitem(grid, (slice(None), slice(None), d - 1 - k))
        size = sizes[k]
        place = (place + 1) * ((size - 1) / 2) if corners else ((place + 1) * size - 1) / 2
        if mode != "bicubic":
            place = _inside(place, size, padding_mode, corners)
        places.append(place)
    taps = {"nearest": (0,), "bilinear": (0, 1), "bicubic": (-1, 0, 1, 2)}[mode]
    total = None
    for corner in itertools.product(taps, repeat=d):
        index, known, weight = _corner(places, corner, sizes, mode, padding_mode, corners)
        value = pixels(flat, index=index, count=flat.shape[2])
        if weight is not None:
            value = value * shapes.unsqueeze(weight, 1)
        if padding_mode == "zeros":
            value = ew.where(known[:, None, :], value, 0.0)
        total = value if total is None else total + value
    return shapes.reshape(total, (n, c, *out_sizes))


def _corner(
    places: list[Any],
    corner: tuple[int, ...],
    sizes: tuple[int, ...],
    mode: str,
    padding_mode: str,
    corners: bool,
) -> tuple[Array, Array, Any]:
    """One pixel around each place: its number, whether it is in the picture, its share."""
    index: Any = 0
    known: Any = True
    weight: Any = None
    for place, tap, size in zip(places, corner, sizes, strict=True):
        here = plain(place)
        if mode == "nearest":
            pixel = np.rint(here)
        else:
            pixel = np.floor(here) + here.dtype.type(tap)
            d = place - pixel if tap <= 0 else pixel - place
            share = 1 - d if mode == "bilinear" else (near if tap in (0, 1) else far)(d, -0.75)
            weight = share if weight is None else weight * share
            if mode == "bicubic":
                pixel = _inside(pixel, size, padding_mode, corners)
        known = known & (pixel >= 0) & (pixel <= size - 1)
        index = index * size + np.nan_to_num(np.clip(pixel, 0, size - 1)).astype(np.int64)
    return index, known, weight


def _inside(place: Any, size: int, padding_mode: str, corners: bool) -> Any:
    """Places outside brought to the border, or reflected there; there is no slope at the border."""
    if padding_mode == "zeros":
        return place
    if padding_mode == "reflection":
        low, span = (0.0, size - 1) if corners else (-0.5, size)
        if span == 0:
            return place * 0
        p = plain(place) - low
        side = np.where(p < 0, -1, 1).astype(p.dtype)
        times = np.floor(np.abs(p) / span)
        turned = (times % 2 == 1).astype(p.dtype)
        turn = 1 - 2 * turned
        place = (place - low) * (turn * side) + (turned * span - turn * times * span + low)
    p = plain(place)
    return ew.where((p > 0) & (p < size - 1), place, np.clip(p, 0, size - 1))


def affine_grid(theta: Any, size: Any, align_corners: bool | None = None) -> Any:
    """Where each pixel of a picture of that size looks, for grid_sample.

    (N, 2, 3), size (N, C, H, W) -> (N, H, W, 2);  (N, 3, 4), (N, C, D, H, W) -> (N, D, H, W, 3)
    """
    n, _, *sizes = (int(k) for k in size)
    d = len(sizes)
    if d not in (2, 3) or tuple(theta.shape) != (n, d, d + 1):
        raise ShapeError(
            f"affine_grid: theta {tuple(theta.shape)} and size {tuple(size)}; expected (N, 2, 3) with "
            "(N, C, H, W), or (N, 3, 4) with (N, C, D, H, W)."
        )
    if theta.dtype.kind != "f":
        raise DtypeError(f"affine_grid: theta must be floating, found {theta.dtype}.")
    axes = []
    for count in sizes:
        line = np.linspace(-1, 1, count) if count > 1 else np.zeros(1)
        axes.append(line if align_corners else line * ((count - 1) / count))
    places = np.stack([*np.meshgrid(*axes, indexing="ij")[::-1], np.ones(sizes)], axis=-1)
    flat = places.reshape(-1, d + 1).astype(theta.dtype)
    return shapes.reshape(contractions.matmul(flat, theta.mT), (n, *sizes, d))


FUNCTIONS: tuple[str, ...] = ()
METHODS: tuple[str, ...] = ()
IN_PLACE: tuple[str, ...] = ()
