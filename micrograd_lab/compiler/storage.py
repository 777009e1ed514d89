"""Where everything lies that a program makes: in the arena, in memory that is held, or in new arrays."""

from micrograd_lab.compiler.forms import fits
from micrograd_lab.compiler.fuse import Piece, in_part
from micrograd_lab.compiler.memory import Arena, memory_behind, planned
from micrograd_lab.compiler.program import Program, Var


class Storage:
    """Places for the Vars of a program; `persistent`: what leaves may be overwritten by the next call."""

    def __init__(self, program: Program, pieces: list[Piece], persistent: bool) -> None:
        self.program, self.pieces = program, pieces
        self.made_by = {v: p for p in pieces for s in p.steps for v in s.makes()}
        self.root = self.roots()
        behind = memory_behind(pieces)
        self.targets = self.in_place()
        self.stored = self.needed()
        seen = {w for v in program.results for w in (v, *behind.get(v, ()))}
        seen |= {w for _, v in program.grads if v for w in (v, *behind.get(v, ()))}
        self.fresh = [] if persistent else [v for v in self.stored if v in seen]
        kept = [v for v in self.stored if v not in self.fresh and v not in self.targets]
        self.arena = planned(pieces, program, kept, behind)
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
        return [
            v
            for piece in self.pieces
            if piece.kind in ("loop", "product", "columns")
            for step in piece.steps
            for v in step.makes()
            if v in leaving
            or read.get(v, set()) - {piece}
            or step.name in ("sum", "mean", "sum_to")
        ]

    def behind_all(self, v: Var) -> Var:
        """Whose memory v shows."""
        v = self.targets.get(v, v)
        v = self.root.get(v, v)
        return self.targets.get(v, v)

    def in_arena(self, piece: Piece) -> bool:
        """Whether a view shows a stretch of the arena."""
        return self.root[piece.steps[0].outputs[0]] in self.arena.offset

    def local_place(self, v: Var) -> int:
        """Where in the arena the copy of v lies."""
        if v not in self.local.offset:
            self.local.place(v)
        return self.arena.size + self.local.offset[v]

    def views(self) -> list[str]:
        """The arena, and what others than loops see of it."""
        arena = self.arena
        if not arena.size + self.local.size:
            return []
        lines = [f"arena = np.empty({arena.size + self.local.size}, np.float32)"]
        others = [p for p in self.pieces if not in_part(p)]
        outside = {v for p in others for s in p.steps for v in s.reads()}
        outside |= {v for p in others if p.kind == "product" for v in p.steps[0].makes()}
        outside |= set(self.program.leaving())
        outside |= {self.root.get(v, v) for v in outside}
        for v, offset in arena.offset.items():
            if v in outside:
                lines.append(f"{v.name} = {view(offset, v)}")
        for v, root in self.root.items():
            if root in arena.offset and v in outside:
                lines.append(f"{v.name} = {view(arena.offset[root], v)}")
        return lines


def view(offset: int, v: Var) -> str:
    row = f"arena[{offset}:{offset + v.size}]"
    return row if len(v.shape) == 1 else f"{row}.reshape({v.shape})"
