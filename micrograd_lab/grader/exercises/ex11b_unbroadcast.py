"""Exercise 11b: undo a broadcast: bring a gradient back to the shape of what was stretched."""

from random import Random
from typing import Any

import numpy as np

from micrograd_lab.grader.arrays import array, plain, table
from micrograd_lab.grader.spec import Exercise, Misconception, Probe


def unbroadcast(g: Any, shape: Any) -> Any:
    return collapse(g, shape, np.sum)


def collapse(g: Any, shape: Any, how: Any) -> Any:
    g = how(g, axis=tuple(range(g.ndim - len(shape))))
    return how(g, axis=ones(shape), keepdims=True)


def ones(shape: Any) -> tuple[int, ...]:
    return tuple(i for i, n in enumerate(shape) if n == 1)


# The mistakes.


def leading_only(g: Any, shape: Any) -> Any:
    return g.sum(axis=tuple(range(g.ndim - len(shape))))


def size1_only(g: Any, shape: Any) -> Any:
    return g.sum(axis=tuple(i - len(shape) for i in ones(shape)), keepdims=True)


def mean_not_sum(g: Any, shape: Any) -> Any:
    return collapse(g, shape, np.mean)


def keepdims_lost(g: Any, shape: Any) -> Any:
    return leading_only(g, shape).sum(axis=ones(shape))


def keeps_the_leading_axes(g: Any, shape: Any) -> Any:
    return size1_only(g.sum(axis=tuple(range(g.ndim - len(shape))), keepdims=True), shape)


def takes_the_first(g: Any, shape: Any) -> Any:
    g = g[(0,) * (g.ndim - len(shape))]
    return g[tuple(slice(0, 1) if n == 1 else slice(None) for n in shape)]


def takes_the_largest(g: Any, shape: Any) -> Any:
    return collapse(g, shape, np.max)


def sums_everything(g: Any, shape: Any) -> Any:
    return np.full(shape, g.sum()) if g.shape != tuple(shape) else g


def wrong_end(g: Any, shape: Any) -> Any:
    while g.ndim > len(shape):
        g = g.sum(axis=-1)
    return g.sum(axis=ones(shape), keepdims=True)


def aligns_left(g: Any, shape: Any) -> Any:
    g = g.sum(axis=ones(shape), keepdims=True)
    return g.sum(axis=tuple(range(g.ndim - len(shape))))


def one_leading_axis(g: Any, shape: Any) -> Any:
    if g.ndim > len(shape):
        g = g.sum(axis=0)
    return g.sum(axis=tuple(i - len(shape) for i in ones(shape)), keepdims=True)


def returns_it_stretched(g: Any, shape: Any) -> Any:
    return g


# The questions.


def collapsed(unbroadcast: Any, g: Any, shape: Any) -> Any:
    return plain(unbroadcast(array(g), tuple(shape)))


def draw_bias(rng: Random) -> dict[str, Any]:
    n, c = rng.sample((2, 3, 4), 2)
    return {"g": table(rng, n, c), "shape": [c]}


def draw_column(rng: Random) -> dict[str, Any]:
    n, c = rng.sample((2, 3, 4), 2)
    return {"g": table(rng, n, c), "shape": [n, 1]}


def draw_two_missing(rng: Random) -> dict[str, Any]:
    k, n, c = rng.sample((2, 3, 4), 3)
    return {"g": table(rng, k, n, c), "shape": [c]}


def draw_both(rng: Random) -> dict[str, Any]:
    k, n, c = rng.sample((2, 3, 4), 3)
    return {"g": table(rng, k, n, c), "shape": [n, 1]}


def draw_square(rng: Random) -> dict[str, Any]:
    return {"g": table(rng, 3, 3), "shape": [3]}


def draw_scalar(rng: Random) -> dict[str, Any]:
    return {"g": table(rng, 2, 2), "shape": []}


def draw_same(rng: Random) -> dict[str, Any]:
    return {"g": table(rng, 2, 3), "shape": [2, 3]}


