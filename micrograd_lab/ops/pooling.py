"""Pooling: one number for each window, the largest in it or their mean."""

import math
from collections.abc import Callable, Iterator
from itertools import product
from typing import Any

import numpy as np

from micrograd_lab.errors import ShapeError
from micrograd_lab.ops.contractions import matmul
from micrograd_lab.ops.halves import raised
from micrograd_lab.ops.indexing import gather_op
from micrograd_lab.ops.op import Array, Op, constant, linear, reshape
from micrograd_lab.ops.plain import plain
from micrograd_lab.ops.windows import (
    Pads,
    Sizes,
    batched,
    inside,
    need_float,
    padded,
    places,
    sizes,
    span,
    view_windows,
)


def _count(
    name: str,
    shape: Sizes,
    kernel: Sizes,
    stride: Sizes,
    padding: Sizes,
    dilation: Sizes,
    ceil: bool,
) -> tuple[Sizes, Pads]:
    """How many windows there are, and the padding that makes room for all of them.

    With `ceil`, a last window may reach over the end if it starts inside the input or before it.
    """
    size = shape[2:]
    if not shape[1]:
        raise ShapeError(f"{name}: an input of shape {shape} has nothing to pool.")
    reach = span(kernel, dilation)
    count, pads = [], []
    for n, r, s, p, k in zip(size, reach, stride, padding, kernel, strict=True):
        if 2 * p > k:
            raise ShapeError(
                f"{name}: padding={p} is more than half of the kernel {k}: windows would see nothing else."
            )
        m = (n + 2 * p - r + (s - 1 if ceil else 0)) // s + 1
        if ceil and (m - 1) * s >= n + p:
            m -= 1
        if m < 1 or n < 1:
            raise ShapeError(
                f"{name}: a window of {r} does not fit into an input of size {n} with padding {p}."
            )
        count.append(m)
        pads.append((p, max((m - 1) * s + r - n - p, 0)))
    return tuple(count), tuple(pads)


# --- the largest -----------------------------------------------------------------------------


def _largest(
    x: Array, kernel: Sizes, stride: Sizes, padding: Pads, dilation: Sizes, count: Sizes
) -> Array:
    """For each window, which entry (of the flattened last axes) is the largest; the first of equals."""
    n = len(kernel)
    size = x.shape[-n:]
    lowest = -np.inf if x.dtype.kind == "f" else np.iinfo(x.dtype).min
    windows = view_windows(padded(x, padding, lowest), kernel, stride, dilation, count)
    lead = x.shape[:-n]
    windows = windows.reshape(*lead, math.prod(kernel), *count)
    chosen = np.argmax(windows, axis=len(lead))[..., None, *(slice(None),) * n]
    number = padded(np.arange(math.prod(size)).reshape(size), padding, -1)
    seen = view_windows(number, kernel, stride, dilation, count).reshape(-1, *count)
    found = np.take_along_axis(seen[(None,) * len(lead)], chosen, axis=len(lead))
    found = found.reshape(*lead, *count)
    if (found < 0).any():  # nothing above -inf: the first entry that is no padding
        first = np.where(seen < 0, number.size, seen).min(axis=0)
        if (first == number.size).any():
            raise ShapeError(
                f"max_pool: with kernel_size={kernel}, padding={padding} and dilation={dilation} a "
                f"window over {size} sees padding alone. Use less padding."
            )
        found = np.where(found < 0, first, found)
    return found


largest = constant("max_pool_indices", _largest)


def _max_pool(
    n: int,
    input: Any,
    kernel_size: Any,
    stride: Any,
    padding: Any,
    dilation: Any,
    ceil_mode: bool,
    return_indices: bool,
) -> Any:
    name = f"max_pool{n}d"
    x, alone = batched(name, input, n)
    kernel = sizes(name, "kernel_size", kernel_size, n, least=1)
    steps = kernel if stride is None or stride == [] else sizes(name, "stride", stride, n, least=1)
    spread = sizes(name, "dilation", dilation, n, least=1)
    around = sizes(name, "padding", padding, n)
    count, pads = _count(name, tuple(x.shape), kernel, steps, around, spread, ceil_mode)
    index = largest(x, kernel=kernel, stride=steps, padding=pads, dilation=spread, count=count)
    return _pick(x, index, alone, return_indices)


