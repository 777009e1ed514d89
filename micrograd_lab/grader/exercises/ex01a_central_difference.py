"""Exercise 01a: estimate a slope by looking a little to either side."""

from collections.abc import Callable
from random import Random
from typing import Any

from micrograd_lab.grader.spec import Exercise, Misconception, Probe, between

Function = Callable[[float], float]


def slope(f: Function, x: float, h: float = 1e-5) -> float:
    return (f(x + h) - f(x - h)) / (2 * h)


# The mistakes.


def forward_only(f: Function, x: float, h: float = 1e-5) -> float:
    return (f(x + h) - f(x)) / h


def backward_only(f: Function, x: float, h: float = 1e-5) -> float:
    return (f(x) - f(x - h)) / h


def half_denominator(f: Function, x: float, h: float = 1e-5) -> float:
    return (f(x + h) - f(x - h)) / h


def sign_flipped(f: Function, x: float, h: float = 1e-5) -> float:
    return (f(x - h) - f(x + h)) / (2 * h)


def no_parentheses(f: Function, x: float, h: float = 1e-5) -> float:
    return f(x + h) - f(x - h) / (2 * h)


def denominator_split(f: Function, x: float, h: float = 1e-5) -> float:
    return (f(x + h) - f(x - h)) / 2 * h


def h_too_small(f: Function, x: float, h: float = 1e-5) -> float:
    return slope(f, x, 1e-12)


def default_too_small(f: Function, x: float, h: float = 1e-12) -> float:
    return slope(f, x, h)


def ignores_h(f: Function, x: float, h: float = 1e-5) -> float:
    return slope(f, x, 1e-5)


def not_divided(f: Function, x: float, h: float = 1e-5) -> float:
    return f(x + h) - f(x - h)


# The questions.


def cubic(slope: Any, a: float, b: float, c: float, h: float) -> Any:
    return slope(lambda t: a * t + b * t**2 + c * t**3, 0.0, h)


def stairs(slope: Any, x: float, up: float, down: float, h: float) -> Any:
    """Flat around x, higher on the right, lower on the left: only points h away see it."""

    def f(t: float) -> float:
        return up if t > x + h / 2 else -down if t < x - h / 2 else 0.0

    return slope(f, x, h)


def reach(slope: Any, x: float, h: float) -> Any:
    """The leftmost and the rightmost point at which f is asked."""
    points: list[float] = []

    def square(t: float) -> float:
        points.append(t)
        return t * t

    slope(square, x, h)
    return [min(points), max(points)] if points else []


def default_reach(slope: Any, x: float) -> Any:
    """How far from x it looks when nobody says how far."""
    points: list[float] = []

    def square(t: float) -> float:
        points.append(t)
        return t * t

    slope(square, x)
    return [min(points) - x, max(points) - x] if points else []


def draw_cubic(rng: Random) -> dict[str, Any]:
    return {"a": between(rng, 1, 2), "b": between(rng, 3, 4), "c": between(rng, 2, 3), "h": 0.25}


def draw_stairs(rng: Random) -> dict[str, Any]:
    return {"x": between(rng, 1, 3), "up": between(rng, 2, 3), "down": between(rng, 4, 5), "h": 0.4}


def draw_reach(rng: Random) -> dict[str, Any]:
    return {"x": between(rng, 1, 3), "h": between(rng, 0.1, 0.4)}


def draw_point(rng: Random) -> dict[str, Any]:
    return {"x": between(rng, 1, 3)}


EXERCISE = Exercise(
    name="ex01a_central_difference",
    title="Estimate a slope",
    entry_point="slope",
    reference=slope,
    probes=(
        Probe(
            "a cubic at 0, with a wide step",
            cubic,
            4,
            draw_cubic,
            "slope(lambda t: {a}*t + {b}*t**2 + {c}*t**3, 0.0, h={h})",
            "(f(h) − f(−h)) / 2h: the two ends of the step, over the width between them",
        ),
        Probe(
            "a staircase around x",
            stairs,
            3,
            draw_stairs,
            "slope(f, {x}, h={h}), with f = {up} right of {x} + h/2, −{down} left of {x} − h/2, 0 between",
            "({up} + {down}) / (2 · {h}): the rise from x − h to x + h, over 2h",
        ),
        Probe(
            "how far it looks to either side",
            reach,
            2,
            draw_reach,
            "the leftmost and the rightmost point at which slope(f, {x}, h={h}) asks f",
            "x − h and x + h",
        ),
        Probe(
            "the step it takes when none is given",
            default_reach,
            1,
            draw_point,
            "how far left and right of {x} slope(f, {x}) asks f",
            "1e-5 to either side, the default of h",
            tol=1e-8,
        ),
    ),
    misconceptions=(
        Misconception(
            forward_only,
            "You compare f(x + h) with f(x): that looks to one side only, and its error shrinks "
            "merely as fast as h. Look to both sides, from x − h to x + h.",
        ),
        Misconception(
            backward_only,
            "You compare f(x) with f(x − h): that looks back only, and its error shrinks merely "
            "as fast as h. Look to both sides, from x − h to x + h.",
        ),
        Misconception(
            half_denominator,
            "Every slope comes out twice too large: from x − h to x + h is a distance of 2h, "
            "so divide by 2 * h.",
        ),
        Misconception(
            sign_flipped,
            "The sign is turned round: a rising function must give a positive slope, so take the "
            "right end minus the left end, f(x + h) − f(x − h).",
        ),
        Misconception(
            no_parentheses,
            "Only f(x − h) is divided, because / binds tighter than −. "
            "Put the whole difference in parentheses.",
        ),
        Misconception(
            denominator_split,
            "`/ 2 * h` divides by 2 and then multiplies by h. Write `/ (2 * h)`.",
        ),
        Misconception(
            h_too_small,
            "Your step is far too small, whatever h says. A float has 16 digits, and with a tiny "
            "step f(x + h) and f(x − h) agree in nearly all of them: what is left is rounding. "
            "Use the h you are given.",
        ),
        Misconception(
            default_too_small,
            "The default of h is too small: f(x + h) and f(x − h) then agree in nearly all of "
            "their 16 digits, and what is left is rounding. Keep h=1e-5.",
        ),
        Misconception(
            ignores_h,
            "You always step by 1e-5. That is only the default: use the h you are given.",
        ),
        Misconception(
            not_divided,
            "That is how much f rises, not how steeply. Divide the rise by the width, 2 * h.",
        ),
    ),
    hints=(
        "A slope is a rise over a width. Which two points stand evenly on both sides of x?",
        "The points are x − h and x + h. The rise is f(right) − f(left); how far apart are they?",
        "Mind the order of operations: the whole difference is divided, by the whole width.",
        "return (f(x + h) - f(x - h)) / (2 * h)",
    ),
    difficulty=1,
    minutes=5,
)
