"""Exercise 12a: the vjps of sum, mean and max, along an axis or over everything."""

from random import Random
from typing import Any

import numpy as np

from micrograd_lab.grader.arrays import array, plain, table
from micrograd_lab.grader.spec import Exercise, Misconception, Probe


def reduce_vjp(op: str, g: Any, x: Any, axis: Any, keepdims: bool) -> Any:
    return pull(op, put_back(g, axis, keepdims), x, axis)


def put_back(g: Any, axis: Any, keepdims: bool) -> Any:
    return g if keepdims or axis is None else np.expand_dims(g, axis)


def winners(x: Any, axis: Any) -> Any:
    return x == x.max(axis=axis, keepdims=True)


def pull(op: str, g: Any, x: Any, axis: Any) -> Any:
    g = np.broadcast_to(g, x.shape)
    if op == "sum":
        return g
    if op == "mean":
        return g * (x.mean(axis=axis).size / x.size)
    return g * winners(x, axis) / winners(x, axis).sum(axis=axis, keepdims=True)


# The mistakes.


def keepdims_lost(op: str, g: Any, x: Any, axis: Any, keepdims: bool) -> Any:
    return pull(op, g, x, axis)


def axis_put_back_twice(op: str, g: Any, x: Any, axis: Any, keepdims: bool) -> Any:
    if axis is None:
        return reduce_vjp(op, g, x, axis, keepdims)
    return np.expand_dims(g, axis) * reduce_vjp(op, np.ones_like(g), x, axis, keepdims)


def axis_ignored(op: str, g: Any, x: Any, axis: Any, keepdims: bool) -> Any:
    return reduce_vjp(op, g.sum(), x, None, False)


def not_stretched(op: str, g: Any, x: Any, axis: Any, keepdims: bool) -> Any:
    if op == "max":
        return reduce_vjp(op, g, x, axis, keepdims)
    g = put_back(g, axis, keepdims)
    return g if op == "sum" else g * (x.mean(axis=axis).size / x.size)


def mean_not_divided(op: str, g: Any, x: Any, axis: Any, keepdims: bool) -> Any:
    return reduce_vjp("sum" if op == "mean" else op, g, x, axis, keepdims)


def mean_divides_by_everything(op: str, g: Any, x: Any, axis: Any, keepdims: bool) -> Any:
    if op == "mean":
        return reduce_vjp("sum", g, x, axis, keepdims) / x.size
    return reduce_vjp(op, g, x, axis, keepdims)


def max_spreads(op: str, g: Any, x: Any, axis: Any, keepdims: bool) -> Any:
    return reduce_vjp("sum" if op == "max" else op, g, x, axis, keepdims)


def tie_counted_twice(op: str, g: Any, x: Any, axis: Any, keepdims: bool) -> Any:
    if op == "max":
        return put_back(g, axis, keepdims) * winners(x, axis)
    return reduce_vjp(op, g, x, axis, keepdims)


def tie_to_the_first(op: str, g: Any, x: Any, axis: Any, keepdims: bool) -> Any:
    if op == "max":
        mask = winners(x, axis)
        first = mask & (mask.cumsum(axis=axis).reshape(x.shape) == 1)
        return put_back(g, axis, keepdims) * first
    return reduce_vjp(op, g, x, axis, keepdims)


def max_of_everything(op: str, g: Any, x: Any, axis: Any, keepdims: bool) -> Any:
    if op == "max":
        mask = winners(x, None)
        return put_back(g, axis, keepdims) * mask / mask.sum()
    return reduce_vjp(op, g, x, axis, keepdims)


def max_times_value(op: str, g: Any, x: Any, axis: Any, keepdims: bool) -> Any:
    return reduce_vjp(op, g, x, axis, keepdims) * (x if op == "max" else 1)


def upstream_ignored(op: str, g: Any, x: Any, axis: Any, keepdims: bool) -> Any:
    return reduce_vjp(op, np.ones_like(g), x, axis, keepdims)


# The questions.


def pulled_back(reduce_vjp: Any, op: str, g: Any, x: Any, axis: Any, keepdims: bool) -> Any:
    return plain(reduce_vjp(op, array(g), array(x), axis, keepdims))


def two_sizes(rng: Random) -> list[int]:
    return rng.sample((2, 3, 4), 2)


def draw_rows(rng: Random) -> dict[str, Any]:
    n, c = two_sizes(rng)
    return {"g": table(rng, n, low=2), "x": table(rng, n, c), "axis": 1, "keepdims": False}


def draw_sum_rows(rng: Random) -> dict[str, Any]:
    return {"op": "sum", **draw_rows(rng)}


def draw_mean_rows(rng: Random) -> dict[str, Any]:
    return {"op": "mean", **draw_rows(rng)}


def draw_sum_square(rng: Random) -> dict[str, Any]:
    return {"op": "sum", "g": table(rng, 3), "x": table(rng, 3, 3), "axis": 1, "keepdims": False}


def draw_sum_kept(rng: Random) -> dict[str, Any]:
    n, c = two_sizes(rng)
    return {"op": "sum", "g": table(rng, 1, c), "x": table(rng, n, c), "axis": 0, "keepdims": True}


def draw_everything(rng: Random, op: str) -> dict[str, Any]:
    n, c = two_sizes(rng)
    x = table(rng, n, c)
    return {"op": op, "g": table(rng, low=2), "x": x, "axis": None, "keepdims": False}


def draw_sum_all(rng: Random) -> dict[str, Any]:
    return draw_everything(rng, "sum")


