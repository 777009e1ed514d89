"""Adam: a step along the average gradient, measured in units of its usual size."""

from math import sqrt
from typing import Any

import numpy as np

from micrograd_lab.kernels.swift import kernel, large
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


class Adam(Optimizer):
    """x -= lr · m̂ / (√v̂ + eps), with running averages m of the gradient and v of its square.

    The averages start at 0; dividing by 1 - βᵗ makes up for that (m̂, v̂).
    betas: how much of m and of v is kept at each step.  amsgrad: v̂ never becomes smaller.
    weight_decay: adds weight_decay · x to the gradient; decoupled_weight_decay: shrinks x instead,
    as AdamW does.  torch.optim.Adam.
    """

    def __init__(
        self,
        params: Any,
        lr: Any = 1e-3,
        betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-8,
        weight_decay: float = 0,
        amsgrad: bool = False,
        *,
        foreach: bool | None = None,
        maximize: bool = False,
        capturable: bool = False,
        differentiable: bool = False,
        fused: bool | None = None,
        decoupled_weight_decay: bool = False,
    ) -> None:
        at_least_zero(eps=eps, weight_decay=weight_decay)
        fractions(betas=betas)
        own = {"betas": betas, "eps": eps, "weight_decay": weight_decay, "amsgrad": amsgrad}
        own["decoupled_weight_decay"] = decoupled_weight_decay
        settings = common(lr, foreach, maximize, differentiable, capturable, fused)
        super().__init__(params, own | settings)

    def _fresh(self, x: Array, group: Group) -> dict[str, Any]:
        averages = {"exp_avg": zeros_like(x), "exp_avg_sq": zeros_like(x)}
        largest = {"max_exp_avg_sq": zeros_like(x)} if group["amsgrad"] else {}
        return {"step": number(), **averages, **largest}

    def _update(self, x: Array, g: Array, state: dict[str, Any], group: Group) -> None:
        steps = counted(state)
        lr, (beta1, beta2), eps = float(group["lr"]), map(float, group["betas"]), group["eps"]
        size = lr / (1 - beta1**steps)
        scale = 1 / sqrt(1 - beta2**steps)
        decoupled = group["decoupled_weight_decay"]
        settings = group | {"weight_decay": 0} if decoupled else group
        shrink = 1 - lr * float(group["weight_decay"]) if decoupled else 1.0
        m, v = state["exp_avg"].array, state["exp_avg_sq"].array
        plain = not (group["amsgrad"] or group["maximize"])
        if plain and large(x, g, m, v):  # a kernel does all of it in one pass
            kernel("updates.adam")(
                x, g, m, v, keep1=beta1, keep2=beta2, size=size, scale=scale, eps=eps,
                shrink=shrink, decay=float(settings["weight_decay"]),
            )  # fmt: skip
            return

        def update(x: Any, g: Any, m: Any, v: Any, *rest: Any) -> None:
            *largest, s, t = rest
            if shrink != 1:
                x *= shrink
            g = descent(x, g, settings, s)
            towards(m, g, 1 - beta1, t)
            add_square(v, g, beta2, t)
            if largest:
                v = np.maximum(largest[0], v, out=largest[0])
            usual = np.sqrt(v, s)
            usual *= scale
            usual += eps
            step = np.divide(m, usual, s)
            step *= size
            x -= step

        averages = ["exp_avg", "exp_avg_sq", *(["max_exp_avg_sq"] if group["amsgrad"] else [])]
        each_entry(update, x, g, *(state[name].array for name in averages))


class AdamW(Adam):
    """Adam that shrinks the weights by lr · weight_decay each step, whatever their gradient is.

    Then the decay is the same for all, however large their gradients are.  torch.optim.AdamW.
    """

    def __init__(
        self,
        params: Any,
        lr: Any = 1e-3,
        betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-8,
        weight_decay: float = 1e-2,
        amsgrad: bool = False,
        *,
        maximize: bool = False,
        foreach: bool | None = None,
        capturable: bool = False,
        differentiable: bool = False,
        fused: bool | None = None,
    ) -> None:
        super().__init__(
            params,
            lr,
            betas,
            eps,
            weight_decay,
            amsgrad,
            foreach=foreach,
            maximize=maximize,
            capturable=capturable,
            differentiable=differentiable,
            fused=fused,
            decoupled_weight_decay=True,
        )
