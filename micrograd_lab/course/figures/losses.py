"""The loss of a classifier: how far each recipe for it holds, and its gradient."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from micrograd_lab.course.figures.canvas import bars, paper, row


def fronts(gap: Any, recipes: Mapping[str, Any], ends: Mapping[str, float]) -> Any:
    """A loss against how far the right class is behind, one curve per recipe.

    See: on paper all recipes are one line.  In float32 some break off at a cross, and one goes flat.
    ends: where a recipe's last finite number is; a cross marks it.
    """
    ax = paper(7.4, 4.0)
    for i, (name, losses) in enumerate(recipes.items()):
        look: dict[str, Any] = {"color": f"C{i}", "lw": (7, 4.5, 2.5, 2)[i % 4]}
        ax.plot(gap, np.where(np.isfinite(losses), losses, np.nan), label=name, **look)
        if name in ends:
            at = list(gap).index(ends[name])
            ax.plot(gap[at], losses[at], "x", color="black", ms=11, mew=2.5, zorder=5)
            words = {"xytext": (10, -14), "textcoords": "offset points", "color": f"C{i}"}
            ax.annotate("then inf", (gap[at], losses[at]), **words)
    ax.set(xlabel="how far the right class is behind (logits, float32)", ylabel="loss")
    ax.legend()
    return ax


def excess(names: Sequence[str], p: Sequence[float], right: int) -> Any:
    """What was predicted, what is right, and the difference: the gradient of every logit.

    See: only the right class is pulled up, by what it lacks; the others are pushed down by what they
    have too much.
    """
    y = np.eye(len(names))[right]
    panels = {
        "p: predicted": (np.asarray(p), "C0", (0, 1.3)),
        "y: right": (y, "C0", (0, 1.3)),
        "p − y: ∂L/∂logit": (p - y, "C1", (-2, 2)),
    }
    axes = row(panels, 8.0, 0.9 + 0.5 * len(names), sharey=True)
    for ax, (numbers, colour, xlim) in zip(axes, panels.values(), strict=True):
        bars(ax, names, numbers, colour, ".3g")
        ax.set_xlim(xlim)
        ax.grid(visible=False, axis="y")
    return axes
