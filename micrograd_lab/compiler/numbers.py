"""compile(f) for a function of Values: its graph is built twice, and from then on runs as a tape.

What it gives is a Value still, with an edge to each Value that the function read; so backward()
works, and more arithmetic can follow.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import get_ident
from typing import Any

from micrograd_lab.errors import LabError
from micrograd_lab.graph import topological_order
from micrograd_lab.scalar.program import Program, record
from micrograd_lab.scalar.tape import Tape
from micrograd_lab.scalar.value import Value

PATIENCE = 8  # recordings that do not agree, before it is given up
LOOKS = ("__lt__", "__le__", "__gt__", "__ge__")


class OnTape(Value):
    """The result of a run: a Value whose parents are all the leaves of the tape.

    A Value has two parents at most, so they hang on a chain of sums, made when somebody asks.
    """

    __slots__ = ("_chain", "_edges")

    _chain: Value | None
    _edges: list[tuple[Value, float]]

    def __new__(cls, data: float, label: str = "") -> Any:
        return Value(data, label)  # a number that meets a result of a tape is no result of one

    @property
    def _left(self) -> Value:
        if self._chain is None:
            leaf, slope = self._edges[0]
            chain = _edge(leaf, slope)
            for leaf, slope in self._edges[1:]:
                chain = _edge(chain, 1.0, leaf, slope)
            self._chain = chain
        return self._chain

    _dleft = property(lambda self: 1.0)
    _right = property(lambda self: None)
    _dright = property(lambda self: 0.0)


def on_tape(data: float, leaves: list[Value], gradients: list[float]) -> OnTape:
    """The result of a run of a tape."""
    node: OnTape = object.__new__(OnTape)
    node.data, node.grad, node.op, node.label = data, 0.0, "tape", ""
    node._edges, node._chain = list(zip(leaves, gradients, strict=True)), None
    return node


def _edge(left: Value, dleft: float, right: Value | None = None, dright: float = 0.0) -> Value:
    node = Value(0.0)
    node.op = "tape"
    node._left, node._dleft, node._right, node._dright = left, dleft, right, dright
    return node


class Numbers:
    """What is known of the calls with arguments of one form."""

    def __init__(self) -> None:
        self.tape: Tape | None = None
        self.held: list[Value] = []  # leaves that f finds outside
        self.before: tuple[Value, list[Value]] | None = None  # the last graph, and its arguments
        self.recorded = 0
        self.reason = ""

    def call(self, f: Callable[..., Any], args: Any, kwargs: Any) -> Any:
        values = values_in((args, kwargs))
        if self.tape is not None:
            leaves = [*values, *self.held]
            number = self.tape.run([x.data for x in leaves])
            return on_tape(number, leaves, self.tape.gradients.tolist())
        if self.recorded > PATIENCE:
            return f(*args, **kwargs)
        self.recorded += 1
        marks = [(x, x.data, x.grad) for x in self.outside()]
        with watching() as seen:
            result = f(*args, **kwargs)
        try:
            self.reason = seen[0] if seen else self.learn(result, values, marks)
        except LabError as error:
            self.reason = str(error)
        return result

    def outside(self) -> list[Value]:
        """Leaves of the last graph that were no arguments."""
        if self.before is None:
            return []
        root, values = self.before
        return [x for x in topological_order(root) if x.op is None and x not in values]

    def learn(self, result: Any, values: list[Value], marks: list[Any]) -> str:
        """Make the tape, if this graph is the one before; else say why not."""
        if not isinstance(result, Value) or result.op is None:
            return "it returns something else than one new Value"
        if any(x.op is not None for x in values):
            return "while it is recorded, its arguments must be Values that no op has made"
        if any(x.data != data or x.grad != grad for x, data, grad in marks):
            return "it changes Values that it finds outside"
        before, self.before = self.before, (result, values)
        if before is None:
            return ""
        root, earlier = before
        now = set(topological_order(result))
        shared = [x for x in topological_order(root) if x in now and x not in values]
        if any(x.op is not None for x in shared):
            return "it uses the result of an op that was run outside"
        old: Program = record(root, [*earlier, *shared])[0]
        tape = Tape(result, [*values, *shared])
        difference = old.difference(tape.program)
        if not difference:
            self.tape, self.held, self.before = tape, shared, None
        return difference

    def summary(self) -> str:
        """What explain() says of these calls."""
        if self.tape is not None:
            ops, held = len(self.tape.program.op), len(self.held)
            return f"a tape of {ops} ops, with {held} Values from outside; its `if`s are decided."
        why = f" ({self.reason})" if self.reason else ""
        if self.recorded > PATIENCE:
            return f"runs eagerly{why}."
        return f"recorded {self.recorded} times, no tape yet{why}."


@contextmanager
def watching() -> Iterator[list[str]]:
    """What happens in this block that a tape could not repeat."""
    seen: list[str] = []
    thread = get_ident()
    originals = {name: getattr(Value, name) for name in (*LOOKS, "backward")}

    def door(original: Any, why: str) -> Any:
        def passed(*args: Any) -> Any:
            if get_ident() == thread:
                seen.append(why)
            return original(*args)

        return passed

    for name, original in originals.items():
        compares = "it compares Values, and what follows may depend on their numbers"
        calls = "it calls backward(): return the loss, and call it outside"
        setattr(Value, name, door(original, compares if name in LOOKS else calls))
    try:
        yield seen
    finally:
        for name, original in originals.items():
            setattr(Value, name, original)


def values_in(nest: Any) -> list[Value]:
    """The Values among the arguments, in order."""
    if isinstance(nest, Value):
        return [nest]
    if isinstance(nest, dict):
        nest = nest.values()
    elif not isinstance(nest, (tuple, list)):
        return []
    return [x for part in nest for x in values_in(part)]


def listing(program: Program) -> str:
    """The tape as lines that can be read, one for each op."""

    def name(slot: int) -> str:
        if program.leaves <= slot <= program.idle:
            return f"{program.start[slot]:.6g}"
        return program.labels.get(slot, f"v{slot}")

    lines = []
    for i, op in enumerate(program.names):
        out, left, right = name(program.idle + 1 + i), name(program.left[i]), program.right[i]
        if op in ("+", "-", "*", "/", "**"):
            lines.append(f"{out} = {left} {op} {name(right)}")
        elif op.startswith("**"):
            lines.append(f"{out} = {left} {op}")
        else:
            two = f", {name(right)}" if right != program.idle else ""
            lines.append(f"{out} = {op}({left}{two})")
    return "\n".join(lines) + "\n"
