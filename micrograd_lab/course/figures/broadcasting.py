"""What was copied going forward is summed going back: arrays as boxes."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from micrograd_lab.course.figures.canvas import digits, paper
from micrograd_lab.lens.theme import LIGHT

GAP = (0.6, 0.8)  # between a table and its sum, below it or beside it: room for the word


def stretched(small: Any, shape: tuple[int, int], gradient: Any = None, name: str = "b") -> Any:
    """An array stretched to a table: its own cells full, the copies as ghosts.

    See: going forward one number stands in many places; going back, the gradients of all those
    places are summed into the one.
    gradient: of that shape; without it only the forward panel is drawn.
    """
    import matplotlib.pyplot as plt

    own = (1,) * (2 - np.ndim(small)) + np.shape(small)
    forward = np.broadcast_to(np.reshape(small, own), shape)
    gone = tuple(axis for axis in (0, 1) if own[axis] == 1)
    panels = 1 if gradient is None else 2
    tall, wide = (
        n + (GAP[axis] + 1.1 if panels == 2 and axis in gone else 0.1)
        for axis, n in enumerate(shape)
    )
    size = (3.7 * panels, 0.5 + 0.52 * tall)
    axes = np.atleast_1d(plt.subplots(1, panels, figsize=size, layout="constrained")[1])
    for i, j in np.ndindex(*shape):
        ghost = (own[0] == 1 and i > 0) or (own[1] == 1 and j > 0)
        _cell(axes[0], i, j, forward[i, j], "ghost" if ghost else "own")
    axes[0].set_title(f"forward: {name} {np.shape(small)} as {shape}")
    if gradient is not None:
        _summed(axes[1], gradient, gone)
        axes[1].set_title(f"backward: {shape} to {np.shape(small)}")
    for ax in axes:
        ax.set(xlim=(-0.1, wide), ylim=(tall, -0.1), aspect="equal", anchor="NW")
        ax.axis("off")
    return axes if panels == 2 else axes[0]


def lookup(table: Sequence[str], index: Sequence[int], gradient: Any) -> Any:
    """Picks from a table, going back: each pick's gradient returns to the entry that it came from.

    See: an entry picked twice gets the sum of both gradients; one that nobody picked gets 0.
    table: the names of the entries.  index: which of them were picked.  gradient: one per pick.
    """
    ax = paper(0.5 + 0.8 * max(len(table), len(index)), 3.0)
    arriving = np.zeros(len(table))
    np.add.at(arriving, np.asarray(index), gradient)
    left = (len(table) - len(index)) / 2
    for place, name in enumerate(table):
        _cell(ax, 0.0, place, arriving[place], "own gradient")
        ax.text(place + 0.5, -0.2, name, ha="center", va="center", color=LIGHT.data)
    for k, pick in enumerate(index):
        _cell(ax, 2.2, left + k, gradient[k], "arriving")
        ax.text(left + k + 0.5, 3.4, table[pick], ha="center", va="center", color=LIGHT.data)
        ends = (pick + 0.5, 0.98), (left + k + 0.5, 2.24)
        ax.annotate("", *ends, arrowprops={"arrowstyle": "-|>", "color": LIGHT.grad, "lw": 1.5})
    for row, name in ((0.5, "dx"), (2.7, "u")):
        ax.text(-0.3, row, name, ha="right", va="center", color=LIGHT.grad, weight="bold")
    reach = max(len(table), left + len(index))
    ax.set(xlim=(min(0, left) - 0.9, reach + 0.1), ylim=(3.7, -0.5), aspect="equal")
    ax.axis("off")
    return ax


def _summed(ax: Any, gradient: Any, gone: tuple[int, ...]) -> None:
    """A table of gradients, and its sum over the axes that are gone."""
    rows, columns = gradient.shape
    for (i, j), number in np.ndenumerate(gradient):
        _cell(ax, i, j, number, "arriving")
    for (i, j), number in np.ndenumerate(gradient.sum(axis=gone, keepdims=True)):
        down = rows + GAP[0] if 0 in gone else i
        across = columns + GAP[1] if 1 in gone else j
        _cell(ax, down, across, number, "own gradient")
    if 0 in gone:
        ax.text(columns / 2, rows + GAP[0] / 2, "↓ sum ↓", ha="center", va="center")
    if 1 in gone:
        ax.text(columns + GAP[1] / 2, rows / 2, "→\nsum\n→", ha="center", va="center")


def _cell(ax: Any, row: float, column: float, number: Any, kind: str) -> None:
    """One entry as a box: `own`, a `ghost` of it, a gradient `arriving`, or the entry's own one."""
    from matplotlib.patches import FancyBboxPatch

    fill, edge, ink, line = {
        "own": (LIGHT.leaf, LIGHT.leaf_edge, LIGHT.data, "-"),
        "ghost": ("none", LIGHT.ghost, LIGHT.faint, (0, (3, 2))),
        "arriving": (LIGHT.pill, "none", LIGHT.grad, "-"),
        "own gradient": (LIGHT.pill, LIGHT.grad, LIGHT.grad, "-"),
    }[kind]
    style = "round,pad=0,rounding_size=0.12"
    box: dict[str, Any] = {"fc": fill, "ec": edge, "linestyle": line, "lw": 1.4}
    ax.add_patch(FancyBboxPatch((column + 0.05, row + 0.07), 0.9, 0.86, boxstyle=style, **box))
    words: dict[str, Any] = {"ha": "center", "va": "center", "color": ink}
    heavy = "bold" if kind.startswith("own") else "normal"
    ax.text(column + 0.5, row + 0.5, digits(number), weight=heavy, **words)
