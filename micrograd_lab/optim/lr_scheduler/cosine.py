"""Schedules along a cosine: slow at first, fast in the middle, slow at the end."""

from math import cos, floor, pi
from typing import Any

from micrograd_lab.errors import OptionError
from micrograd_lab.optim.lr_scheduler.scheduler import LRScheduler, rates
from micrograd_lab.optim.optimizer import Optimizer


def between(low: Any, high: Any, phase: float) -> Any:
    """From high, at phase 0, down half a cosine to low, at phase π."""
    return low + (high - low) * (1 + cos(phase)) / 2


class CosineAnnealingLR(LRScheduler):
    """From the first rate down to eta_min in T_max epochs, then up again, and so on.

    A step shrinks the distance of the rate there is from eta_min, so that several schedules can act
    on one optimiser.
    """

    def __init__(
        self, optimizer: Optimizer, T_max: int, eta_min: float = 0.0, last_epoch: int = -1
    ) -> None:
        self.T_max = T_max
        self.eta_min = eta_min
        super().__init__(optimizer, last_epoch)

    def get_lr(self) -> list[Any]:
        t, low, now = self.last_epoch, self.eta_min, rates(self.optimizer)
        if self._is_initial:
            return now
        if (t - 1 - self.T_max) % (2 * self.T_max) == 0:  # away from the lowest point
            rise = (1 - cos(pi / self.T_max)) / 2
            return [lr + (high - low) * rise for lr, high in zip(now, self.base_lrs, strict=True)]
        here, before = (1 + cos(pi * s / self.T_max) for s in (t, t - 1))
        return [here / before * (lr - low) + low for lr in now]

    def _get_closed_form_lr(self) -> list[Any]:
        phase = pi * self.last_epoch / self.T_max
        return [between(self.eta_min, high, phase) for high in self.base_lrs]


class CosineAnnealingWarmRestarts(LRScheduler):
    """From the first rate down to eta_min in T_0 epochs, then again from the top, each time T_mult as long.

    step(epoch) takes fractions of epochs too: step(epoch + batch / batches).
    """

    def __init__(
        self,
        optimizer: Optimizer,
        T_0: int,
        T_mult: int = 1,
        eta_min: float = 0.0,
        last_epoch: int = -1,
    ) -> None:
        for name, value in (("T_0", T_0), ("T_mult", T_mult)):
            if not isinstance(value, int) or value < 1:
                raise OptionError(
                    f"CosineAnnealingWarmRestarts: {name}={value}: a whole number, 1 or more."
                )
        self.T_0 = T_0
        self.T_i = T_0
        self.T_mult = T_mult
        self.eta_min = eta_min
        self.T_cur: float = last_epoch
        super().__init__(optimizer, last_epoch)

    def get_lr(self) -> list[Any]:
        phase = pi * self.T_cur / self.T_i
        return [between(self.eta_min, high, phase) for high in self.base_lrs]

    def step(self, epoch: float | None = None) -> None:
        if epoch is not None and epoch < 0:
            raise OptionError(f"CosineAnnealingWarmRestarts: step({epoch}): epochs count from 0.")
        if epoch is not None or self.last_epoch < 0:
            epoch = epoch or 0
            self._jump(epoch)
        else:
            epoch = self.last_epoch + 1
            self.T_cur += 1
            if self.T_cur >= self.T_i:  # the next round, at the same fraction of an epoch
                self.T_cur -= self.T_i
                self.T_i *= self.T_mult
        self.last_epoch = floor(epoch)
        self._set(self.get_lr())

    def _jump(self, epoch: float) -> None:
        """To the round that `epoch` is in, and the place in it."""
        start, length = 0, self.T_0
        if self.T_mult == 1:
            start = int(epoch // length) * length
        while epoch >= start + length:
            start, length = start + length, length * self.T_mult
        self.T_i, self.T_cur = length, epoch - start
