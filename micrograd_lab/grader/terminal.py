"""The grader in a terminal: check, list, hint, progress, reset, solution.

Each function prints and returns an exit status: 0 all is well, 1 something has not passed yet,
2 the request itself cannot be met.
"""

import functools
from collections.abc import Callable
from typing import TYPE_CHECKING, ParamSpec

from micrograd_lab.command import command
from micrograd_lab.errors import ExerciseError, LabError
from micrograd_lab.grader.checking import put
from micrograd_lab.grader.exercises import every, find
from micrograd_lab.grader.home import course_folder, exercise_file, read_solution
from micrograd_lab.grader.record import Record, editing, load
from micrograd_lab.grader.spec import Exercise

if TYPE_CHECKING:
    from rich.console import Console

    from micrograd_lab.grader.grade import Result

P = ParamSpec("P")
COLOURS = {"✓": "green", "✗": "dark_orange3", "○": "bright_black"}


def _console(stderr: bool = False) -> "Console":
    from rich.console import Console

    return Console(stderr=stderr, highlight=False, soft_wrap=True)


def _explains(command: Callable[P, int]) -> Callable[P, int]:
    """A request that cannot be met ends in one clear sentence and status 2."""

    @functools.wraps(command)
    def explained(*args: P.args, **kwargs: P.kwargs) -> int:
        try:
            return command(*args, **kwargs)
        except LabError as error:
            _console(stderr=True).print(str(error), style="red", markup=False)
            return 2

    return explained


@_explains
def check(names: list[str]) -> int:
    """Check the exercises named; with no name the next one not solved yet; "all" means all."""
    from micrograd_lab.grader.checking import check as check_files

    console = _console()
    if not names:
        unsolved = next_unsolved(load(course_folder()))
        if unsolved is None:
            console.print(f"Every exercise has passed. `{command()} check all` checks them again.")
            return 0
        names = [unsolved.id]
    elif names == ["all"]:
        names = [e.id for e in every()]
    wanted = dict.fromkeys(e.id for name in names for e in find(name))
    points = max_points = 0
    for id in wanted:
        report = check_files(id)
        print_result(console, report.results[0])
        for note in report.notes:
            console.print(f"  {note}\n", style="yellow", markup=False)
        points, max_points = points + report.points, max_points + report.max_points
    if len(wanted) > 1:
        console.print(f"Together: {points} of {max_points} points.", style="bold")
    console.print(f"  {report.ran}", style="dim", markup=False)
    return 0 if points == max_points else 1


def print_result(console: "Console", result: "Result") -> None:
    """The outcome for one exercise, in colours where there are any."""
    from micrograd_lab.grader.report import text

    for number, line in enumerate(text(result).splitlines()):
        style = COLOURS.get(line.strip()[:1], "dim" if line.startswith("  [") else "")
        console.print(line, style=f"bold {style}" if number == 0 else style, markup=False)
    console.print()


@_explains
def hint(name: str) -> int:
    """Show the next hint of an exercise; of a lesson, for its first exercise not solved."""
    console, home = _console(), course_folder()
    with editing(home) as record:
        exercise = next((e for e in find(name) if not passed(record, e)), find(name)[0])
        standing = record.standing(exercise.name)
        number = min(standing.hints, len(exercise.hints) - 1)
        again = standing.hints >= len(exercise.hints)
        standing.hints = max(standing.hints, number + 1)
    left = len(exercise.hints) - number - 1
    console.print(f"{exercise.id}  {exercise.title}", style="bold", markup=False)
    console.print(
        f"  Hint {number + 1} of {len(exercise.hints)}: {exercise.hints[number]}", markup=False
    )
    if again:
        console.print(f"  That was the last one. `{command()} solution {exercise.id}` shows how.")
    else:
        console.print(f"  {left} more hint{'' if left == 1 else 's'} after this one.", style="dim")
    _print_note(console, record)
    return 0


@_explains
def listing(names: list[str]) -> int:
    """The exercises, all or those named: what they ask, how hard, how long, how far you are."""
    console, record = _console(), load(course_folder())
    for e in dict.fromkeys(e for name in names for e in find(name)) if names else every():
        stars = "●" * e.difficulty + "·" * (3 - e.difficulty)
        points = f"{_best(record, e)} of {e.points}"
        mark = _mark(record, e)
        console.print(
            f"  {mark} {e.id}  {e.title:<34} {stars} {e.minutes:>3} min {points:>9} points",
            style=COLOURS[mark],
            markup=False,
        )
    console.print(f"  `{command()} check ex01a` checks one, `ex01` all of a lesson.", style="dim")
    _print_note(console, record)
    return 0


