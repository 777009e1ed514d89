"""Whose engine a lesson runs on: the package's, or the learner's own where its report is green."""

import os
import re
from pathlib import Path

import nbformat
import pytest

import micrograd_lab
from micrograd_lab.course import notebooks
from micrograd_lab.course.engines import VARIABLE, engine
from micrograd_lab.errors import CourseError
from micrograd_lab.lens import conformance
from micrograd_lab.scalar import Value

ROOT = Path(__file__).resolve().parents[1]
FILES = [ROOT / "solutions" / name for name in ("ex05c_value.py", "ex13e_tensor.py")]
SOLUTION = FILES[0].read_text(encoding="utf-8")
STUB = (ROOT / "exercises" / "ex05c_value.py").read_text(encoding="utf-8")
SWITCHED = re.compile(r"""^(\w+) = engine\("\1"\)""", re.MULTILINE)
LESSONS = {
    path.stem: SWITCHED.findall(path.read_text(encoding="utf-8"))
    for path in sorted((ROOT / "notebooks" / "src").glob("[0-9]*.py"))
}
DRAWN = ("digraph {", "seed → ")  # a picture, and steps, as text


@pytest.fixture
def write(tmp_path, monkeypatch):
    """Write an exercise of the learner's in a course folder of its own, where 05c is solved."""
    monkeypatch.delenv(VARIABLE, raising=False)
    monkeypatch.setenv("MICROGRAD_LAB_HOME", str(tmp_path))
    (tmp_path / "exercises").mkdir()

    def write(text, name="ex05c_value.py"):
        (tmp_path / "exercises" / name).write_text(text, encoding="utf-8")

    write(SOLUTION)
    return write


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
        (SOLUTION.replace("class Value", "class Number"), "no Value there"),
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


def test_tensors_of_ones_own_come_with_the_library_around_them(write, capsys):
    write(FILES[1].read_text(encoding="utf-8"), "ex13e_tensor.py")
    torch = engine("torch", mine=True)
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    assert type(x.node).__name__ == "Tensor"
    assert type(x.node).__module__ == "your_ex13e_tensor"
    assert "your own Tensor" in capsys.readouterr().out


def test_a_tensor_that_is_wrong_leaves_the_lesson_to_the_packages(write, capsys):
    text = FILES[1].read_text(encoding="utf-8")
    wrong = text.replace("unbroadcast(g * b.data, a.data.shape)", "g * b.data")
    write(wrong, "ex13e_tensor.py")
    assert engine("torch", mine=True) is micrograd_lab
    said = capsys.readouterr().out
    assert "Begin here:" in said
    assert len(said.splitlines()) == 1


def test_several_files_may_be_named_each_with_a_class(monkeypatch, tmp_path):
    alike = [tmp_path / folder / "mine.py" for folder in "ab"]
    for path, file in zip(alike, FILES, strict=True):
        path.parent.mkdir()
        path.write_text(file.read_text(encoding="utf-8"), encoding="utf-8")
    monkeypatch.setenv(VARIABLE, os.pathsep.join(map(str, alike)))
    assert engine("Value").__module__ == "your_ex05c_value"
    assert engine("torch").own.__module__ == "your_ex13e_tensor"


def test_from_05_on_each_lesson_with_an_engine_to_switch_can_be_switched():
    """12 and 13 have none: they are about the package's own table, and its bookkeeping."""
    switched = {stem[:2]: names for stem, names in LESSONS.items() if names}
    assert {n for n, names in switched.items() if "Value" in names} == {
        *("05", "06", "07", "08", "09", "10", "11", "14")
    }
    assert {n for n, names in switched.items() if "torch" in names} == {"10", "11", "14"}


@pytest.mark.parametrize("stem", [stem for stem, names in LESSONS.items() if names])
def test_a_lesson_says_the_same_on_the_learner_s_engine(stem, monkeypatch):
    monkeypatch.setenv(VARIABLE, os.pathsep.join(map(str, FILES)))
    source = ROOT / "notebooks" / "src" / f"{stem}.py"
    mine = notebooks.read(source)
    notebooks.execute(mine, stem, source.parent.parent, lambda **_: None)
    switch = next(cell for cell in mine.cells if SWITCHED.search(cell.source))
    for name, kind in {"Value": "Value", "torch": "Tensor"}.items():
        assert (f"your own {kind}:" in switch.outputs[0].text) == (name in LESSONS[stem])
    switch.outputs = []

    stored = nbformat.read(ROOT / "notebooks" / f"{stem}.ipynb", as_version=4)
    if "torch" in LESSONS[stem]:
        for notebook in (stored, mine):
            without_pictures(notebook)
    assert notebooks.differences(stored, mine) == []


def without_pictures(notebook):
    """A graph of one's own keeps gradients in between, and may take a - b for a + (-b)."""
    for cell in notebook.cells:
        for output in cell.get("outputs", []):
            text = output.get("data", {}).get("text/plain", "")
            if any(word in text for word in DRAWN):
                output.data = {"text/plain": "a picture"}
