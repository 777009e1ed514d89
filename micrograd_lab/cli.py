"""micrograd-lab: the tour, the lessons, and the exercises, from the command line."""

import functools
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, ParamSpec

import typer

from micrograd_lab import __version__
from micrograd_lab.errors import FolderError, LabError

P = ParamSpec("P")

CODES = "Exit status: 0 all is well, 1 something has not passed yet, 2 the request cannot be met."

app = typer.Typer(
    name="micrograd-lab",
    help="Understand, build and debug automatic differentiation.",
    epilog="New here? Start with: micrograd-lab tour",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)


def calmly(command: Callable[P, int | None]) -> Callable[P, None]:
    """End a command with its exit code; say mistakes and Ctrl-C in one line, not in a traceback."""

    @functools.wraps(command)
    def run(*args: P.args, **kwargs: P.kwargs) -> None:
        try:
            code = command(*args, **kwargs) or 0
        except LabError as mistake:
            say_red(" ".join(str(mistake).split()))
            code = 2
        except KeyboardInterrupt as stop:
            said = str(stop) or "Stopped, as you asked. What was written so far is whole."
            typer.echo(f"\n{said}", err=True)
            code = 130
        raise typer.Exit(code)

    return run


def say_red(message: str) -> None:
    """One line on stderr, however long; red where there are colours."""
    from rich.console import Console

    Console(stderr=True).print(message, style="red", markup=False, highlight=False, soft_wrap=True)


@app.command()
@calmly
def tour(
    out: Annotated[
        Path, typer.Option(help="Folder for the pictures and the report.", metavar="DIR")
    ] = Path("micrograd_lab_tour"),
    quick: Annotated[bool, typer.Option("--quick", help="A small network, in seconds.")] = False,
    seed: Annotated[int, typer.Option(help="Draws the first weights.")] = 0,
) -> None:
    """See everything once: a derivative, the chain rule, a network that reads digits."""
    from rich.console import Console

    from micrograd_lab.tour.run import tour

    tour(out, quick=quick, seed=seed, console=Console(highlight=False))


@app.command()
@calmly
def example(
    name: Annotated[str, typer.Argument(help="Which one; by default, a list of them.")] = "",
    out: Annotated[
        Path, typer.Option(help="Folder for picture and weights.", metavar="DIR")
    ] = Path("micrograd_lab_examples"),
    seed: Annotated[int, typer.Option(help="Draws the first weights and the order.")] = 0,
    quick: Annotated[bool, typer.Option("--quick", help="A glimpse, in seconds.")] = False,
    resume: Annotated[bool, typer.Option("--resume", help="Go on where it was stopped.")] = False,
    epochs: Annotated[
        int | None, typer.Option(help="How long: moons and the digits.", metavar="N")
    ] = None,
    steps: Annotated[
        int | None, typer.Option(help="How long: the char- examples.", metavar="N")
    ] = None,
    text: Annotated[
        Path | None, typer.Option(help="What a char- example is to learn.", metavar="FILE")
    ] = None,
) -> None:
    """Train a small network, and see what it learned: a worked example."""
    from rich.console import Console

    from micrograd_lab.examples.start import show, start

    console = Console(highlight=False)
    if not name:
        return show(console)
    start(name, out, seed=seed, quick=quick, resume=resume, console=console,
          epochs=epochs, steps=steps, text=text)  # fmt: skip


@app.command(context_settings={"allow_extra_args": True, "ignore_unknown_options": True})
@calmly
def lab(
    jupyter: typer.Context,
    lesson: Annotated[
        str, typer.Argument(help="A lesson: 3, 03 or 03_local; by default your next one.")
    ] = "",
) -> int:
    """Open a lesson in JupyterLab; further options go to JupyterLab itself."""
    more = jupyter.args
    if lesson.startswith("-"):  # an option of JupyterLab's, and no lesson named
        lesson, more = "", [lesson, *more]
    if not lesson:
        lesson = next_lesson()
        say_what_is_open()
    return open_lab(find_lesson(lesson), more)


@app.command(epilog=CODES)
@calmly
def check(
    names: Annotated[
        list[str] | None, typer.Argument(help="ex01, or all; by default the next one.")
    ] = None,
) -> int:
    """Grade your exercises, and hear which mistake it was."""
    from micrograd_lab.grader import terminal

    return terminal.check(names or [])


@app.command()
@calmly
def watch(
    name: Annotated[str, typer.Argument(help="ex01a; by default the next one.")] = "",
) -> int:
    """Check an exercise at every save; single keys give hints, the next one, the list."""
    from micrograd_lab.grader.watch import watch

    return watch(name)


@app.command("list")
@calmly
def listing(
    names: Annotated[list[str] | None, typer.Argument(help="ex01; by default all.")] = None,
) -> int:
    """See the exercises: how hard, how long, how far you are."""
    from micrograd_lab.grader import terminal

    return terminal.listing(names or [])


@app.command()
@calmly
def hint(name: Annotated[str, typer.Argument(help="An exercise: ex01.")]) -> int:
    """Get the next hint for an exercise."""
    from micrograd_lab.grader import terminal

    return terminal.hint(name)


@app.command()
@calmly
def progress() -> int:
    """See which exercises are done and what comes next."""
    from micrograd_lab.course import progress
    from micrograd_lab.grader import terminal

    return terminal.progress(progress.heading, progress.going_on)


@app.command()
@calmly
def reset(names: Annotated[list[str], typer.Argument(help="Exercises: ex01a.")]) -> int:
    """Begin an exercise anew; your file is kept in .micrograd_lab/backups."""
    from micrograd_lab.course.exercises import stub
    from micrograd_lab.grader import terminal

    return terminal.reset(names, stub)


