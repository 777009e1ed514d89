"""Training, step by step: what a parameter's grad holds, and where the parameter goes."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from micrograd_lab.course.figures.canvas import curve, paper, row


def held(panels: Mapping[str, tuple[Sequence[float], Sequence[float]]]) -> Any:
    """Step by step: what a parameter's grad holds (bars), and the gradient of that step's loss (dots).

    See: with zero, every dot sits on the end of its bar; without, the bars are sums of all dots so far.
    panels: a title, and the two rows of numbers.  Gives the Axes.
    """
    axes = row(panels, 8.4, 3.2, sharey=True)
    for ax, (holds, own) in zip(axes, panels.values(), strict=True):
        steps = np.arange(1, len(holds) + 1)
        ax.bar(steps, holds, color="C1", alpha=0.55, width=0.65, label="what w.grad holds")
        ax.plot(steps, own, "o", color="black", ms=6, label="the gradient of this step's loss")
        ax.axhline(0, color="black", lw=1)
        ax.set(xlabel="step", xticks=steps)
    axes[0].legend(loc="upper left", fontsize=9)
    return axes


def journeys(curves: Mapping[str, Sequence[float]], goal: float, name: str = "w") -> Any:
    """Where a parameter stands after each step, one curve per recipe; the dashed line is the goal.

    See: which recipe comes to rest at the goal, which swings past it, which never leaves.
    """
    ax = paper(7.4)
    for i, (label, places) in enumerate(curves.items()):
        curve(ax, i, range(len(places)), places, label, ms=4)
    ax.axhline(goal, color="black", lw=1, ls="--", zorder=1)
    ax.set(xlabel="step", ylabel=name)
    ax.legend(loc="lower center", bbox_to_anchor=(0.5, 1.0), ncols=len(curves), fontsize=9.5)
    return ax
