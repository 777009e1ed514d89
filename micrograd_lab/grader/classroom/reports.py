"""The results of a class as files: pages to read, tables for a spreadsheet, JSON for programs.

index.html  pages/*.html  points.csv  mistakes.csv  report.json
"""

import csv
import io
import json
from collections.abc import Iterable
from typing import Any

from micrograd_lab.grader.classroom.cohort import Cohort, sentence, title
from micrograd_lab.grader.classroom.pages import class_page, clean, student_page, student_row
from micrograd_lab.grader.classroom.results import Results, file_name
from micrograd_lab.grader.home import write_text

FORMULA = tuple("=+-@\t\r\n＝＋－＠|%")  # what makes a spreadsheet calculate instead of show


def write(results: Results) -> Cohort:
    """Write every report anew from the results; students pass through memory one at a time."""
    cohort, rows, levels = Cohort(), [], set()
    look, points, students = list(results.strays), [], []
    for outcome in results:
        cohort.add(outcome)
        rows.append(student_row(outcome))
        look += [f"{outcome['student']}: {problem}" for problem in outcome["problems"]]
        graded = outcome["exercises"]
        levels |= {e["level"] for e in graded.values() if "level" in e}
        points.append((outcome["student"], {name: e["points"] for name, e in graded.items()}))
        students.append(_in_short(outcome))
        name = f"{file_name(outcome['key'])}.html"
        write_text(results.folder / "pages" / name, student_page(outcome))
    write_text(results.folder / "index.html", class_page(cohort, "".join(rows), look, levels))
    write_text(results.folder / "points.csv", _points(cohort, points))
    write_text(results.folder / "mistakes.csv", _mistakes(cohort))
    write_text(results.folder / "report.json", _json(cohort, students, look, levels))
    return cohort


def cell(value: Any) -> Any:
    """A value for a spreadsheet: numbers as they are, text that can be nothing but text."""
    if isinstance(value, (int, float)):
        return value
    text = clean(value).replace("\n", " ")
    return "'" + text if text.lstrip().startswith(FORMULA) else text


def table(rows: Iterable[Iterable[Any]]) -> str:
    """Rows as CSV.  It begins with a byte order mark, or Excel takes é for two letters."""
    text = io.StringIO()
    csv.writer(text, lineterminator="\r\n").writerows([cell(x) for x in row] for row in rows)
    return "\ufeff" + text.getvalue()


def _points(cohort: Cohort, students: list[tuple[str, dict[str, int]]]) -> str:
    names = [tally.name for tally in cohort]
    head = ["student", *(name.partition("_")[0] for name in names), "total"]
    full = ["(possible)", *(tally.max_points for tally in cohort), cohort.max_points]
    lines = [
        [student, *(points.get(name, "") for name in names), sum(points.values())]
        for student, points in students
    ]
    return table([head, full, *lines])


def _mistakes(cohort: Cohort) -> str:
    head = ["exercise", "title", "mistake", "students", "handed in", "what sets it right"]
    return table([head, *(
        [tally.id, title(tally.name), name, count, tally.handed_in, sentence(tally.name, name)]
        for tally in cohort
        for name, count in tally.ranked()
    )])  # fmt: skip


def _in_short(outcome: dict[str, Any]) -> dict[str, Any]:
    kept = ("status", "points", "max_points", "names")
    graded = {k: {x: e[x] for x in kept} for k, e in outcome["exercises"].items()}
    return {**{k: outcome[k] for k in ("student", "problems", "notes")}, "exercises": graded}


def _json(cohort: Cohort, students: list[Any], look: list[str], levels: set[str]) -> str:
    exercises = {
        tally.name: {
            "max_points": tally.max_points,
            "mean": round(tally.mean, 3),
            "states": dict(sorted(tally.states.items())),
            "mistakes": dict(tally.ranked()),
            "others": dict(sorted(tally.others.items())),
        }
        for tally in cohort
    }
    content = {
        "schema": 1,
        "max_points": cohort.max_points,
        "levels": sorted(levels),
        "look": look,
        "exercises": exercises,
        "students": students,
    }
    return json.dumps(content, indent=1) + "\n"
