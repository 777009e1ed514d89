"""Grades one submission: asks, compares, diagnoses, and puts the outcome into words."""

import secrets
from dataclasses import dataclass
from random import Random
from typing import Any

from micrograd_lab.grader import feedback
from micrograd_lab.grader.diagnose import Answers, agreement, answers, diagnose, draw
from micrograd_lab.grader.runner import LEVEL, Run, run
from micrograd_lab.grader.spec import Exercise

START = "Not written yet. In {file} replace `raise NotImplementedError(...)`{where}."
UNKNOWN = (
    "None of the known mistakes fits, so here is the first question that came out differently."
)


@dataclass(frozen=True)
class Row:
    """One probe: what it asked, what it is worth, whether it was answered rightly."""

    asks: str
    points: int
    right: bool


@dataclass(frozen=True)
class Evidence:
    """The first probe that was not answered rightly, in words."""

    asked: str
    found: str
    expected: str


@dataclass(frozen=True)
class Result:
    """The outcome for one exercise."""

    exercise: Exercise
    rows: tuple[Row, ...]
    says: tuple[str, ...]  # the feedback, one paragraph each
    names: tuple[str, ...] = ()  # the misconceptions behind it, for instructors
    evidence: Evidence | None = None
    prints: str = ""  # what the learner's code printed
    started: bool = True
    level: str = LEVEL

    @property
    def points(self) -> int:
        return sum(row.points for row in self.rows if row.right)

    @property
    def max_points(self) -> int:
        return self.exercise.points

    @property
    def passed(self) -> bool:
        return self.points == self.max_points


def grade(
    exercise: Exercise, source: str, *, seed: int | None = None, limit: float = 10.0
) -> Result:
    """Grade the text of a submission in a child process; a fresh secret seed unless one is given."""
    args = draw(exercise, Random(secrets.randbits(64) if seed is None else seed))
    return judge(exercise, source, args, run(exercise, source, args, limit), limit)


def judge(
    exercise: Exercise, source: str, args: list[dict[str, Any]], run: Run, limit: float
) -> Result:
    """Compare what came back with what was expected; the only place that knows both."""
    lines = source.splitlines()
    found: Answers = [run.answers.get(i) for i in range(len(exercise.probes))]
    expected = answers(exercise, exercise.reference, args)
    right = agreement(exercise, found, expected)
    rows = tuple(Row(p.asks, p.points, ok) for p, ok in zip(exercise.probes, right, strict=True))
    prints = run.prints.strip("\n")
    if all(right):
        return Result(exercise, rows, ("Everything is right.",), prints=prints)
    file = f"exercises/{exercise.name}.py"
    if _is_stub(run, found):
        says: tuple[str, ...] = (START.format(file=file, where=_unwritten_lines(run, found)),)
        return Result(exercise, rows, says, started=False)
    if failed := feedback.failure(exercise, run, lines, limit):
        return Result(exercise, rows, (failed,), prints=prints)
    first = right.index(False)
    evidence = _evidence(exercise, first, args[first], found[first], expected[first], lines)
    if _unwritten(found[first]):
        says = (f"A good start. Still to be written:{_unwritten_lines(run, found)}.",)
        return Result(exercise, rows, says, evidence=evidence, prints=prints)
    known = diagnose(exercise, found, args)
    says = tuple(m.says for m in known) or (UNKNOWN,)
    names = tuple(m.name for m in known)
    return Result(exercise, rows, says, names, evidence, prints)


def _evidence(
    exercise: Exercise, i: int, args: dict[str, Any], found: Any, expected: Any, lines: list[str]
) -> Evidence:
    probe = exercise.probes[i]
    value = feedback.found({"answer": expected.get("answer")}, [], {})
    because = probe.because.format(**args)
    return Evidence(
        asked=probe.call.format(**args) or probe.asks,
        found=feedback.found(found, lines, expected),
        expected=f"{value}: {because}" if because else value,
    )


def _unwritten(answer: Any) -> bool:
    """The probe met a part that is still `raise NotImplementedError`."""
    return isinstance(answer, dict) and answer.get("error", {}).get("kind") == "NotImplementedError"


def _is_stub(run: Run, found: Answers) -> bool:
    loading = run.loaded if run.loaded.get("failed") == "loading" else None
    return _unwritten(loading) or (run.ended == "done" and all(map(_unwritten, found)))


def _unwritten_lines(run: Run, found: Answers) -> str:
    """ " at lines 47, 52", the learner's own lines that are still to be written."""
    errors = [a["error"] for a in (run.loaded, *found) if _unwritten(a)]
    numbers = sorted({e["line"] for e in errors if isinstance(e.get("line"), int)})
    text = ", ".join(map(str, numbers))
    return f" at line{'s' if len(numbers) > 1 else ''} {text}" if numbers else ""
