"""The ways that optimisers take down the same hill."""

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from micrograd_lab.autograd import no_grad
from micrograd_lab.errors import NotANumberError, OptionError, ShapeError
from micrograd_lab.from_data import tensor
from micrograd_lab.lens.plots.look import (
    CYCLES,
    DASHES,
    MARKERS,
    axes,
    bar,
    broken,
    legend,
    ramp,
    title,
)
from micrograd_lab.lens.plots.untouched import array_of
from micrograd_lab.lens.theme import theme_named

Array = NDArray[Any]


def trajectories(
    f: Callable[[Any, Any], Any],
    optimisers: Mapping[str, Callable[[Any], Any]],
    start: Any,
    *,
    steps: int = 60,
    box: Any = None,
    ax: Any = None,
    theme: str = "light",
) -> Any:
    """Each optimiser's path over the heights of f, all from the same start; what they reach is in the legend.

    f: a function of two tensors, entry by entry: lambda x, y: x**2 + 10 * y**2.
    optimisers: name -> how to make one, {"SGD": lambda p: optim.SGD(p, lr=0.1)}; it is given [x, y].
    start: (x, y).  steps: how many each makes.  box: (left, right, bottom, top) of the picture, by
    default around the paths; a path that leaves it is cut there, and its name says so.

    Returns the Axes.  ShapeError, OptionError where start or optimisers are not of that kind.
    """
    place = np.asarray(array_of(start), dtype=float)
    if place.shape != (2,):
        raise ShapeError(f"trajectories: start has shape {place.shape}; it is (x, y).")
    if not isinstance(optimisers, Mapping) or not all(callable(m) for m in optimisers.values()):
        raise OptionError(
            "trajectories: optimisers is a dict of functions, for each path needs a fresh one: "
            '{"SGD": lambda p: optim.SGD(p, lr=0.1)}.'
        )
    if not optimisers or steps < 1:
        raise OptionError("trajectories: at least one optimiser and one step.")
    paths = {name: _path(f, make, place, steps) for name, make in optimisers.items()}
    left, right, bottom, top = _box(paths, place) if box is None else box
    ax = axes(ax, theme, 6.8, 4.6)
    ax.grid(visible=False)
    look = theme_named(theme)
    across, up = np.linspace(left, right, 161), np.linspace(bottom, top, 121)
    _ground(ax, f, across, up, theme)
    # blue is the ground here, so paths begin with orange; on dark ground ink is white
    hues = (CYCLES[theme][1], look.ink, CYCLES[theme][3], CYCLES[theme][2], CYCLES[theme][4])
    for i, (name, path) in enumerate(paths.items()):
        xs, ys, heights = path.T
        inside = np.isfinite(heights[-1]) and left <= xs[-1] <= right and bottom <= ys[-1] <= top
        end = f"{name}: {_short(heights[-1])}" + ("" if inside else " (outside)")
        colour = hues[i % len(hues)]
        with np.errstate(all="ignore"):
            ax.plot(xs, ys, color=look.paper, linewidth=3.6, alpha=0.8, zorder=3)
            ax.plot(xs, ys, color=colour, linestyle=DASHES[i % 6], linewidth=1.9, zorder=4,
                    marker=MARKERS[i % 6], markersize=5, markevery=max(1, steps // 12),
                    markeredgecolor=look.paper, markeredgewidth=0.5, label=end)  # fmt: skip
        if inside:
            ax.plot(xs[-1], ys[-1], marker="*", markersize=15, color=colour,
                    markeredgecolor=look.paper, zorder=5)  # fmt: skip
    ax.plot(*place, "o", markersize=10, color=look.paper, markeredgecolor=look.ink,
            markeredgewidth=2, zorder=6, label="start; a star: the end")  # fmt: skip
    ax.set(xlabel="x", ylabel="y", xlim=(left, right), ylim=(bottom, top))
    legend(ax, theme, title=f"f after {steps} steps", loc="best").get_title().set_color(look.ink)
    title(ax, "Which way does each optimiser go?", theme)
    return ax


def _path(f: Any, make: Any, place: Array, steps: int) -> Array:
    """(steps + 1, 3): x, y and f there; after nan or inf it stays where it was lost."""
    leaves: list[Any] = [tensor(v, dtype=np.float64, requires_grad=True) for v in place.tolist()]
    x, y = leaves
    optimiser = make(leaves)

    def height() -> Any:
        loss = f(x, y)
        if not hasattr(loss, "backward") or loss.ndim != 0:
            raise NotANumberError(
                "trajectories: f(x, y) of two tensors is a tensor of the same shape; compute with "
                "the tensors themselves, entry by entry."
            )
        return loss

    def closure() -> Any:
        optimiser.zero_grad()
        loss = height()
        loss.backward()
        return loss

    rows = [(x.item(), y.item(), height().item())]
    with np.errstate(all="ignore"):
        for _ in range(steps):
            optimiser.step(closure)
            rows.append((x.item(), y.item(), height().item()))
            if not np.isfinite(rows[-1]).all():
                rows[-1] = (np.nan, np.nan, rows[-1][2])
                break
    return np.array(rows)


def _box(paths: Mapping[str, Array], place: Array) -> tuple[float, float, float, float]:
    """What holds the paths, but not the wild part of one that diverges."""
    kept = []
    for path in paths.values():
        good = path[np.isfinite(path).all(1)]
        kept.append(good[good[:, 2] <= 2 * abs(path[0, 2]) + max(path[0, 2], 0) + 1e-9, :2])
    points = np.concatenate([*kept, place[None]])
    low, high = points.min(0), points.max(0)
    room = np.maximum(0.2 * (high - low), 0.1 * (high - low).max() + 1e-3)
    (left, bottom), (right, top) = low - room, high + room
    return float(left), float(right), float(bottom), float(top)


def _ground(ax: Any, f: Any, across: Array, up: Array, theme: str) -> None:
    """The heights of f; lines are closer together near the bottom."""
    grid = np.meshgrid(across, up)
    with no_grad(), np.errstate(all="ignore"):
        height = array_of(f(*(tensor(g) for g in grid)))
    if height.shape != grid[0].shape:
        raise ShapeError(
            f"trajectories: f of two tensors of shape {grid[0].shape} gave {height.shape}; f works "
            "entry by entry: use x * y and x.exp(), no sum() and no matmul."
        )
    good = height[np.isfinite(height)]
    if not good.size:
        raise OptionError("trajectories: f is nan or inf everywhere around the paths.")
    low, high = good.min(), np.quantile(good, 0.95)
    levels = low + max(high - low, 1e-12) * np.linspace(0, 1, 15) ** 2
    broken(ax, height, theme)
    shades = ax.contourf(across, up, np.ma.masked_invalid(height), levels, cmap=_pale(theme),
                         extend="max")  # fmt: skip
    ax.contour(
        across, up, height, levels, colors=[theme_named(theme).faint], linewidths=0.5, alpha=0.6
    )
    made = bar(ax, shades, "f(x, y)", theme)
    made.ax.yaxis.set_major_formatter(lambda value, _: _short(value))


def _pale(theme: str) -> Any:
    """The lower part of the ramp: paths must stand out on it."""
    from matplotlib.colors import LinearSegmentedColormap

    return LinearSegmentedColormap.from_list("pale", ramp(theme)(np.linspace(0, 0.6, 64)))


def _short(value: float) -> str:
    return f"{value:.2g}".replace("-", "−")
