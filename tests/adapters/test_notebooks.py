"""nbgrader and Otter get notebooks whose cells grade the cell above, point for point."""

import ast
import json
import subprocess
import sys

import nbformat
import pytest

from micrograd_lab.course.exercises import stub
from micrograd_lab.errors import ExerciseError
from micrograd_lab.grader.adapters import cell, nbgrader, otter
from micrograd_lab.grader.exercises import every, find, find_one
from micrograd_lab.grader.home import course_folder, read_solution

EXERCISES = find("ex01")
RIGHT = "def slope(f, x, h=1e-5):\n    return (f(x + h) - f(x - h)) / (2 * h)\n"
TOO_SMALL = "def slope(f, x, h=1e-12):\n    return (f(x + h) - f(x - h)) / (2 * h)\n"
STUB = 'def slope(f, x, h=1e-5):\n    raise NotImplementedError("your turn")\n'


def read(content):
    return nbformat.reads(content.decode(), as_version=4).cells


# The cell that grades.


def test_points_are_those_of_the_cell_that_was_run_last(capsys):
    assert cell.points("ex01a", ["import math", TOO_SMALL, RIGHT, "slope(abs, 1.0)"]) == 10.0
    assert "✓ ex01a" in capsys.readouterr().out
    assert 0 < cell.points("ex01a", [RIGHT, TOO_SMALL]) < 10.0
    said = capsys.readouterr()
    assert "asked     how far left and right of " in said.out
    assert said.err == ""  # nbgrader counts whatever is written there as no points
    assert "micrograd-lab" not in said.out


def test_a_stub_earns_nothing():
    assert cell.points("ex01a", [STUB]) == 0.0


@pytest.mark.parametrize("cells", [[], ["def slopes(): pass", "x = slope"]])
def test_no_cell_with_a_solution_is_a_clear_error(cells):
    with pytest.raises(ExerciseError, match="no cell that was run defines `slope`"):
        cell.points("ex01a", cells)


def test_a_probe_passes_or_says_why_once():
    results = []
    for probe in range(len(EXERCISES[0].probes)):
        try:
            cell.right("ex01a", probe, [STUB])
            results.append("")
        except AssertionError as error:
            results.append(str(error))
    first, *others = results
    assert "Not written yet" in first
    assert all(text.startswith("not right: ") for text in others)
    for probe in range(len(EXERCISES[0].probes)):
        cell.right("ex01a", probe, [RIGHT])


def test_the_probes_of_a_mistake_add_up_to_its_points():
    def passes(probe):
        try:
            cell.right("ex01a", probe, [TOO_SMALL])
        except AssertionError:
            return False
        return True

    probes = EXERCISES[0].probes
    earned = sum(p.points for i, p in enumerate(probes) if passes(i))
    assert earned == cell.points("ex01a", [TOO_SMALL])


# The notebooks.


@pytest.mark.parametrize("exercise", every(), ids=lambda e: e.id)
def test_every_solution_splits_into_a_task_and_a_cell_that_is_found(exercise):
    task, code = nbgrader.parts(read_solution(course_folder(), exercise))
    assert task.startswith("Exercise ")
    assert "micrograd-lab check" not in task
    assert "```" not in task
    assert cell.solution_cell(exercise, [code, "x = 1"]) == code


@pytest.mark.parametrize("exercise", every(), ids=lambda e: e.id)
def test_otters_prompts_are_the_stub(exercise):
    text = read_solution(course_folder(), exercise)
    marked = otter.marked(nbgrader.parts(text)[1])
    ast.parse(marked)
    kept, solving = [], False
    for line in marked.splitlines():  # what `otter assign` takes away
        if line.strip() == "# BEGIN SOLUTION NO PROMPT":
            solving = True
        elif line.strip() == "# END SOLUTION":
            solving = False
        elif not solving and not line.endswith(("# BEGIN PROMPT", "# END PROMPT")):
            kept.append(line)
    assert "\n".join(kept) == nbgrader.parts(stub(text, exercise.name))[1]


def test_nbgraders_points_are_those_of_the_exercises():
    files = nbgrader.notebooks(every())
    assert list(files)[:2] == ["source/ex01/ex01.ipynb", "source/ex02/ex02.ipynb"]
    graded = [c.metadata["nbgrader"] for f in files.values() for c in read(f) if c.metadata]
    points = {m["grade_id"]: m["points"] for m in graded if m["grade"]}
    assert points == {f"{e.id}-points": e.points for e in every()}
    assert all(m["locked"] != m["solution"] for m in graded)


def test_otter_has_a_test_for_every_probe():
    files = otter.notebooks(EXERCISES)
    [content] = files.values()
    code = [c.source for c in read(content) if c.cell_type == "code"]
    tests = [source for source in code if "right(" in source]
    assert len(tests) == sum(len(e.probes) for e in EXERCISES)


@pytest.mark.parametrize("kind", [nbgrader, otter])
def test_a_notebook_is_the_same_every_time(kind):
    assert kind.notebooks(EXERCISES) == kind.notebooks(EXERCISES)


def test_the_notebook_of_nbgrader_runs_and_gives_full_marks(tmp_path):
    [content] = nbgrader.notebooks(EXERCISES).values()
    cells = [c.source for c in read(content) if c.cell_type == "code"]
    script = f"""
import json, sys
from IPython.core.interactiveshell import InteractiveShell
shell = InteractiveShell.instance()
shell.history_manager.enabled = False
given = [shell.run_cell(text, store_history=True).result for text in {cells!r}]
print(json.dumps([points for points in given if points is not None]))
"""
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, timeout=60, check=True,
        cwd=tmp_path, env={"PATH": "", "IPYTHONDIR": str(tmp_path)},
    )  # fmt: skip
    assert json.loads(done.stdout.splitlines()[-1]) == [float(e.points) for e in EXERCISES]


def test_an_exercise_of_several_has_to_be_named():
    with pytest.raises(ExerciseError, match="Which one"):
        cell.points("ex01", [RIGHT])
    assert find_one("ex01a") is EXERCISES[0]
