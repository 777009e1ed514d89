"""The weights of any model, in named groups, as arrays: our modules, PyTorch's, an MLP of Values."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from micrograd_lab.errors import OptionError
from micrograd_lab.lens.measures import norm

Array = NDArray[Any]


@dataclass(frozen=True)
class Weights:
    """One parameter of a module; or all the Values of one layer, which are a parameter together."""

    name: str  # 0.weight
    layer: str  # 0
    parts: Sequence[Any]  # one tensor, or Values
    scalar: bool

    @property
    def shape(self) -> tuple[int, ...]:
        return (len(self.parts),) if self.scalar else tuple(self.parts[0].shape)

    @property
    def trainable(self) -> bool:
        return self.scalar or bool(self.parts[0].requires_grad)

    def numbers(self) -> Array:
        """The weights themselves; for a tensor not a copy."""
        if self.scalar:
            return np.array([p.data for p in self.parts], float)
        return as_array(self.parts[0])

    def gradient(self) -> Array | None:
        """Their gradient; None where none has arrived.  (A Value's is 0 until then.)"""
        if self.scalar:
            return np.array([p.grad for p in self.parts], float)
        grad = self.parts[0].grad
        return None if grad is None else as_array(grad)


def weights_of(model: Any, who: str) -> list[Weights]:
    """Every parameter of the model, from input to output.  OptionError if it has none."""
    if hasattr(model, "named_parameters"):
        found = [Weights(n, layer_of(n), [p], False) for n, p in model.named_parameters()]
    elif hasattr(model, "parameters"):
        found = [Weights(n, n, parts, True) for n, parts in groups_of(model).items()]
    else:
        raise OptionError(
            f"{who}: found {type(model).__name__}, which has no parameters(); give it a Module."
        )
    if not found:
        raise OptionError(f"{who}: this {type(model).__name__} has no parameters; nothing learns.")
    return found


@dataclass(frozen=True)
class Layer:
    """The parameters of one layer, together."""

    name: str
    kind: str  # Linear; "" where that is not known
    weights: list[Weights]

    @property
    def gradient_norm(self) -> float | None:
        """The length of its gradient; None where none has arrived."""
        found = [norm(g) for g in (w.gradient() for w in self.weights) if g is not None]
        return norm(np.array(found)) if found else None

    def trouble(self, top: float) -> str:
        """What is wrong with its gradient, in a word or two; top: the largest of all layers."""
        x = self.gradient_norm
        if x is None:
            return "no gradient" if any(w.trainable for w in self.weights) else "frozen"
        if not math.isfinite(x):
            return "nan" if math.isnan(x) else "inf"
        return "zero" if not x else "tiny" if x < TINY * top else ""


TINY = 1e-3  # of the largest norm: such a layer stands still while another one moves


def layers_of(model: Any, who: str) -> list[Layer]:
    """The layers that have parameters, from input to output."""
    modules = dict(model.named_modules()) if hasattr(model, "named_modules") else {}
    layers: dict[str, list[Weights]] = {}
    for w in weights_of(model, who):
        layers.setdefault(w.layer, []).append(w)
    return [
        Layer(name, type(modules[name]).__name__ if name in modules else "", of)
        for name, of in layers.items()
    ]


def groups_of(model: Any) -> dict[str, list[Any]]:
    """The Values of an MLP by layer; of a model without layers, all of them."""
    layers = getattr(model, "layers", None)
    if isinstance(layers, list | tuple) and all(hasattr(x, "parameters") for x in layers):
        named = {f"layers.{i}": list(layer.parameters()) for i, layer in enumerate(layers)}
        return {name: parts for name, parts in named.items() if parts}
    parts = list(model.parameters())
    return {type(model).__name__: parts} if parts else {}


def layer_of(name: str) -> str:
    """The layer that a parameter belongs to: 0 for 0.weight; a parameter of the model is its own."""
    return name.rpartition(".")[0] or name


def as_array(x: Any) -> Array:
    """The numbers of a tensor, ours or PyTorch's, where they are."""
    array = getattr(x, "array", None)
    return x.detach().cpu().numpy() if array is None else array  # type: ignore[no-any-return]
