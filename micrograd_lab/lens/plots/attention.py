"""Which token looks at which: the weights of one attention head."""

from typing import Any

import numpy as np

from micrograd_lab.errors import OptionError, ShapeError
from micrograd_lab.lens.plots.look import axes, bar, ramp, title
from micrograd_lab.lens.plots.untouched import array_of
from micrograd_lab.lens.theme import theme_named

WRITTEN = 10  # keys: up to there the numbers stand in the cells


def attention_map(
    weights: Any, tokens: Any, *, queries: Any = None, ax: Any = None, theme: str = "light"
) -> Any:
    """Each row is a token that looks (query), each column one that it sees (key); a row sums to 1.

    weights: (T, S), after the softmax, of one head of one sequence; a tensor or an array.
    tokens: S names, of the keys; a string is its characters.  queries: T names, if they are others.
    A weight of exactly 0, masked or underflown, is marked with a dot.

    Returns the Axes.  ShapeError where sizes do not fit, OptionError where weights are none.
    """
    w = np.asarray(array_of(weights), dtype=float)
    keys = [_shown(t) for t in tokens]
    rows = keys if queries is None else [_shown(t) for t in queries]
    if w.ndim != 2:
        raise ShapeError(
            f"attention_map: weights of shape {w.shape}; one head of one sequence is (T, S). "
            + ("Choose: weights[0, 0], or average the heads: weights[0].mean(0)." * (w.ndim > 2))
        )
    if w.shape != (len(rows), len(keys)):
        raise ShapeError(
            f"attention_map: weights of shape {w.shape}, but {len(rows)} queries and {len(keys)} "
            "keys have names. Give queries= where they are not the keys."
        )
    if not w.size or not np.isfinite(w).all() or (w < 0).any():
        raise OptionError(
            "attention_map: weights are shares, from 0 to 1; found negative ones, nan, or none. "
            "Scores become weights by softmax(-1)."
        )
    height = min(6.6, 1.4 + 0.42 * max(4, len(rows)))
    ax = axes(ax, theme, min(8.0, 2.4 + 0.5 * max(4, len(keys))), height)
    look = theme_named(theme)
    shades = ax.imshow(w, cmap=ramp(theme), vmin=0, vmax=max(1e-9, w.max()), aspect="auto")
    ax.grid(visible=False)
    size = 9 if max(w.shape) <= 24 else 6
    for i, j in np.ndindex(*w.shape):
        strong = w[i, j] > 0.7 * w.max()
        if w[i, j] == 0:
            ax.plot(j, i, ".", color=look.ghost, markersize=4)
        elif len(keys) <= WRITTEN:
            ink = look.paper if strong else look.ink
            ax.text(
                j, i, _share(float(w[i, j])), ha="center", va="center", color=ink, fontsize=size
            )
    slanted = max(map(len, keys)) > 3
    ax.set_xticks(range(len(keys)), keys, fontsize=size, rotation=45 if slanted else 0,
                  ha="right" if slanted else "center", rotation_mode="anchor" if slanted else "default")  # fmt: skip
    ax.set_yticks(range(len(rows)), rows, fontsize=size)
    ax.tick_params(length=0)
    ax.set(xlabel="looked at (key)", ylabel="looking (query)")
    bar(ax, shades, "share of the attention", theme)
    off = abs(w.sum(1) - 1).max()
    extra = "" if off < 0.01 else f"  (a row sums to {w.sum(1)[abs(w.sum(1) - 1).argmax()]:.2f}!)"
    title(ax, f"Which token looks at which?{extra}", theme)
    return ax


def _share(x: float) -> str:
    return f"{x:.2f}".lstrip("0") if 0.005 <= x < 0.995 else ("<.01" if x < 0.5 else "1")


def _shown(token: Any) -> str:
    """Spaces and line ends as something that can be seen."""
    text = str(token)
    return text.replace("\n", "↵").replace(" ", "␣") if not text.strip() else text
