"""The cell magic %%exercise: a cell becomes the file of an exercise, and is graded."""

from typing import Any


def register_magic(ipython: Any) -> None:
    """Teach an IPython shell `%%exercise ex01a`; does nothing without one."""
    if ipython is not None:
        ipython.register_magic_function(exercise, "cell", "exercise")


def exercise(line: str, cell: str) -> None:
    """%%exercise ex01a: save this cell as that exercise's file, and check it."""
    from IPython.display import display

    from micrograd_lab.errors import LabError
    from micrograd_lab.grader.checking import check

    try:
        display(check(line.strip(), cell))
    except LabError as error:
        print(f"%%exercise {line.strip()}: {error}")
