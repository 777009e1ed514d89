"""Recording: a call runs as it always does, and every op that acts is written down.

Arrays are known by who they are: an op whose input is the output of an earlier op has found its
name.  What nobody made is held by a tensor from outside, or a constant.  The call itself computes
what it would have computed anyway; so if something cannot be recorded, nothing is lost.
"""

from threading import get_ident
from typing import Any

import numpy as np

from micrograd_lab.compiler.program import Program, Step, Var, array_of
from micrograd_lab.compiler.reliance import Reliance
from micrograd_lab.ops.op import OPS, Op
from micrograd_lab.record import Shape
from micrograd_lab.tensor import Tensor, counter_of

ndarray = np.ndarray


class Read(float):
    """A number that was read out of a recorded tensor by item(): fine, if it is only returned."""

    var: Var


class Recorder:
    """Writes a Program while a function runs."""

    def __init__(self) -> None:
        self.program = Program()
        self.known: dict[int, Var] = {}  # by the id of the array
        self.alive: list[Any] = []  # so that no id is given twice
        self.seen: dict[Tensor, Any] = {}  # what is held from outside, and its array
        self.looked: dict[Tensor, int] = {}  # at the numbers of which somebody looked; its version
        self.pausing = False
        self.reliances: list[Reliance] = []
        self.averages: list[
            tuple[Var, Any, Tensor, str]
        ] = []  # (its name here, optimiser, of, name)
        self.given: dict[Any, Var] = {}  # numbers that an optimiser works out anew for each call
        self.nodes: dict[int, Var] = {}  # by the id of the record of an op
        self.views: dict[int, set[int]] = {}  # by the id of an array: those of its views
        self.stale: set[int] = set()  # views of what was changed in place since
        self.touched: dict[Tensor, None] = {}  # leaves that got a gradient
        self.modules: dict[Any, bool] = {}  # that were called, and whether they were training
        self.numbers: list[Read] = []
        self.refusal = ""
        self.updating = False  # within an optimiser's update
        self.thread = get_ident()

    def refuse(self, why: str) -> None:
        """This cannot be compiled; the first reason counts."""
        self.refusal = self.refusal or why

    # --- names for arrays -------------------------------------------------------------------

    def name(self, array: Any, var: Var) -> Var:
        self.alive.append(array)
        self.known[id(array)] = var
        if array.base is not None:
            self.views.setdefault(id(array.base), set()).add(id(array))
        return var

    def outside(self, array: Any, home: str, value: Any) -> Var:
        var = Var(array.shape, array.dtype, home, value, contiguous=array.flags.c_contiguous)
        self.program.inputs.append(var)
        return self.name(array, var)

    def var(self, x: Any) -> Any:
        """The name of a tensor or array; a number is its own."""
        if isinstance(x, Tensor):
            found = self.known.get(id(x.array))
            if id(x.array) in self.stale:
                self.refuse("a view is read after what it shows was changed in place")
            if found is None:
                found = self.seen_again(x.array) or self.outside(x.array, "held", x)
            elif found.home == "constant":  # so far only its array was seen
                found.home, found.value = "held", x
            if found.value is x:
                self.seen.setdefault(x, x.array)
            return found
        if type(x) is ndarray:
            found = self.known.get(id(x))
            return found or self.seen_again(x) or self.outside(x, "constant", x)
        if isinstance(x, Read):
            self.refuse("a number that item() read out of a tensor is computed with")
        return x

    def seen_again(self, array: Any) -> Var | None:
        """A name for the memory of something known that somebody has given another shape unseen."""
        base = array.base
        whole = self.known.get(id(base))
        if whole is None or base.size != array.size or base.dtype != array.dtype:
            return None
        if not (base.flags.c_contiguous and array.flags.c_contiguous):
            return None
        var = Var(array.shape, array.dtype)
        self.program.steps.append(
            Step("op", "reshape", OPS["reshape"], [whole], {"shape": array.shape}, [var])
        )
        return self.name(array, var)

    def looked_at(self, x: Any) -> None:
        """Somebody has looked at the numbers of x, perhaps to compute something from them."""
        if isinstance(x, Tensor) and get_ident() == self.thread and not self.pausing:
            self.looked[x] = counter_of(x)[0]

    def nest(self, x: Any) -> Any:
        """A param, with names in place of arrays."""
        if isinstance(x, (tuple, list)) and not hasattr(x, "_fields"):
            return type(x)(self.nest(part) for part in x)
        return self.var(x)

    def made(self, array: Any) -> Var:
        var = Var(array.shape, array.dtype, contiguous=array.flags.c_contiguous)
        return self.name(array, var)

    # --- what happens -----------------------------------------------------------------------

    def op(self, op: Op, inputs: Any, params: dict[str, Any], out: Tensor) -> None:
        given = [self.var(x) for x in inputs]
        told = {key: self.nest(value) for key, value in params.items()}
        var = self.made(out.array)
        self.program.steps.append(Step("op", op.name, op, given, told, [var]))
        if out._grad_fn is not None:
            self.alive.append(out._grad_fn)
            self.nodes[id(out._grad_fn)] = var

    def gradient(self, node: Any, g: Tensor) -> None:
        """g is the gradient of what the node made, or of a leaf."""
        var, of = self.var(g), self.nodes.get(id(node))
        if isinstance(node, Tensor):
            of = self.var(node)
        if var.of is None and var.home == "made":
            var.of = of

    def back(
        self, op: Op, call: Any, g: Any, values: Any, params: Any, parents: Any, parts: Any
    ) -> None:
        """All gradients of an op whose rule stays closed."""
        given = [
            self.var(x) if type(x) is ndarray else Shape(x) if hasattr(x, "shape") else x
            for x in (g, *values)
        ]
        told = {key: self.nest(value) for key, value in params.items()}
        wanted = tuple(p is not None for p in parents)
        outputs = [
            None if p is None or not w else self.made(p)
            for p, w in zip(parts, wanted, strict=False)
        ]
        step = Step("back", op.name, (op, wanted), given, told, outputs)
        self.program.steps.append(step)

    def call(self, name: str, call: Any, inputs: list[Any], outputs: Any, changes: Any) -> None:
        """A function that stays as it is, with what it changes in place."""
        changed = [self.var(x) for x in changes]
        for var in changed:
            if var.home != "held" or var in self.program.writes:
                self.refuse(f"{name} changes an array that this call has made or changed before")
        made = [self.made(y) for y in outputs]
        given = [self.var(x) for x in inputs]
        self.program.steps.append(Step("call", name, call, given, {}, made, changed))
        for x in changes:
            self.outside(x.array, "held", x)  # the same memory, but other numbers

    def write(self, x: Tensor, y: Tensor) -> None:
        """x takes the value of y: from now on, x's array goes by y's name."""
        old, new = self.var(x), self.var(y)
        if id(x.array.base) in self.known:
            self.refuse("a view is changed in place")
        self.stale |= self.views.get(id(x.array), set())
        held = next((h for h, v in self.program.writes.items() if v is old), None)
        held = old if old.home == "held" else held
        if old.home in ("argument", "constant"):
            self.refuse("an argument or a constant is changed in place")
        if new.dtype != x.array.dtype:
            self.refuse("something is changed in place into another dtype")
        if held is not None:
            self.program.writes[held] = new
        self.known[id(x.array)] = new

    def read(self, x: Tensor, how: str) -> None:
        """A number left the recorded world."""
        if id(x.array) in self.known:
            self.refuse(
                f"{how} of a tensor of shape {tuple(x.shape)}: what follows may depend on its numbers"
            )

    # --- the end ----------------------------------------------------------------------------

    def finish(self) -> None:
        """Gradients that were left behind, and what happened unseen."""
        for leaf in self.touched:
            g = leaf.grad
            self.program.grads.append((leaf, None if g is None else self.var(g)))
        written = list(self.program.writes)
        for x, array in self.seen.items():
            for v in written:
                if v.value is not x and np.may_share_memory(array_of(v), array):
                    self.refuse("something is changed in place that shares its memory")
            if x.array is not array:
                self.refuse("the .data of a tensor is replaced")
