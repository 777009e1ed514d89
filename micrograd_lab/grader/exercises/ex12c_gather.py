"""Exercise 12c: the vjp of picking rows: what was picked twice collects twice."""

from random import Random
from typing import Any

import numpy as np

from micrograd_lab.grader.arrays import array, plain, table
from micrograd_lab.grader.spec import Exercise, Misconception, Probe


def gather_vjp(g: Any, x: Any, index: Any) -> Any:
    return add_at(np.zeros_like(x), index, g)


def add_at(dx: Any, index: Any, g: Any) -> Any:
    np.add.at(dx, index, g)
    return dx


# The mistakes.


def gather_assigns(g: Any, x: Any, index: Any) -> Any:
    dx = np.zeros_like(x)
    dx[index] = g
    return dx


def first_one_wins(g: Any, x: Any, index: Any) -> Any:
    flat = index.reshape(-1)[::-1] % len(x)
    return gather_assigns(g.reshape(-1, *x.shape[1:])[::-1], x, flat)


def averages_repeats(g: Any, x: Any, index: Any) -> Any:
    counts = np.bincount(index.reshape(-1) % len(x), minlength=len(x))
    return (gather_vjp(g, x, index).T / np.maximum(counts, 1)).T


def picks_from_g(g: Any, x: Any, index: Any) -> Any:
    return g[index]


def negative_index_dropped(g: Any, x: Any, index: Any) -> Any:
    return np.array([g[index == i].sum(axis=0) for i in range(len(x))])


def unpicked_keep_x(g: Any, x: Any, index: Any) -> Any:
    return add_at(x.copy(), index, g)


def writes_into_x(g: Any, x: Any, index: Any) -> Any:
    return add_at(x, index, g)


def shape_of_g(g: Any, x: Any, index: Any) -> Any:
    return add_at(np.zeros_like(g), index, g)


def upstream_ignored(g: Any, x: Any, index: Any) -> Any:
    return gather_vjp(np.ones_like(g), x, index)


def only_what_was_picked(g: Any, x: Any, index: Any) -> Any:
    dx = gather_vjp(g, x, index)
    return dx[np.unique(index % len(x))]


# The questions.


def pulled_back(gather_vjp: Any, g: Any, x: Any, index: Any) -> Any:
    return plain(gather_vjp(array(g), array(x), array(index, int)))


def bystanders(gather_vjp: Any, g: Any, x: Any, index: Any) -> Any:
    """What x, g and index are afterwards, and dx, so that doing nothing is not enough."""
    inputs = array(g), array(x), array(index, int)
    dx = gather_vjp(*inputs)
    return [plain(inputs[1]), plain(inputs[0]), plain(inputs[2]), plain(dx)]


def picked(rng: Random, rows: int, columns: int, index: list[int]) -> dict[str, Any]:
    return {
        "g": table(rng, len(index), columns),
        "x": table(rng, rows, columns),
        "index": index,
    }


def draw_distinct(rng: Random) -> dict[str, Any]:
    return picked(rng, 4, 2, rng.sample(range(4), 2))


def draw_repeated(rng: Random) -> dict[str, Any]:
    a, b = rng.sample(range(4), 2)
    return picked(rng, 4, 2, rng.sample([a, a, a, b], 4))


def draw_vector(rng: Random) -> dict[str, Any]:
    a, b, c = rng.sample(range(6), 3)
    index = rng.sample([a, a, b, b, c], 5)
    return {"g": table(rng, 5), "x": table(rng, 6), "index": index}


def draw_embedding(rng: Random) -> dict[str, Any]:
    a, b, c = rng.sample(range(5), 3)
    index = [[a, b, b], [c, b, a]]
    return {"g": table(rng, 2, 3, 2), "x": table(rng, 5, 2), "index": index}


def draw_negative(rng: Random) -> dict[str, Any]:
    a = rng.randint(1, 3)
    return picked(rng, 4, 2, rng.sample([-1, 3 - a, -1 - a], 3))


ASKED = "gather_vjp(g, x, index) with g = {g}, x = {x}, index = {index}"

EXERCISE = Exercise(
    name="ex12c_gather",
    title="Picked twice, paid twice",
    entry_point="gather_vjp",
    reference=gather_vjp,
    probes=(
        Probe("each row picked at most once", pulled_back, 1, draw_distinct, ASKED,
              "row index[i] gets g[i]; rows that were not picked get 0"),
        Probe("rows picked several times", pulled_back, 3, draw_repeated, ASKED,
              "row index[i] collects every g[i] that was picked from it"),
        Probe("entries of a vector", pulled_back, 1, draw_vector, ASKED,
              "entry index[i] collects every g[i] that was picked from it"),
        Probe("a table of indices, as for an embedding", pulled_back, 2, draw_embedding, ASKED,
              "row index[n, t] collects g[n, t]"),
        Probe("indices counted from the end", pulled_back, 2, draw_negative, ASKED,
              "-1 is the last row, and may have been picked under its other name as well"),
        Probe("x, g and index stay as they are", bystanders, 1, draw_repeated,
              f"x, g and index afterwards, and dx, of {ASKED}",
              "all as before; dx is an array of its own"),
    ),
    misconceptions=(
        Misconception(
            gather_assigns,
            "Of a row that was picked more than once, only the last gradient is left. "
            "dx[index] = g overwrites, and dx[index] += g reads each row only once: np.add.at "
            "adds every time.",
        ),
        Misconception(
            first_one_wins,
            "Of a row that was picked more than once, only the first gradient counts. Every "
            "pick sends its own back, and they add up.",
        ),
        Misconception(
            averages_repeats,
            "You average what comes back to a row. Each pick is a use of its own, and gradients "
            "of several uses add up.",
        ),
        Misconception(
            picks_from_g,
            "You pick from g as it was picked from x. Going back, g[i] is put to the place it came "
            "from: row index[i] of dx.",
        ),
        Misconception(
            negative_index_dropped,
            "What was picked with a negative index is lost: -1 means the last row, and is no "
            "number from 0 on. index % len(x) makes it one.",
        ),
        Misconception(
            unpicked_keep_x,
            "Your dx starts from the numbers in x. It starts from nothing: np.zeros_like(x).",
        ),
        Misconception(
            writes_into_x,
            "You add the gradients into x itself. The values are needed as they were: start from "
            "np.zeros_like(x) and leave x alone.",
        ),
        Misconception(
            shape_of_g,
            "dx has the shape of g. It belongs to x, and has one row for each row of x: "
            "np.zeros_like(x).",
        ),
        Misconception(
            upstream_ignored,
            "You count how often each row was picked. Each pick has its own g[i]: add that, "
            "rather than 1.",
        ),
        Misconception(
            only_what_was_picked,
            "Rows that were not picked are left out. They exist, and their gradient is 0: dx has "
            "the shape of x.",
        ),
    ),
    hints=(
        "y[i] is a copy of row index[i]. So where does g[i] belong, and what if two of them "
        "belong to the same row?",
        "Start from dx = np.zeros_like(x), and put each g[i] where its row came from.",
        "dx[index] += g looks right and is not: it reads dx[index] once, adds, and writes, so of "
        "a repeated row only the last survives.",
        "np.add.at(dx, index, g) adds one after the other. A loop over i does too.",
    ),
    difficulty=2,
    minutes=12,
    helpers=(array, plain),
    without=("micrograd_lab",),
)  # fmt: skip