def _pick(x: Any, index: Any, alone: bool, return_indices: bool) -> Any:
    """The entries of x with these numbers in its flattened last axes."""
    lead, shape = tuple(x.shape[:2]), tuple(index.shape)
    flat = reshape(x, shape=(*lead, math.prod(x.shape[2:])))
    numbers = plain(index).reshape(*lead, math.prod(shape[2:]))
    y = reshape(gather_op(flat, dim=2, index=numbers), shape=shape[1:] if alone else shape)
    if not return_indices:
        return y
    return y, reshape(index, shape=shape[1:]) if alone else index


# --- the mean --------------------------------------------------------------------------------


def _window_sums(x: Array, kernel: Sizes, stride: Sizes, padding: Pads, count: Sizes) -> Array:
    wide = padded(x, padding)
    y = np.zeros((*x.shape[: -len(kernel)], *count), x.dtype)
    for _, where in places(kernel, stride, (1,) * len(kernel), count):
        y += wide[where]
    return y


def _spread_windows(
    g: Array, size: Sizes, kernel: Sizes, stride: Sizes, padding: Pads, count: Sizes
) -> Array:
    wide = [n + before + after for n, (before, after) in zip(size, padding, strict=True)]
    x = np.zeros((*g.shape[: -len(kernel)], *wide), g.dtype)
    for _, where in places(kernel, stride, (1,) * len(kernel), count):
        x[where] += g
    inner: Array = x[inside(size, padding)]
    return inner


# fmt: off
window_sums        = linear("window_sums",    _window_sums,
                            lambda g, x, **how: spread_windows(g, size=x.shape[2:], **how))
spread_windows: Op = linear("spread_windows", _spread_windows,
                            lambda g, x, size, **how: window_sums(g, **how))
# fmt: on


def _avg_pool(
    n: int,
    input: Any,
    kernel_size: Any,
    stride: Any,
    padding: Any,
    ceil_mode: bool,
    count_include_pad: bool,
    divisor_override: int | None,
) -> Any:
    name = f"avg_pool{n}d"
    need_float(name, input)
    if divisor_override == 0:
        raise ShapeError(f"{name}: divisor_override=0: a mean is not divided by zero.")
    x, alone = batched(name, input, n)
    kernel = sizes(name, "kernel_size", kernel_size, n, least=1)
    steps = kernel if stride is None or stride == [] else sizes(name, "stride", stride, n, least=1)
    around = sizes(name, "padding", padding, n)
    size = tuple(x.shape[2:])
    count, pads = _count(name, tuple(x.shape), kernel, steps, around, (1,) * n, ceil_mode)
    y = window_sums(x, kernel=kernel, stride=steps, padding=pads, count=count)
    if divisor_override is not None:
        y = y * (1 / divisor_override)
    else:
        shares = np.ones((), np.float64)
        for m, k, s, p, length in zip(count, kernel, steps, around, size, strict=True):
            start = np.arange(m) * s - p
            stop = np.minimum(start + k, length + p)
            if not count_include_pad:
                start, stop = np.maximum(start, 0), np.minimum(stop, length)
            shares = shares[..., None] / (stop - start)
        y = y * shares.astype(x.dtype)
    return reshape(y, shape=tuple(y.shape[1:])) if alone else y


# --- windows of whatever size gives the output asked for -------------------------------------


