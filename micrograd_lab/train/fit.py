"""fit(): the training loop, with all that a long run needs around it."""

import signal
import sys
from collections.abc import Callable, Iterable, Mapping
from contextlib import nullcontext
from pathlib import Path
from typing import Any

from micrograd_lab.autograd import no_grad
from micrograd_lab.errors import OptionError, ShapeError, TrainingError
from micrograd_lab.random import fork_rng, manual_seed
from micrograd_lab.tensor import Tensor
from micrograd_lab.train.checkpoint import Checkpoints, where_to_begin
from micrograd_lab.train.early import EarlyStop
from micrograd_lab.train.history import History
from micrograd_lab.train.interrupts import Interrupted, requests
from micrograd_lab.train.run import Run

Metrics = Mapping[str, Callable[[Any, Any], Any]]


def supervised(model: Any, batch: Any) -> tuple[Any, Any]:
    """(output, target) of a batch (input, ..., target): what fit() does unless told otherwise."""
    if not isinstance(batch, tuple | list) or len(batch) < 2:
        raise TrainingError(
            f"a batch is (input, target), found {type(batch).__name__}. Give forward=, a function "
            "(model, batch) -> (output, target): lambda model, x: (model(x), x)."
        )
    *inputs, target = batch
    return model(*inputs), target


def fit(
    model: Any,
    loss_fn: Callable[[Any, Any], Any],
    optimizer: Any,
    loader: Iterable[Any],
    *,
    epochs: int | None = None,
    steps: int | None = None,
    forward: Callable[[Any, Any], tuple[Any, Any]] = supervised,
    validation: Iterable[Any] | None = None,
    metrics: Metrics | None = None,
    scheduler: Any = None,
    schedule: str = "epoch",
    amp: bool = False,
    scaler: Any = None,
    clip: float | None = None,
    early_stop: EarlyStop | int | None = None,
    checkpoint: str | Path | Checkpoints | None = None,
    save_every: int | None = None,
    resume: bool | str | Path = True,
    callbacks: Iterable[Any] = (),
    progress: Any = True,
    seed: int | None = None,
) -> History:
    """Train model until `epochs` or `steps` are made, counted from its first beginning.

    loss_fn(output, target) is made small; forward(model, batch) gives the two.
    validation: batches to evaluate after each epoch, with metrics {name: f(output, target)}.
    scheduler: its step() is called after each "step" or "epoch", as schedule says.
    amp: forward in float16, with a GradScaler (scaler=, or a new one).  clip: largest gradient norm.
    early_stop: an EarlyStop, or its patience in epochs.
    checkpoint: a folder, or a .npz file, written after each epoch, every save_every steps, and at
    the end.  resume: go on from the newest one there, or from the one at a path; False: refuse to.
    callbacks: see Callback.  progress: True, False, or a rich Console to show it on.
    seed: for the default generator, before the first step.

    A run that is resumed, wherever it was interrupted, makes the numbers that it would have made.
    It covers all that draws from the lab's own generators, one of them the loader's, with
    persistent buffers, and what callbacks save; not NumPy's or Python's own random numbers.

    Ctrl-C (or SIGTERM) lets the step end, saves, and raises Interrupted (or SystemExit).
    TrainingError for a loss that is nan or inf; StateError for a checkpoint that does not fit.
    """
    if (epochs is None) == (steps is None):
        raise OptionError("fit: say how long, by one of epochs= and steps=.")
    if schedule not in ("step", "epoch"):
        raise OptionError(f"fit: schedule={schedule!r}: choose 'step' or 'epoch'.")
    if amp and scaler is None:
        from micrograd_lab.amp import GradScaler

        scaler = GradScaler("cpu")
    if isinstance(checkpoint, str | Path):
        checkpoint = Checkpoints(checkpoint)
    if not isinstance(early_stop, EarlyStop):
        early_stop = EarlyStop(early_stop, restore=early_stop is not None)
    if seed is not None:
        manual_seed(seed)
    parts = {"model": model, "optimizer": optimizer, "scheduler": scheduler, "scaler": scaler}
    watching = [*callbacks, *_bars(progress)]
    run = Run(parts, loader, epochs, steps, early_stop, watching, checkpoint, save_every)
    begin = where_to_begin(checkpoint, resume)
    if begin is not None:
        run.resume(begin)
    run.tell("start")
    try:
        with requests() as request:
            while run.goes_on():
                model.train()
                for batch in run.batches():
                    with _precision(amp):
                        output, target = forward(model, batch)
                        loss = loss_fn(output, target)
                    run.check(loss, _size(batch))
                    optimizer.zero_grad()
                    (loss if scaler is None else scaler.scale(loss)).backward()
                    _update(run, scaler, clip)
                    if scheduler is not None and schedule == "step":
                        scheduler.step()
                    run.stepped()
                    if request.signal:
                        _leave(run, request.signal)
                if run.epoch_is_over:
                    found = {} if validation is None else _validate(run, validation, loss_fn, metrics, forward, amp)  # fmt: skip
                    if scheduler is not None and schedule == "epoch":
                        _next_rate(scheduler, run, found)
                    run.ended_epoch(found)
                    if request.signal:
                        _leave(run, request.signal)
            if checkpoint is not None and run.batch:
                run.save()
    finally:
        run.tell("end")
    early_stop.finish(model)
    return run.history


