"""The command `export`: writes what another grader needs, and says what to do with it."""

from collections.abc import Callable
from pathlib import Path

from micrograd_lab.errors import FolderError, OptionError
from micrograd_lab.files import replace_file
from micrograd_lab.grader.adapters import classroom50, gradescope, nbgrader, otter
from micrograd_lab.grader.exercises import every, find
from micrograd_lab.grader.spec import Exercise

Files = dict[str, bytes]
Kind = Callable[[tuple[Exercise, ...], float, bool], Files]


def for_gradescope(exercises: tuple[Exercise, ...], limit: float, trust: bool) -> Files:
    """Upload gradescope.zip as the autograder of a programming assignment."""
    return {"gradescope.zip": gradescope.archive(exercises, limit, trust)}


def for_classroom50(exercises: tuple[Exercise, ...], limit: float, trust: bool) -> Files:
    """Put both files into CLASSROOM/autograders/ASSIGNMENT/ of the configuration repository."""
    return classroom50.files(exercises, limit, trust)


def for_nbgrader(exercises: tuple[Exercise, ...], limit: float, trust: bool) -> Files:
    """Copy source/ into the folder of an nbgrader course, then: nbgrader generate_assignment ex01"""
    return nbgrader.notebooks(exercises)


def for_otter(exercises: tuple[Exercise, ...], limit: float, trust: bool) -> Files:
    """For each notebook: otter assign ex01/ex01.ipynb ex01/dist"""
    return otter.notebooks(exercises)


KINDS: dict[str, Kind] = {
    "gradescope": for_gradescope,
    "classroom50": for_classroom50,
    "nbgrader": for_nbgrader,
    "otter": for_otter,
}


def export(
    kind: str, out: Path, names: list[str], *, limit: float = 10.0, trust: bool = False
) -> int:
    """Write the files of one kind into `out`; gives the exit status."""
    if kind not in KINDS:
        raise OptionError(f"export {kind}: no such kind; there are {', '.join(KINDS)}.")
    exercises = tuple(dict.fromkeys(e for name in names for e in find(name))) or every()
    files = KINDS[kind](exercises, limit, trust)
    try:
        for name, content in files.items():
            (out / name).parent.mkdir(parents=True, exist_ok=True)
            replace_file(out / name, content)
    except OSError as error:
        raise FolderError(f"export: {out} cannot be written: {error.strerror}.") from None
    points = sum(e.points for e in exercises)
    print(f"{len(exercises)} exercises, {points} points together, in {out}: {', '.join(files)}.")
    print(KINDS[kind].__doc__)
    return 0
