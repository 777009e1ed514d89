"""Every op's number and slope against plain mathematics; random graphs against other engines."""

import cmath
import math
import operator
import random
from collections.abc import Callable
from typing import Any

import micrograd.engine
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from micrograd_lab.scalar import Value

seeded = settings(derandomize=True, deadline=None, max_examples=60)
upstreams = st.one_of(st.floats(0.3, 3), st.floats(-3, -0.3))  # never 1: a rule must multiply by it
seeds = st.integers(0, 2**32)


# Every op against plain mathematics.


def slope(f: Callable[[float], float], x: float, h: float = 2e-4) -> float:
    """f'(x) by central differences over four points; the error shrinks with h⁴."""
    return (8 * (f(x + h) - f(x - h)) - (f(x + 2 * h) - f(x - 2 * h))) / (12 * h)


def logistic(x: float) -> float:
    return 1 / (1 + math.exp(-x))


ANY, POSITIVE = st.floats(-4, 4), st.floats(0.1, 4)
OFF_ZERO = st.one_of(st.floats(-4, -0.1), POSITIVE)

ONE_PARENT: dict[str, tuple[Callable[[Value], Value], Callable[[float], float], Any]] = {
    "neg": (lambda x: -x, lambda x: -x, ANY),
    "exp": (lambda x: x.exp(), math.exp, ANY),
    "log": (lambda x: x.log(), math.log, POSITIVE),
    "sqrt": (lambda x: x.sqrt(), math.sqrt, POSITIVE),
    "sin": (lambda x: x.sin(), math.sin, ANY),
    "cos": (lambda x: x.cos(), math.cos, ANY),
    "tanh": (lambda x: x.tanh(), math.tanh, ANY),
    "sigmoid": (lambda x: x.sigmoid(), logistic, ANY),
    "relu": (lambda x: x.relu(), lambda x: x if x > 0 else 0.0, OFF_ZERO),
    "abs": (lambda x: x.abs(), abs, OFF_ZERO),
    "**3": (lambda x: x**3, lambda x: x**3, ANY),
    "**-2": (lambda x: x**-2, lambda x: x**-2, OFF_ZERO),
    "**0.5": (lambda x: x**0.5, lambda x: x**0.5, POSITIVE),
    "**0": (lambda x: x**0, lambda x: 1.0, ANY),
}
TWO_PARENTS: dict[str, tuple[Callable[[Any, Any], Any], Callable[[float, float], float]]] = {
    "+": (operator.add, operator.add),
    "-": (operator.sub, operator.sub),
    "*": (operator.mul, operator.mul),
    "/": (operator.truediv, operator.truediv),
    "**": (operator.pow, operator.pow),
    "max": (lambda a, b: a.max(b), max),
    "min": (lambda a, b: a.min(b), min),
}


@pytest.mark.parametrize("op", ONE_PARENT)
@seeded
@given(data=st.data(), upstream=upstreams)
def test_an_op_of_one_parent_has_the_plain_number_and_slope(op: str, data: Any, upstream: float):
    on_value, on_float, points = ONE_PARENT[op]
    x = Value(data.draw(points))
    y = on_value(x)
    (y * upstream).backward()
    assert (y.op, y.parents) == (op, (x,))
    assert y.data == pytest.approx(on_float(x.data), rel=1e-14)
    assert x.grad == pytest.approx(upstream * slope(on_float, x.data), rel=1e-7, abs=1e-9)


@pytest.mark.parametrize("op", TWO_PARENTS)
@seeded
@given(a=POSITIVE, b=POSITIVE, upstream=upstreams)
def test_an_op_of_two_parents_has_the_plain_number_and_slopes(op, a, b, upstream):
    on_values, on_floats = TWO_PARENTS[op]
    if op in ("max", "min") and abs(a - b) < 0.01:
        b += 0.1  # away from the kink
    x, y = Value(a), Value(b)
    z = on_values(x, y)
    (z * upstream).backward()
    assert (z.op, z.parents) == (op, (x, y))
    assert z.data == pytest.approx(on_floats(a, b), rel=1e-14)
    by_a, by_b = slope(lambda a: on_floats(a, b), a), slope(lambda b: on_floats(a, b), b)
    assert x.grad == pytest.approx(upstream * by_a, rel=1e-7, abs=1e-9)
    assert y.grad == pytest.approx(upstream * by_b, rel=1e-7, abs=1e-9)


@seeded
@given(x=st.one_of(st.floats(-3, -0.1), st.floats(0.1, 3)))
def test_tanh_and_sigmoid_are_what_their_formulas_say(x):
    a, b = Value(x), Value(x)
    (((2 * b).exp() - 1) / ((2 * b).exp() + 1)).backward()
    a.tanh().backward()
    assert a.grad == pytest.approx(b.grad, rel=1e-12)
    c, d = Value(x), Value(x)
    (1 / (1 + (-d).exp())).backward()
    c.sigmoid().backward()
    assert c.grad == pytest.approx(d.grad, rel=1e-12)


