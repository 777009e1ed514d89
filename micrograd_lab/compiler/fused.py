"""The program as Python source for Numba: loops in compiled parts, and between them what stays as it is."""

from typing import Any

import numpy as np

from micrograd_lab.compiler.expand import expanded
from micrograd_lab.compiler.forms import SUMS, fits
from micrograd_lab.compiler.fuse import (
    Piece,
    is_small,
    pieces_of,
    product_of,
    split_affine,
    sums_first,
    turned,
    turns_of,
)
from micrograd_lab.compiler.loops import Loop, Place, literal
from micrograd_lab.compiler.memory import Arena, memory_behind, planned
from micrograd_lab.compiler.products import Product, scratch_of, sizes_of
from micrograd_lab.compiler.program import Program, Step, Var, array_of
from micrograd_lab.compiler.rowwise import RowLoop
from micrograd_lab.compiler.source import Writer, assembled

PARTS_HEAD = """import numpy as np

from micrograd_lab.kernels.jit import compiled
from micrograd_lab.kernels.curves import ONE_BY_ROOT_TWO_PI, ROOT_HALF
from micrograd_lab.kernels.maths import HALF, ONE, erf, exp, exp_below, f4, sigmoid, tanh
from micrograd_lab.kernels.rows import largest

ZERO, NAN, INF = f4(0), f4(np.nan), f4(np.inf)

"""
LOCAL = 4096  # entries up to which what is held is copied next to everything else


