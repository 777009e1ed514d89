"""What a trained model says: lines through points, a plane folded by relus."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from micrograd_lab.course.figures.canvas import paper, row
from micrograd_lab.lens.plots.look import MARKERS
from micrograd_lab.lens.theme import LIGHT


def lines(x: Any, y: Any, fits: Mapping[str, tuple[float, float]]) -> Any:
    """Points, and straight lines (slope, height at 0) that somebody fitted to them.

    See: which line goes through the points, and which went for something else.
    """
    ax = paper()
    across, up = (np.asarray(t, dtype=float).ravel() for t in (x, y))
    for i, (name, (slope, height)) in enumerate(fits.items()):
        style = ("-", "--", "-.", ":")[i % 4]
        ax.plot(across, slope * across + height, style, color=f"C{i}", label=name)
    ax.plot(across, up, "o", color="black", ms=7, label="what it should be")
    ax.set(xlabel="x", ylabel="answer")
    ax.legend()
    return ax


def folds(
    model: Any, moments: Mapping[str, Sequence[float]], points: Any, labels: Sequence[int]
) -> Any:
    """What a network with one hidden layer of relus says of the plane, once for each moment.

    See: the black line (score 0) bends exactly where it crosses a dashed one.
    Dashed: where a hidden neuron's relu opens; its arrow, the weights, points to the open side.
    Blue if the neuron raises the score there, orange if it lowers it.  Wrong points are ringed.
    model: an MLP(2, [n, 1]) of Values.  moments: a title and the numbers of its parameters().
    """
    axes = row(moments, *((8.4, 3.2) if len(moments) > 1 else (4.6, 3.4)))
    points = np.asarray(points, dtype=float)
    now = [p.data for p in model.parameters()]
    for ax, numbers in zip(axes, moments.values(), strict=True):
        _set(model, numbers)
        _plane(ax, model, points, np.asarray(labels))
        for neuron, out in zip(model.layers[0].neurons, model.layers[1].neurons[0].w, strict=True):
            w = np.array([v.data for v in neuron.w])
            _fold(ax, w, neuron.b.data, LIGHT.data if out.data > 0 else LIGHT.grad, points.mean(0))
        ax.label_outer()
    _set(model, now)
    return axes


def _set(model: Any, numbers: Sequence[float]) -> None:
    for p, number in zip(model.parameters(), numbers, strict=True):
        p.data = number


def _plane(ax: Any, model: Any, points: Any, labels: Any) -> None:
    """The two sides of the score, the line between them, and the points."""
    low, high = points.min(0) - 0.3, points.max(0) + 0.3
    across, up = (np.linspace(low[i], high[i], 400) for i in (0, 1))
    score = _scores(model, np.stack(np.meshgrid(across, up), -1))
    ax.contourf(across, up, score, [-1e9, 0, 1e9], colors=["#fbe3d3", "#d9eaf7"], zorder=0)
    if score.min() < 0 < score.max():
        ax.contour(across, up, score, [0], colors="black", linewidths=2, zorder=3)
    says = np.array([model(p).data for p in points.tolist()])
    assert np.allclose(says, _scores(model, points)), "the plane is not what the model says"
    for label, colour, marker in zip((-1, 1), (LIGHT.grad, LIGHT.data), MARKERS, strict=False):
        ax.plot(*points[labels == label].T, marker, color=colour, ms=4, mec="white", mew=0.5)
    wrong = says * labels <= 0
    ax.plot(*points[wrong].T, "o", mfc="none", mec=LIGHT.bad, ms=9, mew=1.2)
    ax.grid(visible=False)
    ax.set(xlim=(low[0], high[0]), ylim=(low[1], high[1]), xlabel="x₁", ylabel="x₂")


def _scores(model: Any, places: Any) -> Any:
    """What the model says of many places at once: fine enough that a bend shows as a corner."""
    hidden, (out,) = (layer.neurons for layer in model.layers)
    w = np.array([[v.data for v in neuron.w] for neuron in hidden])
    opened = np.maximum(places @ w.T + [neuron.b.data for neuron in hidden], 0)
    return opened @ [v.data for v in out.w] + out.b.data


def _fold(ax: Any, w: Any, b: float, colour: str, centre: Any) -> None:
    """The line where w @ x + b is 0, and an arrow to the side where it is above."""
    length = float(np.hypot(*w))
    if not length:
        return
    foot = centre - (w @ centre + b) / length**2 * w  # the point of the fold nearest the middle
    along = np.array([-w[1], w[0]]) / length * 9
    ends = np.array([foot - along, foot + along])
    ax.plot(*ends.T, "--", color=colour, alpha=0.55, lw=1, zorder=2)
    arrow = {"arrowstyle": "-|>", "color": colour, "lw": 1.8, "shrinkA": 0, "shrinkB": 0}
    tip = foot + 0.32 * w / length
    ax.annotate("", tip, foot, arrowprops=arrow, annotation_clip=True, zorder=4)
