"""Start an example by its name: check what was asked for, run it, and say how to go on if stopped."""

import inspect
import shlex
from importlib import import_module
from pathlib import Path
from typing import Any

from rich.console import Console
from threadpoolctl import threadpool_limits

from micrograd_lab.command import command
from micrograd_lab.errors import OptionError
from micrograd_lab.examples import EXAMPLES, module_of
from micrograd_lab.examples.common import Result
from micrograd_lab.train import Interrupted

OUT = Path("micrograd_lab_examples")


def show(console: Console) -> None:
    """The examples that there are."""
    console.print("Examples, each a network that trains in seconds to minutes, and its picture:\n")
    for name, about in EXAMPLES.items():
        console.print(f"  [bold]{name:<12}[/] {about}")
    console.print(f"\nStart one with  [bold]{command()} example {next(iter(EXAMPLES))}[/]")


def start(
    name: str, out: Path, *, seed: int, quick: bool, resume: bool, console: Console, **options: Any
) -> Result:
    """Run an example and print what it came to.

    options: those of the example that are not None.  OptionError for a name or an option that is
    not there; Interrupted, which says how to go on, after Ctrl-C.
    """
    if name not in EXAMPLES:
        raise OptionError(f"example {name}: no such example; there are {', '.join(EXAMPLES)}.")
    given = {key: value for key, value in options.items() if value is not None}
    run = import_module(module_of(name)).run
    for key, value in given.items():
        if key not in inspect.signature(run).parameters:
            raise OptionError(f"example {name}: it has no option --{key}.")
        if isinstance(value, int) and value < 1:
            raise OptionError(f"example {name}: --{key} {value}: at least 1.")
    if seed < 0:
        raise OptionError(f"example {name}: --seed {seed}: a seed is 0 or more.")
    try:
        with threadpool_limits(1):  # two threads that share small products wait for each other, and
            # on a busy machine for long: 4 minutes instead of 30 seconds
            result: Result = run(
                out, seed=seed, quick=quick, resume=resume, console=console, **given
            )
    except (Interrupted, SystemExit) as stop:  # Ctrl-C, or a polite kill; both have saved
        text = "Go on with: " + as_typed(name, out, seed, quick, given)
        if isinstance(stop, SystemExit):
            console.print(text, markup=False, highlight=False, soft_wrap=True)
            raise
        steps = len(stop.history.losses)
        raise Interrupted(f"Stopped after step {steps}, and saved. {text}") from stop
    console.print(f"[bold]{result.line}[/]")
    for what in ("picture", "weights"):
        console.print(f"{what}: {getattr(result, what)}", markup=False, soft_wrap=True)
    return result


def as_typed(name: str, out: Path, seed: int, quick: bool, given: dict[str, Any]) -> str:
    """The command line that goes on with this run."""
    words = [command(), "example", name]
    words += [] if out == OUT else ["--out", str(out)]
    words += ["--seed", str(seed)] if seed else []
    words += ["--quick"] if quick else []
    for key, value in given.items():
        words += [f"--{key}", str(value)]
    return shlex.join([*words, "--resume"])
