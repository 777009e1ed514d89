"""Exercise 02a: operators that compute a number and write down where it came from."""

from random import Random
from typing import Any

from micrograd_lab.grader.spec import Exercise, Misconception, Probe, between


class Recorder:
    """The reference; each mistake below changes one line of it."""

    def __init__(self, data: Any, parents: Any = (), op: Any = None, label: str = "") -> None:
        self.data = data
        self.parents = parents
        self.op = op
        self.label = label

    def wrap(self, other: Any) -> Any:
        return other if isinstance(other, Recorder) else type(self)(other)

    def node(self, data: Any, op: str, *parents: Any) -> Any:
        return type(self)(data, parents, op)

    def __add__(self, other: Any) -> Any:
        other = self.wrap(other)
        return self.node(self.data + number(other), "+", self, other)

    def __mul__(self, other: Any) -> Any:
        other = self.wrap(other)
        return self.node(self.data * number(other), "*", self, other)

    def __sub__(self, other: Any) -> Any:
        other = self.wrap(other)
        return self.node(self.data - number(other), "-", self, other)

    def __truediv__(self, other: Any) -> Any:
        other = self.wrap(other)
        return self.node(self.data / number(other), "/", self, other)

    def __pow__(self, n: Any) -> Any:
        return self.node(self.data**n, f"**{n}", self)

    def __rsub__(self, other: Any) -> Any:
        return type(self)(other) - self

    def __rtruediv__(self, other: Any) -> Any:
        return type(self)(other) / self

    __radd__ = __add__
    __rmul__ = __mul__


def number(x: Any) -> Any:
    return getattr(x, "data", x)


# The mistakes.


class RsubSign(Recorder):
    __rsub__ = Recorder.__sub__


class RdivInverted(Recorder):
    __rtruediv__ = Recorder.__truediv__


class ConstUnwrapped(Recorder):
    def wrap(self, other: Any) -> Any:
        return other


class ReflectedUnwrapped(Recorder):
    def __rsub__(self, other: Any) -> Any:
        return self.node(other - self.data, "-", other, self)

    def __rtruediv__(self, other: Any) -> Any:
        return self.node(other / self.data, "/", other, self)


class SetLosesParent(Recorder):
    def node(self, data: Any, op: str, *parents: Any) -> Any:
        return type(self)(data, set(parents), op)


class NoReflected(Recorder):
    __radd__ = __rmul__ = __rsub__ = __rtruediv__ = None  # type: ignore[assignment]


class ParentsReversed(Recorder):
    def node(self, data: Any, op: str, *parents: Any) -> Any:
        return type(self)(data, parents[::-1], op)


class ForgetsParents(Recorder):
    def node(self, data: Any, op: str, *parents: Any) -> Any:
        return type(self)(data, (), op)


class ForgetsOp(Recorder):
    def node(self, data: Any, op: str, *parents: Any) -> Any:
        return type(self)(data, parents)


class RecordsNothing(Recorder):
    def node(self, data: Any, op: str, *parents: Any) -> Any:
        return type(self)(data)


class StoresNumbers(Recorder):
    def node(self, data: Any, op: str, *parents: Any) -> Any:
        return type(self)(data, tuple(p.data for p in parents), op)


class ChangesOperand(Recorder):
    def node(self, data: Any, op: str, *parents: Any) -> Any:
        parents[0].data = data
        return parents[0]


class PowRecordsTwo(Recorder):
    def __pow__(self, n: Any) -> Any:
        return self.node(self.data**n, f"**{n}", self, type(self)(n))


# The questions.


def describe(node: Any) -> Any:
    """A node as plain data: its number, its op's sign, and its parents' numbers."""
    if not hasattr(node, "parents"):
        return node
    numbers = [p.data if hasattr(p, "data") else f"the bare number {p}" for p in node.parents]
    if len(numbers) > 1 and not isinstance(node.parents, (tuple, list)):
        numbers = [f"a {type(node.parents).__name__} of", *sorted(numbers, key=str)]
    sign = "".join(c for c in str(node.op) if c in "+-*/") if node.op else "no op"
    return [node.data, sign, *numbers]


def add_and_multiply(Value: Any, a: float, b: float) -> Any:
    return [describe(Value(a) + Value(b)), describe(Value(a) * Value(b))]


def subtract_and_divide(Value: Any, a: float, b: float) -> Any:
    return [describe(Value(a) - Value(b)), describe(Value(a) / Value(b))]


def power(Value: Any, a: float, n: int) -> Any:
    return describe(Value(a) ** n)


def twice(Value: Any, a: float) -> Any:
    x = Value(a)
    return describe(x * x)


def number_on_the_right(Value: Any, a: float, b: float) -> Any:
    return [describe(Value(a) + b), describe(Value(a) * b), describe(Value(a) / b)]


def number_on_the_left(Value: Any, a: float, b: float) -> Any:
    results = []
    for node in (b + Value(a), b * Value(a)):  # in either order: a + b and b + a are the same sum
        data, sign, *parents = describe(node)
        results.append([data, sign, *sorted(parents, key=str)])
    return results


def number_minus_value(Value: Any, a: float, b: float) -> Any:
    return describe(b - Value(a))


def number_over_value(Value: Any, a: float, b: float) -> Any:
    return describe(b / Value(a))


def grandparents(Value: Any, a: float, b: float, c: float) -> Any:
    x, y, z = Value(a), Value(b), Value(c)
    total = x * y + z
    below = sorted([describe(p) for p in total.parents], key=len)  # a leaf is shorter
    return [describe(total), below, x.data, y.data, z.data]


