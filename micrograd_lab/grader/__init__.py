"""The grader: asks a submission questions, and names the mistake behind the answers."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from micrograd_lab.grader.report import Report


def check(name: str, source: str | None = None) -> "Report":
    """Grade an exercise ("ex01a") or all of a lesson's ("ex01") and remember the outcome.

    The files graded are the ones in your `exercises/` folder.  `source` is the text of one
    exercise instead: it becomes that exercise's file (the former one is kept) and is graded.
    Raises ExerciseError for an unknown name or a missing file.
    """
    from micrograd_lab.grader.checking import check

    return check(name, source)
