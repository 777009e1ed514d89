"""Training in libraries that differentiate functions: step(weights, state, data), compiled as a whole."""

from collections.abc import Callable
from typing import Any

import numpy as np

from benchmarks.problems import problem, sample

Loss = Callable[[Any, Any], Any]  # (weights by name, data by name) -> the loss
Update = Callable[[Any, Any, Any], Any]  # (gradients, weights, state) -> (weights, state)


class Functional:
    """A training step of a library whose steps return new weights instead of changing the old.

    A subclass says how arrays become the library's, how a step is compiled, and what the gradients
    are; they need not be kept by a step, so that they are computed again when they are asked for.
    """

    def __init__(self, name: str) -> None:
        given = problem(name)
        self.steps, self.optimizer, self.start = given.steps, given.optimizer, given.weights
        self.data = {key: self.array(value) for key, value in given.data.items()}
        self.prepare(name)
        self.reset()

    def array(self, value: Any) -> Any:
        """The library's own array of these numbers, sharing no memory with them."""
        raise NotImplementedError

    def prepare(self, name: str) -> None:
        """Compile, or make ready for compiling, the step of that workload."""
        raise NotImplementedError

    def run(self) -> float:
        """One step, from self.weights and self.state to the next."""
        raise NotImplementedError

    def slopes(self) -> Any:
        """The gradients at self.weights, by name."""
        raise NotImplementedError

    def fresh(self) -> Any:
        """The optimiser's state before the first step; without one, room for the gradients."""
        zeros = lambda: {key: self.array(np.zeros_like(w)) for key, w in self.start.items()}
        if self.optimizer is None:
            return zeros()
        return (self.array(np.float32(0)), zeros(), zeros()) if self.optimizer[0] == "Adam" else ()

    def reset(self) -> None:
        """Back to the first step."""
        self.done = 0
        self.weights = {key: self.array(value) for key, value in self.start.items()}
        self.state = self.fresh()

    def step(self) -> float:
        """One step of training; returns the loss."""
        self.done += 1
        return self.run()

    def gradients(self) -> list[float]:
        """Those that the last step followed: go back to where it began."""
        before = self.done - 1
        self.reset()
        for _ in range(before):
            self.step()
        by_name = self.slopes()
        found = sample(by_name[key] for key in self.start)
        self.step()
        return found


def sgd(lr: float) -> Update:
    """weights - lr · gradients"""
    return lambda g, w, state: ({key: w[key] - lr * g[key] for key in w}, state)


def adam(lr: float) -> Update:
    """Kingma and Ba (2015), on whatever has arithmetic; the state is (count, means, mean squares)."""

    def update(g: Any, w: Any, state: Any) -> Any:
        count, m, v = state
        count = count + 1
        m = {key: 0.9 * m[key] + 0.1 * g[key] for key in w}
        v = {key: 0.999 * v[key] + 0.001 * g[key] * g[key] for key in w}
        a, b = lr / (1 - 0.9**count), 1 - 0.999**count
        return {key: w[key] - a * m[key] / ((v[key] / b) ** 0.5 + 1e-8) for key in w}, (count, m, v)

    return update


def differentiated_only(g: Any, w: Any, state: Any) -> Any:
    """No optimiser: the gradients are the result, and the weights stay."""
    return w, g


def rule(optimizer: tuple[str, float] | None) -> Update:
    """The update of a problem's optimiser."""
    if optimizer is None:
        return differentiated_only
    kind, lr = optimizer
    return {"SGD": sgd, "Adam": adam}[kind](lr)