@app.command(epilog=CODES)
@calmly
def solution(
    name: Annotated[str, typer.Argument(help="An exercise: ex01.")],
    really: Annotated[bool, typer.Option("--really", help="Before yours passes, too.")] = False,
) -> int:
    """Read the solution of an exercise that you have passed."""
    from micrograd_lab.grader import terminal

    return terminal.solution(name, really)


@app.command(
    epilog="Exit status: 0 all were graded, 1 somebody should look at something (a file with an "
    "unknown name, a broken zip), 2 the request cannot be met, 130 stopped: the same command goes on."
)
@calmly
def grade(
    folder: Annotated[Path, typer.Argument(help="One folder or zip per student.", metavar="DIR")],
    out: Annotated[
        Path, typer.Option(help="Folder for results and reports.", metavar="DIR")
    ] = Path("results"),
    only: Annotated[
        list[str] | None, typer.Option(help="ex01, several times; by default all.", metavar="EX")
    ] = None,
    jobs: Annotated[int, typer.Option(help="Processes; by default one per core.", min=0)] = 0,
    limit: Annotated[float, typer.Option(help="Seconds for one exercise.", min=1)] = 10.0,
    seed: Annotated[
        int | None, typer.Option(help="Draws the questions; by default a secret one.")
    ] = None,
    dask: Annotated[
        str, typer.Option(help="Send the work to this Dask scheduler.", metavar="ADDRESS")
    ] = "",
    trust: Annotated[
        bool,
        typer.Option("--trust-submissions", help="Grade even where nothing can be walled off."),
    ] = False,
) -> int:
    """Grade a class: in parallel, each submission apart, going on where it was stopped."""
    from micrograd_lab.grader.classroom import terminal

    return terminal.grade(
        folder, out, only or [], processes=jobs, limit=limit, seed=seed, dask=dask, trust=trust
    )


@app.command()
@calmly
def report(
    results: Annotated[
        Path, typer.Argument(help="The folder that `grade` wrote.", metavar="DIR")
    ] = Path("results"),
) -> int:
    """Write a class's reports anew: pages, tables for a spreadsheet, JSON."""
    from micrograd_lab.grader.classroom import terminal

    return terminal.report(results)


@app.command()
@calmly
def export(
    kind: Annotated[str, typer.Argument(help="gradescope, classroom50, nbgrader or otter.")],
    out: Annotated[Path, typer.Option(help="Folder for the files.", metavar="DIR")] = Path(
        "export"
    ),
    only: Annotated[
        list[str] | None, typer.Option(help="ex01, several times; by default all.", metavar="EX")
    ] = None,
    limit: Annotated[float, typer.Option(help="Seconds for one exercise.", min=1)] = 10.0,
    trust: Annotated[
        bool,
        typer.Option("--trust-submissions", help="Grade even where nothing can be walled off."),
    ] = False,
) -> int:
    """Take the exercises to another grader, which then asks and says what this one does."""
    from micrograd_lab.grader.adapters.export import export

    return export(kind, out, only or [], limit=limit, trust=trust)


@app.command()
@calmly
def warmup() -> None:
    """Compile the fast kernels once, so that nothing waits for them later."""
    from rich.console import Console

    from micrograd_lab.kernels.warmup import warmup

    warmup(Console(highlight=False))


def version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"micrograd-lab {__version__}")
        raise typer.Exit


@app.callback()
def options(
    version: Annotated[
        bool,
        typer.Option("--version", callback=version, is_eager=True, help="Show the version."),
    ] = False,
) -> None:
    """Understand, build and debug automatic differentiation."""


def next_lesson() -> str:
    """The lesson to go on with: the map for a newcomer, or the first lesson where there is no map."""
    from micrograd_lab.course import progress
    from micrograd_lab.grader.home import course_folder
    from micrograd_lab.grader.record import load

    ahead = progress.next_lesson(load())
    mapped = any((course_folder() / "notebooks").glob(f"{progress.START}_*.ipynb"))
    return "01" if ahead == progress.START and not mapped else ahead


def say_what_is_open() -> None:
    """One line on exercises that the learner has gone on without; nothing if there are none."""
    from micrograd_lab.course import progress
    from micrograd_lab.grader.record import load

    if waiting := progress.left_open(load()):
        typer.echo(waiting)


def find_lesson(lesson: str) -> Path:
    """The notebook of a lesson.  FolderError if it, or the folder of notebooks, is not there."""
    from micrograd_lab.grader.home import course_folder

    folder = course_folder() / "notebooks"
    lessons = sorted(folder.glob("[0-9][0-9]_*.ipynb"))
    if not lessons:
        raise FolderError(
            f"lab: no lessons in {folder}; `python -m micrograd_lab.course build` makes them."
        )
    stem = Path(lesson).stem
    stem = f"{int(stem):02}" if stem.isdecimal() else stem
    found = [path for path in lessons if stem in (path.stem, path.stem[:2])]
    if not found:
        raise FolderError(
            f"lab {lesson}: no such lesson; there are {', '.join(path.stem for path in lessons)}."
        )
    return found[0]


def open_lab(notebook: Path, more: list[str]) -> int:
    """JupyterLab on a notebook, until it ends; its exit code.  Ctrl-C is JupyterLab's to answer."""
    # not `jupyter lab`: that looks along PATH, where another installation's may come first
    with subprocess.Popen([sys.executable, "-m", "jupyterlab", str(notebook), *more]) as server:
        while True:
            try:
                return server.wait()
            except KeyboardInterrupt:
                continue


def main() -> None:
    """The entry point of `micrograd-lab`."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="replace")  # a terminal without × shows ?, and goes on
    app()
