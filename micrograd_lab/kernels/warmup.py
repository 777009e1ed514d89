"""Compile every kernel into the cache on disk, so that no first call waits for the compiler.

A kernel is compiled for the kinds of arguments it is called with, so each is called: by the layer
that uses it, on arrays just large enough for it.
"""

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from rich.console import Console

from micrograd_lab import threads
from micrograd_lab.kernels.swift import switched_on

ROWS = 1 << 7
WIDTH = threads.SPLIT // ROWS  # two axes that make a large array, even for several threads


@dataclass(frozen=True)
class Warmed:
    """How many kinds of kernels were compiled, and how many were in the cache already."""

    compiled: int
    known: int
    seconds: float
    folder: Path


def uses() -> dict[str, Callable[[], Any]]:
    """What calls the kernels, by the name a learner knows; each may give a result to go back from."""
    lab: Any = import_module("micrograd_lab")  # from above, as a user does
    F = lab.nn.functional

    def numbers(*shape: int) -> Any:
        return lab.ones(*shape, requires_grad=True)

    def layer(kind: str, *sizes: int, of: Any) -> Callable[[], Any]:
        def call() -> Any:
            y = getattr(lab.nn, kind)(*sizes)(of())
            return y[0] if isinstance(y, tuple) else y

        return call

    def optimizer(kind: str, **settings: float) -> Callable[[], None]:
        def step() -> None:
            x = numbers(ROWS, WIDTH)
            x.grad = lab.ones(ROWS, WIDTH)
            getattr(lab.optim, kind)([x], **settings).step()

        return step

    def tape() -> None:
        x = lab.scalar.Value(2.0)
        tape = lab.scalar.Tape(x * x + x, [x])
        tape.run([3.0])
        tape.rows([[3.0], [4.0]])

    def x() -> Any:
        return numbers(ROWS, WIDTH)

    def image() -> Any:
        return numbers(4, 8, 32, 32)

    def sequence() -> Any:
        return numbers(4, ROWS, 32)

    def arithmetic() -> None:
        x = numbers(512, 512)
        ((x * x + x - x.square()) ** 2 * (lab.tanh(x) + lab.relu(x))).sum().backward()
        (x * x).sum().backward()

    labels, places = lab.zeros(ROWS, dtype=lab.int64), lab.zeros(ROWS, WIDTH, dtype=lab.int64)
    return {
        "arithmetic": arithmetic,
        "product": lambda: x() @ x().mT,  # of many terms; on its way back, of few
        "gelu": lambda: F.gelu(x()),
        "silu": lambda: F.silu(x()),
        "sigmoid": lambda: lab.sigmoid(x()),
        "tanh": lambda: lab.tanh(x()),
        "relu": lambda: F.relu(x()),
        "softmax": lambda: F.softmax(x(), -1),
        "attention": lambda: F.scaled_dot_product_attention(x(), x(), x(), is_causal=True),
        "causal softmax": lambda: lab.ops.attention.causal_softmax(x()),  # of slopes of slopes
        "embedding": lambda: F.embedding(labels, x()),
        "cross entropy": lambda: F.cross_entropy(x(), labels),
        "layer norm": layer("LayerNorm", WIDTH, of=x),
        "convolution": layer("Conv2d", 8, 8, 3, of=image),
        "with 5 × 5": layer("Conv2d", 8, 8, 5, of=image),
        "max pooling": layer("MaxPool2d", 2, of=image),
        "with overlap": layer("MaxPool2d", 3, 2, of=image),
        "gather": lambda: lab.gather(x(), 1, places),
        "RNN": layer("RNN", 32, 128, of=sequence),
        "LSTM": layer("LSTM", 32, 128, of=sequence),
        "GRU": layer("GRU", 32, 128, of=sequence),
        "SGD": optimizer("SGD"),
        "momentum": optimizer("SGD", momentum=0.9),
        "Adam": optimizer("Adam"),
        "tape": tape,
    }


def kernels() -> Iterator[Any]:
    """Every kernel of this folder; pieces that are inlined into others are none."""
    from numba.core.registry import CPUDispatcher

    from micrograd_lab.kernels.pool import Split

    for path in sorted(Path(__file__).parent.glob("[!_]*.py")):
        if path.stem in ("steps", "weights"):
            continue  # pieces as well, of sequences and of attention
        if path.stem in ("products", "shared") and threads.count == 1:
            continue  # NumPy does them
        name = f"micrograd_lab.kernels.{path.stem}"
        for found in vars(import_module(name)).values():
            if isinstance(found, Split):
                found = found.shared if threads.count > 1 else found.in_order
            own = isinstance(found, CPUDispatcher) and found.py_func.__module__ == name
            if own and found.targetoptions.get("inline") != "always":
                yield found


def counts() -> tuple[int, int]:
    """(compiled here, found in the cache), so far in this process."""
    every = [kernel.stats for kernel in kernels()]
    return (
        sum(sum(stats.cache_misses.values()) for stats in every),
        sum(sum(stats.cache_hits.values()) for stats in every),
    )


def warm(tick: Callable[[str], None] = lambda name: None) -> Warmed | None:
    """Call everything once; tick hears each name before it is called.  None without Numba."""
    if not switched_on():
        return None
    from micrograd_lab.kernels.jit import cache_folder

    started, (compiled, known) = time.perf_counter(), counts()
    for name, use in uses().items():
        tick(name)
        y = use()
        if y is not None:
            (y * y).sum().backward()
    now_compiled, now_known = counts()
    seconds = time.perf_counter() - started
    return Warmed(now_compiled - compiled, now_known - known, seconds, cache_folder())


def warmup(console: "Console") -> None:
    """warm(), with a progress bar, and what came of it in a line or two."""
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

    if not switched_on():
        console.print(
            "There is nothing to compile: Numba is not installed, or switched off by "
            "NUMBA_DISABLE_JIT or MICROGRAD_LAB_KERNELS. Everything works without it, on NumPy "
            "alone; `pip install numba` brings the fast kernels.",
            soft_wrap=True,
        )
        return
    columns = (TextColumn("{task.description:14}"), BarColumn(), MofNCompleteColumn())
    quiet = not console.is_terminal
    with Progress(*columns, console=console, transient=True, disable=quiet) as bar:
        task = bar.add_task("kernels", total=len(uses()))
        done = warm(lambda name: bar.update(task, description=name, advance=1))
    assert done is not None
    console.print(
        f"{done.compiled} kernels compiled, {done.known} were there already: {done.seconds:.1f} s."
    )
    console.print(f"They are kept in {done.folder}", soft_wrap=True, markup=False)
