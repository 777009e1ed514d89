"""How far each step moves the weights, next to how large they are: the learning rate, as layers feel it."""

from typing import Any

import numpy as np

from micrograd_lab.lens.plots.flow import needed, nonempty, over_training
from micrograd_lab.lens.plots.look import axes, title
from micrograd_lab.lens.theme import theme_named

USUAL = 1e-3


def update_ratios(history: Any, *, ax: Any = None, theme: str = "light") -> Any:
    """|update| / |weights| of each weight over training, and the line at 1e-3.

    A rule of thumb: around 1e-3 training goes well.  Far above, steps forget what was learned: try
    a smaller rate.  Far below, it crawls.  One line far from the others is a layer that learns at
    another pace, often for its initialisation.

    history: a History or a Recorder.  Weights are parameters of two and more dimensions, if there
    are such: a bias starts at zero, and its ratio says little.

    Returns the Axes.  OptionError if no step was recorded.
    """
    found = needed(history, "update_ratios")
    rows = found["update_ratio"]
    matrices = {n: x for n, x in rows.items() if len(found.shapes.get(n, ())) > 1}
    rows = matrices or rows
    nonempty(rows, "update_ratios")
    ax = axes(ax, theme, 6.8, 4.0)
    look = theme_named(theme)
    ax.set_yscale("log")
    ax.axhline(USUAL, color=look.ink, linewidth=1.3, linestyle=(0, (6, 3)))
    ax.annotate("1e-3, the usual size", (1, USUAL), xycoords=("axes fraction", "data"), ha="right",
                xytext=(-4, 4), textcoords="offset points", color=look.ink, fontsize=9)  # fmt: skip
    over_training(ax, found.steps, rows, theme, "weight")
    low, high = ax.get_ylim()
    ax.set_ylim(min(low, USUAL / 3), max(high, USUAL * 3))
    ax.set(xlabel="training step", ylabel="|update| / |weights|, each step")
    last = [np.nanmedian(x[-10:]) for x in rows.values() if np.isfinite(x[-10:]).any()]
    middle = f"At the end typically {np.median(last):.1g}" if last else ""
    title(ax, f"Are the steps of the right size? {middle}", theme)
    return ax
