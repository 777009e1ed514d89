"""A shorter program with the same results: no step twice, none that nobody needs."""

from typing import Any

import numpy as np

from micrograd_lab.compiler.program import Program, Step, Var, array_of, vars_in

SHARING = ("reshape", "broadcast_to")  # their results may be views


def simplified(program: Program) -> Program:
    return without_dead(folded(without_twins(without_copies(program))))


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
