"""The real nbgrader and Otter take our notebooks, and give the points that we give.

An optional lane, for neither belongs into our environment.  Each test runs where an environment
variable names a virtual environment with the tool, NumPy and micrograd_lab in it:

    MICROGRAD_LAB_NBGRADER   nbgrader 0.9
    MICROGRAD_LAB_OTTER      otter-grader 7 with its extra, grading
"""

import csv
import json
import os
import re
import subprocess
from pathlib import Path

import nbformat
import pytest

from micrograd_lab.grader.adapters import nbgrader, otter
from micrograd_lab.grader.adapters.nbgrader import parts
from micrograd_lab.grader.exercises import find
from micrograd_lab.grader.home import course_folder, read_solution

LESSONS = ("ex01", "ex05", "ex13")
EXERCISES = tuple(e for lesson in LESSONS for e in find(lesson))
TOO_SMALL = "def slope(f, x, h=1e-12):\n    return (f(x + h) - f(x - h)) / (2 * h)\n"
SOLVED = {e.entry_point: parts(read_solution(course_folder(), e))[1] for e in EXERCISES}
STUDENTS = {
    "all": SOLVED,
    "one": {"slope": SOLVED["slope"]},
    "part": {"slope": TOO_SMALL},
    "none": {},
}
EXPECTED = {"all": [10, 10], "one": [10, 0], "part": [9, 0], "none": [0, 0]}  # of lesson 01


def environment(variable):
    named = os.environ.get(variable)
    return pytest.param(named, marks=pytest.mark.skipif(not named, reason=f"no {variable}"))


def start(venv, folder, *command):
    path = {"PATH": f"{venv}/bin:{os.environ['PATH']}", "HOME": str(folder), "NO_COLOR": "1"}
    done = subprocess.run(
        [f"{venv}/bin/{command[0]}", *command[1:]], cwd=folder, env=os.environ | path,
        capture_output=True, text=True, timeout=300,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def write(folder, files):
    for name, content in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(content)


def solve(stub, answers, out):
    """A student's notebook: the one that was released, with answers in the cells to solve."""
    notebook = nbformat.read(stub, as_version=4)
    for cell in notebook.cells:
        for name, text in answers.items():
            if re.search(rf"^(def|class) {name}\b", cell.source, re.MULTILINE):
                cell.source = text
    out.parent.mkdir(parents=True, exist_ok=True)
    nbformat.write(notebook, out)


@pytest.mark.parametrize("venv", [environment("MICROGRAD_LAB_NBGRADER")])
def test_nbgrader_gives_our_points(venv, tmp_path):
    write(tmp_path, nbgrader.notebooks(EXERCISES))
    for lesson in LESSONS:
        start(venv, tmp_path, "nbgrader", "generate_assignment", lesson)
        released = tmp_path / "release" / lesson / f"{lesson}.ipynb"
        assert "SOLUTION" not in released.read_text()
        for student, answers in STUDENTS.items():
            solve(released, answers, tmp_path / "submitted" / student / lesson / released.name)
        start(venv, tmp_path, "nbgrader", "autograde", lesson)
    start(venv, tmp_path, "nbgrader", "export")
    with (tmp_path / "grades.csv").open() as file:
        scores = {
            (r["assignment"], r["student_id"]): float(r["score"]) for r in csv.DictReader(file)
        }
    assert {s: scores["ex01", s] for s in STUDENTS} == {s: sum(p) for s, p in EXPECTED.items()}
    for lesson in LESSONS:
        assert scores[lesson, "all"] == sum(e.points for e in find(lesson))
        assert scores[lesson, "none"] == 0


@pytest.mark.parametrize("venv", [environment("MICROGRAD_LAB_OTTER")])
def test_otter_gives_our_points(venv, tmp_path):
    write(tmp_path, otter.notebooks(EXERCISES))
    for lesson in LESSONS:
        # assigning runs the solutions against the tests, and fails if one of them does
        start(venv, tmp_path, "otter", "assign", f"{lesson}/{lesson}.ipynb", f"{lesson}/dist")
    dist = tmp_path / "ex01" / "dist"
    [archive] = (dist / "autograder").glob("*.zip")
    for student, answers in STUDENTS.items():
        solve(dist / "student" / "ex01.ipynb", answers, tmp_path / student / "ex01.ipynb")
        start(
            venv,
            tmp_path,
            "otter",
            "run",
            f"{student}/ex01.ipynb",
            "-a",
            str(archive),
            "-o",
            student,
        )
        results = json.loads(Path(tmp_path, student, "results.json").read_text())
        scores = [test["score"] for test in results["tests"] if "score" in test]
        assert scores == EXPECTED[student]
