"""Ops of whole rows, written as what they are made of: then they share a loop with their neighbours.

A row is along the last axis.  `row_sum`, `row_mean` and `row_max` leave one number of each row, and
what is made of those alone (a deviation, a scale) is worked out once for each row.
"""

import math
from typing import Any

import numpy as np

from micrograd_lab.compiler.forms import ROWS, SHAPES, SUMS, fits, form_of
from micrograd_lab.compiler.program import Program, Step, Var, array_of
from micrograd_lab.ops.op import OPS

LONGEST = 1 << 16  # entries of a row; what is dear is kept for one row at a time


class Expansion:
    """Writes steps, and remembers what forward has found out about the rows of an array."""

    def __init__(self, program: Program) -> None:
        self.makers = {v: step for step in program.steps for v in step.makes()}
        self.known: dict[Any, tuple[Var, Var]] = {}
        self.steps: list[Step] = []
        self.losses: set[Var] = set()
        self.taken = {v.name for v in (*program.inputs, *self.makers)}
        self.of = ""

    def do(self, name: str, *inputs: Any, to: Var | None = None, called: str = "") -> Var:
        """A step more: an op of the table, or of ROWS."""
        arrays = [x for x in inputs if isinstance(x, Var) and x.dtype.kind == "f"]
        shape = np.broadcast_shapes(*(x.shape for x in arrays))
        shape = (*shape[:-1], 1) if name in ROWS else shape
        out = to or Var(shape, np.dtype(np.float32), name=self.name(called or name))
        self.steps.append(Step("op", name, OPS.get(name), list(inputs), {}, [out]))
        return out

    def name(self, called: str) -> str:
        wish = name = f"{self.of}_{called}"
        k = 1
        while name in self.taken:
            name, k = f"{wish}_{k}", k + 1
        self.taken.add(name)
        return name

    def number(self, g: Any) -> float | None:
        """The one number that an upstream gradient repeats, if it does."""
        step = self.makers.get(g)
        source = step.inputs[0] if step and step.name in ("broadcast_to", "expand") else g
        if isinstance(source, Var) and source.home == "constant":
            entries = array_of(source)
            if entries.size and (entries == entries.flat[0]).all():
                return float(entries.flat[0])
        return None

    def column(self, g: Var) -> Var:
        """One number for each row, as a column."""
        column = Var((*g.shape, 1), g.dtype, name=self.name("upstream"))
        params = {"dim": len(g.shape)}
        self.steps.append(Step("op", "unsqueeze", OPS["unsqueeze"], [g], params, [column]))
        return column

    # --- the ops ------------------------------------------------------------------------------

    def layer_norm(self, step: Step) -> None:
        x, weight, bias = step.inputs
        scaled = self.standardised(x, step.params["eps"])
        self.do("add", self.do("mul", scaled, weight), bias, to=step.outputs[0])

    def standardised(self, x: Var, eps: float) -> Var:
        """(x - mean) / deviation"""
        if (x, eps) not in self.known:
            mean = self.do("row_mean", x, called="mean")
            away = self.do("sub", x, mean, called="away")
            variance = self.do("row_mean", self.do("square", away), called="variance")
            scale = self.do("rsqrt", self.do("add", variance, eps), called="scale")
            self.known[x, eps] = mean, scale
        mean, scale = self.known[x, eps]
        return self.do("mul", self.do("sub", x, mean, called="away"), scale, called="standard")

    def layer_norm_back(self, step: Step) -> None:
        """What of the gradient is neither a common shift nor a common stretch, over the deviation."""
        g, _, x, weight, _ = step.inputs
        dx, d_weight, d_bias = step.outputs
        eps = step.params["eps"]
        standard = self.standardised(x, eps)
        if d_weight:
            product = self.do("mul", g, standard)
            self.column_sum(product, d_weight)
        if d_bias:
            self.column_sum(g, d_bias)
        if dx:
            g = self.do("mul", g, weight, called="weighted")
            shift = self.do("row_mean", g, called="shift")
            stretch = self.do("row_mean", self.do("mul", g, standard), called="stretch")
            rest = self.do("sub", self.do("sub", g, shift), self.do("mul", standard, stretch))
            self.do("mul", rest, self.known[x, eps][1], to=dx)

    def column_sum(self, x: Var, to: Var) -> None:
        self.steps.append(Step("op", "sum_to", OPS["sum_to"], [x], {"shape": to.shape}, [to]))

    def powers(self, x: Var) -> Var:
        """The exponentials of a row, less its largest; what they add up to is known then, too."""
        if x not in self.known:
            top = self.do("row_max", x, called="top")
            e = self.do("exp_below", self.do("sub", x, top), called="power")
            self.known[x] = top, self.do("row_sum", e, called="total")
            return e
        top, _ = self.known[x]
        return self.do("exp_below", self.do("sub", x, top), called="power")

    def softmax(self, step: Step) -> None:
        (x,) = step.inputs
        e = self.powers(x)
        scale = self.do("reciprocal", self.known[x][1], called="scale")
        self.do("mul", e, scale, to=step.outputs[0])

    def softmax_back(self, step: Step) -> None:
        g, y = step.inputs[:2]
        along = self.do("row_sum", self.do("mul", g, y), called="along")
        self.do("mul", y, self.do("sub", g, along), to=step.outputs[0])

    def cross_entropy(self, step: Step) -> None:
        """log Σ exp(x) - x[target]"""
        x, target = step.inputs
        (loss,) = step.outputs
        self.powers(x)
        top, total = self.known[x]
        everything = self.do("add", self.do("log", total), top)
        column = self.do("sub", everything, self.do("entry_at", x, target), called="loss")
        params = {"dim": len(loss.shape)}
        self.steps.append(Step("op", "squeeze", OPS["squeeze"], [column], params, [loss]))
        self.losses.add(column)

    def cross_entropy_back(self, step: Step) -> None:
        """softmax(x), less 1 at the target, times the upstream gradient"""
        g, _, x, target = step.inputs
        number = self.number(g)
        g = self.column(g) if number is None else number
        e = self.powers(x)
        scale = self.do("mul", self.do("reciprocal", self.known[x][1]), g, called="scale")
        self.do("less_at", self.do("mul", e, scale), g, target, to=step.outputs[0])

    def gelu_back(self, step: Step) -> None:
        g, _, x = step.inputs
        self.do("mul", g, self.do("gelu_slope", x, called="slope"), to=step.outputs[0])


