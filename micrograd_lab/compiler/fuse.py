"""Which steps share a loop.

From the last step to the first, each goes into a loop over the same entries that is there already,
if all who need its result come in that loop or later.  So a chain of elementwise steps, and the
sums at its end, become one loop, and what is cheap is computed where it is needed.
"""

import math
from dataclasses import dataclass, field
from typing import Any

from micrograd_lab.compiler.forms import ROWS, SHAPES, SUMS, TURNS, fits, form_of
from micrograd_lab.compiler.program import Program, Step, Var
from micrograd_lab.ops.op import OPS

SMALL_PRODUCT = 1 << 15  # multiplications up to which a matrix product is a loop of its own


@dataclass(eq=False)
class Piece:
    """Steps that run together.

    kind: "loop" over `shape`, "product", "columns" (a small sum down them), "view", or "kept" as it
    is.
    """

    kind: str
    shape: tuple[int, ...] = ()
    steps: list[Step] = field(default_factory=list)  # in order

    @property
    def rowwise(self) -> bool:
        """Whether something in it is made once for each row."""
        return self.kind == "loop" and any(
            s.name in ROWS or (s.name not in SUMS and s.outputs[0].shape != self.shape)
            for s in self.steps
        )

    def takes(self, step: Step, shape: tuple[int, ...], readers: set[int], number: int) -> bool:
        """Whether a step that loops over `shape` can join; a number for each row can, too."""
        if self.kind != "loop" or self.shape == shape:
            return self.kind == "loop"
        if step.name in ROWS:  # a loop over what rows leave becomes one over the rows
            rows = (*shape[:-1], 1) == self.shape and number in readers
            return rows and not any(s.name in SUMS for s in self.steps)
        per_row = len(shape) > 1 and shape == (*self.shape[:-1], 1) and step.name not in SUMS
        return per_row and (self.rowwise or number in readers)


def kind_of(step: Step) -> tuple[str, tuple[int, ...]]:
    """What kind of piece a step belongs into, and over which entries it would loop."""
    if step.kind != "op":
        return "kept", ()
    (out,) = step.outputs
    x = step.inputs[0]
    if step.name in ROWS:
        return "loop", x.shape
    if step.name == "less_at":
        return "loop", out.shape
    if (
        form_of(step)
        and out.dtype in ("float32", "bool")
        and all(fits(x, "fb") for x in step.inputs)
    ):
        return "loop", out.shape
    if sums_columns(step):
        return "columns", ()
    if step.name in SUMS and isinstance(x, Var) and fits(x) and x.home != "number" and x.size:
        return "loop", x.shape
    if step.name in SHAPES and isinstance(x, Var) and fits(x) and out.contiguous:
        return "view", ()
    if product_of(step) is not None:
        return "product", ()
    if step.name in TURNS and isinstance(x, Var) and len(x.shape) == 2 and fits(x):
        return "turn", ()
    return "kept", ()


def product_of(step: Step) -> tuple[int, int, int] | None:
    """(rows, inner, columns) of a step that is one product of two float32 matrices."""
    if step.kind != "op" or step.name not in ("linear", "matmul"):
        return None
    a, b = step.inputs[:2]
    if not all(isinstance(x, Var) and fits(x) and x.home != "number" and x.size for x in (a, b)):
        return None
    if len(b.shape) != 2 or len(a.shape) < 2 or not all(fits(x) for x in step.inputs[2:]):
        return None
    left, right = turns_of(step)
    rows, inner = (a.shape[1], a.shape[0]) if left else (math.prod(a.shape[:-1]), a.shape[-1])
    return rows, inner, b.shape[0] if right else b.shape[1]


def is_small(sizes: tuple[int, int, int] | None) -> bool:
    """Whether a product of these sizes is written out."""
    return sizes is not None and math.prod(sizes) <= SMALL_PRODUCT and max(sizes[1:]) <= 512


def in_part(piece: Piece) -> bool:
    """Whether it is compiled: a loop, or a product that is written out."""
    small = piece.kind == "product" and is_small(product_of(piece.steps[0]))
    return small or piece.kind in ("loop", "columns")


def sums_columns(step: Step) -> bool:
    """Whether a step is a sum down the columns of a small matrix: unrolled like a product."""
    x = step.inputs[0]
    return (
        step.name in ("sum", "sum_to")
        and isinstance(x, Var)
        and fits(x)
        and len(x.shape) == 2
        and min(x.shape) > 1
        and step.outputs[0].size == x.shape[1]
        and step.outputs[0].shape[-1] == x.shape[1]
        and is_small((1, *x.shape))
    )


def turns_of(step: Step) -> tuple[bool, bool]:
    """Whether a product reads its matrices the other way round than they lie in memory."""
    left, right = step.params.get("turned", (False, False))
    return left, right != (step.name == "linear")


