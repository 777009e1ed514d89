"""How surprised a classifier is by the right class: -log of the probability it gave.

The gradient of the loss in the logits is `probabilities - one_hot(target)`: what was predicted
minus what was right.  That is the one rule here; everything else is composed.
"""

import math
from typing import Any

import numpy as np

from micrograd_lab.errors import DtypeError, ShapeError, UndefinedError
from micrograd_lab.ops import elementwise as ew
from micrograd_lab.ops import indexing, reductions, shapes
from micrograd_lab.ops.halves import raised
from micrograd_lab.ops.losses import reduced
from micrograd_lab.ops.op import Array, by_hand, sum_over, unsqueeze_all
from micrograd_lab.ops.plain import plain
from micrograd_lab.ops.softmax import log_softmax, softmax

ndarray = np.ndarray

# --- the fused op ---------------------------------------------------------------------------
# Composed of log_softmax and gather it is two nodes, and a gradient that is scattered into an array
# of zeros as large as the logits before it is spread again.  Fused, forward and backward together
# take less than half of the composed time on (256, 1000) float32.
#
# A negative target asks nothing: its loss and its gradient are 0.


def _at(x: Array, target: Array, dim: int) -> Any:
    """Where in x each row's target points: an index (a negative target's place is not meant)."""
    if x.ndim == 2 and dim == 1:
        return np.arange(len(target)), target
    places = np.indices(target.shape, sparse=True)
    return (*places[:dim], target, *places[dim:])


def _powers(x: Array, dim: int) -> tuple[Array, Array]:
    """x less the largest of its row, and the exponentials of that: none of them overflows."""
    z = x - np.maximum.reduce(x, axis=dim, keepdims=True)
    return z, np.exp(z)


def _surprise(x: Array, target: Array, dim: int) -> Any:
    z, e = _powers(x, dim)
    loss = np.log(np.add.reduce(e, axis=dim)) - z[_at(x, target, dim)]
    return np.where(target < 0, x.dtype.type(0), loss)


def _excess(x: Array, target: Array, dim: int) -> Any:
    """softmax(x) - one_hot(target)."""
    p = _powers(x, dim)[1]
    p *= 1 / np.add.reduce(p, axis=dim, keepdims=True)
    p[_at(x, target, dim)] -= 1
    ignored = target < 0
    if ignored.any():
        p *= ~np.expand_dims(ignored, dim)
    return p


def _softmax_slope(g: Any, y: Any, x: Any, target: Any, dim: int) -> Any:
    """d softmax / dx applied to g, in the rows that ask something; it is its own transpose."""
    p = softmax(x, dim)
    g = g * p * unsqueeze_all(target >= 0, (dim,))
    return g - p * sum_over(g, dim=(dim,), keepdim=True)


def _surprise_vjp(g: Any, y: Any, x: Any, target: Any, dim: int) -> Any:
    p = excess(x, target, dim=dim)
    g = ew.where(target < 0, 0, g)  # p is 0 there, but g may be inf
    if type(p) is ndarray and type(g) is ndarray:
        return np.multiply(p, np.expand_dims(g, dim), out=p)
    return unsqueeze_all(g, (dim,)) * p


def _surprise_jvp(dx: Any, y: Any, x: Any, target: Any, dim: int) -> Any:
    return sum_over(dx * excess(x, target, dim=dim), dim=(dim,), keepdim=False)


excess = by_hand("softmax_minus_one_hot", _excess, (_softmax_slope,), (_softmax_slope,))
surprise = by_hand("cross_entropy", _surprise, (_surprise_vjp,), (_surprise_jvp,))


# --- the public functions -------------------------------------------------------------------


@raised
def cross_entropy(
    input: Any,
    target: Any,
    weight: Any = None,
    *,
    ignore_index: int = -100,
    reduction: str = "mean",
    label_smoothing: float = 0.0,
) -> Any:
    """-log softmax(input)[target], where the classes are axis 1.  (N, C, ...), (N, ...) -> (N, ...)

    target: class indices, or probabilities of the input's shape.  weight: one factor per class;
    the mean is then over the weights.  label_smoothing: the share of the target that is spread
    evenly over all classes.
    """
    if not 0 <= label_smoothing <= 1:
        raise UndefinedError(
            f"cross_entropy: label_smoothing is {label_smoothing}, it must be between 0 and 1."
        )
    dim = min(input.ndim - 1, 1)
    if target.shape == input.shape:
        return _of_probabilities(input, target, weight, dim, reduction, label_smoothing)
    t = _checked("cross_entropy", input, target, weight, ignore_index, dim)
    if not label_smoothing:
        return _collected(surprise(input, t, dim=dim), t, weight, reduction)
    log_p = log_softmax(input, dim)
    exact = _collected(_nll(log_p, t, dim), t, weight, reduction)
    even = -reductions.sum(log_p if weight is None else log_p * _along(weight, log_p, dim), dim)
    even = _evenly(ew.where(t >= 0, even, 0.0), t, weight, reduction)
    return (1 - label_smoothing) * exact + label_smoothing / input.shape[dim] * even