ASKED = "unbroadcast(g, {shape}) with g = {g}"

EXERCISE = Exercise(
    name="ex11b_unbroadcast",
    title="Undo a broadcast",
    entry_point="unbroadcast",
    reference=unbroadcast,
    probes=(
        Probe("the bias of a batch: an axis is missing", collapsed, 2, draw_bias, ASKED,
              "the missing axis stood in front; summed over it"),
        Probe("a column: an axis has size 1", collapsed, 2, draw_column, ASKED,
              "the axis of size 1 was stretched; summed over it, and it stays, with size 1"),
        Probe("two axes are missing", collapsed, 1, draw_two_missing, ASKED,
              "summed over both of the axes in front"),
        Probe("one is missing, one has size 1", collapsed, 2, draw_both, ASKED,
              "shapes are laid against each other at their ends: summed over the first axis, which "
              "goes, and over the last, which stays with size 1"),
        Probe("the bias of a square batch", collapsed, 1, draw_square, ASKED,
              "the missing axis is always the one in front"),
        Probe("a scalar that was stretched", collapsed, 1, draw_scalar, ASKED,
              "every entry was a copy of the scalar, so its gradient is the sum of all"),
        Probe("nothing was stretched", collapsed, 1, draw_same, ASKED, "g as it is"),
    ),
    misconceptions=(
        Misconception(
            leading_only,
            "The axes that were missing are summed away; those of size 1 are still stretched. "
            "Sum over them too, with keepdims=True.",
        ),
        Misconception(
            size1_only,
            "The axes of size 1 are dealt with; the ones that were missing altogether are still "
            "there. Sum over the extra axes in front as well.",
        ),
        Misconception(
            mean_not_sum,
            "You average over the copies. Each copy moves the loss by itself, and when the "
            "original moves they all move: the effects add, so sum.",
        ),
        Misconception(
            keepdims_lost,
            "The sums are right, but an axis of size 1 has disappeared. The original had it, so "
            "its gradient must too: keepdims=True.",
        ),
        Misconception(
            keeps_the_leading_axes,
            "The axes in front are summed, but still there with size 1. The original did not have "
            "them, so for these leave keepdims out.",
        ),
        Misconception(
            takes_the_first,
            "Only the first copy's gradient is kept. The original is in all of the copies, so "
            "all of their gradients add up.",
        ),
        Misconception(
            takes_the_largest,
            "Only the largest gradient among the copies is kept. The original is in all of "
            "them, so they add up: sum, not max.",
        ),
        Misconception(
            sums_everything,
            "Every entry gets the sum of all of g. An entry was copied along the stretched axes "
            "only; its neighbours have copies of their own.",
        ),
        Misconception(
            wrong_end,
            "You sum away axes at the end. What is missing was missing in front: shapes are laid "
            "against each other at their right ends.",
        ),
        Misconception(
            aligns_left,
            "You count the axes of size 1 from the front of g, where the extra axes still stand. "
            "Sum those away first, then the numbers agree.",
        ),
        Misconception(
            one_leading_axis,
            "One axis in front is summed away, and there may be more: go on until g has as many "
            "axes as the shape.",
        ),
        Misconception(
            returns_it_stretched,
            "g comes back as it went in. A gradient has the shape of what it belongs to: sum over "
            "every axis along which that was stretched.",
        ),
    ),
    hints=(
        "Stretching copies one entry to many places. When the entry moves, all its copies move: "
        "what happens to their gradients? (It is x used twice, once more.)",
        "There are two ways to be stretched: an axis was missing in front, or it was there with "
        "size 1. Deal with the first kind first.",
        "g.ndim - len(shape) axes were missing. Sum over those, and they go.",
        "Then for each i with shape[i] == 1: g = g.sum(axis=i, keepdims=True).",
    ),
    difficulty=2,
    minutes=15,
    helpers=(array, plain),
    without=("micrograd_lab",),
)  # fmt: skip
