"""Exercise 07b: a gradient check that catches wrong gradients and spares right ones."""

import random
from random import Random
from typing import Any

from micrograd_lab.grader.spec import Exercise, Misconception, Probe, between


def gradcheck(f: Any, backward: Any, xs: Any) -> bool:
    return all(inside(*row) for row in rows(f, backward, xs))


def rows(f: Any, backward: Any, xs: Any, ones: bool = False) -> Any:
    """Per input: what backward says, and the slopes to the left and to the right."""
    rng = random.Random(5)
    upstream = [1.0 if ones else rng.uniform(0.5, 1.5) for _ in f(list(xs))]
    analytic = backward(list(xs), upstream)
    return [(a, *slopes(f, xs, upstream, i)) for i, a in enumerate(analytic)]


def slopes(f: Any, xs: Any, upstream: Any, i: int, h: float = 1e-5) -> tuple[float, float]:
    def loss(move: float) -> float:
        moved = [*xs[:i], xs[i] + move, *xs[i + 1 :]]
        return float(sum(u * y for u, y in zip(upstream, f(moved), strict=True)))

    here = loss(0.0)
    return (here - loss(-h)) / h, (loss(h) - here) / h


def inside(a: float, left: float, right: float, rtol: float = 1e-4, atol: float = 1e-9) -> bool:
    slack = atol + rtol * max(abs(left), abs(right))
    return min(left, right) - slack <= a <= max(left, right) + slack


def corner(left: float, right: float) -> bool:
    return abs(left - right) > 1e-3 * max(abs(left), abs(right))


# The mistakes.


def ones_cotangent(f: Any, backward: Any, xs: Any) -> bool:
    return all(inside(*row) for row in rows(f, backward, xs, ones=True))


def one_index(f: Any, backward: Any, xs: Any) -> bool:
    return inside(*rows(f, backward, xs)[0])


def last_index(f: Any, backward: Any, xs: Any) -> bool:
    return inside(*rows(f, backward, xs)[-1])


def any_will_do(f: Any, backward: Any, xs: Any) -> bool:
    return any(inside(*row) for row in rows(f, backward, xs))


def compares_sums(f: Any, backward: Any, xs: Any) -> bool:
    return inside(*map(sum, zip(*rows(f, backward, xs), strict=True)))


def abs_tol_only(f: Any, backward: Any, xs: Any) -> bool:
    return all(inside(a, p, q, rtol=0.0, atol=1e-5) for a, p, q in rows(f, backward, xs))


def rel_tol_only(f: Any, backward: Any, xs: Any) -> bool:
    return all(inside(a, p, q, atol=0.0) for a, p, q in rows(f, backward, xs))


def alarms_at_large(f: Any, backward: Any, xs: Any) -> bool:
    def close(a: float, left: float, right: float) -> bool:
        if corner(left, right):
            return inside(a, left, right)
        return abs(a - (left + right) / 2) <= 1e-9 + 1e-4 * min(1.0, abs(left))

    return all(close(*row) for row in rows(f, backward, xs))


def too_generous(f: Any, backward: Any, xs: Any) -> bool:
    return all(inside(a, p, q, rtol=0.1) for a, p, q in rows(f, backward, xs))


def kink_alarm(f: Any, backward: Any, xs: Any) -> bool:
    return all(inside(a, (p + q) / 2, (p + q) / 2) for a, p, q in rows(f, backward, xs))


def kink_excuses_all(f: Any, backward: Any, xs: Any) -> bool:
    return all(corner(p, q) or inside(a, p, q) for a, p, q in rows(f, backward, xs))


def upside_down(f: Any, backward: Any, xs: Any) -> bool:
    return not gradcheck(f, backward, xs)


# The questions: a verdict on the right gradient of f, then on wrong ones.


def verdicts(gradcheck: Any, xs: list[float], wrong: list[list[float]], scale: float) -> Any:
    """On f = [scale·a·b², scale·(a³ + a·b)]; `wrong` multiplies the two entries of the gradient."""

    def f(xs: Any) -> Any:
        a, b = xs
        return [scale * a * b**2, scale * (a**3 + a * b)]

    def backward_times(factors: Any) -> Any:
        def backward(xs: Any, upstream: Any) -> Any:
            (a, b), (u, v) = xs, upstream
            gradient = u * b**2 + v * (3 * a**2 + b), u * 2 * a * b + v * a
            return [scale * k * g for k, g in zip(factors, gradient, strict=True)]

        return backward

    return [gradcheck(f, backward_times(k), list(xs)) for k in ([1.0, 1.0], *wrong)]


