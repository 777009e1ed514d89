"""Names that can be read: parameters as in the module, results after their op, gradients d_ of what."""

import builtins
import keyword
import re
from typing import Any

from micrograd_lab.compiler.program import Program, Var, array_of

RESERVED = frozenset(
    (*keyword.kwlist, *dir(builtins), "np", "step", "build", "arena", "ops", "held", "compiled")
) | frozenset(
    ("prange", "share", "first", "last", "block", *"ijklmnq", "f4", "largest", "exp_below", "erf")
)


def give_names(program: Program, arguments: list[str], modules: list[Any]) -> None:
    """Give every Var of the program a name of its own."""
    taken: set[str] = set(RESERVED)

    def give(var: Var, wish: str) -> None:
        wish = re.sub(r"\W", "_", wish).strip("_") or "t"
        wish = re.sub(r"^(\d+)_(\w*)$", r"\2\1", wish)  # 0.weight of a Sequential
        wish = f"t{wish}" if wish[0].isdigit() else wish
        name, k = wish, 1
        while name in taken:
            name, k = f"{wish}_{k}", k + 1
        taken.add(name)
        var.name = name

    for step in program.steps:
        taken.add(step.name)
        taken.add(f"{step.name}_back")
    known = parameter_names(modules)
    given = iter(arguments)
    for var in program.inputs:
        if var.home == "argument":
            give(var, next(given))
        elif var.home == "number":
            give(var, var.name)
        elif var.home == "held":
            give(var, known.get(id(array_of(var))) or getattr(var.value, "label", "") or "held")
        else:
            give(var, var.home)
    for held, new in program.writes.items():
        if not new.name and new.home == "made":
            give(new, f"new_{held.name}")
    counts: dict[str, int] = {}
    for step in program.steps:
        for var in step.makes():
            if var.name:
                continue
            if var.of is not None and var.of.name:
                give(var, f"d_{var.of.name}")
            else:
                counts[step.name] = k = counts.get(step.name, 0) + 1
                give(var, f"{step.name}{k}")


def parameter_names(modules: list[Any]) -> dict[int, str]:
    """By the id of an array: the dotted name it has in the outermost module that was called."""
    found: dict[int, str] = {}
    for module in modules:
        for name, x in (*module.named_parameters(), *module.named_buffers()):
            found.setdefault(id(x.array), name)
    return found
