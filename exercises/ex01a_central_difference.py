"""Exercise 01a · Estimate a slope                                  difficulty 1 of 3 · 5 minutes

How fast does f change at x?  Stand at x, look one small step h to the left and one to the right,
and divide the rise by the width:

    f(x + h)                       .
                               .         rise over width, where
    f(x - h)       .                     the width is from x - h to x + h
                 x - h    x    x + h

For f(t) = t² at x = 3 with h = 1: f(4) = 16 and f(2) = 4, a rise of 12 over a width of 2, so 6.

    >>> slope(lambda t: t * t, 3.0, h=1.0)
    6.0
    >>> round(slope(lambda t: t * t, 3.0), 6)
    6.0

Check your work with  micrograd-lab check ex01a,  or  check("ex01a")  in a notebook.
"""

from collections.abc import Callable


def slope(f: Callable[[float], float], x: float, h: float = 1e-5) -> float:
    """The slope of f at x, from one step of size h to either side."""
    raise NotImplementedError("your turn: rise over width, from x - h to x + h")
