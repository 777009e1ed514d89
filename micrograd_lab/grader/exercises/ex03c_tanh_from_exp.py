"""Exercise 03c: tanh taken apart into exp and arithmetic, value and gradient both right."""

import math
from random import Random
from typing import Any

from micrograd_lab.grader.spec import Exercise, Misconception, Probe, between
from micrograd_lab.scalar.value import Value


def tanh(x: Any) -> Any:
    e = (2 * x).exp()
    return (e - 1) / (e + 1)


# The mistakes.


def sign_flipped(x: Any) -> Any:
    e = (2 * x).exp()
    return (1 - e) / (e + 1)


def half_argument(x: Any) -> Any:
    e = x.exp()
    return (e - 1) / (e + 1)


def sigmoid_instead(x: Any) -> Any:
    e = x.exp()
    return e / (e + 1)


def sigmoid_of_twice(x: Any) -> Any:
    e = (2 * x).exp()
    return e / (e + 1)


def upside_down(x: Any) -> Any:
    e = (2 * x).exp()
    return (e + 1) / (e - 1)


def forgets_denominator(x: Any) -> Any:
    return (x.exp() - (-x).exp()) / 2


def leaves_the_graph(x: Any) -> Any:
    return Value(math.tanh(x.data))


def numerator_detached(x: Any) -> Any:
    e = (2 * x).exp()
    return (e.data - 1) / (e + 1)


def denominator_detached(x: Any) -> Any:
    e = (2 * x).exp()
    return (e - 1) / (e.data + 1)


def uses_tanh(x: Any) -> Any:
    return x.tanh()


def uses_sigmoid(x: Any) -> Any:
    return 2 * (2 * x).sigmoid() - 1


# The questions.


def value(tanh: Any, x: float) -> Any:
    from micrograd_lab.scalar.value import Value

    y = tanh(Value(x))
    return getattr(y, "data", y)


def gradient(tanh: Any, xs: list[float]) -> Any:
    from micrograd_lab.scalar.value import Value

    grads = []
    for number in xs:
        x = Value(number)
        y = tanh(x)
        if hasattr(y, "backward"):
            y.backward()
        grads.append(x.grad)
    return grads


def gradient_in_company(tanh: Any, x: float, w: float) -> Any:
    """d(w · tanh(x·w))/dw, where tanh stands in the middle of a larger graph."""
    from micrograd_lab.scalar.value import Value

    weight = Value(w)
    (weight * tanh(weight * x)).backward()
    return weight.grad


def functions_used(tanh: Any, x: float) -> Any:
    """The ops in the graph that are not arithmetic."""
    from micrograd_lab.scalar.value import Value

    ops, seen, stack = set(), set(), [tanh(Value(x))]
    while stack:
        node = stack.pop()
        if node not in seen:
            seen.add(node)
            stack += getattr(node, "parents", ())
            ops.add(getattr(node, "op", None))
    arithmetic = ("neg", "+", "-", "*", "/")
    return sorted(op for op in ops if op and op not in arithmetic and not op.startswith("**"))


def draw_point(rng: Random) -> dict[str, Any]:
    return {"x": between(rng, 0.4, 0.9)}


def draw_points(rng: Random) -> dict[str, Any]:
    return {"xs": [between(rng, -1.5, -0.6), between(rng, 0.6, 1.5)]}


def draw_company(rng: Random) -> dict[str, Any]:
    return {"x": between(rng, 0.4, 0.6), "w": between(rng, 1.2, 1.6)}


EXERCISE = Exercise(
    name="ex03c_tanh_from_exp",
    title="tanh, taken apart",
    entry_point="tanh",
    reference=tanh,
    probes=(
        Probe(
            "the value",
            value,
            3,
            draw_point,
            "tanh(Value({x})).data",
            "the hyperbolic tangent of {x}, (e²ˣ − 1) / (e²ˣ + 1)",
        ),
        Probe(
            "the gradient, left and right of 0",
            gradient,
            3,
            draw_points,
            "x.grad after tanh(x).backward(), at x = {xs}",
            "1 − tanh²(x), which the small steps must add up to",
        ),
        Probe(
            "in the middle of a larger graph",
            gradient_in_company,
            2,
            draw_company,
            "w.grad after (w * tanh(w * {x})).backward(), at w = {w}",
            "tanh(w·x) + w · x · (1 − tanh²(w·x))",
        ),
        Probe(
            "made of exp and arithmetic only",
            functions_used,
            2,
            draw_point,
            "the ops in the graph of tanh(Value({x})) other than +, -, *, / and **",
            "nothing else is needed",
        ),
    ),
    misconceptions=(
        Misconception(
            sign_flipped,
            "The sign is turned round: yours falls where tanh rises. On top stands e²ˣ − 1.",
        ),
        Misconception(
            half_argument,
            "That is tanh(x/2): with e²ˣ in both places, not eˣ, it becomes tanh(x).",
        ),
        Misconception(
            sigmoid_instead,
            "That is the sigmoid of x, which runs from 0 to 1. tanh runs from −1 to 1: "
            "(e²ˣ − 1) / (e²ˣ + 1).",
        ),
        Misconception(
            sigmoid_of_twice,
            "That is the sigmoid of 2x, which runs from 0 to 1. On top stands e²ˣ − 1, not e²ˣ.",
        ),
        Misconception(
            upside_down,
            "The fraction stands on its head: e²ˣ − 1 belongs on top, e²ˣ + 1 below.",
        ),
        Misconception(
            forgets_denominator,
            "That is sinh(x), (eˣ − e⁻ˣ) / 2. For tanh divide by eˣ + e⁻ˣ instead of 2.",
        ),
        Misconception(
            leaves_the_graph,
            "The value is right, but no gradient comes back: a plain number from math.tanh or "
            "math.exp does not know that it came from x. Use x.exp() and the operators of Value.",
        ),
        Misconception(
            numerator_detached,
            "The value is right, but `.data` on top takes the plain number out of the graph, so "
            "the gradient through it is lost. Leave `.data` out.",
        ),
        Misconception(
            denominator_detached,
            "The value is right, but `.data` below takes the plain number out of the graph, so "
            "the gradient through it is lost. Leave `.data` out.",
        ),
        Misconception(
            uses_tanh,
            "Value and gradient are right, because Value has its own tanh. The point here is to "
            "take it apart: use only exp and arithmetic.",
        ),
        Misconception(
            uses_sigmoid,
            "True, tanh(x) = 2 · sigmoid(2x) − 1, and nicely found. The point here is to go one "
            "level deeper: use only exp and arithmetic.",
        ),
    ),
    hints=(
        "tanh(x) = (e²ˣ − 1) / (e²ˣ + 1). Which Values stand between x and the result?",
        "e²ˣ is (2 * x).exp(). Give it a name: it is used twice, and both uses send gradient back.",
        "Stay with Values all the way: no math.exp, no .data.",
        "e = (2 * x).exp(); return (e - 1) / (e + 1)",
    ),
    difficulty=2,
    minutes=8,
)
