"""A graph of Values as a list of instructions: which op, and which two slots it reads.

Slots are numbered: first the leaves that may change, then the constants, then one slot per op, each
after all that it reads.  `replay` runs the list on Values again: slow, and the definition of what
the fast way (kernels/interpreter.py) has to give.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import zip_longest
from typing import Any

from micrograd_lab.errors import NotANodeError, SizeError
from micrograd_lab.graph import topological_order
from micrograd_lab.scalar.domain import name, short
from micrograd_lab.scalar.value import Value

# What a Value can record: the name of an op, and what makes it.  Its place here is its number.
METHODS = {
    **{"+": Value.__add__, "-": Value.__sub__, "*": Value.__mul__, "/": Value.__truediv__},
    **{"**": Value.__pow__, "**n": Value.__pow__, "neg": Value.__neg__},
    **{"exp": Value.exp, "log": Value.log, "sqrt": Value.sqrt, "sin": Value.sin, "cos": Value.cos},
    **{"tanh": Value.tanh, "sigmoid": Value.sigmoid, "relu": Value.relu},
    **{"abs": Value.abs, "max": Value.max, "min": Value.min},
}
OPS = tuple(METHODS)


@dataclass(frozen=True, slots=True)
class Program:
    """The instructions, as arrays and lists with one entry per op, and what errors call the slots."""

    op: Any  # uint8: a place in OPS
    left: Any  # uint32: the slot of the first parent
    right: Any  # uint32: of the second; of the exponent in x ** 3; else the idle slot
    names: Sequence[str]  # what each node calls its op: "+", "**3"
    labels: dict[int, str]  # of the slots that have one
    leaves: int  # how many slots may be given other numbers: the first ones
    root: int  # the slot of the result
    start: Any  # float64: what was in all the slots when the graph was recorded

    @property
    def idle(self) -> int:
        """The slot that an op of one parent reads and ignores: the last before those of the ops."""
        return len(self.start) - len(self.op) - 1

    def replay(self, x: Any) -> list[Value]:
        """A new graph from the numbers x in the slots before the ops: its nodes, slot by slot."""
        nodes = [Value(x[slot], self.labels.get(slot, "")) for slot in range(self.idle + 1)]
        for i in range(len(self.op)):
            node = self.apply(i, nodes[self.left[i]], nodes[self.right[i]])
            node.label = self.labels.get(len(nodes), "")
            nodes.append(node)
        return nodes

    def apply(self, i: int, left: Value, right: Value) -> Value:
        """Op number i of these two, with the errors that it raises."""
        kind = OPS[self.op[i]]
        if kind == "**n":
            written = self.names[i].removeprefix("**")
            whole = written.removeprefix("-").isdigit()
            return left ** (int(written) if whole else right.data)
        method: Any = METHODS[kind]
        return method(left) if self.right[i] == self.idle else method(left, right)  # type: ignore[no-any-return]

    def fail(self, i: int, x: Any) -> None:
        """Raise the error of op number i, whose parents' numbers are in x."""
        self.apply(i, self._node(self.left[i], x), self._node(self.right[i], x))
        raise AssertionError(f"{self.names[i]} is defined here, but the interpreter stopped")

    def _node(self, slot: int, x: Any) -> Value:
        node = Value(x[slot], self.labels.get(slot, ""))
        node.op = self.names[slot - self.idle - 1] if slot > self.idle else None
        return node

    def difference(self, other: "Program") -> str:
        """How the other one differs first, in words; "" if it is the same program."""
        for i, (a, b) in enumerate(zip_longest(self.names, other.names, fillvalue="nothing")):
            if a != b:
                return f"op {i} is {b} instead of {a}"
        edges = (zip(p.left - p.idle, p.right - p.idle, strict=True) for p in (self, other))
        for i, (one, two) in enumerate(zip(*edges, strict=True)):
            if one != two:
                return f"op {i}, {self.names[i]}, takes other nodes"
        if (self.idle, self.root) != (other.idle, other.root):
            return "it returns another node"
        constants = (p.start[p.leaves : p.idle].tolist() for p in (self, other))
        for a, b in zip(*constants, strict=True):
            if a != b and (a == a or b == b):
                return f"a constant is {b:.6g} instead of {a:.6g}"
        return ""


def record(root: Value, leaves: Iterable[Value] | None) -> tuple[Program, tuple[Value, ...]]:
    """The program that the graph of root is, and the leaves that are its first slots."""
    import numpy as np

    if not isinstance(root, Value):
        raise NotANodeError(f"Tape({short(root)}): a tape records a graph of Values.")
    order = topological_order(root)
    ends = [node for node in order if node.op is None]
    inner = [node for node in order if node.op is not None]
    chosen = tuple(ends if leaves is None else leaves)
    _check(chosen)

    powers = [node for node in inner if _kind(node) == "**n"]
    slots: dict[Value, int] = {node: i for i, node in enumerate(dict.fromkeys((*chosen, *ends)))}
    exponent = {node: len(slots) + i for i, node in enumerate(powers)}
    before = [node.data for node in slots] + [node._dright for node in powers] + [0.0]
    idle = len(before) - 1
    slots |= {node: idle + 1 + i for i, node in enumerate(inner)}

    right = [slots.get(node._right, exponent.get(node, idle)) for node in inner]
    program = Program(
        op=np.array([OPS.index(_kind(node)) for node in inner], np.uint8),
        left=np.array([slots[node._left] for node in inner], np.uint32),
        right=np.array(right, np.uint32),
        names=[str(node.op) for node in inner],
        labels={slot: node.label for node, slot in slots.items() if node.label},
        leaves=len(chosen),
        root=slots[root],
        start=np.array(before + [node.data for node in inner], np.float64),
    )
    return program, chosen


def _kind(node: Value) -> str:
    """The op's name in OPS.  x ** 3 has the 3 in its name, and as a number where b's slope would be."""
    op = str(node.op)
    kind = "**n" if node._right is None and op.startswith("**") else op
    if kind not in METHODS:
        raise NotANodeError(f"Tape: {name(node)} was made by {op!r}, which no Value has.")
    return kind


def _check(leaves: Sequence[Any]) -> None:
    for i, leaf in enumerate(leaves):
        if not isinstance(leaf, Value) or leaf.op is not None:
            found = name(leaf) if isinstance(leaf, Value) else short(leaf)
            raise NotANodeError(
                f"Tape: leaves[{i}] is {found}; only a Value that you made yourself can be given "
                "another number, all others follow from those."
            )
    if len(set(leaves)) < len(leaves):
        raise SizeError("Tape: a leaf is listed twice, and it has only one number.")
