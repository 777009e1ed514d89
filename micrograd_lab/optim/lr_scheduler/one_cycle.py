"""One cycle: up to a large rate, then down to a tiny one, once in a training."""

from bisect import bisect_left
from math import pi
from typing import Any

from micrograd_lab.errors import OptionError
from micrograd_lab.optim.lr_scheduler.cosine import between
from micrograd_lab.optim.lr_scheduler.momentum import prepare, set_momentum
from micrograd_lab.optim.lr_scheduler.scheduler import LRScheduler, one_per_group, the_optimizer
from micrograd_lab.optim.optimizer import Optimizer


class OneCycleLR(LRScheduler):
    """max_lr / div_factor up to max_lr in the share pct_start of the steps, then far below the start.

    Call step() after each batch; there are total_steps of them, or epochs * steps_per_epoch.
    The last rate is the first one / final_div_factor.  three_phase: down as slowly as up, then to
    the end.  The momentum moves the other way.
    """

    def __init__(
        self,
        optimizer: Optimizer,
        max_lr: Any,
        total_steps: int | None = None,
        epochs: int | None = None,
        steps_per_epoch: int | None = None,
        pct_start: float = 0.3,
        anneal_strategy: str = "cos",
        cycle_momentum: bool = True,
        base_momentum: Any = 0.85,
        max_momentum: Any = 0.95,
        div_factor: float = 25.0,
        final_div_factor: float = 1e4,
        three_phase: bool = False,
        last_epoch: int = -1,
    ) -> None:
        the_optimizer(self, optimizer)
        if total_steps is None:
            if epochs is None or steps_per_epoch is None:
                raise OptionError("OneCycleLR: give total_steps, or epochs and steps_per_epoch.")
            total_steps = epochs * steps_per_epoch
        if not isinstance(total_steps, int) or total_steps <= 0:
            raise OptionError(f"OneCycleLR: {total_steps} steps: a whole number, 1 or more.")
        if not 0 <= pct_start <= 1:
            raise OptionError(f"OneCycleLR: pct_start={pct_start}: a share between 0 and 1.")
        if anneal_strategy not in ("cos", "linear"):
            raise OptionError(
                f"OneCycleLR: anneal_strategy={anneal_strategy!r}: it is 'cos' or 'linear'."
            )
        self.total_steps = total_steps
        self.anneal_strategy = anneal_strategy
        self.cycle_momentum = cycle_momentum
        self.knots = _knots(total_steps, pct_start, three_phase)
        if last_epoch == -1:
            for group, top in zip(
                optimizer.param_groups, one_per_group("max_lr", optimizer, max_lr), strict=True
            ):
                group["initial_lr"] = top / div_factor
                group["max_lr"] = top
                group["min_lr"] = group["initial_lr"] / final_div_factor
        if cycle_momentum:
            prepare("OneCycleLR", optimizer, base_momentum, max_momentum, last_epoch == -1)
        super().__init__(optimizer, last_epoch)

    def get_lr(self) -> list[Any]:
        t = self.last_epoch
        if t > self.total_steps:
            raise OptionError(
                f"OneCycleLR: step number {t} of {self.total_steps}. The cycle is over: make "
                "total_steps larger, or stop calling step()."
            )
        i = bisect_left([at for at, _, _ in self.knots[:-1]], t, lo=1)
        (start, lr_before, momentum_before), (end, lr_after, momentum_after) = self.knots[
            i - 1 : i + 1
        ]
        share = (t - start) / (end - start)
        for group in self.optimizer.param_groups if self.cycle_momentum else ():
            set_momentum(group, self._anneal(group[momentum_before], group[momentum_after], share))
        return [
            self._anneal(group[lr_before], group[lr_after], share)
            for group in self.optimizer.param_groups
        ]

    def _anneal(self, first: Any, last: Any, share: float) -> Any:
        if self.anneal_strategy == "linear":
            return first + (last - first) * share
        return between(last, first, pi * share)


def _knots(steps: int, share: float, three: bool) -> list[tuple[float, str, str]]:
    """Where the way bends: (step, the rate there, the momentum there), by their names in a group."""
    # fmt: off
    start = (0.0,                   "initial_lr", "max_momentum")
    top   = (share * steps - 1,     "max_lr",     "base_momentum")
    back  = (2 * share * steps - 2, "initial_lr", "max_momentum")
    end   = (steps - 1,             "min_lr",     "max_momentum")
    # fmt: on
    return [start, top, back, end] if three else [start, top, end]
