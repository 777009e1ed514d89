"""python -m benchmarks [--workload S1|...|million] [--peer P] [--threads N|all] [--rounds N] [--json FILE]"""

import argparse
import json
from pathlib import Path
from typing import Any

from benchmarks import cores
from benchmarks.aims import AIMS, COMPILED, EAGER
from micrograd_lab.files import replace_file

# All else is imported when it is known how many threads there are: libraries look once.
Row = dict[str, Any]
MILLION = "million"


def count(text: str) -> int:
    """ "all", or a number of threads that there are cores for."""
    most = len(cores.available())
    if text == "all":
        return most
    if not text.isdecimal() or not 1 <= int(text) <= most:
        raise argparse.ArgumentTypeError(f"{text}: expected all, or a number from 1 to {most}")
    return int(text)


def options(arguments: list[str] | None) -> argparse.Namespace:
    from benchmarks.peers import PEERS

    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument(
        "--workload", choices=[*AIMS, MILLION], action="append", help="default: all"
    )
    parser.add_argument("--peer", choices=PEERS, action="append", help="default: all")
    parser.add_argument("--threads", type=count, default=1, metavar="N", help="or all; default: 1")
    parser.add_argument("--rounds", type=int, help="default: 9, and 3 for million")
    parser.add_argument("--cold", action="store_true", help="first calls with empty caches as well")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the rows to FILE as well")
    args = parser.parse_args(arguments)
    if args.rounds is not None and args.rounds < 1:
        parser.error(f"--rounds {args.rounds}: at least one round is needed")
    if args.json and not args.json.absolute().parent.is_dir():
        parser.error(f"--json {args.json}: there is no folder {args.json.parent}")
    return args


def save(rows: list[Row], path: Path) -> None:
    """All or nothing: an interrupted run leaves the file of the last one."""
    replace_file(path.absolute(), (json.dumps(rows, indent=1) + "\n").encode())


def main(arguments: list[str] | None = None) -> list[Row]:
    args = options(arguments)
    cores.use(args.threads)
    from rich.console import Console

    from benchmarks import limits, peers, report, runs

    console = Console(highlight=False)
    console.width = max(console.width, 150)  # in a file, too, a table keeps its columns
    status = Console(stderr=True, highlight=False)
    machine = limits.measure()
    console.print(
        f"This machine, threads: {args.threads}: triad {machine.triad / 1e9:.1f} GB/s, "
        f"sgemm {machine.sgemm / 1e9:.0f} GF/s\n"
    )
    engines = peers.installed([EAGER, COMPILED, *(args.peer or peers.PEERS)])
    rows: list[Row] = []
    for name in args.workload or [*AIMS, MILLION]:
        with status.status(name) as spinner:
            if name == MILLION:
                new = runs.run_million(list(engines), args.rounds or 3, spinner.update)
                report.show_million(new, console)
            else:
                machine = machine.best(limits.measure())
                how = (args.rounds or 9, machine, args.cold, spinner.update)
                new = runs.train(name, engines, *how)
                report.show(new, machine, console)
        rows += new
        if args.json:
            save(rows, args.json)
    return rows


if __name__ == "__main__":
    main()
