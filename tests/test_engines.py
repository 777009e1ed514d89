"""Whose engine a lesson runs on: the package's, or the learner's own where its report is green."""

import re
from pathlib import Path

import pytest

from micrograd_lab.course import notebooks
from micrograd_lab.course.engines import VARIABLE, engine
from micrograd_lab.errors import CourseError
from micrograd_lab.lens import conformance
from micrograd_lab.scalar import Value

ROOT = Path(__file__).resolve().parents[1]
SOLUTION = (ROOT / "solutions" / "ex05c_value.py").read_text(encoding="utf-8")
STUB = (ROOT / "exercises" / "ex05c_value.py").read_text(encoding="utf-8")
SWITCHED = re.compile(r"""^Value = engine\("Value"\)""", re.MULTILINE)
LESSONS = [
    path
    for path in sorted((ROOT / "notebooks" / "src").glob("[0-9]*.py"))
    if SWITCHED.search(path.read_text(encoding="utf-8"))
]


@pytest.fixture
def write(tmp_path, monkeypatch):
    """Write the learner's exercise 05c in a course folder of its own."""
    monkeypatch.delenv(VARIABLE, raising=False)
    monkeypatch.setenv("MICROGRAD_LAB_HOME", str(tmp_path))
    (tmp_path / "exercises").mkdir()
    path = tmp_path / "exercises" / "ex05c_value.py"
    path.write_text(SOLUTION, encoding="utf-8")
    return lambda text: path.write_text(text, encoding="utf-8")


@pytest.mark.usefixtures("write")
def test_without_a_wish_it_is_the_package_s_and_nothing_is_said(capsys):
    assert engine("Value") is Value
    assert capsys.readouterr().out == ""


@pytest.mark.usefixtures("write")
def test_a_right_engine_runs_the_lesson_when_asked(capsys):
    own = engine("Value", mine=True)
    assert own is not Value
    assert conformance(own).ok
    assert "your own Value" in capsys.readouterr().out


@pytest.mark.usefixtures("write")
def test_the_environment_asks_for_all_lessons(monkeypatch):
    monkeypatch.setenv(VARIABLE, "mine")
    assert engine() is not Value


def test_the_environment_may_name_a_file(write, tmp_path, monkeypatch):
    write(STUB)
    (tmp_path / "other.py").write_text(SOLUTION, encoding="utf-8")
    monkeypatch.setenv(VARIABLE, str(tmp_path / "other.py"))
    assert engine() is not Value


def test_an_edit_counts_at_once(write):
    write(SOLUTION.replace("class Value:", "class Value:\n    edition = 2\n"))
    assert engine(mine=True).edition == 2
    write(SOLUTION.replace("class Value:", "class Value:\n    edition = 3\n"))
    assert engine(mine=True).edition == 3


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (STUB, "It is not written yet."),
        (SOLUTION.replace("parent.grad += local", "parent.grad = local"), "added to (+=)"),
        (SOLUTION.replace("reversed(order)", "order"), "Begin here:"),
        (SOLUTION.replace("class Value", "class Number"), "has no Value"),
        ("def Value(:", "SyntaxError"),
        ("1 / 0", "ZeroDivisionError"),
        ("raise SystemExit", "SystemExit"),
    ],
    ids=["stub", "overwrites", "not-reversed", "no-class", "syntax", "crash", "exit"],
)
def test_otherwise_the_package_s_stands_in_and_says_why(write, capsys, text, told):
    write(text)
    assert engine(mine=True) is Value
    said = capsys.readouterr().out
    assert told in said
    assert len(said.splitlines()) == 1


def test_a_missing_file_is_no_disaster(write, tmp_path, capsys):
    (tmp_path / "exercises" / "ex05c_value.py").rename(tmp_path / "exercises" / "ex05a_mine.py")
    assert engine(mine=True) is Value
    assert "not there" in capsys.readouterr().out


def test_an_unknown_name_is_an_error_that_lists_the_known_ones():
    with pytest.raises(CourseError, match="There are: Value"):
        engine("Vector")


@pytest.mark.parametrize("path", LESSONS, ids=lambda path: path.stem)
def test_a_lesson_says_the_same_on_the_learner_s_engine(path, monkeypatch):
    monkeypatch.setenv(VARIABLE, str(ROOT / "solutions" / "ex05c_value.py"))
    mine = notebooks.read(path)
    notebooks.execute(mine, path.stem, path.parent.parent, lambda **_: None)
    switch = next(cell for cell in mine.cells if SWITCHED.search(cell.source))
    assert "your own Value" in switch.outputs[0].text
    switch.outputs = []
    import nbformat

    stored = nbformat.read(ROOT / "notebooks" / f"{path.stem}.ipynb", as_version=4)
    assert notebooks.differences(stored, mine) == []
