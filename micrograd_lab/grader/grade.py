"""Grades one submission: asks, compares, diagnoses, and puts the outcome into words."""

import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from random import Random
from typing import Any

from micrograd_lab.grader import feedback
from micrograd_lab.grader.diagnose import (
    Answers,
    Key,
    agreement,
    answer_key,
    answers,
    draw,
    explain,
)
from micrograd_lab.grader.runner import LEVEL, Run, run
from micrograd_lab.grader.sandbox.levels import LIGHT, Level
from micrograd_lab.grader.shrink import Ask, Case, smallest
from micrograd_lab.grader.spec import Exercise

START = "Not written yet. In {file} replace `raise NotImplementedError(...)`{where}."
AGAIN = 4.0  # seconds at most for a second look; what has been answered by then counts


@dataclass(frozen=True)
class Row:
    """One probe: what it asked, what it is worth, whether it was answered rightly."""

    asks: str
    points: int
    right: bool


@dataclass(frozen=True)
class Evidence:
    """One question that was not answered rightly, in words."""

    asked: str
    found: str
    expected: str
    differs: str = ""  # where the two differ first, if they have several parts
    case: Case | None = None  # the same as data, from which a picture can be drawn


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
    kind: str = "right"  # "known" mistakes, "unwritten", or one of `feedback.KINDS`

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
    exercise: Exercise,
    source: str,
    *,
    seed: int | None = None,
    limit: float = 10.0,
    level: Level = LIGHT,
) -> Result:
    """Grade the text of a submission in a child process; a fresh secret seed unless one is given.

    A wrong answer that no known mistake explains is asked about once more, to find a small case.
    """
    args = draw(exercise, Random(secrets.randbits(64) if seed is None else seed))

    def again(asking: Exercise, args: list[dict[str, Any]]) -> Answers:
        more = run(asking, source, args, min(limit, AGAIN), level)
        return [more.answers.get(i) for i in range(len(args))]

    return judge(exercise, source, args, run(exercise, source, args, limit, level), limit, again)


def judge(
    exercise: Exercise,
    source: str,
    args: list[dict[str, Any]],
    run: Run,
    limit: float,
    again: Ask | None = None,
    key: Key | None = None,
) -> Result:
    """Compare what came back with what was expected; the only place that knows both.

    again: puts further questions to the submission, to find a small one that it gets wrong.
    key: the right and the known wrong answers, where somebody has computed them already.
    """
    lines = source.splitlines()
    found: Answers = [run.answers.get(i) for i in range(len(exercise.probes))]
    expected = key.right if key else answers(exercise, exercise.reference, args)
    right = agreement(exercise, found, expected)
    rows = tuple(Row(p.asks, p.points, ok) for p, ok in zip(exercise.probes, right, strict=True))
    failed = [i for i, ok in enumerate(right) if not ok]

    def case(i: int) -> Case:
        return Case(i, args[i], found[i], expected[i])

    def result(kind: str, *says: str, **more: Any) -> Result:
        prints = run.prints.strip("\n")
        return Result(exercise, rows, says, prints=prints, level=run.level, kind=kind, **more)

    if not failed:
        return result("right", "Everything is right.")
    missing = {i for i in failed if _unwritten(found[i])}
    loading = run.loaded if run.loaded.get("failed") == "loading" else None
    if _unwritten(loading) or (run.ended == "done" and len(missing) == len(right)):
        return result("unwritten", _start(exercise, [loading, *found]), started=False)
    kind, says = feedback.failure(exercise, run, lines, limit)
    if says:
        silent = [i for i in failed if found[i] is None]
        asked = silent if not run.loaded.get("failed") else []
        evidence = _evidence(exercise, case(asked[0]), lines) if asked else None
        return result(kind, says, evidence=evidence)
    to_come = [f"Still to be written{feedback.unwritten(found)}."] if missing else []
    written = [i for i in failed if i not in missing]
    if not written:
        evidence = _evidence(exercise, case(failed[0]), lines)
        return result("unwritten", f"A good start. {to_come[0]}", evidence=evidence)
    known = explain(exercise, found, key or answer_key(exercise, args), missing)
    if known:
        evidence = _evidence(exercise, case(written[0]), lines)
        names = tuple(m.name for m in known)
        return result("known", *(m.says for m in known), *to_come, names=names, evidence=evidence)
    one = case(written[0])
    if again is not None:
        one = smallest(exercise, one, written, again)
    kind, says = feedback.unknown(one.found, one.expected)
    return result(kind, says, *to_come, evidence=_evidence(exercise, one, lines))


def _evidence(exercise: Exercise, case: Case, lines: list[str]) -> Evidence:
    probe = exercise.probes[case.probe]
    value = feedback.found({"answer": case.expected.get("answer")}, [], {})
    because = probe.because.format(**case.args)
    return Evidence(
        asked=probe.call.format(**case.args) or probe.asks,
        found=feedback.found(case.found, lines, case.expected),
        expected=f"{value}: {because}" if because else value,
        differs=feedback.differs(case.found, case.expected, probe.tol),
        case=case,
    )


def _unwritten(answer: Any) -> bool:
    """The probe met a part that is still `raise NotImplementedError`."""
    error = answer.get("error") if isinstance(answer, Mapping) else None
    return isinstance(error, Mapping) and error.get("kind") == "NotImplementedError"


def _start(exercise: Exercise, answers: Answers) -> str:
    where = feedback.unwritten(answers)
    if where.startswith(":"):  # it runs, but what it gives is empty
        return f"Not written yet{where}."
    return START.format(file=f"exercises/{exercise.name}.py", where=where)
