"""Exercise 11c: a product and a sum with stretched operands: multiply first, then collect."""

from random import Random
from typing import Any

import numpy as np

from micrograd_lab.grader.arrays import array, part, plain, sizes, table
from micrograd_lab.grader.spec import Exercise, Misconception, Probe


def scale_and_shift_backward(g: Any, x: Any, s: Any) -> Any:
    return g * s, (g * x).sum(axis=1, keepdims=True), g.sum(axis=0)


# The mistakes.


def unbroadcast_forgotten(g: Any, x: Any, s: Any) -> Any:
    return g * s, g * x, g


def sums_too_early(g: Any, x: Any, s: Any) -> Any:
    ds = g.sum(axis=1, keepdims=True) * x.sum(axis=1, keepdims=True)
    return g * s, ds, g.sum(axis=0)


def mul_swapped(g: Any, x: Any, s: Any) -> Any:
    return g * x, (g * s).sum(axis=1, keepdims=True), g.sum(axis=0)


def keepdims_lost(g: Any, x: Any, s: Any) -> Any:
    return g * s, (g * x).sum(axis=1), g.sum(axis=0)


def mean_not_sum(g: Any, x: Any, s: Any) -> Any:
    return g * s, (g * x).mean(axis=1, keepdims=True), g.mean(axis=0)


def axes_swapped(g: Any, x: Any, s: Any) -> Any:
    return g * s, (g * x).sum(axis=0, keepdims=True), g.sum(axis=1)


def batch_axis_for_both(g: Any, x: Any, s: Any) -> Any:
    return g * s, (g * x).sum(axis=0, keepdims=True), g.sum(axis=0)


def shift_is_scaled(g: Any, x: Any, s: Any) -> Any:
    return g * s, (g * x).sum(axis=1, keepdims=True), (g * s).sum(axis=0)


def scale_forgets_x(g: Any, x: Any, s: Any) -> Any:
    return g * s, g.sum(axis=1, keepdims=True), g.sum(axis=0)


def scale_skipped(g: Any, x: Any, s: Any) -> Any:
    return g, (g * x).sum(axis=1, keepdims=True), g.sum(axis=0)


def upstream_ignored(g: Any, x: Any, s: Any) -> Any:
    return scale_and_shift_backward(np.ones_like(g), x, s)


# The questions.


def gradient(scale_and_shift_backward: Any, i: int, g: Any, x: Any, s: Any) -> Any:
    return part(scale_and_shift_backward(array(g), array(x), array(s)), i, 3)


def every_gradient(scale_and_shift_backward: Any, g: Any, x: Any, s: Any) -> Any:
    answer = scale_and_shift_backward(array(g), array(x), array(s))
    return [part(answer, i, 3) for i in range(3)]


def batch(rng: Random, rows: int, columns: int) -> dict[str, Any]:
    return {
        "g": table(rng, rows, columns),
        "x": table(rng, rows, columns),
        "s": table(rng, rows, 1, low=2),
    }


def draw_dx(rng: Random) -> dict[str, Any]:
    return {"i": 0, **batch(rng, *sizes(rng, 2, 3))}


def draw_ds(rng: Random) -> dict[str, Any]:
    return {"i": 1, **batch(rng, *sizes(rng, 2, 3))}


def draw_db(rng: Random) -> dict[str, Any]:
    return {"i": 2, **batch(rng, *sizes(rng, 2, 3))}


def draw_square_ds(rng: Random) -> dict[str, Any]:
    return {"i": 1, **batch(rng, 3, 3)}


def draw_square_db(rng: Random) -> dict[str, Any]:
    return {"i": 2, **batch(rng, 3, 3)}


def draw_one_column(rng: Random) -> dict[str, Any]:
    return batch(rng, 3, 1)


ASKED = "scale_and_shift_backward(g, x, s) with g = {g}, x = {x}, s = {s}"

