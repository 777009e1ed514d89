"""SWALR: from wherever the rates are to a constant one, at which weights are then averaged."""

from math import cos, pi
from typing import Any, Literal

from micrograd_lab.errors import OptionError
from micrograd_lab.optim.lr_scheduler.scheduler import LRScheduler, one_per_group, rates
from micrograd_lab.optim.optimizer import Optimizer


class SWALR(LRScheduler):
    """The rate goes to swa_lr within anneal_epochs, along a cosine or a line, and stays there.

    A step moves the rate there is by the part of the remaining way that is due, so that another
    schedule can have acted before.
    """

    def __init__(
        self,
        optimizer: Optimizer,
        swa_lr: Any,
        anneal_epochs: int = 10,
        anneal_strategy: Literal["cos", "linear"] = "cos",
        last_epoch: int = -1,
    ) -> None:
        if anneal_strategy not in ("cos", "linear"):
            raise OptionError(f"anneal_strategy={anneal_strategy!r}: choose 'cos' or 'linear'.")
        if not isinstance(anneal_epochs, int) or anneal_epochs < 0:
            raise OptionError(f"anneal_epochs={anneal_epochs}: a whole number, 0 or more.")
        ends = one_per_group("swa_lr", optimizer, swa_lr)
        for group, end in zip(optimizer.param_groups, ends, strict=True):
            group["swa_lr"] = end
        self._anneal_strategy = anneal_strategy
        self.anneal_epochs = anneal_epochs
        super().__init__(optimizer, last_epoch)

    def _gone(self, epoch: int) -> float:
        """The share of the way that is behind at an epoch."""
        t = max(0.0, min(1.0, epoch / max(1, self.anneal_epochs)))
        return (1 - cos(pi * t)) / 2 if self._anneal_strategy == "cos" else t

    def get_lr(self) -> list[Any]:
        # as PyTorch, where the first epoch of none is one at the end already
        epoch = self.last_epoch if self.anneal_epochs else max(1, self.last_epoch)
        before, here = self._gone(epoch - 1), self._gone(epoch)
        ends = rates(self.optimizer, "swa_lr")
        if before == 1:
            return ends
        start = [
            (lr - before * end) / (1 - before)
            for lr, end in zip(rates(self.optimizer), ends, strict=True)
        ]
        return [end * here + lr * (1 - here) for lr, end in zip(start, ends, strict=True)]
