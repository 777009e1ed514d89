"""Exercise 09c · The gradient of a gradient                        difficulty 3 of 3 · 30 minutes

How does the gradient g of f change when the inputs move along v?  The answer is the Hessian, the table
of second derivatives, times v, and it takes no table: since g is a function of the inputs like any
other, differentiate it once more.

    slope of f along v      s  =  v[0]·g[0] + v[1]·g[1] + ...
    Hessian times v         the gradient of s

For that g must not be plain numbers.  In the engine below a local gradient is a function, a PULLBACK:
it takes the upstream gradient, a Value, and gives the parent's share, a Value too, computed by the
same + and *, so it has a graph of its own.

    grad(root, leaves)      d(root)/d(leaf) for every leaf, as Values that know where they came from:
                            the root's gradient is Value(1.0); shares add; a leaf that the root does
                            not depend on gets Value(0.0)
    hvp(f, xs, v)           the Hessian of f at the numbers xs, times v, as plain numbers.  f takes
                            one Value per number and gives a Value.

topological_order(root) from the package lists all nodes below, parents first, the root last.

    >>> x = Value(3.0)
    >>> [slope] = grad(x * x * x, [x])
    >>> slope.data                                      # 3x²
    27.0
    >>> [h.data for h in grad(slope, [x])]              # 6x
    [18.0]
    >>> hvp(lambda a, b: a * a * b, [3.0, 5.0], [1.0, 10.0])      # [[2b, 2a], [2a, 0]] times v
    [70.0, 6.0]

Check your work with  micrograd-lab check ex09c,  or  check("ex09c")  in a notebook.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

from micrograd_lab.graph import topological_order


class Value:
    """A number, its parents, and for each parent what an upstream gradient becomes on that edge."""

    def __init__(
        self,
        data: float,
        parents: tuple[Value, ...] = (),
        pullbacks: tuple[Callable[[Value], Value], ...] = (),
    ) -> None:
        self.data = data
        self.parents = parents
        self.pullbacks = pullbacks

    def __repr__(self) -> str:
        return f"Value(data={self.data})"

    def __add__(self, other: Value | float) -> Value:
        other = other if isinstance(other, Value) else Value(other)
        return Value(self.data + other.data, (self, other), (lambda g: g, lambda g: g))

    def __mul__(self, other: Value | float) -> Value:
        other = other if isinstance(other, Value) else Value(other)
        pullbacks = (lambda g: g * other, lambda g: g * self)
        return Value(self.data * other.data, (self, other), pullbacks)

    def exp(self) -> Value:
        y = Value(math.exp(self.data), (self,))
        y.pullbacks = (lambda g: g * y,)
        return y

    def sin(self) -> Value:
        return Value(math.sin(self.data), (self,), (lambda g: g * self.cos(),))

    def cos(self) -> Value:
        return Value(math.cos(self.data), (self,), (lambda g: g * self.sin() * -1.0,))

    __radd__, __rmul__ = __add__, __mul__


def grad(root: Value, leaves: Sequence[Value]) -> list[Value]:
    """d(root)/d(leaf) for every leaf, each a Value with its graph."""
    ### BEGIN SOLUTION: the chain rule, root first, on Values
    grads = {root: Value(1.0)}
    for node in reversed(topological_order(root)):
        for parent, pullback in zip(node.parents, node.pullbacks, strict=True):
            share = pullback(grads[node])
            grads[parent] = grads[parent] + share if parent in grads else share
    return [grads.get(leaf, Value(0.0)) for leaf in leaves]
    ### END SOLUTION


def hvp(f: Callable[..., Value], xs: Sequence[float], v: Sequence[float]) -> list[float]:
    """The Hessian of f at xs, times v."""
    ### BEGIN SOLUTION: the gradient of the slope along v
    leaves = [Value(x) for x in xs]
    gradient = grad(f(*leaves), leaves)
    slope = sum(g * vi for g, vi in zip(gradient, v, strict=True))
    return [h.data for h in grad(slope, leaves)]
    ### END SOLUTION
