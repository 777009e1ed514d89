"""Exercise 11a: the shape two arrays have together, or that they do not go together."""

import math
from collections.abc import Sequence
from itertools import zip_longest
from random import Random
from typing import Any

from micrograd_lab.grader.spec import Exercise, Misconception, Probe

Shape = Sequence[int]


def broadcast_shape(a: Shape, b: Shape) -> Any:
    sizes = [together(m, n) for m, n in zip_longest(a[::-1], b[::-1], fillvalue=1)]
    return tuple(sizes[::-1])


def together(m: int, n: int) -> int:
    if m != n and m != 1 and n != 1:
        raise ValueError("these sizes do not go together")
    return n if m == 1 else m


# The mistakes.


def aligns_left(a: Shape, b: Shape) -> Any:
    return tuple(together(m, n) for m, n in zip_longest(a, b, fillvalue=1))


def extra_axes_lost(a: Shape, b: Shape) -> Any:
    return tuple(together(m, n) for m, n in zip(a[::-1], b[::-1], strict=False))[::-1]


def never_refuses(a: Shape, b: Shape) -> Any:
    pairs = zip_longest(a[::-1], b[::-1], fillvalue=1)
    return tuple(n if m == 1 else m if n == 1 else max(m, n) for m, n in pairs)[::-1]


def refuses_with_none(a: Shape, b: Shape) -> Any:
    try:
        return broadcast_shape(a, b)
    except ValueError:
        return None


def ones_not_stretched(a: Shape, b: Shape) -> Any:
    for m, n in zip(a[::-1], b[::-1], strict=False):
        if m != n:
            raise ValueError("sizes differ")
    return broadcast_shape(a, b)


def ranks_must_match(a: Shape, b: Shape) -> Any:
    if len(a) != len(b):
        raise ValueError("numbers of axes differ")
    return broadcast_shape(a, b)


def divisors_stretch(a: Shape, b: Shape) -> Any:
    sizes = []
    for m, n in zip_longest(a[::-1], b[::-1], fillvalue=1):
        if 1 not in (m, n) and max(m, n) % (min(m, n) or math.inf):
            raise ValueError("neither divides the other")
        sizes.append(n if m == 1 else m if n == 1 else max(m, n))
    return tuple(sizes[::-1])


def only_the_second_stretches(a: Shape, b: Shape) -> Any:
    if any(n not in (1, m) for m, n in zip_longest(a[::-1], b[::-1], fillvalue=1)):
        raise ValueError("b does not fit a")
    return broadcast_shape(a, b)


def back_to_front(a: Shape, b: Shape) -> Any:
    return broadcast_shape(a, b)[::-1]


def zero_loses_to_one(a: Shape, b: Shape) -> Any:
    broadcast_shape(a, b)
    return tuple(max(m, n) for m, n in zip_longest(a[::-1], b[::-1], fillvalue=1))[::-1]


def bigger_one_wins(a: Shape, b: Shape) -> Any:
    broadcast_shape(a, b)
    return max(a, b, key=lambda shape: (math.prod(shape), len(shape)))


# The questions.


def shapes(broadcast_shape: Any, pairs: Any) -> Any:
    return [broadcast_shape(tuple(a), tuple(b)) for a, b in pairs]


def refusals(broadcast_shape: Any, pairs: Any) -> Any:
    """Per pair "ValueError", or the shape that came."""
    found = []
    for a, b in pairs:
        try:
            found.append(broadcast_shape(tuple(a), tuple(b)))
        except ValueError:
            found.append("ValueError")
    return found


def draw_ones(rng: Random) -> dict[str, Any]:
    k, m, n = rng.sample(range(2, 10), 3)
    return {"pairs": [[[m, n], [m, 1]], [[k, 1, n], [1, m, n]], [[m, 1], [1, n]]]}


def draw_missing(rng: Random) -> dict[str, Any]:
    k, m, n = rng.sample(range(2, 10), 3)
    return {"pairs": [[[m, n], [n]], [[n], [k, m, n]]]}


def draw_both(rng: Random) -> dict[str, Any]:
    k, m, n = rng.sample(range(2, 10), 3)
    return {"pairs": [[[m, 1], [k, 1, n]], [[k, 1, n], [m, 1]]]}


def draw_scalar(rng: Random) -> dict[str, Any]:
    m, n = rng.sample(range(2, 10), 2)
    return {"pairs": [[[], [m, n]], [[m], []], [[], []]]}