def draw_mean_all(rng: Random) -> dict[str, Any]:
    return draw_everything(rng, "mean")


def draw_max_rows(rng: Random) -> dict[str, Any]:
    """Three rows without a tie, the largest entry of all in one of them only."""
    x = [rng.sample(range(-20, 20), 3) for _ in range(2)]
    x.append([30, *rng.sample(range(-20, 20), 2)])
    return {"op": "max", "g": table(rng, 3, low=2), "x": x, "axis": 1, "keepdims": False}


def draw_max_ties(rng: Random) -> dict[str, Any]:
    top, low = rng.randint(5, 9), rng.randint(1, 4)
    rows = [rng.sample([top, top, low, -low], 4), [top + 1, top + 1, top + 1, -low]]
    return {"op": "max", "g": table(rng, 2, 1, low=2), "x": rows, "axis": 1, "keepdims": True}


def draw_middle(rng: Random) -> dict[str, Any]:
    x = table(rng, 2, 3, 2)
    return {"op": "mean", "g": table(rng, 2, 2), "x": x, "axis": 1, "keepdims": False}


ASKED = 'reduce_vjp("{op}", g, x, axis={axis}, keepdims={keepdims}) with g = {g}, x = {x}'

EXERCISE = Exercise(
    name="ex12a_reductions",
    title="Sum, mean and max",
    entry_point="reduce_vjp",
    reference=reduce_vjp,
    probes=(
        Probe("sum along the rows", pulled_back, 2, draw_sum_rows, ASKED,
              "every entry of a row gets the g of its row"),
        Probe("sum along the rows of a square", pulled_back, 1, draw_sum_square, ASKED,
              "every entry of a row gets the g of its row"),
        Probe("sum that keeps its axis", pulled_back, 1, draw_sum_kept, ASKED,
              "every entry of a column gets the g of its column; g has its axis already"),
        Probe("sum of everything", pulled_back, 1, draw_sum_all, ASKED, "every entry gets g"),
        Probe("mean along the rows", pulled_back, 2, draw_mean_rows, ASKED,
              "g of the row over the number of entries in a row"),
        Probe("mean of everything", pulled_back, 1, draw_mean_all, ASKED,
              "g over the number of entries"),
        Probe("mean along the middle one of three axes", pulled_back, 1, draw_middle, ASKED,
              "g, with the middle axis put back, over the 3 entries along it"),
        Probe("max along the rows", pulled_back, 2, draw_max_rows, ASKED,
              "the largest entry of a row gets the g of its row, the others 0"),
        Probe("max with ties", pulled_back, 2, draw_max_ties, ASKED,
              "entries that share the maximum of a row share its g equally"),
    ),
    misconceptions=(
        Misconception(
            keepdims_lost,
            "g has lost the axis that was reduced, so it is stretched along the wrong one, or not "
            "at all. Without keepdims, put the axis back first: np.expand_dims(g, axis).",
        ),
        Misconception(
            axis_put_back_twice,
            "The axis is put back into g even where keepdims had kept it. Do that only if "
            "keepdims is False.",
        ),
        Misconception(
            axis_ignored,
            "axis makes no difference to your answer. Each row (or column) has its own g, which "
            "goes to the entries of that row only.",
        ),
        Misconception(
            not_stretched,
            "Your gradient still has size 1 along the reduced axis. It must have the shape of x: "
            "np.broadcast_to(g, x.shape).",
        ),
        Misconception(
            mean_not_divided,
            "For mean you answer as for sum. Each of n entries moves the mean only 1/n as much.",
        ),
        Misconception(
            mean_divides_by_everything,
            "For mean you divide by the size of all of x. The mean was taken along the axis, so "
            "divide by the number of entries along it.",
        ),
        Misconception(
            max_spreads,
            "For max every entry gets g. Only the largest one decides the maximum; nudging the "
            "others changes nothing, so they get 0.",
        ),
        Misconception(
            tie_counted_twice,
            "Where entries tie for the maximum, each gets all of g, so more comes out than went "
            "in. Divide by the number of entries that tie.",
        ),
        Misconception(
            tie_to_the_first,
            "Where entries tie for the maximum, the first gets everything. Many engines do that; "
            "here the ones that tie share g equally.",
        ),
        Misconception(
            max_of_everything,
            "You look for the largest entry of all of x. Every row has a maximum of its own: "
            "x.max(axis=axis, keepdims=True).",
        ),
        Misconception(
            max_times_value,
            "For max you multiply by the entry itself. The maximum moves exactly as its largest "
            "entry does: its slope is 1.",
        ),
        Misconception(
            upstream_ignored,
            "The answers would be right if g were all ones. What comes from above may differ from "
            "row to row: multiply by g.",
        ),
    ),
    hints=(
        "Reducing takes an axis away; going back puts it in again and stretches it. Which entry "
        "of y does x[n, c] have a part in, and how large a part?",
        "First step for all three: if axis is not None and keepdims is False, "
        "g = np.expand_dims(g, axis). Now g stretches to x.shape.",
        "The part an entry has: 1 for sum; 1/n for mean, with n entries along the axis; for max "
        "1/k if it is one of k largest, otherwise 0.",
        "largest = x == x.max(axis=axis, keepdims=True) marks the winners, and "
        "largest.sum(axis=axis, keepdims=True) counts them.",
    ),
    difficulty=3,
    minutes=25,
    helpers=(array, plain),
    without=("micrograd_lab",),
)  # fmt: skip
