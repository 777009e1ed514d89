"""Adagrad: each weight's steps shrink with all the gradient it has ever seen."""

from typing import Any

import numpy as np

from micrograd_lab.ops.op import Array
from micrograd_lab.optim.entrywise import descent, each_entry
from micrograd_lab.optim.optimizer import (
    Group,
    Optimizer,
    at_least_zero,
    common,
    counted,
    number,
)
from micrograd_lab.tensor import wrap


class Adagrad(Optimizer):
    """x -= lr / (1 + (t - 1) · lr_decay) · g / (√(sum of all g²) + eps).

    initial_accumulator_value: what the sum starts with.  torch.optim.Adagrad.
    """

    def __init__(
        self,
        params: Any,
        lr: Any = 1e-2,
        lr_decay: float = 0,
        weight_decay: float = 0,
        initial_accumulator_value: float = 0,
        eps: float = 1e-10,
        foreach: bool | None = None,
        *,
        maximize: bool = False,
        differentiable: bool = False,
        fused: bool | None = None,
    ) -> None:
        own = {
            "lr_decay": lr_decay,
            "eps": eps,
            "weight_decay": weight_decay,
            "initial_accumulator_value": initial_accumulator_value,
        }
        at_least_zero(**own)
        super().__init__(params, own | common(lr, foreach, maximize, differentiable, fused=fused))
        for group in self.param_groups:
            for p in group["params"]:
                self.state[p] = self._fresh(p.array, group)

    def _fresh(self, x: Array, group: Group) -> dict[str, Any]:
        start = np.full(x.shape, group["initial_accumulator_value"], x.dtype)
        return {"step": number(), "sum": wrap(start)}

    def _update(self, x: Array, g: Array, state: dict[str, Any], group: Group) -> None:
        size = float(group["lr"]) / (1 + (counted(state) - 1) * group["lr_decay"])
        eps = group["eps"]

        def update(x: Any, g: Any, total: Any, s: Any, t: Any) -> None:
            g = descent(x, g, group, s)
            total += np.multiply(g, g, t)
            usual = np.sqrt(total, t)
            usual += eps
            step = np.divide(g, usual, t)
            step *= size
            x -= step

        each_entry(update, x, g, state["sum"].array)
