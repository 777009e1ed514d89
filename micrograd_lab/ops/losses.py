"""How wrong a prediction is: one number per entry, reduced to their mean or sum.

The signatures are PyTorch's without size_average and reduce, its names of old for `reduction`; what
stands after these there is by keyword only here.
"""

import math
import warnings
from typing import Any

import numpy as np

from micrograd_lab.errors import ShapeError, UndefinedError
from micrograd_lab.ops import elementwise as ew
from micrograd_lab.ops import reductions, shapes
from micrograd_lab.ops.activations import logsigmoid
from micrograd_lab.ops.arithmetic import clamp
from micrograd_lab.ops.op import Array, Op, elementwise
from micrograd_lab.ops.plain import plain
from micrograd_lab.ops.views import broadcast_shapes

# --- entry by entry -------------------------------------------------------------------------
# Each is one op although it could be composed, because its slope is so much simpler than its
# parts: no inf - inf where a probability is 0 or 1, and one node instead of four to nine.


def _huber(x: Array, t: Array, delta: float) -> Any:
    d = np.abs(x - t)
    near = np.minimum(d, delta)
    return near * (d - 0.5 * near)


def _binary_cross_entropy(p: Array, t: Array) -> Any:
    with np.errstate(divide="ignore"):
        log_p, log_q = np.log(p), np.log1p(-p)
    return (t - 1) * np.maximum(log_q, -100) - t * np.maximum(log_p, -100)


def _binary_cross_entropy_with_logits(x: Array, t: Array) -> Any:
    return np.maximum(x, 0) - x * t + np.log1p(np.exp(-np.abs(x)))


def _x_log_x(x: Array) -> Any:
    return x * np.log(np.where(x == 0, x.dtype.type(1), x))


def _log_odds(p: Array) -> Any:
    with np.errstate(divide="ignore"):
        return np.log(p) - np.log1p(-p)


# fmt: off
huber_op  = elementwise("huber", _huber,
    lambda y, x, t, delta: clamp(x - t, min=-delta, max=delta),
    lambda y, x, t, delta: clamp(t - x, min=-delta, max=delta))
bce_op    = elementwise("binary_cross_entropy", _binary_cross_entropy,
    lambda y, p, t: (p - t) / clamp(p * (1 - p), min=1e-12),
    lambda y, p, t: -log_odds(p))
log_odds: Op = elementwise("log_odds", _log_odds,
    lambda y, p: 1 / (p * (1 - p)))
logits_op = elementwise("binary_cross_entropy_with_logits", _binary_cross_entropy_with_logits,
    lambda y, x, t: ew.sigmoid(x) - t,
    lambda y, x, t: -x)
x_log_x   = elementwise("x_log_x", _x_log_x,
    lambda y, x: ew.log(x) + 1)
# fmt: on


# --- what they have in common ---------------------------------------------------------------


def reduced(loss: Any, reduction: str) -> Any:
    """The losses themselves ("none"), their "mean" or their "sum"."""
    if reduction == "mean":
        return reductions.mean(loss)
    if reduction == "sum":
        return reductions.sum(loss)
    if reduction == "none":
        return loss
    raise UndefinedError(f"reduction={reduction!r}: it is 'mean', 'sum' or 'none'.")


def _warn_if_broadcast(name: str, x: Any, t: Any) -> None:
    if x.shape != t.shape:
        broadcast_shapes(tuple(x.shape), tuple(t.shape))
        warnings.warn(
            f"{name}: the input has shape {tuple(x.shape)}, the target {tuple(t.shape)}. They are "
            "broadcast against each other, which is seldom what a loss means; give them one shape.",
            stacklevel=3,
        )


def same_shape(name: str, x: Any, t: Any) -> None:
    if x.shape != t.shape:
        raise ShapeError(
            f"{name}: the input has shape {tuple(x.shape)}, the target {tuple(t.shape)}; they must "
            "be the same. Did you mean target.unsqueeze(1), or input.squeeze(1)?"
        )


