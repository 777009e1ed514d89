"""Where the course lives."""

from pathlib import Path

from micrograd_lab.errors import CourseError


def find_root(start: Path | None = None) -> Path:
    """The folder with the sources of the course: upwards from `start` (the current folder), else
    from this package.  CourseError when there is none."""
    here = (start or Path.cwd()).resolve()
    package = Path(__file__).resolve().parent
    for folder in (here, *here.parents, *package.parents):
        if (folder / "notebooks" / "src").is_dir() and (folder / "solutions").is_dir():
            return folder
    raise CourseError(
        f"no course in {here.name or here} or above it: I looked for a folder with notebooks/src and "
        "solutions. Run this inside a clone of the project."
    )