class Fuser:
    """Writes the source; `persistent` says that what leaves may be overwritten by the next call."""

    def __init__(self, program: Program, given: list[Var], persistent: bool) -> None:
        program = sums_first(turned(split_affine(expanded(program))))
        self.program, self.given, self.persistent = program, given, persistent
        self.pieces = pieces_of(program)
        self.writer = Writer(program)
        self.parts: list[str] = []
        self.products: list[str] = []
        self.body: list[str] = []
        self.before: list[str] = []
        self.made_by = {v: p for p in self.pieces for s in p.steps for v in s.makes()}
        self.root = self.roots()
        behind = memory_behind(self.pieces)
        self.targets = self.in_place()
        self.literals = {
            v: literal(array_of(v).item())
            for v in program.inputs
            if v.home == "constant" and v.size == 1 and v.dtype.kind in "fb"
        }
        self.stored = self.needed()
        seen = {w for v in program.results for w in (v, *behind.get(v, ()))}
        seen |= {w for _, v in program.grads if v for w in (v, *behind.get(v, ()))}
        self.fresh = [] if persistent else [v for v in self.stored if v in seen]
        kept = [v for v in self.stored if v not in self.fresh and v not in self.targets]
        self.arena = planned(self.pieces, program, kept, behind)
        self.copied = [
            v.name
            for v in program.results
            if any(w in self.arena.offset for w in (v, *behind.get(v, ())))
        ]
        self.local = Arena()  # copies of what is held and small, behind everything else

    def in_place(self) -> dict[Var, Var]:
        """New values that loops write straight into the memory that is held; nothing else needs them."""
        outside = set(self.program.results) | {g for _, g in self.program.grads if g}
        for piece in self.pieces:
            if piece.kind != "loop":
                outside |= {v for step in piece.steps for v in step.reads()}
        return {
            new: held
            for held, new in self.program.writes.items()
            if new in self.made_by and self.made_by[new].kind == "loop"
            if new not in outside
            and fits(held)
            and list(self.program.writes.values()).count(new) == 1
        }

    def roots(self) -> dict[Var, Var]:
        """What is only another shape of something: that something."""
        root: dict[Var, Var] = {}
        for piece in self.pieces:
            if piece.kind == "view":
                (step,) = piece.steps
                x = step.inputs[0]
                root[step.outputs[0]] = root.get(x, x)
        return root

    def needed(self) -> list[Var]:
        """What loops and products make, and somebody outside that loop reads: it needs memory."""
        leaving = set(self.program.leaving())
        read: dict[Var, set[Piece]] = {}
        for piece in self.pieces:
            for step in piece.steps:
                for v in step.reads():
                    read.setdefault(v, set()).add(piece)
        found = []
        for piece in self.pieces:
            if piece.kind not in ("loop", "product", "columns"):
                continue
            for step in piece.steps:
                for v in step.makes():
                    if (
                        v in leaving
                        or read.get(v, set()) - {piece}
                        or step.name in ("sum", "mean", "sum_to")
                    ):
                        found.append(v)
        return found

    def source(self) -> tuple[str, dict[str, Any]]:
        waiting: list[Piece] = []
        for piece in self.pieces:
            if piece.kind == "loop" or self.is_small(piece):
                waiting.append(piece)
                continue
            if piece.kind == "view" and self.in_arena(piece):
                continue
            self.flush(waiting)
            waiting = []
            self.body += self.kept(piece)
        self.flush(waiting)
        self.define_arena()
        for held, new in self.program.writes.items():
            if new not in self.targets:
                self.body.append(f"{held.name}[...] = {new.name}")
        text = assembled(
            self.program, self.given, self.writer.objects, self.before, self.body, self.copied
        )
        head = PARTS_HEAD if self.parts else "import numpy as np\n\n"
        return head + "\n".join([*self.products, *self.parts, text]), self.writer.objects

    # --- memory ------------------------------------------------------------------------------

    def define_arena(self) -> None:
        arena = self.arena
        if not arena.size + self.local.size:
            return
        first = [f"arena = np.empty({arena.size + self.local.size}, np.float32)"]
        outside = {
            v for p in self.pieces if not self.in_part(p) for s in p.steps for v in s.reads()
        }
        outside |= {
            v
            for p in self.pieces
            if p.kind == "product" and not self.in_part(p)
            for v in p.steps[0].makes()
        }
        outside |= set(self.program.leaving())
        outside |= {self.root.get(v, v) for v in outside}
        for v, offset in arena.offset.items():
            if v in outside:
                first.append(f"{v.name} = {view('arena', offset, v)}")
        for v, root in self.root.items():
            if root in arena.offset and v in outside:
                first.append(f"{v.name} = {view('arena', arena.offset[root], v)}")
        self.before = first + self.before

    def in_arena(self, piece: Piece) -> bool:
        return self.root[piece.steps[0].outputs[0]] in self.arena.offset

    def is_small(self, piece: Piece) -> bool:
        if piece.kind == "product":
            return is_small(product_of(piece.steps[0]))
        return piece.kind == "columns"

    def in_part(self, piece: Piece) -> bool:
        return piece.kind == "loop" or self.is_small(piece)

    # --- what stays as it is --------------------------------------------------------------------

    def kept(self, piece: Piece) -> list[str]:
        (step,) = piece.steps
        if piece.kind == "product" and step.outputs[0] in self.stored:
            rows, _, columns = product_of(step)  # type: ignore[misc]
            a, b = step.inputs[:2]
            out = step.outputs[0]
            lines = []
            if out in self.fresh:
                lines.append(f"{out.name} = np.empty({out.shape}, np.float32)")
            target = out.name if len(out.shape) == 2 else f"{out.name}.reshape({rows}, {columns})"
            turns = turns_of(step)
            left = f"{a.name}.T" if turns[0] else matrix(a)
            right = f"{b.name}.T" if turns[1] else b.name
            return [*lines, f"np.dot({left}, {right}, out={target})"]
        return [self.writer.step(step)]

    # --- compiled parts ----------------------------------------------------------------------

    def flush(self, waiting: list[Piece]) -> None:
        """One compiled function for pieces that follow each other, and the call of it."""
        if not waiting:
            return
        arrays: dict[str, Var] = {}  # parameters of the function
        numbers: dict[str, Var] = {}

        def place(v: Var) -> tuple[str, int]:
            v = self.targets.get(v, v)
            v = self.root.get(v, v)
            v = self.targets.get(v, v)
            if v in self.arena.offset:
                return "arena", self.arena.offset[v]
            inside = f"out_{v.name}" if v in making else v.name
            arrays[inside] = v
            if (
                close
                and v.home in ("held", "constant")
                and v.size <= LOCAL
                and v.dtype == "float32"
            ):
                if v not in self.local.offset:
                    self.local.place(v)
                return "arena", self.arena.size + self.local.offset[v]
            return inside, 0

        # Where products are small, all else is, too: side by side in one array, which needs no
        # checks whether two arrays are the same memory.
        making = {v for piece in waiting for s in piece.steps for v in s.makes()}
        close = any(piece.kind != "loop" for piece in waiting)
        stored = set(self.stored)
        lines: list[str] = []
        need = max((scratch_of(p.steps[0]) for p in waiting if p.kind == "product"), default=0)
        scratch = Var((need,), np.dtype(np.float32))
        if need:
            self.local.place(scratch)
        for piece in waiting:
            names = ", ".join(v.name for s in piece.steps for v in s.makes())
            over = " x ".join(map(str, piece.shape)) if piece.kind == "loop" else "product"
            if piece.kind == "loop":
                lines.append(f"# {names}" if len(names) < 90 else f"# over {over or 'a number'}")
            if piece.kind != "loop":
                lines.append(self.product(piece.steps[0], place, scratch))
            else:
                loop = RowLoop if piece.rowwise else Loop
                lines += loop(piece, place, stored, self.literals).source()
                for s in piece.steps:
                    numbers |= {v.name: v for v in s.reads() if v.home == "number"}
        start = [f"{name} = f4({name})" for name in numbers]
        near = [v for v in arrays.values() if close and v in self.local.offset]
        written = {
            self.targets[v]
            for p in waiting
            for s in p.steps
            for v in s.makes()
            if v in self.targets
        }
        for v in near:
            at = self.arena.size + self.local.offset[v]
            start += [f"for q in range({v.size}):", f"    arena[{at} + q] = {v.name}[q]"]
            if v in written:
                lines += [f"for q in range({v.size}):", f"    {v.name}[q] = arena[{at} + q]"]
        name = f"part_{len(self.parts) + 1}"
        uses_arena = any("arena" in line for line in lines)
        inputs = [*(["arena"] if uses_arena else []), *arrays, *numbers]
        text = [f"@compiled\ndef {name}({', '.join(inputs)}):"]
        text += ["    " + line for line in (*start, *lines)]
        self.parts.append("\n".join([*text, "", ""]))
        for v in self.fresh:
            if any(v in s.makes() for p in waiting for s in p.steps):
                self.body.append(f"{v.name} = np.empty({v.shape}, np.float32)")
        self.body.append(
            f"{name}({', '.join([*(['arena'] if uses_arena else []), *(self.flat(v) for v in arrays.values()), *numbers])})"
        )

    def product(self, step: Step, place: Place, scratch: Var) -> str:
        """A call of a function that is one small matrix product, and that function."""
        rows, inner, columns = sizes_of(step)
        start = self.arena.size + self.local.offset.get(scratch, 0)
        lines = Product(step, place, ("arena", start)).source()
        read = [place(x)[0] for x in step.inputs if isinstance(x, Var)]
        arrays = [*(["arena"] if scratch.size else []), *read, place(step.outputs[0])[0]]
        names = ", ".join(dict.fromkeys(arrays))
        out = step.outputs[0].name
        if step.name in SUMS:
            word, does = "add", f"{inner} rows of {columns}"
            says = f"{step.inputs[0].name} summed down its rows"
        else:
            word, does = "multiply", f"({rows} x {inner}) @ ({inner} x {columns})"
            a, b = (
                f"{v.name}.T" if t else v.name
                for v, t in zip(step.inputs, turns_of(step), strict=False)
            )
            says = " + ".join([f"{a} @ {b}", *(v.name for v in step.inputs[2:])])
        name = f"{word}_{len(self.parts) + len(self.products) + 1}"
        self.products.append(
            "\n".join(
                [f"@compiled\ndef {name}({names}):", f'    """{does}"""']
                + ["    " + line for line in lines]
                + ["", ""]
            )
        )
        return f"{name}({names})  # {out} = {says}"

    def flat(self, v: Var) -> str:
        """An array as a part takes it: its entries in one row."""
        if len(v.shape) == 1:
            return v.name
        if v.home in ("held", "constant") and v.contiguous:
            line = f"{v.name}_flat = {v.name}.reshape(-1)"
            if line not in self.before:
                self.before.append(line)
            return f"{v.name}_flat"
        return f"{v.name}.reshape(-1)"


def view(array: str, offset: int, v: Var) -> str:
    row = f"{array}[{offset}:{offset + v.size}]"
    return row if len(v.shape) == 1 else f"{row}.reshape({v.shape})"


def matrix(v: Var) -> str:
    return v.name if len(v.shape) == 2 else f"{v.name}.reshape(-1, {v.shape[-1]})"


def fused_source(
    program: Program, given: list[Var], persistent: bool
) -> tuple[str, dict[str, Any], Fuser]:
    """(source, the objects that build() must be given, how it was made)"""
    fuser = Fuser(program, given, persistent)
    return *fuser.source(), fuser
