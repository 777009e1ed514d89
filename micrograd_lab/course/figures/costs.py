"""How fast work grows: with the paths or the arrows of a graph, with the inputs of a function."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from micrograd_lab.course.figures.canvas import curve, paper


def paths_and_arrows(most: int) -> Any:
    """x + x, again and again: how many arrows the graph has, and how many paths lead through it.

    See: two arrows more with every doubling, but twice the paths.  Following paths one by one is
    hopeless; visiting arrows is not.
    """
    ax = paper()
    times = np.arange(1, most + 1)
    rows = (("arrows", 2 * times, (-6, 10)), ("paths", 2.0**times, (-26, 2)))
    for i, (label, counts, beside) in enumerate(rows):
        curve(ax, i, times, counts, label, ms=3.5)
        ax.annotate(
            f"{counts[-1]:,.0f} {label}",
            (times[-1], counts[-1]),
            xytext=beside,
            textcoords="offset points",
            ha="right",
            color=f"C{i}",
        )
    ax.set(yscale="log", xlabel="how often the number was doubled", ylabel="how many")
    return ax


def two_modes(inputs: Sequence[int], forward: Sequence[int], reverse: Sequence[int]) -> Any:
    """How much work a whole gradient is, by the number of inputs; both axes are logarithmic.

    See: reverse grows as the function itself does, forward by one power more.
    """
    ax = paper(height=3.4)
    curve(ax, 0, inputs, forward, "forward: a run per input", lw=2)
    curve(ax, 1, inputs, reverse, "reverse: there and back", lw=2)
    ax.set(xscale="log", yscale="log", xlabel="inputs (one output)", ylabel="operations")
    ax.legend(loc="upper left")
    return ax