def draw_two(rng: Random) -> dict[str, Any]:
    return {"a": between(rng, 2, 3), "b": between(rng, 4, 5)}


def draw_three(rng: Random) -> dict[str, Any]:
    return {**draw_two(rng), "c": between(rng, 6, 7)}


def draw_power(rng: Random) -> dict[str, Any]:
    return {"a": between(rng, 2, 3), "n": rng.choice([3, 4, 5])}


def draw_one(rng: Random) -> dict[str, Any]:
    return {"a": between(rng, 2, 3)}


SHAPE = "each as (number, op, parents' numbers in the order they were written)"

EXERCISE = Exercise(
    name="ex02a_operators",
    title="Operators that remember",
    entry_point="Value",
    reference=Recorder,
    probes=(
        Probe(
            "a + b and a * b",
            add_and_multiply,
            2,
            draw_two,
            "Value({a}) + Value({b}), then Value({a}) * Value({b})",
            SHAPE,
        ),
        Probe(
            "a - b and a / b",
            subtract_and_divide,
            2,
            draw_two,
            "Value({a}) - Value({b}), then Value({a}) / Value({b})",
            SHAPE,
        ),
        Probe(
            "a to a fixed power",
            power,
            1,
            draw_power,
            "Value({a}) ** {n}",
            "(number, op, the one parent's number)",
        ),
        Probe(
            "x used twice: x * x",
            twice,
            1,
            draw_one,
            "x * x with x = Value({a})",
            "(number, op, parents' numbers): x was used twice, so it is listed twice",
        ),
        Probe(
            "a plain number on the right",
            number_on_the_right,
            1,
            draw_two,
            "Value({a}) + {b}, then * {b}, then / {b}",
            SHAPE + "; the number becomes a Value of its own",
        ),
        Probe(
            "a plain number on the left of + and *",
            number_on_the_left,
            1,
            draw_two,
            "{b} + Value({a}), then {b} * Value({a})",
            "each as (number, op, both parents' numbers)",
        ),
        Probe(
            "a number minus a Value",
            number_minus_value,
            1,
            draw_two,
            "{b} - Value({a})",
            "(number, op, parents' numbers in the order they were written)",
        ),
        Probe(
            "a number over a Value",
            number_over_value,
            1,
            draw_two,
            "{b} / Value({a})",
            "(number, op, parents' numbers in the order they were written)",
        ),
        Probe(
            "a graph two levels deep, its leaves untouched",
            grandparents,
            2,
            draw_three,
            "x * y + z with x, y, z = {a}, {b}, {c}: the sum, its parents (leaves first), then x, y and z",
            "a node is (number, op, parents' numbers); a leaf has no op and no parents",
        ),
    ),
    misconceptions=(
        Misconception(
            RsubSign,
            "`2 - x` calls x.__rsub__(2), and yours answers x - 2. Turn it round: the 2 comes "
            "first, so it is Value(2) - x.",
        ),
        Misconception(
            RdivInverted,
            "`1 / x` calls x.__rtruediv__(1), and yours answers x / 1. Turn it round: the 1 is on "
            "top, so it is Value(1) / x.",
        ),
        Misconception(
            ConstUnwrapped,
            "A plain number went into `parents` as it was. Every parent must be a node, because a "
            "walk over the graph asks each one for its data and parents: wrap it, Value(other).",
        ),
        Misconception(
            ReflectedUnwrapped,
            "In `2 - x` and `2 / x` the plain 2 went into `parents` as it was. Every parent must "
            "be a node: make it Value(2) first.",
        ),
        Misconception(
            SetLosesParent,
            "A set keeps one copy of each thing and no order, so x * x loses one of its two edges "
            "and a / b forgets which is on top. Keep parents in a tuple.",
        ),
        Misconception(
            NoReflected,
            "With the number on the left, as in `2 * x`, Python asks x: it looks for __rmul__, "
            "__radd__, __rsub__ and __rtruediv__. Those are missing.",
        ),
        Misconception(
            ParentsReversed,
            "The parents are there, but back to front: for a - b the order is (a, b), as written.",
        ),
        Misconception(
            ForgetsParents,
            "The results know what was done, but not to what: `parents` is empty. "
            "Hand (self, other) to the new Value as its parents.",
        ),
        Misconception(
            ForgetsOp,
            "The results know their parents, but not what was done to them. "
            'Hand the op, such as "+", to the new Value too.',
        ),
        Misconception(
            RecordsNothing,
            "The numbers are right, but a result does not know where it came from. Hand the new "
            'Value its parents, (self, other), and its op, such as "+".',
        ),
        Misconception(
            StoresNumbers,
            "`parents` holds plain numbers. Numbers have no parents of their own, so the graph "
            "ends there: keep the nodes, (self, other), not their data.",
        ),
        Misconception(
            ChangesOperand,
            "Your operators change the Value on their left and return it. An operation makes a "
            "new node; its operands stay as they are, because others may use them too.",
        ),
        Misconception(
            PowRecordsTwo,
            "The fixed power became a second parent. In x ** 3 only x can vary: one parent, and "
            'the 3 stands in the op, "**3".',
        ),
    ),
    hints=(
        "Each operator does the same three things: make `other` a Value, compute the number, and "
        "return a new Value that knows its two parents and its op.",
        "other = other if isinstance(other, Value) else Value(other)",
        'return Value(self.data + other.data, (self, other), "+")',
        "For `2 - x` Python calls x.__rsub__(2). Make the 2 a Value, and the operator you have "
        "does the rest, in the right order.",
        "return Value(other) - self",
    ),
    difficulty=2,
    minutes=20,
    helpers=(describe,),
    without=("micrograd_lab.scalar",),
)
