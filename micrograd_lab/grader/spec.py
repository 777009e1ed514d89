"""What the grader knows about one exercise, declared in one place."""

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from random import Random
from typing import Any


def nothing(rng: Random) -> dict[str, Any]:
    """The arguments of a probe that needs none."""
    return {}


@dataclass(frozen=True)
class Probe:
    """One question put to the learner's code, and what it is worth.

    `question(entry, **args)` calls the learner's entry point and returns plain numbers, text or
    lists of them.  It runs where the learner's code runs, so its source must stand alone: imports
    inside, no names from around it but the exercise's `helpers`.  `args` are drawn afresh for
    every grading, so no table of answers passes.
    """

    asks: str  # in words: "x used twice: y = x * x"
    question: Callable[..., Any]
    points: int
    draw: Callable[[Random], dict[str, Any]] = nothing
    call: str = ""  # how a failed one is shown, filled with args: "slope(sin, {x}, h={h})"
    because: str = ""  # what was expected and why, in words; filled with args too
    tol: float = 1e-6  # two numbers are the same when they differ by no more
    simple: Callable[[], Iterable[dict[str, Any]]] | None = None  # the simplest `args` there are
    group: int = 0  # probes of one group share a child process; each group gets a fresh one


@dataclass(frozen=True)
class Misconception:
    """A wrong implementation people really write, and the sentence that sets it right."""

    wrong: Callable[..., Any]
    says: str

    @property
    def name(self) -> str:
        """For instructors: half_denominator and HalfDenominator are both HALF_DENOMINATOR."""
        return re.sub(r"(?<=[a-z])(?=[A-Z])", "_", self.wrong.__name__).upper()


@dataclass(frozen=True)
class Exercise:
    """One exercise: what is asked, how it is judged, which mistakes are known, how to help."""

    name: str  # the stem of its files: "ex01a_central_difference"
    title: str
    entry_point: str  # the function or class the learner writes
    reference: Callable[..., Any]
    probes: tuple[Probe, ...]
    misconceptions: tuple[Misconception, ...]
    hints: tuple[str, ...]  # from a nudge to nearly the answer
    difficulty: int  # 1 to 3
    minutes: int
    helpers: tuple[Callable[..., Any], ...] = ()  # sent along with every question
    without: tuple[str, ...] = ()  # modules that would be the answer: not importable

    @property
    def id(self) -> str:
        """Lesson number and letter: "ex01a"."""
        return self.name.partition("_")[0]

    @property
    def points(self) -> int:
        return sum(probe.points for probe in self.probes)


def between(rng: Random, low: float, high: float) -> float:
    """A number with two decimals, short enough to read in a message."""
    return round(rng.uniform(low, high), 2)
