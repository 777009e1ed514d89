"""Exercise 09a: numbers that move, so that a derivative arrives together with the result."""

import math
from random import Random
from typing import Any

from micrograd_lab.grader.spec import Exercise, Misconception, Probe, between


class Dual:
    """The right one; each mistake below changes one of its rules."""

    def __init__(self, primal: float, tangent: float = 0.0) -> None:
        self.primal, self.tangent = primal, tangent

    def lift(self, other: Any) -> Any:
        return other if isinstance(other, Dual) else type(self)(other)

    def new(self, primal: float, tangent: float) -> Any:
        return type(self)(primal, tangent)

    def __add__(self, other: Any) -> Any:
        other = self.lift(other)
        return self.new(self.primal + other.primal, self.sum_rule(other))

    def __mul__(self, other: Any) -> Any:
        other = self.lift(other)
        return self.new(self.primal * other.primal, self.product_rule(other))

    def __pow__(self, n: float) -> Any:
        return self.new(self.primal**n, self.power_slope(n) * self.tangent)

    def __neg__(self) -> Any:
        return self.new(-self.primal, self.negative())

    def exp(self) -> Any:
        return self.new(math.exp(self.primal), self.exp_slope() * self.tangent)

    def sin(self) -> Any:
        return self.new(math.sin(self.primal), self.sin_slope() * self.tangent)

    def sum_rule(self, other: Any) -> Any:
        return self.tangent + other.tangent

    def product_rule(self, other: Any) -> Any:
        return self.tangent * other.primal + self.primal * other.tangent

    def power_slope(self, n: float) -> Any:
        return n * self.primal ** (n - 1)

    def negative(self) -> Any:
        return -self.tangent

    def exp_slope(self) -> Any:
        return math.exp(self.primal)

    def sin_slope(self) -> Any:
        return math.cos(self.primal)

    def __sub__(self, other: Any) -> Any:
        return self + -self.lift(other)

    def __truediv__(self, other: Any) -> Any:
        return self * self.lift(other) ** -1

    def __radd__(self, other: Any) -> Any:
        return self.lift(other) + self

    def __rmul__(self, other: Any) -> Any:
        return self.lift(other) * self

    def __rsub__(self, other: Any) -> Any:
        return self.lift(other) - self

    def __rtruediv__(self, other: Any) -> Any:
        return self.lift(other) / self


# The mistakes.


class LeftTangentOnly(Dual):
    def sum_rule(self, other: Any) -> Any:
        return self.tangent


class ProductOfTangents(Dual):
    def product_rule(self, other: Any) -> Any:
        return self.tangent * other.tangent


class ProductHalfDone(Dual):
    def product_rule(self, other: Any) -> Any:
        return self.tangent * other.primal


class MulSwapped(Dual):
    def product_rule(self, other: Any) -> Any:
        return self.tangent * self.primal + other.primal * other.tangent


class ConstantsMove(Dual):
    def lift(self, other: Any) -> Any:
        return other if isinstance(other, Dual) else type(self)(other, 1.0)


class ExponentNotLowered(Dual):
    def power_slope(self, n: float) -> Any:
        return n * self.primal**n


class PowForgetsN(Dual):
    def power_slope(self, n: float) -> Any:
        return self.primal ** (n - 1)


class NegativeForgotten(Dual):
    def negative(self) -> Any:
        return self.tangent


class ExpIsItsInput(Dual):
    def exp_slope(self) -> Any:
        return self.primal


class SinSign(Dual):
    def sin_slope(self) -> Any:
        return -math.cos(self.primal)


class PowerIgnoresTangent(Dual):
    def __pow__(self, n: float) -> Any:
        return self.new(self.primal**n, self.power_slope(n))


class ExpIgnoresTangent(Dual):
    def exp(self) -> Any:
        return self.new(math.exp(self.primal), self.exp_slope())


class SinIgnoresTangent(Dual):
    def sin(self) -> Any:
        return self.new(math.sin(self.primal), self.sin_slope())


class TangentIgnored(PowerIgnoresTangent, ExpIgnoresTangent, SinIgnoresTangent):
    """The slope of the function alone, as if the input always moved at speed 1."""


class TangentsStayBehind(Dual):
    def new(self, primal: float, tangent: float) -> Any:
        return type(self)(primal)


# The questions.


def both(y: Any) -> Any:
    return [y.primal, y.tangent]


def total(Dual: Any, x: list[float], y: list[float]) -> Any:
    return both(Dual(*x) + Dual(*y))


def product(Dual: Any, x: list[float], y: list[float]) -> Any:
    return both(Dual(*x) * Dual(*y))


def power(Dual: Any, x: list[float], n: int) -> Any:
    return both(Dual(*x) ** n)


def minus(Dual: Any, x: list[float]) -> Any:
    return both(-Dual(*x))


def exponential(Dual: Any, x: list[float]) -> Any:
    return both(Dual(*x).exp())


def sine(Dual: Any, x: list[float]) -> Any:
    return both(Dual(*x).sin())


def numbers(Dual: Any, x: list[float], k: float) -> Any:
    return [both(y) for y in (Dual(*x) + k, k + Dual(*x), Dual(*x) * k, k * Dual(*x))]


