"""What every schedule is: a count of epochs, and from it the learning rate of each group."""

import copy
from typing import Any

from micrograd_lab.errors import OptionError, StateError
from micrograd_lab.optim.optimizer import Optimizer
from micrograd_lab.tensor import Tensor, wrap


class LRScheduler:
    """Sets the learning rates of an optimiser each time step() is called, after the optimiser's.

    A new one says in get_lr() what they become at self.last_epoch, which starts at 0.  The rates
    that the groups had at first are in self.base_lrs.  torch.optim.lr_scheduler.LRScheduler.
    """

    _is_initial = False  # while the first rates are set

    def __init__(self, optimizer: Optimizer, last_epoch: int = -1) -> None:
        self.optimizer = the_optimizer(self, optimizer)
        for i, group in enumerate(optimizer.param_groups):
            if last_epoch == -1:
                group.setdefault("initial_lr", copied(group["lr"]))
            elif "initial_lr" not in group:
                raise OptionError(
                    f"{type(self).__name__}: to go on from last_epoch={last_epoch}, group {i} needs "
                    "its initial_lr. Load the optimiser's state first, or leave last_epoch out."
                )
        self.base_lrs: list[Any] = rates(optimizer, "initial_lr")
        self.last_epoch = last_epoch
        self._initial_step()

    def _initial_step(self) -> None:
        self._step_count = 0
        self._is_initial = True
        try:
            self.step()
        finally:
            del self._is_initial

    def get_lr(self) -> list[Any]:
        """The rates at self.last_epoch, one for each group."""
        raise NotImplementedError(f"{type(self).__name__} has no get_lr().")

    def get_last_lr(self) -> list[Any]:
        """The rates that were set last."""
        return self._last_lr

    def step(self, epoch: int | None = None) -> None:
        """On to the next epoch, or to the given one."""
        self._step_count += 1
        self._update_lr(epoch)

    def _update_lr(self, epoch: int | None = None) -> None:
        if epoch is None:
            self.last_epoch += 1
            values = self.get_lr()
        else:
            self.last_epoch = epoch
            values = getattr(self, "_get_closed_form_lr", self.get_lr)()
        self._set(values)

    def _set(self, values: list[Any]) -> None:
        for group, value in zip(self.optimizer.param_groups, values, strict=True):
            assign(group, "lr", value)
        self._last_lr = rates(self.optimizer)

    def state_dict(self) -> dict[str, Any]:
        """Everything but the optimiser; functions are left out, objects that are called give their own."""
        return {key: _data(value) for key, value in vars(self).items() if key != "optimizer"}

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """Take over what state_dict() gave.  StateError, and no change, if it is of another kind."""
        differ = sorted({*self.state_dict()} ^ {*state_dict})
        if differ:
            raise StateError(
                f"load_state_dict of {type(self).__name__}: nothing was changed. Only one of the "
                f"schedule and the state has {', '.join(differ)}: they are of different kinds."
            )
        for key, value in state_dict.items():
            self._load(key, copy.deepcopy(value))

    def _load(self, key: str, value: Any) -> None:
        mine = getattr(self, key)
        if isinstance(mine, list) and any(callable(f) for f in mine):
            for f, held in zip(mine, value, strict=True):
                if held is not None:
                    vars(f).update(held)
        elif not callable(mine):
            setattr(self, key, value)


def _data(value: Any) -> Any:
    """value, or what can be saved of it."""
    if isinstance(value, list):
        return [_data(v) for v in value]
    if callable(value):
        return dict(vars(value)) if hasattr(value, "__dict__") and not _plain(value) else None
    return value


def _plain(f: Any) -> bool:
    return hasattr(f, "__code__") or hasattr(f, "__func__")


# --- the rates of the groups ----------------------------------------------------------------


def the_optimizer(scheduler: Any, optimizer: Any) -> Optimizer:
    if not isinstance(optimizer, Optimizer):
        raise TypeError(
            f"{type(scheduler).__name__}: expected an optimiser, found {type(optimizer).__name__}."
        )
    return optimizer


def copied(x: Any) -> Any:
    return wrap(x.array.copy()) if isinstance(x, Tensor) else x


def rates(optimizer: Optimizer, key: str = "lr") -> list[Any]:
    return [copied(group[key]) for group in optimizer.param_groups]


def assign(group: dict[str, Any], key: str, value: Any) -> None:
    """group[key] = value; a rate that is a tensor stays the same tensor."""
    if isinstance(group.get(key), Tensor):
        group[key].array[...] = float(value)
    else:
        group[key] = value


def one_per_group(name: str, optimizer: Optimizer, value: Any) -> list[Any]:
    """A list with an entry for each group.  OptionError if there are more or fewer."""
    n = len(optimizer.param_groups)
    if not isinstance(value, list | tuple):
        return [value] * n
    if len(value) != n:
        raise OptionError(f"{name} has {len(value)} entries for {n} parameter groups.")
    return list(value)
