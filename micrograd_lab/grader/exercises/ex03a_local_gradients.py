"""Exercise 03a: the local gradient of each op, from its inputs and its output."""

import math
from random import Random
from typing import Any

from micrograd_lab.grader.spec import Exercise, Misconception, Probe, between

Gradients = tuple[float, ...]


def local_gradients(op: str, y: float, *xs: float) -> Gradients:
    match op, xs:
        case "*", (a, b):
            return b, a
        case "**", (x, n):
            return (n * x ** (n - 1),)
        case "exp", _:
            return (y,)
        case "log", (x,):
            return (1 / x,)
        case "tanh", _:
            return (1 - y * y,)
        case "sigmoid", _:
            return (y * (1 - y),)
        case "relu", (x,):
            return (1.0 if x > 0 else 0.0,)
        case "max", (a, b):
            return (1.0, 0.0) if a > b else (0.0, 1.0)
    return (1.0, 1.0)


# The mistakes: each but the last is wrong about one op.


def mul_swapped(op: str, y: float, *xs: float) -> Gradients:
    return xs if op == "*" else local_gradients(op, y, *xs)


def mul_uses_output(op: str, y: float, *xs: float) -> Gradients:
    return (y, y) if op == "*" else local_gradients(op, y, *xs)


def mul_like_add(op: str, y: float, *xs: float) -> Gradients:
    return (1.0, 1.0) if op == "*" else local_gradients(op, y, *xs)


def pow_forgets_n(op: str, y: float, *xs: float) -> Gradients:
    return (xs[0] ** (xs[1] - 1),) if op == "**" else local_gradients(op, y, *xs)


def exponent_not_lowered(op: str, y: float, *xs: float) -> Gradients:
    return (xs[1] * xs[0] ** xs[1],) if op == "**" else local_gradients(op, y, *xs)


def exp_uses_input(op: str, y: float, *xs: float) -> Gradients:
    return (xs[0],) if op == "exp" else local_gradients(op, y, *xs)


def exp_twice(op: str, y: float, *xs: float) -> Gradients:
    return (math.exp(y),) if op == "exp" else local_gradients(op, y, *xs)


def exp_as_power(op: str, y: float, *xs: float) -> Gradients:
    return (xs[0] * math.exp(xs[0] - 1),) if op == "exp" else local_gradients(op, y, *xs)


def log_uses_output(op: str, y: float, *xs: float) -> Gradients:
    return (1 / y,) if op == "log" else local_gradients(op, y, *xs)


def tanh_one_minus_y(op: str, y: float, *xs: float) -> Gradients:
    return (1 - y,) if op == "tanh" else local_gradients(op, y, *xs)


def tanh_twice(op: str, y: float, *xs: float) -> Gradients:
    return (1 - math.tanh(y) ** 2,) if op == "tanh" else local_gradients(op, y, *xs)


def tanh_uses_input(op: str, y: float, *xs: float) -> Gradients:
    return (1 - xs[0] ** 2,) if op == "tanh" else local_gradients(op, y, *xs)


def sigmoid_uses_input(op: str, y: float, *xs: float) -> Gradients:
    return (xs[0] * (1 - xs[0]),) if op == "sigmoid" else local_gradients(op, y, *xs)


def sigmoid_like_tanh(op: str, y: float, *xs: float) -> Gradients:
    return (1 - y * y,) if op == "sigmoid" else local_gradients(op, y, *xs)


def gate_missing(op: str, y: float, *xs: float) -> Gradients:
    return (1.0,) if op == "relu" else local_gradients(op, y, *xs)


def gate_inverted(op: str, y: float, *xs: float) -> Gradients:
    return (0.0 if xs[0] > 0 else 1.0,) if op == "relu" else local_gradients(op, y, *xs)


def relu_passes_value(op: str, y: float, *xs: float) -> Gradients:
    return (y,) if op == "relu" else local_gradients(op, y, *xs)


def max_to_both(op: str, y: float, *xs: float) -> Gradients:
    return (1.0, 1.0) if op == "max" else local_gradients(op, y, *xs)


def max_to_the_smaller(op: str, y: float, *xs: float) -> Gradients:
    return local_gradients(op, y, *xs[::-1]) if op == "max" else local_gradients(op, y, *xs)


def comma_missing(op: str, y: float, *xs: float) -> Any:
    gradients = local_gradients(op, y, *xs)
    return gradients if len(gradients) > 1 else gradients[0]


# The questions: an op, its output y and its inputs.


def gradients(local_gradients: Any, op: str, y: float, xs: list[float]) -> Any:
    return local_gradients(op, y, *xs)


def both_sides(local_gradients: Any, op: str, y: list[float], xs: list[list[float]]) -> Any:
    """Two cases in one question, so that a constant is not enough."""
    return [local_gradients(op, y[0], *xs[0]), local_gradients(op, y[1], *xs[1])]


def draw_mul(rng: Random) -> dict[str, Any]:
    a, b = between(rng, 2, 3), between(rng, -5, -4)
    return {"op": "*", "y": a * b, "xs": [a, b]}


def draw_pow(rng: Random) -> dict[str, Any]:
    x, n = between(rng, 1.5, 2.5), rng.choice([3, 4, 5])
    return {"op": "**", "y": x**n, "xs": [x, n]}


def draw_exp(rng: Random) -> dict[str, Any]:
    x = between(rng, 1.2, 1.8)
    return {"op": "exp", "y": math.exp(x), "xs": [x]}


def draw_log(rng: Random) -> dict[str, Any]:
    x = between(rng, 3, 5)
    return {"op": "log", "y": math.log(x), "xs": [x]}


