"""The tour's plots: how the loss fell, what was read wrongly, and what the first layer looks at."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from matplotlib import rc_context
from matplotlib.axes import Axes
from matplotlib.colors import LinearSegmentedColormap
from matplotlib.figure import Figure, SubFigure
from matplotlib.ticker import NullFormatter
from numpy.typing import NDArray

from micrograd_lab.lens.theme import LIGHT
from micrograd_lab.tour.digits import Array, Digits
from micrograd_lab.tour.folder import write

LOOK: Any = {
    "axes.edgecolor": LIGHT.ghost,
    "axes.labelcolor": LIGHT.faint,
    "axes.spines.right": False,
    "axes.spines.top": False,
    "axes.titlecolor": LIGHT.ink,
    "axes.titlelocation": "left",
    "axes.titlesize": 11,
    "figure.facecolor": LIGHT.paper,
    "axes.facecolor": LIGHT.paper,
    "font.size": 10,
    "text.color": LIGHT.ink,
    "xtick.color": LIGHT.faint,
    "ytick.color": LIGHT.faint,
}
BLUE, ORANGE = LIGHT.leaf_edge, LIGHT.grad
INK = LinearSegmentedColormap.from_list("ink", [LIGHT.paper, LIGHT.ink])
SIGNED = LinearSegmentedColormap.from_list("signed", [ORANGE, LIGHT.paper, BLUE])
MISTAKES = LinearSegmentedColormap.from_list("mistakes", [LIGHT.pill, ORANGE])


@rc_context(LOOK)
def loss_curve(path: Path, losses: Sequence[float], accuracies: Sequence[float]) -> None:
    """The loss of every step, and the held-out accuracy after every epoch."""
    epochs = len(accuracies)
    fig = figure(9, 3.2)
    left, right = fig.subplots(1, 2)

    at = (np.arange(len(losses)) + 1) * epochs / len(losses)
    window = max(1, len(losses) // epochs // 2)
    smooth = np.convolve(losses, np.ones(window) / window, mode="valid")
    left.plot(at, losses, color=BLUE, alpha=0.25, linewidth=0.8)
    left.plot(at[window - 1 :], smooth, color=BLUE, linewidth=2)
    left.set(yscale="log", xlabel="epoch", title="Loss of each step, and its moving average")
    left.yaxis.set_major_formatter("{x:g}")
    left.yaxis.set_minor_formatter(NullFormatter())

    right.axhline(90, color=LIGHT.faint, linestyle="--", linewidth=1)
    right.annotate("the goal: 90%", (0, 90), (6, 4), textcoords="offset points",
                   va="bottom", color=LIGHT.faint)  # fmt: skip
    shown = 100 * np.array(accuracies)
    right.plot(range(1, epochs + 1), shown, "o-", color=ORANGE, linewidth=2, markersize=5)
    right.annotate(f"{shown[-1]:.1f}%", (epochs, shown[-1]), (0, 7), textcoords="offset points",
                   ha="right", color=ORANGE, weight="bold")  # fmt: skip
    right.set(xlabel="epoch", title="Held-out digits read rightly, in %")
    right.set_ylim(min(80.0, shown.min() - 5), 100.5)
    for axes in (left, right):
        axes.set_xlim(0, epochs + 0.2)
        axes.xaxis.get_major_locator().set_params(integer=True)
    save(fig, path)


@rc_context(LOOK)
def digit_grid(path: Path, held_out: Digits, guesses: NDArray[np.int64], *, most: int = 30) -> None:
    """Three held-out images of each digit, then the wrong ones (at most `most`), framed."""
    wrong = np.flatnonzero(guesses != held_out.answers)
    sample = [np.flatnonzero(held_out.answers == d)[i] for i in range(3) for d in range(10)]
    shown = wrong[:most]
    rows = max(1, -(-len(shown) // 10))
    fig = figure(9, 1.0 * (3 + rows) + 0.9)
    halves: Any = fig.subfigures(2, 1, height_ratios=[3.3, rows + 0.3])
    many = f"{most} of the {len(wrong)}" if len(wrong) > most else f"the {len(wrong)}"
    above, below = halves
    tiles(above, 3, sample, held_out, guesses, "Held-out digits, and what the network reads")
    tiles(below, rows, shown, held_out, guesses, f"Not these: {many} it reads wrongly")
    save(fig, path)


def tiles(
    fig: SubFigure,
    rows: int,
    which: Sequence[int] | NDArray[np.int64],
    digits: Digits,
    guesses: NDArray[np.int64],
    title: str,
) -> None:
    """Ten images to a row, each above its guess; a wrong guess has a thick frame and says so."""
    fig.suptitle(title, x=0.01, ha="left", fontsize=11)
    grid = fig.subplots(rows, 10, squeeze=False).ravel()
    for axes in grid[len(which) :]:
        axes.set_axis_off()
    for axes, i in zip(grid, which, strict=False):
        right = guesses[i] == digits.answers[i]
        _image(axes, digits.images[i], INK, 0, 1)
        for spine in axes.spines.values():
            spine.set(visible=True, color=LIGHT.ghost if right else ORANGE, lw=1 if right else 2.5)
        text = f"{guesses[i]}" if right else f"{guesses[i]}, not {digits.answers[i]}"
        axes.set_xlabel(text, color=BLUE if right else ORANGE, labelpad=3)


def confusion(answers: NDArray[np.int64], guesses: NDArray[np.int64]) -> NDArray[np.int64]:
    """How often each digit (row) was read as each digit (column).  (10, 10)"""
    table = np.zeros((10, 10), dtype=np.int64)
    np.add.at(table, (answers, guesses), 1)
    return table


@rc_context(LOOK)
def confusion_matrix(path: Path, table: NDArray[np.int64]) -> None:
    """The confusion table as a picture: right readings in blue, mistakes in orange."""
    fig = figure(5.6, 5.4)
    draw_confusion(fig.subplots(), table)
    save(fig, path)


def draw_confusion(axes: Axes, table: NDArray[np.int64]) -> None:
    """The same, as a part of another picture."""
    diagonal = np.eye(10, dtype=bool)
    right, wrong = np.where(diagonal, table, np.nan), np.where(diagonal, np.nan, table)
    blues = LinearSegmentedColormap.from_list("blues", [LIGHT.leaf, BLUE])
    axes.imshow(right, cmap=blues, vmin=0, vmax=table.max())
    axes.imshow(
        np.where(wrong > 0, wrong, np.nan), cmap=MISTAKES, vmin=0, vmax=max(4, np.nanmax(wrong))
    )
    for (i, j), count in np.ndenumerate(table):
        if count:
            bold = 2 * count > (table.max() if i == j else max(4, np.nanmax(wrong)))
            axes.text(j, i, f"{count}", ha="center", va="center",
                      color=LIGHT.paper if bold else LIGHT.ink)  # fmt: skip
    axes.set(xticks=range(10), yticks=range(10), xlabel="read as", ylabel="is a")
    axes.set_title("How often each digit was read as what")
    axes.tick_params(length=0)
    axes.spines[:].set_visible(False)
    axes.set_xticks(np.arange(-0.5, 10), minor=True)
    axes.set_yticks(np.arange(-0.5, 10), minor=True)
    axes.grid(which="minor", color=LIGHT.const)
    axes.tick_params(which="minor", length=0)


@rc_context(LOOK)
def weight_images(path: Path, weights: Array) -> None:
    """What each neuron of the first layer looks for.  weights: (neurons, 8, 8), on the pixels"""
    columns = 8
    rows = -(-len(weights) // columns)
    fig = figure(9, 1.12 * rows + 0.5)
    tiles = fig.subplots(rows, columns, squeeze=False).ravel()
    largest = np.abs(weights).max()
    for axes in tiles[len(weights) :]:
        axes.set_axis_off()
    for axes, image in zip(tiles, weights, strict=False):
        _image(axes, image, SIGNED, -largest, largest)
    fig.suptitle("Ink on blue excites the neuron, ink on orange quiets it", x=0.01, ha="left",
                 fontsize=11)  # fmt: skip
    save(fig, path)


def _image(
    axes: Axes, image: Array, colours: LinearSegmentedColormap, low: float, high: float
) -> None:
    axes.imshow(image, cmap=colours, vmin=low, vmax=high)
    axes.set(xticks=[], yticks=[])
    for spine in axes.spines.values():
        spine.set(visible=True, color=LIGHT.ghost)


def figure(width: float, height: float) -> Figure:
    """In inches."""
    return Figure(figsize=(width, height), layout="constrained")


def save(fig: Figure, path: Path) -> None:
    """As a PNG, whole or not at all."""
    write(path, lambda temporary: fig.savefig(temporary, dpi=160, metadata={"Software": None}))
