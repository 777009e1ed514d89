"""A small program of ops that runs on any engine, and shrinks until nothing can be left out."""

import math
import random
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any, ClassVar, Self, TypeVar

from micrograd_lab.scalar import Value

OPS: dict[str, tuple[str, Callable[..., Any]]] = {
    "+":    ("{} + {}",   lambda a, b: a + b),
    "-":    ("{} - {}",   lambda a, b: a - b),
    "*":    ("{} * {}",   lambda a, b: a * b),
    "/":    ("{} / {}",   lambda a, b: a / b),
    "**":   ("{} ** {}",  lambda a, b: a**b),
    "neg":  ("-{}",       lambda a: -a),
    "exp":  ("{}.exp()",  lambda a: a.exp()),
    "log":  ("{}.log()",  lambda a: a.log()),
    "tanh": ("{}.tanh()", lambda a: a.tanh()),
    "relu": ("{}.relu()", lambda a: a.relu()),
}  # fmt: skip

# An int: the result of that line (inputs come first); a float: a number; a tuple: an array.
Argument = int | float | tuple[Any, ...]
Line = tuple[str, tuple[Argument, ...]]


@dataclass(frozen=True)
class Experiment:
    """Lines of ops over some inputs; the last line is the root."""

    inputs: tuple[Any, ...]
    lines: tuple[Line, ...]

    ops: ClassVar[dict[str, tuple[str, Callable[..., Any]]]] = OPS

    def run(self, make: Callable[[Any], Any]) -> tuple[list[Any], Any]:
        """(inputs, root) as nodes of the engine whose nodes `make` makes."""
        nodes = [make(self.given(x)) for x in self.inputs]
        for op, arguments in self.lines:
            got = [nodes[a] if isinstance(a, int) else self.given(a) for a in arguments]
            nodes.append(self.ops[op][1](*got))
        return nodes[: len(self.inputs)], nodes[-1]

    def given(self, x: Any) -> Any:
        """An input or a constant as an engine gets it."""
        return x

    def introduced(self, name: str, x: Any) -> str:
        """An input as a reader gets it."""
        return f"{name} = {x:g}"

    def plainer(self) -> Iterator[Self]:
        """The same lines over rounder numbers."""
        plain = (2.0, 3.0, 5.0)[: len(self.inputs)]
        if self.inputs != plain:
            yield replace(self, inputs=plain)

    def reference(self) -> tuple[list[Any], Any]:
        """The same on the package's own engine."""
        return self.run(Value)

    def pulled_back(self, root: Any) -> Any:
        """Where backward() begins, after it."""
        root.backward()
        return root

    @property
    def names(self) -> list[str]:
        """a, b, ... for the inputs, v1, v2, ... for the lines."""
        return [chr(97 + i) for i in range(len(self.inputs))] + [
            f"v{i + 1}" for i in range(len(self.lines))
        ]

    def __str__(self) -> str:
        """Python: a = 2, b = 3; v1 = a * b; v1 + v1.  What is used once stands where it is used."""
        names, count = self.names, len(self.inputs)
        uses = [a for _, arguments in self.lines for a in arguments if isinstance(a, int)]
        said: dict[int, str] = dict(enumerate(names))
        told = []
        for i, (op, arguments) in enumerate(self.lines, start=count):
            words = [bracketed(said[a]) if isinstance(a, int) else _constant(a) for a in arguments]
            said[i] = self.ops[op][0].format(*words)
            if uses.count(i) > 1:
                told.append(f"{names[i]} = {said[i]}")
                said[i] = names[i]
        given = ", ".join(self.introduced(n, x) for n, x in zip(names, self.inputs, strict=False))
        return "; ".join([given, *told, said[count + len(self.lines) - 1]])

    def smaller(self) -> Iterator[Self]:
        """Everything that is one step simpler: a line less, an input less, rounder numbers."""
        count = len(self.inputs)
        for i, (_, arguments) in reversed(list(enumerate(self.lines, start=count))):
            for a in arguments:
                if isinstance(a, int):
                    yield self._with(i, a)
        for i in range(count):
            for other in range(i):
                yield self._with(i, other)
        yield from self.plainer()

    def _with(self, gone: int, instead: int) -> Self:
        """Whoever used `gone` uses `instead`, which is an earlier one."""
        lines = [
            (op, tuple(instead if isinstance(a, int) and a == gone else a for a in arguments))
            for op, arguments in self.lines
        ]
        last = len(self.inputs) + len(lines) - 1
        root = instead if gone == last else last
        return replace(self, lines=tuple(lines[: max(0, root - len(self.inputs) + 1)])).pruned()

    def pruned(self) -> Self:
        """Without the lines and inputs that the root does not depend on."""
        count, last = len(self.inputs), len(self.inputs) + len(self.lines) - 1
        needed = {last}
        for i in range(last, count - 1, -1):
            if i in needed:
                needed |= {a for a in self.lines[i - count][1] if isinstance(a, int)}
        place = {old: new for new, old in enumerate(sorted(needed))}
        lines = tuple(
            (op, tuple(place[a] if isinstance(a, int) else a for a in arguments))
            for i, (op, arguments) in enumerate(self.lines, start=count)
            if i in needed
        )
        return replace(
            self, inputs=tuple(x for i, x in enumerate(self.inputs) if i in needed), lines=lines
        )


E = TypeVar("E", bound=Experiment)


def shrunk(experiment: E, fails: Callable[[E], bool], same_lines: bool = False) -> E:
    """The smallest experiment reachable by leaving things out that still fails."""
    while True:
        tried = experiment.plainer() if same_lines else experiment.smaller()
        smaller = next((e for e in tried if e.lines and fails(e)), None)
        if smaller is None:
            return experiment
        experiment = smaller


def drawn_at_random(seed: int, ops: Sequence[str], lines: int = 8) -> Experiment:
    """A random graph over three inputs, in which every op stays near the numbers it can take."""
    rng = random.Random(seed)
    inputs = tuple(round(rng.uniform(0.5, 2.0), 3) for _ in range(3))
    made: list[Line] = []
    values = list(inputs)
    while len(made) < lines:
        op = rng.choice(list(ops))
        late = max(0, len(values) - 4)  # mostly recent results, so that the graph hangs together
        args: list[Argument] = [
            rng.randrange(late, len(values)) for _ in range(OPS[op][0].count("{}"))
        ]
        if op == "**":
            args[1] = 2.0
        try:
            y = float(_on_floats(op, [values[a] if isinstance(a, int) else a for a in args]))
        except (ValueError, ArithmeticError):
            continue
        if 0.05 < abs(y) < 20 and not (op == "relu" and abs(y) < 0.1):
            made.append((op, tuple(args)))
            values.append(y)
        elif rng.random() < 0.05:
            made.append(("+", (len(values) - 1, 1.0)))
            values.append(values[-1] + 1.0)
    return Experiment(inputs, tuple(made)).pruned()


def _on_floats(op: str, args: list[Any]) -> float:
    if op in ("exp", "log", "tanh"):
        return float(getattr(math, op)(*args))
    return max(0.0, args[0]) if op == "relu" else float(OPS[op][1](*args))


def _constant(x: Any) -> str:
    return f"{x:g}" if isinstance(x, float) else "array"


def bracketed(text: str) -> str:
    return f"({text})" if " " in text or text.startswith("-") else text
