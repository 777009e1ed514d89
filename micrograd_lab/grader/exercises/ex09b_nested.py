"""Exercise 09b: a derivative inside a derivative, with the two kinds of motion kept apart."""

import itertools
from random import Random
from typing import Any

from micrograd_lab.grader.spec import Exercise, Misconception, Probe, between

TAGS = itertools.count(1)


class Dual:
    """A number that moves for the derivative called `tag`."""

    split: Any = staticmethod(lambda x, tag: split(x, tag))

    def __init__(self, primal: Any, tangent: Any, tag: int) -> None:
        self.primal, self.tangent, self.tag = primal, tangent, tag

    def __add__(self, other: Any) -> Any:
        tag = max(self.tag, getattr(other, "tag", 0))
        (a, da), (b, db) = self.split(self, tag), self.split(other, tag)
        return type(self)(a + b, da + db, tag)

    def __mul__(self, other: Any) -> Any:
        tag = max(self.tag, getattr(other, "tag", 0))
        (a, da), (b, db) = self.split(self, tag), self.split(other, tag)
        return type(self)(a * b, da * b + a * db, tag)

    __radd__, __rmul__ = __add__, __mul__


def split(x: Any, tag: int) -> tuple[Any, Any]:
    if isinstance(x, Dual) and x.tag == tag:
        return x.primal, x.tangent
    return x, 0.0


def derivative(f: Any, x: Any) -> Any:
    tag = next(TAGS)
    return split(f(Dual(x, 1.0, tag)), tag)[1]


def number(x: Any) -> Any:
    while isinstance(x, Dual):
        x = x.primal
    return x


# The mistakes.


def tangent_leak(f: Any, x: Any) -> Any:
    return split(f(Dual(x, 1.0, 1)), 1)[1]


def any_tangent_will_do(f: Any, x: Any) -> Any:
    y = f(Dual(x, 1.0, next(TAGS)))
    return y.tangent if isinstance(y, Dual) else 0.0


def numbers_have_no_tangent(f: Any, x: Any) -> Any:
    tag = next(TAGS)
    y = f(Dual(x, 1.0, tag))
    return y.tangent if y.tag == tag else 0.0


def point_made_a_number(f: Any, x: Any) -> Any:
    return derivative(f, number(x))


def grad_is_float(f: Any, x: Any) -> Any:
    return number(derivative(f, x))


class Forgetful(Dual):
    """Takes the primal of every Dual apart, whichever derivative it moves for."""

    @staticmethod
    def split(x: Any, tag: int) -> tuple[Any, Any]:
        return (x.primal, x.tangent if x.tag == tag else 0.0) if isinstance(x, Dual) else (x, 0.0)


def outer_motion_dropped(f: Any, x: Any) -> Any:
    tag = next(TAGS)
    return split(f(Forgetful(x, 1.0, tag)), tag)[1]


def primal_returned(f: Any, x: Any) -> Any:
    tag = next(TAGS)
    return split(f(Dual(x, 1.0, tag)), tag)[0]


def starts_with_x(f: Any, x: Any) -> Any:
    tag = next(TAGS)
    return split(f(Dual(x, x, tag)), tag)[1]


# The questions.


def plain(derivative: Any, x: float, k: float) -> Any:
    return [derivative(lambda t: t * t * t + k * t, x)]


def constant(derivative: Any, x: float, k: float) -> Any:
    return [derivative(lambda t: k, x), derivative(lambda t: k * t, x)]


def confusing(derivative: Any, x: float, k: float) -> Any:
    return [derivative(lambda a: a * derivative(lambda b: a + k * b, 2.0), x)]


def again(derivative: Any, x: float, k: float) -> Any:
    def slope(t: Any) -> Any:
        return derivative(lambda s: s * s * s * s + k * s * s, t)

    return [derivative(slope, x), derivative(lambda t: derivative(slope, t), x)]


def across(derivative: Any, x: float, k: float) -> Any:
    return [derivative(lambda a: derivative(lambda b: a * a * b * b, k), x)]


def still(derivative: Any, x: float, k: float) -> Any:
    return [derivative(lambda a: k * a + a * derivative(lambda b: a * a, 2.0), x)]


def draw(rng: Random) -> dict[str, Any]:
    return {"x": between(rng, 2, 3), "k": between(rng, 4, 6)}


EXERCISE = Exercise(
    name="ex09b_nested",
    title="A derivative inside a derivative",
    entry_point="derivative",
    reference=derivative,
    probes=(
        Probe("one derivative", plain, 2, draw, "derivative(lambda t: t³ + {k}·t, {x})",
              "3t² + {k}"),
        Probe("a function that ignores its argument", constant, 1, draw,
              "derivative(lambda t: {k}, {x}), then derivative(lambda t: {k}·t, {x})",
              "a number that does not move with t has the slope 0"),
        Probe("two kinds of motion", confusing, 3, draw,
              "derivative(lambda a: a · derivative(lambda b: a + {k}·b, 2), {x})",
              "the inner slope is {k}, because a stands still while b moves; so the outer one is that "
              "of a · {k}"),
        Probe("the second and the third derivative", again, 2, draw,
              "the second and the third derivative of t⁴ + {k}·t² at {x}",
              "12t² + 2 · {k}, and 24t"),
        Probe("with respect to two variables", across, 2, draw,
              "derivative(lambda a: derivative(lambda b: a²·b², {k}), {x})",
              "the inner slope is 2a²b, and moves with a at the speed 4ab"),
        Probe("an inner function that ignores its argument", still, 2, draw,
              "derivative(lambda a: {k}·a + a · derivative(lambda b: a·a, 2), {x})",
              "a·a moves with a but not with b: the inner slope is 0"),
    ),
    misconceptions=(
        Misconception(
            tangent_leak,
            "The motion of the outer variable leaks into the inner derivative: both use the same "
            "tag. While b moves, a stands still. Take a new tag, next(TAGS), in every call.",
        ),
        Misconception(
            any_tangent_will_do,
            "You return the tangent without looking at whose it is. If the result carries another "
            "tag, it does not move with this variable: the answer is 0.",
        ),
        Misconception(
            numbers_have_no_tangent,
            "A function may return a plain number, which has no tag and no tangent. It does not "
            "move: split gives (x, 0.0) for it.",
        ),
        Misconception(
            point_made_a_number,
            "x is turned into a plain number before it moves. It may be a Dual of an outer "
            "derivative, whose motion is lost then: use x as it is.",
        ),
        Misconception(
            grad_is_float,
            "The derivative comes back as a plain number. It may move with an outer variable: "
            "return the tangent as it is, even if it is a Dual.",
        ),
        Misconception(
            outer_motion_dropped,
            "split takes the primal out of Duals with another tag, and so drops the outer motion. "
            "For this tag such a Dual is a whole number that stands still: (x, 0.0).",
        ),
        Misconception(
            primal_returned,
            "You return what f gives; asked for is how fast it moves, the tangent.",
        ),
        Misconception(
            starts_with_x,
            "x starts with a tangent of its own size. The derivative is the speed of the result "
            "while x moves at speed 1.",
        ),
    ),
    hints=(
        "derivative(f, x) lets x move at speed 1, under a tag of its own, and asks how fast the "
        "result moves under that tag.",
        "split(x, tag) has two cases: x is a Dual with this very tag, or anything else. Anything "
        "else stands still as a whole.",
        "Never turn anything into a plain number: primals and tangents may be Duals themselves.",
        "tag = next(TAGS); return split(f(Dual(x, 1.0, tag)), tag)[1]",
    ),
    difficulty=3,
    minutes=25,
    without=("micrograd_lab",),
)  # fmt: skip
