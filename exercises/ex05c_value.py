"""Exercise 05c · An engine of your own                             difficulty 3 of 3 · 40 minutes

All the pieces together: numbers that remember, local gradients, and a backward pass.  What you write
here draws itself, shows its steps, and trains networks.

Each op returns a new Value that knows its data, its parents, one local gradient per parent, and its
op.  With y for the output:

    op        data             local gradients          op        data            local gradient
    a + b     a + b            1, 1                     log       ln x            1/x
    a * b     a·b              b, a                     tanh      tanh x          1 − y²
    x ** n    xⁿ               n·xⁿ⁻¹                   sigmoid   1/(1 + e⁻ˣ)     y·(1 − y)
    -x        −x               −1                       relu      x above 0,      1 above 0,
    exp       eˣ               y                                  otherwise 0     otherwise 0

n is a fixed plain number.  A plain number added or multiplied becomes a Value first.  The other
operators, such as - and /, are made of these and stand at the end of the class already.

backward() sets grad to d(self)/d(node) for every node below: leaves ADD that to what they hold, and
nodes with parents are computed afresh by each call.  For the order use your own of 05a, or the
package's: topological_order(root) lists all nodes, parents first, the root last.

    >>> x = Value(3.0, label="x")
    >>> y = x * x + x
    >>> y.data, y.op, len(y.parents), y.local_grads
    (12.0, '+', 2, (1.0, 1.0))
    >>> y.backward()
    >>> x.grad                       # 2·3 + 1
    7.0
    >>> y.backward()
    >>> x.grad                       # once more, added; set it to 0.0 to begin again
    14.0

Check your work with  micrograd-lab check ex05c,  or  check("ex05c")  in a notebook.
"""

from __future__ import annotations

import math

from micrograd_lab.graph import topological_order


class Value:
    """A number, the Values it was computed from, and how much each of those matters."""

    def __init__(
        self,
        data: float,
        parents: tuple[Value, ...] = (),
        local_grads: tuple[float, ...] = (),
        op: str | None = None,
        label: str = "",
    ) -> None:
        self.data = data
        self.grad = 0.0
        self.parents = parents
        self.local_grads = local_grads
        self.op = op
        self.label = label

    def __repr__(self) -> str:
        return f"Value(data={self.data}, grad={self.grad})"

    def __add__(self, other: Value | float) -> Value:
        raise NotImplementedError("your turn: a + b")

    def __mul__(self, other: Value | float) -> Value:
        raise NotImplementedError("your turn: a * b")

    def __pow__(self, n: float) -> Value:
        raise NotImplementedError("your turn: x ** n, one parent")

    def __neg__(self) -> Value:
        raise NotImplementedError("your turn: -x")

    def exp(self) -> Value:
        raise NotImplementedError("your turn: e to the x")

    def log(self) -> Value:
        raise NotImplementedError("your turn: the natural logarithm")

    def tanh(self) -> Value:
        raise NotImplementedError("your turn: math.tanh")

    def sigmoid(self) -> Value:
        raise NotImplementedError("your turn: 1 / (1 + exp(-x))")

    def relu(self) -> Value:
        raise NotImplementedError("your turn: x above 0, otherwise 0")

    def backward(self) -> None:
        """Set grad to d(self)/d(node) for every node below; leaves add to what they hold."""
        raise NotImplementedError("your turn: order, clear, seed, and the chain rule")

    # Made of the ops above, so they need no derivatives of their own.

    def __sub__(self, other: Value | float) -> Value:
        return self + -other

    def __truediv__(self, other: Value | float) -> Value:
        return self * other**-1

    def __radd__(self, other: float) -> Value:
        return Value(other) + self

    def __rmul__(self, other: float) -> Value:
        return Value(other) * self

    def __rsub__(self, other: float) -> Value:
        return Value(other) - self

    def __rtruediv__(self, other: float) -> Value:
        return Value(other) / self
