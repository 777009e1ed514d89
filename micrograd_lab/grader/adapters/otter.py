"""Otter: a notebook per lesson, with a question per exercise and a test per probe."""

import json
import re
from collections.abc import Iterable
from typing import Any

from micrograd_lab.grader.adapters.nbgrader import as_written, by_lesson, cell, parts, written
from micrograd_lab.grader.home import course_folder, read_solution
from micrograd_lab.grader.spec import Exercise

BEGIN = re.compile(r"^( *)### BEGIN SOLUTION(?:: *(.*?))? *$", re.MULTILINE)
END = re.compile(r"^( *)### END SOLUTION *$", re.MULTILINE)


def notebooks(exercises: Iterable[Exercise]) -> dict[str, bytes]:
    """By path: the instructor's version, from which `otter assign` makes the one for students.

    Raises ExerciseError if the course folder with the solutions is not found.
    """
    files = {}
    for lesson, group in by_lesson(exercises):
        config = f"# ASSIGNMENT CONFIG\nname: {lesson}\nexport_cell: false\ngenerate: true"
        cells = [
            cell("raw", config, f"{lesson}-config"),
            cell("markdown", f"# Exercises of lesson {lesson[2:]}", f"{lesson}-title"),
        ]
        for exercise in group:
            cells += _question(exercise)
        files[f"{lesson}/{lesson}.ipynb"] = written(cells)
    return files


def marked(code: str) -> str:
    """A solution with Otter's marks instead of ours; students find the same stub as elsewhere."""
    return END.sub(r"\1# END SOLUTION", BEGIN.sub(_begin, code))


def _begin(found: re.Match[str]) -> str:
    indent, what = found[1], found[2] or "write this part"
    message = json.dumps(f"your turn: {what}", ensure_ascii=False)
    return (
        f'{indent}""" # BEGIN PROMPT\n{indent}raise NotImplementedError({message})\n'
        f'{indent}""" # END PROMPT\n{indent}# BEGIN SOLUTION NO PROMPT'
    )


def _question(exercise: Exercise) -> list[Any]:
    """The cells of one exercise; raw ones say to Otter where what begins and ends."""
    task, code = parts(read_solution(course_folder(), exercise))
    points = [probe.points for probe in exercise.probes]

    def mark(text: str, name: str) -> Any:
        return cell("raw", f"# {text}", f"{exercise.id}-{name}")

    return [
        mark(f"BEGIN QUESTION\nname: {exercise.id}\npoints: {points}", "begin"),
        cell("markdown", as_written(task), f"{exercise.id}-task"),
        mark("BEGIN SOLUTION", "begin-solution"),
        cell("code", marked(code), f"{exercise.id}-solution"),
        mark("END SOLUTION", "end-solution"),
        mark("BEGIN TESTS", "begin-tests"),
        *(cell("code", _test(exercise, i), f"{exercise.id}-test-{i}") for i in range(len(points))),
        mark("END TESTS", "end-tests"),
        mark("END QUESTION", "end"),
    ]


def _test(exercise: Exercise, probe: int) -> str:
    return (
        "from micrograd_lab.grader.adapters.cell import right\n"
        f"right({exercise.id!r}, {probe})  # {exercise.probes[probe].asks}"
    )
