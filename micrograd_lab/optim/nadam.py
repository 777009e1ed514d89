"""Adam that looks ahead along its average gradient, as Nesterov's momentum does."""

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


class NAdam(Optimizer):
    """Adam's step, with part of the next step's momentum taken already in this one.

    momentum_decay: how soon the momentum μ grows to its full size β₁.  torch.optim.NAdam.
    """

    def __init__(
        self,
        params: Any,
        lr: Any = 2e-3,
        betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-8,
        weight_decay: float = 0,
        momentum_decay: float = 4e-3,
        decoupled_weight_decay: bool = False,
        *,
        foreach: bool | None = None,
        maximize: bool = False,
        capturable: bool = False,
        differentiable: bool = False,
    ) -> None:
        at_least_zero(eps=eps, weight_decay=weight_decay, momentum_decay=momentum_decay)
        fractions(betas=betas)
        own = {"betas": betas, "eps": eps, "weight_decay": weight_decay}
        own |= {
            "momentum_decay": momentum_decay,
            "decoupled_weight_decay": decoupled_weight_decay,
        }
        super().__init__(params, own | common(lr, foreach, maximize, differentiable, capturable))

    def _fresh(self, x: Array, group: Group) -> dict[str, Any]:
        averages = {"exp_avg": zeros_like(x), "exp_avg_sq": zeros_like(x)}
        return {"step": number(), "mu_product": number(1.0), **averages}

    def _update(self, x: Array, g: Array, state: dict[str, Any], group: Group) -> None:
        steps, product = counted(state), state["mu_product"].array
        lr, (beta1, beta2), eps = float(group["lr"]), map(float, group["betas"]), group["eps"]
        mu, mu_next = (
            beta1 * (1 - 0.5 * 0.96 ** (t * group["momentum_decay"])) for t in (steps, steps + 1)
        )
        product *= mu
        now = lr * (1 - mu) / (1 - float(product))
        ahead = lr * mu_next / (1 - float(product) * mu_next)
        bias = 1 - beta2**steps
        decoupled = group["decoupled_weight_decay"]
        settings = group | {"weight_decay": 0} if decoupled else group

        def update(x: Any, g: Any, m: Any, v: Any, s: Any, t: Any) -> None:
            if decoupled:
                x *= 1 - lr * group["weight_decay"]
            g = descent(x, g, settings, s)
            towards(m, g, 1 - beta1, t)
            add_square(v, g, beta2, t)
            step = np.multiply(g, now, s)
            step += np.multiply(m, ahead, t)
            usual = np.divide(v, bias, t)
            np.sqrt(usual, usual)
            usual += eps
            step /= usual
            x -= step

        each_entry(update, x, g, state["exp_avg"].array, state["exp_avg_sq"].array)
