"""What the figures share: paper to draw on, marked curves, bars with their numbers."""

from collections.abc import Callable, Iterable, Sequence
from typing import Any

import numpy as np

from micrograd_lab.lens.plots.look import MARKERS

Curve = Callable[[float], float]


def paper(width: float = 6.4, height: float = 3.8) -> Any:
    """The Axes of a new figure (inches)."""
    import matplotlib.pyplot as plt

    return plt.subplots(figsize=(width, height), layout="constrained")[1]


def row(titles: Iterable[str], width: float, height: float, sharey: bool = False) -> Any:
    """Axes side by side in a new figure (inches), one for each title."""
    import matplotlib.pyplot as plt

    titles = list(titles)
    axes = plt.subplots(
        1,
        len(titles),
        figsize=(width, height),
        sharey=sharey,
        squeeze=False,
        layout="constrained",
    )[1][0]
    for ax, title in zip(axes, titles, strict=True):
        ax.set_title(title, fontsize=11)
    return axes


def curve(ax: Any, i: int, x: Any, y: Any, name: str, ms: float = 5, lw: float = 1.6) -> None:
    """The i-th of several curves: its own colour, its own marker, its name for the legend."""
    ax.plot(x, y, marker=MARKERS[i % 6], ms=ms, lw=lw, color=f"C{i}", label=name)


def bars(ax: Any, names: Sequence[str], numbers: Any, colour: Any, form: str = "g") -> None:
    """A bar per name, from the top down, out from a line at 0; the number stands at its end."""
    places = np.arange(len(names))[::-1]
    ax.barh(places, numbers, color=colour, height=0.6)
    ax.set_yticks(places, names)
    ax.axvline(0, color="black", lw=1)
    for place, number in zip(places, numbers, strict=True):
        side = 1 if number >= 0 else -1
        ax.annotate(
            digits(number, form),
            (number, place),
            xytext=(6 * side, 0),
            textcoords="offset points",
            va="center",
            ha="left" if side > 0 else "right",
        )


def digits(number: float, form: str = "g") -> str:
    """The number as text, with a true minus sign."""
    return f"{number:{form}}".replace("-", "−")