def draw_zero(rng: Random) -> dict[str, Any]:
    m, n = rng.sample(range(2, 10), 2)
    return {"pairs": [[[m, 1], [m, 0]], [[0, n], [1, n]]]}


def draw_refused(rng: Random) -> dict[str, Any]:
    n = rng.randint(2, 4)
    return {"pairs": [[[n + 1, n], [n + 1]], [[2 * n], [n]], [[n + 2, n], [n, n + 2]], [[0], [n]]]}


ASKED = "broadcast_shape(a, b) for each pair (a, b) in {pairs}"

EXERCISE = Exercise(
    name="ex11a_broadcast_shape",
    title="Which shape together?",
    entry_point="broadcast_shape",
    reference=broadcast_shape,
    probes=(
        Probe("axes of size 1", shapes, 2, draw_ones, ASKED,
              "an axis of size 1 is stretched to the other's size, on either side"),
        Probe("axes that are missing", shapes, 2, draw_missing, ASKED,
              "the shapes are laid against each other at their ends; what is missing in front "
              "counts as 1"),
        Probe("both at once", shapes, 2, draw_both, ASKED,
              "ends against each other, missing axes count as 1, and every 1 is stretched"),
        Probe("a scalar, whose shape is ()", shapes, 1, draw_scalar, ASKED,
              "a scalar goes with everything, and takes the other's shape"),
        Probe("an axis with nothing on it", shapes, 1, draw_zero, ASKED,
              "1 is stretched to the other's size, whatever that is: to 0 as well"),
        Probe("shapes that do not go together", refusals, 2, draw_refused, ASKED,
              "two sizes that differ, neither of them 1: ValueError, whatever else may fit"),
    ),
    misconceptions=(
        Misconception(
            aligns_left,
            "You compare the shapes from the front. They are laid against each other at their "
            "ends: a (C,) goes with the last axis of (N, C).",
        ),
        Misconception(
            extra_axes_lost,
            "Where one shape is longer, its front axes are lost: zip stops at the shorter one. "
            "Those axes stay as they are, as if the other had a 1 there.",
        ),
        Misconception(
            never_refuses,
            "Shapes that do not fit get an answer all the same. If two sizes differ and neither "
            "is 1, raise ValueError: which one was meant is anybody's guess.",
        ),
        Misconception(
            refuses_with_none,
            "Shapes that do not fit get None. Whoever called goes on with it and fails later, "
            "far from the cause: raise ValueError.",
        ),
        Misconception(
            ones_not_stretched,
            "A size of 1 against another size is refused. That is the very thing broadcasting "
            "does: it stretches the 1.",
        ),
        Misconception(
            ranks_must_match,
            "Shapes with different numbers of axes are refused. The shorter one is taken to have "
            "1s in front: (C,) counts as (1, C).",
        ),
        Misconception(
            divisors_stretch,
            "A size that divides the other is stretched. Only 1 is: 2 against 6 is refused, "
            "because it could mean repeating the pair or repeating each entry.",
        ),
        Misconception(
            only_the_second_stretches,
            "Only b is stretched to fit a. It works both ways, even within one pair: (3, 1) with "
            "(1, 4) is (3, 4).",
        ),
        Misconception(
            back_to_front,
            "The sizes are right, but back to front. If you go from the end to the front, turn "
            "the result round.",
        ),
        Misconception(
            zero_loses_to_one,
            "1 against 0 gives 1 with yours, as the larger. The 1 is stretched to the other's "
            "size even if that is 0: no entries, no results.",
        ),
        Misconception(
            bigger_one_wins,
            "You return one of the two shapes, the bigger. The result can be bigger than both: "
            "(3, 1) with (1, 4) is (3, 4). Decide axis by axis.",
        ),
    ),
    hints=(
        "Write the two shapes one above the other, with their right ends in line. What may stand "
        "in a column, and what comes out below it?",
        "Make them equally long first: put 1s in front of the shorter one, "
        "(1,) * (len(b) - len(a)) + a. (A negative number of 1s is none.)",
        "For sizes m and n: if they are equal, that; if m is 1, n; if n is 1, m; otherwise raise "
        "ValueError.",
        "for m, n in zip(a, b): if m != n and m != 1 and n != 1: raise ValueError(...); "
        "sizes.append(n if m == 1 else m)",
    ),
    difficulty=1,
    minutes=12,
    without=("micrograd_lab", "numpy"),
)  # fmt: skip
