"""Exercise 09a · Numbers that move                                 difficulty 2 of 3 · 20 minutes

Forward mode keeps no graph.  Each number travels together with how fast it moves, and every op works
out both for its result.  A Dual has a primal x and a tangent x′:

    op        primal       tangent
    x + y     x + y        x′ + y′
    x * y     x·y          x′·y + x·y′
    x ** n    xⁿ           n·xⁿ⁻¹ · x′          n is a fixed plain number
    -x        −x           −x′
    exp       eˣ           eˣ · x′
    sin       sin x        cos x · x′

A plain number that meets a Dual stands still: its tangent is 0.  The other operators, such as - and
/, are made of these and stand at the end of the class already.

    >>> x = Dual(3.0, 1.0)                       # x moves at speed 1 ...
    >>> y = x * x + 2 * x
    >>> y.primal, y.tangent                      # ... so y moves at speed dy/dx = 2·3 + 2
    (15.0, 8.0)
    >>> z = Dual(3.0, 1.0) * Dual(10.0, -2.0)
    >>> z.primal, z.tangent                      # 1·10 + 3·(−2)
    (30.0, 4.0)
    >>> (-Dual(0.0, 5.0)).exp().tangent
    -5.0

Check your work with  micrograd-lab check ex09a,  or  check("ex09a")  in a notebook.
"""

from __future__ import annotations

import math


class Dual:
    """A number and how fast it moves."""

    def __init__(self, primal: float, tangent: float = 0.0) -> None:
        self.primal = primal
        self.tangent = tangent

    def __repr__(self) -> str:
        return f"Dual(primal={self.primal}, tangent={self.tangent})"

    def __add__(self, other: Dual | float) -> Dual:
        ### BEGIN SOLUTION: x + y
        other = other if isinstance(other, Dual) else Dual(other)
        return Dual(self.primal + other.primal, self.tangent + other.tangent)
        ### END SOLUTION

    def __mul__(self, other: Dual | float) -> Dual:
        ### BEGIN SOLUTION: x * y
        other = other if isinstance(other, Dual) else Dual(other)
        tangent = self.tangent * other.primal + self.primal * other.tangent
        return Dual(self.primal * other.primal, tangent)
        ### END SOLUTION

    def __pow__(self, n: float) -> Dual:
        ### BEGIN SOLUTION: x ** n
        return Dual(self.primal**n, n * self.primal ** (n - 1) * self.tangent)
        ### END SOLUTION

    def __neg__(self) -> Dual:
        ### BEGIN SOLUTION: -x
        return Dual(-self.primal, -self.tangent)
        ### END SOLUTION

    def exp(self) -> Dual:
        ### BEGIN SOLUTION: e to the x
        y = math.exp(self.primal)
        return Dual(y, y * self.tangent)
        ### END SOLUTION

    def sin(self) -> Dual:
        ### BEGIN SOLUTION: the sine
        return Dual(math.sin(self.primal), math.cos(self.primal) * self.tangent)
        ### END SOLUTION

    # Made of the ops above, so they need no derivatives of their own.

    def __sub__(self, other: Dual | float) -> Dual:
        return self + -other

    def __truediv__(self, other: Dual | float) -> Dual:
        return self * other**-1

    def __radd__(self, other: float) -> Dual:
        return Dual(other) + self

    def __rmul__(self, other: float) -> Dual:
        return Dual(other) * self

    def __rsub__(self, other: float) -> Dual:
        return Dual(other) - self

    def __rtruediv__(self, other: float) -> Dual:
        return Dual(other) / self
