"""Whose engine does a lesson run on?  The package's, or the one that the learner wrote."""

import os
import sys
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import Any

import micrograd_lab
from micrograd_lab.errors import CourseError, LabError

VARIABLE = "MICROGRAD_LAB_ENGINE"


def _library(own: Any) -> Any:
    from micrograd_lab.course.own_tensors import Library

    return Library(own)


# What can be switched: the exercise in which learners write theirs, the class in it, and what a
# lesson gets: from the package, and from that class.
ENGINES: dict[str, tuple[str, str, Callable[[], Any], Callable[[Any], Any]]] = {
    "Value": ("ex05c_value", "Value", lambda: micrograd_lab.Value, lambda own: own),
    "torch": ("ex13e_tensor", "Tensor", lambda: micrograd_lab, _library),
}


def engine(name: str = "Value", *, mine: bool = False) -> Any:
    """What a lesson computes with: the class `Value`, or the library of tensors, `torch`.

        Value = engine("Value")                # the package's
        Value = engine("Value", mine=True)     # yours, from exercises/ex05c_value.py
        torch = engine("torch", mine=True)     # the package, around your Tensor of ex13e_tensor.py

    Yours is taken if its conformance report has no cross; if not, the package's stands in, and a
    line says what is in the way, so the lesson runs either way.  Around your Tensor, whatever wants
    a gradient is one of yours; ops that it has not got come from the package's table, a node each.
    To switch all lessons at once, set the environment variable MICROGRAD_LAB_ENGINE to `mine`, or to
    the file in which your class is (several files: joined as in PATH, by os.pathsep).

    CourseError for a name that has no engine.
    """
    if name not in ENGINES:
        raise CourseError(f"engine({name!r}): there is none. There are: {', '.join(ENGINES)}.")
    exercise, kind, packages, given = ENGINES[name]
    theirs = packages()
    files = os.environ.get(VARIABLE, "").strip()
    if not mine and not files:
        return theirs
    try:
        own = _own(kind, exercise, [] if files in ("", "mine") else files.split(os.pathsep))
        report = import_module("micrograd_lab.lens").conformance(own)
    except (LabError, NotImplementedError) as error:
        return _stand_in(theirs, kind, str(error))
    except (Exception, SystemExit) as error:  # whatever a half-written engine does, we go on
        return _stand_in(theirs, kind, f"{type(error).__name__}: {error}")
    if not report:
        wrong = f"{report.score} checks are right. Begin here: {report.diagnosis}"
        return _stand_in(theirs, kind, wrong)
    print(f"This lesson runs on your own {kind}: {report.score} checks are right, none is wrong.")
    return given(own)


def _own(kind: str, exercise: str, files: list[str]) -> Any:
    """The learner's class, read anew from its file each time, so that an edit counts at once."""
    from micrograd_lab.grader.exercises import find_one
    from micrograd_lab.grader.home import course_folder, read_exercise

    sources = [(Path(file).name, Path(file).read_text(encoding="utf-8")) for file in files] or [
        (f"exercises/{exercise}.py", read_exercise(course_folder(), find_one(exercise)))
    ]
    for shown, source in sources:
        module = ModuleType(f"your_{exercise}")
        sys.modules[module.__name__] = module  # dataclasses and pickles look for it there
        exec(compile(source, shown, "exec"), module.__dict__)
        if callable(getattr(module, kind, None)):
            return getattr(module, kind)
    raise CourseError(f"{' and '.join(shown for shown, _ in sources)}: no {kind} there.")


def _stand_in(theirs: Any, kind: str, why: str) -> Any:
    told = "It is not written yet." if "your turn: " in why else " ".join(why.split())[:300]
    print(f"Your own {kind} cannot run this lesson yet, so the package's does. {told}")
    return theirs
