"""What the numbers in each layer look like, one histogram below the other: signals through depth."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from micrograd_lab.errors import OptionError
from micrograd_lab.lens.history import Histogram
from micrograd_lab.lens.plots.flow import needed
from micrograd_lab.lens.plots.look import axes, legend, title
from micrograd_lab.lens.theme import theme_named

Array = NDArray[Any]
WHAT = {
    "activations": ("Do the activations keep their spread through depth?", "output of the layer"),
    "gradients": (
        "Do the gradients keep their size through depth?",
        "|d loss / d output| of the layer's outputs, zeros left out",
    ),
}
TALL = 0.88  # of the way to the next layer


def histograms(
    history: Any,
    what: str = "activations",
    *,
    step: int = -1,
    ax: Any = None,
    theme: str = "light",
) -> Any:
    """The distribution of each layer's outputs, or of the gradients that arrive at them.

    Filled at `step` (-1: the last that has histograms), outlined at the first.  Input on top; each
    is as high as there is room, so that shapes can be compared.  Activations that narrow from layer
    to layer are a signal that dies; two peaks at ±1 behind a tanh are saturation; a spike at 0 of a
    ReLU is units that rest.  Gradients (log scale) that wander left towards the input vanish.

    history: a History or a Recorder that made histograms.
    Returns the Axes.  OptionError if there are none, or of another kind or step.
    """
    found = needed(history, "histograms")
    if what not in WHAT:
        raise OptionError(f"histograms: what={what!r}; choose 'activations' or 'gradients'.")
    steps = found.histogram_steps(what)
    if not steps:
        raise OptionError(
            f"histograms: no histogram of {what} was recorded. Was histograms_every=0, or does the "
            "model have no layers that are modules?"
        )
    layers = sorted(steps, key=list(found["mean"]).index)  # as they ran; gradients come in reverse
    first = min(min(of) for of in steps.values())
    step = max(max(of) for of in steps.values()) if step == -1 else step
    now = {layer: found.histogram(what, layer, step) for layer in layers if step in steps[layer]}
    if not now:
        found.histogram(what, layers[0], step)  # says which steps there are
    then = {layer: found.histogram(what, layer, first) for layer in layers if first in steps[layer]}
    ax = axes(ax, theme, 6.8, 1.4 + min(0.62 * len(layers), 7.5))
    look = theme_named(theme)
    colour = look.data if what == "activations" else look.grad
    ax.grid(visible=False, axis="y")
    for row, layer in enumerate(layers):
        ax.axhline(-row, color=look.ghost, linewidth=0.8, zorder=1)
        if layer in now and now[layer][0].any():
            x, y = _outline(now[layer])
            ax.fill_between(x, -row, y - row, color=colour, alpha=0.55, linewidth=0, zorder=2)
            ax.plot(x, y - row, color=colour, linewidth=1.1, zorder=3,
                    label=f"step {step}" if row == 0 else None)  # fmt: skip
        else:
            ax.text(0.5, -row + 0.3, "all zero, nan or inf", color=look.bad, ha="center",
                    transform=ax.get_yaxis_transform(), fontsize=9)  # fmt: skip
        if first != step and layer in then and then[layer][0].any():
            x, y = _outline(then[layer])
            ax.plot(x, y - row, color=look.ink, linewidth=1.1, linestyle=(0, (3, 2)), zorder=4,
                    label=f"step {first}" if row == 0 else None)  # fmt: skip
    names = [f"{layer} {found.kinds.get(layer, '')}".strip() for layer in layers]
    ax.set_yticks([0.3 - row for row in range(len(layers))], names)
    ax.tick_params(axis="y", length=0)
    ax.set_ylim(0.75 - len(layers), 1.0)
    ax.set_xlim(*_range([*now.values(), *then.values()]))
    ax.set(xlabel=WHAT[what][1], ylabel="layer, input on top")
    if what == "gradients":
        _powers(ax)
    title(ax, WHAT[what][0], theme)
    if ax.get_legend_handles_labels()[1]:
        legend(ax, theme, loc="upper left", bbox_to_anchor=(1.01, 1.0), borderaxespad=0)
    return ax


def _outline(found: Histogram) -> tuple[Array, Array]:
    """The contour of the bars, the highest TALL."""
    full = found[0].nonzero()[0]  # beyond the outermost entries there is no line
    counts, edges = found[0][full[0] : full[-1] + 1], found[1][full[0] : full[-1] + 2]
    heights = np.concatenate([[0], np.repeat(counts / counts.max(), 2), [0]])
    return np.repeat(edges, 2), TALL * heights


def _range(shown: list[Histogram]) -> tuple[float, float]:
    """Where all but 1 in 500 of each histogram's entries lie, with a little air."""
    lows, highs = [], []
    for counts, edges in shown:
        if counts.any():
            share = counts.cumsum() / counts.sum()
            lows.append(edges[np.searchsorted(share, 0.001)])
            highs.append(edges[np.searchsorted(share, 0.999) + 1])
    low, high = min(lows, default=-1.0), max(highs, default=1.0)
    air = 0.04 * (high - low)
    return low - air, high + air


def _powers(ax: Any) -> None:
    """Ticks that say 10⁻³ for -3."""
    low, high = ax.get_xlim()
    every = max(1, round((high - low) / 7))
    ticks = np.arange(np.ceil(low / every) * every, high, every)
    ax.set_xticks(ticks, [f"$10^{{{t:.0f}}}$" for t in ticks])
    ax.set_xlim(low, high)
