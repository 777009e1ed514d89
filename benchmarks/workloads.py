"""Workloads on scalars: the same lines of Python for every engine that has a Value."""

import random
import time
from collections.abc import Callable
from typing import Any

from benchmarks.aims import EAGER
from benchmarks.peers import HOMES, OURS, Scalars, load
from benchmarks.points import half_moons
from benchmarks.problems import STEPS


class Moons:
    """S1: a training step of micrograd's own demonstration.

    Two interleaved half moons of 100 points, MLP(2, [16, 16, 1]), hinge loss + L2: forward, zero_grad,
    backward, SGD.  About 65,000 nodes a step.
    """

    steps = STEPS["S1"]

    def __init__(self, engine: Scalars, points: int = 100) -> None:
        self.points, self.labels = half_moons(points)
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
        inputs = [list(map(self.engine.Value, row)) for row in self.points]
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


VALUES = {EAGER if home == OURS else home: home for home in HOMES}  # engines that have a Value


def million(name: str, engine: str) -> dict[str, float]:
    """Seconds to build, differentiate and drop a graph of a million nodes.  Runs in a child."""
    graph, expected = MILLION[name]
    x = load(VALUES[engine]).Value(2.0)
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
