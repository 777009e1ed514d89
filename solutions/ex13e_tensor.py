"""Exercise 13e · A tensor engine of your own                       difficulty 3 of 3 · 60 minutes

Arrays that remember.  Each op returns a new Tensor that knows its data, its parents, its op, and its
vjp: a function from the upstream gradient g to a tuple, one gradient per parent.  With y for the
output:

    op         data          g becomes                 op          data         g becomes
    a + b      a + b         g, g                      x.sum()     one number   g in every entry
    a * b      a · b         g·b, g·a                  x.relu()    max(x, 0)    g where x > 0
    a @ b      matrices      g @ bᵀ, aᵀ @ g            x.tanh()    tanh x       g·(1 − y²)

In + and * one may have been stretched to the other: its gradient is summed back to its own shape.
Every gradient is an array of its own.  Plain numbers and arrays become Tensors first.

    requires_grad     given for leaves; a result requires a gradient if one of its parents does
    backward()        from a root of one number: sets grad to d(root)/d(tensor) for all tensors below
                      that require one; leaves add it to what they hold, what has parents is computed
                      afresh by each call; grad stays None for those that require none
    detach()          a leaf with the same memory that requires no gradient

For the order use your own of 05a, or the package's: topological_order(root) lists all nodes, parents
first, the root last.

    >>> x = Tensor([[1.0, 2.0], [3.0, 4.0]], requires_grad=True)
    >>> b = Tensor([10.0, 20.0], requires_grad=True)
    >>> y = (x * b).sum()
    >>> y.data, y.op, len(y.parents), y.requires_grad
    (array(160.), 'sum', 1, True)
    >>> y.backward()
    >>> x.grad
    array([[10., 20.],
           [10., 20.]])
    >>> b.grad                       # used by both rows: 1 + 3, 2 + 4
    array([4., 6.])

Check your work with  micrograd-lab check ex13e,  or  check("ex13e")  in a notebook.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from micrograd_lab.graph import topological_order


def unbroadcast(g: np.ndarray, shape: tuple[int, ...]) -> np.ndarray:
    """g, summed over every axis along which an array of this shape was stretched; a new array."""
    ### BEGIN SOLUTION: yours from 11b, giving a copy, will do
    missing = tuple(range(g.ndim - len(shape)))
    g = g.sum(axis=missing)
    stretched = tuple(axis for axis, size in enumerate(shape) if size == 1)
    return g.sum(axis=stretched, keepdims=True).copy()
    ### END SOLUTION


def tensor(x: Any) -> Tensor:
    """x, made a Tensor if it is none."""
    return x if isinstance(x, Tensor) else Tensor(x)


class Tensor:
    """An array, the Tensors it was computed from, and the way back to them."""

    __array_ufunc__ = None  # in array + tensor NumPy leaves the work to us

    def __init__(
        self,
        data: Any,
        parents: tuple[Tensor, ...] = (),
        op: str | None = None,
        vjp: Callable[[np.ndarray], tuple[np.ndarray, ...]] | None = None,
        label: str = "",
        requires_grad: bool = False,
    ) -> None:
        self.data = np.asarray(data, dtype=float)
        self.grad: np.ndarray | None = None
        self.parents = parents
        self.op = op
        self.vjp = vjp
        self.label = label
        self.requires_grad = requires_grad or any(p.requires_grad for p in parents)

    def __repr__(self) -> str:
        return f"Tensor({self.data.tolist()})"

    def __add__(self, other: Any) -> Tensor:
        a, b = self, tensor(other)
        ### BEGIN SOLUTION: a + b

        def vjp(g):
            return unbroadcast(g, a.data.shape), unbroadcast(g, b.data.shape)

        return Tensor(a.data + b.data, (a, b), "+", vjp)
        ### END SOLUTION

    def __mul__(self, other: Any) -> Tensor:
        a, b = self, tensor(other)
        ### BEGIN SOLUTION: a * b

        def vjp(g):
            return unbroadcast(g * b.data, a.data.shape), unbroadcast(g * a.data, b.data.shape)

        return Tensor(a.data * b.data, (a, b), "*", vjp)
        ### END SOLUTION

    def __matmul__(self, other: Any) -> Tensor:
        a, b = self, tensor(other)
        ### BEGIN SOLUTION: a @ b
        return Tensor(a.data @ b.data, (a, b), "@", lambda g: (g @ b.data.T, a.data.T @ g))
        ### END SOLUTION

    def sum(self) -> Tensor:
        ### BEGIN SOLUTION: all entries, one number
        return Tensor(self.data.sum(), (self,), "sum", lambda g: (np.full(self.data.shape, g),))
        ### END SOLUTION

    def relu(self) -> Tensor:
        ### BEGIN SOLUTION: x where positive, otherwise 0
        return Tensor(np.maximum(self.data, 0), (self,), "relu", lambda g: (g * (self.data > 0),))
        ### END SOLUTION

    def tanh(self) -> Tensor:
        ### BEGIN SOLUTION: np.tanh
        y = np.tanh(self.data)
        return Tensor(y, (self,), "tanh", lambda g: (g * (1 - y * y),))
        ### END SOLUTION

    def detach(self) -> Tensor:
        ### BEGIN SOLUTION: the same numbers without a past
        return Tensor(self.data)
        ### END SOLUTION

    def backward(self) -> None:
        """Set grad for every tensor below that requires one; leaves add to what they hold."""
        ### BEGIN SOLUTION: order, clear what lies between, seed, and pull back
        order = topological_order(self)
        for node in order:
            if node.parents:
                node.grad = None
        self.collect(np.ones(self.data.shape))
        for node in reversed(order):
            if node.vjp is not None and node.requires_grad:
                for parent, share in zip(node.parents, node.vjp(node.grad), strict=True):
                    if parent.requires_grad:
                        parent.collect(share)

    def collect(self, share: np.ndarray) -> None:
        self.grad = share if self.grad is None else self.grad + share
        ### END SOLUTION

    # Made of the ops above, so they need no derivatives of their own.

    def __neg__(self) -> Tensor:
        return self * -1.0

    def __sub__(self, other: Any) -> Tensor:
        return self + -tensor(other)

    def __radd__(self, other: Any) -> Tensor:
        return tensor(other) + self

    def __rmul__(self, other: Any) -> Tensor:
        return tensor(other) * self

    def __rsub__(self, other: Any) -> Tensor:
        return tensor(other) - self
