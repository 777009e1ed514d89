"""How far to go along a line: a step that lowers the loss enough and leaves the slope flat enough.

Both of Wolfe's conditions, for a loss f(t) along the line (Nocedal and Wright, Numerical
Optimization, 2nd edition, algorithms 3.5 and 3.6):

    f(t) <= f(0) + c1 · t · f'(0)        it went down, in proportion to the step
    |f'(t)| <= c2 · |f'(0)|              and stopped near the bottom of the valley
"""

from collections.abc import Callable
from math import copysign, isfinite, sqrt
from typing import Any, NamedTuple

ENOUGH = 1e-4  # c1
FLAT = 0.9  # c2


class Point(NamedTuple):
    """A place on the line: the step, the loss there, its slope, and the gradient it was made from."""

    t: float
    loss: float
    slope: float
    gradient: Any


def strong_wolfe(
    f: Callable[[float], Point], start: Point, t: float, most: int, least_width: float = 0.0
) -> Point:
    """A point that satisfies both, after at most `most` calls of f; t is where to look first.

    If none was found by then, or the bracket became narrower than least_width, the lowest point
    that went down enough; that may be the start.
    """
    low_enough = _bound(start)
    before = start
    for calls in range(1, most + 1):
        here = f(t)
        if not here.loss <= low_enough(t) or (calls > 1 and here.loss >= before.loss):
            return _zoom(f, start, before, here, most - calls, least_width)
        if abs(here.slope) <= -FLAT * start.slope:
            return here
        if here.slope >= 0:  # beyond the bottom
            return _zoom(f, start, here, before, most - calls, least_width)
        # Still going down: further, to where a cubic through both points has its bottom.
        t, before = _within(_bottom(before, here), here.t * 2, here.t * 10), here
    return before


def _zoom(
    f: Callable[[float], Point], start: Point, low: Point, high: Point, most: int, narrow: float
) -> Point:
    """Between `low`, the lowest point so far that went down enough, and `high`, a good step lies."""
    low_enough = _bound(start)
    for _ in range(most):
        a, b = sorted((low.t, high.t))
        if b - a <= narrow:
            break
        margin = 0.1 * (b - a)  # not at an end, so that the bracket shrinks
        here = f(_within(_bottom(low, high), a + margin, b - margin))
        if not here.loss <= low_enough(here.t) or here.loss >= low.loss:
            high = here
            continue
        if abs(here.slope) <= -FLAT * start.slope:
            return here
        if here.slope * (high.t - low.t) >= 0:
            high = low
        low = here
    return low


def _bound(start: Point) -> Callable[[float], float]:
    return lambda t: start.loss + ENOUGH * t * start.slope


def _bottom(p: Point, q: Point) -> float | None:
    """Where the cubic with the losses and slopes of p and q is lowest (3.59); None if nowhere."""
    if not all(map(isfinite, (p.loss, q.loss, p.slope, q.slope))):
        return None
    d1 = p.slope + q.slope - 3 * (p.loss - q.loss) / (p.t - q.t)
    square = d1 * d1 - p.slope * q.slope
    if square < 0:
        return None
    d2 = copysign(sqrt(square), q.t - p.t)
    share = q.slope - p.slope + 2 * d2
    return q.t - (q.t - p.t) * (q.slope + d2 - d1) / share if share else None


def _within(t: float | None, low: float, high: float) -> float:
    """t kept between the two; their middle if there is none."""
    return (low + high) / 2 if t is None or not isfinite(t) else min(max(t, low), high)
