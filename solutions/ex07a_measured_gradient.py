"""Exercise 07a · Nudge every input                                 difficulty 1 of 3 · 12 minutes

Before a gradient can be checked it must be measured.  f takes a list of numbers and returns a list of
numbers; upstream has one number per output, how much each of them matters:

    L  =  upstream[0] · f(xs)[0]  +  upstream[1] · f(xs)[1]  +  ...

Nudge one input at a time, the others held still, and return one slope per input:

                  L(xs with xs[i] + h)  −  L(xs with xs[i] − h)
    slope[i]  =  ───────────────────────────────────────────────
                                     2h

    >>> def f(xs):
    ...     return [xs[0] * xs[1], 10 * xs[1]]
    >>> slopes = measured_gradient(f, [3.0, 4.0], upstream=[1.0, 2.0])
    >>> [round(s, 6) for s in slopes]             # 1·4, and 1·3 + 2·10
    [4.0, 23.0]

Check your work with  micrograd-lab check ex07a,  or  check("ex07a")  in a notebook.
"""

from collections.abc import Callable, Sequence


def measured_gradient(
    f: Callable[[list[float]], list[float]],
    xs: Sequence[float],
    upstream: Sequence[float],
    h: float = 1e-5,
) -> list[float]:
    """The slope of upstream · f along each input, by central differences."""
    ### BEGIN SOLUTION: nudge each input both ways
    slopes = []
    for i in range(len(xs)):
        ahead, behind = list(xs), list(xs)
        ahead[i] += h
        behind[i] -= h
        changes = [a - b for a, b in zip(f(ahead), f(behind), strict=True)]
        rise = sum(u * change for u, change in zip(upstream, changes, strict=True))
        slopes.append(rise / (2 * h))
    return slopes
    ### END SOLUTION
