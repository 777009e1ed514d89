"""No hostile submission scores what it did not earn, reads or leaves anything, or stops the class."""

import itertools
import os
import shutil
import socket
import tempfile
import time
from pathlib import Path
from random import Random

import pytest

import micrograd_lab
from micrograd_lab.errors import SandboxError
from micrograd_lab.grader.diagnose import agreement, answers, draw
from micrograd_lab.grader.exercises import find
from micrograd_lab.grader.grade import grade
from micrograd_lab.grader.report import text
from micrograd_lab.grader.runner import run
from micrograd_lab.grader.sandbox import probe
from micrograd_lab.grader.sandbox.levels import LADDER, LIGHT

from .answers import FORGED, NOTHING, PATCHED, PRETENDERS
from .leaving import GREEDY, PROCESSES, RIGHT, SEALED_ONLY
from .reading import LOOKING, READING

[SLOPE] = find("ex01a")
PACKAGE = Path(micrograd_lab.__file__).resolve().parent


def stands(level):
    try:
        return not probe.escapes(level)
    except SandboxError:
        return False


WALLS = [level for level in LADDER if stands(level)]
at_each_wall = pytest.mark.parametrize("level", WALLS, ids=lambda level: level.name)
at_every_level = pytest.mark.parametrize("level", [*WALLS, LIGHT], ids=lambda level: level.name)


class World:
    """What a submission must not touch: a folder with a file, a server, and the processes here."""

    def __init__(self, folder, server, scratch):
        self.folder, self.server, self.scratch = folder, server, scratch

    def meets(self, source, level, limit=5.0):
        """Run a submission here: the points it earned, and what came back."""
        marks = {
            "folder": self.folder, "repo": PACKAGE.parent, "package": PACKAGE,
            "port": self.server.getsockname()[1], "parent": os.getpid(),
        }  # fmt: skip
        for name, value in marks.items():
            source = source.replace(f"@{name}@", str(value))
        args = draw(SLOPE, Random(1))
        heard = run(SLOPE, source, args, limit, level)
        found = [heard.answers.get(i) for i in range(len(args))]
        right = agreement(SLOPE, found, answers(SLOPE, SLOPE.reference, args))
        return sum(p.points for p, ok in zip(SLOPE.probes, right, strict=True) if ok), heard

    def is_untouched(self):
        assert {p.name for p in self.folder.iterdir()} == {"canary"}
        canary = self.folder / "canary"
        assert canary.read_text(encoding="utf-8") == "secret"
        assert canary.stat().st_mode & 0o777 == 0o666
        with pytest.raises(BlockingIOError):
            self.server.accept()
        assert list(self.scratch.iterdir()) == []
        for _ in range(50):  # a process that was killed may take a moment to go
            if not (left := self.processes()):
                break
            time.sleep(0.02)
        assert left == []

    def processes(self):
        """Those with our scratch folder in their environment, as every child and its children have."""
        found = []
        for path in Path("/proc").glob("[0-9]*/environ"):
            try:
                if str(self.scratch).encode() in path.read_bytes():
                    found.append(path.parent.name)
            except OSError:
                continue
        return found


@pytest.fixture
def world(tmp_path, monkeypatch):
    folder, scratch = tmp_path / "others", tmp_path / "scratch"
    for path in (folder, scratch):
        path.mkdir()
    (folder / "canary").write_text("secret", encoding="utf-8")
    (folder / "canary").chmod(0o666)
    monkeypatch.setattr(tempfile, "tempdir", str(scratch))
    monkeypatch.setenv("SECRET_OF_THE_PARENT", "42")
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.setblocking(False)
        yield World(folder, server, scratch)


def each(attacks):
    return pytest.mark.parametrize("source", attacks.values(), ids=list(attacks))


def test_there_are_enough_attacks_and_somewhere_to_run_them():
    groups = (PRETENDERS, PATCHED, FORGED, LOOKING, READING, PROCESSES, SEALED_ONLY, GREEDY)
    assert sum(map(len, groups)) >= 80
    if shutil.which("unshare") and Path("/proc/sys/user").exists():
        assert WALLS, probe.found()


