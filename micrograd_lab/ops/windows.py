"""Windows that slide over the last axes: the columns they see, and columns laid back down."""

import math
from collections.abc import Iterator
from itertools import product
from typing import Any

import numpy as np
from numpy.lib.stride_tricks import as_strided

from micrograd_lab.errors import DtypeError, ShapeError
from micrograd_lab.ops.op import Array, Op, linear, reshape

Sizes = tuple[int, ...]
Pads = tuple[tuple[int, int], ...]  # per axis: before, after


def sizes(name: str, what: str, given: Any, n: int, least: int = 0) -> Sizes:
    """One number for each of n axes; one alone counts for all of them."""
    many = tuple(given) if isinstance(given, (tuple, list)) else (given,)
    if len(many) == 1:
        many *= n
    if len(many) != n or not all(isinstance(k, (int, np.integer)) and k >= least for k in many):
        raise ShapeError(
            f"{name}: {what}={given!r}: expected a whole number of at least {least}, or {n} of them."
        )
    return tuple(int(k) for k in many)


def span(kernel: Sizes, dilation: Sizes) -> Sizes:
    """How many entries a window reaches over, from its first to its last."""
    return tuple(d * (k - 1) + 1 for k, d in zip(kernel, dilation, strict=True))


def counts(
    name: str, size: Sizes, kernel: Sizes, stride: Sizes, padding: Pads, dilation: Sizes
) -> Sizes:
    """How many windows fit along each axis.  ShapeError if none does."""
    reach = span(kernel, dilation)
    wide = tuple(n + before + after for n, (before, after) in zip(size, padding, strict=True))
    if any(n < r for n, r in zip(wide, reach, strict=True)):
        raise ShapeError(
            f"{name}: a window of size {reach} does not fit into an input of size {wide} (with its "
            "padding). Use a smaller kernel or dilation, or more padding."
        )
    return tuple((n - r) // s + 1 for n, r, s in zip(wide, reach, stride, strict=True))


def batched(name: str, x: Any, n: int) -> tuple[Any, bool]:
    """x as (N, C, ...n axes), and whether the batch axis had to be added."""
    if len(x.shape) == n + 2:
        return x, False
    if len(x.shape) != n + 1:
        axes = "L" if n == 1 else "H, W" if n == 2 else "D, H, W"
        raise ShapeError(
            f"{name}: expected (N, C, {axes}) or (C, {axes}), found shape {tuple(x.shape)}."
        )
    return reshape(x, shape=(1, *x.shape)), True


def need_float(name: str, x: Any) -> None:
    if x.dtype.kind != "f":
        raise DtypeError(f"{name} of {x.dtype}: it works on floating numbers. Convert: x.float().")


# --- kernels on arrays -----------------------------------------------------------------------


def padded(x: Array, padding: Pads, value: float = 0) -> Array:
    """x with `value` around its last axes."""
    if not any(map(any, padding)):
        return x
    n = len(padding)
    shape = [k + before + after for k, (before, after) in zip(x.shape[-n:], padding, strict=True)]
    wide = np.full((*x.shape[:-n], *shape), value, x.dtype)
    wide[inside(x.shape[-n:], padding)] = x
    return wide


def inside(size: Sizes, padding: Pads) -> tuple[Any, ...]:
    """The index of what is not padding."""
    return (..., *(slice(before, before + k) for k, (before, _) in zip(size, padding, strict=True)))


def view_windows(x: Array, kernel: Sizes, stride: Sizes, dilation: Sizes, count: Sizes) -> Array:
    """(..., n axes) -> (..., *kernel, *count): every window of x, without a copy."""
    n = len(kernel)
    steps = x.strides[-n:]
    strides = (
        *x.strides[:-n],
        *(s * d for s, d in zip(steps, dilation, strict=True)),
        *(s * d for s, d in zip(steps, stride, strict=True)),
    )
    return as_strided(x, (*x.shape[:-n], *kernel, *count), strides, writeable=False)


def places(
    kernel: Sizes, stride: Sizes, dilation: Sizes, count: Sizes
) -> Iterator[tuple[Sizes, tuple[Any, ...]]]:
    """For each place in a window, the index of the entries of x that are there in some window."""
    for place in product(*map(range, kernel)):
        steps = (
            slice(k * d, k * d + s * (m - 1) + 1, s)
            for k, d, s, m in zip(place, dilation, stride, count, strict=True)
        )
        yield place, (..., *steps)


def columns(x: Array, kernel: Sizes, stride: Sizes, padding: Pads, dilation: Sizes) -> Array:
    """(N, C, ...) -> (N, C · places in a window, windows)"""
    n = len(kernel)
    count = counts("unfold", x.shape[-n:], kernel, stride, padding, dilation)
    windows = view_windows(padded(x, padding), kernel, stride, dilation, count)
    return windows.reshape(x.shape[0], x.shape[1] * math.prod(kernel), math.prod(count))


def laid_back(
    cols: Array, size: Sizes, kernel: Sizes, stride: Sizes, padding: Pads, dilation: Sizes
) -> Array:
    """The transpose of `columns`: each entry of a window is added to where it came from."""
    count = counts("fold", size, kernel, stride, padding, dilation)
    channels = cols.shape[1] // math.prod(kernel)
    cols = cols.reshape(cols.shape[0], channels, *kernel, *count)
    wide = [n + before + after for n, (before, after) in zip(size, padding, strict=True)]
    x = np.zeros((cols.shape[0], channels, *wide), cols.dtype)
    for place, where in places(kernel, stride, dilation, count):
        seen: Array = cols[:, :, *place]  # type: ignore[arg-type]
        x[where] += seen
    inner: Array = x[inside(size, padding)]
    return inner


# --- unfold and fold -------------------------------------------------------------------------
# fmt: off
unfold_op   = linear("unfold", columns,   lambda g, x, **how: fold_op(g, size=x.shape[2:], **how))
fold_op: Op = linear("fold",   laid_back, lambda g, x, size, **how: unfold_op(g, **how))
# fmt: on


def unfold(
    input: Any, kernel_size: Any, dilation: Any = 1, padding: Any = 0, stride: Any = 1
) -> Any:
    """The windows as columns: (N, C, H, W) -> (N, C · kernel, windows)"""
    x, alone = batched("unfold", input, 2)
    how = _windowing("unfold", kernel_size, dilation, padding, stride)
    counts("unfold", tuple(x.shape[2:]), **how)
    y = unfold_op(x, **how)
    return reshape(y, shape=tuple(y.shape[1:])) if alone else y


def fold(
    input: Any,
    output_size: Any,
    kernel_size: Any,
    dilation: Any = 1,
    padding: Any = 0,
    stride: Any = 1,
) -> Any:
    """Columns added up where their windows lie: (N, C · kernel, windows) -> (N, C, H, W)"""
    how = _windowing("fold", kernel_size, dilation, padding, stride)
    size = sizes("fold", "output_size", output_size, 2, least=1)
    shape = tuple(input.shape)
    windows = math.prod(counts("fold", size, **how))
    if len(shape) not in (2, 3) or shape[-1] != windows or shape[-2] % math.prod(how["kernel"]):
        raise ShapeError(
            f"fold: {shape} into {size}: expected (N, C · {math.prod(how['kernel'])}, {windows}), as "
            f"{windows} windows of {how['kernel']} fit there."
        )
    x = reshape(input, shape=(1, *shape)) if len(shape) == 2 else input
    y = fold_op(x, size=size, **how)
    return reshape(y, shape=tuple(y.shape[1:])) if len(shape) == 2 else y


def _windowing(name: str, kernel: Any, dilation: Any, padding: Any, stride: Any) -> dict[str, Any]:
    return {
        "kernel": sizes(name, "kernel_size", kernel, 2, least=1),
        "stride": sizes(name, "stride", stride, 2, least=1),
        "padding": tuple((p, p) for p in sizes(name, "padding", padding, 2)),
        "dilation": sizes(name, "dilation", dilation, 2, least=1),
    }


FUNCTIONS: tuple[str, ...] = ()
METHODS: tuple[str, ...] = ()
IN_PLACE: tuple[str, ...] = ()
