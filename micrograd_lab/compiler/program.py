"""A program: what a function did, step by step, as names and the ops that made them.

Every name is given once.  What is changed in place (parameters, the optimiser's averages) has a new
name for its new value, and `writes` says into whose memory that goes at the end.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from micrograd_lab.ops.op import Op


@dataclass(eq=False, slots=True)
class Var:
    """A name, and what is known of the array behind it.

    home: "argument" of the call, "held" by a tensor that outlives it, "constant", a "number" that
    Python works out anew for each call, or "made" by a step.
    """

    shape: tuple[int, ...]
    dtype: np.dtype[Any]
    home: str = "made"
    value: Any = None  # of what is held: the Tensor; of a constant: the array; of a number: a call
    name: str = ""
    contiguous: bool = True
    of: "Var | None" = None  # this is the gradient of that

    @property
    def size(self) -> int:
        return int(np.prod(self.shape))

    def __repr__(self) -> str:
        return f"{self.name or '?'}{list(self.shape)}"


@dataclass(eq=False, slots=True)
class Step:
    """outputs = call(*inputs, **params).

    kind: "op" is one of the table, "back" all its gradients at once, "call" a function that may also
    change arrays (`changes`) or draw random numbers.  Only ops can be left out if nobody needs them.
    """

    kind: str
    name: str
    call: Any
    inputs: list[Any]  # Vars, numbers, None
    params: dict[str, Any]
    outputs: list[Any]  # Vars; None where no gradient was asked for
    changes: list[Var] = field(default_factory=list)

    @property
    def pure(self) -> bool:
        return self.kind != "call"

    def reads(self) -> Iterator[Var]:
        """Every Var among the inputs and inside the params."""
        for x in self.inputs:
            if isinstance(x, Var):
                yield x
        for value in self.params.values():
            yield from vars_in(value)

    def makes(self) -> Iterator[Var]:
        return (v for v in self.outputs if v is not None)

    @property
    def op(self) -> Op | None:
        return self.call if self.kind == "op" else None


@dataclass(eq=False)
class Program:
    """The steps in order, and what is left of them."""

    steps: list[Step] = field(default_factory=list)
    inputs: list[Var] = field(default_factory=list)  # arguments, held, constants, numbers
    results: list[Var] = field(default_factory=list)  # what is returned
    grads: list[tuple[Any, Var | None]] = field(default_factory=list)  # (leaf, its new gradient)
    writes: dict[Var, Var] = field(default_factory=dict)  # held memory, and its value at the end
    counts: list[Any] = field(default_factory=list)  # (optimiser, parameter): its steps are counted

    def leaving(self) -> list[Var]:
        """What somebody will see after the last step."""
        grads = [g for _, g in self.grads if g is not None]
        return [*self.results, *grads, *self.writes.values()]

    def replaced(self, steps: list[Step]) -> "Program":
        """The same, with other steps."""
        return Program(steps, self.inputs, self.results, self.grads, self.writes, self.counts)


def array_of(var: Var) -> Any:
    """The numbers behind what is held or constant, as they are now."""
    return getattr(var.value, "array", var.value)


def vars_in(nest: Any) -> Iterator[Var]:
    if isinstance(nest, Var):
        yield nest
    elif isinstance(nest, (tuple, list)):
        for part in nest:
            yield from vars_in(part)
