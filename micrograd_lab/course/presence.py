"""Is somebody there?  A lesson asks people, and shows its untouched form when nobody can answer."""

import os
import shutil
import sys

from micrograd_lab.errors import CourseError


def somebody_is_there() -> bool:
    """Can a question be answered here: in a notebook that allows input, or at a terminal?

    False while a notebook is built, tested by nbval or exported.
    """
    kernel = getattr(shell(), "kernel", None)
    if kernel is not None:
        return bool(getattr(kernel, "_allow_stdin", True))
    return sys.stdin is not None and sys.stdin.isatty()


def shell() -> object | None:
    """The running IPython, or None in plain Python; IPython is not imported to find out."""
    if "IPython" not in sys.modules:
        return None
    found: object | None = sys.modules["IPython"].get_ipython()
    return found


def borrow_a_course_folder(lesson: str) -> None:
    """Point this process to a course folder of its own, with nothing solved and an empty record.

    Whatever an unattended lesson does, the learner's exercises and record stay as they are, and
    its outputs do not depend on them.  A notebook on its own, away from the course, borrows nothing.
    """
    from micrograd_lab.course.exercises import write_stubs
    from micrograd_lab.course.project import find_root

    try:
        root = find_root()
    except CourseError:
        return
    folder = root / ".micrograd_lab" / "unattended" / lesson
    shutil.rmtree(folder, ignore_errors=True)
    write_stubs(root, folder)
    os.environ["MICROGRAD_LAB_HOME"] = str(folder)
