"""The commands `grade` and `report`: a class from a terminal.

Exit status: 0 every submission was graded, 1 somebody should look at something, 2 the request
itself cannot be met, 130 stopped; the same command then goes on where it was.
"""

import os
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from micrograd_lab.command import command
from micrograd_lab.grader.classroom.cohort import Cohort
from micrograd_lab.grader.classroom.collect import collect, entries
from micrograd_lab.grader.classroom.jobs import Job, Outcome, locally
from micrograd_lab.grader.classroom.pages import clean
from micrograd_lab.grader.classroom.reports import write
from micrograd_lab.grader.classroom.results import Results, create, load
from micrograd_lab.grader.exercises import every, find
from micrograd_lab.grader.sandbox.probe import for_others

if TYPE_CHECKING:
    from rich.console import Console


def grade(
    folder: Path,
    out: Path,
    names: list[str],
    *,
    processes: int = 0,
    limit: float = 10.0,
    seed: int | None = None,
    dask: str = "",
    trust: bool = False,
) -> int:
    """Grade the submissions in `folder`, and write results and reports into `out`."""
    console = _console()
    exercises = tuple(dict.fromkeys(e for name in names for e in find(name))) or every()
    paths, strays = entries(folder, but=out)
    if not dask:
        for_others(trust=trust)  # where nothing can be walled off, refuse before any work
    results = create(out, seed)
    results.keep_strays(strays)
    jobs = (results.job(s, exercises, limit, trust) for s in collect(paths, exercises))
    try:
        _run(console, jobs, len(paths), results, processes or os.cpu_count() or 1, dask)
    except KeyboardInterrupt:
        raise KeyboardInterrupt(
            "Stopped. What is graded is kept; the same command goes on from there."
        ) from None
    cohort = write(results)
    return _say(console, results, cohort)


def report(folder: Path) -> int:
    """Write the reports of the results in `folder` anew, and say in short what is in them."""
    results = load(folder)
    return _say(_console(), results, write(results))


def _run(
    console: "Console", jobs: Iterable[Job], count: int, results: Results, processes: int, dask: str
) -> None:
    from rich.progress import (  # fmt: skip
        BarColumn,
        MofNCompleteColumn,
        Progress,
        TextColumn,
        TimeRemainingColumn,
    )

    columns = (TextColumn("Grading"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=console, disable=not console.is_terminal) as bar:
        task = bar.add_task("", total=count)

        def left() -> Iterator[Job]:
            for job in jobs:
                if results.has(job):
                    bar.advance(task)
                else:
                    yield job

        if dask:
            from micrograd_lab.grader.classroom.dask import on_cluster

            outcomes: Iterator[Outcome] = on_cluster(left(), dask)
        else:
            outcomes = locally(left(), processes)
        for outcome in outcomes:
            results.keep(outcome)
            bar.advance(task)


def _say(console: "Console", results: Results, cohort: Cohort) -> int:
    """The class in a few lines: the mean, the mistakes most made, and what needs a look."""
    mean = sum(cohort.totals) / max(len(cohort.totals), 1)
    _print(
        console,
        f"{cohort.students} students, mean {mean:.1f} of {cohort.max_points} points.",
        "bold",
    )
    for tally, name, count in cohort.widest(5):
        _print(console, f"  {tally.id}  {count:>4} of {tally.handed_in:<4} {name}")
    look = list(results.strays)
    for outcome in results:
        look += [f"{outcome['student']}: {problem}" for problem in outcome["problems"]]
    for item in look[:10]:
        _print(console, f"  ! {item}", "yellow")
    if len(look) > 10:
        _print(console, f"  ! and {len(look) - 10} more, in index.html", "yellow")
    _print(
        console,
        f"Read {results.folder / 'index.html'}; points.csv and mistakes.csv are for a spreadsheet. "
        f"`{command()} report {results.folder}` writes them anew.",
        "dim",
    )
    return 1 if look else 0


def _print(console: "Console", line: str, style: str = "") -> None:
    console.print(clean(line).replace("\n", " "), style=style, markup=False)


def _console() -> "Console":
    from rich.console import Console

    return Console(highlight=False, soft_wrap=True)
