"""Pooling's other forms: by a p-norm, from windows at random places, and back to where maxima were."""

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from micrograd_lab.errors import DtypeError, ShapeError
from micrograd_lab.ops import elementwise as ew
from micrograd_lab.ops import pooling
from micrograd_lab.ops.indexing import scatter_op
from micrograd_lab.ops.op import Array, constant, reshape
from micrograd_lab.ops.plain import plain
from micrograd_lab.ops.windows import batched, need_float, sizes


def _lp_pool(
    n: int, input: Any, norm_type: float, kernel_size: Any, stride: Any, ceil_mode: bool
) -> Any:
    kernel = sizes(f"lp_pool{n}d", "kernel_size", kernel_size, n, least=1)
    power = float(norm_type)
    mean = pooling._avg_pool(n, input**power, kernel, stride, 0, ceil_mode, True, None)
    return (ew.sign(mean) * ew.relu(ew.abs(mean)) * math.prod(kernel)) ** (1 / power)


# --- back from maxima ------------------------------------------------------------------------


def _max_unpool(
    n: int,
    input: Any,
    indices: Any,
    kernel_size: Any,
    stride: Any,
    padding: Any,
    output_size: Any,
) -> Any:
    name = f"max_unpool{n}d"
    x, alone = batched(name, input, n)
    numbers = plain(indices)
    if numbers.dtype != np.int64 or numbers.shape != tuple(input.shape):
        raise DtypeError(
            f"{name}: the indices must be int64 and have the input's shape {tuple(input.shape)}, as "
            f"max_pool{n}d(..., return_indices=True) gives them; found {numbers.dtype} and "
            f"{numbers.shape}."
        )
    kernel = sizes(name, "kernel_size", kernel_size, n, least=1)
    steps = kernel if stride is None else sizes(name, "stride", stride, n, least=1)
    around = sizes(name, "padding", padding, n)
    if output_size is None:
        size = tuple(
            (m - 1) * s - 2 * p + k
            for m, s, p, k in zip(x.shape[2:], steps, around, kernel, strict=True)
        )
    else:
        size = tuple(output_size)[-n:]
    lead, count = tuple(x.shape[:2]), math.prod(size)
    if numbers.size and not 0 <= numbers.min() <= numbers.max() < count:
        raise ShapeError(f"{name}: index {numbers.max()} does not fit an output of size {size}.")
    flat = reshape(x, shape=(*lead, -1))
    zeros = np.zeros((*lead, count), x.dtype)
    y = scatter_op(zeros, flat, dim=2, index=numbers.reshape(flat.shape))
    return reshape(y, shape=(*(lead[1:] if alone else lead), *size))


# --- windows at random places (Graham, Fractional max-pooling, 2014) ---------------------------


def _places(size: int, count: int, kernel: int, u: Array) -> Array:
    """Where `count` windows begin: a random (but even) walk from the start to the end, for each u."""
    if count == 1:
        return np.full((*u.shape, 1), size - kernel)
    pace = (size - kernel) / (count - 1)
    at = np.floor((np.arange(count) + u[..., None]) * pace) - np.floor(u[..., None] * pace)
    at[..., -1] = size - kernel
    whole: Array = at.astype(np.int64)
    return whole


def _largest_at(x: Array, kernel: tuple[int, ...], starts: tuple[Array, ...]) -> Array:
    """For each window, which entry of the flattened last axes is the largest."""
    n, size = len(kernel), x.shape[2:]
    number = np.zeros((*x.shape[:2], *(1,) * (2 * n)), np.int64)
    for axis, (k, at) in enumerate(zip(kernel, starts, strict=True)):
        shape = [*at.shape[:2], *(1,) * (2 * n)]
        shape[2 + axis], shape[2 + n + axis] = at.shape[2], k
        step = math.prod(size[axis + 1 :])
        number = number + (at[..., None] + np.arange(k)).reshape(shape) * step
    number = number.reshape(*number.shape[: 2 + n], -1)
    entries = np.take_along_axis(x.reshape(*x.shape[:2], -1), number.reshape(*x.shape[:2], -1), 2)
    best = entries.reshape(number.shape).argmax(-1)[..., None]
    found: Array = np.take_along_axis(number, best, -1)[..., 0]
    return found


largest_at = constant("fractional_max_pool_indices", _largest_at)