def evaluate(
    model: Any,
    loader: Iterable[Any],
    loss_fn: Callable[[Any, Any], Any] | None = None,
    metrics: Metrics | None = None,
    forward: Callable[[Any, Any], tuple[Any, Any]] = supervised,
) -> dict[str, float]:
    """Means over the examples of loader: "loss" and each metric, in eval mode, without a graph.

    The model's modes, and the default generator, are afterwards as they were.
    """
    wanted = {} if loss_fn is None else {"loss": loss_fn}
    wanted |= metrics or {}
    sums, examples = dict.fromkeys(wanted, 0.0), 0
    modes = [(module, module.training) for module in model.modules()]
    model.eval()
    try:
        with no_grad(), fork_rng():
            for batch in loader:
                output, target = forward(model, batch)
                size = _size(batch)
                examples += size
                for name, f in wanted.items():
                    sums[name] += float(f(output, target)) * size
    finally:
        for module, mode in modes:
            module.training = mode
    if not examples:
        raise TrainingError("evaluate: the loader gave no example.")
    return {name: total / examples for name, total in sums.items()}


def accuracy(output: Tensor, target: Tensor) -> float:
    """The fraction that is right: scores (N, C, ...) against classes (N, ...), or logits against 0/1."""
    scores, truth = output.array, target.array
    if scores.ndim > 1 and scores.shape[:1] + scores.shape[2:] == truth.shape:
        right = scores.argmax(1) == truth
    elif scores.shape == truth.shape:
        right = (scores > 0) == (truth > 0.5)
    else:
        raise ShapeError(
            f"accuracy: scores of shape {scores.shape} and targets of shape {truth.shape}: expected "
            "(N, C, ...) and (N, ...), or twice the same."
        )
    return float(right.mean())


def _update(run: Run, scaler: Any, clip: float | None) -> None:
    """Change the parameters, now that their gradients are there."""
    if scaler is not None:
        scaler.unscale_(run.optimizer)
    run.tell("backward")
    if clip is not None:
        from micrograd_lab.nn.utils import clip_grad_norm_

        clip_grad_norm_(run.model.parameters(), clip)
    if scaler is None:
        run.optimizer.step()
    else:
        scaler.step(run.optimizer)
        scaler.update()


def _validate(
    run: Run, loader: Any, loss_fn: Any, metrics: Any, forward: Any, amp: bool
) -> dict[str, float]:
    with _precision(amp):
        found = evaluate(run.model, loader, loss_fn, metrics, forward)
    return {f"val_{name}": x for name, x in found.items()}


def _next_rate(scheduler: Any, run: Run, found: dict[str, Any]) -> None:
    from micrograd_lab.optim.lr_scheduler import ReduceLROnPlateau

    if isinstance(scheduler, ReduceLROnPlateau):
        scheduler.step(found.get("val_loss", run.sum / run.examples))
    else:
        scheduler.step()


def _leave(run: Run, number: int) -> None:
    """Save, and say how to go on."""
    text = f"stopped after step {run.step} (epoch {run.epoch + bool(run.batch)})."
    if run.files is not None:
        path = run.save()
        text += f" Saved in {path}: run the same again, and it goes on from there."
    else:
        text += " Nothing was saved; with checkpoint= it would have been."
    if number == signal.SIGTERM:
        print(f"Terminated: {text}", file=sys.stderr)
        raise SystemExit(128 + number)
    stopped = Interrupted(text)
    stopped.history = run.history
    raise stopped


def _bars(progress: Any) -> list[Any]:
    if not progress:
        return []
    from micrograd_lab.train.progress import Bar

    return [Bar(None if progress is True else progress)]


def _precision(amp: bool) -> Any:
    if not amp:
        return nullcontext()
    from micrograd_lab.amp import autocast
    from micrograd_lab.dtypes import float16

    return autocast("cpu", dtype=float16)


def _size(batch: Any) -> int:
    """How many examples: the length of the first tensor."""
    while isinstance(batch, dict | tuple | list) and len(batch):
        batch = next(iter(batch.values() if isinstance(batch, dict) else batch))
    return len(batch) if getattr(batch, "ndim", 0) else 1
