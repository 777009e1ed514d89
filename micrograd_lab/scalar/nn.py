"""A neuron, a layer of neurons, a network of layers: micrograd's names, made of Values."""

import random
from collections.abc import Sequence
from typing import Any

from micrograd_lab.errors import SizeError
from micrograd_lab.scalar.value import Number, Value


class Module:
    """Something with parameters to train."""

    def zero_grad(self) -> None:
        """Forget the gradients of the last step; backward() adds to whatever is there."""
        for p in self.parameters():
            p.grad = 0.0

    def parameters(self) -> list[Value]:
        """Every Value that training may change."""
        return []


class Neuron(Module):
    """relu(w · x + b), or w · x + b alone if `nonlin` is false.

    Weights start uniform in [-1, 1] from `rng`, by default Python's own generator, so that
    `random.seed(1337)` gives the network that micrograd gives.  `value` is the class they are
    made of: a Value of your own works as well.
    """

    def __init__(
        self, nin: int, nonlin: bool = True, rng: Any = random, value: Any = Value
    ) -> None:
        self.w: list[Value] = [value(rng.uniform(-1, 1), label=f"w{i}") for i in range(nin)]
        self.b: Value = value(0.0, label="b")
        self.nonlin = nonlin

    def __call__(self, x: Sequence[Value | Number]) -> Value:
        if len(x) != len(self.w):
            raise SizeError(f"{self} takes {len(self.w)} numbers; found {len(x)}.")
        activation = sum((wi * xi for wi, xi in zip(self.w, x, strict=True)), self.b)
        return activation.relu() if self.nonlin else activation

    def parameters(self) -> list[Value]:
        return [*self.w, self.b]

    def __repr__(self) -> str:
        return f"{'ReLU' if self.nonlin else 'Linear'}Neuron({len(self.w)})"


class Layer(Module):
    """Neurons side by side, all looking at the same inputs."""

    def __init__(self, nin: int, nout: int, **kwargs: Any) -> None:
        self.neurons = [Neuron(nin, **kwargs) for _ in range(nout)]

    def __call__(self, x: Sequence[Value | Number]) -> "Value | list[Value]":
        out = [neuron(x) for neuron in self.neurons]
        return out[0] if len(out) == 1 else out

    def parameters(self) -> list[Value]:
        return [p for neuron in self.neurons for p in neuron.parameters()]

    def __repr__(self) -> str:
        return f"Layer of [{', '.join(map(str, self.neurons))}]"


class MLP(Module):
    """Layers one after another; ReLU between them, none after the last.

    MLP(2, [16, 16, 1]) takes two numbers and gives one.
    """

    def __init__(
        self, nin: int, nouts: Sequence[int], rng: Any = random, value: Any = Value
    ) -> None:
        sizes = [nin, *nouts]
        last = len(nouts) - 1
        self.layers = [
            Layer(sizes[i], sizes[i + 1], nonlin=i != last, rng=rng, value=value)
            for i in range(len(nouts))
        ]

    def __call__(self, x: Any) -> Any:
        for layer in self.layers:
            x = layer(x)
        return x

    def parameters(self) -> list[Value]:
        return [p for layer in self.layers for p in layer.parameters()]

    def __repr__(self) -> str:
        return f"MLP of [{', '.join(map(str, self.layers))}]"
