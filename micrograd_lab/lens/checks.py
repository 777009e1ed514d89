"""The checks of conformance(), in the order in which an engine is usually built."""

from collections.abc import Callable, Iterator, Sequence
from functools import partial
from typing import Any

import numpy as np

from micrograd_lab.errors import LabError
from micrograd_lab.lens.bench import Bench, NotYetError, close, said
from micrograd_lab.lens.calls import CALLS, TooManyCallsError, with_few_calls
from micrograd_lab.lens.conformance import Counterexample, Finding, Status
from micrograd_lab.lens.experiment import OPS, Experiment, drawn_at_random, shrunk
from micrograd_lab.lens.naming import number

Outcome = tuple[Status, str, Counterexample | None]
Check = Callable[[Any, Sequence[Finding]], Outcome]  # of a Bench, or a TensorBench
FINE: Outcome = ("ok", "", None)
DEEP = 10_000  # nodes in a chain: a long training loss, an unrolled recurrence
DOUBLINGS = 18  # a quarter of a million paths over eighteen nodes
NOT_DOUBLED = f"{DOUBLINGS} doublings cost {DOUBLINGS} steps, not 2^{DOUBLINGS}"

A, B = 0, 1  # the inputs


def one(op: str, *arguments: Any, inputs: tuple[float, ...] = (2.0, 3.0)) -> Experiment:
    return Experiment(inputs, ((op, arguments),))


TOGETHER = [  # name, claim, programs
    ("add",   "a + b, a + 2",     [one("+", A, B), one("+", A, 2.0, inputs=(3.0,))]),
    ("mul",   "a * b, a * 2",     [one("*", A, B), one("*", A, 2.0, inputs=(3.0,))]),
    ("neg",   "-a",               [one("neg", A, inputs=(3.0,))]),
    ("sub",   "a - b, a - 2",     [one("-", A, B), one("-", A, 2.0, inputs=(3.0,))]),
    ("div",   "a / b, a / 2",     [one("/", A, B), one("/", A, 2.0, inputs=(3.0,))]),
    ("pow",   "a ** 2, a ** -1, a ** 0.5",
     [one("**", A, n, inputs=(4.0,)) for n in (2.0, -1.0, 0.5)]),
    ("radd",  "2 + a",            [one("+", 2.0, A, inputs=(3.0,))]),
    ("rmul",  "2 * a",            [one("*", 2.0, A, inputs=(3.0,))]),
    ("rsub",  "2 - a",            [one("-", 2.0, A, inputs=(3.0,))]),
    ("rdiv",  "2 / a",            [one("/", 2.0, A, inputs=(4.0,))]),
    ("power_of_nodes", "a ** b",  [one("**", A, B)]),
    ("relu",  "a.relu(), on both sides of 0",
     [one("relu", A, inputs=(x,)) for x in (3.0, -3.0)]),
    ("tanh",  "a.tanh()",         [one("tanh", A, inputs=(0.5,))]),
    ("exp",   "a.exp()",          [one("exp", A, inputs=(0.5,))]),
    ("log",   "a.log()",          [one("log", A, inputs=(0.5,))]),
    ("upstream", "each op multiplies by the gradient from above", [
        Experiment((2.0, 3.0), ((op, (A, B)), ("*", (2, 5.0)))) for op in "+*"]),
    ("reuse", "a + a, a * a: both uses count", [
        one("+", A, A, inputs=(3.0,)), one("*", A, A, inputs=(3.0,))]),
    ("order", "a node passes on its gradient once it is complete", [
        Experiment((2.0, 3.0), (("*", (A, B)), ("+", (2, A)), ("*", (2, 3)))),
        Experiment((2.0, 3.0), (("*", (A, B)), ("+", (2, A)), ("*", (3, 2)))),
        Experiment((2.0, 3.0), (("*", (A, B)), ("*", (2, -1.0)), ("*", (2, 3)))),
        Experiment((2.0, 3.0), (("*", (A, B)), ("*", (2, -1.0)), ("*", (3, 2)))),
        Experiment((3.0,), (("*", (A, A)), ("*", (1, 2.0)), ("*", (2, 2.0)), ("+", (1, 3)))),
        Experiment((3.0,), (("*", (A, A)), ("*", (1, 2.0)), ("*", (2, 2.0)), ("+", (3, 1))))]),
]  # fmt: skip
SINGLE = {"add": "+", "mul": "*", "neg": "neg", "sub": "-", "div": "/", "pow": "**"}
SINGLE |= {name: name for name in ("relu", "tanh", "exp", "log")}
# What a random graph can draw is tried alone first.
assert set(SINGLE.values()) == set(OPS)


