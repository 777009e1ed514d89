"""The smallest question that a submission answers wrongly, when no known mistake explains it.

A question is made smaller by drawing it again from a generator that prefers simple numbers: what
comes out is always a question that its probe could have asked.  A probe may list its simplest
questions instead, as those about any graph do: see `small_graphs`.
"""

import json
import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from random import Random
from typing import Any

from micrograd_lab.grader.compare import same
from micrograd_lab.grader.diagnose import Answers, answers
from micrograd_lab.grader.feedback import unknown
from micrograd_lab.grader.spec import Exercise, Probe

REDRAWN = 12  # simpler questions per probe
BATCH = 120  # questions in all: they are put in one go


@dataclass(frozen=True)
class Case:
    """One question, what was answered, and what should have been."""

    probe: int
    args: dict[str, Any]
    found: Any
    expected: Any


Ask = Callable[[Exercise, list[dict[str, Any]]], Answers]  # puts its probes to the submission


def smallest(exercise: Exercise, first: Case, failed: Sequence[int], ask: Ask) -> Case:
    """The smallest form of the first probe that still fails in the way of `first`; if it has none,
    of the next that `failed`; else `first`.

    Deterministic: the same submission and the same first case give the same smallest one.
    """
    trials = [(i, args) for i in failed for args in simpler(exercise.probes[i])]
    trials.sort(key=lambda trial: (trial[0], cost(trial[1])))  # probes begin with the plain ones
    trials = trials[:BATCH]
    if not trials:
        return first
    asking = replace(exercise, probes=tuple(exercise.probes[i] for i, _ in trials))
    args = [a for _, a in trials]
    expected = answers(asking, exercise.reference, args)
    found = ask(asking, args)
    way = unknown(first.found, first.expected)[0]
    for (i, smaller), right, said in zip(trials, expected, found, strict=True):
        if "answer" not in right or said is None or same(said, right, exercise.probes[i].tol):
            continue
        if unknown(said, right)[0] == way:
            return Case(i, smaller, said, right)
    return first


def simpler(probe: Probe) -> list[dict[str, Any]]:
    """Simple questions that this probe may ask, no two alike."""
    drawn: Iterable[dict[str, Any]] = (
        probe.simple() if probe.simple else (probe.draw(Plain(seed)) for seed in range(REDRAWN))
    )
    return [json.loads(text) for text in dict.fromkeys(json.dumps(args) for args in drawn)]


def cost(x: Any) -> float:
    """How much there is to read, and to compute: digits, and the size of large whole numbers."""
    if isinstance(x, dict):
        return sum(map(cost, x.values()))
    if isinstance(x, list):
        return 1 + sum(map(cost, x))
    if isinstance(x, int):
        return max(len(str(x)), abs(x) / 8)
    return len(str(x))


class Plain(Random):
    """A generator of simple numbers: whole ones or halves, and small ones, more often than not.

    Nothing is ruled out, so that a draw which repeats itself until it is content comes to an end.
    """

    def uniform(self, a: float, b: float) -> float:
        low, high = min(a, b), max(a, b)
        for step in (1.0, 0.5, 0.1):  # inside, and not 0: nothing sits on an edge by choice
            first, last = math.floor(low / step) + 1, math.ceil(high / step) - 1
            inside = sorted((i for i in range(first, min(last, first + 99) + 1) if i), key=abs)
            if inside and self.random() < 0.9:
                return round(inside[self._small() % len(inside)] * step, 1)
        return super().uniform(a, b)

    def randint(self, a: int, b: int) -> int:
        nearest = min(max(0, a), b)
        step = self._small() % (b - a + 1)
        return nearest + step if nearest + step <= b else b - step

    def _small(self) -> int:
        """0 half of the time, 1 a quarter of the time, and so on."""
        return int(-math.log2(1.0 - self.random()))
