"""Exercise 14a: log-sum-exp: a soft maximum that neither overflows nor vanishes."""

from random import Random
from typing import Any

import numpy as np

from micrograd_lab.grader.arrays import array, fractions, plain, table, worded
from micrograd_lab.grader.spec import Exercise, Misconception, Probe


def logsumexp(x: Any) -> Any:
    return np.logaddexp.reduce(x, axis=-1)


def shifted(x: Any, m: Any) -> Any:
    return np.log(np.exp(x - m).sum(axis=-1, keepdims=True)) + m


# The mistakes.


def no_shift(x: Any) -> Any:
    return np.log(np.exp(x).sum(axis=-1))


def shift_not_added_back(x: Any) -> Any:
    return logsumexp(x) - x.max(axis=-1)


def shift_taken_off_twice(x: Any) -> Any:
    return logsumexp(x) - 2 * x.max(axis=-1)


def shift_of_the_whole(x: Any) -> Any:
    return shifted(x, x.max())[..., 0]


def shift_by_the_mean(x: Any) -> Any:
    return shifted(x, x.mean(axis=-1, keepdims=True))[..., 0]


def shift_by_the_smallest(x: Any) -> Any:
    return shifted(x, x.min(axis=-1, keepdims=True))[..., 0]


def infinity_minus_infinity(x: Any) -> Any:
    return shifted(x, x.max(axis=-1, keepdims=True))[..., 0]


def only_the_largest(x: Any) -> Any:
    return x.max(axis=-1)


def mean_not_sum(x: Any) -> Any:
    return logsumexp(x) - np.log(x.shape[-1])


def a_one_too_many(x: Any) -> Any:
    return np.logaddexp(0.0, logsumexp(x))


def axis_kept(x: Any) -> Any:
    return logsumexp(x)[..., None]


def all_in_one(x: Any) -> Any:
    return logsumexp(x.reshape(-1))


def first_axis(x: Any) -> Any:
    return np.logaddexp.reduce(x, axis=0)


def sum_of_logs(x: Any) -> Any:
    return np.sum(x, axis=-1)


def changes_x(x: Any) -> Any:
    y = logsumexp(x)
    m = x.max(axis=-1, keepdims=True)
    x -= np.where(np.isfinite(m), m, 0.0)
    return y


# The questions.


def value(logsumexp: Any, x: Any) -> Any:
    import numpy

    with numpy.errstate(all="ignore"):
        return worded(plain(logsumexp(array(x))))


def untouched(logsumexp: Any, x: Any) -> Any:
    """The answer, and x afterwards."""
    given = array(x)
    return [plain(logsumexp(given)), plain(given)]


def draw_rows(rng: Random) -> dict[str, Any]:
    n, c = rng.sample((2, 3, 4), 2)
    return {"x": fractions(rng, n, c)}


def draw_vector(rng: Random) -> dict[str, Any]:
    return {"x": [rng.randint(1, 5) / 2 for _ in range(4)]}


def draw_block(rng: Random) -> dict[str, Any]:
    return {"x": fractions(rng, *rng.sample((2, 3, 4), 3))}


def around(rng: Random, middle: int) -> list[int]:
    """Three whole numbers near `middle`, the largest two close together."""
    top = middle + rng.randint(2, 9)
    return rng.sample([top, top - rng.randint(1, 2), top - rng.randint(4, 6)], 3)


def draw_large(rng: Random) -> dict[str, Any]:
    return {"x": [around(rng, rng.randint(800, 900)), around(rng, rng.randint(1000, 5000))]}


def draw_small(rng: Random) -> dict[str, Any]:
    return {"x": [around(rng, -rng.randint(1000, 5000)), around(rng, -rng.randint(800, 900))]}


def draw_far(rng: Random) -> dict[str, Any]:
    return {"x": [around(rng, rng.randint(800, 900)), around(rng, -rng.randint(800, 900))]}


def draw_spread(rng: Random) -> dict[str, Any]:
    far, farther = -rng.randint(800, 900), -rng.randint(4000, 5000)
    return {"x": [[*around(rng, 0), far], [farther, *around(rng, rng.randint(800, 900))]]}


def draw_excluded(rng: Random) -> dict[str, Any]:
    minus = float("-inf")
    a, b, c = (rng.randint(-3, 3) for _ in range(3))
    return {"x": [[a, minus, b], [minus, c, minus], [minus, minus, minus]]}


def draw_untouched(rng: Random) -> dict[str, Any]:
    return {"x": table(rng, 2, 3)}


ASKED = "logsumexp(np.array({x}))"

