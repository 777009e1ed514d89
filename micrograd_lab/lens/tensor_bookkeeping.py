"""What the numbers of a tensor engine do not show: whose memory is whose, and who has which parents."""

import warnings
from collections.abc import Iterator, Sequence
from itertools import combinations
from typing import Any

import numpy as np

from micrograd_lab.lens.adapt import NAMES
from micrograd_lab.lens.bench import NotYetError
from micrograd_lab.lens.checks import FINE, Outcome
from micrograd_lab.lens.naming import number
from micrograd_lab.lens.tensor_bench import TensorBench, same
from micrograd_lab.lens.tensor_experiment import TensorExperiment, some
from micrograd_lab.lens.tensor_trials import Before, first_told

VECTORS = (some(2), some(2, other=True))


def memory(programs: Sequence[TensorExperiment], bench: TensorBench, _: Before) -> Outcome:
    """Nobody's gradient changes when that of another, or somebody's data, is changed in place."""

    def look(program: TensorExperiment) -> str:
        inputs, top = program.run(bench.make)
        bench.backward(bench.loss(top))
        names = [*program.names[: len(inputs)], "the result"]
        return next(_together(bench, names, [*inputs, top]), "")

    return first_told(programs, look)


def _together(bench: TensorBench, names: Sequence[str], nodes: Sequence[Any]) -> Iterator[str]:
    """Which of the arrays are one: in words."""
    held = [
        (f"{name}.grad", g)
        for name, x in zip(names, nodes, strict=True)
        if (g := _kept(bench, x)) is not None
    ]
    data = [(f"{name}.data", bench.array(x)) for name, x in zip(names, nodes, strict=True)]
    for name, g in held:
        if g.size > 1 and any(s == 0 and n > 1 for s, n in zip(g.strides, g.shape, strict=True)):
            yield f"all entries of {name} are one number in memory"
    for (one, a), (other, b) in [*combinations(held, 2), *((g, d) for g in held for d in data)]:
        if np.shares_memory(a, b):
            yield f"{one} and {other} share memory: whoever changes one in place changes the other"


def _kept(bench: TensorBench, x: Any) -> Any:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # PyTorch warns when asked for the gradient of a result
        return bench.held(x)


def untouched(programs: Sequence[TensorExperiment], bench: TensorBench, _: Before) -> Outcome:
    """backward() computes gradients and leaves the numbers alone."""

    def look(program: TensorExperiment) -> str:
        inputs, top = program.run(bench.make)
        before = [bench.data(x) for x in inputs]
        bench.backward(bench.loss(top))
        return " and ".join(bench.changed(program.names, inputs, before))

    return first_told(programs, look)


def inherits(bench: TensorBench, _: Before) -> Outcome:
    if not hasattr(bench.constant(2.0), "requires_grad"):
        return "missing", "nothing is called requires_grad", None
    x, c = bench.make(VECTORS[0]), bench.constant(VECTORS[1])
    for text, result, expected in (
        ("c", c, False), ("x * x", x * x, True), ("x * c", x * c, True), ("c * x", c * x, True),
        ("c * c", c * c, False),
    ):  # fmt: skip
        if bool(result.requires_grad) is not expected:
            told = f"x requires a gradient, c does not; ({text}).requires_grad is {not expected}"
            return "wrong", told, None
    return FINE


def constants(bench: TensorBench, before: Before) -> Outcome:
    """A constant gets no gradient, and what is made of constants alone is not even visited."""
    if any(finding.name == "inherits" and finding.status == "wrong" for finding in before):
        raise NotYetError
    x, c = bench.make(VECTORS[0]), bench.constant(VECTORS[1])
    if bool(getattr(c, "requires_grad", True)):
        return "missing", "no way was found to make a tensor that requires no gradient", None
    d = c * c
    bench.backward(bench.total(x * d))
    for text, node in (("c", c), ("c * c", d)):
        if np.any(_kept(bench, node)):
            told = f"c requires no gradient; (x * (c * c)).sum().backward() gives one to {text}"
            return "wrong", told, None
    if not same(bench.grad(x), bench.data(d)):
        told = f"c requires no gradient; (x * (c * c)).sum(): x.grad is {number(bench.grad(x))}"
        return "wrong", f"{told}, not {number(bench.data(d))}", None
    return FINE


def detach(bench: TensorBench, _: Before) -> Outcome:
    x = bench.make(VECTORS[0])
    if not hasattr(x, "detach"):
        return "missing", "nothing is called detach", None
    d = x.detach()
    told = "d = a.detach(): d requires a gradient" * bool(getattr(d, "requires_grad", False))
    bench.backward(bench.total(x * d))
    if not same(bench.grad(x), bench.data(x)):
        text = "(a * a.detach()).sum().backward(): a.grad is"
        told = f"{text} {number(bench.grad(x))}, not {number(bench.data(x))}"
    return ("wrong", f"a = {number(bench.data(x))}; {told}", None) if told else FINE


def detach_memory(bench: TensorBench, _: Before) -> Outcome:
    x = bench.make(VECTORS[0])
    if not hasattr(x, "detach"):
        return "missing", "nothing is called detach", None
    if np.shares_memory(bench.array(x), bench.array(x.detach())):
        return FINE
    return "wrong", "a.detach() copies the numbers of a", None


def remembers(bench: TensorBench, _: Before) -> Outcome:
    """What pictures and tools read, where an engine keeps it."""
    a, b = (bench.make(x) for x in VECTORS)
    y = a + b
    op = next((name for name in NAMES["op"] if hasattr(y, name)), "")
    parents = next((name for name in NAMES["parents"] if hasattr(y, name)), "")
    if not op or not parents:
        return "missing", "nothing holds an op and parents", None
    if not getattr(y, op):
        return "wrong", f"(a + b).{op} is {getattr(y, op)!r}", None
    if len(getattr(y, parents)) != 2:
        return "wrong", f"(a + b).{parents} holds {len(getattr(y, parents))}, not 2", None
    return FINE