# --- distances from a target ----------------------------------------------------------------


def mse_loss(input: Any, target: Any, *, reduction: str = "mean", weight: Any = None) -> Any:
    """(input - target)²."""
    _warn_if_broadcast("mse_loss", input, target)
    return _weighed(ew.square(input - target), weight, reduction)


def l1_loss(input: Any, target: Any, *, reduction: str = "mean", weight: Any = None) -> Any:
    """|input - target|."""
    _warn_if_broadcast("l1_loss", input, target)
    return _weighed(ew.abs(input - target), weight, reduction)


def huber_loss(
    input: Any, target: Any, reduction: str = "mean", delta: float = 1.0, weight: Any = None
) -> Any:
    """(input - target)² / 2 up to a distance delta, a straight line beyond."""
    if delta <= 0:
        raise UndefinedError(f"huber_loss: delta is {delta}, it must be greater than 0.")
    _warn_if_broadcast("huber_loss", input, target)
    return _weighed(huber_op(input, target, delta=delta), weight, reduction)


def smooth_l1_loss(input: Any, target: Any, *, reduction: str = "mean", beta: float = 1.0) -> Any:
    """|input - target| with its corner rounded off: huber_loss(delta=beta) / beta."""
    if beta < 0:
        raise UndefinedError(f"smooth_l1_loss: beta is {beta}, it must not be negative.")
    _warn_if_broadcast("smooth_l1_loss", input, target)
    if beta == 0:
        return reduced(ew.abs(input - target), reduction)
    return reduced(huber_op(input, target, delta=beta) / beta, reduction)


def _weighed(loss: Any, weight: Any, reduction: str) -> Any:
    """The mean of a weighted loss is over the weights."""
    if weight is None:
        return reduced(loss, reduction)
    if weight.shape != loss.shape:
        raise ShapeError(f"weight has shape {tuple(weight.shape)}, the loss {tuple(loss.shape)}.")
    if reduction == "mean":
        return reductions.sum(loss * weight) / reductions.sum(weight)
    return reduced(loss * weight, reduction)


# --- probabilities --------------------------------------------------------------------------


def binary_cross_entropy(
    input: Any, target: Any, weight: Any = None, *, reduction: str = "mean"
) -> Any:
    """-t log p - (1-t) log(1-p) of probabilities p; logarithms below -100 count as -100."""
    same_shape("binary_cross_entropy", input, target)
    p = plain(input)
    if not ((p >= 0) & (p <= 1)).all():
        raise UndefinedError(
            f"binary_cross_entropy: the input must be probabilities from 0 to 1; found {p.min():.4g} "
            f"to {p.max():.4g}. For logits use binary_cross_entropy_with_logits."
        )
    loss = bce_op(input, target)
    return reduced(loss if weight is None else loss * weight, reduction)


def binary_cross_entropy_with_logits(
    input: Any,
    target: Any,
    weight: Any = None,
    *,
    reduction: str = "mean",
    pos_weight: Any = None,
) -> Any:
    """binary_cross_entropy(sigmoid(input), target) for logits of any size."""
    same_shape("binary_cross_entropy_with_logits", input, target)
    if pos_weight is None:
        loss = logits_op(input, target)
    else:
        loss = (1 - target) * input - (1 + (pos_weight - 1) * target) * logsigmoid(input)
    return reduced(loss if weight is None else loss * weight, reduction)


def kl_div(input: Any, target: Any, *, reduction: str = "mean", log_target: bool = False) -> Any:
    """t (log t - input): how much a distribution t (or exp t) differs from exp(input).

    The true divergence is reduction="batchmean": the sum divided by the number of rows.
    """
    loss = ew.exp(target) * (target - input) if log_target else x_log_x(target) - target * input
    if reduction == "batchmean":
        return reductions.sum(loss) / (input.shape[0] if input.ndim else 1)
    return reduced(loss, reduction)


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
