"""The picture of a language model: how far below counting its surprise fell, and what it writes."""

import textwrap
import warnings
from collections.abc import Mapping
from pathlib import Path

import numpy as np
from matplotlib import rc_context
from matplotlib.axes import Axes

from micrograd_lab.lens.theme import LIGHT
from micrograd_lab.tour.pictures import BLUE, LOOK, ORANGE, figure, save
from micrograd_lab.train import History

WIDE = 62  # characters in a line of what it writes


@rc_context(LOOK)
def language_picture(
    path: Path,
    history: History,
    value: float,
    counted: Mapping[str, float],
    begins: str,
    written: Mapping[str, str],
    unit: str,
) -> None:
    """The loss of the run and of counting, and texts by name that go on from the same beginning."""
    fig = figure(11, 4.4)
    left, right = fig.subplots(1, 2, width_ratios=[1, 1.1])
    _losses(left, history, value, counted, unit)
    _texts(right, begins, written)
    with warnings.catch_warnings():  # a script that the typeface lacks shows as boxes
        warnings.filterwarnings("ignore", "Glyph .* missing")
        save(fig, path)


def _losses(
    ax: Axes, history: History, value: float, counted: Mapping[str, float], unit: str
) -> None:
    steps = len(history.losses)
    ax.plot(np.arange(steps) + 1, history.losses, color=BLUE, alpha=0.35, lw=0.9,
            label="training, each step")  # fmt: skip
    at = [epoch["step"] for epoch in history.epochs if epoch["step"] < steps] + [steps]
    judged = [*(e["val_loss"] for e in history.epochs if e["step"] < steps), value]
    ax.plot(at, judged, "o-", color=ORANGE, lw=2, ms=4, label="text that it has not seen")
    for name, level in counted.items():
        ax.axhline(level, color=LIGHT.faint, ls="--" if name == "bigram" else ":", lw=1.2)
        what = {"unigram": "how often each comes", "bigram": "what follows what"}[name]
        ax.annotate(f"{name}: {what}, {level:.2f}", (steps, level), (0, 3), ha="right", va="bottom",
                    textcoords="offset points", color=LIGHT.faint)  # fmt: skip
    ax.annotate(f"{value:.2f}", (steps, value), (0, 8), textcoords="offset points", color=ORANGE,
                ha="center", weight="bold")  # fmt: skip
    top = 1.12 * max(*counted.values(), *judged)
    ax.set(xlim=(0, 1.02 * steps), ylim=(0, top), xlabel="step", ylabel=f"bits per {unit}")
    ax.set_title(f"How surprising the next {unit} is")
    low = 2 * value < counted["bigram"]  # then there is room between the curve and the lines
    ax.legend(frameon=False, loc="center right" if low else "lower right")


def _texts(ax: Axes, begins: str, written: Mapping[str, str]) -> None:
    ax.set_axis_off()
    ax.set_title(f"What it writes after “{begins}”", parse_math=False)
    y = 0.98
    for (name, text), most in zip(written.items(), (3, 13), strict=True):
        rows = _rows(text)[:most]
        ax.text(0, y, name, va="top", color=ORANGE, weight="bold")
        ax.text(0, y - 0.065, "\n".join(rows), va="top", family="DejaVu Sans Mono", size=9.2,
                linespacing=1.35, parse_math=False)  # fmt: skip
        y -= 0.13 + 0.048 * len(rows)


def _rows(text: str) -> list[str]:
    """Its lines, folded; what cannot be printed is a dot."""
    lines = ("".join(c if c.isprintable() else "·" for c in line) for line in text.split("\n"))
    return [row for line in lines for row in textwrap.wrap(line, WIDE) or [""]]
