"""Rprop: only the sign of the gradient counts; steps grow until it changes."""

from typing import Any

import numpy as np

from micrograd_lab.errors import OptionError
from micrograd_lab.ops.op import Array
from micrograd_lab.optim.entrywise import each_entry
from micrograd_lab.optim.optimizer import (
    Group,
    Optimizer,
    common,
    counted,
    number,
    zeros_like,
)
from micrograd_lab.tensor import wrap


class Rprop(Optimizer):
    """x -= sign(g) · step, with a step for each entry; for gradients of all the data, not of batches.

    etas: what a step is multiplied by when the sign has changed, and when it has not.
    step_sizes: the smallest and the largest step.  torch.optim.Rprop.
    """

    def __init__(
        self,
        params: Any,
        lr: Any = 1e-2,
        etas: tuple[float, float] = (0.5, 1.2),
        step_sizes: tuple[float, float] = (1e-6, 50),
        *,
        capturable: bool = False,
        foreach: bool | None = None,
        maximize: bool = False,
        differentiable: bool = False,
    ) -> None:
        if not 0 < etas[0] < 1 < etas[1]:
            raise OptionError(f"etas={etas}: the first is between 0 and 1, the second above 1.")
        own = {"etas": etas, "step_sizes": step_sizes}
        super().__init__(params, own | common(lr, foreach, maximize, differentiable, capturable))

    def _fresh(self, x: Array, group: Group) -> dict[str, Any]:
        start = wrap(np.full(x.shape, float(group["lr"]), x.dtype))
        return {"step": number(), "prev": zeros_like(x), "step_size": start}

    def _update(self, x: Array, g: Array, state: dict[str, Any], group: Group) -> None:
        counted(state)
        (slower, faster), (least, most) = group["etas"], group["step_sizes"]

        def update(x: Any, g: Any, before: Any, size: Any, s: Any, t: Any) -> None:
            g = np.negative(g, s) if group["maximize"] else g
            agree = np.multiply(g, before, t)
            turned = agree < 0
            size *= np.where(turned, slower, np.where(agree > 0, faster, 1)).astype(x.dtype)
            np.clip(size, least, most, out=size)
            np.copyto(before, g)
            before[turned] = 0  # then nothing moves, and the next sign counts as new
            step = np.sign(before, out=t)
            step *= size
            x -= step

        each_entry(update, x, g, state["prev"].array, state["step_size"].array)
