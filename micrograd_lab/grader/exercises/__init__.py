"""The exercises the grader knows: one file each, found by lesson, by letter or by name."""

import difflib
import functools
import importlib
import pkgutil
import re

from micrograd_lab.errors import ExerciseError
from micrograd_lab.grader.spec import Exercise


@functools.cache
def every() -> tuple[Exercise, ...]:
    """All exercises in the order of the course."""
    names = sorted(m.name for m in pkgutil.iter_modules(__path__) if m.name.startswith("ex"))
    return tuple(importlib.import_module(f"{__name__}.{name}").EXERCISE for name in names)


def find(name: str) -> tuple[Exercise, ...]:
    """The exercises meant by "ex01" (a lesson), "ex01a" (one), or a file's name.

    Raises ExerciseError, with the nearest names there are.
    """
    wanted = name.strip().replace("\\", "/").rpartition("/")[2].removesuffix(".py").lower()
    if short := re.fullmatch(r"(?:ex)?(\d{1,2})([a-z]?)(_\w*)?", wanted):
        wanted = f"ex{int(short[1]):02}{short[2]}{short[3] or ''}"
        found = tuple(e for e in every() if wanted in (e.name, e.id, e.id[:4]))
        if found:
            return found
    known = [e.id for e in every()]
    near = difflib.get_close_matches(wanted, known, n=1)
    raise ExerciseError(
        f"There is no exercise {name!r}."
        + (f" Did you mean {near[0]}?" if near else "")
        + f" There are {', '.join(known)}; a lesson's number, {known[0][:4]}, means all of its own."
    )


def find_one(name: str) -> Exercise:
    """The one exercise meant by "ex01a"; a lesson with several is an ExerciseError."""
    found = find(name)
    if len(found) > 1:
        ids = ", ".join(e.id for e in found)
        raise ExerciseError(f"{name!r} means {len(found)} exercises: {ids}. Which one?")
    return found[0]
