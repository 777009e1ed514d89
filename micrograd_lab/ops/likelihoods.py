"""How unlikely a number is under a distribution that was predicted: a Poisson's, or a normal one's."""

import math
from typing import Any

import numpy as np

from micrograd_lab.errors import ShapeError, UndefinedError
from micrograd_lab.ops import elementwise as ew
from micrograd_lab.ops import shapes
from micrograd_lab.ops.halves import raised
from micrograd_lab.ops.losses import reduced
from micrograd_lab.ops.plain import plain


@raised
def poisson_nll_loss(
    input: Any,
    target: Any,
    log_input: bool = True,
    full: bool = False,
    *,
    eps: float = 1e-8,
    reduction: str = "mean",
) -> Any:
    """-log of the probability of a count under a Poisson distribution of rate exp(input)."""
    loss = ew.exp(input) - target * input if log_input else input - target * ew.log(input + eps)
    if full:  # log(target!), by Stirling's formula
        many = plain(target) > 1
        t = ew.where(many, target, np.ones_like(plain(target)))
        stirling = t * ew.log(t) - t + 0.5 * ew.log(2 * math.pi * t)
        loss = loss + ew.where(many, stirling, np.zeros_like(plain(target)))
    return reduced(loss, reduction)


def gaussian_nll_loss(
    input: Any,
    target: Any,
    var: Any,
    full: bool = False,
    eps: float = 1e-6,
    reduction: str = "mean",
) -> Any:
    """-log of the density of target under a normal distribution: mean input, variance var.

    var has the input's shape, or lacks its last axis, or has size 1 there; it counts as eps at least.
    """
    if not hasattr(var, "shape"):
        var = np.full(input.shape, var, input.dtype)
    if var.shape != input.shape:
        if var.shape == input.shape[:-1]:
            var = shapes.unsqueeze(var, -1)
        elif var.ndim != input.ndim or var.shape[:-1] != input.shape[:-1] or var.shape[-1] != 1:
            raise ShapeError(
                f"gaussian_nll_loss: var has shape {tuple(var.shape)}, which fits neither the input's "
                f"{tuple(input.shape)} nor the same with last size 1."
            )
    v = plain(var)
    if (v < 0).any():
        raise UndefinedError(f"gaussian_nll_loss: a variance is negative: {v.min():.4g}.")
    var = var + np.maximum(eps - v, 0).astype(v.dtype)  # raised, but var still gets its gradient
    loss = 0.5 * (ew.log(var) + ew.square(input - target) / var)
    return reduced(loss + 0.5 * math.log(2 * math.pi) if full else loss, reduction)


FUNCTIONS: tuple[str, ...] = ()
METHODS: tuple[str, ...] = ()
IN_PLACE: tuple[str, ...] = ()
