"""A smaller rate whenever a measure has stopped improving."""

from math import inf
from typing import Any

from micrograd_lab.errors import OptionError
from micrograd_lab.optim.lr_scheduler.scheduler import (
    LRScheduler,
    assign,
    one_per_group,
    rates,
    the_optimizer,
)
from micrograd_lab.optim.optimizer import Optimizer


class ReduceLROnPlateau(LRScheduler):
    """factor times the rate after more than `patience` epochs without a better metric.

    step(metric) is told the metric: a loss to be small (mode "min") or a score to be large ("max").
    Better means by the share `threshold` of the best (threshold_mode "rel"), or by that amount
    ("abs").  cooldown: epochs after a change that do not count.  min_lr: the smallest rate, for all
    groups or each.  eps: changes smaller than this are not made.
    """

    def __init__(
        self,
        optimizer: Optimizer,
        mode: str = "min",
        factor: float = 0.1,
        patience: int = 10,
        threshold: float = 1e-4,
        threshold_mode: str = "rel",
        cooldown: int = 0,
        min_lr: Any = 0,
        eps: float = 1e-8,
    ) -> None:
        if factor >= 1:
            raise OptionError(f"ReduceLROnPlateau: factor={factor}: to reduce, it is below 1.")
        if mode not in ("min", "max"):
            raise OptionError(f"ReduceLROnPlateau: mode={mode!r}: it is 'min' or 'max'.")
        if threshold_mode not in ("rel", "abs"):
            raise OptionError(
                f"ReduceLROnPlateau: threshold_mode={threshold_mode!r}: it is 'rel' or 'abs'."
            )
        self.optimizer = the_optimizer(self, optimizer)
        self.min_lrs = one_per_group("min_lr", optimizer, min_lr)
        self.mode = mode
        self.factor = factor
        self.patience = patience
        self.threshold = threshold
        self.threshold_mode = threshold_mode
        self.cooldown = cooldown
        self.eps = eps
        self.best = inf if mode == "min" else -inf
        self.num_bad_epochs = 0
        self.cooldown_counter = 0
        self.last_epoch = 0
        self._last_lr = rates(optimizer)

    @property
    def in_cooldown(self) -> bool:
        return self.cooldown_counter > 0

    def step(self, metrics: Any, epoch: int | None = None) -> None:  # type: ignore[override]
        """Look at the metric of an epoch, and reduce the rates if it has not improved for too long."""
        metric = float(metrics)
        self.last_epoch = self.last_epoch + 1 if epoch is None else epoch
        better, resting = self.is_better(metric), self.in_cooldown
        self.best = metric if better else self.best
        self.cooldown_counter -= resting
        self.num_bad_epochs = 0 if better or resting else self.num_bad_epochs + 1
        if self.num_bad_epochs > self.patience:
            self._reduce()
            self.num_bad_epochs, self.cooldown_counter = 0, self.cooldown
        self._last_lr = rates(self.optimizer)

    def is_better(self, metric: float) -> bool:
        sign = 1 if self.mode == "max" else -1
        if self.threshold_mode == "rel":
            bound = self.best * (1 + sign * self.threshold)
        else:
            bound = self.best + sign * self.threshold
        return metric > bound if self.mode == "max" else metric < bound

    def _reduce(self) -> None:
        for group, least in zip(self.optimizer.param_groups, self.min_lrs, strict=True):
            old = float(group["lr"])
            new = max(old * self.factor, least)
            if old - new > self.eps:
                assign(group, "lr", new)
