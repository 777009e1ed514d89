"""A gradient against measured slopes, for steps from large to tiny: the U that every check walks in."""

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from micrograd_lab.errors import GradError, NotANumberError, OptionError
from micrograd_lab.lens.plots.look import MARKERS, axes, legend, note, title
from micrograd_lab.lens.plots.untouched import array_of, home_of, number_of
from micrograd_lab.lens.theme import theme_named
from micrograd_lab.scalar import Value

Line = Callable[[float], float]


def gradcheck_curve(
    f: Callable[[Any], Any],
    x: Any,
    *,
    engine: Callable[[float], Any] = Value,
    seed: int = 0,
    ax: Any = None,
    theme: str = "light",
) -> Any:
    """How far measured slopes are from what backward() says, for steps h from 1 to tiny ones.

    f: one number from x; a function of a Value if x is a number, of a tensor if x is one.
    x: a number, or a tensor (ours or PyTorch's): then the slope is the one along a random
    direction of length 1 from `seed`.  engine: makes a node from a number; try your own class.

    A right gradient gives a U.  Large steps miss because f bends: the error falls as h (forward
    difference) or h² (central).  Tiny ones miss because f is rounded: it grows as 1/h.  A wrong
    gradient gives a floor that no h gets below, and the plot says so.

    Returns the Axes.  GradError where no gradient arrives at x.
    """
    exact, line, precision = _along(f, x, engine, seed)
    ax = axes(ax, theme, 6.6, 4.3)
    colours = theme_named(theme)
    steps = 10.0 ** np.arange(0, np.log10(4 * precision), -0.25)  # then x + h is x
    with np.errstate(all="ignore"):
        kinds = {
            "forward: (f(x+h) − f(x)) / h": [(line(h) - line(0.0)) / h for h in steps],
            "central: (f(x+h) − f(x−h)) / 2h": [(line(h) - line(-h)) / (2 * h) for h in steps],
        }
    size = abs(exact) or 1.0
    best = (np.inf, 0.0)
    hues = (colours.grad, colours.data)
    found = {name: abs(np.array(slopes) - exact) / size for name, slopes in kinds.items()}
    for (name, error), colour, marker in zip(found.items(), hues, MARKERS, strict=False):
        shown = np.where(error == 0, precision / 10, error)  # exact by luck: still a point
        ax.loglog(
            steps, shown, color=colour, marker=marker, markersize=4, linewidth=1.4, label=name
        )
        if np.isfinite(error).any():
            # one lucky step proves nothing, nor do steps where rounding says anything
            around = np.where(np.isnan(shown) | (steps < 1000 * precision), np.inf, shown)
            worst = np.max([around[:-2], around[1:-1], around[2:]], 0)
            k = int(worst.argmin()) + 1
            best = min(best, (float(shown[k]), float(steps[k])))
    least, h = best
    if not np.isfinite(least):
        raise OptionError(
            "gradcheck_curve: f, or its gradient, is nan or inf at every step around x."
        )
    ax.plot(h, least, "o", markersize=13, markerfacecolor="none", markeredgewidth=2,
            color=colours.ink, label=f"least error {least:.0e}, at h = {h:.0e}")  # fmt: skip
    for (_, curve), colour, order in zip(found.items(), hues, (1, 2), strict=True):
        _guide(ax, steps, curve, order, f"∝ {'h' if order == 1 else 'h²'}", colour, precision)
    _guide(ax, steps, list(found.values())[1], -1, "∝ 1/h", colours.faint, precision)
    ax.set_xlim(30, steps[-1] / 4)
    low, high = ax.get_ylim()
    ax.set_ylim(low / 3, high * 30)  # room for the legend
    ax.set(xlabel="step h   (smaller to the right)", ylabel="relative error of the measured slope")
    right = least < precision**0.5 * 10
    yes = f"Yes, a measured slope is {least:.0e} off"
    no = f"No: measured slopes stay {least:.0%} away"
    title(ax, f"Is the gradient right? {yes if right else no}", theme)
    if not right:
        text = "no step makes the error small:\nthe gradient is wrong, or f has a corner at x"
        note(ax, 0.5, 0.5, text, theme, color=colours.bad, ha="center")
    legend(ax, theme, loc="upper center")
    return ax


def _guide(
    ax: Any, steps: Any, error: NDArray[Any], order: int, text: str, colour: str, precision: float
) -> None:
    """A dashed line of the slope that theory gives, through the part of the curve that has it."""
    usable = np.isfinite(error) & (error > 0)
    slopes = np.full(len(steps), np.nan)
    logs, hs = np.log10(np.where(usable, error, np.nan)), np.log10(steps)
    slopes[2:-2] = (logs[4:] - logs[:-4]) / (hs[4:] - hs[:-4])
    width = 0.15 if order > 0 else 0.6  # rounding is noisy
    fits = usable & (abs(slopes - order) < width) & (error > 10 * precision * (order > 0))
    if fits.sum() < 3:
        return
    level = 10 ** np.median(logs[fits] - order * hs[fits])
    ends = np.array([steps[fits].max(), steps[fits].min()])
    shift = 5.0 if order < 0 else 1.0
    ax.plot(ends, shift * level * ends**order, linestyle=(0, (2, 2)), linewidth=1.2, color=colour)
    along, offset, side = {1: (0.5, (10, 6), "left"), 2: (0.85, (-12, -8), "right")}.get(
        order, (0.5, (26, -34), "left")
    )
    at = 10 ** ((1 - along) * np.log10(ends[0]) + along * np.log10(ends[1]))
    ax.annotate(f"error {text}", (at, shift * level * at**order), xytext=offset, ha=side,
                textcoords="offset points", color=colour, fontsize=9.5, fontweight="bold")  # fmt: skip


def _along(f: Any, x: Any, engine: Any, seed: int) -> tuple[float, Line, float]:
    """(the slope that backward gives, f along a line through x, how finely f is rounded)"""
    if hasattr(x, "detach"):
        return _along_tensor(f, x, seed)
    array = array_of(x)
    if array.ndim or array.dtype.kind not in "fiu":
        raise NotANumberError(
            f"gradcheck_curve: x is {x!r:.60}; a number, or a tensor of floating numbers."
        )
    at = float(array)
    node = engine(at)
    f(node).backward()

    def line(h: float) -> float:
        try:
            return float(f(engine(at + h)).data)
        except (ValueError, ArithmeticError):  # f ends before x + h: log(-1)
            return np.nan

    return float(node.grad), line, 2.2e-16


def _along_tensor(f: Any, x: Any, seed: int) -> tuple[float, Line, float]:
    home, start = home_of(x), array_of(x)
    if start.dtype.kind != "f":
        raise NotANumberError(f"gradcheck_curve: x is of {start.dtype}; use x.float().")
    leaf = home.tensor(start.copy(), requires_grad=True)
    f(leaf).backward()
    if leaf.grad is None:
        raise GradError(
            "gradcheck_curve: no gradient arrived at x. f must use the tensor it is given, without "
            "detach(), item() or numpy() on the way."
        )
    way = np.random.default_rng(seed).standard_normal(start.shape)
    way /= np.linalg.norm(way)

    def line(h: float) -> float:
        with home.no_grad():
            return number_of(f(home.tensor((start + h * way).astype(start.dtype))), "f")

    exact = float((array_of(leaf.grad).astype(float) * way).sum())
    return exact, line, float(np.finfo(start.dtype).eps)
