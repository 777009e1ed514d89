"""An optimiser's step in one pass: each number is read once, with its gradient and its averages."""

from typing import Any

import numpy as np

from micrograd_lab.kernels.jit import compiled
from micrograd_lab.kernels.maths import ONE, f4


@compiled
def adam_kernel(x: Any, g: Any, m: Any, v: Any, keep1: Any, keep2: Any, size: Any, scale: Any,
                eps: Any, shrink: Any, decay: Any) -> None:  # fmt: skip
    """x -= size · m / (√v · scale + eps), after the averages took g in, and x shrank."""
    for i in range(x.size):
        old = x[i] * shrink
        slope = g[i] + decay * old
        mean = m[i] + (slope - m[i]) * (ONE - keep1)
        square = v[i] * keep2 + slope * slope * (ONE - keep2)
        m[i], v[i] = mean, square
        x[i] = old - size * mean / (np.sqrt(square) * scale + eps)


def adam(x: Any, g: Any, m: Any, v: Any, **numbers: float) -> None:
    """The numbers: keep1, keep2, size, scale, eps, shrink, decay, as adam_kernel has them."""
    flat = (a.reshape(-1) for a in (x, g, m, v))
    adam_kernel(*flat, *(f4(numbers[name]) for name in NAMES))


NAMES = ("keep1", "keep2", "size", "scale", "eps", "shrink", "decay")
