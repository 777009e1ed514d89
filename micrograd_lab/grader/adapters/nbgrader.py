"""nbgrader: a notebook per lesson, with a cell to solve and a cell that grades it per exercise."""

import ast
from collections.abc import Iterable, Iterator
from itertools import groupby
from typing import Any

from micrograd_lab.errors import ExerciseError
from micrograd_lab.grader.home import course_folder, read_solution
from micrograd_lab.grader.spec import Exercise

LAST_LINES = "Check your work with"  # of a task, about a command that is not used here
SCHEMA = 3


def notebooks(exercises: Iterable[Exercise]) -> dict[str, bytes]:
    """By path: the instructor's version, from which nbgrader makes the one for students.

    Raises ExerciseError if the course folder with the solutions is not found.
    """
    return {
        f"source/{lesson}/{lesson}.ipynb": written(
            [_title(lesson), *(cell for exercise in group for cell in _cells(exercise))]
        )
        for lesson, group in by_lesson(exercises)
    }


def by_lesson(exercises: Iterable[Exercise]) -> Iterator[tuple[str, Iterator[Exercise]]]:
    """ex01 with ex01a and ex01b, and so on."""
    return groupby(exercises, key=lambda exercise: exercise.id[:4])


def written(cells: list[Any]) -> bytes:
    """A notebook of these cells as a file."""
    import nbformat

    kernel = {"display_name": "Python 3", "language": "python", "name": "python3"}
    metadata = {"kernelspec": kernel, "language_info": {"name": "python"}}
    notebook = nbformat.v4.new_notebook(cells=cells, metadata=metadata)
    nbformat.validate(notebook)
    return f"{nbformat.writes(notebook)}\n".encode()


def parts(text: str) -> tuple[str, str]:
    """A solution's file in two: what is asked, and the code."""
    module = ast.parse(text)
    task = ast.get_docstring(module)
    if task is None:
        raise ExerciseError("a solution must begin with a docstring that says what is asked.")
    code = text.splitlines()[module.body[0].end_lineno :]
    return task.partition(LAST_LINES)[0].strip(), "\n".join(code).strip()


def _title(lesson: str) -> Any:
    return cell("markdown", f"# Exercises of lesson {lesson[2:]}", f"{lesson}-title")


def _cells(exercise: Exercise) -> list[Any]:
    """What is asked, the cell to solve, the cell that grades."""
    task, code = parts(read_solution(course_folder(), exercise))
    check = f"from micrograd_lab.grader.adapters.cell import points\n\npoints({exercise.id!r})"
    return [
        cell("markdown", as_written(task), f"{exercise.id}-task"),
        cell("code", code, f"{exercise.id}-solution", solution=True, locked=False),
        cell("code", check, f"{exercise.id}-points", grade=True, locked=True, points=exercise.points),
    ]  # fmt: skip


def as_written(task: str) -> str:
    """Markdown that keeps the drawings and examples of a task."""
    return f"```text\n{task}\n```"


def cell(kind: str, source: str, name: str, **nbgrader: Any) -> Any:
    """A "code", "markdown" or "raw" cell; with what nbgrader should know of it, if anything."""
    from nbformat import v4

    known = {"schema_version": SCHEMA, "grade_id": name, "grade": False, "solution": False}
    metadata = {"nbgrader": known | {"task": False} | nbgrader} if nbgrader else {}
    return getattr(v4, f"new_{kind}_cell")(source=source, id=name, metadata=metadata)