@_explains
def reset(names: list[str], fresh: Callable[[str, str], str]) -> int:
    """Begin exercises anew.  The file as it was is kept; points once earned stay.

    `fresh(solution, name)` makes of a solution the file that a learner begins with.
    """
    console, home = _console(), course_folder()
    for e in dict.fromkeys(e for name in names for e in find(name)):
        path = exercise_file(home, e)
        source = read_solution(home, e)
        kept = put(home, e, fresh(source, path.name))
        with editing(home) as record:
            record.standing(e.name).hints = 0
        line = (
            f"{e.id}: exercises/{path.name} is as at the beginning."
            if kept is not None
            else (f"{e.id}: exercises/{path.name} was as at the beginning already.")
        )
        console.print(line + (f" Yours is kept as {kept}." if kept else ""), markup=False)
    return 0


@_explains
def progress(
    heading: Callable[[str, Record], str] = lambda lesson, record: f"Lesson {lesson}",
    going_on: Callable[[Record], str] = lambda record: "",
) -> int:
    """Points so far, lesson by lesson, and the next step.

    `heading(lesson, record)` stands above its exercises, `going_on(record)` says where to read on.
    """
    console, record = _console(), load(course_folder())
    points = sum(_best(record, e) for e in every())
    total = sum(e.points for e in every())
    console.print(
        f"{_bar(points, total, 40)} {points} of {total} points", style="bold", markup=False
    )
    lesson = ""
    for e in every():
        if e.id[2:4] != lesson:
            lesson = e.id[2:4]
            console.print(f"\n{heading(lesson, record)}", style="bold", markup=False)
        best, mark = _best(record, e), _mark(record, e)
        line = (
            f"  {mark} {e.id}  {e.title:<34} {_bar(best, e.points, 10)} {best:>2} of {e.points:>2}"
        )
        console.print(line, style=COLOURS[mark], markup=False)
    unsolved = next_unsolved(record)
    console.print(
        f"\nNext: exercises/{unsolved.name}.py, about {unsolved.minutes} minutes; then "
        f"`{command()} check {unsolved.id}`."
        if unsolved
        else "\nEvery exercise has passed. Well done.",
        markup=False,
    )
    if onwards := going_on(record):
        console.print(onwards, markup=False)
    console.print("Points are the best each exercise ever had.", style="dim")
    _print_note(console, record)
    return 0


@_explains
def solution(name: str, really: bool = False) -> int:
    """Show a solution: after it has passed, or when asked twice."""
    from rich.syntax import Syntax

    console, home = _console(), course_folder()
    exercises = find(name)
    if len(exercises) > 1:
        raise ExerciseError(f"Which one? {', '.join(e.id for e in exercises)}.")
    [exercise] = exercises
    source = read_solution(home, exercise)
    with editing(home) as record:
        standing = record.standing(exercise.name)
        show = really or standing.asked or passed(record, exercise)
        standing.asked = standing.asked or not passed(record, exercise)
    if not show:
        console.print(
            f"{exercise.id} has not passed yet. `{command()} hint {exercise.id}` helps without "
            "giving it away; ask once more to see the solution all the same.",
            markup=False,
        )
        return 1
    lines = source.splitlines()
    text = "\n".join(line for line in lines if not line.strip().startswith("### "))
    console.print(Syntax(text, "python", theme="ansi_dark", background_color="default"))
    _print_note(console, record)
    return 0


def _best(record: Record, exercise: Exercise) -> int:
    standing = record.exercises.get(exercise.name)
    return min(standing.best, exercise.points) if standing else 0


def _mark(record: Record, exercise: Exercise) -> str:
    standing = record.exercises.get(exercise.name)
    return "✓" if passed(record, exercise) else "✗" if standing and standing.attempts else "○"


def passed(record: Record, exercise: Exercise) -> bool:
    """Whether the exercise ever had all its points."""
    return _best(record, exercise) == exercise.points


def next_unsolved(record: Record) -> Exercise | None:
    """The first exercise that has not passed yet."""
    return next((e for e in every() if not passed(record, e)), None)


def _bar(part: int, whole: int, width: int) -> str:
    full = width * part // whole
    return "█" * full + "░" * (width - full)


def _print_note(console: "Console", record: Record) -> None:
    if record.note:
        console.print(record.note, style="yellow", markup=False)
