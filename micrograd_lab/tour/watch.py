"""Watching a network learn: a progress bar in a terminal, a few calm lines in a log."""

import random
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

import numpy as np
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

from micrograd_lab.scalar.nn import MLP
from micrograd_lab.tour.digits import Digits, Patterns, load
from micrograd_lab.tour.train import Example, accuracy, as_examples, steps_of, train


@dataclass(frozen=True)
class Plan:
    """How large a network, and how long to train it."""

    images: int = 1352  # to learn from: all that are not held out
    patterns: int = 16  # numbers that describe an image
    hidden: int = 24  # neurons between them and the ten scores
    epochs: int = 8
    batch: int = 16
    rate: float = 0.5


FULL = Plan()
QUICK = Plan(images=320, hidden=8, epochs=3)


@dataclass(frozen=True)
class Trained:
    """The network, what it was tested on, and how the training went."""

    net: MLP
    patterns: Patterns
    held_out: Digits
    exam: list[Example]  # the held-out digits, as the network sees them
    losses: list[float] = field(default_factory=list)  # one per step
    accuracies: list[float] = field(default_factory=list)  # on the exam, one per epoch


def learn(plan: Plan, seed: int, console: Console) -> Trained:
    """Train a network on some digits, and watch it on others that it never learns from."""
    to_learn, held_out = load()
    to_learn = to_learn.first(plan.images)
    patterns = Patterns.found_in(to_learn.images, plan.patterns)
    lesson = as_examples(patterns.describe(to_learn.images), to_learn.answers)
    exam = as_examples(patterns.describe(held_out.images), held_out.answers)
    net = MLP(plan.patterns, [plan.hidden, 10], rng=random.Random(seed))
    trained = Trained(net, patterns, held_out, exam)
    console.print(
        f"{len(lesson):,} images to learn from, {len(exam)} held out; "
        f"each is {plan.patterns} numbers.\n{plan.patterns} inputs, {plan.hidden} hidden neurons, "
        f"10 scores: {len(net.parameters())} parameters, every one a Value.\n"
    )
    total = steps_of(len(lesson), plan.epochs, plan.batch)
    per_epoch = total // plan.epochs
    busy, since = 0.0, time.perf_counter()
    with progress_bar(console, "training", total) as report:
        for loss in train(
            net, lesson, epochs=plan.epochs, batch=plan.batch, rate=plan.rate, seed=seed
        ):
            busy += time.perf_counter() - since
            trained.losses.append(loss)
            done = len(trained.losses)
            if end_of_epoch := done % per_epoch == 0:
                trained.accuracies.append(accuracy(net, exam))
            note = f"loss {np.mean(trained.losses[-per_epoch // 4 :]):.3f}"
            if trained.accuracies:
                note += f" · held-out {trained.accuracies[-1]:.1%}"
            speed = len(lesson) * plan.epochs * done / total / busy
            report(f"{note} · {speed:,.0f} examples/s", end_of_epoch)
            since = time.perf_counter()
    return trained


@contextmanager
def progress_bar(console: Console, title: str, total: int) -> Iterator[Callable[[str, bool], None]]:
    """Gives report(note, milestone), to be called `total` times.

    A terminal shows a live bar; a log gets one line per milestone.
    """
    columns = (
        TextColumn("{task.description}"),
        BarColumn(bar_width=20),
        TextColumn("{task.percentage:>3.0f}%"),
        TimeRemainingColumn(compact=True),
        TextColumn("{task.fields[note]}"),
    )
    with Progress(*columns, console=console, disable=not console.is_terminal) as progress:
        task = progress.add_task(title, total=total, note="")
        done = 0

        def report(note: str, milestone: bool) -> None:
            nonlocal done
            done += 1
            progress.update(task, completed=done, note=note)
            if milestone and not console.is_terminal:
                console.print(f"{title} {done / total:4.0%} · {note}", highlight=False)

        yield report
