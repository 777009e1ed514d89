"""python -m micrograd_lab.course build: make notebooks and exercises from their sources."""

import sys
from typing import Annotated

import typer

from micrograd_lab.course import build as builder
from micrograd_lab.course.project import find_root
from micrograd_lab.errors import CourseError

app = typer.Typer(add_completion=False, no_args_is_help=True)


@app.callback()
def course() -> None:
    """The course machinery."""


@app.command()
def build(
    names: Annotated[
        list[str] | None,
        typer.Argument(metavar="[NAME]...", help="01, 01_slope, ex01a; default: all."),
    ] = None,
    check: Annotated[
        bool, typer.Option("--check", help="Write nothing; fail if anything would change.")
    ] = False,
    no_run: Annotated[
        bool, typer.Option("--no-run", help="With --check: compare sources only, run nothing.")
    ] = False,
    force: Annotated[
        bool,
        typer.Option(
            "--force", help="Build over edited exercises; they are kept in .micrograd_lab/backups."
        ),
    ] = False,
) -> None:
    """notebooks/src/*.py become executed notebooks, solutions/*.py become exercises."""
    if no_run and not check:
        raise typer.BadParameter("--no-run goes with --check.")
    try:
        root = find_root()
        if check:
            wrong = builder.check(root, names or [], execute=not no_run)
        else:
            wrong = builder.build(root, names or [], force)
    except CourseError as error:
        wrong = [str(error)]
    for line in wrong:
        print(line, file=sys.stderr)
    if wrong:
        raise typer.Exit(1)
    if check:
        print("Everything is as its source builds it.")


if __name__ == "__main__":
    app()
