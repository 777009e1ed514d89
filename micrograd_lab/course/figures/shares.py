"""Who is behind how much of a change: a parameter, a part of a batch, a side of a square."""

from collections.abc import Mapping, Sequence
from typing import Any

from micrograd_lab.course.figures.canvas import bars, digits, paper


def blame(names: Sequence[str], gradients: Sequence[float]) -> Any:
    """One bar per parameter: how fast the loss moves when that parameter moves.

    See: the longer the bar, the more a nudge of that parameter does; its side says which way.
    """
    ax = paper(height=1.0 + 0.45 * len(names))
    bars(ax, names, gradients, [f"C{i}" for i in range(len(names))])
    ax.margins(x=0.12)
    ax.set_xlabel("∂loss / ∂parameter")
    return ax


def end_to_end(rows: Mapping[str, Sequence[float]], goal: float, xlabel: str) -> Any:
    """What each part contributes, laid end to end, one row per recipe; the dashed line is the goal.

    See: which recipe's parts end exactly at the line.
    """
    ax = paper(7.4, 1.0 + 0.55 * len(rows))
    places = range(len(rows))[::-1]
    for place, parts in zip(places, rows.values(), strict=True):
        begin = 0.0
        for i, part in enumerate(parts):
            ax.barh(place, part, left=begin, height=0.6, color=f"C{i}", ec="white", lw=2)
            middle = begin + part / 2
            ax.text(middle, place, digits(part), color="white", ha="center", va="center")
            begin += part
        ax.text(begin, place, f"  {digits(begin)}", ha="left", va="center", fontweight="bold")
    ax.axvline(goal, color="black", lw=1.4, ls="--")
    ax.set_yticks(list(places), list(rows))
    ax.grid(visible=False, axis="y")
    ax.margins(x=0.08)
    ax.set_xlabel(xlabel)
    return ax


def growing_square(x: float, h: float) -> Any:
    """x · x as an area, and what it gains when both sides are nudged by h.

    See: each side adds a strip of x · h, so the slope is x + x; the corner h · h vanishes with h.
    """
    from matplotlib.patches import Rectangle

    ax = paper(4.6, 4.0)
    parts = (
        ((0, 0), x, x, "black", 0.06, "x · x"),
        ((x, 0), h, x, "C0", 0.28, "first x\nnudged:\nx · h"),
        ((0, x), x, h, "C1", 0.28, "second x nudged: x · h"),
        ((x, x), h, h, "C3", 0.55, "h · h"),
    )
    for (left, low), width, height, colour, alpha, text in parts:
        part = Rectangle((left, low), width, height, fc=colour, alpha=alpha, ec="white", lw=2)
        ax.add_patch(part)
        ax.text(left + width / 2, low + height / 2, text, ha="center", va="center", fontsize=9.5)
    ticks, labels = [0, x, x + h], ["0", "x", "x+h"]
    ax.set(xticks=ticks, yticks=ticks, xticklabels=labels, yticklabels=labels)
    ax.set(xlim=(0, x + h), ylim=(0, x + h), aspect="equal")
    ax.grid(visible=False)
    return ax
