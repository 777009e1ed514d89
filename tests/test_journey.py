"""The learner's journey: from a course folder with nothing done, exercise by exercise, to the end."""

import io
import json
import re
from contextlib import redirect_stdout
from dataclasses import dataclass
from pathlib import Path
from random import Random
from types import SimpleNamespace
from typing import Any

import pytest

import micrograd_lab
from micrograd_lab.cli import find_lesson, next_lesson
from micrograd_lab.course.engines import VARIABLE, engine
from micrograd_lab.course.exercises import write_stubs
from micrograd_lab.grader import grade, record, terminal
from micrograd_lab.grader.exercises import every
from micrograd_lab.scalar import Value

ROOT = Path(__file__).resolve().parents[1]
FILES = {path.stem[:2]: path for path in sorted((ROOT / "notebooks").glob("[0-9][0-9]_*.ipynb"))}
LESSONS = [number for number in FILES if number != "00"]  # 00 is the map
HALF_WAY = "ex07c"
OWN_ENGINES = {"Value": "ex05c", "torch": "ex13e"}  # from which exercise on a lesson has them
each_lesson = pytest.mark.parametrize("number", LESSONS)


@dataclass
class Stop:
    """What a learner sees who has done all exercises before this one, and no other."""

    exercise: Any
    lesson: str  # the notebook that `micrograd-lab lab` opens
    progress: str
    unwritten: tuple[int, str]  # status and words of `micrograd-lab check` before
    record: dict[str, Any]  # what that left behind
    written: tuple[int, str]  # and of `check` after
    engines: dict[str, Any]  # what `engine("Value", mine=True)` and the like give then


def said(command, names=None):
    """A command's exit status and what it prints."""
    with redirect_stdout(io.StringIO()) as out:
        status = command() if names is None else command(names)
    return status, out.getvalue()


@pytest.fixture(scope="module")
def journey(tmp_path_factory):
    """Walked once for all tests: every stop, and what is said half-way and at the end."""
    home = tmp_path_factory.mktemp("course")
    write_stubs(ROOT, home)
    (home / "notebooks").mkdir()
    for path in FILES.values():
        (home / "notebooks" / path.name).touch()
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("MICROGRAD_LAB_HOME", str(home))
        patch.delenv(VARIABLE, raising=False)
        patch.setattr(grade, "secrets", SimpleNamespace(randbits=Random(8).getrandbits))
        stops, half_way = [], ""
        for e in every():
            lesson, progress = find_lesson(next_lesson()).stem, said(terminal.progress)[1]
            unwritten, left = said(terminal.check, []), record.load().exercises
            solution = (ROOT / "solutions" / f"{e.name}.py").read_text(encoding="utf-8")
            (home / "exercises" / f"{e.name}.py").write_text(solution, encoding="utf-8")
            written = said(terminal.check, [])
            with redirect_stdout(io.StringIO()):
                own = {name: engine(name, mine=True) for name in OWN_ENGINES}
            stops.append(Stop(e, lesson, progress, unwritten, left, written, own))
            if e.id == HALF_WAY:
                half_way = said(terminal.check, ["all"])
        return SimpleNamespace(
            stops=stops,
            half_way=half_way,
            progress=said(terminal.progress)[1],
            check=said(terminal.check, []),
            lesson=find_lesson(next_lesson()).stem,
        )


def test_what_is_not_done_yet_is_proposed_and_reads_not_written_yet(journey):
    for stop in journey.stops:
        status, words = stop.unwritten
        assert (status, words.split()[:2]) == (1, ["○", stop.exercise.id])
        assert "Not written yet" in words, stop.exercise.id
        assert stop.exercise.name in words


def test_each_exercise_passes_with_only_the_earlier_ones_done(journey):
    for stop in journey.stops:
        status, words = stop.written
        assert (status, words.split()[:2]) == (0, ["✓", stop.exercise.id]), words
        assert "Everything is right." in words


def test_asking_before_writing_leaves_no_trace(journey):
    done = []
    for stop in journey.stops:
        assert sorted(stop.record) == done
        assert all(s.hints == 0 and not s.asked for s in stop.record.values())
        done.append(stop.exercise.name)


def test_progress_knows_what_is_done_and_what_comes_next(journey):
    done = 0
    for at, stop in enumerate(journey.stops):
        assert marks(stop.progress) == [
            (e.id, "✓" if i < at else "○") for i, e in enumerate(every())
        ]
        assert f" {done} of {total()} points" in stop.progress
        assert (
            f"Next: exercises/{stop.exercise.name}.py, about {stop.exercise.minutes} minutes"
            in (stop.progress)
        )
        assert f"check {stop.exercise.id}`" in stop.progress
        done += stop.exercise.points


def test_after_the_last_exercise_of_a_lesson_the_next_lesson_is_proposed(journey):
    newcomer, *others = journey.stops
    assert newcomer.lesson == next(iter(FILES.values())).stem  # the map, where there is one
    for stop in others:
        assert stop.lesson == FILES[stop.exercise.id[2:4]].stem
    assert {stop.exercise.id[2:4] for stop in journey.stops} == set(LESSONS)


