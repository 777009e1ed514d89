"""watch, list and reset: saves are checked, keys are answered, nothing a learner wrote is lost."""

import contextlib
import io
import os
import pty
import select
import subprocess
import sys
import time
from pathlib import Path

import pytest
from rich.console import Console
from typer.testing import CliRunner

from micrograd_lab import cli
from micrograd_lab.grader import check, record, watch
from micrograd_lab.grader.exercises import every, find
from micrograd_lab.grader.watch import Session

ROOT = Path(__file__).parents[1]
[SLOPE] = find("ex01a")
[BLAME] = find("ex01b")
RIGHT = "def slope(f, x, h=1e-5):\n    return (f(x + h) - f(x - h)) / (2 * h)\n"
DOUBLE = "def slope(f, x, h=1e-5):\n    return (f(x + h) - f(x - h)) / h\n"


@pytest.fixture
def home(tmp_path, monkeypatch):
    """A course folder with every stub and two solutions."""
    for name in ("exercises", "solutions"):
        (tmp_path / name).mkdir()
    for e in every():
        stub = f"def {e.entry_point}(*args):\n    raise NotImplementedError('your turn')\n"
        (tmp_path / "exercises" / f"{e.name}.py").write_text(stub, encoding="utf-8")
    for e in (SLOPE, BLAME):
        source = ROOT / "solutions" / f"{e.name}.py"
        (tmp_path / "solutions" / source.name).write_bytes(source.read_bytes())
    monkeypatch.setenv("MICROGRAD_LAB_HOME", str(tmp_path))
    return tmp_path


@pytest.fixture
def slope_file(home):
    return home / "exercises" / f"{SLOPE.name}.py"


@pytest.fixture
def session(home):
    console = Console(file=io.StringIO(), highlight=False, soft_wrap=True)
    return Session(console, SLOPE)


def shown(session):
    """What was printed since the last time."""
    file = session.console.file
    text = file.getvalue()
    file.seek(0)
    file.truncate()
    return text


def run(*args):
    return CliRunner().invoke(cli.app, args)


# watch


def test_a_save_is_checked_and_the_outcome_remembered(home, session, slope_file):
    slope_file.write_text(DOUBLE)
    session.saved([slope_file])
    assert "twice too large" in shown(session)
    slope_file.write_text(RIGHT)
    session.saved([slope_file])
    assert "✓ ex01a" in shown(session)
    standing = record.load(home).standing(SLOPE.name)
    assert (standing.best, standing.attempts) == (10, 2)


def test_a_save_without_a_change_is_not_checked_again(session, slope_file):
    slope_file.write_text(DOUBLE)
    session.saved([slope_file])
    shown(session)
    session.saved([slope_file])
    assert shown(session) == ""


def test_saving_another_exercise_goes_there(home, session):
    path = home / "exercises" / f"{BLAME.name}.py"
    path.write_text("def blame(x, w, b): return 1, 2\n")
    session.saved([path])
    assert session.exercise is BLAME
    assert "✗ ex01b" in shown(session)


def test_other_files_and_files_just_being_replaced_are_passed_over(home, session, slope_file):
    slope_file.unlink()
    session.saved([home / "exercises" / "notes.txt", slope_file, slope_file.with_suffix(".swp")])
    assert shown(session) == ""


def test_a_file_that_is_missing_is_said_and_watching_goes_on(session, slope_file):
    slope_file.unlink()
    session.check()
    text = shown(session)
    assert "is not there" in text
    assert "[q] quit" in text


def test_n_goes_to_the_next_unsolved_and_round_to_the_start(session, slope_file):
    slope_file.write_text(RIGHT)
    check("ex01a")
    assert session.press("n")
    assert session.exercise is BLAME
    session.exercise = every()[-1]
    session.press("n")
    assert session.exercise is BLAME


def test_n_after_the_last_says_so(home, session):
    with record.editing(home) as edited:
        for e in every():
            edited.standing(e.name).best = e.points
    session.press("n")
    assert "Every exercise has passed" in shown(session)


def test_keys_give_hints_the_list_and_the_end(session, capsys):
    assert session.press("h")
    assert SLOPE.hints[0] in capsys.readouterr().out
    assert session.press("L")
    assert "ex01b" in capsys.readouterr().out
    assert session.press("?")
    assert session.press("c")
    assert "ex01a" in shown(session)
    assert not session.press("q")


