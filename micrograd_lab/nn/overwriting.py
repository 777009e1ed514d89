"""Activations that overwrite their input: relu_(x) is relu(x, inplace=True)."""

from collections.abc import Callable
from typing import Any

from micrograd_lab.ops import activations


def _overwriting(name: str) -> Callable[..., Any]:
    plainly = getattr(activations, name)

    def overwrite(input: Any, *args: Any, **named: Any) -> Any:
        return plainly(input, *args, **named, inplace=True)

    overwrite.__name__ = overwrite.__qualname__ = f"{name}_"
    overwrite.__doc__ = f"{name}, into the memory of its input."
    return overwrite


relu_, leaky_relu_, rrelu_ = map(_overwriting, ("relu", "leaky_relu", "rrelu"))
elu_, selu_, celu_ = map(_overwriting, ("elu", "selu", "celu"))
hardtanh_, threshold_ = map(_overwriting, ("hardtanh", "threshold"))
