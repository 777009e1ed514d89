"""Exercise 07c: log(sigmoid(x)) and its slope, right at every x there is."""

import math
from random import Random
from typing import Any

from micrograd_lab.grader.spec import Exercise, Misconception, Probe, between


def log_sigmoid(x: float) -> Any:
    return min(x, 0.0) - math.log1p(math.exp(-abs(x))), sigmoid(-x)


def sigmoid(x: float) -> float:
    e = math.exp(-abs(x))
    return 1 / (1 + e) if x >= 0 else e / (1 + e)


# The mistakes: first in y, then in the slope.


def overflows(x: float) -> Any:
    return -math.log(1 + math.exp(-x)), sigmoid(-x)


def left_overflows(x: float) -> Any:
    return -math.log1p(math.exp(-x)), sigmoid(-x)


def log_of_zero(x: float) -> Any:
    return math.log(sigmoid(x)), sigmoid(-x)


def eps_inside(x: float) -> Any:
    return math.log(sigmoid(x) + 1e-12), sigmoid(-x)


def clamped(x: float) -> Any:
    return log_sigmoid(max(-30.0, min(30.0, x)))[0], sigmoid(-x)


def tail_lost(x: float) -> Any:
    return min(x, 0.0) - math.log(1 + math.exp(-abs(x))), sigmoid(-x)


def softplus(x: float) -> Any:
    return -log_sigmoid(x)[0], sigmoid(-x)


def slope_overflows(x: float) -> Any:
    return log_sigmoid(x)[0], 1 / (1 + math.exp(x))


def slope_from_one(x: float) -> Any:
    return log_sigmoid(x)[0], 1 - sigmoid(x)


def slope_of_sigmoid(x: float) -> Any:
    return log_sigmoid(x)[0], sigmoid(x) * sigmoid(-x)


def slope_is_sigmoid(x: float) -> Any:
    return log_sigmoid(x)[0], sigmoid(x)


def slope_of_log_alone(x: float) -> Any:
    return log_sigmoid(x)[0], 1 / sigmoid(x) if x > -700 else math.inf


def slope_divides_by_zero(x: float) -> Any:
    s = sigmoid(x)
    return log_sigmoid(x)[0], s * (1 - s) / s


# The questions.


def value(log_sigmoid: Any, xs: list[float]) -> Any:
    return [log_sigmoid(x)[0] for x in xs]


def slope(log_sigmoid: Any, xs: list[float]) -> Any:
    return [log_sigmoid(x)[1] for x in xs]


def both(log_sigmoid: Any, x: float) -> Any:
    return log_sigmoid(x)


def value_times_exp(log_sigmoid: Any, x: float) -> Any:
    import math

    return [log_sigmoid(x)[0] * math.exp(x)]


def slope_times_exp(log_sigmoid: Any, x: float) -> Any:
    import math

    return [log_sigmoid(x)[1] * math.exp(x)]


def draw_several(rng: Random) -> dict[str, Any]:
    return {"xs": [between(rng, -3, -1), between(rng, 0.5, 1), between(rng, 2, 4)]}


def draw_left(rng: Random) -> dict[str, Any]:
    return {"x": -between(rng, 800, 1200)}


def draw_right(rng: Random) -> dict[str, Any]:
    return {"x": between(rng, 800, 1200)}


def draw_tail(rng: Random) -> dict[str, Any]:
    return {"x": between(rng, 40, 60)}


