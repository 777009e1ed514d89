"""Checks the learner's own files and remembers the outcome."""

import shutil
from pathlib import Path

from micrograd_lab.grader.exercises import find, find_one
from micrograd_lab.grader.grade import Result, grade
from micrograd_lab.grader.home import course_folder, exercise_file, read_exercise, write_text
from micrograd_lab.grader.record import editing
from micrograd_lab.grader.report import Report
from micrograd_lab.grader.spec import Exercise

UNFINISHED = "raise NotImplementedError("


def check(name: str, source: str | None = None) -> Report:
    """See `micrograd_lab.grader.check`."""
    home = course_folder()
    if source is not None:
        exercise = find_one(name)
        notes = [keep(home, exercise, source)]
        results = [grade(exercise, source)]
    else:
        exercises = find(name)
        notes = []
        results = [grade(e, text) for e, text in [(e, read_exercise(home, e)) for e in exercises]]
    notes.append(remember(home, results))
    return Report(tuple(results), tuple(note for note in notes if note))


def remember(home: Path, results: list[Result]) -> str:
    """Put the outcome into the record; work not yet begun leaves no trace.  Gives a note or ""."""
    with editing(home) as record:
        for result in results:
            if result.started:
                standing = record.standing(result.exercise.name)
                standing.attempts += 1
                standing.best = max(standing.best, result.points)
    return record.note


def keep(home: Path, exercise: Exercise, source: str) -> str:
    """Make `source` the exercise's file; the former file goes to .micrograd_lab/backups.

    A cell that still holds the unwritten part is graded but not kept, so that running a fresh
    notebook from top to bottom never covers finished work.  Gives a note or "".
    """
    path = exercise_file(home, exercise)
    if UNFINISHED in source and path.exists() and path.read_bytes() != source.encode():
        return f"This cell is unfinished, so exercises/{path.name} stays as it is."
    return "" if put(home, exercise, source) is None else f"Saved as exercises/{path.name}."


def put(home: Path, exercise: Exercise, source: str) -> str | None:
    """Make `source` the exercise's file: where the former one is kept now, or "" if there was none.

    None if the file says so already.
    """
    path, kept = exercise_file(home, exercise), ""
    if path.exists():
        if path.read_bytes() == source.encode():
            return None
        number = 1
        while (backup := home / ".micrograd_lab/backups" / f"{path.stem}.{number}.py").exists():
            number += 1
        backup.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(path, backup)
        kept = str(backup.relative_to(home).as_posix())
    write_text(path, source)
    return kept
