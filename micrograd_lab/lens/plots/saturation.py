"""Units through which no gradient passes: ReLUs that are always off, tanhs that are always at ±1."""

from typing import Any

from micrograd_lab.lens.plots.flow import named, needed, nonempty, over_training
from micrograd_lab.lens.plots.look import axes, title


def saturation(history: Any, *, ax: Any = None, theme: str = "light") -> Any:
    """Over training, for each ReLU the share of dead units, for each tanh and sigmoid of flat outputs.

    Dead: zero for every example of the batch, so none of them can change the weights before it.
    Saturated: where the curve is less than a twentieth as steep as it can be (|tanh| > 0.975).

    history: a History or a Recorder.  Activations that are functions (F.relu) it cannot see.
    Returns the Axes.  OptionError if there is no such layer.
    """
    found = needed(history, "saturation")
    rows: dict[str, Any] = {}
    for what in ("dead", "saturated"):
        rows |= {f"{n}: {what}": 100 * x for n, x in named(found, found[what]).items()}
    nonempty(rows, "saturation", "no nn.ReLU, nn.Tanh or nn.Sigmoid was seen to run")
    ax = axes(ax, theme, 6.8, 4.0)
    over_training(ax, found.steps, rows, theme)
    top = max(float(x[x == x].max(initial=0.0)) for x in rows.values())
    ax.set_ylim(-0.03 * max(top, 10), 1.12 * max(top, 10) if top < 85 else 103)
    ax.yaxis.set_major_formatter(lambda y, _: f"{y:.0f} %")
    ax.set(xlabel="training step", ylabel="share of the layer that passes nothing on")
    name, worst = max(rows.items(), key=lambda row: row[1][-1] if row[1][-1] == row[1][-1] else 0)
    said = "No" if not worst[-1] > 0.5 else f"In {name.split(':')[0]} {worst[-1]:.0f} %"
    title(ax, f"Do units stop learning? {said}", theme)
    return ax
