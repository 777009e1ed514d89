"""The momentum of a group, which some schedules move against the rate; Adam calls it betas[0]."""

from typing import Any

from micrograd_lab.errors import OptionError
from micrograd_lab.optim.lr_scheduler.scheduler import one_per_group
from micrograd_lab.optim.optimizer import Optimizer


def set_momentum(group: dict[str, Any], value: Any) -> None:
    if "betas" in group:
        group["betas"] = (value, *group["betas"][1:])
    else:
        group["momentum"] = value


def prepare(name: str, optimizer: Optimizer, base: Any, largest: Any, start: bool) -> None:
    """Write the bounds of the momentum into the groups, and start at the upper one."""
    if not {"momentum", "betas"} & optimizer.defaults.keys():
        raise OptionError(
            f"{name}: {type(optimizer).__name__} has no momentum to move: give cycle_momentum=False."
        )
    bases = one_per_group("base_momentum", optimizer, base)
    tops = one_per_group("max_momentum", optimizer, largest)
    if start:
        for group, low, top in zip(optimizer.param_groups, bases, tops, strict=True):
            set_momentum(group, top)
            group["max_momentum"] = top
            group["base_momentum"] = low