def test_half_way_all_that_is_done_passes_and_all_else_reads_not_written_yet(journey):
    status, words = journey.half_way
    outcomes = [block for block in re.split(r"(?m)^(?=[✓✗○] ex)", words) if block.strip()]
    assert (status, len(outcomes)) == (1, len(every()))
    for e, words in zip(every(), outcomes, strict=True):
        assert words.startswith(f"{'✓' if e.id <= HALF_WAY else '○'} {e.id} ")
        assert ("Everything is right." if e.id <= HALF_WAY else "Not written yet") in words


def test_at_the_end_nothing_is_left_to_do(journey):
    assert {mark for _, mark in marks(journey.progress)} == {"✓"}
    assert f" {total()} of {total()} points" in journey.progress
    assert "Every exercise has passed. Well done." in journey.progress
    assert journey.check[0] == 0
    assert journey.check[1].startswith("Every exercise has passed.")
    assert journey.lesson == FILES[LESSONS[-1]].stem


def test_the_learner_s_own_engine_runs_the_lessons_from_the_moment_it_passes(journey):
    packages = {"Value": Value, "torch": micrograd_lab}
    for stop in journey.stops:
        for name, theirs in stop.engines.items():
            assert (theirs is packages[name]) == (stop.exercise.id < OWN_ENGINES[name])


@pytest.mark.parametrize("name", OWN_ENGINES)
def test_nothing_gets_past_the_switch_of_a_lesson(name):
    switch = f'(?m)^{name} = engine\\("{name}"\\)'
    switched = [number for number in LESSONS if re.search(switch, code(number))]
    assert switched
    for number in switched:
        assert not re.search(rf"(?m)^(from|import) .*\b{name}\b", code(number)), number


# What the lessons say of exercises and of one another.


@each_lesson
def test_a_lesson_checks_exactly_its_own_exercises_in_order(number):
    own = [e.id for e in every() if e.id[2:4] == number]
    assert own
    assert re.findall(r'\bcheck\("(.*?)"\)', code(number)) == own


@each_lesson
def test_a_lesson_runs_whatever_is_done(number):
    for kind, words in cells(number):
        if kind == "code" and re.search(r'\bcheck\("', words):
            assert re.fullmatch(r'# NBVAL_IGNORE_OUTPUT\ncheck\("ex\d\d[a-z]"\)', words)
        elif kind == "code":  # only its checks and its switch read the learner's files
            assert not re.search(r"\bexercises\b|\bsolutions\b|ex\d\d[a-z]", words), words


@each_lesson
def test_a_lesson_names_the_file_of_each_exercise_before_it_checks_it(number):
    words = "\n".join(text for _, text in cells(number))
    for e in every():
        if e.id[2:4] == number:
            assert 0 <= words.find(f"{e.name}.py") < words.find(f'check("{e.id}")'), e.id


@each_lesson
def test_no_lesson_names_an_exercise_of_a_later_one(number):
    words = prose(number) + code(number)
    named = re.findall(r"\bex(\d\d)", words) + re.findall(r"[Ee]xercises? (\d\d)[a-z]\b", words)
    assert all(other <= number for other in named), sorted(set(named))


@each_lesson
def test_a_lesson_needs_only_earlier_ones_and_leads_on_to_the_next(number):
    before, after = neighbours(number)
    needs = next(p for p in prose(number).split("\n\n") if p.startswith("You need: "))
    assert links(needs) or before is None
    assert all(FILES[other].name == name and other < number for other, name in links(needs))
    ahead = [(at, link[0]) for at, (_, t) in enumerate(cells(number)) for link in links(t)
             if link[0] > number]  # fmt: skip
    assert ahead == ([(len(cells(number)) - 1, after)] if after else [])


@each_lesson
def test_every_link_to_a_lesson_leads_somewhere(number):
    assert all((ROOT / "notebooks" / name).exists() for _, name in links(prose(number)))


@pytest.mark.parametrize("exercise", every(), ids=lambda e: e.id)
def test_an_exercise_speaks_only_of_lessons_and_exercises_up_to_its_own(exercise):
    hints = "\n".join(exercise.hints)
    words = (ROOT / "exercises" / f"{exercise.name}.py").read_text(encoding="utf-8") + hints
    named = re.findall(r"\b[Ll]essons? (\d\d)|\b(?:ex)?(\d\d)[a-f]\b", words)
    assert all((lesson or other) <= exercise.id[2:4] for lesson, other in named), named


def total():
    return sum(e.points for e in every())


def marks(progress):
    """(exercise, ✓ ✗ or ○), in the order shown."""
    return [(id, mark) for mark, id in re.findall(r"(?m)^  ([✓✗○]) (ex\d\d[a-z])", progress)]


def neighbours(number):
    at = LESSONS.index(number)
    return LESSONS[at - 1] if at else None, LESSONS[at + 1] if at + 1 < len(LESSONS) else None


def cells(number):
    """(kind, text) of each cell of the notebook that a learner opens."""
    content = json.loads(FILES[number].read_text(encoding="utf-8"))
    return [(cell["cell_type"], "".join(cell["source"])) for cell in content["cells"]]


def code(number):
    return "\n\n".join(text for kind, text in cells(number) if kind == "code")


def prose(number):
    return "\n\n".join(text for kind, text in cells(number) if kind == "markdown")


def links(words):
    """(number, file) of each lesson linked to."""
    return [(name[:2], name) for name in re.findall(r"\]\((\d\d_\w+\.ipynb)", words)]
