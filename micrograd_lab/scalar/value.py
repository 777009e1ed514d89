"""A scalar autograd engine: numbers that remember where they came from."""

import math
from collections.abc import Callable
from typing import Any

from micrograd_lab.scalar.domain import as_number, operand, plain, real

Number = float  # what a Value may meet in arithmetic: int, float, bool, NumPy's scalars


class Value:
    """A number, the numbers it was computed from, and how much each of those matters.

    Every operation makes a new node and writes down its *local gradients* at once: how fast
    the result moves when one parent moves and the other is held still.  There is one number per
    edge of the graph, and that is all the chain rule needs.

        x = Value(3.0, label="x")
        y = x * x + x
        y.backward()
        x.grad                    # 7.0, because d(x² + x)/dx = 2x + 1
    """

    __slots__ = ("_dleft", "_dright", "_left", "_right", "data", "grad", "label", "op")

    data: float  # the result of the forward pass
    grad: float  # d(root)/d(this), after root.backward()
    op: str | None  # what made it: "+", "*", "tanh", ...; None for a leaf
    label: str  # a name for pictures and messages

    # An edge is two slots: the parent, and the local gradient towards it.  (Slots, because a pair
    # of tuples per node doubles the time of a training step.)  Every op here has one or two parents.
    _left: Any
    _right: Any
    _dleft: float
    _dright: float

    def __init__(self, data: Number, label: str = "") -> None:
        self.data = as_number(data)
        self.grad = 0.0
        self.op = None
        self.label = label
        self._left = self._right = None
        self._dleft = self._dright = 0.0

    # Each op: its name, its result, and for each parent the local gradient.

    def __add__(self, other: "Value | Number") -> "Value":
        if not isinstance(other, Value):
            other = operand(other, "+", self)
        return _node("+", self.data + other.data, self, 1.0, other, 1.0)

    def __sub__(self, other: "Value | Number") -> "Value":
        if not isinstance(other, Value):
            other = operand(other, "-", self)
        return _node("-", self.data - other.data, self, 1.0, other, -1.0)

    def __mul__(self, other: "Value | Number") -> "Value":
        if not isinstance(other, Value):
            other = operand(other, "*", self)
        return _node("*", self.data * other.data, self, other.data, other, self.data)

    @real
    def __truediv__(self, other: "Value | Number") -> "Value":
        if not isinstance(other, Value):
            other = operand(other, "/", self)
        y = self.data / other.data
        return _node("/", y, self, 1 / other.data, other, -y / other.data)

    @real
    def __pow__(self, n: "Value | Number") -> "Value":
        """self ** n, for a fixed number n or for a Value n that gets a gradient too."""
        if not isinstance(n, Value):
            exponent = operand(n, "**", self).data
            y, slope = math.pow(self.data, exponent), _power_slope(self.data, exponent)
            return _node(f"**{n}", y, self, slope, None, exponent)  # a Tape reads it there
        y, slope = math.pow(self.data, n.data), _power_slope(self.data, n.data)
        return _node("**", y, self, slope, n, y * math.log(self.data) if self.data else 0.0)

    def __neg__(self) -> "Value":
        return _node("neg", -self.data, self, -1.0)

    @real
    def exp(self) -> "Value":
        y = math.exp(self.data)
        return _node("exp", y, self, y)

    @real
    def log(self) -> "Value":
        """The natural logarithm."""
        return _node("log", math.log(self.data), self, 1 / self.data)

    @real
    def sqrt(self) -> "Value":
        """The square root; at 0 its slope is vertical, so the local gradient is inf."""
        y = math.sqrt(self.data)
        return _node("sqrt", y, self, 0.5 / y if y else math.inf)

    @real
    def sin(self) -> "Value":
        return _node("sin", math.sin(self.data), self, math.cos(self.data))

    @real
    def cos(self) -> "Value":
        return _node("cos", math.cos(self.data), self, -math.sin(self.data))

    def tanh(self) -> "Value":
        y = math.tanh(self.data)
        return _node("tanh", y, self, 1 - y * y)

    def sigmoid(self) -> "Value":
        """1 / (1 + exp(-x)), written so that neither end overflows."""
        e = math.exp(-abs(self.data))
        y = 1 / (1 + e) if self.data >= 0 else e / (1 + e)
        return _node("sigmoid", y, self, y * (1 - y))

    def relu(self) -> "Value":
        if self.data <= 0:
            return _node("relu", 0.0, self, 0.0)
        return _node("relu", self.data, self, 1.0)

    def abs(self) -> "Value":
        """The distance from 0; at 0 itself the local gradient is 0, as in PyTorch."""
        y = abs(self.data)
        return _node("abs", y, self, math.copysign(1.0, self.data) if y else 0.0)

    def max(self, other: "Value | Number") -> "Value":
        """The larger one, which gets all the gradient; equal ones get half each, as in PyTorch."""
        return _winner("max", self, other, +1)

    def min(self, other: "Value | Number") -> "Value":
        """The smaller one, which gets all the gradient; equal ones get half each."""
        return _winner("min", self, other, -1)

    # A number on the left: 2 - x, 1 / x, 2 ** x, abs(x).

    def __radd__(self, other: Number) -> "Value":
        return operand(other, "+", self) + self

    def __rmul__(self, other: Number) -> "Value":
        return operand(other, "*", self) * self

    def __rsub__(self, other: Number) -> "Value":
        return operand(other, "-", self) - self

    def __rtruediv__(self, other: Number) -> "Value":
        return operand(other, "/", self) / self

    def __rpow__(self, other: Number) -> "Value":
        return operand(other, "**", self) ** self

    __abs__ = abs

    # Comparisons look at the numbers only; == stays identity, because nodes are keys of the graph.

    def __lt__(self, other: "Value | Number") -> bool:
        return self.data < operand(plain(other), "<", self).data

    def __le__(self, other: "Value | Number") -> bool:
        return self.data <= operand(plain(other), "<=", self).data

    def __gt__(self, other: "Value | Number") -> bool:
        return self.data > operand(plain(other), ">", self).data

    def __ge__(self, other: "Value | Number") -> bool:
        return self.data >= operand(plain(other), ">=", self).data

    # The backward pass.

    def backward(self) -> None:
        """Set `grad` to d(self)/d(node) for every node that self depends on.

        Leaves add to what they already hold, so gradients accumulate over calls until somebody
        sets them back to zero; every node in between is computed afresh.
        """
        order = self._nodes_with_parents()
        self.grad += 1.0  # d(self)/d(self)
        for node in reversed(order):  # children first: a gradient is complete before it moves on
            upstream = node.grad
            node._left.grad += node._dleft * upstream  # the chain rule, one edge at a time
            if node._right is not None:
                node._right.grad += node._dright * upstream

    def _nodes_with_parents(self) -> "list[Value]":
        """Topological order without the leaves, which have nothing to pass on; gradients zeroed.

        The same walk as `graph.topological_order`, on the slots themselves.
        """
        order: list[Any] = []
        seen: set[Value] = set()
        stack: list[Any] = [self]
        while stack:
            node = stack.pop()
            if node is None:  # a marker: the node below it has all its parents in `order`
                order.append(stack.pop())
            elif node._left is not None and node not in seen:
                seen.add(node)
                node.grad = 0.0
                if node._right is None:
                    stack += (node, None, node._left)
                else:
                    stack += (node, None, node._right, node._left)
        return order

    # What pictures and tools read: the Node contract, and micrograd's names for the same things.

    @property
    def parents(self) -> "tuple[Value, ...]":
        """The nodes this one was made from, in argument order: x * x lists x twice."""
        return tuple(p for p in (self._left, self._right) if p is not None)

    @property
    def local_grads(self) -> tuple[float, ...]:
        """d(this)/d(parent), one per parent, in the same order."""
        return (self._dleft, self._dright)[: len(self.parents)]

    @property
    def _prev(self) -> "set[Value]":
        return set(self.parents)

    @property
    def _op(self) -> str:
        return self.op or ""

    def _backward(self) -> None:
        """One step of the backward pass: pass this node's gradient on to its parents."""
        for parent, local_grad in zip(self.parents, self.local_grads, strict=True):
            parent.grad += local_grad * self.grad

    def __format__(self, spec: str) -> str:
        return format(self.data, spec) if spec else repr(self)

    def __repr__(self) -> str:
        name = f", label={self.label!r}" if self.label else ""
        return f"Value(data={self.data!r}, grad={self.grad!r}{name})"