EXERCISE = Exercise(
    name="ex14a_logsumexp",
    title="A maximum with soft corners",
    entry_point="logsumexp",
    reference=logsumexp,
    probes=(
        Probe("rows of small numbers", value, 2, draw_rows, ASKED, "per row ln Σ eˣ"),
        Probe("one row alone", value, 1, draw_vector, ASKED,
              "one number; the last axis is the only one"),
        Probe("three axes", value, 1, draw_block, ASKED, "the last axis is gone, the others stay"),
        Probe("large numbers", value, 2, draw_large, ASKED,
              "a little above the largest of the row; e to such a number does not fit, yet its "
              "logarithm does"),
        Probe("very negative numbers", value, 2, draw_small, ASKED,
              "a little above the largest of the row; e to such a number is 0 to a computer"),
        Probe("rows far from each other", value, 1, draw_far, ASKED,
              "each row a little above its own largest"),
        Probe("one very small number in a row", value, 1, draw_spread, ASKED,
              "it adds nothing, and does no harm"),
        Probe("numbers that are excluded", value, 2, draw_excluded, ASKED,
              "e to the −inf is 0 and adds nothing; ln 0 = −inf if nothing is left"),
        Probe("x keeps its numbers", untouched, 1, draw_untouched,
              "y = logsumexp(x) with x = np.array({x}): y, and x afterwards", "x is the caller's"),
    ),
    misconceptions=(
        Misconception(
            no_shift,
            "exp of 1000 is too large for a number, and exp of −1000 is 0. Take the row's largest "
            "off first, and add it again outside the logarithm.",
        ),
        Misconception(
            shift_not_added_back,
            "You take the largest off and do not add it again. ln Σ exp(x − m) is m too small: + m.",
        ),
        Misconception(
            shift_taken_off_twice,
            "The largest is taken off once more in place of being added: the sign of the last step "
            "is + m.",
        ),
        Misconception(
            shift_of_the_whole,
            "You take off the largest of the whole array. A row far below it vanishes: each row "
            "has its own largest, x.max(axis=-1, keepdims=True).",
        ),
        Misconception(
            shift_by_the_mean,
            "You take off the mean. If one number is far from the others the rest still overflows "
            "or vanishes; only the largest is safe, for then no exponent is above 0.",
        ),
        Misconception(
            shift_by_the_smallest,
            "You take off the smallest, and what is far above it overflows. Take off the largest: "
            "then no exponent is above 0.",
        ),
        Misconception(
            infinity_minus_infinity,
            "A row with nothing but −inf gives nan: its largest is −inf, and −inf minus −inf is "
            "not a number. Take off 0 where the largest is not finite.",
        ),
        Misconception(
            only_the_largest,
            "That is the largest itself. The others count as well: of two equal ones the answer is "
            "the largest + ln 2.",
        ),
        Misconception(
            mean_not_sum,
            "You take the logarithm of the mean. It is the sum; the difference is ln of the number "
            "of entries.",
        ),
        Misconception(
            a_one_too_many,
            "There is a 1 too many under the logarithm: log1p(s) is ln(1 + s). Take log.",
        ),
        Misconception(
            axis_kept,
            "The last axis is still there, of size 1. keepdims=True is for the shift; leave it out "
            "of the answer.",
        ),
        Misconception(
            all_in_one,
            "You sum over everything at once. Each row has an answer of its own: axis=-1.",
        ),
        Misconception(
            first_axis,
            "You sum over the first axis. The numbers that belong together are along the last one: "
            "axis=-1.",
        ),
        Misconception(
            sum_of_logs,
            "The logarithm of a sum is not the sum of the logarithms: that would just be Σ x. "
            "First add the exponentials, then take the logarithm.",
        ),
        Misconception(
            changes_x,
            "You shift x itself, with -=. It belongs to the caller: x - m makes a new array.",
        ),
    ),
    hints=(
        "e^1000 is too large for a computer, but e^1000 · (1 + e^−1) has a logarithm that is not: "
        "1000 + ln(1 + e^−1).",
        "ln Σ exp(x) = m + ln Σ exp(x − m) for any m. Which m keeps every exponent at or below 0?",
        "m = x.max(axis=-1, keepdims=True), so that it can be taken off; add m[..., 0] at the end.",
        "For a row of nothing but −inf, m is −inf and x − m is nan: use m = np.where(np.isfinite("
        "m), m, 0.0). Then ln 0 gives −inf by itself.",
    ),
    difficulty=2,
    minutes=12,
    helpers=(array, plain, worded),
    without=("micrograd_lab",),
)  # fmt: skip
