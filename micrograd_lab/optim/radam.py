"""Adam that rectifies its first steps, when the average of squares is still a guess."""

from math import sqrt
from typing import Any

import numpy as np

from micrograd_lab.ops.op import Array
from micrograd_lab.optim.entrywise import add_square, descent, each_entry, towards
from micrograd_lab.optim.optimizer import (
    Group,
    Optimizer,
    at_least_zero,
    common,
    counted,
    fractions,
    number,
    zeros_like,
)


class RAdam(Optimizer):
    """Adam's step, by the plain average until enough squares are averaged (ρ > 5), then corrected.

    torch.optim.RAdam.
    """

    def __init__(
        self,
        params: Any,
        lr: Any = 1e-3,
        betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-8,
        weight_decay: float = 0,
        decoupled_weight_decay: bool = False,
        *,
        foreach: bool | None = None,
        maximize: bool = False,
        capturable: bool = False,
        differentiable: bool = False,
    ) -> None:
        at_least_zero(eps=eps, weight_decay=weight_decay)
        fractions(betas=betas)
        own = {"betas": betas, "eps": eps, "weight_decay": weight_decay}
        own["decoupled_weight_decay"] = decoupled_weight_decay
        super().__init__(params, own | common(lr, foreach, maximize, differentiable, capturable))

    def _fresh(self, x: Array, group: Group) -> dict[str, Any]:
        return {"step": number(), "exp_avg": zeros_like(x), "exp_avg_sq": zeros_like(x)}

    def _update(self, x: Array, g: Array, state: dict[str, Any], group: Group) -> None:
        steps = counted(state)
        lr, (beta1, beta2), eps = float(group["lr"]), map(float, group["betas"]), group["eps"]
        bias = 1 - beta2**steps
        size = lr / (1 - beta1**steps)
        most = 2 / (1 - beta2) - 1
        rho = most - 2 * steps * beta2**steps / bias  # how many squares the average is worth
        if rho > 5:
            size *= sqrt(bias)
            size *= sqrt((rho - 4) * (rho - 2) * most / ((most - 4) * (most - 2) * rho))
        decoupled = group["decoupled_weight_decay"]
        settings = group | {"weight_decay": 0} if decoupled else group

        def update(x: Any, g: Any, m: Any, v: Any, s: Any, t: Any) -> None:
            if decoupled:
                x *= 1 - lr * group["weight_decay"]
            g = descent(x, g, settings, s)
            towards(m, g, 1 - beta1, t)
            add_square(v, g, beta2, t)
            step = np.multiply(m, size, s)
            if rho > 5:
                usual = np.sqrt(v, t)
                usual += eps
                step /= usual
            x -= step

        each_entry(update, x, g, state["exp_avg"].array, state["exp_avg_sq"].array)
