"""The curves of the lessons; each function draws one idea and returns its Axes."""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

Curve = Callable[[float], float]


def _axes(ax: Any, width: float = 6.4, height: float = 3.8) -> Any:
    if ax is not None:
        return ax
    import matplotlib.pyplot as plt

    return plt.subplots(figsize=(width, height), layout="constrained")[1]


def secants(
    f: Curve, x: float, steps: Sequence[float], names: Sequence[str] = ("x", "f(x)"), ax: Any = None
) -> Any:
    """The curve f near x, and the line through x and x + h for each h: it settles on the tangent."""
    ax = _axes(ax)
    reach = 1.25 * max(steps)
    grid = np.linspace(x - 1.7 * reach, x + reach, 200)
    ax.plot(grid, [f(t) for t in grid], color="black", lw=2.5, zorder=3)
    for i, h in enumerate(steps):
        slope = (f(x + h) - f(x)) / h
        ends = np.array([x - 0.45 * reach, x + reach])
        ax.plot(ends, f(x) + slope * (ends - x), color=f"C{i}", lw=1.6)
        ax.plot(x + h, f(x + h), "o", color=f"C{i}", ms=7, zorder=4)
        ax.annotate(
            f"h = {h:g}\nslope {slope:.4g}",
            (x + h, f(x + h)),
            xytext=(10, -6),
            textcoords="offset points",
            color=f"C{i}",
            va="top",
            bbox={"fc": "white", "ec": "none", "alpha": 0.8, "pad": 1},
        )
    ax.plot(x, f(x), "o", color="black", ms=8, zorder=5)
    ax.margins(x=0.12)
    ax.set(xlabel=names[0], ylabel=names[1])
    return ax


def error_against_step(f: Curve, x: float, exact: float, ax: Any = None) -> Any:
    """How far the forward and the central difference are from the exact slope, for h from 1 to 1e-15.

    Both axes are logarithmic, so an error that shrinks with h or with h² is a straight line.
    """
    ax = _axes(ax)
    hs = 10.0 ** np.arange(0, -15.25, -0.25)
    rows: tuple[tuple[str, Curve, str], ...] = (
        ("forward", lambda h: (f(x + h) - f(x)) / h, "o"),
        ("central", lambda h: (f(x + h) - f(x - h)) / (2 * h), "s"),
    )
    for i, (name, estimate, marker) in enumerate(rows):
        errors = np.array([abs(estimate(h) - exact) for h in hs])
        errors = np.maximum(errors, 1e-16 * abs(exact))  # exact by luck: still a point to draw
        ax.loglog(hs, errors, marker=marker, ms=4, lw=1.2, color=f"C{i}", label=name)
        best = int(np.argmin(errors))
        ax.plot(hs[best], errors[best], marker, ms=11, mfc="none", mew=2, color=f"C{i}")
    ax.set(xlabel="step h   (smaller to the right)", ylabel="error of the estimated slope")
    ax.invert_xaxis()
    ax.text(0.03, 0.06, "the curve bends:\nerror ~ h or h²", transform=ax.transAxes)
    ax.text(0.97, 0.06, "the computer rounds:\nerror ~ 1/h", transform=ax.transAxes, ha="right")
    ax.legend(loc="upper center")
    return ax


def blame(names: Sequence[str], gradients: Sequence[float], ax: Any = None) -> Any:
    """One bar per parameter: how fast the loss moves when that parameter moves."""
    ax = _axes(ax, height=1.0 + 0.45 * len(names))
    places = np.arange(len(names))[::-1]
    ax.barh(places, gradients, color=[f"C{i}" for i in range(len(names))], height=0.6)
    ax.set_yticks(places, names)
    ax.axvline(0, color="black", lw=1)
    for place, gradient in zip(places, gradients, strict=True):
        ax.annotate(
            f"{gradient:g}",
            (gradient, place),
            xytext=(6 if gradient >= 0 else -6, 0),
            textcoords="offset points",
            va="center",
            ha="left" if gradient >= 0 else "right",
        )
    ax.margins(x=0.12)
    ax.set_xlabel("∂loss / ∂parameter")
    return ax


def gates(
    functions: Sequence[tuple[str, Curve, Curve]], at: Sequence[float], axes: Any = None
) -> Any:
    """Each function with its slope below it; dots mark the same inputs in both."""
    import matplotlib.pyplot as plt

    if axes is None:
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
