"""A training run: where it is, who is told about it, and all that must be saved to go on exactly."""

import copy
import math
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import Any, Protocol

from micrograd_lab.errors import LabError, StateError, TrainingError
from micrograd_lab.random import Generator, default_generator
from micrograd_lab.train.checkpoint import Checkpoints, read
from micrograd_lab.train.early import EarlyStop
from micrograd_lab.train.history import History


class Callback(Protocol):
    """Any object with some of these methods; a function is taken as on_step.

    If it has state_dict() and load_state_dict(), they are part of the checkpoint.
    """

    def on_start(self, run: "Run") -> None: ...

    def on_backward(self, run: "Run") -> None: ...  # the gradients are there, not yet clipped

    def on_step(self, run: "Run") -> None: ...  # the parameters have changed

    def on_epoch(self, run: "Run") -> None: ...  # run.history.last has its results

    def on_end(self, run: "Run") -> None: ...  # also when it was interrupted or failed


class Run:
    """What fit() works on, and what callbacks see: model, optimizer, history, step, loss, ...

    step and epoch count those that are done; batch, those of the epoch that is not.
    """

    def __init__(
        self,
        parts: dict[str, Any],
        loader: Any,
        epochs: int | None,
        steps: int | None,
        early: EarlyStop,
        callbacks: list[Any],
        files: Checkpoints | None,
        save_every: int | None,
    ) -> None:
        self.model, self.optimizer = parts["model"], parts["optimizer"]
        self.loader = loader
        self.epochs, self.steps = epochs, steps
        self.early = early
        self.callbacks = callbacks
        self.files, self.save_every = files, save_every
        self.history = History()
        self.parts = {k: part for k, part in parts.items() if part is not None}
        self.parts |= {"early_stop": early, "history": self.history}
        for i, callback in enumerate(callbacks):
            if hasattr(callback, "state_dict") and hasattr(callback, "load_state_dict"):
                self.parts[f"callback {i} ({type(callback).__name__})"] = callback
        self.generators = generators_of(loader)
        self.step = self.epoch = self.batch = 0
        self.loss = math.nan  # of the last step
        self.rate_used = math.nan
        self.batch_size = 0
        self.epoch_is_over = False
        self.sum, self.examples = 0.0, 0  # of the epoch that is not done
        self.order = self._random()  # when this epoch began: what decides its order
        self.stopped = ""  # why, once it is to stop

    # --- how long -------------------------------------------------------------------------

    @property
    def total_steps(self) -> int | None:
        """How many steps there will be, if that is known."""
        if self.steps is not None:
            return self.steps
        length = _length(self.loader)
        return None if length is None else length * (self.epochs or 0)

    @property
    def rate(self) -> float:
        """The learning rate of the first group."""
        return float(self.optimizer.param_groups[0]["lr"])

    def stop(self, why: str = "a callback asked for it") -> None:
        """End the run after this step."""
        self.stopped = self.stopped or why

    def goes_on(self) -> bool:
        """Whether there is another step to make."""
        return not (
            self.stopped
            or self.early.gave_up
            or (self.epochs is not None and self.epoch >= self.epochs)
            or (self.steps is not None and self.step >= self.steps)
        )

    def batches(self) -> Iterator[Any]:
        """The batches of this epoch; after a resume, those that are left of it."""
        if not self.batch:
            self.order = self._random()
            yield from self._counted(iter(self.loader))
            return
        now = self._random()
        self._set_random(self.order)
        batches = iter(self.loader)
        skipped = sum(1 for _ in islice(batches, self.batch))
        self._set_random(now)
        if skipped < self.batch:
            raise StateError(
                f"the checkpoint was made after batch {self.batch} of its epoch, but the loader now "
                f"has {skipped}. Resume with the data that the run began with."
            )
        yield from self._counted(batches)

    def _counted(self, batches: Iterator[Any]) -> Iterator[Any]:
        self.epoch_is_over = False
        while self.goes_on():
            try:
                batch = next(batches)
            except StopIteration:
                if not self.batch:
                    raise TrainingError(
                        "the loader gave no batch. Is the dataset empty, smaller than one batch with "
                        "drop_last=True, or an iterator that was used up?"
                    ) from None
                self.epoch_is_over = True
                return
            self.batch += 1
            yield batch
        self.epoch_is_over = self.batch == _length(self.loader)

    # --- what happened --------------------------------------------------------------------

    def tell(self, what: str) -> None:
        """Call on_<what>(run) of every callback that has it."""
        for callback in self.callbacks:
            method = getattr(callback, f"on_{what}", None)
            if method is not None:
                method(self)
            elif what == "step" and callable(callback):
                callback(self)

    def check(self, loss: Any, size: int) -> None:
        """Note the loss of a step that is about to be made.  TrainingError unless it is finite."""
        self.loss, self.batch_size, self.rate_used = float(loss), size, self.rate
        if math.isfinite(self.loss):
            return
        newest = self.files.newest() if self.files else None
        kept = f" The last checkpoint is kept: {newest}." if newest else ""
        raise TrainingError(
            f"step {self.step + 1} (epoch {self.epoch + 1}, batch {self.batch}): the loss is "
            f"{self.loss}. Training stopped before the parameters were changed by it.{kept}\n"
            "To find the op that began it, run these steps again inside "
            "micrograd_lab.autograd.detect_anomaly(). Often the learning rate is too large "
            f"(it is {self.rate:.3g}): try a tenth of it, or clip=1.0."
        )

    def stepped(self) -> None:
        """A step was made."""
        self.step += 1
        self.sum += self.loss * self.batch_size
        self.examples += self.batch_size
        self.history.losses.append(self.loss)
        self.history.rates.append(self.rate_used)
        self.tell("step")
        if self.files and self.save_every and self.step % self.save_every == 0:
            self.save()

    def ended_epoch(self, results: dict[str, Any]) -> None:
        """An epoch is over: note what it came to."""
        self.epoch += 1
        self.batch = 0
        found = {"epoch": self.epoch, "step": self.step, "loss": self.sum / self.examples}
        self.sum, self.examples = 0.0, 0
        self.history.epochs.append(found | results)
        best = self.early.look(self.history.last, self.model)
        self.tell("epoch")
        if self.files:
            self.save(best)

    # --- save, and go on ------------------------------------------------------------------

    def save(self, best: bool = False) -> Path:
        """Write a checkpoint now."""
        assert self.files is not None
        state = {"parts": {name: part.state_dict() for name, part in self.parts.items()}}
        state["kinds"] = {name: type(part).__name__ for name, part in self.parts.items()}
        state["random"] = {"now": self._random(), "order": self.order}
        names = ("step", "epoch", "batch", "sum", "examples")
        state["place"] = {name: getattr(self, name) for name in names}
        return self.files.save(state, self.step, best)

    def resume(self, path: Path) -> None:
        """Go to where that checkpoint was made.  StateError, and nothing changed, if it does not fit."""
        state = read(path)
        here = {name: type(part).__name__ for name, part in self.parts.items()}
        there = state["kinds"]
        if differ := [
            f"{name}: {there.get(name, 'none')} in the checkpoint, {here.get(name, 'none')} here"
            for name in {**there, **here}
            if there.get(name) != here.get(name)
        ]:
            raise StateError(f"cannot go on from {path}; nothing was changed. {'; '.join(differ)}.")
        if len(state["random"]["now"]) != len(self.generators):
            raise StateError(
                f"cannot go on from {path}; nothing was changed. It has the states of "
                f"{len(state['random']['now'])} random generators, this run has "
                f"{len(self.generators)}: does the loader have the same generator=?"
            )
        before = {name: copy.deepcopy(part.state_dict()) for name, part in self.parts.items()}
        for name, part in self.parts.items():
            try:
                part.load_state_dict(state["parts"][name])
            except (LabError, KeyError, ValueError, TypeError) as error:
                for other, old in before.items():
                    self.parts[other].load_state_dict(old)
                    if other == name:
                        break
                raise StateError(
                    f"cannot go on from {path}; nothing was changed. The {name} differs: {error}"
                ) from error
        for name, value in state["place"].items():
            setattr(self, name, value)
        self.order = state["random"]["order"]
        self._set_random(state["random"]["now"])

    def _random(self) -> list[Any]:
        return [generator.get_state() for generator in self.generators]

    def _set_random(self, states: list[Any]) -> None:
        for generator, state in zip(self.generators, states, strict=True):
            generator.set_state(state)


def _length(loader: Any) -> int | None:
    try:
        return len(loader)
    except TypeError:
        return None


def generators_of(loader: Any) -> list[Generator]:
    """The default generator, and those that the loader and its samplers draw from."""
    found = [default_generator]
    queue = [loader]
    for holder in queue:
        for name in ("sampler", "batch_sampler"):
            inner = getattr(holder, name, None)
            if inner is not None and all(inner is not other for other in queue):
                queue.append(inner)
        generator = getattr(holder, "generator", None)
        if isinstance(generator, Generator) and all(generator is not g for g in found):
            found.append(generator)
    return found