EXERCISE = Exercise(
    name="ex11c_scale_and_shift",
    title="Scale the rows, shift the columns",
    entry_point="scale_and_shift_backward",
    reference=scale_and_shift_backward,
    probes=(
        Probe("dx", gradient, 2, draw_dx, f"dx of {ASKED}",
              "y[n, c] moves s[n] times as fast as x[n, c]: g * s"),
        Probe("ds", gradient, 2, draw_ds, f"ds of {ASKED}",
              "s[n] is in every entry of its row, each time multiplied by x[n, c]: the sum over c "
              "of g[n, c] * x[n, c], of shape (N, 1) like s"),
        Probe("db", gradient, 2, draw_db, f"db of {ASKED}",
              "b[c] is in every row: the sum over n of g[n, c], of shape (C,) like b"),
        Probe("ds of a square batch", gradient, 1, draw_square_ds, f"ds of {ASKED}",
              "the sum over c of g[n, c] * x[n, c], of shape (N, 1) like s"),
        Probe("db of a square batch", gradient, 1, draw_square_db, f"db of {ASKED}",
              "the sum over n of g[n, c], of shape (C,) like b"),
        Probe("one column, where s is not stretched at all", every_gradient, 1, draw_one_column,
              f"dx, ds, db from {ASKED}", "the same rules: a sum over one entry is that entry"),
    ),
    misconceptions=(
        Misconception(
            unbroadcast_forgotten,
            "ds and db have the stretched shape still. s and b have fewer entries, each used many "
            "times, so sum over the axis along which each was stretched.",
        ),
        Misconception(
            sums_too_early,
            "For ds you sum g and x separately and then multiply. The products come first: each "
            "copy of s has its own g * x, and these are summed.",
        ),
        Misconception(
            mul_swapped,
            "In a product each factor gets the other one: dx is g times s, and ds collects g "
            "times x.",
        ),
        Misconception(
            keepdims_lost,
            "ds has the right numbers in the shape (N,). s has the shape (N, 1), and so must its "
            "gradient: keepdims=True.",
        ),
        Misconception(
            mean_not_sum,
            "ds and db are averaged over the copies. When s moves, all its copies move, and their "
            "effects add: sum.",
        ),
        Misconception(
            axes_swapped,
            "ds and db are summed over each other's axis. s was stretched along the columns "
            "(axis 1), b along the rows (axis 0).",
        ),
        Misconception(
            batch_axis_for_both,
            "ds is summed over the batch, as db is. Each example has its own s; it was stretched "
            "along the columns, so sum over axis 1.",
        ),
        Misconception(
            shift_is_scaled,
            "db is scaled by s. b is added after the scaling, so what comes from above reaches it "
            "untouched: sum g itself.",
        ),
        Misconception(
            scale_forgets_x,
            "ds sums g alone. s was multiplied by x, so each entry of g counts x times: sum "
            "g * x.",
        ),
        Misconception(
            scale_skipped,
            "dx is g as it came. x was multiplied by s on the way forward, and so is its gradient "
            "on the way back.",
        ),
        Misconception(
            upstream_ignored,
            "The answers would be right if g were all ones. Every entry of y has its own g: "
            "multiply by it before you sum.",
        ),
    ),
    hints=(
        "Write one entry: y[n, c] = x[n, c] * s[n] + b[c]. Which entries of y contain s[n]? "
        "Which contain b[c]?",
        "As if nothing were stretched: g * s for x, g * x for s, g for b. Then bring each one "
        "back to the shape it belongs to.",
        "s is (N, 1), stretched along axis 1, and keeps that axis. b is (C,), stretched along "
        "axis 0, and does not have that axis.",
        "ds = (g * x).sum(axis=1, keepdims=True); db = g.sum(axis=0)",
    ),
    difficulty=1,
    minutes=10,
    helpers=(array, plain, part),
    without=("micrograd_lab",),
)  # fmt: skip
