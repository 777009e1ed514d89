"""ASGD: gradient descent, and beside it the mean of the places it went through."""

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
    zeros_like,
)


class ASGD(Optimizer):
    """x -= eta · (g + lambd · x), eta = lr / (1 + lambd · lr · t)^alpha; in the state, x's mean `ax`.

    t0: the step from which on ax is a mean; until then it is x itself.  The mean is what the method
    is after (Polyak and Juditsky, Acceleration of stochastic approximation by averaging, 1992).
    torch.optim.ASGD.
    """

    def __init__(
        self,
        params: Any,
        lr: Any = 1e-2,
        lambd: float = 1e-4,
        alpha: float = 0.75,
        t0: float = 1e6,
        weight_decay: float = 0,
        foreach: bool | None = None,
        maximize: bool = False,
        differentiable: bool = False,
        capturable: bool = False,
    ) -> None:
        at_least_zero(weight_decay=weight_decay)
        own = {"lambd": lambd, "alpha": alpha, "t0": t0, "weight_decay": weight_decay}
        settings = common(lr, foreach, maximize, differentiable, capturable)
        super().__init__(params, own | settings)

    def _fresh(self, x: Array, group: Group) -> dict[str, Any]:
        eta, mu = number(float(group["lr"])), number(1.0)
        return {"step": number(), "eta": eta, "mu": mu, "ax": zeros_like(x)}

    def _update(self, x: Array, g: Array, state: dict[str, Any], group: Group) -> None:
        t, lr, lambd = counted(state), float(group["lr"]), group["lambd"]
        eta, mu = float(state["eta"]), float(state["mu"])

        def update(x: Any, g: Any, mean: Any, s: Any, u: Any) -> None:
            g = descent(x, g, group, s)
            x *= 1 - lambd * eta
            x -= np.multiply(g, eta, u)
            if mu == 1:
                mean[...] = x
            else:
                mean += np.multiply(np.subtract(x, mean, u), mu, u)

        each_entry(update, x, g, state["ax"].array)
        state["eta"].array[...] = lr / (1 + lambd * lr * t) ** group["alpha"]
        state["mu"].array[...] = 1 / max(1, t - group["t0"])
