"""Schedules made of schedules: all at once, or one after the other."""

from bisect import bisect_right
from collections.abc import Sequence
from typing import Any

from micrograd_lab.errors import OptionError
from micrograd_lab.optim.lr_scheduler.plateau import ReduceLROnPlateau
from micrograd_lab.optim.lr_scheduler.scheduler import LRScheduler, assign, rates
from micrograd_lab.optim.optimizer import Optimizer


class _Combined(LRScheduler):
    _schedulers: list[Any]

    def state_dict(self) -> dict[str, Any]:
        """As for one schedule, with a list of theirs under "_schedulers"."""
        return super().state_dict() | {"_schedulers": [s.state_dict() for s in self._schedulers]}

    def _load(self, key: str, value: Any) -> None:
        if key != "_schedulers":
            return super()._load(key, value)
        for scheduler, state in zip(self._schedulers, value, strict=True):
            scheduler.load_state_dict(state)


class ChainedScheduler(_Combined):
    """Every step is a step of all of them, one after the other."""

    def __init__(
        self, schedulers: Sequence[LRScheduler], optimizer: Optimizer | None = None
    ) -> None:
        self._schedulers = _checked(self, schedulers, optimizer)
        self.optimizer = self._schedulers[0].optimizer
        self._last_lr = rates(self.optimizer)

    def step(self, epoch: int | None = None) -> None:
        for scheduler in self._schedulers:
            scheduler.step()
        self._last_lr = rates(self.optimizer)


class SequentialLR(_Combined):
    """The first schedule up to the first milestone, then the second, which begins at its start, ..."""

    def __init__(
        self,
        optimizer: Optimizer,
        schedulers: list[LRScheduler],
        milestones: list[int],
        last_epoch: int = -1,
    ) -> None:
        self._schedulers = _checked(self, schedulers, optimizer)
        if len(milestones) != len(schedulers) - 1:
            raise OptionError(
                f"SequentialLR: {len(schedulers)} schedules have {len(schedulers) - 1} milestones "
                f"between them, found {len(milestones)}."
            )
        self._milestones = list(milestones)
        self.last_epoch = last_epoch + 1
        self.optimizer = optimizer
        for group in optimizer.param_groups:
            assign(group, "lr", group["initial_lr"])
        _take_back(self)  # each schedule set its first rates when it was made
        first = self._schedulers[bisect_right(self._milestones, 0)]
        first._initial_step()
        self._last_lr = first.get_last_lr()

    def step(self, epoch: int | None = None) -> None:
        self.last_epoch += 1
        i = bisect_right(self._milestones, self.last_epoch)
        scheduler = self._schedulers[i]
        if i > 0 and self._milestones[i - 1] == self.last_epoch:
            scheduler._update_lr(0)
        else:
            scheduler.step()
        self._last_lr = scheduler.get_last_lr()


def _take_back(scheduler: Any) -> None:
    if hasattr(scheduler, "_schedulers"):
        for below in scheduler._schedulers:
            _take_back(below)
    else:
        scheduler.last_epoch -= 1


def _checked(made: Any, schedulers: Any, optimizer: Any) -> list[Any]:
    name = type(made).__name__
    found = list(schedulers)
    if not found:
        raise OptionError(f"{name}: expected at least one schedule.")
    for scheduler in found:
        if not hasattr(scheduler, "optimizer"):
            raise TypeError(f"{name}: expected schedules, found {type(scheduler).__name__}.")
        if isinstance(scheduler, ReduceLROnPlateau):
            raise OptionError(
                f"{name}: ReduceLROnPlateau needs a metric at each step: call it by itself."
            )
        if scheduler.optimizer is not (optimizer or found[0].optimizer):
            raise OptionError(f"{name}: all schedules must belong to the same optimiser.")
    return found
