"""The command line: quick help, exit codes passed on, mistakes in one line, lessons found."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

from micrograd_lab import __version__, cli
from micrograd_lab.course import progress
from micrograd_lab.errors import ExerciseError
from micrograd_lab.grader import terminal
from micrograd_lab.grader.exercises import every

COMMANDS = (
    *("tour", "example", "lab", "check", "watch", "list", "hint", "progress", "reset"),
    *("solution", "grade", "report", "warmup"),
)


def run(*args):
    return CliRunner().invoke(cli.app, args)


def in_a_process(*args, **environment):
    return subprocess.run(
        [sys.executable, "-c", "from micrograd_lab.cli import main; main()", *args],
        capture_output=True, text=True, encoding="utf-8", timeout=120, check=False,
        env=os.environ | environment,
    )  # fmt: skip


@pytest.fixture
def course(tmp_path, monkeypatch):
    """A course folder with three empty lessons and one exercise."""
    for name in ("notebooks/01_slope.ipynb", "notebooks/02_graph.ipynb",
                 "notebooks/03_local.ipynb", "exercises/ex01a_slope.py"):  # fmt: skip
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.touch()
    monkeypatch.setenv("MICROGRAD_LAB_HOME", str(tmp_path))
    return tmp_path


def test_help_lists_every_command():
    result = run("--help")
    assert result.exit_code == 0
    for name in COMMANDS:
        assert f"{name} " in result.output
        assert run(name, "--help").exit_code == 0


def test_version_is_the_package_version():
    result = run("--version")
    assert (result.exit_code, result.output) == (0, f"micrograd-lab {__version__}\n")


def test_starting_the_command_line_loads_nothing_heavy():
    heavy = ("numpy", "matplotlib", "sklearn", "numba", "IPython", "nbformat", "pygraphviz")
    code = f"import sys, micrograd_lab.cli; print([m for m in {heavy} if m in sys.modules])"
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60
    )
    assert done.stdout.strip() == "[]"


@pytest.mark.parametrize("code", [0, 1, 2])
def test_the_graders_exit_code_is_passed_on(monkeypatch, code):
    asked = []

    def answer(*args):
        asked.append(args)
        return code

    for name in ("check", "hint", "progress", "solution"):
        monkeypatch.setattr(terminal, name, answer)
    for args in (["check"], ["check", "ex01", "ex02"], ["hint", "ex01"], ["progress"],
                 ["solution", "ex01"], ["solution", "ex01", "--really"]):  # fmt: skip
        assert run(*args).exit_code == code
    assert asked == [
        ([],), (["ex01", "ex02"],), ("ex01",), (progress.heading, progress.going_on),
        ("ex01", False), ("ex01", True),
    ]  # fmt: skip


def test_a_mistake_is_one_red_line_and_exit_code_2(monkeypatch):
    def fail(names):
        raise ExerciseError("no such [exercise]:\nex99 " + "very " * 40 + "far away")

    monkeypatch.setattr(terminal, "check", fail)
    result = run("check", "ex99")
    assert result.exit_code == 2
    assert result.stdout == ""
    assert result.stderr.count("\n") == 1
    assert result.stderr.startswith("no such [exercise]: ex99 very")


def test_ctrl_c_is_one_sentence_and_exit_code_130(monkeypatch):
    def interrupted(*args):
        raise KeyboardInterrupt

    monkeypatch.setattr(terminal, "progress", interrupted)
    result = run("progress")
    assert result.exit_code == 130
    assert result.stderr.strip() == "Stopped, as you asked. What was written so far is whole."


def test_a_bad_out_is_one_line_before_any_work(tmp_path):
    (tmp_path / "taken").write_text("mine")
    done = in_a_process("tour", "--out", str(tmp_path / "taken"))
    assert done.returncode == 2
    assert done.stdout == ""
    assert done.stderr.count("\n") == 1
    assert "this is a file" in done.stderr
    assert (tmp_path / "taken").read_text() == "mine"


def test_a_terminal_without_the_letters_gets_question_marks_instead_of_a_crash(course):
    done = in_a_process("progress", PYTHONIOENCODING="ascii")
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize(
    "name", ["2", "02", "02_graph", "02_graph.ipynb", "notebooks/02_graph.ipynb"]
)
def test_a_lesson_is_found_by_number_or_name(course, name):
    assert cli.find_lesson(name) == course / "notebooks" / "02_graph.ipynb"


@pytest.mark.parametrize("name", ["4", "graph", "0", "²", ".."])
def test_an_unknown_lesson_names_those_there_are(course, name):
    result = run("lab", name)
    assert result.exit_code == 2
    assert "01_slope, 02_graph, 03_local" in result.stderr
    assert result.stderr.count("\n") == 1


def test_no_lessons_is_a_clear_error(course):
    for path in (course / "notebooks").iterdir():
        path.unlink()
    result = run("lab")
    assert result.exit_code == 2
    assert "micrograd_lab.course build" in result.stderr


def test_the_next_lesson_is_that_of_the_first_exercise_not_passed(course):
    assert cli.next_lesson() == "01"
    done = {
        e.name: {"best": e.points, "attempts": 1, "hints": 0, "asked": False}
        for e in every()
        if e.id.startswith("ex01")
    }
    record = course / ".micrograd_lab" / "record.json"
    record.parent.mkdir()
    record.write_text(json.dumps({"schema": 1, "exercises": done, "predictions": {}}))
    assert cli.next_lesson() == "02"


def test_lab_opens_jupyterlab_on_the_lesson_with_further_options(course):
    fake = course / "fake"
    fake.mkdir()
    (fake / "jupyterlab.py").write_text("import sys; print(sys.argv[1:]); sys.exit(7)")
    done = in_a_process("lab", "3", "--no-browser", "--port=1234", PYTHONPATH=str(fake))
    assert done.returncode == 7, done.stderr
    notebook = str(Path(course) / "notebooks" / "03_local.ipynb")
    assert done.stdout.strip() == str([notebook, "--no-browser", "--port=1234"])


def test_lab_takes_options_without_a_lesson_and_opens_the_next_one(course):
    fake = course / "fake"
    fake.mkdir()
    (fake / "jupyterlab.py").write_text("import sys; print(sys.argv[1:])")
    done = in_a_process("lab", "--no-browser", "--port=1234", PYTHONPATH=str(fake))
    notebook = str(Path(course) / "notebooks" / "01_slope.ipynb")
    assert done.stdout.strip() == str([notebook, "--no-browser", "--port=1234"]), done.stderr
