"""Adadelta: steps in units of the parameter itself, so that no rate needs to be chosen."""

from typing import Any

import numpy as np

from micrograd_lab.errors import OptionError
from micrograd_lab.ops.op import Array
from micrograd_lab.optim.entrywise import add_square, descent, each_entry
from micrograd_lab.optim.optimizer import (
    Group,
    Optimizer,
    at_least_zero,
    common,
    counted,
    number,
    zeros_like,
)


class Adadelta(Optimizer):
    """x -= lr · √(average step²) / √(average g²) · g.

    rho: how much of both averages is kept at each step.  torch.optim.Adadelta.
    """

    def __init__(
        self,
        params: Any,
        lr: Any = 1.0,
        rho: float = 0.9,
        eps: float = 1e-6,
        weight_decay: float = 0,
        foreach: bool | None = None,
        *,
        capturable: bool = False,
        maximize: bool = False,
        differentiable: bool = False,
    ) -> None:
        at_least_zero(eps=eps, weight_decay=weight_decay)
        if not 0 <= rho <= 1:
            raise OptionError(f"rho={rho}: it is between 0 and 1.")
        own = {"rho": rho, "eps": eps, "weight_decay": weight_decay}
        super().__init__(params, own | common(lr, foreach, maximize, differentiable, capturable))

    def _fresh(self, x: Array, group: Group) -> dict[str, Any]:
        return {"step": number(), "square_avg": zeros_like(x), "acc_delta": zeros_like(x)}

    def _update(self, x: Array, g: Array, state: dict[str, Any], group: Group) -> None:
        counted(state)
        lr, rho, eps = float(group["lr"]), float(group["rho"]), group["eps"]

        def update(x: Any, g: Any, squares: Any, steps: Any, s: Any, t: Any) -> None:
            g = descent(x, g, group, s)
            add_square(squares, g, rho, t)
            step = np.add(steps, eps, t)
            step /= squares + eps
            np.sqrt(step, step)
            step *= g
            add_square(steps, step, rho, s)
            step *= lr
            x -= step

        each_entry(update, x, g, state["square_avg"].array, state["acc_delta"].array)
