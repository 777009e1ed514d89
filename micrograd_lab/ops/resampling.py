"""Pictures and signals at another size: along each axis, every output is a weighted sum of inputs.

So a method (nearest, linear, cubic, area) is a small matrix per axis, and interpolating is applying
it; its gradient applies the transpose.
"""

import math
from typing import Any

import numpy as np

from micrograd_lab.errors import ShapeError, UndefinedError
from micrograd_lab.ops import shapes
from micrograd_lab.ops.op import Array, Op, linear


def _mix(x: Array, matrix: Array, dim: int) -> Any:
    if dim == x.ndim - 1:
        return x @ matrix.T
    return np.ascontiguousarray(np.moveaxis(matrix @ np.moveaxis(x, dim, -2), -2, dim))


mix: Op = linear("mix", _mix, lambda g, x, matrix, dim: mix(g, matrix=matrix.T, dim=dim))


def _sum_stretches(g: Array, index: Array, dim: int, count: int) -> Any:
    """Each of the count places gets the sum of the stretch of g whose (ascending) index names it."""
    first = np.flatnonzero(np.r_[True, index[1:] != index[:-1]])
    sums = np.add.reduceat(g, first, axis=dim)
    if first.size == count:
        return sums
    y = np.zeros((*g.shape[:dim], count, *g.shape[dim + 1 :]), g.dtype)
    y[(slice(None),) * dim + (index[first],)] = sums
    return y


# fmt: off
pick_along: Op    = linear("pick_along", lambda x, index, dim, count: x.take(index, dim),
    lambda g, x, index, dim, count: sum_stretches(g, index=index, dim=dim, count=count))
sum_stretches: Op = linear("sum_stretches", _sum_stretches,
    lambda g, x, index, dim, count: pick_along(g, index=index, dim=dim, count=count))
# fmt: on


def interpolate(
    input: Any,
    size: Any = None,
    scale_factor: Any = None,
    mode: str = "nearest",
    align_corners: bool | None = None,
    recompute_scale_factor: bool | None = None,
    antialias: bool = False,
) -> Any:
    """Resize the spatial axes to `size`, or by scale_factor.  (N, C, L...) -> (N, C, L'...)

    mode: nearest, nearest-exact, area, linear (L), bilinear (H, W), trilinear (D, H, W), bicubic
    (H, W).  align_corners: corner pixels keep their places, instead of the picture's edges.
    antialias: average what falls into one pixel when bilinear or bicubic make a picture smaller.
    """
    spatial = input.ndim - 2
    _check_mode(mode, spatial, align_corners, antialias)
    sizes, scales = _sizes(input.shape[2:], size, scale_factor, recompute_scale_factor)
    for k in range(spatial):
        before, after, dim = input.shape[2 + k], sizes[k], 2 + k
        if before < 1 or after < 1:
            raise ShapeError(f"interpolate: sizes must be positive, found {before} to {after}.")
        if mode.startswith("nearest"):
            if before != after or scales[k] is not None:
                index = _nearest(before, after, scales[k], 0.5 if mode == "nearest-exact" else 0)
                input = pick_along(input, index=index, dim=dim, count=before)
            continue
        if mode == "area":
            matrix = _area(before, after)
        elif antialias:
            matrix = _antialiased(before, after, scales[k], bool(align_corners), mode == "bicubic")
        else:
            matrix = _taps(before, after, scales[k], bool(align_corners), mode == "bicubic")
        input = mix(input, matrix=matrix.astype(input.dtype), dim=dim)
    return input


upsample = interpolate


# --- one axis of each method ----------------------------------------------------------------


def _nearest(before: int, after: int, scale: float | None, offset: float) -> Array:
    step = np.float32(1 / scale if scale else np.float32(before) / np.float32(after))
    places = (np.arange(after, dtype=np.float32) + np.float32(offset)) * step
    index: Array = np.minimum(np.floor(places).astype(np.int64), before - 1)
    return index


def _step(before: int, after: int, scale: float | None, align_corners: bool) -> float:
    """How far apart in the input two neighbours of the output lie."""
    if align_corners:
        return (before - 1) / (after - 1) if after > 1 else 0.0
    return 1 / scale if scale else before / after


def near(d: Any, a: float) -> Any:
    """Keys' cubic kernel at a distance d up to 1."""
    return ((a + 2) * d - (a + 3)) * d * d + 1


def far(d: Any, a: float) -> Any:
    """Keys' cubic kernel at a distance d from 1 to 2."""
    return ((d - 5) * d + 8) * d * a - 4 * a


def _cubic(d: Array, a: float) -> Any:
    d = np.abs(d)
    return np.where(d <= 1, near(d, a), np.where(d < 2, far(d, a), 0.0))


def _taps(before: int, after: int, scale: float | None, corners: bool, cubic: bool) -> Array:
    """Each output from its two (or, cubic, four) nearest inputs; the edge repeats itself."""
    step = _step(before, after, scale, corners)
    places = np.arange(after) * step if corners else (np.arange(after) + 0.5) * step - 0.5
    if not cubic:
        places = np.clip(places, 0, before - 1)
    first = np.floor(places).astype(np.int64)
    matrix = np.zeros((after, before))
    for tap in (-1, 0, 1, 2) if cubic else (0, 1):
        d = places - (first + tap)
        share = _cubic(d, -0.75) if cubic else 1 - np.abs(d)
        np.add.at(matrix, (np.arange(after), np.clip(first + tap, 0, before - 1)), share)
    return matrix


def _area(before: int, after: int) -> Array:
    """Each output the average of the inputs that it overlaps."""
    i = np.arange(after)
    start, end = i * before // after, -(-(i + 1) * before // after)
    column = np.arange(before)
    inside = (column >= start[:, None]) & (column < end[:, None])
    return inside / (end - start)[:, None]


