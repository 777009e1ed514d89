"""Grades one submission where a hosted grader put it: a folder, read and run as in a class."""

import secrets
import textwrap
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from micrograd_lab.grader.classroom.collect import collect
from micrograd_lab.grader.classroom.jobs import Job, Outcome, work
from micrograd_lab.grader.classroom.pages import clean
from micrograd_lab.grader.exercises import find_one

FACTS = ("asked", "found", "expected", "differs")


def graded(
    folder: Path, exercises: Sequence[str], limit: float = 10.0, trust: bool = False
) -> Outcome:
    """Grade the files in `folder`, behind the strongest wall there is, with a fresh secret seed.

    Raises SandboxError if nothing can be walled off here and there is no trust.
    """
    specs = tuple(find_one(name) for name in exercises)
    [submission] = collect([folder], specs)
    return work(Job(submission, tuple(exercises), secrets.randbits(64), "", limit, trust))


def heading(name: str) -> str:
    exercise = find_one(name)
    return f"{exercise.id} {exercise.title}"


def total(outcome: Outcome, what: str) -> int:
    """The sum of `points` or of `max_points`."""
    return sum(entry[what] for entry in outcome["exercises"].values())


def words(entry: dict[str, Any]) -> str:
    """The feedback on one exercise as plain text."""
    parts = list(entry["says"])
    if evidence := entry.get("evidence"):
        parts.append("\n".join(f"{k:<9} {evidence[k]}" for k in FACTS if evidence[k]))
    if entry["status"] != "passed" and (evidence or entry["points"]):
        parts.append("\n".join(
            f"{'✓' if right else '✗'} {points:>2}  {asks}" for asks, points, right in entry["rows"]
        ))  # fmt: skip
    if entry.get("prints"):
        parts.append("Your code printed:\n" + textwrap.indent(entry["prints"], "| "))
    return clean("\n\n".join(parts))


def remarks(outcome: Outcome) -> str:
    """What was not graded, and how a file with another name was understood."""
    return clean("\n".join([*outcome["problems"], *outcome["notes"]]))
