"""Exercise 10c: pull a gradient back through a function without building its Jacobian."""

from random import Random
from typing import Any

import numpy as np

from micrograd_lab.grader.arrays import array, plain, table
from micrograd_lab.grader.spec import Exercise, Misconception, Probe


def running_energy_vjp(g: Any, x: Any) -> Any:
    return 2 * x * np.cumsum(g[::-1])[::-1]


# The mistakes.


def transpose_missing(g: Any, x: Any) -> Any:
    return np.cumsum(2 * x * g)


def sums_from_the_front(g: Any, x: Any) -> Any:
    return 2 * x * np.cumsum(g)


def sums_reversed(g: Any, x: Any) -> Any:
    return 2 * x * np.cumsum(g[::-1])


def builds_the_jacobian(g: Any, x: Any) -> Any:
    return g @ np.tril(np.tile(2 * x, (len(x), 1)))


def diagonal_only(g: Any, x: Any) -> Any:
    return 2 * x * g


def every_output(g: Any, x: Any) -> Any:
    return 2 * x * g.sum()


def own_output_left_out(g: Any, x: Any) -> Any:
    return 2 * x * (np.cumsum(g[::-1])[::-1] - g)


def inner_derivative_missing(g: Any, x: Any) -> Any:
    return np.cumsum(g[::-1])[::-1]


def two_forgotten(g: Any, x: Any) -> Any:
    return x * np.cumsum(g[::-1])[::-1]


def upstream_ignored(g: Any, x: Any) -> Any:
    return running_energy_vjp(np.ones_like(g), x)


def multiplies_by_the_output(g: Any, x: Any) -> Any:
    return g * np.cumsum(x * x)


# The questions.


def pulled_back(running_energy_vjp: Any, g: Any, x: Any) -> Any:
    return plain(running_energy_vjp(array(g), array(x)))


def in_little_memory(running_energy_vjp: Any, n: int, step: int) -> Any:
    """The gradient for n entries, in short, and whether room was needed for a table of n × n."""
    import tracemalloc

    g, x = array([(step * i) % 7 - 2 for i in range(n)]), array([i % 5 - 1 for i in range(n)])
    tracemalloc.start()
    try:
        dx = running_energy_vjp(g, x)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    if getattr(dx, "shape", None) != (n,):
        return dx if dx is None else plain(dx)[:1]
    table = "with room for a table" if peak > n * n * 4 else "in little memory"
    return [table, *dx[:3].tolist(), dx[-1].item()]


def draw_one(rng: Random) -> dict[str, Any]:
    return {"g": table(rng, 1), "x": table(rng, 1)}


def draw_three(rng: Random) -> dict[str, Any]:
    return {"g": table(rng, 3), "x": table(rng, 3)}


def draw_last(rng: Random) -> dict[str, Any]:
    return {"g": [0, 0, 0, *table(rng, 1)], "x": table(rng, 4)}


def draw_longer(rng: Random) -> dict[str, Any]:
    n = rng.randint(5, 7)
    return {"g": table(rng, n), "x": table(rng, n)}


def draw_many(rng: Random) -> dict[str, Any]:
    return {"n": rng.randint(900, 1000), "step": rng.randint(2, 5)}


ASKED = "running_energy_vjp(g, x) with g = {g}, x = {x}"

EXERCISE = Exercise(
    name="ex10c_without_the_jacobian",
    title="A vjp without its Jacobian",
    entry_point="running_energy_vjp",
    reference=running_energy_vjp,
    probes=(
        Probe("one entry", pulled_back, 1, draw_one, ASKED, "E = x², so g · 2x"),
        Probe("three entries", pulled_back, 2, draw_three, ASKED,
              "dx[j] is 2 · x[j] times the sum of g[i] over i = j, j+1, …"),
        Probe("only the last energy matters to the loss", pulled_back, 2, draw_last, ASKED,
              "every entry of x is part of the last energy, so none gets 0"),
        Probe("more entries", pulled_back, 2, draw_longer, ASKED,
              "dx[j] is 2 · x[j] times the sum of g[i] over i = j, j+1, …"),
        Probe("many entries, where the Jacobian would be large", in_little_memory, 3, draw_many,
              "how running_energy_vjp(g, x) works for {n} entries, and the first three numbers and "
              "the last of its answer",
              "a table of {n} × {n} is never needed: a few vectors of {n} numbers do"),
    ),
    misconceptions=(
        Misconception(
            transpose_missing,
            "You push forward instead of pulling back: cumsum(2·x·g) says how E moves when x moves "
            "by g. The gradient of x[j] collects from the energies that come after it: sum g from "
            "the end.",
        ),
        Misconception(
            sums_from_the_front,
            "The sums of g run from the front. x[j] is part of E[j], E[j+1], … up to the last, so "
            "its sum runs from j to the end.",
        ),
        Misconception(
            sums_reversed,
            "The sums from the end are right, but stand back to front: turn them round once more, "
            "so that the first belongs to x[0].",
        ),
        Misconception(
            builds_the_jacobian,
            "The numbers are right, but on the way a table of n × n was built. A million entries "
            "would need eight terabytes; a running sum of g needs only vectors.",
        ),
        Misconception(
            diagonal_only,
            "Only ∂E[j]/∂x[j] is counted. x[j] is part of all later energies too, and the gradient "
            "collects from every one of them.",
        ),
        Misconception(
            every_output,
            "Every x gets the sum of all of g. x[j] has no part in the energies before it: sum "
            "from j on.",
        ),
        Misconception(
            own_output_left_out,
            "The sum begins one too late. x[j] is part of E[j] itself, so g[j] counts too.",
        ),
        Misconception(
            inner_derivative_missing,
            "The sums of g are right; what is missing is the slope of x², which is 2x.",
        ),
        Misconception(
            two_forgotten,
            "Every number is half of what it should be: the slope of x² is 2x, not x.",
        ),
        Misconception(
            upstream_ignored,
            "The answers would be right if g were all ones. Sum g itself from j to the end, rather "
            "than counting how many there are.",
        ),
        Misconception(
            multiplies_by_the_output,
            "You multiply g by the energies themselves. What is needed is how much they move with "
            "x[j]: 2·x[j], for each energy from j on.",
        ),
    ),
    hints=(
        "Write out n = 3: E[0] = x0², E[1] = x0² + x1², E[2] = x0² + x1² + x2². In which of them "
        "does x1 appear?",
        "x[j] appears in E[j], E[j+1], … up to the last, each time with slope 2·x[j]. So dx[j] is "
        "2·x[j] times a sum of g.",
        "np.cumsum sums from the front. Turned round, summed, and turned round again, g is summed "
        "from the end.",
        "np.cumsum(g[::-1])[::-1] is, at j, the sum of g from j to the end.",
    ),
    difficulty=2,
    minutes=15,
    helpers=(array, plain),
    without=("micrograd_lab",),
)  # fmt: skip
