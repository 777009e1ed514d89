"""Stochastic gradient descent: a step downhill, with momentum if asked."""

from typing import Any

import numpy as np

from micrograd_lab.errors import OptionError
from micrograd_lab.kernels.swift import kernel, large
from micrograd_lab.ops.op import Array
from micrograd_lab.optim.entrywise import BLOCK, descent, each_entry
from micrograd_lab.optim.optimizer import Group, Optimizer, at_least_zero, common
from micrograd_lab.tensor import Tensor, counter_of, wrap


class SGD(Optimizer):
    """x -= lr · g.  With momentum, g is replaced by a velocity: momentum · velocity + g.

    dampening: the share of g that the velocity does not take up.  nesterov: look ahead, and step
    along g + momentum · velocity.  weight_decay: adds weight_decay · x to g.  torch.optim.SGD.
    """

    def __init__(
        self,
        params: Any,
        lr: Any = 1e-3,
        momentum: float = 0,
        dampening: float = 0,
        weight_decay: float = 0,
        nesterov: bool = False,
        *,
        maximize: bool = False,
        foreach: bool | None = None,
        differentiable: bool = False,
        fused: bool | None = None,
    ) -> None:
        at_least_zero(momentum=momentum, weight_decay=weight_decay)
        if nesterov and (momentum <= 0 or dampening != 0):
            raise OptionError(
                f"nesterov=True looks ahead along the momentum: it needs momentum above 0 and no "
                f"dampening, found momentum={momentum}, dampening={dampening}."
            )
        own = {"momentum": momentum, "dampening": dampening, "weight_decay": weight_decay}
        settings = common(lr, foreach, maximize, differentiable, fused=fused, nesterov=nesterov)
        super().__init__(params, own | settings)

    def _update_group(self, params: list[Tensor], group: Group) -> None:
        if group["momentum"] or group["weight_decay"] or group["maximize"]:
            return super()._update_group(params, group)
        lr = float(group["lr"])
        rate = np.asarray(lr)  # an array of the parameters' dtype is not converted for each of them
        for p in params:  # the bare rule, for which the way through _update() would double the time
            x, g = p.array, p.grad.array
            if x.size > BLOCK or not x.ndim:
                super()._update_group([p], group)
            else:
                if rate.dtype is not x.dtype:
                    rate = np.asarray(lr, x.dtype)
                x -= g * rate
                counter_of(p)[0] += 1

    def _update(self, x: Array, g: Array, state: dict[str, Any], group: Group) -> None:
        lr, momentum = float(group["lr"]), float(group["momentum"])
        decay, uphill = float(group["weight_decay"]), group["maximize"]
        if not momentum:
            if not uphill and large(x, g):  # a kernel does all of it in one pass
                kernel("updates.sgd")(x, g, lr, decay)
                return None

            def downhill(x: Any, g: Any, s: Any, t: Any) -> None:
                x -= np.multiply(descent(x, g, group, s), lr, t)

            return each_entry(downhill, x, g)
        first = state.get("momentum_buffer") is None
        if first:
            state["momentum_buffer"] = wrap(np.zeros(x.shape, x.dtype))
        share = 1.0 if first else 1 - group["dampening"]  # the first velocity is the gradient
        v, nesterov = state["momentum_buffer"].array, bool(group["nesterov"])
        if not uphill and large(x, g, v):
            numbers = (lr, decay, momentum, share)
            kernel("updates.momentum")(x, g, v, *numbers, nesterov=nesterov)
            return None

        def roll(x: Any, g: Any, velocity: Any, s: Any, t: Any) -> None:
            g = descent(x, g, group, s)
            velocity *= momentum
            velocity += g if share == 1 else np.multiply(g, share, t)
            if nesterov:
                step = np.multiply(velocity, momentum, t)
                step += g
                step *= lr
            else:
                step = np.multiply(velocity, lr, t)
            x -= step

        return each_entry(roll, x, g, v)