def _fractional(
    n: int, input: Any, kernel_size: Any, output_size: Any, output_ratio: Any, samples: Any
) -> Any:
    name = f"fractional_max_pool{n}d"
    need_float(name, input)
    x, alone = batched(name, input, n)
    kernel = sizes(name, "kernel_size", kernel_size, n, least=1)
    if (output_size is None) == (output_ratio is None):
        raise ShapeError(f"{name}: give output_size or output_ratio, one of them.")
    if output_size is None:
        ratios = output_ratio if isinstance(output_ratio, (tuple, list)) else (output_ratio,) * n
        output_size = tuple(int(k * r) for k, r in zip(x.shape[2:], ratios, strict=True))
    count = sizes(name, "output_size", output_size, n, least=1)
    if any(m + k - 1 > s for m, k, s in zip(count, kernel, x.shape[2:], strict=True)):
        raise ShapeError(
            f"{name}: {count} windows of {kernel} do not fit into {tuple(x.shape[2:])}."
        )
    if samples is None:
        from micrograd_lab.random import rand

        samples = rand(*x.shape[:2], n, dtype=x.dtype)
    u = plain(samples).reshape(*x.shape[:2], n)
    # PyTorch counts the axes from the last one for two of them, from the first one for three
    order = range(n - 1, -1, -1) if n == 2 else range(n)
    walks = zip(x.shape[2:], count, kernel, order, strict=True)
    starts = tuple(_places(s, m, k, u[..., j]) for s, m, k, j in walks)
    return pooling._pick(x, largest_at(x, kernel=kernel, starts=starts), alone, True)


# --- the functions, for one, two and three axes ----------------------------------------------


def _lp(n: int) -> Callable[..., Any]:
    def lp_pool(
        input: Any, norm_type: float, kernel_size: Any, stride: Any = None, ceil_mode: bool = False
    ) -> Any:
        return _lp_pool(n, input, norm_type, kernel_size, stride, ceil_mode)

    return pooling._named(lp_pool, f"lp_pool{n}d", "(sum of x^p)^(1/p) of each window.")


def _unpool(n: int) -> Callable[..., Any]:
    def max_unpool(
        input: Any,
        indices: Any,
        kernel_size: Any,
        stride: Any = None,
        padding: Any = 0,
        output_size: Any = None,
    ) -> Any:
        return _max_unpool(n, input, indices, kernel_size, stride, padding, output_size)

    return pooling._named(
        max_unpool, f"max_unpool{n}d", "The maxima back where they were, and zeros."
    )


def _random(n: int) -> Callable[..., Any]:
    def fractional_max_pool(
        input: Any,
        kernel_size: Any,
        output_size: Any = None,
        output_ratio: Any = None,
        return_indices: bool = False,
        _random_samples: Any = None,
    ) -> Any:
        found = _fractional(n, input, kernel_size, output_size, output_ratio, _random_samples)
        return found if return_indices else found[0]

    meaning = "The largest entries of windows at random places that make output_size."
    return pooling._named(fractional_max_pool, f"fractional_max_pool{n}d", meaning)


def _with_indices(name: str) -> Callable[..., Any]:
    def pool(*args: Any, **named: Any) -> Any:
        plainly = globals().get(name) or getattr(pooling, name)
        return plainly(*args, **{**named, "return_indices": True})

    return pooling._named(pool, f"{name}_with_indices", f"{name}, and where each maximum stands.")


lp_pool1d, lp_pool2d, lp_pool3d = _lp(1), _lp(2), _lp(3)
max_unpool1d, max_unpool2d, max_unpool3d = _unpool(1), _unpool(2), _unpool(3)
fractional_max_pool2d, fractional_max_pool3d = _random(2), _random(3)
max_pool1d_with_indices, max_pool2d_with_indices, max_pool3d_with_indices = (
    _with_indices(f"max_pool{n}d") for n in (1, 2, 3)
)
adaptive_max_pool1d_with_indices, adaptive_max_pool2d_with_indices = (
    _with_indices(f"adaptive_max_pool{n}d") for n in (1, 2)
)
adaptive_max_pool3d_with_indices = _with_indices("adaptive_max_pool3d")
fractional_max_pool2d_with_indices = _with_indices("fractional_max_pool2d")
fractional_max_pool3d_with_indices = _with_indices("fractional_max_pool3d")

FUNCTIONS: tuple[str, ...] = ()
METHODS: tuple[str, ...] = ()
IN_PLACE: tuple[str, ...] = ()
