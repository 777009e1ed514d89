"""Grades, in a notebook, the cell that solves an exercise: for nbgrader and Otter.

Both run their checks in the kernel of the submission, where the submission can change anything,
this module included.  So that is for feedback and for honest people; marks that must withstand
more come from `micrograd-lab grade`, Gradescope or Classroom 50.
"""

import functools
import re
import textwrap
from collections.abc import Sequence
from typing import Any

from micrograd_lab.errors import ExerciseError
from micrograd_lab.grader.classroom.pages import clean
from micrograd_lab.grader.exercises import find_one
from micrograd_lab.grader.grade import Result, grade
from micrograd_lab.grader.report import facts, mark, shows_rows
from micrograd_lab.grader.spec import Exercise


def points(name: str, cells: Sequence[str] | None = None) -> float:
    """Say what is right and wrong with an exercise, and give its points, as nbgrader wants them.

    cells: the texts to look in; by default what this notebook has run.
    Raises ExerciseError if none of them defines what the exercise asks for.
    """
    result = _grade(find_one(name), cells)
    print(feedback(result))
    return float(result.points)


def right(name: str, probe: int, cells: Sequence[str] | None = None) -> None:
    """Pass if one probe of an exercise came out right, as Otter wants it; probes count from 0.

    Raises AssertionError if it did not: at the first such probe with all there is to say, at the
    others in short.  ExerciseError as `points`.
    """
    result = _grade(find_one(name), cells)
    wrong = [i for i, row in enumerate(result.rows) if not row.right]
    if probe in wrong:
        first = probe == wrong[0]
        raise AssertionError(feedback(result) if first else f"not right: {result.rows[probe].asks}")


def solution_cell(exercise: Exercise, cells: Sequence[str]) -> str:
    """The text that was run last of those that define what the exercise asks for."""
    defines = re.compile(rf"^(?:def|class) {re.escape(exercise.entry_point)}\b", re.MULTILINE)
    found = [cell for cell in cells if defines.search(cell)]
    if not found:
        raise ExerciseError(
            f"{exercise.id}: no cell that was run defines `{exercise.entry_point}`. Run the cell "
            "with your solution, then this one."
        )
    return found[-1]


def feedback(result: Result) -> str:
    """The outcome as plain text, without advice on commands that are not used here."""
    exercise = result.exercise
    score = f"{result.points} of {result.max_points} points"
    parts = [f"{mark(result)} {exercise.id} {exercise.title}: {score}", *result.says]
    if result.evidence:
        parts.append("\n".join(f"{key:<9} {value}" for key, value in facts(result.evidence)))
    if shows_rows(result):
        parts.append("\n".join(f"{'✓' if r.right else '✗'} {r.points:>2}  {r.asks}" for r in result.rows))  # fmt: skip
    if result.prints:
        parts.append("Your code printed:\n" + textwrap.indent(result.prints, "| "))
    return clean("\n\n".join(parts))


def _grade(exercise: Exercise, cells: Sequence[str] | None) -> Result:
    return _graded(exercise.name, solution_cell(exercise, _ran() if cells is None else cells))


@functools.lru_cache(maxsize=64)
def _graded(name: str, source: str) -> Result:
    """Kept, so that asking again about the same text gives the same points at once."""
    return grade(find_one(name), source)


def _ran() -> list[str]:
    """What this notebook has run, as it was typed; nothing outside a notebook."""
    from IPython import get_ipython

    shell: Any = get_ipython()
    return list(shell.history_manager.input_hist_raw) if shell else []
