"""A curve and its slope: straight lines that settle on it, gates that let it through or close."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from micrograd_lab.course.figures.canvas import Curve, paper


def secants(
    f: Curve, x: float, steps: Sequence[float], names: Sequence[str] = ("x", "f(x)")
) -> Any:
    """The curve f near x, and the line through x and x + h for each h.

    See: as h shrinks, the second point runs into the first, and the line settles on the tangent.
    """
    ax = paper()
    reach = 1.25 * max(steps)
    grid = np.linspace(x - 1.7 * reach, x + reach, 200)
    ax.plot(grid, [f(t) for t in grid], color="black", lw=2.5, zorder=3)
    ends = np.array([x - 0.45 * reach, x + reach])
    for i, h in enumerate(steps):
        slope = (f(x + h) - f(x)) / h
        ax.plot(ends, f(x) + slope * (ends - x), color=f"C{i}", lw=1.6)
        ax.plot(x + h, f(x + h), "o", color=f"C{i}", ms=7, zorder=4)
        ax.annotate(
            f"h = {h:g}\nslope {slope:.4g}",
            (x + h, f(x + h)),
            xytext=(-12, 4),  # on a curve that bends upward, no line passes above and to the left
            textcoords="offset points",
            color=f"C{i}",
            ha="right",
        )
    ax.plot(x, f(x), "o", color="black", ms=8, zorder=5)
    ax.margins(x=0.12)
    ax.set(xlabel=names[0], ylabel=names[1])
    return ax


def gates(functions: Sequence[tuple[str, Curve, Curve]], at: Sequence[float]) -> Any:
    """Each function with its slope below it; dots mark the same inputs in both.

    See: where the curve above is flat, the slope below is 0, and no gradient comes through.
    functions: a name, the function, its slope.
    """
    import matplotlib.pyplot as plt

    axes = plt.subplots(
        2, len(functions), figsize=(7.6, 4.0), sharex=True, sharey="row", layout="constrained"
    )[1]
    grid = np.linspace(-4, 4, 321)
    for column, (name, f, slope) in enumerate(functions):
        for row, curve in enumerate((f, slope)):
            ax = axes[row][column]
            ax.plot(grid, [curve(t) for t in grid], color=f"C{column}", lw=2)
            ax.plot(at, [curve(t) for t in at], "o", color="black", ms=4)
            ax.axhline(0, color="grey", lw=0.6)
        axes[0][column].set_title(name)
    axes[0][0].set(ylabel="output", ylim=(-1.25, 3.3))
    axes[1][0].set(ylabel="local gradient", ylim=(-0.1, 1.15))
    for ax in axes[1]:
        ax.set_xlabel("input")
    return axes
