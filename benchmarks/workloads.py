"""What is computed: each workload is the same lines of Python for every engine."""

import random
import time
from collections.abc import Callable
from typing import Any

import numpy as np

from benchmarks.peers import Engine, load


class Moons:
    """S1: a training step of micrograd's own demonstration.

    Two interleaved half moons of 100 points, MLP(2, [16, 16, 1]), hinge loss + L2: forward, zero_grad,
    backward, SGD.  About 65,000 nodes a step.
    """

    steps = 3  # in one timed block

    def __init__(self, engine: Engine, points: int = 100) -> None:
        rng = np.random.default_rng(1337)
        angle = np.pi * rng.random(points)
        self.labels = np.resize([1, -1], points)
        upper = np.stack([np.cos(angle), np.sin(angle)], axis=1)
        lower = np.array([1.0, 0.5]) - upper
        self.points = np.where(self.labels[:, None] > 0, upper, lower)
        self.points += rng.normal(0, 0.1, (points, 2))

        self.engine = engine
        random.seed(1337)
        self.model = engine.MLP(2, [16, 16, 1])
        self.start = [p.data for p in self.model.parameters()]

    def reset(self) -> None:
        """Back to the first step, so that every block does the same work."""
        for p, data in zip(self.model.parameters(), self.start, strict=True):
            p.data = data

    def step(self) -> float:
        """One step of training; returns the loss."""
        Value = self.engine.Value
        inputs = [list(map(Value, row)) for row in self.points]
        scores = list(map(self.model, inputs))
        margins = [(1 + -y * s).relu() for y, s in zip(self.labels, scores, strict=True)]
        loss = sum(margins) * (1.0 / len(margins)) + 1e-4 * sum(
            p * p for p in self.model.parameters()
        )
        self.model.zero_grad()
        loss.backward()
        for p in self.model.parameters():
            p.data -= 0.5 * p.grad
        return float(loss.data)

    def gradients(self) -> list[float]:
        return [float(p.grad) for p in self.model.parameters()]


def one_block(engine_name: str) -> None:
    """The steps of one timed block.  Runs in a child, where memory is measured."""
    workload = Moons(load(engine_name))
    for _ in range(workload.steps):
        workload.step()


def chain(x: Any, n: int) -> Any:
    """n nodes, each the negative of the one before."""
    y = x
    for _ in range(n):
        y = -y
    return y


def uses(x: Any, n: int) -> Any:
    """One node used n times."""
    return sum([x] * n)


MILLION: dict[str, tuple[Callable[[Any, int], Any], float]] = {  # the graph, and d(root)/dx
    "chain of 1,000,000": (chain, 1.0),
    "1,000,000 uses of one node": (uses, 1_000_000.0),
}


def million(name: str, engine_name: str) -> dict[str, float]:
    """Seconds to build, differentiate and drop a graph of a million nodes.  Runs in a child."""
    graph, expected = MILLION[name]
    x = load(engine_name).Value(2.0)
    seconds = {}

    started = time.perf_counter()
    root = graph(x, 1_000_000)
    seconds["forward"] = time.perf_counter() - started

    started = time.perf_counter()
    root.backward()
    seconds["backward"] = time.perf_counter() - started

    started = time.perf_counter()
    del root
    seconds["delete"] = time.perf_counter() - started

    assert x.grad == expected, f"{name}: gradient {x.grad}, expected {expected}"
    return seconds