def checks(seed: int) -> Iterator[tuple[str, str, Check]]:
    """(name, claim, check) for everything that is tried."""
    for name, claim, programs in TOGETHER:
        yield name, claim, partial(agrees, programs)
    graphs = partial(random_graphs, seed, drawn_at_random, SINGLE)
    yield "random_graphs", "200 random graphs of the ops that work", graphs
    yield "finite_differences", "gradients are the slopes that nudging shows", partial(nudged, seed)
    yield "accumulation", "gradients of two losses add up in a leaf", partial(two_losses, False)
    yield "zero_grad", "after a.grad = 0 it starts afresh", partial(two_losses, True)
    yield "second_backward", "backward() twice gives leaves twice the gradient", TWICE
    yield "sharing", NOT_DOUBLED, shared
    yield "deep_chain", f"a chain of {DEEP:,} nodes", deep


def agrees(programs: Sequence[Experiment], bench: Any, _: Sequence[Finding]) -> Outcome:
    """Each program gives the values and gradients that it should."""
    for program in programs:
        try:
            program.run(bench.make)
        except Exception as error:
            if bench.lacks(error):
                return "missing", said(error), None
            return "wrong", said(error), Counterexample(program, said(error))
        try:
            told = bench.differs(program)
        except NotYetError:
            return "waiting", "", None
        except Exception as error:
            if bench.unwritten(error):
                return "missing", said(error), None
            return "wrong", said(error), Counterexample(program, said(error))
        if told:
            return "wrong", told, Counterexample(program, told)
    return FINE


def random_graphs(
    seed: int,
    draw: Callable[[int, Sequence[str]], Any],
    single: dict[str, str],
    bench: Any,
    before: Sequence[Finding],
) -> Outcome:
    """Only ops that are right one by one, so what fails here is how they work together."""
    ops = working(single, before)
    if not ops:
        return "missing", "no op works by itself yet", None
    for k in range(200):
        program = draw(1000 * seed + k, ops)
        if program.lines and fails(bench, program):
            small = shrunk(program, partial(fails, bench))
            told = told_by(bench, small)
            return "wrong", f"graph {k + 1} of 200: {told}", Counterexample(small, told)
    return FINE


def nudged(seed: int, bench: Bench, before: Sequence[Finding]) -> Outcome:
    """Central differences of the engine's own forward pass: no second engine to trust."""
    ops = working(SINGLE, before)
    if not ops:
        return "missing", "no op works by itself yet", None
    for k in range(20):
        program = drawn_at_random(1000 * seed + 500 + k, ops, lines=4)
        inputs, root = program.run(bench.make)
        root.backward()
        for i, node in enumerate(inputs):
            slope = _slope(bench, program, i)
            if not close(bench.grad(node), slope, 1e-3):
                told = f"{program.names[i]}.grad is {number(bench.grad(node))}, nudged {slope:.4g}"
                return "wrong", told, Counterexample(program, told)
    return FINE