@at_every_level
@each(PRETENDERS | PATCHED | FORGED | LOOKING)
def test_what_was_not_earned_is_not_given(world, source, level):
    points, heard = world.meets(source, level, limit=2.0)
    assert points == 0
    assert "LEAKED" not in heard.prints
    assert heard.level == level.words
    world.is_untouched()


@at_each_wall
@each(READING)
def test_what_is_closed_is_not_read(world, source, level):
    points, heard = world.meets(source, level)
    assert points == 0
    assert heard.ended == "done", (
        heard.status,
        heard.loaded,
    )  # it came to its end and found nothing
    assert heard.loaded == {"failed": ""}
    assert "LEAKED" not in heard.prints
    world.is_untouched()


@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="the warden needs Linux")
@at_every_level
@each(PROCESSES)
def test_no_process_is_left(world, source, level):
    points, _ = world.meets(source + RIGHT, level)
    assert points == SLOPE.points
    world.is_untouched()


@at_each_wall
@each(SEALED_ONLY)
def test_nothing_is_left_or_changed(world, source, level):
    points, heard = world.meets(source + RIGHT, level)
    assert "LEAKED" not in heard.prints
    assert points == SLOPE.points, heard
    world.is_untouched()


@at_each_wall
@each(GREEDY)
def test_whoever_takes_all_there_is_gets_an_end(world, source, level):
    points, heard = world.meets(source, level, limit=0.7)
    assert points == 0
    assert len(heard.prints) < 5000
    world.is_untouched()


@at_each_wall
def test_the_class_goes_on_after_every_attack(world, level):
    attacks = itertools.islice((FORGED | READING | SEALED_ONLY).values(), 0, None, 6)
    for source in attacks:
        world.meets(source + NOTHING, level)
        assert world.meets(RIGHT, level)[0] == SLOPE.points


@at_each_wall
def test_the_lab_and_numpy_work_behind_the_wall(world, level):
    source = """
import numpy, micrograd_lab as torch
x = torch.tensor([1.0, 2.0], requires_grad=True)
(x * x).sum().backward()
print(x.grad, numpy.linalg.norm([3, 4]))
"""
    points, heard = world.meets(source + RIGHT, level, 20.0)
    assert points == SLOPE.points
    assert heard.prints == "tensor([2., 4.]) 5.0\n"


@at_each_wall
def test_the_module_that_would_be_the_answer_cannot_be_read_either(level):
    [exercise] = find("ex02a")
    source = f"""
import importlib.machinery
Value = importlib.machinery.SourceFileLoader("v", {str(PACKAGE / "scalar" / "value.py")!r}).load_module().Value
"""
    heard = run(exercise, source, draw(exercise, Random(1)), 5.0, level)
    assert heard.answers == {}
    assert heard.loaded["error"]["kind"] in ("PermissionError", "FileNotFoundError")


def test_the_probe_finds_what_the_light_form_leaves_open():
    open_here = probe.escapes(LIGHT)
    assert {"reads files", "writes files", "connects to servers", "starts processes"} <= set(
        open_here
    )


def test_without_a_wall_others_work_is_refused_unless_trusted(monkeypatch):
    monkeypatch.setattr(probe, "found", lambda: (None, ("bubblewrap: it is not installed",)))
    with pytest.raises(SandboxError, match=r"--trust-submissions.*"):
        probe.for_others()
    level = probe.for_others(trust=True)
    assert "no sandbox" in level.words
    assert not level.sealed


def test_a_wall_that_leaks_does_not_stand(monkeypatch):
    monkeypatch.setattr(probe, "escapes", lambda level: ("reads files",))
    level, reasons = probe.found.__wrapped__()
    assert level is None
    assert "a submission still reads files" in reasons[0]


@at_every_level
def test_the_report_says_behind_which_wall_it_was_and_shows_no_control_characters(level):
    source = FORGED["messages with escapes, markup and formulas"]
    result = grade(SLOPE, source, seed=1, level=level)
    assert result.level == level.words
    shown = text(result)
    assert "\x1b" not in shown
    assert "\u202e" not in shown
