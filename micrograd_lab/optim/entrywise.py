"""One update for each entry, in place: whole if small, else in blocks that stay in the cache."""

from collections.abc import Callable
from typing import Any

import numpy as np

from micrograd_lab.ops.op import Array

BLOCK = 16384  # entries


def each_entry(update: Callable[..., None], *arrays: Array) -> None:
    """update(*arrays, s, t): s and t are scratch of the same shape, or None for fresh memory.

    An update may write to any of the arrays but the gradient, which comes second.
    """
    x = arrays[0]
    if not x.ndim:
        arrays = tuple(a.reshape(1) for a in arrays)  # NumPy's results without axes are no arrays
    if x.size <= BLOCK or not all(a.flags.c_contiguous for a in arrays):
        update(*arrays, None, None)
        return
    s, t = np.empty((2, BLOCK), x.dtype)
    flat = [a.reshape(-1) for a in arrays]
    for i in range(0, x.size, BLOCK):
        parts = [a[i : i + BLOCK] for a in flat]
        n = parts[0].size
        update(*parts, s[:n], t[:n])


def towards(average: Array, x: Array, share: float, scratch: Array | None) -> None:
    """Move a running average by `share` of the way to x."""
    step = np.subtract(x, average, scratch)
    step *= share
    average += step


def add_square(average: Array, x: Array, decay: float, scratch: Array | None) -> None:
    """A running average of squares: average · decay + x² · (1 - decay)."""
    square = np.multiply(x, x, scratch)
    square *= 1 - decay
    average *= decay
    average += square


def descent(x: Array, g: Array, group: dict[str, Any], scratch: Array | None) -> Array:
    """The gradient of what is to become small: of -f if f is maximised, with the weights' penalty."""
    weight_decay = float(group["weight_decay"])
    if group["maximize"]:
        g = np.negative(g, scratch)
        if weight_decay:
            g += x * weight_decay
    elif weight_decay:
        penalty = np.multiply(x, weight_decay, scratch)
        penalty += g
        g = penalty
    return g
