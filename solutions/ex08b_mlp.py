"""Exercise 08b · Layers of neurons                                 difficulty 2 of 3 · 15 minutes

Neurons side by side, all looking at the same inputs, are a layer; layers one after another, each
looking at the outputs of the one before, are a multi-layer perceptron.

    MLP(2, [3, 3, 1], rng)        2 inputs → 3 neurons → 3 neurons → 1 neuron

    make the neurons    layer by layer, each from the same rng: Neuron(how many inputs, rng)
    the last layer      is linear (linear=True), so that a score may have any size
    mlp(x)              the outputs of the last layer, always a list, also when there is one only
    parameters()        layer by layer, neuron by neuron, each neuron's own in its own order

Neuron is written for you.

    >>> mlp = MLP(2, [3, 1], random.Random(1))
    >>> len(mlp.parameters())                          # 3 neurons of 2 + 1, and one of 3 + 1
    13
    >>> [round(p.data, 2) for p in mlp.parameters()[:6]]
    [-0.73, 0.69, 0.0, 0.53, -0.49, 0.0]
    >>> [score] = mlp([1.0, -2.0])
    >>> round(score.data, 4)
    0.0741

(The package's own MLP has relu for tanh, and gives a single output without the list.)

Check your work with  micrograd-lab check ex08b,  or  check("ex08b")  in a notebook.
"""

import random
from collections.abc import Sequence

from micrograd_lab.scalar import Value


class Neuron:
    """tanh(w · x + b), or w · x + b alone if it is linear."""

    def __init__(self, nin: int, rng: random.Random, linear: bool = False) -> None:
        self.w = [Value(rng.uniform(-1, 1)) for _ in range(nin)]
        self.b = Value(0.0)
        self.linear = linear

    def __call__(self, x: Sequence[Value | float]) -> Value:
        total = sum((w * xi for w, xi in zip(self.w, x, strict=True)), self.b)
        return total if self.linear else total.tanh()

    def parameters(self) -> list[Value]:
        return [*self.w, self.b]


class MLP:
    """Layers of neurons, one after another."""

    def __init__(self, nin: int, nouts: Sequence[int], rng: random.Random) -> None:
        """nin inputs; nouts[i] neurons in layer i."""
        ### BEGIN SOLUTION: a list of layers, each a list of neurons
        self.layers = []
        for i, nout in enumerate(nouts):
            last = i == len(nouts) - 1
            self.layers.append([Neuron(nin, rng, linear=last) for _ in range(nout)])
            nin = nout
        ### END SOLUTION

    def __call__(self, x: Sequence[Value | float]) -> Sequence[Value]:
        """The outputs of the last layer, a list of Values."""
        ### BEGIN SOLUTION: each layer's outputs are the next one's inputs
        for layer in self.layers:
            x = [neuron(x) for neuron in layer]
        return x
        ### END SOLUTION

    def parameters(self) -> list[Value]:
        """Every Value that training may change."""
        ### BEGIN SOLUTION: those of all neurons of all layers
        return [p for layer in self.layers for neuron in layer for p in neuron.parameters()]
        ### END SOLUTION
