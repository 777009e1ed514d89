"""Exercise 07b · An honest gradient check                          difficulty 2 of 3 · 25 minutes

f takes a list of numbers to a list of numbers.  backward(xs, upstream) claims to return the gradient
of  L = upstream[0] · f(xs)[0] + upstream[1] · f(xs)[1] + ...  for every entry of xs.  Is that true?

The measuring is done for you: slopes(f, xs, upstream, i) is how fast L moves with xs[i], to the left
and to the right, each to about five digits.  What is left is to be honest:

    upstream    your choice.  Some wrong gradients can only be seen if the upstreams differ, so draw
                them at random, of a size near 1.
    slack       how much difference to forgive:  atol + rtol · (size of the slope).
                rtol near 1e-4; atol near 1e-9, for slopes that are 0 up to rounding.
    corners     where relu bends, left and right slopes differ.  Any gradient between them is right,
                none outside is.  On a smooth stretch the two nearly coincide, so the same rule works.

Return True if every entry is right, otherwise False.  The grader hands you right and broken gradients.

    >>> def f(xs):
    ...     return [xs[0] * xs[1], max(xs[0], 0.0)]
    >>> def right(xs, upstream):
    ...     return [upstream[0] * xs[1] + upstream[1] * (xs[0] > 0), upstream[0] * xs[0]]
    >>> def wrong(xs, upstream):
    ...     return [upstream[0] * xs[1], upstream[0] * xs[0]]                 # forgets the relu
    >>> gradcheck(f, right, [2.0, 3.0]), gradcheck(f, right, [0.0, 3.0])      # 0.0 is a corner
    (True, True)
    >>> gradcheck(f, wrong, [2.0, 3.0]), gradcheck(f, wrong, [-2.0, 3.0])     # a lucky point
    (False, True)

Check your work with  micrograd-lab check ex07b,  or  check("ex07b")  in a notebook.
"""

import random
from collections.abc import Callable, Sequence

Function = Callable[[list[float]], list[float]]
Backward = Callable[[list[float], list[float]], Sequence[float]]


def slopes(
    f: Function, xs: list[float], upstream: list[float], i: int, h: float = 1e-5
) -> tuple[float, float]:
    """How fast upstream · f moves with xs[i]: (to the left of xs[i], to the right of it)."""

    def loss(move: float) -> float:
        moved = [*xs[:i], xs[i] + move, *xs[i + 1 :]]
        return sum(u * y for u, y in zip(upstream, f(moved), strict=True))

    return (loss(0.0) - loss(-h)) / h, (loss(h) - loss(0.0)) / h


def gradcheck(f: Function, backward: Backward, xs: list[float]) -> bool:
    """True if backward gives the gradient of f at xs, False if it does not."""
    raise NotImplementedError("your turn: draw an upstream, call backward, compare every entry")