# Random graphs: 5 to 40 nodes, nodes used many times, the same program run by different engines.

Step = tuple[str, int, int]
CURVES = ("tanh", "sin", "cos", "sigmoid", "abs")
GRAPH_OPS: dict[str, Callable[[Any, Any], Any]] = {
    "+": operator.add,
    "-": operator.sub,
    "*": operator.mul,
    "/": operator.truediv,
    "neg": lambda a, b: -a,
    "square": lambda a, b: a**2,
    "cube": lambda a, b: a**3,
    "reciprocal": lambda a, b: a**-1,
    "from a number": lambda a, b: 2 - a,
    "over a number": lambda a, b: a / 4 + 3 / b,
    "relu": lambda a, b: curve("relu", a) + b,  # on its own an idle relu would be a 0 to divide by
}
COMPLEX: dict[str, Callable[[complex], complex]] = {
    "tanh": cmath.tanh,
    "sin": cmath.sin,
    "cos": cmath.cos,
    "sigmoid": lambda z: 1 / (1 + cmath.exp(-z)),
    "relu": lambda z: z if z.real > 0 else 0 * z,
    "abs": lambda z: z if z.real > 0 else -z,
}


def curve(op: str, a: Any) -> Any:
    return COMPLEX[op](a) if isinstance(a, complex) else getattr(a, op)()


def step(op: str, a: Any, b: Any) -> Any:
    return GRAPH_OPS[op](a, b) if op in GRAPH_OPS else curve(op, a)


def run(program: list[Step], inputs: list[Any]) -> list[Any]:
    """Every node of the program, the inputs first; the last one depends on as many as can be."""
    nodes = list(inputs)
    for op, i, j in program:
        nodes.append(step(op, nodes[i], nodes[j]))
    return nodes


def random_program(seed: int, ops: tuple[str, ...]) -> tuple[list[Step], list[float]]:
    """A few inputs and 5 to 40 steps whose numbers stay moderate and away from every kink."""
    rng = random.Random(seed)
    inputs = [rng.choice((-1, 1)) * rng.uniform(0.3, 2) for _ in range(rng.randint(1, 4))]
    program: list[Step] = []
    nodes = [complex(x) for x in inputs]
    size = rng.randint(5, 40)
    while len(program) < size:
        recent = max(0, len(nodes) - 6)
        i, j = rng.randint(recent, len(nodes) - 1), rng.randrange(len(nodes))
        op = rng.choice(ops)
        result = step(op, nodes[i], nodes[j])
        if 0.05 < abs(result.real) < 8:
            program.append((op, i, j))
            nodes.append(result)
    return program, inputs


@settings(seeded, max_examples=150)
@given(seed=seeds, upstream=upstreams)
def test_random_graphs_agree_with_the_complex_step(seed, upstream):
    """f(x + ih).imag / h: a derivative without a difference, so no rounding hides a mistake."""
    program, numbers = random_program(seed, (*GRAPH_OPS, *CURVES))
    inputs = [Value(x) for x in numbers]
    root = run(program, inputs)[-1] * upstream
    root.backward()
    h = 1e-30
    for k, x in enumerate(inputs):
        nudged = [complex(v, h if i == k else 0) for i, v in enumerate(numbers)]
        result = run(program, nudged)[-1] * upstream
        assert root.data == pytest.approx(result.real, rel=1e-9, abs=1e-9)
        assert x.grad == pytest.approx(result.imag / h, rel=1e-8, abs=1e-9)


@settings(seeded, max_examples=60)
@given(seed=seeds, upstream=upstreams)
def test_random_graphs_agree_with_central_differences(seed, upstream):
    smooth = ("+", "-", "*", "neg", "from a number", "tanh", "sin", "sigmoid")
    program, numbers = random_program(seed, smooth)
    program = program[:12]  # deeper ones curve too much within a step of any size
    inputs = [Value(x) for x in numbers]
    (run(program, inputs)[-1] * upstream).backward()
    for k, x in enumerate(inputs):

        def along(v: float, k: int = k) -> float:
            moved = [Value(v if i == k else n) for i, n in enumerate(numbers)]
            return run(program, moved)[-1].data

        assert x.grad == pytest.approx(upstream * slope(along, x.data), rel=1e-5, abs=1e-7)


@settings(seeded, max_examples=150)
@given(seed=seeds, upstream=upstreams)
def test_random_graphs_agree_with_micrograd_at_every_node(seed, upstream):
    program, numbers = random_program(seed, tuple(GRAPH_OPS))
    ours = run(program, [Value(x) for x in numbers])
    theirs = run(program, [micrograd.engine.Value(x) for x in numbers])
    (ours[-1] * upstream).backward()
    (theirs[-1] * upstream).backward()
    largest = max(abs(node.grad) for node in theirs)
    for a, b in zip(ours, theirs, strict=True):
        assert a.data == pytest.approx(b.data, rel=1e-9)
        assert a.grad == pytest.approx(b.grad, rel=1e-8, abs=1e-11 * largest)