def two_losses(clear: bool, bench: Any, _: Sequence[Finding]) -> Outcome:
    """Their gradients add up in a leaf, unless it is set to zero between them."""
    a = bench.make(bench.like(3.0))
    for factor in (2.0, 5.0):
        if clear:
            bench.clear(a)
        bench.total(a * factor).backward()
    expected = bench.like(5.0 if clear else 7.0)
    if bench.same(bench.grad(a), expected):
        return FINE
    first, second = (f"(a * {factor}){bench.summed}.backward()" for factor in (2, 5))
    between = "a.grad = 0, " if clear else ""
    text = f"{first}, {between}{second}: a.grad is {number(bench.grad(a))}"
    return "wrong", f"{text}, not {number(expected)}", None


def twice(program: Experiment, bench: Any, _: Sequence[Finding]) -> Outcome:
    """What stands between the leaves and the root must be computed afresh."""
    (a, *_others), root = program.run(bench.make)
    loss = bench.loss(root)
    bench.backward(loss, again=True)
    first = bench.grad(a)
    try:
        bench.backward(loss, again=True)
    except Exception as error:
        return "wrong", said(error), None
    second = bench.grad(a)
    if bench.same(second, 2 * first):
        return FINE
    text = f"a.grad is {number(first)}, then {number(second)}, not {number(2 * first)}"
    if np.all(np.abs(second) > 2 * np.abs(first)):
        text += ": inner nodes still hold the gradient of the first time"
    return "wrong", text, Counterexample(program, text)


TWICE = partial(twice, Experiment((2.0, 3.0), (("*", (A, B)), ("*", (2, 5.0)))))


def shared(bench: Any, _: Sequence[Finding]) -> Outcome:
    """A node that is used twice passes its gradient on once; else the work doubles at each use."""
    two = Experiment((1.0,), (("+", (A, A)), ("+", (1, 1)), ("+", (2, 2))))
    a = node = bench.make(1.0)
    for _step in range(DOUBLINGS):
        node = node + node
    try:
        with_few_calls(node.backward)
    except TooManyCallsError:
        told = f"over {DOUBLINGS} such doublings more than {CALLS:,} calls: once per path, not per node"
        return "wrong", told, Counterexample(two, told)
    except Exception as error:
        return "wrong", said(error), None
    if close(bench.grad(a), 2.0**DOUBLINGS):
        return FINE
    return "wrong", f"a.grad is {number(bench.grad(a))}, not 2^{DOUBLINGS} = {2**DOUBLINGS:,}", None


def deep(bench: Any, _: Sequence[Finding]) -> Outcome:
    a = node = bench.make(1.0)
    for _step in range(DEEP):
        node = node + 1.0
    try:
        node.backward()
    except RecursionError:
        return "wrong", "RecursionError: walk with a stack of your own, not by recursion", None
    except Exception as error:
        return "wrong", said(error), None
    if close(bench.grad(a), 1.0):
        return FINE
    return "wrong", f"a.grad is {number(bench.grad(a))}, not 1", None


def right(before: Sequence[Finding]) -> list[str]:
    """The checks that went well."""
    return [finding.name for finding in before if finding.status == "ok"]


def working(single: dict[str, str], before: Sequence[Finding]) -> list[str]:
    """The ops whose own check went well."""
    return [single[name] for name in right(before) if name in single]


def told_by(bench: Any, program: Experiment) -> str:
    try:
        return str(bench.differs(program))
    except (LabError, NotYetError):
        raise
    except Exception as error:
        return said(error)


def fails(bench: Any, program: Experiment) -> bool:
    try:
        return bool(told_by(bench, program))
    except (LabError, NotYetError):  # a shrunken program that is not defined proves nothing
        return False


def _slope(bench: Bench, program: Experiment, i: int, h: float = 1e-5) -> float:
    def at(x: float) -> float:
        inputs = (*program.inputs[:i], x, *program.inputs[i + 1 :])
        return bench.data(Experiment(inputs, program.lines).run(bench.make)[1])

    x = program.inputs[i]
    return (at(x + h) - at(x - h)) / (2 * h)
