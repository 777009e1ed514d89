"""Schedules that multiply: the rate at epoch t is the first one times a factor(t)."""

from bisect import bisect_right
from collections.abc import Callable, Iterable
from typing import Any

from micrograd_lab.errors import OptionError
from micrograd_lab.optim.lr_scheduler.scheduler import LRScheduler, one_per_group, rates
from micrograd_lab.optim.optimizer import Optimizer


class Factor(LRScheduler):
    """A schedule that is known by its factor(t).

    A step multiplies the rate there is by factor(t) / factor(t - 1), so that several schedules can
    act on one optimiser.
    """

    rests = False  # whether a schedule that goes on from some epoch leaves the rate alone at first

    def factor(self, t: int) -> float:
        raise NotImplementedError

    def get_lr(self) -> list[Any]:
        t = self.last_epoch
        now = self.factor(t)
        before = self.factor(t - 1) if t > 0 else 1.0
        if before in (0, now) or (t > 0 and self._is_initial and self.rests):
            return rates(self.optimizer)
        return [group["lr"] * (now / before) for group in self.optimizer.param_groups]

    def _get_closed_form_lr(self) -> list[Any]:
        return [lr * self.factor(self.last_epoch) for lr in self.base_lrs]


class StepLR(Factor):
    """gamma times the rate, every step_size epochs."""

    def __init__(
        self, optimizer: Optimizer, step_size: int, gamma: float = 0.1, last_epoch: int = -1
    ) -> None:
        self.step_size = step_size
        self.gamma = gamma
        super().__init__(optimizer, last_epoch)

    def factor(self, t: int) -> float:
        return float(self.gamma ** (t // self.step_size))


class MultiStepLR(Factor):
    """gamma times the rate at each of the milestones, which are epochs."""

    def __init__(
        self,
        optimizer: Optimizer,
        milestones: Iterable[int],
        gamma: float = 0.1,
        last_epoch: int = -1,
    ) -> None:
        self.milestones = sorted(milestones)
        self.gamma = gamma
        super().__init__(optimizer, last_epoch)

    def factor(self, t: int) -> float:
        return float(self.gamma ** bisect_right(self.milestones, t))


class ExponentialLR(Factor):
    """gamma times the rate, every epoch."""

    rests = True

    def __init__(self, optimizer: Optimizer, gamma: float, last_epoch: int = -1) -> None:
        self.gamma = gamma
        super().__init__(optimizer, last_epoch)

    def factor(self, t: int) -> float:
        return float(self.gamma**t)


class ConstantLR(Factor):
    """factor times the rate for total_iters epochs, then the rate itself."""

    def __init__(
        self,
        optimizer: Optimizer,
        factor: float = 1.0 / 3,
        total_iters: int = 5,
        last_epoch: int = -1,
    ) -> None:
        if not 0 <= factor <= 1:
            raise OptionError(f"ConstantLR: factor={factor}: it is between 0 and 1.")
        self.start_factor = factor
        self.total_iters = total_iters
        super().__init__(optimizer, last_epoch)

    def factor(self, t: int) -> float:
        return self.start_factor if t < self.total_iters else 1.0


class LinearLR(Factor):
    """From start_factor to end_factor times the rate in total_iters equal steps; a warm-up."""

    rests = True

    def __init__(
        self,
        optimizer: Optimizer,
        start_factor: float = 1.0 / 3,
        end_factor: float = 1.0,
        total_iters: int = 5,
        last_epoch: int = -1,
    ) -> None:
        if not (0 < start_factor <= 1 and 0 <= end_factor <= 1):
            raise OptionError(
                f"LinearLR: start_factor={start_factor}, end_factor={end_factor}: both are between "
                "0 and 1, and the first is not 0."
            )
        self.start_factor = start_factor
        self.end_factor = end_factor
        self.total_iters = total_iters
        super().__init__(optimizer, last_epoch)

    def factor(self, t: int) -> float:
        done = min(t, self.total_iters) / self.total_iters
        return self.start_factor + (self.end_factor - self.start_factor) * done


class PolynomialLR(Factor):
    """(1 - t / total_iters) ** power times the rate; 0 from total_iters on."""

    rests = True

    def __init__(
        self, optimizer: Optimizer, total_iters: int = 5, power: float = 1.0, last_epoch: int = -1
    ) -> None:
        self.total_iters = total_iters
        self.power = power
        super().__init__(optimizer, last_epoch)

    def factor(self, t: int) -> float:
        return float((1 - min(t, self.total_iters) / self.total_iters) ** self.power)


class LambdaLR(LRScheduler):
    """lr_lambda(t) times the first rate; one function, or a list with one for each group."""

    def __init__(
        self,
        optimizer: Optimizer,
        lr_lambda: Callable[[int], float] | list[Callable[[int], float]],
        last_epoch: int = -1,
    ) -> None:
        self.lr_lambdas = _functions(self, optimizer, lr_lambda)
        super().__init__(optimizer, last_epoch)

    def get_lr(self) -> list[Any]:
        t = self.last_epoch
        return [lr * f(t) for f, lr in zip(self.lr_lambdas, self.base_lrs, strict=True)]


class MultiplicativeLR(LRScheduler):
    """lr_lambda(t) times the rate there is; one function, or a list with one for each group."""

    def __init__(
        self,
        optimizer: Optimizer,
        lr_lambda: Callable[[int], float] | list[Callable[[int], float]],
        last_epoch: int = -1,
    ) -> None:
        self.lr_lambdas = _functions(self, optimizer, lr_lambda)
        super().__init__(optimizer, last_epoch)

    def get_lr(self) -> list[Any]:
        now = rates(self.optimizer)
        if self._is_initial:
            return now
        return [lr * f(self.last_epoch) for f, lr in zip(self.lr_lambdas, now, strict=True)]


def _functions(scheduler: Any, optimizer: Optimizer, given: Any) -> list[Callable[[int], float]]:
    found = one_per_group("lr_lambda", optimizer, given)
    for f in found:
        if not callable(f):
            raise TypeError(
                f"{type(scheduler).__name__}: lr_lambda is a function, found {type(f).__name__}."
            )
    return found
