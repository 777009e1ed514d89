"""Loops as source: the entries of a piece in order, each computed by one chain of expressions."""

import math
from collections.abc import Callable
from typing import Any

from micrograd_lab.compiler.forms import SUMS, form_of
from micrograd_lab.compiler.fuse import Piece
from micrograd_lab.compiler.program import Step, Var
from micrograd_lab.compiler.sharing import shares

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
        self,
        piece: Piece,
        place: Place,
        stored: set[Var],
        literals: dict[Var, str],
        threads: int = 1,
    ) -> None:
        self.piece = piece
        self.place = place
        self.stored = stored
        self.literals = literals
        self.made = {v for step in piece.steps for v in step.makes() if step.name not in SUMS}
        self.sizes, self.merged = self.merge()
        self.block = 0 if self.last_axis_alone else self.block_of_sums()
        self.heads = [str(n) for n in self.sizes]  # how far each loop goes
        self.shares = None
        if len(self.sizes) > self.last_axis_alone:
            entries = math.prod(piece.shape)
            self.shares = shares(threads, entries, self.sizes[0], self.block or 1)
        if self.shares:
            self.heads[0] = "last - first"

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

    def strides(self, aligned: tuple[int, ...]) -> list[int]:
        """How far apart in memory the turns of each loop are; 0 where it does not go along."""
        return [math.prod(aligned[g[-1] + 1 :]) * (aligned[g[-1]] != 1) for g in self.merged]

    def spot(self, v: Var, aligned: tuple[int, ...], sums: Step | None = None) -> tuple[str, int]:
        """(the array an entry is in, where it starts there), for the thread that runs the loop."""
        if self.shares is None:
            return self.place(v)
        stride = self.strides(aligned)[0]
        if sums is not None and not stride:
            return self.shares.total(v, self.place(v), divisor_of(sums))
        return self.shares.spot(v, self.place(v), stride)

    def index(self, aligned: tuple[int, ...], start: int) -> str:
        """Where the entry of this turn is, in an array whose shape is `aligned`."""
        strides = zip(INDICES, self.strides(aligned), strict=False)
        terms = [i if stride == 1 else f"{i} * {stride}" for i, stride in strides if stride]
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
        return self.at(x)

    def at(self, v: Var, sums: Step | None = None) -> str:
        """Where the entry of v is that belongs to this turn."""
        aligned = self.aligned(v, sums)
        array, start = self.spot(v, aligned, sums)
        return f"{array}[{self.index(aligned, start)}]"

    def around_sum(self, step: Step) -> tuple[list[str], list[str]]:
        """What sets a sum to 0, and what makes a mean of it."""
        (out,) = step.outputs
        aligned = self.aligned(out, step)
        array, start = self.spot(out, aligned, step)
        n = divisor_of(step)
        together = self.shares is not None and out in self.shares.totals
        if out.size <= 1:
            ends = [f"{array}[{start}] /= f4({n})"] if n > 1 and not together else []
            return [f"{array}[{start}] = ZERO"] * out.size, ends
        size = f"{array}.size" if self.shares else out.size
        head, at = (
            f"for q in range({size}):",
            f"    {array}[{start} + q]" if start else f"    {array}[q]",
        )
        return [head, f"{at} = ZERO"], [head, f"{at} /= f4({n})"] if n > 1 and not together else []

    def source(self) -> list[str]:
        body, after, sums = [], [], []
        for step in self.piece.steps:
            (out,) = step.outputs
            if step.name in SUMS:
                sums.append(step)
                continue
            form = form_of(step).format(*(self.entry(x) for x in step.inputs))
            body.append(f"{out.name} = {form}")
            if out in self.stored:
                after.append(f"{self.at(out)} = {out.name}")
        lines = self.nest(body, after, sums)
        return self.shares.around(lines) if self.shares else lines

    def is_inner(self, step: Step) -> bool:
        """Whether a sum goes along the innermost axis."""
        return bool(self.merged) and self.aligned(step.outputs[0], step)[self.merged[-1][-1]] == 1

    def block_of_sums(self) -> int:
        """How many entries are summed in a row, where all are in one."""
        inner = any(s.name in SUMS and self.is_inner(s) for s in self.piece.steps)
        return _block(self.sizes[0]) if len(self.sizes) == 1 and inner else 0

    def nest(self, body: list[str], after: list[str], sums: list[Step]) -> list[str]:
        """The loops around the body, and what sums need before, within and after them."""
        lines: list[str] = []
        ends: list[str] = []
        inner: list[tuple[str, str, str]] = []
        for step in sums:
            name, value, at = (
                step.outputs[0].name,
                self.entry(step.inputs[0]),
                self.at(step.outputs[0], step),
            )
            first, last = self.around_sum(step)
            lines += first
            ends += last
            if self.is_inner(step):
                inner.append((f"{name}_sum", value, at))
            else:
                body.append(f"{at} += {value}")
        starts = [f"{name} = ZERO" for name, _, _ in inner]
        innermost = [*body, *after, *(f"{name} += {value}" for name, value, _ in inner)]
        stops = [f"{at} += {name}" for name, _, at in inner]
        heads = [f"for {i} in range({n}):" for i, n in zip(INDICES, self.heads, strict=False)]
        if self.block:  # in float32 a sum of millions would lose what is small
            heads = [f"for block in range(0, {self.heads[0]}, {self.block}):"]
            heads.append(f"for i in range(block, block + {self.block}):")
        depth = max(len(heads) - 1, 0)
        lines += ["    " * k + head for k, head in enumerate(heads[:-1])]
        lines += ["    " * depth + line for line in (*starts, *heads[-1:])]
        lines += ["    " * len(heads) + line for line in innermost]
        return [*lines, *("    " * depth + line for line in stops), *ends]


def divisor_of(step: Step) -> int:
    """What a sum is divided by: 1, unless it is a mean."""
    (out,) = step.outputs
    return math.prod(step.inputs[0].shape) // max(out.size, 1) if step.name == "mean" else 1


def _block(n: int) -> int:
    """The largest divisor of n up to BLOCK; 0 if n is short, or has none worth it."""
    if n <= BLOCK:
        return 0
    found = next(d for d in range(BLOCK, 0, -1) if n % d == 0)
    return found if found >= 64 else 0
