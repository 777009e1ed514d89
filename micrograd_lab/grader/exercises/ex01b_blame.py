"""Exercise 01b: how much each parameter of (x·w + b)² is to blame for the loss."""

from random import Random
from typing import Any

from micrograd_lab.grader.spec import Exercise, Misconception, Probe, between

Pair = tuple[float, float]


def blame(x: float, w: float, b: float) -> Pair:
    error = x * w + b
    return 2 * error * x, 2 * error


# The mistakes.


def forgets_inner(x: float, w: float, b: float) -> Pair:
    error = x * w + b
    return 2 * error, 2 * error


def forgets_outer(x: float, w: float, b: float) -> Pair:
    return x, 1.0


def forgets_two(x: float, w: float, b: float) -> Pair:
    error = x * w + b
    return error * x, error


def swapped(x: float, w: float, b: float) -> Pair:
    error = x * w + b
    return 2 * error, 2 * error * x


def blames_by_value(x: float, w: float, b: float) -> Pair:
    error = x * w + b
    return 2 * error * w, 2 * error * b


def blames_the_input(x: float, w: float, b: float) -> Pair:
    error = x * w + b
    return 2 * error * w, 2 * error


def exponent_not_lowered(x: float, w: float, b: float) -> Pair:
    error = x * w + b
    return 2 * error**2 * x, 2 * error**2


def downhill(x: float, w: float, b: float) -> Pair:
    error = x * w + b
    return -2 * error * x, -2 * error


# The questions.


def both(blame: Any, x: float, w: float, b: float) -> Any:
    return blame(x, w, b)


def draw_negative(rng: Random) -> dict[str, Any]:
    """An error between −8.5 and −3, and no two of x, w, b near each other, 0 or 1."""
    return {"x": between(rng, 1.5, 2.5), "w": between(rng, -3.5, -2.6), "b": between(rng, 0.3, 0.9)}


def draw_positive(rng: Random) -> dict[str, Any]:
    return {"x": between(rng, -3, -2), "w": between(rng, -1.8, -1.2), "b": between(rng, 2.5, 3.5)}


def draw_silent(rng: Random) -> dict[str, Any]:
    return {"x": 0.0, "w": between(rng, 2, 3), "b": between(rng, 1.2, 1.8)}


SHOWN = "blame(x={x}, w={w}, b={b})"
WHY = "(2 · error · x, 2 · error) with error = {x} · {w} + {b}"

EXERCISE = Exercise(
    name="ex01b_blame",
    title="Who is to blame for the loss?",
    entry_point="blame",
    reference=blame,
    probes=(
        Probe("an error below zero", both, 4, draw_negative, SHOWN, WHY),
        Probe("an error above zero, x below", both, 4, draw_positive, SHOWN, WHY),
        Probe(
            "an input of 0",
            both,
            2,
            draw_silent,
            SHOWN,
            "w is multiplied by 0, so it had no say; b had: (0, 2 · b)",
        ),
    ),
    misconceptions=(
        Misconception(
            forgets_inner,
            "You treat w like b. Moving w by a little moves x·w by x times as much, so dL/dw has "
            "one factor more: x.",
        ),
        Misconception(
            forgets_outer,
            "You stop at the error: x and 1 say how the error moves. How the loss moves with the "
            "error, 2 · error, is the other factor of the chain rule.",
        ),
        Misconception(
            forgets_two,
            "Both are half of what they should be: the slope of a square, error², is 2 · error.",
        ),
        Misconception(
            swapped,
            "The two are swapped: return dL/dw first, then dL/db. The one with the factor x "
            "belongs to w, because w is what x multiplies.",
        ),
        Misconception(
            blames_by_value,
            "A parameter is not to blame for being large. It is to blame for what moving it would "
            "change: w is multiplied by x, b by 1, so those are the factors.",
        ),
        Misconception(
            blames_the_input,
            "2 · error · w is how the loss moves with x. For w take the other factor of the "
            "product x·w, which is x.",
        ),
        Misconception(
            exponent_not_lowered,
            "The power stays as it was: the slope of error² is 2 · error, not 2 · error².",
        ),
        Misconception(
            downhill,
            "The sign is turned round. A gradient points uphill, to a larger loss; stepping "
            "against it comes later, in training.",
        ),
    ),
    hints=(
        "Give the inside a name: error = x·w + b, so L = error². How fast does L move with error?",
        "Then: how fast does error move with w, while x and b stand still? And with b?",
        "The chain rule multiplies: dL/dw = dL/derror · derror/dw, and the same for b.",
        "dL/derror = 2 · error, derror/dw = x, derror/db = 1. Return the two products.",
    ),
    difficulty=1,
    minutes=6,
)
