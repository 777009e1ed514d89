"""Where a classifier changes its mind, in a plane of two inputs."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from micrograd_lab.errors import OptionError, ShapeError
from micrograd_lab.lens.plots.look import CYCLES, MARKERS, axes, bar, blend, legend, signed, title
from micrograd_lab.lens.plots.untouched import array_of, is_scalar, outputs, untouched
from micrograd_lab.lens.theme import theme_named

Array = NDArray[Any]


def decision_boundary(
    model: Any,
    x: Any,
    y: Any,
    *,
    resolution: int | None = None,
    threshold: float | None = None,
    names: Any = None,
    ax: Any = None,
    theme: str = "light",
) -> Any:
    """The plane coloured by what the model says of every place, the points on it, the wrong ones marked.

    model: a Module (ours or PyTorch's), an MLP of Values, or a function of an (N, 2) tensor.  It
    gives a score for each row, (N,) or (N, 1), or one for each class, (N, C).
    x: (N, 2).  y: (N,), whole numbers; with one score, the smaller is the class of low scores.
    threshold: the score between the two classes; by default 0.5 where every score lies in [0, 1]
    (probabilities), else 0 (logits).  resolution: places along each side.  names: of the classes.

    Returns the Axes.  ShapeError where x, y or what the model gives have other shapes.
    """
    points, labels = _checked(x, y)
    ax = axes(ax, theme, 6.6, 4.4)
    ax.grid(visible=False)
    size = resolution or (40 if is_scalar(model) else 200)
    low, high = points.min(0), points.max(0)
    edge = 0.12 * np.maximum(high - low, 1e-6)
    across, up = (np.linspace(low[i] - edge[i], high[i] + edge[i], size) for i in (0, 1))
    grid = np.stack(np.meshgrid(across, up), -1)
    with untouched(model):
        ground, scores = _scores(model, grid.reshape(-1, 2)), _scores(model, points)
    if ground.shape[1] == 1:
        classes = np.unique(labels)
        if len(classes) > 2:
            raise ShapeError(
                f"decision_boundary: one score for each point, but {len(classes)} classes in y; "
                f"the model needs an output of shape (N, {len(classes)})."
            )
        if len(classes) == 1:
            classes = np.array([min(0, classes[0]), max(1, classes[0])])
        if threshold is None:
            threshold = 0.5 if ground.min() >= 0 and ground.max() <= 1 else 0.0
        guess = classes[(scores[:, 0] > threshold).astype(int)]
        _two_sides(ax, across, up, ground.reshape(size, size), threshold, theme)
        colours = dict(zip(classes.tolist(), CYCLES[theme][1::-1], strict=True))
    else:
        count = ground.shape[1]
        if labels.min() < 0 or labels.max() >= count:
            raise ShapeError(
                f"decision_boundary: y goes from {labels.min()} to {labels.max()}, but the model "
                f"has {count} outputs: classes 0 to {count - 1}."
            )
        classes, guess = np.arange(count), scores.argmax(1)
        order = (1, 0, *range(2, 6))  # class 0 is orange, class 1 blue, as with one score
        colours = {c: CYCLES[theme][order[c % 6]] for c in range(count)}
        _many_sides(ax, across, up, ground.reshape(size, size, count), colours, theme)
    _points(ax, points, labels, guess, colours, names, theme)
    ax.set(xlabel="input x₁", ylabel="input x₂", xlim=across[[0, -1]], ylim=up[[0, -1]])
    right = np.mean(guess == labels)
    title(ax, f"Where does it say which class? {right:.1%} of the points are right", theme)
    return ax


def _two_sides(ax: Any, across: Array, up: Array, score: Array, edge: float, theme: str) -> None:
    """Orange below the threshold, blue above, both pale near it; the line is the boundary itself."""
    reach = float(np.quantile(abs(score - edge), 0.9)) or 1.0
    levels = edge + reach * np.linspace(-1, 1, 17)
    ground = signed(theme, 0.55)
    shades = ax.contourf(across, up, score, levels, cmap=ground, extend="both", zorder=0)
    ink = theme_named(theme).ink
    ax.contour(across, up, score, [edge], colors=[ink], linewidths=2, zorder=2)
    made = bar(ax, shades, f"score (boundary at {edge:g})", theme)
    made.set_ticks(edge + reach * np.linspace(-1, 1, 5))
    made.ax.yaxis.set_major_formatter(lambda value, _: f"{value:.2g}".replace("-", "−"))
    made.ax.axhline(edge, color=ink, linewidth=2)


def _many_sides(
    ax: Any, across: Array, up: Array, scores: Array, colours: dict[int, str], theme: str
) -> None:
    """Each place in the colour of its class; a line wherever the largest score changes hands."""
    winner, paper = scores.argmax(-1), theme_named(theme).paper
    shades = np.array([blend(colour, paper, 0.28) for colour in colours.values()])
    extent = (across[0], across[-1], up[0], up[-1])
    ax.imshow(shades[winner], origin="lower", extent=extent, aspect="auto", zorder=0)
    for k in colours:
        if (winner == k).any() and (winner != k).any():
            others = np.delete(scores, k, -1).max(-1)
            ink = theme_named(theme).ink
            margin = scores[..., k] - others
            ax.contour(across, up, margin, [0], colors=[ink], linewidths=1.5, zorder=2)


def _points(
    ax: Any, x: Array, y: Array, guess: Array, colours: dict[int, str], names: Any, theme: str
) -> None:
    look = theme_named(theme)
    for i, (k, colour) in enumerate(colours.items()):
        mine = y == k
        label = f"class {k}".replace("-", "−") if names is None else str(names[i])
        ax.scatter(*x[mine].T, s=26, c=colour, marker=MARKERS[i % 6], edgecolors=look.paper,
                   linewidths=0.6, label=label, zorder=3)  # fmt: skip
    wrong = guess != y
    if wrong.any():
        ax.scatter(*x[wrong].T, s=110, facecolors="none", edgecolors=look.bad, linewidths=1.8,
                   label=f"wrong ({wrong.sum()})", zorder=4)  # fmt: skip
    place = {"loc": "upper left", "bbox_to_anchor": (-0.02, -0.14), "ncols": 4}
    legend(ax, theme, **place, frameon=False)


def _scores(model: Any, points: Array) -> Array:
    """(N, number of outputs)"""
    found = np.asarray(outputs(model, points), dtype=float)
    if found.ndim == 1:
        found = found[:, None]
    if found.ndim != 2 or len(found) != len(points) or found.shape[1] < 1:
        raise ShapeError(
            f"decision_boundary: for inputs of shape {points.shape} the model gave {found.shape}; "
            f"expected one score each, ({len(points)},), or one for each class, ({len(points)}, C)."
        )
    if not np.isfinite(found).all():
        raise OptionError(
            "decision_boundary: the model gives nan or inf for some of the points; there is no "
            "boundary to draw. Look for the first nan with autograd.detect_anomaly()."
        )
    return found


def _checked(x: Any, y: Any) -> tuple[Array, Array]:
    points, labels = np.asarray(array_of(x), dtype=float), array_of(y)
    if points.ndim != 2 or points.shape[1] != 2 or not len(points):
        raise ShapeError(
            f"decision_boundary: x has shape {points.shape}; a plane needs (N, 2). With more inputs "
            "plot two of them: pass a function of (N, 2) that holds the others still."
        )
    if labels.shape in ((len(points), 1), (1, len(points))):
        labels = labels.reshape(-1)
    if labels.shape != (len(points),) or (labels != labels.astype(int)).any():
        raise ShapeError(
            f"decision_boundary: x has {len(points)} points, so y is {len(points)} whole numbers; "
            f"found shape {labels.shape} of {labels.dtype}."
        )
    return points, labels.astype(int)
