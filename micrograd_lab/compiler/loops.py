"""Loops as source: the entries of a piece in order, each computed by one chain of expressions."""

import math
from collections.abc import Callable
from typing import Any

from micrograd_lab.compiler.forms import SUMS, form_of
from micrograd_lab.compiler.fuse import Piece
from micrograd_lab.compiler.program import Step, Var

BLOCK = 4096  # entries that are summed in a row, before they are added to the total
Place = Callable[[Var], tuple[str, int]]  # (the array an entry is in, where it starts there)
INDICES = "ijklmn"


def literal(x: Any) -> str:
    """A number inside a loop."""
    if isinstance(x, bool):
        return repr(x)
    x = float(x)
    if math.isnan(x) or math.isinf(x):
        return {"nan": "NAN", "inf": "INF", "-inf": "-INF"}[str(x)]
    return {0.0: "ZERO", 1.0: "ONE"}.get(x, f"f4({x!r})") if str(x) != "-0.0" else "f4(-0.0)"


class Loop:
    """The source of one loop over the entries of a shape."""

    last_axis_alone = False

    def __init__(
        self, piece: Piece, place: Place, stored: set[Var], literals: dict[Var, str]
    ) -> None:
        self.piece = piece
        self.place = place
        self.stored = stored
        self.literals = literals
        self.made = {v for step in piece.steps for v in step.makes() if step.name not in SUMS}
        self.sizes, self.merged = self.merge()

    # --- which axes there are ----------------------------------------------------------------

    def aligned(self, var: Var, step: Step | None = None) -> tuple[int, ...]:
        """The var's shape with an axis for each of the loop's; 1 where it does not go along."""
        shape = var.shape
        if var.dtype.kind == "i":  # a class index for each row
            return (*shape, 1)
        if step is not None and "dim" in step.params and not step.params.get("keepdim", True):
            return tuple(
                1 if k in step.params["dim"] else n for k, n in enumerate(self.piece.shape)
            )
        return (1,) * (len(self.piece.shape) - len(shape)) + shape

    def shapes(self) -> list[tuple[int, ...]]:
        """Of everything that is read or written."""
        found = [
            self.aligned(v)
            for s in self.piece.steps
            for v in s.reads()
            if v not in self.literals and v.home != "number"
        ]
        for s in self.piece.steps:
            found += [self.aligned(v, s if s.name in SUMS else None) for v in s.makes()]
        return found

    def merge(self) -> tuple[list[int], list[list[int]]]:
        """Axes that everybody goes along in the same way become one: (sizes, which axes each is)."""
        shape = self.piece.shape
        groups: list[list[int]] = []
        shapes = self.shapes()
        for k, n in enumerate(shape):
            if n == 1:
                continue
            if self.last_axis_alone and k == len(shape) - 1:
                groups.append([k])
            elif groups and all((s[k] == 1) == (s[groups[-1][-1]] == 1) for s in shapes):
                groups[-1].append(k)
            else:
                groups.append([k])
        return [math.prod(shape[k] for k in g) for g in groups], groups

    def index(self, aligned: tuple[int, ...], start: int) -> str:
        """Where the entry of this turn is, in an array whose shape is `aligned`."""
        terms, stride = [], 1
        strides = {}
        for k in range(len(aligned) - 1, -1, -1):
            strides[k] = stride
            stride *= aligned[k]
        for i, group in zip(INDICES, self.merged, strict=False):
            if aligned[group[-1]] != 1:
                step = strides[group[-1]]
                terms.append(i if step == 1 else f"{i} * {step}")
        return " + ".join([*([str(start)] if start or not terms else []), *terms])

    # --- the source --------------------------------------------------------------------------

    def entry(self, x: Any) -> str:
        """An input of a step, as it stands in an expression."""
        if not isinstance(x, Var):
            return literal(x)
        if x in self.made or x.home == "number":
            return x.name
        if x in self.literals:
            return self.literals[x]
        array, start = self.place(x)
        return f"{array}[{self.index(self.aligned(x), start)}]"

    def source(self) -> list[str]:
        before: list[str] = []
        body: list[str] = []
        sums: list[tuple[Step, str]] = []
        for step in self.piece.steps:
            (out,) = step.outputs
            if step.name in SUMS:
                sums.append((step, self.entry(step.inputs[0])))
                continue
            form = form_of(step).format(*(self.entry(x) for x in step.inputs))
            body.append(f"{out.name} = {form}")
        after = []
        for step in self.piece.steps:
            (out,) = step.outputs
            if step.name not in SUMS and out in self.stored:
                array, start = self.place(out)
                after.append(f"{array}[{self.index(self.aligned(out), start)}] = {out.name}")
        return self.nest(before, body, after, sums)

    def nest(
        self, before: list[str], body: list[str], after: list[str], sums: list[tuple[Step, str]]
    ) -> list[str]:
        """The loops around the body, and what sums need before, within and after them."""
        sizes = list(self.sizes)
        inner_sums, lines, ends = [], [], []
        for step, value in sums:
            (out,) = step.outputs
            array, start = self.place(out)
            aligned = self.aligned(out, step)
            at = f"{array}[{self.index(aligned, start)}]"
            for k in range(out.size) if out.size <= 1 else ():
                lines.append(f"{array}[{start + k}] = ZERO")
            if out.size > 1:
                lines += [f"for q in range({out.size}):", f"    {array}[{start} + q] = ZERO"]
            if self.merged and aligned[self.merged[-1][-1]] == 1:  # along the innermost axis
                inner_sums.append((f"{out.name}_sum", value, at))
            else:
                body.append(f"{at} += {value}")
            if step.name == "mean":
                n = math.prod(step.inputs[0].shape) // max(out.size, 1)
                if out.size <= 1:
                    ends.append(f"{array}[{start}] /= f4({n})")
                else:
                    ends += [f"for q in range({out.size}):", f"    {array}[{start} + q] /= f4({n})"]
        depth = 0
        indent = "    "
        block = _block(sizes[0]) if len(sizes) == 1 and inner_sums else 0
        if block:  # in float32 a sum of millions would lose what is small
            lines.append(f"for block in range(0, {sizes[0]}, {block}):")
            lines += [f"    {name} = ZERO" for name, _, _ in inner_sums]
            lines.append(f"    for i in range(block, block + {block}):")
            lines += [indent * 2 + line for line in (*before, *body, *after)]
            lines += [indent * 2 + f"{name} += {value}" for name, value, _ in inner_sums]
            lines += [f"    {at} += {name}" for name, _, at in inner_sums]
            return lines + ends
        for k, (i, n) in enumerate(zip(INDICES, sizes, strict=False)):
            if k == len(sizes) - 1:
                lines += [indent * depth + f"{name} = ZERO" for name, _, _ in inner_sums]
            lines.append(indent * depth + f"for {i} in range({n}):")
            depth += 1
        lines += [indent * depth + line for line in (*before, *body, *after)]
        lines += [indent * depth + f"{name} += {value}" for name, value, _ in inner_sums]
        if sizes:
            lines += [indent * (depth - 1) + f"{at} += {name}" for name, _, at in inner_sums]
        return lines + ends


def _block(n: int) -> int:
    """The largest divisor of n up to BLOCK; 0 if n is short, or has none worth it."""
    if n <= BLOCK:
        return 0
    found = next(d for d in range(BLOCK, 0, -1) if n % d == 0)
    return found if found >= 64 else 0
