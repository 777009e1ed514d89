"""Scalars: a training step and a long chain, node by node and on a tape.

python -m benchmarks.scalars prints, for each engine, the fastest of many steps.
"""

import argparse
import random
import sys
from collections.abc import Callable
from typing import Any

from benchmarks.peers import OURS, MissingPeerError, load
from benchmarks.points import half_moons
from benchmarks.timing import Training, agree, seconds
from benchmarks.workloads import Moons
from micrograd_lab.scalar import MLP, Tape, Value


class MoonsOnTape:
    """S1 as its user would write it: the loss is built once, the steps run on a tape."""

    steps = 200  # in one timed block

    def __init__(self, points: int = 100) -> None:
        inputs, labels = half_moons(points)
        random.seed(1337)
        model = MLP(2, [16, 16, 1])
        scores = [model([Value(x) for x in row]) for row in inputs]
        margins = [(1 + -y * s).relu() for y, s in zip(labels, scores, strict=True)]
        loss = sum(margins) * (1.0 / len(margins)) + 1e-4 * sum(p * p for p in model.parameters())
        self.tape = Tape(loss, model.parameters())
        self.start = self.tape.numbers.copy()

    def reset(self) -> None:
        self.tape.numbers = self.start

    def step(self) -> float:
        """One step of training; returns the loss."""
        loss = self.tape.run()
        self.tape.numbers -= 0.5 * self.tape.gradients
        return loss

    def gradients(self) -> list[float]:
        return self.tape.gradients.tolist()  # type: ignore[no-any-return]


def chain(x: Any, ops: int = 100_000) -> Any:
    """Products and sums in turn, each of the one before."""
    for _ in range(ops // 2):
        x = x * 0.9999 + 0.0001
    return x


class Chain:
    """S2: the chain built, and differentiated, for one number after another."""

    steps = 1

    def __init__(self, name: str, ops: int = 100_000) -> None:
        self.node, self.ops = load(name).Value, ops
        self.reset()

    def reset(self) -> None:
        self.number, self.gradient = 2.0, 0.0

    def step(self) -> float:
        x = self.node(self.number)
        y = chain(x, self.ops)
        y.backward()
        self.gradient = x.grad
        self.number -= 0.01 * x.grad
        return float(y.data)

    def gradients(self) -> list[float]:
        return [float(self.gradient)]


class ChainOnTape:
    """S2 on a tape."""

    steps = 50

    def __init__(self, ops: int = 100_000) -> None:
        x = Value(2.0)
        self.tape = Tape(chain(x, ops), [x])

    def reset(self) -> None:
        self.tape.numbers = [2.0]

    def step(self) -> float:
        y = self.tape.run()
        self.tape.numbers -= 0.01 * self.tape.gradients
        return y

    def gradients(self) -> list[float]:
        return self.tape.gradients.tolist()  # type: ignore[no-any-return]


TAPE = f"{OURS} compiled"
SCALARS: dict[str, dict[str, Callable[[], Training]]] = {
    "S1": {
        OURS: lambda: Moons(load(OURS)),
        TAPE: MoonsOnTape,
        "micrograd": lambda: Moons(load("micrograd")),
    },
    "S2": {
        OURS: lambda: Chain(OURS),
        TAPE: ChainOnTape,
        "micrograd": lambda: Chain("micrograd"),
    },
}


def report(workload: str, rounds: int) -> None:
    """Losses and gradients agree with our Values, or nothing is timed."""
    reference = SCALARS[workload][OURS]()
    for name, build in SCALARS[workload].items():
        try:
            training = build()
            first = seconds(training.step)
            training.reset()
            reference.reset()
            agree(reference, training)
        except MissingPeerError as error:
            print(f"{workload}  {name:23} {error}")
        except RecursionError:
            print(f"{workload}  {name:23} RecursionError")
        else:
            best = min(seconds(training.step) for _ in range(rounds * training.steps))
            print(f"{workload}  {name:23} {best * 1e3:9.3f} ms, the first {first * 1e3:7.1f} ms")


def main(arguments: list[str]) -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.scalars", description=__doc__)
    parser.add_argument("--rounds", type=int, default=2, help="blocks of steps per engine")
    options = parser.parse_args(arguments)
    for workload in SCALARS:
        report(workload, options.rounds)


if __name__ == "__main__":
    main(sys.argv[1:])
