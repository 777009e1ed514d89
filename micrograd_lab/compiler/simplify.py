"""A shorter program with the same results: no step twice, none that nobody needs."""

from typing import Any

import numpy as np

from micrograd_lab.compiler.program import Program, Step, Var, array_of, vars_in
from micrograd_lab.ops.op import OPS

SHARING = ("reshape", "broadcast_to")  # their results may be views


def simplified(program: Program) -> Program:
    return without_dead(joined(folded(without_twins(without_copies(program)))))


SMALL = 4096  # entries of a constant that is worked out beforehand


def folded(program: Program) -> Program:
    """What is made of constants alone is a constant."""
    steps = []
    for step in program.steps:
        reads = list(step.reads())
        constant = (
            step.op and all(v.home == "constant" for v in reads) and step.outputs[0].size <= SMALL
        )
        if constant and step.name != "clone" and not any(map(vars_of, step.params.values())):
            (out,) = step.outputs
            inputs = [array_of(x) if isinstance(x, Var) else x for x in step.inputs]
            out.home, out.value = "constant", np.asarray(step.call.forward(*inputs, **step.params))
            program.inputs.append(out)
        else:
            steps.append(step)
    return program.replaced(steps)


def vars_of(value: Any) -> list[Var]:
    return list(vars_in(value))


def without_copies(program: Program) -> Program:
    """A clone of what this call has made is that itself: nothing here is changed in place."""
    steps, same = [], dict[Var, Var]()
    leaving = set(program.leaving())
    fresh: set[Var] = set()  # in memory of their own
    for step in program.steps:
        step = renamed(step, same)
        if not (step.op and (step.op.is_view or step.name in SHARING)):
            fresh.update(step.makes())
        x = step.inputs[0] if step.inputs else None
        if (
            step.name == "clone"
            and isinstance(x, Var)
            and x in fresh
            and not (step.outputs[0] in leaving and x in leaving)
        ):
            if step.outputs[0] in leaving:  # two gradients must not share memory
                leaving.add(x)
            x.of = x.of or step.outputs[0].of
            same[step.outputs[0]] = x
        else:
            steps.append(step)
    return renaming(program.replaced(steps), same)


def without_twins(program: Program) -> Program:
    """Common subexpressions: the same op on the same inputs is done once."""
    seen: dict[Any, Step] = {}
    steps, same = [], dict[Var, Var]()
    leaving = set(program.leaving())
    for step in program.steps:
        step = renamed(step, same)
        key = (step.kind, step.name, repr(step.params), *map(_identity, step.inputs))
        params = [v for value in step.params.values() for v in vars_in(value)]
        twin = seen.setdefault(key, step) if step.kind == "op" and not params else step
        if step.kind == "call":
            seen.clear()
        if twin is step or any(v in leaving for v in step.makes()):
            steps.append(step)
        else:
            same.update(zip(step.outputs, twin.outputs, strict=True))
    return renaming(program.replaced(steps), same)


def without_dead(program: Program) -> Program:
    """Steps that lead to nothing are left out."""
    needed = set(program.leaving())
    steps = []
    for step in reversed(program.steps):
        if not step.pure or any(v in needed for v in step.makes()):
            steps.append(step)
            needed.update(step.reads())
    return program.replaced(steps[::-1])


def joined(program: Program) -> Program:
    """The gradients of slices that lie side by side: joined, instead of filled up with 0 and added."""
    makers = {v: step for step in program.steps for v in step.makes()}
    steps = []
    for step in program.steps:
        found = _slices(step.outputs[0], makers) if step.name == "add" else []
        axis = _tiled(found)
        if axis is not None:
            found.sort(key=lambda part: _range(part, axis))
            pieces = [part.inputs[0] for part in found]
            step = Step("op", "cat", OPS["cat"], pieces, {"dim": axis}, step.outputs)
        steps.append(step)
    return program.replaced(steps)


def _slices(x: Any, makers: dict[Var, Step]) -> list[Step]:
    """The gradients of slices that x is a sum of; none if it is anything else."""
    step = makers.get(x)
    if step is not None and step.kind == "back" and step.name == "slice":
        return [step] if _places(step) else []
    if step is None or step.kind != "op" or step.name != "add":
        return []
    parts = [_slices(v, makers) for v in step.inputs]
    return [slice_ for part in parts for slice_ in part] if all(parts) else []


def _places(step: Step) -> list[range]:
    """Which entries of each axis the slice shows; none if it does more than that."""
    shape, index = step.outputs[0].shape, step.params["index"]
    index = [*index, ...] if isinstance(index, tuple) and ... not in index else [*index]
    at = index.index(...)
    index[at : at + 1] = [slice(None)] * (len(shape) - len(index) + 1)
    if not all(isinstance(k, slice) for k in index):
        return []
    return [range(*k.indices(n)) for k, n in zip(index, shape, strict=True)]


def _range(step: Step, axis: int) -> tuple[int, int]:
    shown = _places(step)[axis]
    return shown.start, shown.stop


def _tiled(steps: list[Step]) -> int | None:
    """The axis along which the slices lie side by side, from one end to the other."""
    if len(steps) < 2:
        return None
    shape, places = steps[0].outputs[0].shape, [_places(step) for step in steps]
    partial = {k for shown in places for k, n in enumerate(shape) if shown[k] != range(n)}
    if len(partial) != 1:
        return None
    (axis,) = partial
    shown = sorted((p[axis] for p in places), key=lambda r: r.start)
    ends = [0, *(r.stop for r in shown)]
    whole = all(r.step == 1 and r.start == end for r, end in zip(shown, ends, strict=False))
    return axis if whole and ends[-1] == shape[axis] else None


def _identity(x: Any) -> Any:
    return id(x) if isinstance(x, Var) else (type(x), repr(x))


def renamed(step: Step, same: dict[Var, Var]) -> Step:
    """The step, reading others in place of some."""
    if not any(v in same for v in step.reads()):
        return step
    inputs = [_swap(x, same) for x in step.inputs]
    params = {key: _swap(value, same) for key, value in step.params.items()}
    return Step(step.kind, step.name, step.call, inputs, params, step.outputs, step.changes)


def renaming(program: Program, same: dict[Var, Var]) -> Program:
    """What leaves the program, under the names that are left."""
    return Program(
        program.steps,
        program.inputs,
        [same.get(v, v) for v in program.results],
        [(leaf, g and same.get(g, g)) for leaf, g in program.grads],
        {held: same.get(v, v) for held, v in program.writes.items()},
        program.counts,
    )


def _swap(x: Any, same: dict[Var, Var]) -> Any:
    if isinstance(x, Var):
        return same.get(x, x)
    if isinstance(x, (tuple, list)) and not hasattr(x, "_fields"):
        return type(x)(_swap(part, same) for part in x)
    return x
