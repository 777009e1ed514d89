"""RMSprop: the gradient, measured in units of its root mean square."""

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
    number,
    zeros_like,
)


class RMSprop(Optimizer):
    """x -= lr · g / (√v + eps), with v a running average of g².

    alpha: how much of v is kept at each step.  centered: v without the square of the average
    gradient, which is a variance.  momentum: steps add up, as in SGD.  torch.optim.RMSprop.
    """

    def __init__(
        self,
        params: Any,
        lr: Any = 1e-2,
        alpha: float = 0.99,
        eps: float = 1e-8,
        weight_decay: float = 0,
        momentum: float = 0,
        centered: bool = False,
        capturable: bool = False,
        foreach: bool | None = None,
        maximize: bool = False,
        differentiable: bool = False,
    ) -> None:
        at_least_zero(eps=eps, weight_decay=weight_decay, momentum=momentum, alpha=alpha)
        own = {"momentum": momentum, "alpha": alpha, "eps": eps, "centered": centered}
        own["weight_decay"] = weight_decay
        super().__init__(params, own | common(lr, foreach, maximize, differentiable, capturable))

    def _fresh(self, x: Array, group: Group) -> dict[str, Any]:
        return {"step": number(), **{name: zeros_like(x) for name in _averages(group)}}

    def _update(self, x: Array, g: Array, state: dict[str, Any], group: Group) -> None:
        counted(state)
        lr, alpha, eps = float(group["lr"]), float(group["alpha"]), group["eps"]
        momentum, centered = float(group["momentum"]), group["centered"]

        def update(x: Any, g: Any, v: Any, *rest: Any) -> None:
            *more, s, t = rest
            g = descent(x, g, group, s)
            add_square(v, g, alpha, t)
            if centered:
                mean = more[-1]
                towards(mean, g, 1 - alpha, t)
                usual = np.multiply(mean, mean, t)
                np.sqrt(np.subtract(v, usual, usual), usual)
            else:
                usual = np.sqrt(v, t)
            usual += eps
            step = np.divide(g, usual, t)
            if momentum:
                velocity = more[0]
                velocity *= momentum
                velocity += step
                step = np.multiply(velocity, lr, t)
            else:
                step *= lr
            x -= step

        each_entry(update, x, g, *(state[name].array for name in _averages(group)))


def _averages(group: Group) -> list[str]:
    """What is remembered under these settings."""
    more = [("momentum_buffer", group["momentum"]), ("grad_avg", group["centered"])]
    return ["square_avg", *(name for name, wanted in more if wanted)]