def _antialiased(before: int, after: int, scale: float | None, corners: bool, cubic: bool) -> Array:
    """The kernel stretched to the output's pixel, where that is larger than the input's."""
    step = _step(before, after, scale, corners)
    width = max(step, 1.0)
    reach = (2 if cubic else 1) * width
    centre = (step * (np.arange(after) + 0.5))[:, None]
    column = np.arange(before)
    first = np.maximum((centre - reach + 0.5).astype(np.int64), 0)
    last = np.minimum((centre + reach + 0.5).astype(np.int64), before)
    d = (column + 0.5 - centre) / width
    share = _cubic(d, -0.5) if cubic else np.maximum(1 - np.abs(d), 0)
    matrix: Array = np.where((column >= first) & (column < last), share, 0.0)
    matrix /= matrix.sum(axis=1, keepdims=True)
    return matrix


# --- arguments ------------------------------------------------------------------------------


def _check_mode(mode: str, spatial: int, align_corners: bool | None, antialias: bool) -> None:
    names = {1: ("linear",), 2: ("bilinear", "bicubic"), 3: ("trilinear",)}
    plain = ("nearest", "nearest-exact", "area")
    if spatial not in names:
        raise ShapeError(
            f"interpolate: needs (N, C, L), (N, C, H, W) or (N, C, D, H, W); found {spatial + 2} axes."
        )
    if mode not in plain and mode not in names[spatial]:
        raise UndefinedError(
            f"interpolate: mode={mode!r} with {spatial} spatial axes; there are "
            f"{', '.join(plain + names[spatial])}."
        )
    if align_corners is not None and mode in plain:
        raise UndefinedError(f"interpolate: align_corners has no meaning for mode={mode!r}.")
    if antialias and mode not in ("bilinear", "bicubic"):
        raise UndefinedError("interpolate: antialias is for bilinear and bicubic.")


def _sizes(
    shape: tuple[int, ...], size: Any, scale_factor: Any, recompute: bool | None
) -> tuple[list[int], list[float | None]]:
    """The sizes asked for, and the scales where they (not the sizes) place the pixels."""
    if (size is None) == (scale_factor is None):
        raise UndefinedError("interpolate: give size or scale_factor, one of them.")
    asked = scale_factor if size is None else size
    many = [*asked] if isinstance(asked, (tuple, list)) else [asked] * len(shape)
    if len(many) != len(shape):
        raise ShapeError(
            f"interpolate: {asked} has {len(many)} entries for {len(shape)} spatial axes."
        )
    if size is not None:
        if recompute:
            raise UndefinedError("interpolate: recompute_scale_factor needs scale_factor.")
        return [int(n) for n in many], [None] * len(shape)
    sizes = [math.floor(n * s) for n, s in zip(shape, many, strict=True)]
    return sizes, [None if recompute else float(s) for s in many]


def pixel_shuffle(input: Any, upscale_factor: int) -> Any:
    """Channels become pixels.  (..., C·r², H, W) -> (..., C, H·r, W·r)"""
    r = upscale_factor
    if input.ndim < 3 or r < 1 or input.shape[-3] % (r * r):
        raise ShapeError(
            f"pixel_shuffle: {tuple(input.shape)} by {r}: axis -3 must be a multiple of {r * r}."
        )
    *lead, c, h, w = input.shape
    n = len(lead)
    parts = shapes.reshape(input, (*lead, c // (r * r), r, r, h, w))
    order = (*range(n), n, n + 3, n + 1, n + 4, n + 2)
    return shapes.reshape(shapes.permute(parts, order), (*lead, c // (r * r), h * r, w * r))


def pixel_unshuffle(input: Any, downscale_factor: int) -> Any:
    """Pixels become channels.  (..., C, H·r, W·r) -> (..., C·r², H, W)"""
    r = downscale_factor
    if input.ndim < 3 or r < 1 or input.shape[-2] % r or input.shape[-1] % r:
        raise ShapeError(
            f"pixel_unshuffle: {tuple(input.shape)} by {r}: height and width must be multiples of {r}."
        )
    *lead, c, h, w = input.shape
    n = len(lead)
    parts = shapes.reshape(input, (*lead, c, h // r, r, w // r, r))
    order = (*range(n), n, n + 2, n + 4, n + 1, n + 3)
    return shapes.reshape(shapes.permute(parts, order), (*lead, c * r * r, h // r, w // r))


def channel_shuffle(input: Any, groups: int) -> Any:
    """The channels of `groups` groups, dealt out in turn.  (N, C, ...) -> (N, C, ...)"""
    if input.ndim < 3 or groups < 1 or input.shape[1] % groups:
        raise ShapeError(f"channel_shuffle: {tuple(input.shape)} in {groups} groups.")
    n, c, *rest = input.shape
    parts = shapes.reshape(input, (n, groups, c // groups, *rest))
    return shapes.reshape(shapes.transpose(parts, 1, 2), (n, c, *rest))


def upsample_nearest(input: Any, size: Any = None, scale_factor: Any = None) -> Any:
    """interpolate(mode="nearest"), under its older name."""
    return interpolate(input, size, scale_factor, "nearest")


def upsample_bilinear(input: Any, size: Any = None, scale_factor: Any = None) -> Any:
    """interpolate(mode="bilinear", align_corners=True), under its older name."""
    return interpolate(input, size, scale_factor, "bilinear", True)


FUNCTIONS: tuple[str, ...] = ("channel_shuffle", "pixel_shuffle", "pixel_unshuffle")
METHODS: tuple[str, ...] = ()
IN_PLACE: tuple[str, ...] = ()