def swapped(gradcheck: Any, xs: list[float]) -> Any:
    """On f = [a·b³]: right, and with the two entries in each other's place."""

    def f(xs: Any) -> Any:
        return [xs[0] * xs[1] ** 3]

    def backward(xs: Any, upstream: Any) -> Any:
        return [upstream[0] * xs[1] ** 3, upstream[0] * 3 * xs[0] * xs[1] ** 2]

    def exchanged(xs: Any, upstream: Any) -> Any:
        return backward(xs, upstream)[::-1]

    return [gradcheck(f, backward, list(xs)), gradcheck(f, exchanged, list(xs))]


def softmax(gradcheck: Any, xs: list[float]) -> Any:
    """Right, always zero, and one that never looks at its upstream."""
    import math

    def f(xs: Any) -> Any:
        powers = [math.exp(x) for x in xs]
        return [p / sum(powers) for p in powers]

    def backward(xs: Any, upstream: Any) -> Any:
        p = f(xs)
        mean = sum(pi * u for pi, u in zip(p, upstream, strict=True))
        return [pi * (u - mean) for pi, u in zip(p, upstream, strict=True)]

    def zero(xs: Any, upstream: Any) -> Any:
        return [0.0] * len(xs)

    def deaf(xs: Any, upstream: Any) -> Any:
        return backward(xs, [1.0] * len(xs))

    return [gradcheck(f, check, list(xs)) for check in (backward, zero, deaf)]


def no_effect(gradcheck: Any, xs: list[float]) -> Any:
    """On f = [3b], with a gradient for a that is 0 up to rounding, and one that is 0.01."""

    def f(xs: Any) -> Any:
        return [3 * xs[1]]

    def rounded(xs: Any, upstream: Any) -> Any:
        return [(0.1 + 0.2 - 0.3) * upstream[0], 3 * upstream[0]]

    def wrong(xs: Any, upstream: Any) -> Any:
        return [0.01, 3.05 * upstream[0]]

    return [gradcheck(f, rounded, list(xs)), gradcheck(f, wrong, list(xs))]


def relu(gradcheck: Any, x: float, slopes: list[float]) -> Any:
    """On f = [x·max(a, 0)] at a = 0, with these slopes in place of the relu's."""

    def f(xs: Any) -> Any:
        return [x * max(xs[0], 0.0)]

    def backward_with(slope: float) -> Any:
        return lambda xs, upstream: [upstream[0] * x * slope]

    return [gradcheck(f, backward_with(slope), [0.0]) for slope in slopes]


def draw_two(rng: Random) -> dict[str, Any]:
    xs = [between(rng, 1, 2), between(rng, 2.5, 3.5)]
    k = between(rng, 2, 3)
    return {"xs": xs, "scale": 1.0, "wrong": [[k, k], [-1.0, -1.0]]}


def draw_places(rng: Random) -> dict[str, Any]:
    k = between(rng, 2, 3)
    return {**draw_two(rng), "wrong": [[k, 1.0], [1.0, k]]}


def draw_tiny(rng: Random) -> dict[str, Any]:
    return {**draw_two(rng), "scale": rng.randint(5, 9) * 1e-9}


def draw_large(rng: Random) -> dict[str, Any]:
    return {**draw_two(rng), "scale": rng.randint(2, 9) * 1e9}


def draw_slight(rng: Random) -> dict[str, Any]:
    k = round(1 + between(rng, 0.01, 0.02), 3)
    return {**draw_two(rng), "wrong": [[k, k]]}


def draw_xs(rng: Random) -> dict[str, Any]:
    return {"xs": [between(rng, 1, 2), between(rng, 3.5, 4.5)]}


def draw_logits(rng: Random) -> dict[str, Any]:
    return {"xs": [between(rng, 0, 0.4), between(rng, -0.8, -0.4), between(rng, 0.6, 1)]}


def draw_kink(rng: Random) -> dict[str, Any]:
    slopes = [0.0, 1.0, between(rng, 0.1, 0.4), between(rng, 1.5, 2), between(rng, -1, -0.5)]
    return {"x": between(rng, 2, 4), "slopes": slopes}


ASKED = (
    "gradcheck at {xs} of f = [{scale}·a·b², {scale}·(a³ + ab)]: the right gradient, then its two "
    "entries times {wrong}"
)

