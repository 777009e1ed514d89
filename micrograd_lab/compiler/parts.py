"""Pieces that follow each other as one compiled function: loops, small products, and the call of it."""

import numpy as np

from micrograd_lab import threads
from micrograd_lab.compiler.forms import SUMS
from micrograd_lab.compiler.fuse import Piece, turns_of
from micrograd_lab.compiler.loops import Loop, Place, literal
from micrograd_lab.compiler.products import Product, scratch_of, sizes_of
from micrograd_lab.compiler.program import Program, Step, Var, array_of
from micrograd_lab.compiler.rowwise import RowLoop
from micrograd_lab.compiler.storage import Storage

HEAD = """import numpy as np

from micrograd_lab.kernels.jit import compiled
from micrograd_lab.kernels.curves import ONE_BY_ROOT_TWO_PI, ROOT_HALF
from micrograd_lab.kernels.maths import HALF, ONE, erf, exp, exp_below, f4, sigmoid, tanh
from micrograd_lab.kernels.rows import largest

ZERO, NAN, INF = f4(0), f4(np.nan), f4(np.inf)

"""
LOCAL = 4096  # entries up to which what is held is copied next to everything else


class Parts:
    """The compiled functions of a program, and what must be done once before they are called."""

    def __init__(self, program: Program, storage: Storage) -> None:
        self.storage = storage
        self.functions: list[str] = []
        self.products: list[str] = []
        self.before: list[str] = []
        self.literals = {
            v: literal(array_of(v).item())
            for v in program.inputs
            if v.home == "constant" and v.size == 1 and v.dtype.kind in "fb"
        }

    def source(self) -> str:
        """All functions, below the names that they use."""
        text = "\n".join([*self.products, *self.functions])
        if not text:
            return "import numpy as np\n\n"
        shared = "from numba import prange\n" if "in prange(" in text else ""
        return HEAD.replace("\n\nfrom", f"\n{shared}\nfrom", 1) + text + "\n"

    def call(self, pieces: list[Piece]) -> list[str]:
        """One compiled function more, for these pieces; and the lines that call it."""
        storage = self.storage
        arrays: dict[str, Var] = {}  # parameters of the function
        numbers: dict[str, Var] = {}
        making = {v for piece in pieces for s in piece.steps for v in s.makes()}
        # Where products are small, all else is, too: side by side in one array, which needs no
        # checks whether two arrays are the same memory.
        close = any(piece.kind != "loop" for piece in pieces)

        def place(v: Var) -> tuple[str, int]:
            v = storage.behind_all(v)
            if v in storage.arena.offset:
                return "arena", storage.arena.offset[v]
            inside = f"out_{v.name}" if v in making else v.name
            arrays[inside] = v
            held = v.home in ("held", "constant")
            if close and held and v.size <= LOCAL and v.dtype == "float32":
                return "arena", storage.local_place(v)
            return inside, 0

        need = max((scratch_of(p.steps[0]) for p in pieces if p.kind == "product"), default=0)
        scratch = (
            ("arena", storage.local_place(Var((need,), np.dtype(np.float32)))) if need else None
        )
        lines: list[str] = []
        stored = set(storage.stored)
        for piece in pieces:
            if piece.kind != "loop":
                lines.append(self.product(piece.steps[0], place, scratch))
                continue
            names = ", ".join(v.name for s in piece.steps for v in s.makes())
            over = " x ".join(map(str, piece.shape)) or "a number"
            lines.append(f"# {names}" if len(names) < 90 else f"# over {over}")
            loop = RowLoop if piece.rowwise else Loop
            lines += loop(piece, place, stored, self.literals, threads.count).source()
            for s in piece.steps:
                numbers |= {v.name: v for v in s.reads() if v.home == "number"}
        start = [f"{name} = f4({name})" for name in numbers]
        written = {storage.targets[v] for v in making if v in storage.targets}
        for v in arrays.values():
            if close and v in storage.local.offset:
                head, at = f"for q in range({v.size}):", f"arena[{storage.local_place(v)} + q]"
                start += [head, f"    {at} = {v.name}[q]"]
                lines += [head, f"    {v.name}[q] = {at}"] if v in written else []
        name = f"part_{len(self.functions) + 1}"
        arena = ["arena"] if any("arena" in line for line in lines) else []
        text = [f"@compiled\ndef {name}({', '.join([*arena, *arrays, *numbers])}):"]
        text += ["    " + line for line in (*start, *lines)]
        self.functions.append("\n".join([*text, "", ""]))
        new = [f"{v.name} = np.empty({v.shape}, np.float32)" for v in storage.fresh if v in making]
        given = ", ".join([*arena, *map(self.flat, arrays.values()), *numbers])
        shared = any("in prange(" in line for line in lines)
        return [*new, f"{name}{'.by_pool' if shared else ''}({given})"]

    def product(self, step: Step, place: Place, scratch: tuple[str, int] | None) -> str:
        """A call of a function that is one small matrix product, and that function."""
        rows, inner, columns = sizes_of(step)
        lines = Product(step, place, scratch or ("", 0)).source()
        arrays = [place(x)[0] for x in (*step.inputs, *step.outputs) if isinstance(x, Var)]
        names = ", ".join(dict.fromkeys([*(["arena"] if scratch else []), *arrays]))
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
        name = f"{word}_{len(self.functions) + len(self.products) + 1}"
        text = [f"@compiled\ndef {name}({names}):", f'    """{does}"""']
        text += ["    " + line for line in lines]
        self.products.append("\n".join([*text, "", ""]))
        return f"{name}({names})  # {out} = {says}"

    def flat(self, v: Var) -> str:
        """An array as a function takes it: its entries in one row."""
        if len(v.shape) == 1:
            return v.name
        if v.home in ("held", "constant") and v.contiguous:
            line = f"{v.name}_flat = {v.name}.reshape(-1)"
            if line not in self.before:
                self.before.append(line)
            return f"{v.name}_flat"
        return f"{v.name}.reshape(-1)"