def chain(Dual: Any, x: list[float], y: list[float]) -> Any:
    a, b = Dual(*x), Dual(*y)
    return both((a * b).sin() * a.exp() - (2 - b) / (a * a + 1))


def a_pair(rng: Random) -> list[float]:
    return [between(rng, 2, 3), between(rng, -5, -4)]


def draw_one(rng: Random) -> dict[str, Any]:
    return {"x": a_pair(rng)}


def draw_two(rng: Random) -> dict[str, Any]:
    return {"x": a_pair(rng), "y": [between(rng, 0.6, 0.9), between(rng, 6, 7)]}


def draw_power(rng: Random) -> dict[str, Any]:
    return {"x": a_pair(rng), "n": rng.choice((3, 4))}


def draw_number(rng: Random) -> dict[str, Any]:
    return {"x": a_pair(rng), "k": between(rng, 6, 9)}


ASKED = "primal and tangent of "
X, Y = "Dual({x[0]}, {x[1]})", "Dual({y[0]}, {y[1]})"

EXERCISE = Exercise(
    name="ex09a_dual",
    title="Numbers that move",
    entry_point="Dual",
    reference=Dual,
    probes=(
        Probe("a sum", total, 1, draw_two, f"{ASKED}{X} + {Y}", "speeds add"),
        Probe("a product", product, 2, draw_two, f"{ASKED}{X} * {Y}",
              "x moves y times as fast as the product would alone, and the other way round: "
              "x′·y + x·y′"),
        Probe("a power", power, 1, draw_power, f"{ASKED}{X} ** {{n}}", "n · xⁿ⁻¹ · x′"),
        Probe("minus", minus, 1, draw_one, f"{ASKED}-{X}", "−x moves the other way"),
        Probe("exp", exponential, 1, draw_one, f"{ASKED}{X}.exp()", "eˣ · x′"),
        Probe("sin", sine, 1, draw_one, f"{ASKED}{X}.sin()", "cos x · x′"),
        Probe("with plain numbers", numbers, 1, draw_number,
              f"{ASKED}x + {{k}}, {{k}} + x, x * {{k}} and {{k}} * x for x = {X}",
              "a number stands still: its tangent is 0"),
        Probe("all of them together", chain, 2, draw_two,
              f"{ASKED}sin(a·b)·exp(a) − (2 − b)/(a² + 1) for a = {X}, b = {Y}",
              "each op hands on its result and how fast it moves"),
    ),
    misconceptions=(
        Misconception(
            LeftTangentOnly,
            "A sum moves at the speed of its left term only. Speeds add: x′ + y′.",
        ),
        Misconception(
            ProductOfTangents,
            "The tangent of a product is not the product of the tangents. Each factor moves it by "
            "as much as the other is large: x′·y + x·y′.",
        ),
        Misconception(
            ProductHalfDone,
            "Only the left factor moves your product. The right one moves it too: add x·y′.",
        ),
        Misconception(
            MulSwapped,
            "The factors are swapped: x′ goes with y, and y′ with x.",
        ),
        Misconception(
            ConstantsMove,
            "Plain numbers move in your version. They stand still: Dual(number, 0.0).",
        ),
        Misconception(
            ExponentNotLowered,
            "The exponent stays as it was. The slope of xⁿ is n·xⁿ⁻¹.",
        ),
        Misconception(
            PowForgetsN,
            "The factor n is missing: the slope of xⁿ is n·xⁿ⁻¹.",
        ),
        Misconception(
            NegativeForgotten,
            "−x has the right primal, but moves the same way as x. Its tangent is −x′.",
        ),
        Misconception(
            ExpIsItsInput,
            "The slope of exp is its output eˣ; yours is x.",
        ),
        Misconception(
            SinSign,
            "The slope of sin is +cos. The minus belongs to cos, whose slope is −sin.",
        ),
        Misconception(
            PowerIgnoresTangent,
            "The power moves as if x always had speed 1. Multiply n·xⁿ⁻¹ by x′, the chain rule.",
        ),
        Misconception(
            ExpIgnoresTangent,
            "exp moves as if its input always had speed 1. Multiply eˣ by x′, the chain rule.",
        ),
        Misconception(
            SinIgnoresTangent,
            "sin moves as if its input always had speed 1. Multiply cos x by x′, the chain rule.",
        ),
        Misconception(
            TangentIgnored,
            "Powers, exp and sin move as if their input always had speed 1. Multiply the slope by "
            "the input's own tangent: that is the chain rule.",
        ),
        Misconception(
            TangentsStayBehind,
            "The results stand still: they are made without a tangent. Every op hands over two "
            "numbers, the primal and the tangent.",
        ),
    ),
    hints=(
        "Think of x as a position and x′ as its speed. How fast does x·y grow when both move?",
        "Every op has the form Dual(result, slope · tangent), with one slope · tangent per input, "
        "added.",
        "A number meets a Dual: make it a Dual(number, 0.0) first; isinstance(other, Dual) tells.",
        "mul: Dual(x·y, x′·y + x·y′); pow: n·xⁿ⁻¹·x′; exp: eˣ·x′; sin: cos x · x′; neg: −x′",
    ),
    difficulty=2,
    minutes=20,
    helpers=(both,),
    without=("micrograd_lab",),
)  # fmt: skip
