"""Checks an exercise whenever its file is saved, and answers to single keys."""

import contextlib
import sys
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from micrograd_lab.errors import LabError
from micrograd_lab.grader import terminal
from micrograd_lab.grader.checking import check
from micrograd_lab.grader.exercises import every, find
from micrograd_lab.grader.home import course_folder, exercise_file, read_exercise
from micrograd_lab.grader.record import load
from micrograd_lab.grader.spec import Exercise

if TYPE_CHECKING:
    from rich.console import Console

KEYS = "  [c] check  [h] hint  [n] next  [l] list  [q] quit"


class Session:
    """What `watch` is at: one exercise, and what its file held when it was last checked."""

    def __init__(self, console: "Console", exercise: Exercise) -> None:
        self.console = console
        self.home = course_folder()
        self.exercise = exercise
        self.texts: dict[str, str] = {}  # as last checked: some editors save the same twice

    def check(self) -> None:
        """Check the exercise and show the outcome at the top of the screen."""
        if self.console.is_terminal:
            self.console.clear()
        try:
            self.texts[self.exercise.name] = read_exercise(self.home, self.exercise)
            report = check(self.exercise.name)
            terminal.print_result(self.console, report.results[0])
            for note in report.notes:
                self.console.print(f"  {note}", style="yellow", markup=False)
        except LabError as error:
            self.console.print(f"  {error}", style="red", markup=False)
        file = exercise_file(self.home, self.exercise).name
        self.console.print(f"  Watching exercises/; now {file}.", style="dim", markup=False)
        self.console.print(KEYS, style="dim", markup=False)

    def saved(self, paths: Iterable[Path]) -> None:
        """Check what was saved, if its text is another one; it is what `watch` is at from now on."""
        names = {path.name for path in paths}
        for exercise in every():
            if f"{exercise.name}.py" not in names:
                continue
            with contextlib.suppress(LabError):  # an editor may be replacing the file right now
                if read_exercise(self.home, exercise) != self.texts.get(exercise.name):
                    self.exercise = exercise
                    self.check()

    def press(self, key: str) -> bool:
        """Answer to a key; whether to go on."""
        match key.lower():
            case "q":
                return False
            case "c":
                self.check()
            case "h":
                terminal.hint(self.exercise.id)
            case "l":
                terminal.listing([])
            case "n":
                self._next()
        return True

    def _next(self) -> None:
        """The first exercise after this one that has not passed; after the last, from the start."""
        record, all_of_them = load(self.home), every()
        here = all_of_them.index(self.exercise) + 1
        for exercise in all_of_them[here:] + all_of_them[:here]:
            if not terminal.passed(record, exercise):
                self.exercise = exercise
                return self.check()
        self.console.print("  Every exercise has passed. Well done.")


def watch(name: str = "") -> int:
    """Check an exercise, by default the next one, now and at every save, until q or Ctrl-C."""
    from rich.console import Console

    home = course_folder()
    unsolved = terminal.next_unsolved(load(home))
    exercise = find(name)[0] if name else unsolved or every()[-1]
    session = Session(Console(highlight=False, soft_wrap=True), exercise)
    with contextlib.suppress(KeyboardInterrupt), keys() as pressed:
        events = _saves(home / "exercises")  # looks from now on: nothing saved meanwhile is missed
        next(events)
        session.check()
        for paths in events:
            session.saved(paths)
            if not all(map(session.press, pressed())):
                break
    return 0


def _saves(folder: Path) -> Iterator[list[Path]]:
    """The files changed since the last time; every tenth of a second, an empty list at least."""
    import watchfiles

    for changes in watchfiles.watch(
        folder, step=30, debounce=300, rust_timeout=100, yield_on_timeout=True, recursive=False
    ):
        yield [Path(path) for _, path in changes]


@contextlib.contextmanager
def keys() -> Iterator[Callable[[], str]]:
    """A function that gives the keys pressed since the last time; none where there is no terminal."""
    if not sys.stdin.isatty():
        yield lambda: ""
    elif sys.platform == "win32":
        import msvcrt

        def pressed() -> str:
            found = ""
            while msvcrt.kbhit():
                found += msvcrt.getwch()
            return found

        yield pressed
    else:
        import os
        import select
        import termios
        import tty

        def pressed() -> str:
            ready = select.select([sys.stdin], [], [], 0)[0]
            return os.read(sys.stdin.fileno(), 100).decode("utf-8", "ignore") if ready else ""

        before = termios.tcgetattr(sys.stdin)
        tty.setcbreak(sys.stdin)
        try:
            yield pressed
        finally:
            termios.tcsetattr(sys.stdin, termios.TCSADRAIN, before)