EXERCISE = Exercise(
    name="ex07b_gradcheck",
    title="An honest gradient check",
    entry_point="gradcheck",
    reference=gradcheck,
    probes=(
        Probe("a right gradient, and plainly wrong ones", verdicts, 2, draw_two, ASKED,
              "only the first is right"),
        Probe("wrong at one input only", verdicts, 2, draw_places, ASKED,
              "one wrong entry makes the whole gradient wrong"),
        Probe("the right entries in the wrong places", swapped, 1, draw_xs,
              "gradcheck at {xs} of f = [a·b³]: the right gradient, then its entries swapped",
              "each input has its own slope"),
        Probe("softmax", softmax, 3, draw_logits,
              "gradcheck at {xs} of softmax: its gradient, then one that is always 0, then one "
              "that takes every upstream for 1",
              "only the first is right; the sum of a softmax is always 1, so with all upstreams "
              "alike nothing can be seen"),
        Probe("tiny numbers", verdicts, 2, draw_tiny, ASKED,
              "twice too large is wrong, however small the numbers are"),
        Probe("large numbers", verdicts, 1, draw_large, ASKED,
              "rounding grows with the numbers, and so does what must be forgiven"),
        Probe("one or two percent off", verdicts, 1, draw_slight, ASKED,
              "a slope is measured to about 5 digits here: 1 % is a mistake"),
        Probe("an input without effect", no_effect, 1, draw_xs,
              "gradcheck at {xs} of f = [3b]: a gradient of 5e-17 for a, then a wrong one, 0.01",
              "5e-17 is 0, as far as floats can tell; 0.01 is not"),
        Probe("at a corner", relu, 2, draw_kink,
              "gradcheck at 0 of f = [{x}·relu(a)], with {slopes} in turn for the relu's slope",
              "between the slope on the left, 0, and the one on the right, 1, all are right, and "
              "none beyond"),
    ),
    misconceptions=(
        Misconception(
            ones_cotangent,
            "Your upstream is all ones. The outputs of a softmax always add up to 1, so a backward "
            "that gives 0, or ignores its upstream, looks perfect. Draw it at random.",
        ),
        Misconception(
            one_index,
            "Only the first input is compared. A mistake may sit in any one of them.",
        ),
        Misconception(
            last_index,
            "Only the last input decides: either each comparison covers the one before it, or the "
            "verdict is returned too late. All must agree.",
        ),
        Misconception(
            any_will_do,
            "One matching entry is enough for you. The gradient is right when all entries are.",
        ),
        Misconception(
            compares_sums,
            "You compare the sum over all inputs. Mistakes cancel there, such as two entries "
            "swapped. Compare one by one.",
        ),
        Misconception(
            abs_tol_only,
            "An error of 1e-6 is nothing beside 1000, and everything beside 1e-6: twice the right "
            "gradient passes when the numbers are tiny. Forgive in proportion to the slope.",
        ),
        Misconception(
            alarms_at_large,
            "A right gradient fails where the numbers are large, because rounding grows with them. "
            "Let what you forgive grow with the slope too: rtol times its size.",
        ),
        Misconception(
            rel_tol_only,
            "Where the slope is 0, a fraction of it forgives nothing, not even rounding. Add a "
            "small absolute tolerance, such as 1e-9.",
        ),
        Misconception(
            too_generous,
            "A gradient that is 1 % off passes. The measurement is good to about five digits, so "
            "forgive 1e-4 of the slope, not 1e-1.",
        ),
        Misconception(
            kink_alarm,
            "A right gradient at a corner sets off your alarm. The slopes left and right differ "
            "there, and their mean is just one of the right answers: accept all between them.",
        ),
        Misconception(
            kink_excuses_all,
            "At a corner you accept everything. What lies outside the slopes left and right is "
            "wrong there too.",
        ),
        Misconception(
            upside_down,
            "The verdicts are the wrong way round: True for a right gradient, False for a wrong one.",
        ),
    ),
    hints=(
        "Three decisions: which upstream, how much error to forgive, and what to do where left and "
        "right slopes differ. What would each of them let pass, and what would it accuse?",
        "The upstream has as many numbers as f has outputs. Draw them, for example with "
        "random.uniform(0.5, 1.5).",
        "slack = 1e-9 + 1e-4 * max(abs(left), abs(right)): one part for slopes near 0, one that "
        "grows with them.",
        "For every i: low, high = sorted(slopes(f, xs, upstream, i)); return False unless low - "
        "slack <= gradient[i] <= high + slack. At the end return True.",
    ),
    difficulty=2,
    minutes=25,
    without=("micrograd_lab",),
)  # fmt: skip
