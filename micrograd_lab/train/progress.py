"""Watching a run: a live bar in a terminal or notebook, one calm line an epoch in a log."""

import time
from typing import Any

from micrograd_lab.train.history import shown


class Bar:
    """A callback that shows loss, learning rate, examples a second and the time that is left."""

    def __init__(self, console: Any = None) -> None:
        from rich.console import Console

        self.console = console or Console()
        self.live = self.console.is_terminal or self.console.is_jupyter
        self.bar: Any = None
        self.loss: float | None = None
        self.examples, self.since = 0, 0.0

    def on_start(self, run: Any) -> None:
        from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

        self.since = time.perf_counter()
        if run.step:
            then = "goes on" if run.goes_on() else "has nothing left to do"
            self.console.print(
                f"step {run.step} was reached before; training {then}.", highlight=False
            )
        if self.live:
            columns = (
                TextColumn("{task.description}"),
                BarColumn(bar_width=20),
                TextColumn("{task.percentage:>3.0f}%"),
                TimeRemainingColumn(compact=True),
                TextColumn("{task.fields[note]}"),
            )
            self.bar = Progress(*columns, console=self.console)
            self.task = self.bar.add_task("", total=run.total_steps, completed=run.step, note="")
            self.bar.start()

    def on_step(self, run: Any) -> None:
        # An average over some ten steps: single batches are noisy.
        self.loss = run.loss if self.loss is None else 0.9 * self.loss + 0.1 * run.loss
        self.examples += run.batch_size
        if self.bar is not None:
            self._show(run)

    def on_epoch(self, run: Any) -> None:
        results = {k: x for k, x in run.history.last.items() if k not in ("epoch", "step")}
        text = " · ".join(f"{name} {shown(x)}" for name, x in results.items())
        of = f"/{run.epochs}" if run.epochs else ""
        self.console.print(f"epoch {run.epoch}{of} · {text}", highlight=False)

    def on_end(self, run: Any) -> None:
        if self.bar is not None:
            self.bar.stop()

    def _show(self, run: Any) -> None:
        speed = self.examples / max(time.perf_counter() - self.since, 1e-9)
        self.bar.update(
            self.task,
            completed=run.step,
            description=f"epoch {run.epoch + 1}",
            note=f"loss {self.loss:.4g} · {speed:,.0f} examples/s · lr {run.rate:.2g}",
        )
