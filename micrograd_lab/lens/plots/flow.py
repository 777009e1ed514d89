"""Gradient norms through depth: does the loss still speak to the first layers?"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from micrograd_lab.errors import OptionError
from micrograd_lab.lens.history import History
from micrograd_lab.lens.plots.look import CYCLES, DASHES, MARKERS, axes, blend, legend, note, title
from micrograd_lab.lens.theme import theme_named
from micrograd_lab.lens.weights import TINY, layers_of

Array = NDArray[Any]
QUESTION = "Does the gradient reach every layer?"


def gradient_norms(model: Any, *, ax: Any = None, theme: str = "light") -> Any:
    """The length of each layer's gradient, from input to output.

    model: a model after backward(), ours, PyTorch's or of Values: bars for this moment.  Or a
    History, or the Recorder that has one: a line for each layer over training, the median of a few
    neighbouring steps in a ribbon that holds the middle 80 % of them.

    Lines or bars of about one height are well.  A slope over depth is a factor for each layer:
    falling towards the input, gradients vanish, and rising, they explode.

    Returns the Axes.  OptionError if there is nothing to show.
    """
    history = history_of(model)
    if history is None:
        return _bars(model, ax, theme)
    rows = history.per_layer("gradient_norm")
    nonempty(rows, "gradient_norms")
    ax = axes(ax, theme, 6.8, 4.0)
    ax.set_yscale("log")
    over_training(ax, history.steps, named(history, rows), theme)
    ax.set(xlabel="training step", ylabel="gradient norm of the layer")
    title(ax, QUESTION, theme)
    return ax


def _bars(model: Any, ax: Any, theme: str) -> Any:
    layers = layers_of(model, "gradient_norms")
    look = theme_named(theme)
    ax = axes(ax, theme, 6.8, 4.0)
    norms = [layer.gradient_norm for layer in layers]
    good = [x for x in norms if x is not None and np.isfinite(x) and x > 0]
    if not good and all(x is None for x in norms):
        raise OptionError(
            "gradient_norms: no layer has a gradient; call loss.backward() first, and plot before "
            "zero_grad()."
        )
    top = max(good, default=1.0)
    floor = min([*good, top / 10]) / 4
    ax.set_yscale("log")
    ax.set_ylim(floor, top * 4)
    troubles = [layer.trouble(top) for layer in layers]
    for k, x in enumerate(norms):
        if x is not None and np.isfinite(x) and x > 0:
            weak = x < TINY * top
            ax.bar(k, x - floor, bottom=floor, width=0.62, color=look.pill if weak else look.grad,
                   edgecolor=look.grad, linewidth=1.2, hatch="////" if weak else None)  # fmt: skip
            ax.annotate(f"{x:.2g}", (k, x), xytext=(0, 3), textcoords="offset points", ha="center",
                        color=look.ink, fontsize=8.5)  # fmt: skip
        else:
            ax.text(k, 0.03, troubles[k], transform=ax.get_xaxis_transform(), rotation=90,
                    ha="center", va="bottom", fontsize=9.5,
                    color=look.faint if troubles[k] == "frozen" else look.bad)  # fmt: skip
    layer_ticks(ax, [f"{layer.name} {layer.kind}".strip() for layer in layers])
    hatched = "   (hatched: less than a thousandth of the largest)" * ("tiny" in troubles)
    ax.set(xlabel=f"layer, from input to output{hatched}", ylabel="gradient norm of the layer")
    missing = sum(word not in ("", "frozen") for word in troubles)
    words = "Yes" if not missing else f"Not well, in {missing} of {len(layers)}"
    title(ax, f"{QUESTION} {words}", theme)
    return ax


# --- what the plots of a history share ----------------------------------------------------------


def history_of(x: Any) -> History | None:
    """x, or what x recorded, if it is or has a History."""
    found = getattr(x, "history", x)
    return found if isinstance(found, History) else None


def needed(x: Any, who: str) -> History:
    """The History in x.  OptionError if there is none."""
    history = history_of(x)
    if history is None:
        raise OptionError(
            f"{who}: found {type(x).__name__}; give the history of a Recorder that watched the "
            "training: with Recorder(net, optimizer) as seen: ..., then seen.history."
        )
    return history


def nonempty(rows: dict[str, Array], who: str, why: str = "no step was recorded") -> None:
    """OptionError if there is nothing that could be drawn."""
    if not any(np.isfinite(values).any() for values in rows.values()):
        raise OptionError(f"{who}: there is nothing to show: {why}.")


def named(history: History, rows: dict[str, Array]) -> dict[str, Array]:
    """The rows under names that say the kind of each layer: 0 Linear."""
    return {f"{name} {history.kinds.get(name, '')}".strip(): x for name, x in rows.items()}


def over_training(
    ax: Any, steps: Array, rows: dict[str, Array], theme: str, key: str = "layer"
) -> None:
    """A line for each row: medians over some forty windows, in a ribbon of the middle 80 %."""
    log = ax.get_yscale() == "log"
    windows = _windows(steps)
    middle = np.array([np.median(steps[window]) for window in windows])
    broken = []
    for (name, values), style in zip(rows.items(), _styles(len(rows), theme), strict=True):
        shown = np.where(np.isfinite(values) & ((values > 0) | (not log)), values, np.nan)
        bands = np.array([_quantiles(shown[window]) for window in windows])
        ax.plot(middle, bands[:, 1], label=name, linewidth=1.6, markersize=5,
                markevery=max(1, len(middle) // 8), **style)  # fmt: skip
        if len(windows) < len(steps):
            ax.fill_between(middle, bands[:, 0], bands[:, 2], color=style["color"], alpha=0.16,
                            linewidth=0)  # fmt: skip
        if np.isnan(shown).any():
            broken.append(name)
    if broken:
        note(ax, 0.02, 0.03, f"gaps: none, {'zero, ' * log}nan or inf in " + ", ".join(broken[:3]), theme,
             color=theme_named(theme).bad)  # fmt: skip
    handles, labels = ax.get_legend_handles_labels()
    if len(rows) > len(MARKERS):  # depth is the colour: the ends and the middle say which way
        keep = sorted({0, len(rows) // 2, len(rows) - 1} | set(range(len(rows), len(labels))))
        handles, labels = [handles[k] for k in keep], [labels[k] for k in keep]
    outside = {"loc": "upper left", "bbox_to_anchor": (1.01, 1.0), "borderaxespad": 0}
    legend(ax, theme, handles=handles, labels=labels, title=key, **outside)
    ax.get_legend().get_title().set(color=theme_named(theme).faint, fontsize=9)


def _windows(steps: Array, most: int = 40) -> list[Array]:
    """The places of neighbouring steps, in spans of equal length; each alone if they are few."""
    places = np.arange(len(steps))
    if len(steps) <= most:
        return list(places[:, None])
    ends = np.linspace(steps[0], steps[-1] + 1, most + 1)
    groups = np.split(places, np.searchsorted(steps, ends[1:-1]))
    return [group for group in groups if group.size]


def _quantiles(x: Array) -> Array:
    x = x[~np.isnan(x)]
    return np.quantile(x, (0.1, 0.5, 0.9)) if x.size else np.full(3, np.nan)


def _styles(count: int, theme: str) -> list[dict[str, Any]]:
    if count <= len(MARKERS):
        triples = zip(CYCLES[theme], MARKERS, DASHES, strict=True)
        return [dict(zip(("color", "marker", "linestyle"), t, strict=True)) for t in triples][
            :count
        ]
    look = theme_named(theme)
    shades = [blend(look.grad, look.paper, t) for t in np.linspace(1, 0.3, count)]
    return [{"color": shade} for shade in shades]


def layer_ticks(ax: Any, names: list[str]) -> None:
    """The layers' names below the axis; slanted if they are many or long."""
    slanted = len(names) * max(map(len, names)) > 62
    ax.set_xticks(range(len(names)), names, rotation=40 if slanted else 0, fontsize=9,
                  ha="right" if slanted else "center", rotation_mode="anchor")  # fmt: skip
    ax.set_xlim(-0.6, len(names) - 0.4)
    ax.grid(visible=False, axis="x")
