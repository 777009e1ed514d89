"""Adam in the largest norm: a step measured in units of the largest recent gradient."""

from typing import Any

import numpy as np

from micrograd_lab.ops.op import Array
from micrograd_lab.optim.entrywise import descent, each_entry, towards
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


class Adamax(Optimizer):
    """x -= lr · m̂ / u, where u is the largest |gradient|, fading by β₂ a step.  torch.optim.Adamax."""

    def __init__(
        self,
        params: Any,
        lr: Any = 2e-3,
        betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-8,
        weight_decay: float = 0,
        foreach: bool | None = None,
        *,
        maximize: bool = False,
        differentiable: bool = False,
        capturable: bool = False,
    ) -> None:
        at_least_zero(eps=eps, weight_decay=weight_decay)
        fractions(betas=betas)
        own = {"betas": betas, "eps": eps, "weight_decay": weight_decay}
        super().__init__(params, own | common(lr, foreach, maximize, differentiable, capturable))

    def _fresh(self, x: Array, group: Group) -> dict[str, Any]:
        return {"step": number(), "exp_avg": zeros_like(x), "exp_inf": zeros_like(x)}

    def _update(self, x: Array, g: Array, state: dict[str, Any], group: Group) -> None:
        steps = counted(state)
        (beta1, beta2), eps = map(float, group["betas"]), group["eps"]
        size = float(group["lr"]) / (1 - beta1**steps)

        def update(x: Any, g: Any, m: Any, u: Any, s: Any, t: Any) -> None:
            g = descent(x, g, group, s)
            towards(m, g, 1 - beta1, t)
            now = np.abs(g, t)
            now += eps
            u *= beta2
            np.maximum(u, now, out=u)
            step = np.divide(m, u, t)
            step *= size
            x -= step

        each_entry(update, x, g, state["exp_avg"].array, state["exp_inf"].array)
