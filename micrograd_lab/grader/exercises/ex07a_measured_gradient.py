"""Exercise 07a: the gradient of a function of many numbers, measured by nudging each one."""

from random import Random
from typing import Any

from micrograd_lab.grader.spec import Exercise, Misconception, Probe, between


def measured_gradient(f: Any, xs: Any, upstream: Any, h: float = 1e-5) -> Any:
    return measure(f, xs, upstream, h)


def measure(f: Any, xs: Any, upstream: Any, h: float, back: float = 1.0) -> list[float]:
    """The slope along each input, between one h ahead and `back` times h behind."""
    gradient = []
    for i in range(len(xs)):
        ahead, behind = list(xs), list(xs)
        ahead[i] += h
        behind[i] -= back * h
        rise = sum(u * (a - b) for u, a, b in zip(upstream, f(ahead), f(behind), strict=True))
        gradient.append(rise / (h + back * h))
    return gradient


# The mistakes.


def no_reset(f: Any, xs: Any, upstream: Any, h: float = 1e-5) -> Any:
    xs, gradient = list(xs), []
    for i in range(len(xs)):
        xs[i] += h
        ahead = f(xs)
        xs[i] -= 2 * h
        behind = f(xs)
        rise = sum(u * (a - b) for u, a, b in zip(upstream, ahead, behind, strict=True))
        gradient.append(rise / (2 * h))
    return gradient


def one_list_twice(f: Any, xs: Any, upstream: Any, h: float = 1e-5) -> Any:
    ahead = behind = list(xs)
    return [
        sum(u * (a - b) for u, a, b in zip(upstream, f(ahead), f(behind), strict=True)) / (2 * h)
        for _ in xs
    ]


def ones_cotangent(f: Any, xs: Any, upstream: Any, h: float = 1e-5) -> Any:
    return measure(f, xs, [1.0] * len(upstream), h)


def one_index(f: Any, xs: Any, upstream: Any, h: float = 1e-5) -> Any:
    return [measure(f, xs, upstream, h)[0]] + [0.0] * (len(xs) - 1)


def float32(f: Any, xs: Any, upstream: Any, h: float = 1e-5) -> Any:
    import numpy as np

    gradient = []
    for i in range(len(xs)):
        ahead, behind = np.array(xs, np.float32), np.array(xs, np.float32)
        ahead[i] += np.float32(h)
        behind[i] -= np.float32(h)
        rise = np.subtract(f(ahead.tolist()), f(behind.tolist()))
        gradient.append(float(np.dot(upstream, rise) / (2 * h)))
    return gradient


def forward_only(f: Any, xs: Any, upstream: Any, h: float = 1e-5) -> Any:
    return measure(f, xs, upstream, h, back=0.0)


def half_denominator(f: Any, xs: Any, upstream: Any, h: float = 1e-5) -> Any:
    return [2 * g for g in measure(f, xs, upstream, h)]


def all_at_once(f: Any, xs: Any, upstream: Any, h: float = 1e-5) -> Any:
    ahead, behind = f([x + h for x in xs]), f([x - h for x in xs])
    rise = sum(u * (a - b) for u, a, b in zip(upstream, ahead, behind, strict=True))
    return [rise / (2 * h)] * len(xs)


def first_output_only(f: Any, xs: Any, upstream: Any, h: float = 1e-5) -> Any:
    return measure(lambda x: f(x)[:1], xs, upstream[:1], h)


# The questions.


def one_input(measured_gradient: Any, x: float, u: float, h: float) -> Any:
    return measured_gradient(lambda xs: [xs[0] ** 3], [x], [u], h)


def one_output(measured_gradient: Any, x: list[float], u: float, h: float) -> Any:
    def f(xs: Any) -> Any:
        return [xs[0] ** 3 * xs[1] ** 2 + xs[1] ** 3 * xs[2] + xs[2] ** 3]

    return measured_gradient(f, x, [u], h)


def two_outputs(measured_gradient: Any, x: list[float], u: list[float], h: float) -> Any:
    def f(xs: Any) -> Any:
        return [xs[0] ** 3 * xs[1] ** 2, xs[1] ** 3 + xs[0] ** 2]

    return measured_gradient(f, x, u, h)


def own_step(measured_gradient: Any, x: list[float], u: list[float]) -> Any:
    import math

    def f(xs: Any) -> Any:
        return [xs[0] * xs[1] / 1000, math.sin(xs[0] / 100) + xs[1] / 10]

    return measured_gradient(f, x, u)


