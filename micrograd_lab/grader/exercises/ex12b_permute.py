"""Exercise 12b: the vjp of permuting axes is the permutation that undoes it."""

from random import Random
from typing import Any

import numpy as np

from micrograd_lab.grader.arrays import array, plain, table
from micrograd_lab.grader.spec import Exercise, Misconception, Probe


def permute_vjp(g: Any, x: Any, axes: Any) -> Any:
    return g.transpose(np.argsort([axis % x.ndim for axis in axes]))


# The mistakes.


def perm_not_inverted(g: Any, x: Any, axes: Any) -> Any:
    return g.transpose(axes)


def axes_reversed(g: Any, x: Any, axes: Any) -> Any:
    return g.transpose(axes[::-1])


def transposes_all(g: Any, x: Any, axes: Any) -> Any:
    return g.T


def reshapes(g: Any, x: Any, axes: Any) -> Any:
    return g.reshape(x.shape)


def negative_axes_sorted(g: Any, x: Any, axes: Any) -> Any:
    return g.transpose(np.argsort(axes))


def left_as_it_is(g: Any, x: Any, axes: Any) -> Any:
    return g


def permutes_x(g: Any, x: Any, axes: Any) -> Any:
    return x.transpose(axes)


# The questions.


def pulled_back(permute_vjp: Any, g: Any, x: Any, axes: Any) -> Any:
    return plain(permute_vjp(array(g), array(x), tuple(axes)))


def permuted(rng: Random, axes: tuple[int, ...], *shape: int) -> dict[str, Any]:
    """Arguments for x of this shape, with its g."""
    outer = [shape[axis] for axis in axes]
    return {"g": table(rng, *outer), "x": table(rng, *shape), "axes": list(axes)}


def draw_cube(rng: Random) -> dict[str, Any]:
    return permuted(rng, rng.choice([(1, 2, 0), (2, 0, 1)]), 2, 2, 2)


def draw_three(rng: Random) -> dict[str, Any]:
    return permuted(rng, rng.choice([(1, 2, 0), (2, 0, 1)]), *rng.sample((1, 2, 3), 3))


def draw_four(rng: Random) -> dict[str, Any]:
    axes = rng.choice([(1, 2, 3, 0), (3, 0, 1, 2), (2, 3, 1, 0), (3, 2, 0, 1)])
    return permuted(rng, axes, *rng.sample((1, 2, 2, 3), 4))


def draw_swap(rng: Random) -> dict[str, Any]:
    return permuted(rng, (1, 0, 2), *rng.sample((1, 2, 3), 3))


def draw_negative(rng: Random) -> dict[str, Any]:
    return permuted(rng, rng.choice([(-1, 0, 1), (1, -1, 0)]), *rng.sample((1, 2, 3), 3))


ASKED = "permute_vjp(g, x, {axes}) with g = {g}, x = {x}"

EXERCISE = Exercise(
    name="ex12b_permute",
    title="Put the axes back",
    entry_point="permute_vjp",
    reference=permute_vjp,
    probes=(
        Probe("three axes of one size, so that shapes give nothing away",
              pulled_back, 2, draw_cube, ASKED, "axis i of g goes back to place axes[i]"),
        Probe("three axes of different sizes", pulled_back, 2, draw_three, ASKED,
              "axis i of g goes back to place axes[i], so the shape is that of x"),
        Probe("four axes", pulled_back, 2, draw_four, ASKED,
              "axis i of g goes back to place axes[i]"),
        Probe("two axes that change places", pulled_back, 1, draw_swap, ASKED,
              "a swap undoes itself"),
        Probe("axes counted from the end", pulled_back, 2, draw_negative, ASKED,
              "-1 is the last axis, here 2: count from the front, then invert"),
    ),
    misconceptions=(
        Misconception(
            perm_not_inverted,
            "You permute forward once more. That undoes a swap, but three axes that move in a "
            "circle come to stand wrong: use the inverse permutation, np.argsort(axes).",
        ),
        Misconception(
            axes_reversed,
            "Reading axes from right to left does not undo the permutation. The inverse says for "
            "each axis of x where it went: np.argsort(axes).",
        ),
        Misconception(
            transposes_all,
            "g.T turns round the order of all axes, whatever axes says. Undo the permutation that "
            "was made.",
        ),
        Misconception(
            reshapes,
            "reshape gives the right shape, but leaves the numbers in the order they had, so they "
            "belong to other entries. Move the axes, with transpose.",
        ),
        Misconception(
            negative_axes_sorted,
            "All is well until axes has a -1: sorted, it comes first, though it means the last "
            "axis. Take axis % x.ndim before you invert.",
        ),
        Misconception(
            left_as_it_is,
            "g comes back as it went in, its axes in the order of y. dx must have them in the "
            "order of x.",
        ),
        Misconception(
            permutes_x,
            "You permute x, and g has no part in it. A gradient is made of what came from above: "
            "move the axes of g.",
        ),
    ),
    hints=(
        "Permuting moves every entry to another place and changes none. So its vjp only has to "
        "move g's entries back.",
        "Axis i of y is axis axes[i] of x. So in dx, axis axes[i] is axis i of g.",
        "Fill the inverse in a loop: for i, axis in enumerate(axes): inverse[axis] = i. "
        "np.argsort(axes) is a short way to say it.",
        "With [axis % x.ndim for axis in axes] a -1 becomes the last axis before it is inverted.",
    ),
    difficulty=2,
    minutes=12,
    helpers=(array, plain),
    without=("micrograd_lab",),
)  # fmt: skip