EXERCISE = Exercise(
    name="ex07c_log_sigmoid",
    title="log(sigmoid) at every point",
    entry_point="log_sigmoid",
    reference=log_sigmoid,
    probes=(
        Probe("y at ordinary points", value, 2, draw_several, "y of log_sigmoid at {xs}",
              "log(1 / (1 + exp(−x)))"),
        Probe("the slope at ordinary points", slope, 2, draw_several,
              "the slope from log_sigmoid at {xs}", "1 − sigmoid(x), which is sigmoid(−x)"),
        Probe("far to the left", both, 2, draw_left, "log_sigmoid({x})",
              "here sigmoid(x) is eˣ, so y is x itself and the slope is 1"),
        Probe("far to the right", both, 1, draw_right, "log_sigmoid({x})",
              "sigmoid is 1 here: y is 0, and so is the slope, to all digits there are"),
        Probe("y where it is tiny", value_times_exp, 2, draw_tail,
              "y of log_sigmoid({x}), times exp({x}) to make it visible",
              "y is −e⁻ˣ here: tiny, and a float holds it well"),
        Probe("the slope where it is tiny", slope_times_exp, 1, draw_tail,
              "the slope from log_sigmoid({x}), times exp({x}) to make it visible",
              "the slope is e⁻ˣ here: tiny, and a float holds it well"),
    ),
    misconceptions=(
        Misconception(
            overflows,
            "Far to the left exp(−x) is larger than the largest float. Only ever take exp of "
            "something below 0: for x < 0 use log(sigmoid(x)) = x − log(1 + eˣ).",
        ),
        Misconception(
            left_overflows,
            "The right side is exact. On the left exp(−x) is larger than the largest float: for "
            "x < 0 use log(sigmoid(x)) = x − log1p(eˣ).",
        ),
        Misconception(
            log_of_zero,
            "The sigmoid is safe and its log is not: far to the left the sigmoid is rounded to 0. "
            "Simplify on paper first; the answer there is nearly x.",
        ),
        Misconception(
            eps_inside,
            "A small number inside the log hides the error and gives a wrong answer: y stops near "
            "−27.6 at the left and rises above 0 at the right. Rearrange the formula instead.",
        ),
        Misconception(
            clamped,
            "x is clamped before y is computed, so y stands still outside while its slope says "
            "otherwise. Rearrange the formula so that no x is too large for it.",
        ),
        Misconception(
            tail_lost,
            "Nothing overflows; but 1 + e⁻ˣ is rounded to 1 where e⁻ˣ is tiny, and y to 0. "
            "math.log1p(t) is log(1 + t) without that sum.",
        ),
        Misconception(
            softplus,
            "y has the wrong sign: log(1 + exp(−x)) is minus log(sigmoid(x)). The sigmoid is below "
            "1, so its log is below 0.",
        ),
        Misconception(
            slope_overflows,
            "The slope's formula is right, and exp(x) overflows far to the right. There, write it "
            "as e⁻ˣ / (1 + e⁻ˣ).",
        ),
        Misconception(
            slope_from_one,
            "The slope 1 − sigmoid(x) is right on paper; where sigmoid(x) is rounded to 1 it "
            "subtracts away all digits. sigmoid(−x) is the same number, and keeps them.",
        ),
        Misconception(
            slope_of_sigmoid,
            "The slope is that of the sigmoid, s(1 − s). The log comes after it: divide by s, which "
            "leaves 1 − s.",
        ),
        Misconception(
            slope_is_sigmoid,
            "The slope is mirrored: y is steep at the left, where the sigmoid is near 0. It is "
            "1 − sigmoid(x), that is sigmoid(−x).",
        ),
        Misconception(
            slope_of_log_alone,
            "The slope stops at the log: 1/s is d(log s)/ds. Multiply by the sigmoid's own slope, "
            "s(1 − s).",
        ),
        Misconception(
            slope_divides_by_zero,
            "The slope is s(1 − s)/s, node by node, and s is 0 far to the left. Cancel the s on "
            "paper: 1 − s is left, and sigmoid(−x) gives it without loss.",
        ),
    ),
    hints=(
        "Try the plain formula at x = −1000, 1000 and 50. What goes wrong is a different thing "
        "each time.",
        "log(1 / (1 + e⁻ˣ)) = −log(1 + e⁻ˣ) = x − log(1 + eˣ). Which form is safe for which x?",
        "Slope: d(log s)/dx = s(1 − s)/s = 1 − s = sigmoid(−x). A sigmoid too has two forms: "
        "1/(1 + e⁻ˣ) and eˣ/(1 + eˣ).",
        "With e = exp(−|x|): y = min(x, 0) − log1p(e); slope = e/(1 + e) for x ≥ 0, else 1/(1 + e)",
    ),
    difficulty=2,
    minutes=15,
    without=("micrograd_lab",),
)  # fmt: skip
