"""What is tried on a tensor engine beside programs: memory, constants, detach, nudging, random graphs."""

import warnings
from collections.abc import Iterator, Sequence
from functools import partial
from itertools import combinations
from typing import Any

import numpy as np

from micrograd_lab.lens import checks
from micrograd_lab.lens.adapt import NAMES
from micrograd_lab.lens.bench import NotYetError
from micrograd_lab.lens.checks import FINE, Check, Outcome, agrees, fails, told_by, working
from micrograd_lab.lens.conformance import Counterexample, Finding
from micrograd_lab.lens.experiment import shrunk
from micrograd_lab.lens.naming import number
from micrograd_lab.lens.tensor_bench import TensorBench, same
from micrograd_lab.lens.tensor_experiment import (
    TENSOR_OPS,
    TensorExperiment,
    nested,
    some,
    tensors_at_random,
)

Before = Sequence[Finding]
SINGLE = {"add": "+", "mul": "*", "neg": "neg", "sub": "-", "matmul_square": "@", "sum": "sum"}
SINGLE |= {"div": "/", "pow": "**", "transpose": "T"}
SINGLE |= {n: n for n in ("relu", "tanh", "exp", "log", "mean", "sum_axis", "reshape", "index")}
VECTORS = (some(2), some(2, other=True))


def after(names: str, check: Check) -> Check:
    """The check, once those it builds on are right."""

    def waiting(bench: Any, before: Before) -> Outcome:
        right = {finding.name for finding in before if finding.status == "ok"}
        if not right.issuperset(names.split()):
            raise NotYetError
        return check(bench, before)

    return waiting


def smallest(
    programs: Sequence[TensorExperiment], same_lines: bool, bench: TensorBench, before: Before
) -> Outcome:
    """Each program gives what it should; one that does not is cut down."""
    status, remark, found = agrees(programs, bench, before)
    if found is None:
        return status, remark, None
    small = shrunk(found.experiment, partial(fails, bench), same_lines)
    told = told_by(bench, small)
    return status, told, Counterexample(small, told)


def upstream(programs: Sequence[TensorExperiment], bench: TensorBench, before: Before) -> Outcome:
    """What is right for an upstream gradient of ones is right for any."""
    tried = False
    for program in programs:
        try:
            right, told = not bench.differs(program, ones=True), bench.differs(program)
        except Exception:  # its own check says so
            continue
        if right and told:
            return "wrong", told, Counterexample(program, told)
        tried = tried or right
    if not tried:
        raise NotYetError
    return FINE


def random_graphs(seed: int, bench: TensorBench, before: Before) -> Outcome:
    """Shapes meet in them where the engine can stretch."""
    right = {finding.name for finding in before if finding.status == "ok"}
    stretch = {"leading_axes", "axes_of_one", "both_at_once", "each_other", "with_scalar"} <= right
    draw = partial(tensors_at_random, stretch=stretch)
    return checks.random_graphs(seed, draw, SINGLE, bench, before)


def nudged(seed: int, bench: TensorBench, before: Before) -> Outcome:
    """Central differences of the engine's own forward pass: no second engine to trust."""
    ops = working(SINGLE, before)
    for k in range(10):
        program = tensors_at_random(1000 * seed + 500 + k, ops, lines=4, stretch=False)
        if not program.lines:
            continue
        inputs, root = program.run(bench.make)
        w = bench.loss_weights(root)
        bench.backward(bench.loss(root))
        h, tolerance = (1e-5, 1e-3) if bench.tolerance < 1e-4 else (1e-2, 2e-2)
        for i, x in enumerate(inputs):
            for place in np.ndindex(bench.data(x).shape):
                there = [_value(bench, program, i, place, step) for step in (h, -h)]
                slope = float(((there[0] - there[1]) * w).sum() / (2 * h))
                found = bench.grad(x)
                found = float(found[place]) if np.ndim(found) else float(found)
                if not same(np.float64(found), np.float64(slope), tolerance):
                    where = f"{program.names[i]}.grad[{', '.join(map(str, place))}]"
                    told = f"{where} is {number(found)}, nudged {slope:.4g}"
                    return "wrong", told, Counterexample(program, told)
    return FINE


def _value(bench: TensorBench, program: TensorExperiment, i: int, place: Any, step: float) -> Any:
    def moved(k: int, x: Any) -> Any:
        array = np.array(x)
        if k == i:
            array[place] += step
        return nested(array)

    inputs = tuple(moved(k, x) for k, x in enumerate(program.inputs))
    return bench.data(TensorExperiment(inputs, program.lines).run(bench.make)[1])


def memory(programs: Sequence[TensorExperiment], bench: TensorBench, _: Before) -> Outcome:
    """Nobody's gradient changes when that of another, or somebody's data, is changed in place."""
    for program in programs:
        try:
            inputs, top = program.run(bench.make)
            bench.backward(bench.loss(top))
        except Exception:  # its own check says so
            continue
        told = next(
            _together(bench, [*program.names[: len(inputs)], "the result"], [*inputs, top]), ""
        )
        if told:
            return "wrong", told, Counterexample(program, told)
    return FINE


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
    for program in programs:
        try:
            told = bench.differs(program)
        except Exception:  # its own check says so
            continue
        if "backward() changes" in told:
            return "wrong", told, Counterexample(program, told)
    return FINE


# Who requires a gradient.


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


assert set(SINGLE.values()) == set(TENSOR_OPS)  # what a random graph can draw is tried alone first