def expanded(program: Program) -> Program:
    """The program, with ops of whole rows as what they are made of."""
    expansion = Expansion(program)
    for step in program.steps:
        rule = f"{step.name}_back" if step.kind == "back" else step.name
        if _fitting(step, expansion) and hasattr(Expansion, rule):
            out = next(step.makes())
            expansion.of = out.name
            getattr(expansion, rule)(step)
        elif _is_row_sum(step):
            name = "row_mean" if step.name == "mean" else "row_sum"
            expansion.steps.append(Step("op", name, None, step.inputs, {}, step.outputs))
        else:
            expansion.steps.append(step)
    return program.replaced(late(expansion.steps, expansion.losses, program))


def _fitting(step: Step, expansion: Expansion) -> bool:
    """Whether loops over rows can do this step."""
    if step.name not in ("layer_norm", "softmax", "cross_entropy", "gelu") or step.kind == "call":
        return False
    back = step.kind == "back"
    arrays = [x for x in step.inputs if isinstance(x, Var) and x.dtype.kind == "f"]
    if back and step.name == "cross_entropy" and expansion.number(arrays[0]) is not None:
        arrays = arrays[1:]
    x = arrays[-1] if step.name != "layer_norm" else step.inputs[2 if back else 0]
    if not all(fits(v) and v.home != "number" for v in arrays) or not x.shape or x.size == 0:
        return False
    columns = x.shape[-1]
    if step.name == "gelu":
        return back
    if not 1 < columns <= LONGEST:
        return False
    if step.name == "layer_norm":
        return len(step.inputs[3 if back else 1].shape) == 1
    if step.name == "cross_entropy":  # who calls the program looks whether targets are in range
        return len(x.shape) == 2 and _is_given(step.inputs[-1], expansion)
    return bool(step.params["dim"] == len(x.shape) - 1)


def _is_given(target: Any, expansion: Expansion) -> bool:
    step = expansion.makers.get(target)
    while step is not None and step.name in SHAPES:
        target = step.inputs[0]
        step = expansion.makers.get(target)
    return isinstance(target, Var) and target.home in ("argument", "held") and target.contiguous


def _is_row_sum(step: Step) -> bool:
    if step.kind != "op" or step.name not in SUMS:
        return False
    x, out = step.inputs[0], step.outputs[0]
    return (
        isinstance(x, Var) and fits(x) and x.home != "number"
        and len(x.shape) > 1 and math.prod(x.shape[:-1]) > 1
        and 1 < x.shape[-1] <= LONGEST and out.shape == (*x.shape[:-1], 1)
    )  # fmt: skip


def late(steps: list[Step], losses: set[Var], program: Program) -> list[Step]:
    """What becomes of the losses of rows last, if that is only a number to look at: then nothing
    stands between the loop that makes them and the same rows' gradients."""
    after: set[Var] = set(losses)
    rest, last = [], []
    for step in steps:
        if any(v in after for v in step.reads()):
            simple = form_of(step) or step.name in SUMS or step.name in SHAPES
            if step.kind != "op" or not simple or any(v in program.writes for v in step.reads()):
                return steps
            after.update(step.makes())
            last.append(step)
        else:
            rest.append(step)
    return rest + last
