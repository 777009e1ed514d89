"""Adafactor: Adam's squares of gradients, of a matrix kept only as a mean for each row and column."""

from typing import Any

import numpy as np

from micrograd_lab.ops.op import Array
from micrograd_lab.optim.optimizer import Group, Optimizer, at_least_zero, common, counted, number
from micrograd_lab.tensor import wrap


class Adafactor(Optimizer):
    """x -= max(eps₂, rms(x)) · min(lr, 1/√t) · u / max(1, rms(u) / d), with u = g / √v.

    v is the running average of g², with weight 1 - t^beta2_decay on what was; for a matrix it is the
    product of the averages of its rows and of its columns, over the average of all: m + n numbers
    instead of m · n.  eps: (what v is at least, None for that of the dtype; the least scale of x).
    Shazeer and Stern, Adafactor, 2018.  torch.optim.Adafactor.
    """

    def __init__(
        self,
        params: Any,
        lr: Any = 1e-2,
        beta2_decay: float = -0.8,
        eps: tuple[float | None, float] = (None, 1e-3),
        d: float = 1.0,
        weight_decay: float = 0.0,
        *,
        foreach: bool | None = None,
        maximize: bool = False,
    ) -> None:
        at_least_zero(weight_decay=weight_decay, eps=eps[0] or 0, eps2=eps[1])
        at_least_zero(d=d - 1, decay=-beta2_decay)
        own = {"beta2_decay": beta2_decay, "eps": eps, "d": d, "weight_decay": weight_decay}
        settings = common(lr, foreach, maximize, differentiable=False)
        del settings["differentiable"]
        super().__init__(params, own | settings)

    def _fresh(self, x: Array, group: Group) -> dict[str, Any]:
        if x.ndim < 2:
            return {"step": number(), "variance": wrap(np.zeros_like(x))}
        rows, columns = x.mean(-1, keepdims=True), x.mean(-2, keepdims=True)
        kept = {"row_var": wrap(np.zeros_like(rows)), "col_var": wrap(np.zeros_like(columns))}
        return {"step": number(), **kept}

    def _update(self, x: Array, g: Array, state: dict[str, Any], group: Group) -> None:
        t, lr = counted(state), float(group["lr"])
        least, scale = group["eps"]
        least = np.finfo(x.dtype).eps if least is None else least
        fresh = t ** group["beta2_decay"]  # the weight of this step's squares
        if group["maximize"]:
            g = -g
        size = max(scale, rms(x)) * min(lr, t**-0.5)
        x *= 1 - lr * group["weight_decay"]
        square = g * g
        if x.ndim < 2:
            v = state["variance"].array
            v += fresh * (square - v)
        else:
            rows, columns = state["row_var"].array, state["col_var"].array
            rows += fresh * (square.mean(-1, keepdims=True) - rows)
            columns += fresh * (square.mean(-2, keepdims=True) - columns)
            v = rows * columns / np.maximum(rows.mean(-2, keepdims=True), least)
        step = g / np.sqrt(np.maximum(v, least * least))
        x -= size / max(1.0, rms(step) / group["d"]) * step


def rms(x: Array) -> float:
    """The root of the mean square."""
    return float(np.sqrt(np.mean(np.square(x)))) if x.size else 0.0
