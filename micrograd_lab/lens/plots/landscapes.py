"""The loss around the weights that a model has: a map of two directions through weight space."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from micrograd_lab.errors import OptionError, ShapeError
from micrograd_lab.lens.plots.look import axes, bar, broken, legend, ramp, title
from micrograd_lab.lens.plots.untouched import (
    array_of,
    home_of,
    is_scalar,
    number_of,
    parameters_of,
    untouched,
)
from micrograd_lab.lens.theme import theme_named

Weights = list[NDArray[Any]]  # one array for each parameter


def snapshot(model: Any) -> Weights:
    """A copy of the weights as they are now: collect some while training, for loss_landscape."""
    return [np.array(array_of(p.data), dtype=float) for p in parameters_of(model)]


def loss_landscape(
    model: Any,
    loss_fn: Any,
    *,
    directions: Any = "random",
    span: float = 1.0,
    resolution: int = 25,
    seed: int = 0,
    ax: Any = None,
    theme: str = "light",
) -> Any:
    """The loss on a plane through the model's weights, which are in the middle, as a map with heights.

    loss_fn: takes the model, returns the loss, one number; it is called resolution² times, in eval
    mode, without recording.
    directions: "random", two random ones, filter by filter as long as the weights themselves, and
    none for biases and scales, so that two networks can be compared (Li et al., 2018, "Visualizing
    the Loss Landscape of Neural Nets"); or a pair of snapshots of weights, taken as they are; or
    three or more snapshots of a training run, for the two directions in which it moved most (PCA),
    with its path drawn.
    span: how far to go each way; 1 is as far as the weights are large.  A path decides for itself.

    Returns the Axes.  The weights are put back.
    """
    here = snapshot(model)
    if not here:
        raise OptionError(f"loss_landscape: {type(model).__name__} has no parameters to move.")
    if resolution < 3:
        raise OptionError(f"loss_landscape: resolution={resolution}: at least 3 places a side.")
    ax = axes(ax, theme, 6.4, 4.6)
    ax.grid(visible=False)
    path, labels = None, ["first direction", "second direction"]
    if isinstance(directions, str):
        if directions != "random":
            raise OptionError(
                f"loss_landscape: directions={directions!r}: 'random', two lists of arrays, or the "
                "snapshots of a training run."
            )
        draw = np.random.default_rng(seed)
        pair = [_filter_normalised(draw, here) for _ in range(2)]
        labels = [f"random direction {i}   (1: as long as the weights)" for i in (1, 2)]
    else:
        given = [_fitting(weights, here) for weights in directions]
        if len(given) == 2:
            pair = given
        else:
            pair, path, shares = _principal(given, here)
            labels = [
                f"direction {i + 1}: {s:.0%} of the path's variance" for i, s in enumerate(shares)
            ]
    sides = _sides(path, span, resolution)
    height = _heights(model, loss_fn, here, pair, sides)
    _map(ax, sides, height, theme)
    with untouched(model):
        now = number_of(loss_fn(model), "loss_fn")
    _marks(ax, path, now, theme)
    ax.set(xlabel=labels[0], ylabel=labels[1])
    title(ax, "What is the loss around these weights?", theme)
    return ax


def _filter_normalised(draw: np.random.Generator, here: Weights) -> Weights:
    """A random direction: each filter (what feeds one output) as long as the model's own filter."""
    if all(w.ndim == 0 for w in here):  # Values know no filters: all of them are one
        step = draw.standard_normal(len(here))
        step *= np.linalg.norm(np.array(here)) / np.linalg.norm(step)
        return [np.array(s) for s in step]
    direction = []
    for w in here:
        step = draw.standard_normal(w.shape)
        if w.ndim < 2:
            step = np.zeros(w.shape)  # biases and scales stay where they are
        else:
            rest = tuple(range(1, w.ndim))
            step *= _length(w, rest) / np.maximum(_length(step, rest), 1e-12)
        direction.append(step)
    return direction


def _length(w: NDArray[Any], over: tuple[int, ...]) -> Any:
    return np.sqrt((w * w).sum(over, keepdims=True))


def _fitting(weights: Any, here: Weights) -> Weights:
    """A snapshot (or state_dict) as arrays of the shapes of the weights."""
    values = weights.values() if isinstance(weights, dict) else weights
    found = [np.array(array_of(w), dtype=float) for w in values]
    if [w.shape for w in found] != [w.shape for w in here]:
        raise ShapeError(
            "loss_landscape: a direction or snapshot has one array for each parameter, of the "
            f"shapes {[w.shape for w in here]}; found {[w.shape for w in found]}. "
            "plots.snapshot(model) makes one."
        )
    return found


def _principal(states: list[Weights], here: Weights) -> tuple[list[Weights], Any, Any]:
    """The two directions in which the run moved most, the path in them (n, 2), and their shares."""
    if len(states) < 3:
        raise OptionError(
            f"loss_landscape: {len(states)} snapshot(s); two directions need two, a path three."
        )
    flat = np.array([np.concatenate([w.ravel() for w in s]) for s in states])
    moved = flat - np.concatenate([w.ravel() for w in here])
    _, lengths, axes_ = np.linalg.svd(moved, full_matrices=False)
    if not lengths[0] > 0:
        raise OptionError("loss_landscape: all the snapshots are alike: copies, not the weights?")
    edges = np.cumsum([w.size for w in here])[:-1]
    pair = [
        [part.reshape(w.shape) for part, w in zip(np.split(v, edges), here, strict=True)]
        for v in axes_[:2]
    ]
    return pair, moved @ axes_[:2].T, lengths[:2] ** 2 / (lengths**2).sum()


def _sides(path: Any, span: float, resolution: int) -> list[NDArray[Any]]:
    """The places along each direction; 0 is the model."""
    if path is None:
        return [np.linspace(-span, span, resolution)] * 2
    low, high = np.minimum(path.min(0), 0), np.maximum(path.max(0), 0)
    room = 0.2 * (high - low).max()
    return [np.linspace(low[i] - room, high[i] + room, resolution) for i in (0, 1)]


def _heights(
    model: Any, loss_fn: Any, here: Weights, pair: list[Weights], sides: list[Any]
) -> NDArray[Any]:
    """The loss at each place, (rows, columns); the model's tensors are other ones meanwhile."""
    home, scalar = home_of(model), is_scalar(model)
    first, second = pair
    height = np.empty((len(sides[1]), len(sides[0])))
    with untouched(model), np.errstate(all="ignore"):
        own = [p.data for p in parameters_of(model)]
        for row, b in enumerate(sides[1]):
            for column, a in enumerate(sides[0]):
                for p, mine, w, u, v in zip(
                    parameters_of(model), own, here, first, second, strict=True
                ):
                    moved = w + a * u + b * v
                    p.data = float(moved) if scalar else home.tensor(moved).to(mine.dtype)
                height[row, column] = number_of(loss_fn(model), "loss_fn")
    return height


def _map(ax: Any, sides: list[Any], height: NDArray[Any], theme: str) -> None:
    """Shades and lines of equal loss; closer together near the bottom, where the interest is."""
    ink = theme_named(theme).ink
    good = height[np.isfinite(height)]
    if not good.size:
        raise OptionError("loss_landscape: the loss is nan or inf everywhere on this plane.")
    low, high = good.min(), np.quantile(good, 0.97)
    if not high > low:
        high = low + max(1e-6, abs(low) * 1e-3)
    levels = low + (high - low) * np.linspace(0, 1, 13) ** 1.6
    broken(ax, height, theme)
    shades = ax.contourf(
        *sides, np.ma.masked_invalid(height), levels, cmap=ramp(theme), extend="max"
    )
    lines = ax.contour(*sides, height, levels[1::3], colors=[ink], linewidths=0.6, alpha=0.7)
    ax.clabel(lines, fontsize=8, fmt="%.3g")
    made = bar(ax, shades, "loss", theme)
    made.ax.yaxis.set_major_formatter("{x:.3g}")


def _marks(ax: Any, path: Any, now: float, theme: str) -> None:
    """Where the model is, and the way that it came."""
    look = theme_named(theme)
    if path is not None:
        ax.plot(
            *path.T, color=look.grad, linewidth=1.8, marker="o", markersize=3.5, label="the run"
        )
        ax.plot(*path[0], marker="s", markersize=9, color=look.grad, linestyle="none",
                markeredgecolor=look.paper, label="its start")  # fmt: skip
    ax.plot(0, 0, marker="*", markersize=16, color=look.grad, markeredgecolor=look.paper,
            linestyle="none", label=f"the model: loss {now:.3g}")  # fmt: skip
    legend(ax, theme, loc="upper right")