def draw_one(rng: Random) -> dict[str, Any]:
    return {"x": between(rng, 1, 2), "u": between(rng, 2, 4), "h": between(rng, 0.1, 0.2)}


def draw_three(rng: Random) -> dict[str, Any]:
    return {
        "x": [between(rng, 1, 2), between(rng, 2, 3), between(rng, 3, 4)],
        "u": between(rng, -4, -2),
        "h": between(rng, 0.1, 0.2),
    }


def draw_two(rng: Random) -> dict[str, Any]:
    x = [between(rng, 1, 1.4), between(rng, 2, 3)]
    return {"x": x, "u": draw_own(rng)["u"], "h": between(rng, 0.1, 0.2)}


def draw_own(rng: Random) -> dict[str, Any]:
    """Where neighbouring numbers of single precision are further apart than the nudge."""
    return {
        "x": [between(rng, 300, 500), between(rng, 600, 900)],
        "u": [between(rng, -4, -2), between(rng, 2, 4)],
    }


EXERCISE = Exercise(
    name="ex07a_measured_gradient",
    title="Nudge every input",
    entry_point="measured_gradient",
    reference=measured_gradient,
    probes=(
        Probe("one number in, one out", one_input, 2, draw_one,
              "measured_gradient(f, [{x}], [{u}], h={h}) with f(xs) = [xs[0]³]",
              "u · (f(x + h) − f(x − h)) / 2h, in a list of one", tol=1e-2),
        Probe("three numbers in, one out", one_output, 3, draw_three,
              "measured_gradient(f, {x}, [{u}], h={h}) with f(xs) = [a³b² + b³c + c³], a, b, c = xs",
              "each input nudged alone, the two others at their places", tol=1e-2),
        Probe("two numbers in, two out", two_outputs, 3, draw_two,
              "measured_gradient(f, {x}, {u}, h={h}) with f(xs) = [a³b², b³ + a²], a, b = xs",
              "the changes of both outputs, each times its own upstream, added", tol=1e-2),
        Probe("with the h it has by default", own_step, 2, draw_own,
              "measured_gradient(f, {x}, {u}) with f(xs) = [ab/1000, sin(a/100) + b/10], a, b = xs",
              "with h = 1e-5 in double precision at least six digits are right"),
    ),
    misconceptions=(
        Misconception(
            no_reset,
            "A nudged input stays nudged while the next one is measured. Set it back, or nudge a "
            "fresh copy of xs each time.",
        ),
        Misconception(
            one_list_twice,
            "Everything is 0, because both nudges went into the same list: ahead = xs does not copy "
            "anything. Take list(xs) for each.",
        ),
        Misconception(
            ones_cotangent,
            "The outputs are added as they are. Multiply each change by its own upstream: with all "
            "ones, errors that cancel in the sum stay hidden.",
        ),
        Misconception(
            one_index,
            "Only the first input is measured. A gradient has one entry per input: go through all "
            "indices.",
        ),
        Misconception(
            float32,
            "The nudge drowns in rounding: single precision keeps 7 digits, so 500 + 1e-5 is 500 "
            "again. Measure in double precision, Python's own floats.",
        ),
        Misconception(
            forward_only,
            "You look ahead only, so the curve's bend enters with an error that grows like h. Look "
            "both ways, h ahead and h behind.",
        ),
        Misconception(
            half_denominator,
            "Everything is twice too large: from x − h to x + h it is 2h.",
        ),
        Misconception(
            all_at_once,
            "All inputs are nudged together, so every entry is the sum of all slopes. Nudge one, "
            "and hold the others still.",
        ),
        Misconception(
            first_output_only,
            "Only the first output is looked at. An input may move all of them: add up their "
            "changes, each times its upstream.",
        ),
    ),
    hints=(
        "Take one input first. Which two calls of f tell you how its outputs move with it?",
        "For input i make two copies of xs, one with h more at place i, one with h less.",
        "f gives lists. The rise is the sum over outputs of upstream[k] * (ahead[k] - behind[k]).",
        "for i in range(len(xs)): ahead = f(xs[:i] + [xs[i] + h] + xs[i+1:]), behind likewise with "
        "- h; then append the rise / (2 * h)",
    ),
    difficulty=1,
    minutes=12,
    without=("micrograd_lab",),
)  # fmt: skip