def test_watch_checks_at_once_then_at_saves_until_q(home, slope_file, monkeypatch, capsys):
    def saves(folder):
        assert folder == home / "exercises"
        yield []
        slope_file.write_text(RIGHT)
        yield [slope_file]
        raise AssertionError("q was pressed")

    monkeypatch.setattr(watch, "_saves", saves)
    monkeypatch.setattr(watch, "keys", lambda: contextlib.nullcontext(lambda: "q"))
    slope_file.write_text(DOUBLE)
    assert watch.watch("ex01a") == 0
    text = capsys.readouterr().out
    assert text.index("twice too large") < text.index("✓ ex01a")


def test_a_name_that_means_nothing_is_an_error(home):
    assert run("watch", "ex99").exit_code == 2


def test_a_real_save_is_seen_in_a_real_terminal_and_q_ends_it(home, slope_file):
    """The whole of it: a pseudo-terminal, a file saved by replacing it, and a key."""
    slope_file.write_text(DOUBLE)
    ours, theirs = pty.openpty()
    code = "from micrograd_lab.cli import main; main()"
    process = subprocess.Popen(
        [sys.executable, "-c", code, "watch", "ex01a"],
        stdin=theirs, stdout=theirs, stderr=theirs, env=os.environ | {"TERM": "xterm"},
    )  # fmt: skip
    try:
        until(ours, "twice too large", "quit")
        new = slope_file.with_suffix(".new")
        new.write_text(RIGHT)
        new.replace(slope_file)
        until(ours, "✓ ex01a", "quit")
        os.write(ours, b"q")
        assert process.wait(30) == 0
    finally:
        process.kill()
        process.wait()
        os.close(ours)
        os.close(theirs)


def until(terminal, *texts, seconds=60):
    """Read until the texts have come, in this order."""
    seen, end = "", time.monotonic() + seconds
    for text in texts:
        while text not in seen:
            assert time.monotonic() < end, seen
            if select.select([terminal], [], [], 0.5)[0]:
                seen += os.read(terminal, 65536).decode("utf-8", "replace")
        seen = seen.partition(text)[2]


# list and reset


def test_the_list_shows_each_exercise_with_where_it_stands(home, slope_file):
    slope_file.write_text(DOUBLE)
    check("ex01a")
    done = run("list")
    assert done.exit_code == 0
    lines = done.output.splitlines()
    assert all(any(e.id in line and e.title in line for line in lines) for e in every())
    assert any("✗ ex01a" in line and "3 of 10 points" in line for line in lines)
    assert "ex02a" not in run("list", "ex01").output


def test_reset_gives_the_beginning_back_and_keeps_what_was_written(home, slope_file):
    slope_file.write_text(RIGHT)
    check("ex01a")
    run("hint", "ex01a")
    done = run("reset", "ex01a")
    assert done.exit_code == 0, done.output
    assert "raise NotImplementedError" in slope_file.read_text(encoding="utf-8")
    kept = home / ".micrograd_lab/backups" / f"{SLOPE.name}.1.py"
    assert kept.read_text() == RIGHT
    assert f"kept as .micrograd_lab/backups/{kept.name}" in done.output
    standing = record.load(home).standing(SLOPE.name)
    assert (standing.best, standing.hints) == (10, 0)
    assert "already" in run("reset", "ex01a").output
    assert len(list(kept.parent.iterdir())) == 1


def test_a_reset_that_cannot_be_made_changes_nothing(home):
    path = home / "exercises" / f"{find('ex02a')[0].name}.py"
    before = path.read_text()
    done = run("reset", "ex02a")
    assert done.exit_code == 2
    assert "not in this course folder" in done.stderr
    assert path.read_text() == before


def test_two_at_once_lose_nothing_of_the_record(home):
    code = (
        "from micrograd_lab.grader.record import editing\n"
        "for _ in range(50):\n"
        "    with editing() as record: record.standing('x').attempts += 1\n"
    )
    several = [subprocess.Popen([sys.executable, "-c", code]) for _ in range(3)]
    assert [process.wait(60) for process in several] == [0, 0, 0]
    assert record.load(home).standing("x").attempts == 150