def pieces_of(program: Program) -> list[Piece]:
    """The program as pieces in the order in which they run."""
    pieces: list[Piece] = []  # the last one first
    readers: dict[Var, set[int]] = {}  # the numbers (from the end) of the pieces that read it
    writers: dict[
        Var, int
    ] = {}  # of what is written in place: the number of the piece that does so
    written = {new: held for held, new in program.writes.items()}
    leaving = set(program.leaving())
    closed = 0  # pieces with lower numbers take no more steps
    for step in reversed(program.steps):
        kind, shape = kind_of(step)
        outs = set(step.makes())
        after = set().union(*(readers.get(v, set()) for v in outs))
        floor = max([closed, *(writers[v] for v in step.reads() if v in writers)])
        at = None
        if kind == "loop":
            first = max(after, default=-1)
            is_sum = step.name in SUMS
            choices = [first, *range(len(pieces) - 1, floor - 1, -1)]
            at = next(
                (
                    k
                    for k in choices
                    if k >= max(floor, first + is_sum, 0) and pieces[k].takes(step, shape, after, k)
                ),
                None,
            )
            is_mask = step.outputs[0].dtype == "bool"
            if is_mask and (at is None or after != {at} or outs & leaving):
                at, kind = None, "kept"  # a mask is never stored by a loop
        if at is None:
            pieces.append(Piece("kept" if kind == "turn" else kind, shape))
            at = len(pieces) - 1
        pieces[at].steps.insert(0, step)
        pieces[at].shape = shape if step.name in ROWS else pieces[at].shape
        for v in step.reads():
            readers.setdefault(v, set()).add(at)
        for v in outs & written.keys():
            writers[written[v]] = at
        if step.changes:
            closed = len(pieces)
    return pieces[::-1]


def sums_first(program: Program) -> Program:
    """Each sum directly after what it sums, so that both can share a loop."""
    after: dict[Var, list[Step]] = {}
    steps: list[Step] = []
    made = {v for step in program.steps for v in step.makes()}
    for step in program.steps:
        if kind_of(step)[0] == "loop" and step.name in SUMS and step.inputs[0] in made:
            after.setdefault(step.inputs[0], []).append(step)
    moved = {id(s) for group in after.values() for s in group}

    def put(step: Step) -> None:
        steps.append(step)
        for v in step.makes():
            for following in after.get(v, ()):
                put(following)

    for step in program.steps:
        if id(step) not in moved:
            put(step)
    return program.replaced(steps)


def split_affine(program: Program) -> Program:
    """x @ weight.T + bias as two steps: the sum can share a loop with what follows."""
    steps = []
    for step in program.steps:
        if (
            step.name == "linear"
            and step.kind == "op"
            and len(step.inputs) == 3
            and product_of(step)
            and not is_small(product_of(step))
        ):
            x, weight, bias = step.inputs
            out = step.outputs[0]
            product = Var(out.shape, out.dtype, name=f"{out.name}_product")
            steps.append(Step("op", "linear", step.call, [x, weight], {}, [product]))
            steps.append(Step("op", "add", OPS["add"], [product, bias], {}, [out]))
        else:
            steps.append(step)
    return program.replaced(steps)


def turned(program: Program) -> Program:
    """Transposed matrices that only products read are read the other way round instead."""
    readers: dict[Var, list[Step]] = {}
    for step in program.steps:
        for v in step.reads():
            readers.setdefault(v, []).append(step)
    leaving = set(program.leaving())
    turns: dict[Var, Var] = {}
    for step in program.steps:
        if kind_of(step)[0] == "turn" and _flips(step) and step.outputs[0] not in leaving:
            out = step.outputs[0]
            if all(_reads_matrix(reader, out) for reader in readers.get(out, ())):
                turns[out] = step.inputs[0]
    steps = []
    for step in program.steps:
        if any(v in turns for v in step.inputs if isinstance(v, Var)):
            flags = tuple(v in turns for v in step.inputs[:2])
            inputs = [turns.get(x, x) if isinstance(x, Var) else x for x in step.inputs]
            params = {**step.params, "turned": flags}
            step = Step(step.kind, step.name, step.call, inputs, params, step.outputs)
        if not (step.outputs and step.outputs[0] in turns):
            steps.append(step)
    return program.replaced(steps)


def _flips(step: Step) -> bool:
    dims: Any = step.params.get("dims", (1, 0))
    pair = {step.params.get("dim0", 0) % 2, step.params.get("dim1", 1) % 2}
    return tuple(d % 2 for d in dims) == (1, 0) and pair == {0, 1}


def _reads_matrix(reader: Step, out: Var) -> bool:
    """Whether the reader is a product of two matrices, which could read `out` turned."""
    before, out.contiguous = out.contiguous, True
    fine = product_of(reader) is not None and all(len(x.shape) == 2 for x in reader.inputs[:2])
    out.contiguous = before
    return fine and not any(x is out for x in reader.inputs[2:])
