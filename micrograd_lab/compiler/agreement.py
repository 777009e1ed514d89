"""Two recordings of the same call: only what is the same in both can be compiled.

A tensor made within the call from numbers that nobody recorded looks like a constant.  If it is one,
it comes out the same the next time; if it is a batch, a random number or a count, it does not.
"""

from typing import Any

import numpy as np

from micrograd_lab.compiler.program import Program, Step, Var
from micrograd_lab.record import Shape
from micrograd_lab.tensor import Tensor

ndarray = np.ndarray


def difference(a: Program, b: Program) -> str:
    """Why b is not what a was; empty if it is.  Held tensors that are made anew become constants."""
    if [s.name for s in a.steps] != [s.name for s in b.steps]:
        at = next(
            (k for k, (s, t) in enumerate(zip(a.steps, b.steps, strict=False)) if s.name != t.name),
            min(len(a.steps), len(b.steps)),
        )
        names = [p.steps[at].name if at < len(p.steps) else "the end" for p in (a, b)]
        return f"two calls did different things: step {at} was {names[0]}, then {names[1]}"
    pairs: dict[Var, Var] = {}
    for s, t in zip(a.steps, b.steps, strict=True):
        why = _steps_differ(s, t, pairs)
        if why:
            return f"{s.name}: {why}"
    for one, two in zip(a.leaving(), b.leaving(), strict=False):
        why = _vars_differ(one, two, pairs)
        if why:
            return f"what is returned or kept: {why}"
    return "" if len(a.leaving()) == len(b.leaving()) else "two calls left different things behind"


def _steps_differ(s: Step, t: Step, pairs: dict[Var, Var]) -> str:
    for x, y in zip([*s.inputs, *s.params.values()], [*t.inputs, *t.params.values()], strict=True):
        why = _values_differ(x, y, pairs)
        if why:
            return why
    for x, y in zip(s.outputs, t.outputs, strict=True):
        if (x is None) != (y is None):
            return "other gradients are asked for"
        if x is not None:
            if x.shape != y.shape or x.dtype != y.dtype:
                return f"its result had shape {x.shape}, then {y.shape}"
            pairs[x] = y
    return ""


def _values_differ(x: Any, y: Any, pairs: dict[Var, Var]) -> str:
    if isinstance(x, Var) and isinstance(y, Var):
        return _vars_differ(x, y, pairs)
    if isinstance(x, (tuple, list)) and isinstance(y, (tuple, list)) and len(x) == len(y):
        return next(
            (w for p, q in zip(x, y, strict=True) if (w := _values_differ(p, q, pairs))), ""
        )
    if isinstance(x, Shape) and isinstance(y, Shape):
        return "" if (x.shape, x.dtype) == (y.shape, y.dtype) else "another shape"
    if type(x) is type(y) and (x is y or repr(x) == repr(y)):
        return ""
    return f"it got {x!r:.40}, then {y!r:.40}"


def _vars_differ(x: Var, y: Var, pairs: dict[Var, Var]) -> str:
    if x in pairs:
        return "" if pairs[x] is y else "it used another value the second time"
    pairs[x] = y
    if x.home != y.home and {x.home, y.home} != {"held", "constant"}:
        return f"something was {x.home}, then {y.home}"
    if x.home in ("argument", "number", "upstream"):
        return ""
    one, two = (v.value.array if isinstance(v.value, Tensor) else v.value for v in (x, y))
    if one is two:
        y.home = "held"  # memory that stays, of which no tensor was seen
        return ""
    if (
        x.shape == y.shape
        and x.dtype == y.dtype
        and np.array_equal(one, two, equal_nan=one.dtype.kind == "f")
    ):
        y.home, y.value = "constant", two
        return ""
    return (
        f"a tensor of shape {y.shape} is made within the call and holds other numbers each time "
        "(a batch, or noise): give it as an argument"
    )


def baked(program: Program) -> bool:
    """Whether the program holds constants that could have been made from its arguments."""
    used = {v for step in program.steps for v in step.reads()}
    return any(v.home == "constant" and v.size > 1 for v in used)
