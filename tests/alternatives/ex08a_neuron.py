"""Right answers to exercise 08a that are not the solution's."""

SOLUTIONS = {
    "one expression each": """
from micrograd_lab.scalar import Value

class Neuron:
    def __init__(self, nin, rng):
        self.w, self.b = [Value(rng.uniform(-1, 1), label=f"w{i}") for i in range(nin)], Value(0)

    def __call__(self, x):
        return sum((w * xi for w, xi in zip(self.w, x)), self.b).tanh()

    def parameters(self):
        return self.w + [self.b]
""",
    "tanh from exp, tuples": """
import operator
from micrograd_lab.scalar import Value

class Neuron:
    def __init__(self, n, rng):
        self.w = tuple(Value(2 * rng.random() - 1) for _ in range(n))
        self.b = Value(0.0)

    def parameters(self):
        return (*self.w, self.b)

    def __call__(self, x):
        e = (2 * (sum(map(operator.mul, x, self.w)) + self.b)).exp()
        return 1 - 2 / (e + 1)
""",
    "the bias as one more weight, its input 1": """
from micrograd_lab.scalar import Value

class Neuron:
    def __init__(self, nin, rng):
        self.all = [Value(rng.uniform(-1, 1)) for i in range(nin)]
        self.all.append(Value(0.0))

    @property
    def w(self):
        return self.all[:-1]

    @property
    def b(self):
        return self.all[-1]

    def __call__(self, x):
        total = 0
        for i, xi in enumerate([*x, 1.0]):
            total += self.all[i] * xi
        return total.tanh()

    def parameters(self):
        return self.all
""",
    "NumPy holds the Values": """
import numpy as np
from micrograd_lab.scalar import Value

class Neuron:
    def __init__(self, nin, rng):
        self.w = np.array([Value(rng.uniform(-1, 1)) for _ in range(nin)], dtype=object)
        self.b = Value(0.0)

    def __call__(self, x):
        return (np.dot(np.array(x, dtype=object), self.w) + self.b).tanh()

    def parameters(self):
        return list(self.w) + [self.b]
""",
}
