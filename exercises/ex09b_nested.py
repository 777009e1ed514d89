"""Exercise 09b · A derivative inside a derivative                  difficulty 3 of 3 · 25 minutes

With Duals, derivative(f, x) is short: let x move at speed 1 and ask how fast f(x) moves.  What if f
takes a derivative itself?

    derivative(lambda a: a * derivative(lambda b: a + b, 2.0), 5.0)

While b moves, a stands still, so the inner slope is 1, and the outer one that of a · 1, which is 1.
But a is a Dual already, since it moves for the OUTER derivative.  Whoever mixes up the two kinds of
motion gets 2 for the inner slope.  So every call of derivative takes a tag of its own, next(TAGS),
larger than all before it, and a Dual moves for its tag alone.

Write two short functions; the arithmetic is done, and uses the first:

    split(x, tag)       (primal, tangent) of x as the derivative called `tag` sees it.  To that one a
                        plain number stands still, and so does a Dual with any other tag, as it is.
    derivative(f, x)    how fast f moves with its argument at x.  x may be a Dual of an outer
                        derivative, and so may the answer; f may return a plain number.

    >>> split(7.0, 1), split(Dual(7.0, 3.0, 1), 1)
    ((7.0, 0.0), (7.0, 3.0))
    >>> split(Dual(7.0, 3.0, 1), 2)
    (Dual(7.0, 3.0, tag=1), 0.0)
    >>> derivative(lambda t: t * t, 3.0)
    6.0
    >>> derivative(lambda t: derivative(lambda s: s * s * s, t), 3.0)         # twice: 6t
    18.0
    >>> derivative(lambda a: a * derivative(lambda b: a + b, 2.0), 5.0)
    1.0

Check your work with  micrograd-lab check ex09b,  or  check("ex09b")  in a notebook.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable
from typing import Any

TAGS = itertools.count(1)


class Dual:
    """A primal and a tangent, each a number or a Dual, moving for the derivative called `tag`."""

    def __init__(self, primal: Any, tangent: Any, tag: int) -> None:
        self.primal = primal
        self.tangent = tangent
        self.tag = tag

    def __repr__(self) -> str:
        return f"Dual({self.primal}, {self.tangent}, tag={self.tag})"

    def __add__(self, other: Any) -> Dual:
        tag = max(self.tag, getattr(other, "tag", 0))  # the innermost derivative comes first
        (a, da), (b, db) = split(self, tag), split(other, tag)
        return Dual(a + b, da + db, tag)

    def __mul__(self, other: Any) -> Dual:
        tag = max(self.tag, getattr(other, "tag", 0))
        (a, da), (b, db) = split(self, tag), split(other, tag)
        return Dual(a * b, da * b + a * db, tag)

    __radd__, __rmul__ = __add__, __mul__


def split(x: Any, tag: int) -> tuple[Any, Any]:
    """x's primal and tangent for the derivative called `tag`."""
    raise NotImplementedError("your turn: two cases, a Dual with this very tag and everything else")


def derivative(f: Callable[[Any], Any], x: Any) -> Any:
    """The slope of f at x."""
    raise NotImplementedError("your turn: a new tag, x at speed 1, the tangent of the result")
