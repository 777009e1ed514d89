"""How it is timed: equal answers first, then interleaved rounds."""

import gc
import math
import statistics
import time
from collections.abc import Callable, Mapping
from typing import Protocol

from micrograd_lab.errors import LabError


class Training(Protocol):
    """A workload that trains: the same steps again after every reset()."""

    steps: int

    def reset(self) -> None: ...
    def step(self) -> float: ...
    def gradients(self) -> list[float]: ...


class UnequalError(LabError, AssertionError):
    """Two engines that compute different things must not be timed against each other."""


def agree(
    ours: Training, peer: Training, rtol: float = 1e-9, atol: float = 1e-12, steps: int = 5
) -> None:
    """Run a few steps on both, comparing every loss and gradient; raises UnequalError."""
    ours.reset()
    peer.reset()
    for k in range(min(steps, ours.steps)):
        losses = [("loss", ours.step(), peer.step())]
        gradients = zip(ours.gradients(), peer.gradients(), strict=True)
        pairs = losses + [(f"gradient {i}", a, b) for i, (a, b) in enumerate(gradients)]
        for what, a, b in pairs:
            if not math.isclose(a, b, rel_tol=rtol, abs_tol=atol):
                raise UnequalError(
                    f"step {k}: {what} is {a!r} here and {b!r} there; nothing was timed."
                )


def seconds(step: Callable[[], object]) -> float:
    """Of one call."""
    started = time.perf_counter()
    step()
    return time.perf_counter() - started


def seconds_per_step(workload: Training) -> float:
    """One block, after a collection, so that no engine pays for another's garbage.

    The step before it is not timed: it finds caches and pages as the other engine left them.
    """
    workload.reset()
    workload.step()
    gc.collect()
    started = time.perf_counter()
    for _ in range(workload.steps):
        workload.step()
    return (time.perf_counter() - started) / workload.steps


def interleaved(
    workloads: Mapping[str, Training],
    rounds: int,
    tick: Callable[[int], None] = lambda k: None,
    turn_of: Callable[[str], None] = lambda name: None,
) -> dict[str, list[float]]:
    """Seconds per step of each engine, round by round, taking turns at going first.

    turn_of: called with an engine's name before each of its blocks.
    """
    assert gc.isenabled(), "the garbage collector is part of what an engine costs"
    times: dict[str, list[float]] = {name: [] for name in workloads}
    for k in range(rounds):
        turn = list(workloads.items())
        for name, workload in turn if k % 2 == 0 else reversed(turn):
            turn_of(name)
            times[name].append(seconds_per_step(workload))
        tick(k + 1)
    return times


def spread(figures: list[float]) -> tuple[float, float, float]:
    """(median, smallest, largest)"""
    return statistics.median(figures), min(figures), max(figures)
