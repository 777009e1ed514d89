"""What is computed: each workload is the same lines of Python for every engine."""

import random
import time
from collections.abc import Callable
from typing import Any

import numpy as np

from benchmarks.peers import Engine, load, load_tensors


def half_moons(points: int) -> tuple[Any, Any]:
    """Points in two interleaved half moons, and a label of 1 or -1 for each."""
    rng = np.random.default_rng(1337)
    angle = np.pi * rng.random(points)
    labels = np.resize([1, -1], points)
    upper = np.stack([np.cos(angle), np.sin(angle)], axis=1)
    lower = np.array([1.0, 0.5]) - upper
    moons = np.where(labels[:, None] > 0, upper, lower)
    return moons + rng.normal(0, 0.1, (points, 2)), labels


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


class TensorMoons:
    """T1: the same network on tensors: the whole batch at once, in float32, without a compiler.

    MLP 2-16-16-1 as people write it, hinge loss: forward, zero_grad, backward, and a step of SGD.
    """

    steps = 200

    def __init__(self, torch: Any, points: int = 100) -> None:
        moons, labels = half_moons(points)
        self.torch = torch
        self.points = torch.tensor(moons, dtype=torch.float32)
        self.labels = torch.tensor(labels[:, None], dtype=torch.float32)
        nn = torch.nn
        self.model = nn.Sequential(
            nn.Linear(2, 16), nn.ReLU(), nn.Linear(16, 16), nn.ReLU(), nn.Linear(16, 1)
        )
        self.optimizer = torch.optim.SGD(self.model.parameters(), lr=0.05)
        rng = np.random.default_rng(1337)
        self.start = {
            name: torch.tensor(rng.uniform(-1, 1, p.shape) / p.shape[-1] ** 0.5, dtype=p.dtype)
            for name, p in self.model.state_dict().items()
        }
        self.reset()

    def reset(self) -> None:
        """Back to the first step."""
        self.model.load_state_dict(self.start)

    def step(self) -> float:
        """One step of training; returns the loss."""
        scores = self.model(self.points)
        loss = self.torch.relu(1 - self.labels * scores).mean()
        self.optimizer.zero_grad()
        loss.backward()
        self.optimizer.step()
        return float(loss.item())

    def gradients(self) -> list[float]:
        return [g for p in self.model.parameters() for g in p.grad.flatten().tolist()]


TRAINING: dict[str, Callable[[str], Any]] = {
    "S1": lambda name: Moons(load(name)),
    "T1": lambda name: TensorMoons(load_tensors(name)),
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
