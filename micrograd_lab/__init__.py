"""micrograd_lab: understand, build and debug automatic differentiation.

The names below load on first use, so importing the package costs next to nothing.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

__version__ = "0.1.0"

if TYPE_CHECKING:
    from micrograd_lab.lens import draw as draw
    from micrograd_lab.lens import steps as steps
    from micrograd_lab.scalar import MLP as MLP
    from micrograd_lab.scalar import Dual as Dual
    from micrograd_lab.scalar import Layer as Layer
    from micrograd_lab.scalar import Neuron as Neuron
    from micrograd_lab.scalar import Value as Value
    from micrograd_lab.scalar import gradcheck as gradcheck
    from micrograd_lab.scalar import jvp as jvp

_HOME = {
    "micrograd_lab.lens": ("draw", "steps"),
    "micrograd_lab.scalar": ("MLP", "Dual", "Layer", "Neuron", "Value", "gradcheck", "jvp"),
}
__all__ = ["MLP", "Dual", "Layer", "Neuron", "Value", "draw", "gradcheck", "jvp", "steps"]


def __getattr__(name: str) -> Any:
    for module, names in _HOME.items():
        if name in names:
            return getattr(import_module(module), name)
    raise AttributeError(f"module 'micrograd_lab' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted([*globals(), *__all__])
