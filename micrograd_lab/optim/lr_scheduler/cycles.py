"""Up and down between two rates, in straight lines."""

from collections.abc import Callable
from typing import Any

from micrograd_lab.errors import OptionError
from micrograd_lab.optim.lr_scheduler.momentum import prepare, set_momentum
from micrograd_lab.optim.lr_scheduler.scheduler import (
    LRScheduler,
    assign,
    one_per_group,
    the_optimizer,
)
from micrograd_lab.optim.optimizer import Optimizer

MODES = ("triangular", "triangular2", "exp_range")


class CyclicLR(LRScheduler):
    """From base_lr to max_lr in step_size_up steps and back in step_size_down; momentum the other way.

    mode: "triangular" repeats, "triangular2" halves the height each cycle, "exp_range" scales it by
    gamma ** step.  scale_fn replaces these; scale_mode says whether it is given the "cycle" or the
    number of "iterations".
    """

    def __init__(
        self,
        optimizer: Optimizer,
        base_lr: Any,
        max_lr: Any,
        step_size_up: int = 2000,
        step_size_down: int | None = None,
        mode: str = "triangular",
        gamma: float = 1.0,
        scale_fn: Callable[[float], float] | None = None,
        scale_mode: str = "cycle",
        cycle_momentum: bool = True,
        base_momentum: Any = 0.8,
        max_momentum: Any = 0.9,
        last_epoch: int = -1,
    ) -> None:
        if mode not in MODES and scale_fn is None:
            raise OptionError(f"CyclicLR: mode={mode!r}: it is one of {', '.join(MODES)}.")
        the_optimizer(self, optimizer)
        base_lrs = one_per_group("base_lr", optimizer, base_lr)
        self.max_lrs = one_per_group("max_lr", optimizer, max_lr)
        if last_epoch == -1:
            for group, lr in zip(optimizer.param_groups, base_lrs, strict=True):
                assign(group, "lr", lr)
        down = step_size_up if step_size_down is None else step_size_down
        self.step_size_up = step_size_up
        self.step_size_down = down
        self.mode = mode
        self.gamma = gamma
        self.scale_fn = scale_fn
        self.scale_mode = scale_mode if scale_fn else "iterations" if mode == MODES[2] else "cycle"
        self.cycle_momentum = cycle_momentum
        if cycle_momentum:
            prepare("CyclicLR", optimizer, base_momentum, max_momentum, last_epoch == -1)
        super().__init__(optimizer, last_epoch)
        self.base_lrs = base_lrs

    def get_lr(self) -> list[Any]:
        up, down = self.step_size_up, self.step_size_down
        cycles, step = divmod(self.last_epoch, up + down)
        height = step / up if step <= up else (up + down - step) / down
        height *= self._scale(cycles + 1 if self.scale_mode == "cycle" else self.last_epoch)
        if self.cycle_momentum:
            for group in self.optimizer.param_groups:
                low, top = group["base_momentum"], group["max_momentum"]
                set_momentum(group, top - (top - low) * height)
        return [
            low + (top - low) * height for low, top in zip(self.base_lrs, self.max_lrs, strict=True)
        ]

    def _scale(self, x: float) -> float:
        if self.scale_fn is not None:
            return self.scale_fn(x)
        if self.mode == "triangular":
            return 1.0
        return float(0.5 ** (x - 1) if self.mode == "triangular2" else self.gamma**x)
