"""Where the learner's course folder is, and which file of it belongs to which exercise."""

import os
from pathlib import Path

from micrograd_lab.errors import ExerciseError
from micrograd_lab.files import replace_file
from micrograd_lab.grader.spec import Exercise


def course_folder() -> Path:
    """The folder that holds the learner's `exercises/`.

    The environment variable MICROGRAD_LAB_HOME names it; else it is the first one found from the
    current folder upwards, else from the package upwards.  Raises ExerciseError if there is none.
    """
    if named := os.environ.get("MICROGRAD_LAB_HOME"):
        if _has_exercises(Path(named)):
            return Path(named)
        raise ExerciseError(
            f"MICROGRAD_LAB_HOME is {named!r}, but there is no exercises/ folder with exercises in "
            "it. Let it name the folder of the course."
        )
    package = Path(__file__).resolve().parents[1]
    for folder in (Path.cwd(), *Path.cwd().parents, *package.parents):
        if _has_exercises(folder):
            return folder
    raise ExerciseError(
        "No exercises/ folder was found here or in any folder above. Go to the folder of the "
        "course, or let the environment variable MICROGRAD_LAB_HOME name it."
    )


def _has_exercises(folder: Path) -> bool:
    exercises = folder / "exercises"  # the package's own folder of that name is a package
    return any(exercises.glob("ex[0-9][0-9]*.py")) and not (exercises / "__init__.py").exists()


def exercise_file(home: Path, exercise: Exercise) -> Path:
    return home / "exercises" / f"{exercise.name}.py"


def read_exercise(home: Path, exercise: Exercise) -> str:
    """The learner's own text of an exercise.  Raises ExerciseError if there is none to read."""
    path = exercise_file(home, exercise)
    try:
        return path.read_text(encoding="utf-8")
    except FileNotFoundError:
        raise ExerciseError(
            f"exercises/{path.name} is not there. "
            "`python -m micrograd_lab.course build` makes a fresh one."
        ) from None
    except UnicodeDecodeError:
        raise ExerciseError(
            f"exercises/{path.name} is not text in UTF-8. Save it with that encoding."
        ) from None


def read_solution(home: Path, exercise: Exercise) -> str:
    """The text of a solution.  Raises ExerciseError if the course folder has none."""
    path = home / "solutions" / f"{exercise.name}.py"
    if not path.exists():
        raise ExerciseError(f"solutions/{path.name} is not in this course folder.")
    return path.read_text(encoding="utf-8")


def write_text(path: Path, text: str) -> None:
    """Write a file whole or not at all, in a folder that is made if need be."""
    path.parent.mkdir(parents=True, exist_ok=True)
    replace_file(path, text.encode())
