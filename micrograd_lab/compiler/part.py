"""A program with its source, loaded and bound to the memory that it works on."""

import linecache
from typing import Any

import numpy as np

from micrograd_lab.compiler.fuse import Piece
from micrograd_lab.compiler.fused import fused_source
from micrograd_lab.compiler.modules import imported
from micrograd_lab.compiler.program import Program, Var, array_of
from micrograd_lab.compiler.source import fixed_of, numpy_source
from micrograd_lab.kernels.swift import switched_on
from micrograd_lab.tensor import Tensor


class Part:
    """A program with its source: `call(*given)` runs it on the memory that the tensors have now."""

    def __init__(self, program: Program, given: list[Var], persistent: bool) -> None:
        self.program = program
        self.given = given
        self.source = ""
        self.objects: dict[str, Any] = {}
        self.pieces: list[Piece] = []
        self.build = loaded(self, persistent)["build"]
        self.fixed = fixed_of(self.program)
        self.pinned: list[tuple[Tensor, Any]] = []
        self.bind()

    def bind(self) -> None:
        """Look up where the held tensors' numbers are now."""
        held = [array_of(v) for v in self.fixed]
        self.pinned = [(v.value, v.value.array) for v in self.fixed if isinstance(v.value, Tensor)]
        self.call = self.build(self.objects, held)
        names = dict(zip(self.call.__code__.co_freevars, self.call.__closure__ or (), strict=True))
        self.arena = names["arena"].cell_contents if "arena" in names else None

    def fits(self) -> bool:
        """Whether every held tensor has memory of the kind that the program was made for."""
        return all(
            x.array.shape == array.shape
            and x.array.dtype == array.dtype
            and x.array.flags.c_contiguous == array.flags.c_contiguous
            for x, array in self.pinned
        )


def loaded(part: Part, persistent: bool) -> dict[str, Any]:
    """Write the part's source, and return what that defines."""
    program, given = part.program, part.given
    if switched_on():
        part.source, part.objects, fuser = fused_source(program, given, persistent)
        part.program, part.pieces = fuser.program, fuser.pieces
        return imported(part.source)
    part.source, part.objects = numpy_source(program, given)
    namespace: dict[str, Any] = {"np": np}
    name = f"<compiled step {id(program):x}>"
    linecache.cache[name] = (len(part.source), None, part.source.splitlines(True), name)
    exec(compile(part.source, name, "exec"), namespace)
    return namespace
