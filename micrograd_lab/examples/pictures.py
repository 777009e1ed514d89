"""The pictures of the examples: how the loss fell, and what the trained network makes of new data."""

from pathlib import Path
from typing import Any

import numpy as np
from matplotlib import rc_context
from matplotlib.axes import Axes
from matplotlib.ticker import MaxNLocator, NullFormatter
from numpy.typing import NDArray

from micrograd_lab.lens.theme import LIGHT
from micrograd_lab.tour.digits import Array, Digits
from micrograd_lab.tour.pictures import (
    BLUE,
    LOOK,
    ORANGE,
    SIGNED,
    confusion,
    draw_confusion,
    figure,
    save,
    tiles,
)
from micrograd_lab.train import History

MOST = 20  # wrong readings shown


def loss_axes(axes: Axes, history: History) -> None:
    """The loss of each step and its moving average; with validation, its loss after each epoch."""
    losses = np.array(history.losses)
    window = max(1, len(losses) // 30)
    smooth = np.convolve(losses, np.ones(window) / window, mode="valid")
    steps = np.arange(1, len(losses) + 1)
    axes.plot(steps, losses, color=BLUE, alpha=0.25, linewidth=0.8)
    axes.plot(steps[window - 1 :], smooth, color=BLUE, linewidth=2, label="training, smoothed")
    shown = [smooth.min()]
    if "val_loss" in history.last:
        shown = history["val_loss"]
        axes.plot(history["step"], shown, color=ORANGE, linewidth=1.5, marker="o",
                  markersize=3, markevery=max(1, len(history.epochs) // 20),
                  label="validation, not learned from")  # fmt: skip
    axes.legend(frameon=False, loc="upper right")
    axes.set(yscale="log", xlabel="step", title="Loss, step by step")
    # down to all that is drawn, but not after single easy batches, which may be far below
    axes.set_ylim(bottom=0.8 * min(max(smooth.min() / 4, losses.min()), *shown))
    axes.yaxis.set_major_formatter("{x:g}")
    axes.yaxis.set_minor_formatter(NullFormatter())
    axes.xaxis.set_major_locator(MaxNLocator(6, integer=True))


@rc_context(LOOK)
def digits_picture(path: Path, history: History, images: Any, labels: Any, guesses: Any) -> None:
    """Test images with what was read, the wrong ones, the loss, and which digit was taken for which.

    tensors: images (N, 1, 8, 8), ink from 0 to 1; labels and guesses: (N,), with two of each digit or more
    """
    test = Digits(images.numpy()[:, 0].astype(np.float64), labels.numpy())
    read: NDArray[np.int64] = guesses.numpy()
    wrong = np.flatnonzero(read != test.answers)
    sample = [np.flatnonzero(test.answers == d)[i] for i in range(2) for d in range(10)]
    rows = max(1, -(-min(len(wrong), MOST) // 10))
    fig = figure(11, 7.4 + 1.1 * rows)
    parts: Any = fig.subfigures(3, 1, height_ratios=[2.5, 1.1 * rows + 0.3, 4.8])
    above, middle, below = parts
    some = f", of which {MOST} are here" if len(wrong) > MOST else ""
    title = f"Read wrongly: {len(wrong)} of {len(read)}{some}"
    tiles(above, 2, sample, test, read, "Test images, and what the network reads")
    tiles(middle, rows, wrong[:MOST], test, read, title)
    left, right = below.subplots(1, 2, width_ratios=[1.2, 1])
    loss_axes(left, history)
    draw_confusion(right, confusion(test.answers, read))
    save(fig, path)


@rc_context(LOOK)
def plane_picture(
    path: Path, history: History, points: Array, classes: NDArray[np.int64], ground: Array,
    extent: tuple[float, float, float, float], title: str,
) -> None:  # fmt: skip
    """Two classes of points on what the network says of every place, beside the loss.

    points: (N, 2); classes: (N,) of 0 and 1; ground: (rows, columns), the probability of class 1 at
    places that fill extent = (left, right, bottom, top), from the bottom row up
    """
    fig = figure(11, 4.8)
    left, right = fig.subplots(1, 2, width_ratios=[1.35, 1])
    # class 1 is blue, class 0 orange, and pale where the network is in doubt
    left.imshow(ground - 0.5, cmap=SIGNED, vmin=-1.6, vmax=1.6, origin="lower", extent=extent,
                interpolation="bilinear", aspect="auto")  # fmt: skip
    left.contour(ground, [0.5], colors=[LIGHT.ink], linewidths=1.5, extent=extent)
    for which, colour, marker in ((0, ORANGE, "o"), (1, BLUE, "^")):
        x, y = points[classes == which].T
        left.scatter(x, y, s=26, c=colour, marker=marker, edgecolors="white", linewidths=0.6,
                     label=f"class {which}")  # fmt: skip
    left.legend(loc="lower left", facecolor=LIGHT.paper, edgecolor=LIGHT.ghost)
    left.set(title=title, xlabel="x₁", ylabel="x₂")
    loss_axes(right, history)
    save(fig, path)
