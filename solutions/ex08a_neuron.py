"""Exercise 08a · A neuron                                          difficulty 1 of 3 · 15 minutes

A neuron weighs its inputs, adds a bias, and squashes the sum:

    y  =  tanh( w[0]·x[0]  +  w[1]·x[1]  +  ...  +  b )

    self.w          one Value per input, each drawn by rng.uniform(-1, 1), in order
    self.b          a Value, 0.0 at the start
    neuron(x)       the output, one Value; x holds numbers, or the Values of a layer below
    parameters()    all that training may change, in one list: the weights, then the bias

Why draw the weights at all?  Two neurons that start alike get the same gradients, take the same
steps, and stay alike for ever.

    >>> neuron = Neuron(3, random.Random(1))
    >>> [round(w.data, 3) for w in neuron.w], neuron.b.data
    ([-0.731, 0.695, 0.528], 0.0)
    >>> y = neuron([1.0, 2.0, 0.5])                    # tanh(−0.731 + 1.39 + 0.264)
    >>> round(y.data, 3)
    0.727
    >>> y.backward()
    >>> [round(p.grad, 3) for p in neuron.parameters()]
    [0.472, 0.943, 0.236, 0.472]

(The package's own Neuron ends in a relu; yours ends in a tanh.)

Check your work with  micrograd-lab check ex08a,  or  check("ex08a")  in a notebook.
"""

import random
from collections.abc import Sequence

from micrograd_lab.scalar import Value


class Neuron:
    """tanh(w · x + b)"""

    def __init__(self, nin: int, rng: random.Random) -> None:
        """nin weights drawn from rng, and a bias of 0."""
        ### BEGIN SOLUTION: self.w and self.b
        self.w = [Value(rng.uniform(-1, 1)) for _ in range(nin)]
        self.b = Value(0.0)
        ### END SOLUTION

    def __call__(self, x: Sequence[Value | float]) -> Value:
        """The output for the inputs x."""
        ### BEGIN SOLUTION: tanh of the weighted sum plus the bias
        total = self.b
        for w, xi in zip(self.w, x, strict=True):
            total = total + w * xi
        return total.tanh()
        ### END SOLUTION

    def parameters(self) -> list[Value]:
        """Every Value that training may change."""
        ### BEGIN SOLUTION: the weights, then the bias
        return [*self.w, self.b]
        ### END SOLUTION
