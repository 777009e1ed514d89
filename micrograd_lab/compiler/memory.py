"""One arena for everything the loops make: each array has its place, and places are used again."""

from micrograd_lab.compiler.fuse import Piece
from micrograd_lab.compiler.program import Program, Step, Var

LINE = 16  # entries of float32 in a line of the cache


class Arena:
    """Offsets of arrays in one stretch of float32."""

    def __init__(self) -> None:
        self.size = 0
        self.offset: dict[Var, int] = {}
        self._free: list[tuple[int, int]] = []  # (size, offset)

    def place(self, var: Var) -> None:
        need = -(-max(var.size, 1) // LINE) * LINE
        fitting = [place for place in self._free if place[0] >= need]
        if fitting:
            size, offset = min(fitting)
            self._free.remove((size, offset))
            if size > need:
                self._free.append((size - need, offset + need))
        else:
            offset, self.size = self.size, self.size + need
        self.offset[var] = offset

    def release(self, var: Var) -> None:
        self._free.append((-(-max(var.size, 1) // LINE) * LINE, self.offset[var]))


def may_share(step: Step) -> list[Var]:
    """The inputs in whose memory the step's result may lie: it may be a view of them."""
    if step.kind == "back":  # an upstream gradient that is passed on as it is
        return [x for x in step.inputs[:1] if isinstance(x, Var)]
    if step.op is not None and (step.op.is_view or step.op.kind in ("linear", "linear in each")):
        return [x for x in step.inputs if isinstance(x, Var)]
    return []


def memory_behind(pieces: list[Piece]) -> dict[Var, set[Var]]:
    """Of what may be a view: whose memory it may show."""
    behind: dict[Var, set[Var]] = {}
    for piece in pieces:
        for step in piece.steps if piece.kind in ("kept", "view") else ():
            for v in step.makes():
                behind[v] = {w for x in may_share(step) for w in (x, *behind.get(x, ()))}
    return behind


def planned(
    pieces: list[Piece], program: Program, stored: list[Var], behind: dict[Var, set[Var]]
) -> Arena:
    """A place for every stored Var, from the piece that makes it to the last that reads it."""
    last: dict[Var, int] = {}
    first: dict[Var, int] = {}
    for k, piece in enumerate(pieces):
        for step in piece.steps:
            for v in step.makes():
                first[v] = k
            for v in step.reads():
                for w in (v, *behind.get(v, ())):
                    last[w] = k
    stay = {w for v in program.leaving() for w in (v, *behind.get(v, ()))}
    arena = Arena()
    for k in range(len(pieces)):
        for v in stored:
            if first[v] == k:
                arena.place(v)
        for v in stored:
            if v not in stay and last.get(v, first[v]) == k:
                arena.release(v)
    return arena
