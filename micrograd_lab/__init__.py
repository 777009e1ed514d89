"""micrograd_lab: understand, build and debug automatic differentiation.

    import micrograd_lab as torch      # PyTorch's names and meanings, on NumPy alone
    from micrograd_lab import Value    # or one number at a time

Every name loads on first use, so importing the package costs next to nothing.
"""

import sys
from importlib import import_module
from importlib.util import find_spec
from types import ModuleType
from typing import TYPE_CHECKING, Any

__version__ = "0.1.0"

if TYPE_CHECKING:
    from micrograd_lab.from_data import tensor as tensor
    from micrograd_lab.lens import draw as draw
    from micrograd_lab.lens import explain as explain
    from micrograd_lab.lens import steps as steps
    from micrograd_lab.scalar import MLP as MLP
    from micrograd_lab.scalar import Dual as Dual
    from micrograd_lab.scalar import Layer as Layer
    from micrograd_lab.scalar import Neuron as Neuron
    from micrograd_lab.scalar import Tape as Tape
    from micrograd_lab.scalar import Value as Value
    from micrograd_lab.scalar import jvp as jvp
    from micrograd_lab.scalar.gradcheck import gradcheck as gradcheck
    from micrograd_lab.scalar.taped import taped as taped
    from micrograd_lab.tensor import Tensor as Tensor

_HOME = {
    "micrograd_lab.compiler": ("compile",),
    "micrograd_lab.lens": ("draw", "explain", "steps"),
    "micrograd_lab.scalar": (
        *("MLP", "Dual", "Layer", "Neuron", "Tape", "Value", "gradcheck", "jvp", "taped"),
    ),
}
_SUBMODULES = (
    *("amp", "autograd", "data", "distributions", "formula", "func", "linalg", "nn", "optim"),
    *("random", "testing", "train", "utils"),
)
__all__ = [
    *("MLP", "Dual", "Layer", "Neuron", "Tape", "Tensor", "Value", "draw", "explain"),
    *("gradcheck", "jvp", "steps", "taped"),
]


def __getattr__(name: str) -> Any:
    """The scalar engine and its tools are a few small files; all other names come with NumPy."""
    globals()[name] = found = _find(name)  # the next time it is simply there
    return found


def _find(name: str) -> Any:
    for module, names in _HOME.items():
        if name in names:
            return getattr(import_module(module), name)
    if not name.startswith("_"):  # nothing heavy for __wrapped__ and what else IPython looks for
        if name != "tensor" and find_spec(f"micrograd_lab.{name}"):
            return import_module(f"micrograd_lab.{name}")
        from micrograd_lab.namespace import NAMES

        if name in NAMES:
            return NAMES[name]
    raise AttributeError(f"module 'micrograd_lab' has no attribute {name!r}")


def __dir__() -> list[str]:
    from micrograd_lab.namespace import NAMES

    return sorted({*globals(), *__all__, "compile", *_SUBMODULES, *NAMES})


class _Package(ModuleType):
    """`tensor` is both a file here and PyTorch's function; on the package it is the function."""

    def __setattr__(self, name: str, value: Any) -> None:
        if name != "tensor" or not isinstance(value, ModuleType):
            super().__setattr__(name, value)


sys.modules[__name__].__class__ = _Package