def _bins(size: int, count: int) -> Iterator[slice]:
    """`count` windows that cover `size` entries as evenly as whole numbers allow."""
    for i in range(count):
        yield slice(i * size // count, -((i + 1) * size // -count))


def _adaptive(name: str, n: int, input: Any, output_size: Any) -> tuple[Any, bool, Sizes]:
    x, alone = batched(name, input, n)
    many = tuple(output_size) if isinstance(output_size, (tuple, list)) else (output_size,) * n
    if len(many) != n:
        raise ShapeError(f"{name}: output_size={output_size!r}: expected one size, or {n} of them.")
    wanted = [s if k is None else k for k, s in zip(many, x.shape[2:], strict=True)]
    if 0 in x.shape[1:]:
        raise ShapeError(f"{name}: an input of shape {tuple(x.shape)} has nothing to pool.")
    return x, alone, sizes(name, "output_size", tuple(wanted), n)


def _adaptive_avg(n: int, input: Any, output_size: Any) -> Any:
    name = f"adaptive_avg_pool{n}d"
    need_float(name, input)
    x, alone, wanted = _adaptive(name, n, input, output_size)
    size = tuple(x.shape[2:])
    if all(m and k % m == 0 for k, m in zip(size, wanted, strict=True)):
        kernel = tuple(k // m for k, m in zip(size, wanted, strict=True))
        y = _avg_pool(n, x, kernel, None, 0, False, True, None)
    else:  # along each axis a matrix whose rows are the windows
        y = x
        for axis in range(n):
            means = np.zeros((wanted[axis], size[axis]), x.dtype)
            for row, window in zip(means, _bins(size[axis], wanted[axis]), strict=True):
                row[window] = 1 / (window.stop - window.start)
            shape = tuple(y.shape)
            after = math.prod(shape[3 + axis :])
            y = matmul(means, reshape(y, shape=(*shape[: 2 + axis], shape[2 + axis], after)))
            y = reshape(y, shape=(*shape[: 2 + axis], wanted[axis], *shape[3 + axis :]))
    return reshape(y, shape=tuple(y.shape[1:])) if alone else y


def _largest_in_bins(x: Array, count: Sizes) -> Array:
    size = x.shape[2:]
    number = np.arange(math.prod(size)).reshape(size)
    found = np.empty((*x.shape[:2], *count), np.int64)
    bins = [list(enumerate(_bins(k, m))) for k, m in zip(size, count, strict=True)]
    for window in product(*bins):
        place: Any = tuple(i for i, _ in window)
        where: Any = tuple(w for _, w in window)
        seen = number[where].reshape(-1)
        entries = x[(..., *where)].reshape(*x.shape[:2], seen.size)
        found[(..., *place)] = seen[np.argmax(entries, axis=-1)]
    return found


largest_in_bins = constant("adaptive_max_pool_indices", _largest_in_bins)


def _adaptive_max(n: int, input: Any, output_size: Any, return_indices: bool) -> Any:
    x, alone, wanted = _adaptive(f"adaptive_max_pool{n}d", n, input, output_size)
    return _pick(x, largest_in_bins(x, count=wanted), alone, return_indices)


# --- the functions, for one, two and three axes ----------------------------------------------


def _max(n: int) -> Callable[..., Any]:
    def max_pool(
        input: Any,
        kernel_size: Any,
        stride: Any = None,
        padding: Any = 0,
        dilation: Any = 1,
        ceil_mode: bool = False,
        return_indices: bool = False,
    ) -> Any:
        return _max_pool(
            n, input, kernel_size, stride, padding, dilation, ceil_mode, return_indices
        )

    return _named(max_pool, f"max_pool{n}d", "The largest entry of each window.")


def _avg(n: int) -> Callable[..., Any]:
    def avg_pool(
        input: Any,
        kernel_size: Any,
        stride: Any = None,
        padding: Any = 0,
        ceil_mode: bool = False,
        count_include_pad: bool = True,
        divisor_override: int | None = None,
    ) -> Any:
        return _avg_pool(
            n, input, kernel_size, stride, padding, ceil_mode, count_include_pad, divisor_override
        )

    return _named(avg_pool, f"avg_pool{n}d", "The mean of each window.")


def _avg_to(n: int) -> Callable[..., Any]:
    def pool(input: Any, output_size: Any) -> Any:
        return _adaptive_avg(n, input, output_size)

    return _named(pool, f"adaptive_avg_pool{n}d", "The means of windows that make output_size.")


def _max_to(n: int) -> Callable[..., Any]:
    def pool(input: Any, output_size: Any, return_indices: bool = False) -> Any:
        return _adaptive_max(n, input, output_size, return_indices)

    return _named(pool, f"adaptive_max_pool{n}d", "The maxima of windows that make output_size.")


def _named(f: Any, name: str, meaning: str) -> Callable[..., Any]:
    f.__name__ = f.__qualname__ = name
    f.__doc__ = f"{meaning}  (N, C, ...) -> (N, C, ...), the batch axis may be missing."
    return f  # type: ignore[no-any-return]


max_pool1d, max_pool2d, max_pool3d = _max(1), _max(2), _max(3)
avg_pool1d, avg_pool2d, avg_pool3d = _avg(1), _avg(2), raised(_avg(3))
adaptive_avg_pool1d, adaptive_avg_pool2d, adaptive_avg_pool3d = _avg_to(1), _avg_to(2), _avg_to(3)
adaptive_max_pool1d, adaptive_max_pool2d, adaptive_max_pool3d = _max_to(1), _max_to(2), _max_to(3)

FUNCTIONS: tuple[str, ...] = ()
METHODS: tuple[str, ...] = ()
IN_PLACE: tuple[str, ...] = ()
