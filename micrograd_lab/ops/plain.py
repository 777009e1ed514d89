"""The numbers inside a value, whoever is watching it: for masks, indices and checks."""

from collections.abc import Callable
from typing import Any

import numpy as np

from micrograd_lab.ops.op import Array, Traced

readers: list[Callable[[Any], None]] = []  # who wants to know that numbers are looked at


def plain(x: Any) -> Array:
    """The array inside a Tensor, a Dual of Tensors, ...: what it is now, without its history."""
    if readers:
        readers[-1](x)
    while isinstance(x, Traced):
        inner = getattr(x, "array", None)
        x = x.primal if inner is None else inner  # type: ignore[attr-defined]
    return np.asarray(x)


def rewrite(x: Any, values: Array) -> None:
    """Put values into x (an array or a Tensor) in place, outside the graph; its version counts it."""
    plain(x)[...] = values
    counter = getattr(x, "_version_counter", None)
    if counter is not None:
        counter[0] += 1
