"""What is tried on a tensor engine with programs: cut down, pulled from above, drawn at random, nudged."""

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

import numpy as np

from micrograd_lab.lens import checks
from micrograd_lab.lens.bench import NotYetError
from micrograd_lab.lens.checks import FINE, Check, Outcome, agrees, fails, right, told_by, working
from micrograd_lab.lens.conformance import Counterexample, Finding
from micrograd_lab.lens.experiment import shrunk
from micrograd_lab.lens.naming import number
from micrograd_lab.lens.tensor_bench import TensorBench, same
from micrograd_lab.lens.tensor_experiment import (
    TENSOR_OPS,
    TensorExperiment,
    nested,
    tensors_at_random,
)

Before = Sequence[Finding]
SINGLE = {"add": "+", "mul": "*", "neg": "neg", "sub": "-", "matmul_square": "@", "sum": "sum"}
SINGLE |= {"div": "/", "pow": "**", "transpose": "T"}
SINGLE |= {n: n for n in ("relu", "tanh", "exp", "log", "mean", "sum_axis", "reshape", "index")}
# What a random graph can draw is tried alone first.
assert set(SINGLE.values()) == set(TENSOR_OPS)


def after(names: str, check: Check) -> Check:
    """The check, once those it builds on are right."""

    def waiting(bench: Any, before: Before) -> Outcome:
        if not {*names.split()} <= {*right(before)}:
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


def first_told(
    programs: Sequence[TensorExperiment], look: Callable[[TensorExperiment], str]
) -> Outcome:
    """The first program of which `look` has something to tell."""
    for program in programs:
        try:
            told = look(program)
        except Exception:  # that it cannot run, its own check says
            continue
        if told:
            return "wrong", told, Counterexample(program, told)
    return FINE


def upstream(programs: Sequence[TensorExperiment], bench: TensorBench, before: Before) -> Outcome:
    """What is right for an upstream gradient of ones is right for any."""
    tried = []

    def look(program: TensorExperiment) -> str:
        told = bench.differs(program)
        tried.append(not bench.differs(program, ones=True))
        return told * tried[-1]

    found = first_told(programs, look)
    if not any(tried):
        raise NotYetError
    return found


def random_graphs(seed: int, bench: TensorBench, before: Before) -> Outcome:
    """Shapes meet in them where the engine can stretch."""
    shapes = {"leading_axes", "axes_of_one", "both_at_once", "each_other", "with_scalar"}
    stretch = shapes <= {*right(before)}
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
            for place, found in np.ndenumerate(np.broadcast_to(bench.grad(x), bench.data(x).shape)):
                above, below = (_value(bench, program, i, place, step) for step in (h, -h))
                slope = ((above - below) * w).sum() / (2 * h)
                if not same(found, slope, tolerance):
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