@raised
def nll_loss(
    input: Any,
    target: Any,
    weight: Any = None,
    *,
    ignore_index: int = -100,
    reduction: str = "mean",
) -> Any:
    """-input[target] of log-probabilities.  (N, C, ...), (N, ...) -> (N, ...)"""
    dim = min(input.ndim - 1, 1)
    t = _checked("nll_loss", input, target, weight, ignore_index, dim)
    return _collected(_nll(input, t, dim), t, weight, reduction)


def _nll(log_p: Any, t: Array, dim: int) -> Any:
    index = np.expand_dims(np.maximum(t, 0), dim)
    return ew.where(t >= 0, -shapes.squeeze(indexing.gather(log_p, dim, index), dim), 0.0)


def _collected(loss: Any, t: Array, weight: Any, reduction: str) -> Any:
    """Weighted by class; a mean is over the weights of the targets that count."""
    if weight is None and (reduction != "mean" or not (t < 0).any()):
        return reduced(loss, reduction)
    share = _share(t, weight, reduction)
    if reduction == "none":
        return loss * share.astype(loss.dtype)
    total = reductions.sum(loss * share.astype(loss.dtype))
    return total if share.any() or reduction == "sum" else total + math.nan  # the mean of nothing


def _share(t: Array, weight: Any, reduction: str) -> Array:
    """What each loss counts: its class's weight, over the sum of all for a mean."""
    share = t >= 0 if weight is None else np.where(t >= 0, plain(weight)[np.maximum(t, 0)], 0)
    return share / share.sum() if reduction == "mean" and share.any() else share


def _evenly(loss: Any, t: Array, weight: Any, reduction: str) -> Any:
    """The part of the loss that label_smoothing spreads; its weights are in it already."""
    if reduction != "mean":
        return reduced(loss, reduction)
    total = (t >= 0).sum() if weight is None else _share(t, weight, "sum").sum()
    return reductions.sum(loss) * (float(1 / total) if total else math.nan)


def _of_probabilities(
    input: Any, target: Any, weight: Any, dim: int, reduction: str, label_smoothing: float
) -> Any:
    if plain(target).dtype.kind != "f":
        raise DtypeError(
            f"cross_entropy: a target of the input's shape {tuple(input.shape)} holds probabilities, "
            f"so it must be floating; found {target.dtype}. Class indices have no class axis."
        )
    classes = input.shape[dim]
    if label_smoothing:
        target = target * (1 - label_smoothing) + label_smoothing / classes
    each = log_softmax(input, dim) * target
    if weight is not None:
        each = each * _along(weight, input, dim)
    loss = -reductions.sum(each, dim)
    if reduction == "mean":
        count = math.prod(loss.shape)
        return reductions.sum(loss) * (1 / count if count else math.nan)
    return reduced(loss, reduction)


def _along(weight: Any, x: Any, dim: int) -> Array:
    """One factor per class, shaped to multiply x."""
    return plain(weight).reshape([-1 if k == dim else 1 for k in range(x.ndim)])


def _checked(name: str, x: Any, target: Any, weight: Any, ignore_index: int, dim: int) -> Array:
    """The class indices as an array, ignored ones as -1; errors that say what does not fit."""
    t = plain(target)
    if t.dtype.kind not in "iu":
        raise DtypeError(
            f"{name}: class indices must be integers, found {t.dtype}. Use target.long(); "
            f"for probabilities the target needs the input's shape, {tuple(x.shape)}."
        )
    if x.ndim == 0 or t.shape != x.shape[:dim] + x.shape[dim + 1 :]:
        raise ShapeError(
            f"{name}: the input has shape {tuple(x.shape)}, the target {tuple(t.shape)}. The target "
            "has the input's shape without the class axis: (N, C) and (N), (N, C, H, W) and (N, H, W)."
        )
    classes = x.shape[dim]
    if weight is not None and weight.shape != (classes,):
        raise ShapeError(
            f"{name}: weight has shape {tuple(weight.shape)}, but there are {classes} classes."
        )
    if t.size and (t.min() < 0 or t.max() >= classes):
        ignored = t == ignore_index
        wrong = t[~ignored & ((t < 0) | (t >= classes))]
        if wrong.size:
            raise ShapeError(
                f"{name}: target {wrong[0]} is out of bounds: the input has {classes} classes, "
                f"0 to {classes - 1} (and ignore_index is {ignore_index})."
            )
        t = np.where(ignored, -1, t)
    elif 0 <= ignore_index < classes:
        t = np.where(t == ignore_index, -1, t)
    return t


FUNCTIONS: tuple[str, ...] = ()
METHODS: tuple[str, ...] = ()
IN_PLACE: tuple[str, ...] = ()
