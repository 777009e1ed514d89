"""How small a step should be: a measured slope is wrong on both sides of the best h."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from micrograd_lab.course.figures.canvas import Curve, curve, paper
from micrograd_lab.lens.plots.look import MARKERS


def error_against_step(f: Curve, x: float, exact: float) -> Any:
    """How far the forward and the central difference are from the exact slope, for h from 1 to 1e-15.

    See: a U.  Both axes are logarithmic, so an error that shrinks with h or with h² falls in a
    straight line, h² twice as steeply; then rounding takes over.  A ring marks the best step.
    """
    ax = paper()
    hs = 10.0 ** np.arange(0, -15.25, -0.25)
    rows: tuple[tuple[str, Curve], ...] = (
        ("forward", lambda h: (f(x + h) - f(x)) / h),
        ("central", lambda h: (f(x + h) - f(x - h)) / (2 * h)),
    )
    for i, (name, estimate) in enumerate(rows):
        sizes = np.array([abs(estimate(h) - exact) for h in hs])
        sizes = np.maximum(sizes, 1e-16 * abs(exact))  # exact by luck: still a point to draw
        curve(ax, i, hs, sizes, name, ms=4, lw=1.2)
        best = int(np.argmin(sizes))
        ax.plot(hs[best], sizes[best], MARKERS[i], ms=11, mfc="none", mew=2, color=f"C{i}")
    _against_h(ax, "error of the estimated slope")
    ax.text(0.03, 0.06, "the curve bends:\nerror ~ h or h²", transform=ax.transAxes)
    ax.text(0.97, 0.06, "the computer rounds:\nerror ~ 1/h", transform=ax.transAxes, ha="right")
    ax.legend(loc="upper center")
    return ax


def errors(steps: Sequence[float], found: Mapping[str, Sequence[float]]) -> Any:
    """Relative errors of a measured slope against the step h, one curve per kind of number.

    See: with fewer digits, rounding takes over at a larger h, and the best error is worse.
    """
    ax = paper()
    for i, (name, sizes) in enumerate(found.items()):
        curve(ax, i, steps, sizes, name)
    _against_h(ax, "relative error of the slope")
    ax.legend()
    return ax


def _against_h(ax: Any, ylabel: str) -> None:
    ax.set(xscale="log", yscale="log", xlabel="step h   (smaller to the right)", ylabel=ylabel)
    ax.invert_xaxis()
