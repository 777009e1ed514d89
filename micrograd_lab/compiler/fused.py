"""The program as Python source for Numba: loops in compiled parts, and between them what stays as it is."""

from typing import Any

from micrograd_lab import threads
from micrograd_lab.compiler.expand import expanded
from micrograd_lab.compiler.fuse import (
    Piece,
    in_part,
    pieces_of,
    product_of,
    split_affine,
    sums_first,
    turned,
    turns_of,
)
from micrograd_lab.compiler.parts import Parts
from micrograd_lab.compiler.program import Program, Var
from micrograd_lab.compiler.source import Writer, assembled
from micrograd_lab.compiler.storage import Storage


class Fuser:
    """Writes the source; `persistent` says that what leaves may be overwritten by the next call."""

    def __init__(self, program: Program, given: list[Var], persistent: bool) -> None:
        self.program = sums_first(turned(split_affine(expanded(program))))
        self.given = given
        self.pieces = pieces_of(self.program)
        self.storage = Storage(self.program, self.pieces, persistent)
        self.parts = Parts(self.program, self.storage)
        self.writer = Writer(self.program)

    def source(self) -> tuple[str, dict[str, Any]]:
        body: list[str] = []
        waiting: list[Piece] = []  # they become one function
        for piece in self.pieces:
            if in_part(piece):
                waiting.append(piece)
            elif piece.kind != "view" or not self.storage.in_arena(piece):
                body += self.parts.call(waiting) if waiting else []
                waiting = []
                body += self.kept(piece)
        body += self.parts.call(waiting) if waiting else []
        for held, new in self.program.writes.items():
            if new not in self.storage.targets:
                body.append(f"{held.name}[...] = {new.name}")
        before = [*self.storage.views(), *self.parts.before]
        objects, copied = self.writer.objects, self.storage.copied
        text = assembled(self.program, self.given, objects, before, body, copied)
        return self.parts.source() + text, objects

    def kept(self, piece: Piece) -> list[str]:
        """What stays as it is: a large product, or a call of an op's kernel."""
        (step,) = piece.steps
        if piece.kind != "product" or step.outputs[0] not in self.storage.stored:
            return [self.writer.step(step)]
        rows, _, columns = product_of(step)  # type: ignore[misc]
        a, b = step.inputs[:2]
        out = step.outputs[0]
        fresh = out in self.storage.fresh
        lines = [f"{out.name} = np.empty({out.shape}, np.float32)"] if fresh else []
        target = out.name if len(out.shape) == 2 else f"{out.name}.reshape({rows}, {columns})"
        turns = turns_of(step)
        left = f"{a.name}.T" if turns[0] else matrix(a)
        right = f"{b.name}.T" if turns[1] else b.name
        dot = "np.dot"
        if threads.count > 1:
            from micrograd_lab.kernels import products

            dot = self.writer.object("shared_dot", products.dot)
        return [*lines, f"{dot}({left}, {right}, out={target})"]


def matrix(v: Var) -> str:
    return v.name if len(v.shape) == 2 else f"{v.name}.reshape(-1, {v.shape[-1]})"


def fused_source(
    program: Program, given: list[Var], persistent: bool
) -> tuple[str, dict[str, Any], Fuser]:
    """(source, the objects that build() must be given, how it was made)"""
    fuser = Fuser(program, given, persistent)
    return *fuser.source(), fuser