def draw_tanh(rng: Random) -> dict[str, Any]:
    x = between(rng, 0.5, 1.5)
    return {"op": "tanh", "y": math.tanh(x), "xs": [x]}


def draw_sigmoid(rng: Random) -> dict[str, Any]:
    x = between(rng, 1.5, 2.5)
    return {"op": "sigmoid", "y": 1 / (1 + math.exp(-x)), "xs": [x]}


def draw_relu(rng: Random) -> dict[str, Any]:
    low, high = between(rng, -4, -2), between(rng, 2, 4)
    return {"op": "relu", "y": [0.0, high], "xs": [[low], [high]]}


def draw_max(rng: Random) -> dict[str, Any]:
    small, large = between(rng, -4, -2), between(rng, 2, 4)
    return {"op": "max", "y": [large, large], "xs": [[small, large], [large, small]]}


CALL = "local_gradients({op!r}, y, *xs) with y = {y:.6g} and xs = {xs}"
CALLS = "local_gradients({op!r}, y, *xs) with xs = {xs[0]}, then with xs = {xs[1]}"

EXERCISE = Exercise(
    name="ex03a_local_gradients",
    title="Local gradients, op by op",
    entry_point="local_gradients",
    reference=local_gradients,
    probes=(
        Probe("*", gradients, 2, draw_mul, CALL, "(b, a): each factor gets the other one"),
        Probe("** with a fixed power", gradients, 2, draw_pow, CALL, "(n · xⁿ⁻¹,)"),
        Probe("exp", gradients, 1, draw_exp, CALL, "(y,): exp is its own slope"),
        Probe("log", gradients, 1, draw_log, CALL, "(1/x,)"),
        Probe("tanh", gradients, 1, draw_tanh, CALL, "(1 − y²,)"),
        Probe("sigmoid", gradients, 1, draw_sigmoid, CALL, "(y · (1 − y),)"),
        Probe(
            "relu, shut and open",
            both_sides,
            2,
            draw_relu,
            CALLS,
            "below 0 the gate is shut and passes 0; above it is open and passes 1",
        ),
        Probe(
            "max, either way round",
            both_sides,
            2,
            draw_max,
            CALLS,
            "1 to the larger input, 0 to the other",
        ),
    ),
    misconceptions=(
        Misconception(
            mul_swapped,
            "In a product each factor got its own number. Move a a little and a·b moves by b "
            "times as much: each factor gets the other one.",
        ),
        Misconception(
            mul_uses_output,
            "In a product both factors got the output y. Each one's slope is the other factor.",
        ),
        Misconception(
            mul_like_add,
            "You treat * like +. A sum passes 1 to both; a product passes each factor the other.",
        ),
        Misconception(
            pow_forgets_n,
            "For xⁿ the factor n is missing: the slope is n · xⁿ⁻¹.",
        ),
        Misconception(
            exponent_not_lowered,
            "For xⁿ the power stays as it was: the slope is n · xⁿ⁻¹, one power less.",
        ),
        Misconception(
            exp_uses_input,
            "For exp you pass on the input. exp is its own slope, so it is the output, y.",
        ),
        Misconception(
            exp_twice,
            "For exp you take exp of y, but y is exp(x) already: the slope is y itself.",
        ),
        Misconception(
            exp_as_power,
            "You treat exp like a power. In xⁿ the base moves; in eˣ the exponent moves, and then "
            "the slope is eˣ itself: y.",
        ),
        Misconception(
            log_uses_output,
            "For log you divide by the output. The slope of log at x is 1/x, with the input.",
        ),
        Misconception(
            tanh_one_minus_y,
            "For tanh the square is missing: 1 − y², not 1 − y.",
        ),
        Misconception(
            tanh_twice,
            "For tanh you take tanh of y, but y is tanh(x) already: 1 − y².",
        ),
        Misconception(
            tanh_uses_input,
            "For tanh you square the input. It is the output that counts: 1 − y².",
        ),
        Misconception(
            sigmoid_uses_input,
            "For sigmoid you use the input. It is the output that counts: y · (1 − y).",
        ),
        Misconception(
            sigmoid_like_tanh,
            "You treat sigmoid like tanh. Sigmoid runs from 0 to 1, and its slope is y · (1 − y).",
        ),
        Misconception(
            gate_missing,
            "Your relu lets everything through. Below 0 its output does not move at all, so there "
            "the slope is 0.",
        ),
        Misconception(
            gate_inverted,
            "Your relu is open where it should be shut: the slope is 1 above 0 and 0 below.",
        ),
        Misconception(
            relu_passes_value,
            "For relu you pass on its output. Above 0, relu(x) = x moves exactly as x does: "
            "the slope is 1.",
        ),
        Misconception(
            max_to_both,
            "Your max passes 1 to both inputs. Only the larger one decides the result; moving the "
            "other a little changes nothing, so it gets 0.",
        ),
        Misconception(
            max_to_the_smaller,
            "Your max passes the 1 to the smaller input. The larger one decides the result.",
        ),
        Misconception(
            comma_missing,
            "The slopes are right, but an op with one input must give a tuple of one number too. "
            "It is the comma that makes the tuple: `return (y,)`; `(y)` is just y.",
        ),
    ),
    hints=(
        "For each op ask: if this one input grows by a tiny bit while the others stand still, how "
        "many times that bit does y grow?",
        "* gives each factor the other one. relu and max decide: 1 to the input that counts, "
        "0 to the one that does not.",
        "For exp, tanh and sigmoid the output is all you need: y, 1 − y², y · (1 − y).",
        "x ** n: (n * x ** (n - 1),). log: (1 / x,). Mind the comma that makes a tuple of one.",
    ),
    difficulty=2,
    minutes=15,
    without=("micrograd_lab.scalar", "micrograd_lab.lens"),
)
