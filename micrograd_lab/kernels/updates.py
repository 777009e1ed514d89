"""An optimiser's step in one pass: each number is read once, with its gradient and its averages."""

from typing import Any

import numpy as np
from numba import prange

from micrograd_lab.kernels.jit import compiled, inlined
from micrograd_lab.kernels.maths import ONE, f4


@inlined
def penalised(g: Any, x: Any, decay: Any) -> Any:
    """g + decay · x, but g itself without decay: 0 times an x that is inf would be nan."""
    return g + decay * x if decay else g


@compiled
def sgd_kernel(x: Any, g: Any, lr: Any, decay: Any) -> None:
    for i in prange(x.size):
        x[i] -= lr * penalised(g[i], x[i], decay)


@compiled
def momentum_kernel(x: Any, g: Any, v: Any, lr: Any, decay: Any, keep: Any, share: Any,
                    nesterov: Any) -> None:  # fmt: skip
    """x -= lr · v, after the velocity took a share of the slope in; nesterov looks one step ahead."""
    for i in prange(x.size):
        slope = penalised(g[i], x[i], decay)
        velocity = keep * v[i] + share * slope
        v[i] = velocity
        x[i] -= lr * (slope + keep * velocity if nesterov else velocity)


@compiled
def adam_kernel(x: Any, g: Any, m: Any, v: Any, keep1: Any, keep2: Any, size: Any, scale: Any,
                eps: Any, shrink: Any, decay: Any) -> None:  # fmt: skip
    """x -= size · m / (√v · scale + eps), after the averages took g in, and x shrank."""
    for i in prange(x.size):
        old = x[i] * shrink
        slope = penalised(g[i], old, decay)
        mean = m[i] + (slope - m[i]) * (ONE - keep1)
        square = v[i] * keep2 + slope * slope * (ONE - keep2)
        m[i], v[i] = mean, square
        x[i] = old - size * mean / (np.sqrt(square) * scale + eps)


def sgd(x: Any, g: Any, lr: float, decay: float) -> None:
    sgd_kernel(x.reshape(-1), g.reshape(-1), f4(lr), f4(decay))


def momentum(x: Any, g: Any, v: Any, *numbers: float, nesterov: bool) -> None:
    """The numbers: lr, decay, keep, share, as momentum_kernel has them."""
    flat = (a.reshape(-1) for a in (x, g, v))
    momentum_kernel(*flat, *map(f4, numbers), nesterov)


def adam(x: Any, g: Any, m: Any, v: Any, **numbers: float) -> None:
    """The numbers: keep1, keep2, size, scale, eps, shrink, decay, as adam_kernel has them."""
    flat = (a.reshape(-1) for a in (x, g, m, v))
    adam_kernel(*flat, *(f4(numbers[name]) for name in NAMES))


NAMES = ("keep1", "keep2", "size", "scale", "eps", "shrink", "decay")
