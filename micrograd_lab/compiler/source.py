"""The program as Python source: build(...) is given the memory, and returns the step."""

import builtins
from typing import Any

import numpy as np

from micrograd_lab.compiler.backward import gradients, only
from micrograd_lab.compiler.program import Program, Step, Var
from micrograd_lab.kernels.swift import fits, kernel, switched_on
from micrograd_lab.ops.indices import EVERYTHING


class Writer:
    """Collects the lines of the source, and the objects that they name."""

    def __init__(self, program: Program) -> None:
        self.program = program
        self.objects: dict[
            str, Any
        ] = {}  # kernels and odd params, by the name they have in the source
        self.lines: list[str] = []

    def object(self, name: str, value: Any) -> str:
        """A name under which build() is given this object."""
        name = f"{name}_op" if hasattr(builtins, name) else name
        wish, k = name, 1
        while self.objects.get(name, value) is not value:
            name, k = f"{wish}_{k}", k + 1
        self.objects[name] = value
        return name

    def text(self, x: Any) -> str:
        """An input or a param, as it is written."""
        if isinstance(x, Var):
            return x.name
        if isinstance(x, tuple) and not hasattr(x, "_fields"):
            return f"({', '.join(map(self.text, x))}{',' * (len(x) == 1)})"
        if isinstance(x, list):
            return f"[{', '.join(map(self.text, x))}]"
        if x is None or x is Ellipsis or type(x) in (bool, int, str):
            return repr(x)
        if type(x) is float:
            return repr(x) if np.isfinite(x) else f"float('{x}')"
        if isinstance(x, np.dtype):
            return f"np.dtype({x.name!r})"
        if x is EVERYTHING:  # known by who it is
            return self.object("everything", x)
        if isinstance(x, slice):
            return f"slice({', '.join(self.text(p) for p in (x.start, x.stop, x.step))})"
        return self.object(getattr(x, "__name__", type(x).__name__).strip("_<>"), x)

    def step(self, step: Step) -> str:
        """One line: a step by the kernel that eager mode uses."""
        params = [f"{key}={self.text(value)}" for key, value in step.params.items()]
        inputs = ", ".join([*map(self.text, step.inputs), *params])
        outs = [v.name if v is not None else "_" for v in step.outputs]
        if step.kind == "op":
            return f"{outs[0]} = {self.object(step.name, _kernel(step))}({inputs})"
        if step.kind == "back":
            rule = self.object(f"{step.name}_back", _back(*step.call))
            return f"{', '.join(outs)}{',' * (len(outs) == 1)} = {rule}({inputs})"
        call = self.object(step.name, step.call)
        return f"{outs[0]} = {call}({inputs})" if outs else f"{call}({inputs})"


class Changed(Exception):  # noqa: N818  (no error: the call runs eagerly instead)
    """Something holds for this call that did not hold when it was recorded."""


kernels: dict[str, Any] = {}
backs: dict[Any, Any] = {}


def _kernel(step: Step) -> Any:
    """The op on arrays; always an array, as in eager mode."""
    op = step.call
    if op.name not in kernels:
        forward = op.forward
        if op.name in ROWS:
            forward = _quick(forward, f"rows.{ROWS[op.name]}")
        if op.name == "cross_entropy":
            forward = _within(forward)

        def on_arrays(*inputs: Any, **params: Any) -> Any:
            y = forward(*inputs, **params)
            return y if type(y) is np.ndarray else np.asarray(y)

        on_arrays.__name__ = op.name
        kernels[op.name] = on_arrays
    return kernels[op.name]


# Kernels for whole rows: without the packing of eager mode they pay on small arrays, too.
ROWS = {"cross_entropy": "surprise", "softmax": "softmax", "layer_norm": "layer_norm"}


def _quick(reference: Any, name: str) -> Any:
    """The Numba kernel, where there is one and it knows these inputs."""

    def forward(x: Any, *others: Any, **params: Any) -> Any:
        y = kernel(name)(x, *others, **params) if switched_on() and fits(x) else None
        return reference(x, *others, **params) if y is None else y

    return forward


def _within(forward: Any) -> Any:
    """Targets that are left out or out of range are dealt with before the op: not recorded."""

    def surprise(x: Any, target: Any, dim: int) -> Any:
        if target.size and (target.min() < 0 or target.max() >= x.shape[dim]):
            raise Changed("targets that are ignored or out of range")
        return forward(x, target, dim=dim)

    return surprise


def _quickly(x: Any) -> bool:
    """Whether a kernel may read it: what is floating must be float32."""
    return type(x) is not np.ndarray or x.dtype.kind != "f" or x.dtype == np.float32


def _back(op: Any, wanted: tuple[bool, ...]) -> Any:
    if (op.name, wanted) not in backs:
        name = f"rows.{ROWS.get(op.name)}_back"
        parents = [True if want else None for want in wanted]

        def back(g: Any, *values: Any, **params: Any) -> Any:
            if op.name in ROWS and switched_on() and all(map(_quickly, (g, *values))):
                g = np.ascontiguousarray(g)
                parts = kernel(name)(parents, g, *values, **params)
                if parts is not None:
                    return only(parts, wanted)
            return gradients(op, wanted, g, *values, **params)

        backs[op.name, wanted] = back
    return backs[op.name, wanted]


def numpy_source(program: Program, given: list[Var]) -> tuple[str, dict[str, Any]]:
    """One line per step, on NumPy; with the objects that build() must be given."""
    writer = Writer(program)
    body = [writer.step(step) for step in program.steps]
    body += [f"{held.name}[...] = {new.name}" for held, new in program.writes.items()]
    return assembled(program, given, writer.objects, [], body), writer.objects


def assembled(
    program: Program,
    given: list[Var],
    objects: dict[str, Any],
    before: list[str],
    body: list[str],
    copied: Any = (),
) -> str:
    """The lines in their places: what is done once, and what is done in every call."""
    fixed = fixed_of(program)
    out = ["def build(ops, held):"]
    out += [f"    {name} = ops[{name!r}]" for name in objects]
    if fixed:
        out.append(f"    {', '.join(v.name for v in fixed)}, = held")
    out += ["    " + line for line in before]
    out += ["", f"    def step({', '.join(v.name for v in given)}):"]
    out += ["        " + line for line in body]
    results = "".join(
        f"{v.name}{'.copy()' if v.name in copied else ''}, " for v in program.results
    ).strip()
    grads = "".join(f"{g.name}, " for _, g in program.grads if g is not None).strip()
    out += [f"        return ({results}), ({grads})", "", "    return step", ""]
    return "\n".join(out)


def fixed_of(program: Program) -> list[Var]:
    """What build() is given as `held`, in order."""
    used = (
        {v for s in program.steps for v in s.reads()} | set(program.leaving()) | set(program.writes)
    )
    return [v for v in program.inputs if v.home in ("held", "constant") and v in used]
