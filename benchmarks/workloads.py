"""What is computed: each workload is the same lines of Python for every engine."""

import random
import time
from collections.abc import Callable
from functools import partial
from typing import Any

from benchmarks.networks import NETWORKS, Network
from benchmarks.peers import Engine, load, load_tensors
from benchmarks.points import half_moons


class Moons:
    """S1: a training step of micrograd's own demonstration.

    Two interleaved half moons of 100 points, MLP(2, [16, 16, 1]), hinge loss + L2: forward, zero_grad,
    backward, SGD.  About 65,000 nodes a step.
    """

    steps = 3  # in one timed block

    def __init__(self, engine: Engine, points: int = 100) -> None:
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


TRAINING: dict[str, Callable[[str], Any]] = {
    "S1": lambda name: Moons(load(name)),
    **{
        name: partial(lambda what, peer: Network(*NETWORKS[what][:2], load_tensors(peer)), name)
        for name in NETWORKS
    },
}


def one_block(workload: str, engine_name: str) -> None:
    """The steps of one timed block.  Runs in a child, where memory is measured."""
    training = TRAINING[workload](engine_name)
    for _ in range(training.steps):
        training.step()


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
