"""How wrong a prediction is: one number per entry, reduced to their mean or sum.

The signatures are PyTorch's without size_average and reduce, its names of old for `reduction`; what
stands after these there is by keyword only here.
"""

import warnings
from typing import Any

import numpy as np

from micrograd_lab.dtypes import joined_type
from micrograd_lab.errors import DtypeError, ShapeError, UndefinedError
from micrograd_lab.ops import elementwise as ew
from micrograd_lab.ops import reductions
from micrograd_lab.ops.activations import logsigmoid
from micrograd_lab.ops.arithmetic import clamp
from micrograd_lab.ops.halves import raised
from micrograd_lab.ops.op import Array, Op, elementwise
from micrograd_lab.ops.plain import plain
from micrograd_lab.ops.promotion import refuse
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


def _alike(name: str, x: Any, t: Any, floats: bool = True) -> tuple[Any, Any]:
    """Input and target in the wider dtype of both, however many dimensions each has; warned about
    if their shapes differ."""
    if x.dtype != t.dtype:
        dtype = joined_type(x.dtype, t.dtype)
        x, t = (v if v.dtype == dtype else v.astype(dtype) for v in (x, t))
    if floats and x.dtype.kind != "f":
        raise DtypeError(f"{name} of {x.dtype}: it works on floating numbers. Convert: x.float().")
    if x.shape != t.shape:
        broadcast_shapes(tuple(x.shape), tuple(t.shape))
        warnings.warn(
            f"{name}: the input has shape {tuple(x.shape)}, the target {tuple(t.shape)}. They are "
            "broadcast against each other, which is seldom what a loss means; give them one shape.",
            stacklevel=4,  # of who calls the loss, past `raised`
        )
    return x, t


def same_shape(name: str, x: Any, t: Any) -> None:
    if x.shape != t.shape:
        raise ShapeError(
            f"{name}: the input has shape {tuple(x.shape)}, the target {tuple(t.shape)}; they must "
            "be the same. Did you mean target.unsqueeze(1), or input.squeeze(1)?"
        )


# --- distances from a target ----------------------------------------------------------------


@raised
def mse_loss(input: Any, target: Any, *, reduction: str = "mean", weight: Any = None) -> Any:
    """(input - target)²."""
    input, target = _alike("mse_loss", input, target)
    return _weighed(ew.square(input - target), weight, reduction)


@raised
def l1_loss(input: Any, target: Any, *, reduction: str = "mean", weight: Any = None) -> Any:
    """|input - target|."""
    refuse("l1_loss", "b", input, target)
    input, target = _alike("l1_loss", input, target, floats=False)
    return _weighed(ew.abs(input - target), weight, reduction)


@raised
def huber_loss(
    input: Any, target: Any, reduction: str = "mean", delta: float = 1.0, weight: Any = None
) -> Any:
    """(input - target)² / 2 up to a distance delta, a straight line beyond."""
    if delta <= 0:
        raise UndefinedError(f"huber_loss: delta is {delta}, it must be greater than 0.")
    input, target = _alike("huber_loss", input, target)
    return _weighed(huber_op(input, target, delta=delta), weight, reduction)


@raised
def smooth_l1_loss(input: Any, target: Any, *, reduction: str = "mean", beta: float = 1.0) -> Any:
    """|input - target| with its corner rounded off: huber_loss(delta=beta) / beta."""
    if beta < 0:
        raise UndefinedError(f"smooth_l1_loss: beta is {beta}, it must not be negative.")
    input, target = _alike("smooth_l1_loss", input, target)
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


@raised
def binary_cross_entropy(
    input: Any, target: Any, weight: Any = None, *, reduction: str = "mean"
) -> Any:
    """-t log p - (1-t) log(1-p) of probabilities p; logarithms below -100 count as -100."""
    same_shape("binary_cross_entropy", input, target)
    if input.dtype != target.dtype:
        raise DtypeError(
            f"binary_cross_entropy: the input holds {input.dtype}, the target {target.dtype}; they "
            "must be the same. Did you mean target.to(input.dtype)?"
        )
    p = plain(input)
    if not ((p >= 0) & (p <= 1)).all():
        raise UndefinedError(
            f"binary_cross_entropy: the input must be probabilities from 0 to 1; found {p.min():.4g} "
            f"to {p.max():.4g}. For logits use binary_cross_entropy_with_logits."
        )
    loss = bce_op(input, target)
    return reduced(loss if weight is None else loss * weight, reduction)


@raised
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
    refuse("binary_cross_entropy_with_logits", "biu", input, target)
    if pos_weight is None:
        loss = logits_op(input, target)
    else:
        loss = (1 - target) * input - (1 + (pos_weight - 1) * target) * logsigmoid(input)
    return reduced(loss if weight is None else loss * weight, reduction)


@raised
def kl_div(input: Any, target: Any, *, reduction: str = "mean", log_target: bool = False) -> Any:
    """t (log t - input): how much a distribution t (or exp t) differs from exp(input).

    The true divergence is reduction="batchmean": the sum divided by the number of rows.
    """
    refuse("kl_div", "biu", input, target)
    loss = ew.exp(target) * (target - input) if log_target else x_log_x(target) - target * input
    if reduction == "batchmean":
        return reductions.sum(loss) / (input.shape[0] if input.ndim else 1)
    return reduced(loss, reduction)


FUNCTIONS: tuple[str, ...] = ()
METHODS: tuple[str, ...] = ()
IN_PLACE: tuple[str, ...] = ()
