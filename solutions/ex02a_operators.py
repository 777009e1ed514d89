"""Exercise 02a · Operators that remember                          difficulty 2 of 3 · 20 minutes

A Value is a number that knows where it came from.  Each operation makes ONE new Value with

    data      the result                               a - b  ->  2.0 - 3.0 = -1.0
    parents   what it was made from, a tuple,                     (a, b)
              in the order they were written
    op        what was done: "+" "-" "*" "/" "**3"                "-"

    a  2.0 ──┐
             ├── "-" ──  -1.0          x ── "**3" ──  one parent: the 3 belongs to the op
    b  3.0 ──┘

A plain number on either side becomes a Value first, so every parent is a node.  Python turns
`x - 2` into x.__sub__(2), and `2 - x`, where the number stands left, into x.__rsub__(2).

    >>> a, b = Value(2.0), Value(3.0)
    >>> c = a - b
    >>> c.data, c.op, c.parents == (a, b)
    (-1.0, '-', True)
    >>> (10 - a).data
    8.0

Check your work with  micrograd-lab check ex02a,  or  check("ex02a")  in a notebook.
"""

from __future__ import annotations


class Value:
    """A number, and the Values it was computed from."""

    def __init__(
        self, data: float, parents: tuple[Value, ...] = (), op: str | None = None, label: str = ""
    ) -> None:
        self.data = data
        self.parents = parents
        self.op = op
        self.label = label

    def __repr__(self) -> str:
        return f"Value({self.data})"

    def __add__(self, other: Value | float) -> Value:
        ### BEGIN SOLUTION: a new Value that knows its two parents and its op
        other = other if isinstance(other, Value) else Value(other)
        return Value(self.data + other.data, (self, other), "+")
        ### END SOLUTION

    def __mul__(self, other: Value | float) -> Value:
        ### BEGIN SOLUTION: the same for *
        other = other if isinstance(other, Value) else Value(other)
        return Value(self.data * other.data, (self, other), "*")
        ### END SOLUTION

    def __sub__(self, other: Value | float) -> Value:
        ### BEGIN SOLUTION: the same for -
        other = other if isinstance(other, Value) else Value(other)
        return Value(self.data - other.data, (self, other), "-")
        ### END SOLUTION

    def __truediv__(self, other: Value | float) -> Value:
        ### BEGIN SOLUTION: the same for /
        other = other if isinstance(other, Value) else Value(other)
        return Value(self.data / other.data, (self, other), "/")
        ### END SOLUTION

    def __pow__(self, n: float) -> Value:
        ### BEGIN SOLUTION: one parent; the fixed number n stands in the op
        return Value(self.data**n, (self,), f"**{n}")
        ### END SOLUTION

    def __radd__(self, other: float) -> Value:
        ### BEGIN SOLUTION: other + self, where other is a plain number
        return self + other
        ### END SOLUTION

    def __rmul__(self, other: float) -> Value:
        ### BEGIN SOLUTION: other * self
        return self * other
        ### END SOLUTION

    def __rsub__(self, other: float) -> Value:
        ### BEGIN SOLUTION: other - self, in that order
        return Value(other) - self
        ### END SOLUTION

    def __rtruediv__(self, other: float) -> Value:
        ### BEGIN SOLUTION: other / self, in that order
        return Value(other) / self
        ### END SOLUTION
