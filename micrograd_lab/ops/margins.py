"""Losses with a margin: being right is not enough, it must be right by so much."""

from typing import Any

import numpy as np

from micrograd_lab.errors import ShapeError, UndefinedError
from micrograd_lab.ops import elementwise as ew
from micrograd_lab.ops import indexing, reductions, shapes
from micrograd_lab.ops.activations import logsigmoid
from micrograd_lab.ops.distances import pairwise_distance
from micrograd_lab.ops.halves import raised
from micrograd_lab.ops.losses import reduced, same_shape
from micrograd_lab.ops.plain import plain


def _beyond(x: Any) -> Any:
    return ew.clamp_min(x, 0.0)


def _when(condition: Any, x: Any) -> Any:
    """x where the condition holds, 0 elsewhere."""
    return ew.where(condition, x, 0.0)


@raised
def hinge_embedding_loss(
    input: Any, target: Any, margin: float = 1.0, *, reduction: str = "mean"
) -> Any:
    """A distance where the target is 1; how much it falls short of the margin where it is -1."""
    t = plain(target)
    return reduced(_when(t != 1, _beyond(margin - input)) + _when(t != -1, input), reduction)


@raised
def margin_ranking_loss(
    input1: Any, input2: Any, target: Any, margin: float = 0.0, *, reduction: str = "mean"
) -> Any:
    """Target 1 wants input1 larger than input2 by the margin, -1 the reverse."""
    if not input1.ndim == input2.ndim == target.ndim:
        raise ShapeError(
            "margin_ranking_loss: the inputs and the target must have as many dimensions each; "
            f"found {tuple(input1.shape)}, {tuple(input2.shape)} and {tuple(target.shape)}."
        )
    return reduced(_beyond(margin - target * (input1 - input2)), reduction)


@raised
def cosine_embedding_loss(
    input1: Any, input2: Any, target: Any, margin: float = 0.0, *, reduction: str = "mean"
) -> Any:
    """1 - cos where the target is 1; how much cos exceeds the margin where it is -1."""
    if target.ndim + 1 != input1.ndim or target.ndim + 1 != input2.ndim:
        raise ShapeError(
            f"cosine_embedding_loss: the target, {tuple(target.shape)}, must have one dimension less "
            f"than the inputs, {tuple(input1.shape)} and {tuple(input2.shape)}."
        )
    tiny = 1e-12
    inner = reductions.sum(input1 * input2, dim=-1)
    norms = (reductions.sum(input1 * input1, dim=-1) + tiny) * (
        reductions.sum(input2 * input2, dim=-1) + tiny
    )
    cos = inner / ew.sqrt(norms)
    t = plain(target)
    return reduced(_when(t == 1, 1 - cos) + _when(t == -1, _beyond(cos - margin)), reduction)


@raised
def soft_margin_loss(input: Any, target: Any, *, reduction: str = "mean") -> Any:
    """log(1 + exp(-target · input)), targets being 1 and -1."""
    return reduced(-logsigmoid(input * target), reduction)


@raised
def triplet_margin_loss(
    anchor: Any,
    positive: Any,
    negative: Any,
    margin: float = 1.0,
    p: float = 2,
    eps: float = 1e-6,
    swap: bool = False,
    *,
    reduction: str = "mean",
) -> Any:
    """The anchor should be closer to the positive than to the negative, by the margin."""

    def distance(a: Any, b: Any) -> Any:
        return pairwise_distance(a, b, p, eps)

    return _triplets(
        "triplet_margin_loss", distance, anchor, positive, negative, margin, swap, reduction
    )


def triplet_margin_with_distance_loss(
    anchor: Any,
    positive: Any,
    negative: Any,
    *,
    distance_function: Any = None,
    margin: float = 1.0,
    swap: bool = False,
    reduction: str = "mean",
) -> Any:
    """triplet_margin_loss with a distance of your own."""
    distance = distance_function or pairwise_distance
    name = "triplet_margin_with_distance_loss"
    return _triplets(name, distance, anchor, positive, negative, margin, swap, reduction)


def _triplets(
    name: str, distance: Any, a: Any, p: Any, n: Any, margin: float, swap: bool, reduction: str
) -> Any:
    if margin <= 0:
        raise UndefinedError(f"{name}: margin is {margin}, it must be greater than 0.")
    if not a.ndim == p.ndim == n.ndim:
        raise ShapeError(
            f"{name}: anchor, positive and negative must have as many dimensions each; "
            f"found {tuple(a.shape)}, {tuple(p.shape)} and {tuple(n.shape)}."
        )
    far = distance(a, n)
    if swap:
        far = ew.minimum(far, distance(p, n))
    return reduced(_beyond(margin + distance(a, p) - far), reduction)


@raised
def multi_margin_loss(
    input: Any,
    target: Any,
    p: int = 1,
    margin: float = 1.0,
    weight: Any = None,
    *,
    reduction: str = "mean",
) -> Any:
    """How much every other class comes within the margin of the right one.  (N, C), (N) -> (N)"""
    if p not in (1, 2):
        raise UndefinedError(f"multi_margin_loss: p is {p}, it must be 1 or 2.")
    single = input.ndim == 1
    if single:
        input = shapes.unsqueeze(input, 0)
    t = plain(target).reshape(-1, 1)
    n, c = input.shape
    if t.shape[0] != n:
        raise ShapeError(f"multi_margin_loss: {n} rows of input, but {t.shape[0]} targets.")
    short = _beyond(margin - indexing.gather(input, 1, t) + input)
    others = np.arange(c) != t
    loss = _when(others, short if p == 1 else short * short)
    if weight is not None:
        loss = loss * plain(weight)[t]
    loss = reductions.sum(loss, dim=1) / c
    return reduced(loss[0] if single else loss, reduction)


@raised
def multilabel_margin_loss(input: Any, target: Any, *, reduction: str = "mean") -> Any:
    """Each right class against each wrong one.  target: class indices, ended by -1.  (N, C) -> (N)"""
    same_shape("multilabel_margin_loss", input, target)
    single = input.ndim < 2
    if single:
        input = shapes.reshape(input, (1, -1))
    t = plain(target).reshape(input.shape)
    listed = np.logical_and.accumulate(t >= 0, axis=1)
    t = np.where(listed, t, 0)
    right = np.zeros(t.shape, bool)
    rows, columns = np.nonzero(listed)
    right[rows, t[rows, columns]] = True
    short = 1 - shapes.unsqueeze(indexing.gather(input, 1, t), 2) + shapes.unsqueeze(input, 1)
    pairs = listed[:, :, None] & ~right[:, None, :]
    loss = reductions.sum(_when(pairs, _beyond(short)), dim=(1, 2)) / input.shape[1]
    return reduced(loss[0] if single else loss, reduction)


def multilabel_soft_margin_loss(
    input: Any, target: Any, weight: Any = None, *, reduction: str = "mean"
) -> Any:
    """binary_cross_entropy_with_logits, averaged over the classes.  (..., C) -> (...)"""
    loss = -(target * logsigmoid(input) + (1 - target) * logsigmoid(-input))
    if weight is not None:
        loss = loss * weight
    return reduced(reductions.mean(loss, dim=-1), reduction)


FUNCTIONS: tuple[str, ...] = ()
METHODS: tuple[str, ...] = ()
IN_PLACE: tuple[str, ...] = ()