def _node(
    op: str, data: float, left: Value, dleft: float, right: Value | None = None, dright: float = 0.0
) -> Value:
    """The result of an op: a new node with an edge to each parent."""
    node = _new(Value)
    node.data = data
    node.grad = 0.0
    node.op = op
    node.label = ""
    node._left = left
    node._dleft = dleft
    node._right = right
    node._dright = dright
    return node


_new: Callable[[type[Value]], Value] = object.__new__


def _power_slope(x: float, n: float) -> float:
    """d(xⁿ)/dx = n xⁿ⁻¹, also where x or n is 0."""
    if n == 0:
        return 0.0
    if x == 0:
        return 1.0 if n == 1 else 0.0 if n > 1 else math.inf
    return n * math.pow(x, n - 1)


def _winner(op: str, a: Value, other: Value | Number, sign: int) -> Value:
    """max (sign +1) or min (sign -1) of two: all the gradient to the winner, half each for a tie."""
    b = other if isinstance(other, Value) else operand(other, op, a)
    lead = sign * (a.data - b.data) if a.data != b.data else 0.0
    if math.isnan(lead):
        return _node(op, math.nan, a, 0.5, b, 0.5)
    to_a = 0.5 if lead == 0 else float(lead > 0)
    return _node(op, a.data if to_a else b.data, a, to_a, b, 1.0 - to_a)
