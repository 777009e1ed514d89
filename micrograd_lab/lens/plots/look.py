"""One look for every plot: the colours of the graph pictures, on axes that need no settings before."""

from typing import Any

from micrograd_lab.lens.theme import THEMES, theme_named

# The first two are forward and backward, as everywhere; all stay apart for colour-blind eyes.
CYCLES = {
    "light": ("#0a5a9c", "#b34700", "#12906f", "#b978d0", "#d99a00", "#1c2530"),
    "dark": ("#7cc4ff", "#ffa654", "#3fcfa6", "#d9a8ee", "#f4dc7a", "#eef2f6"),
}
# What colour says, these say again: for greyscale, and for those who see few colours.
MARKERS = ("o", "s", "^", "D", "v", "P")
DASHES = ("-", "--", "-.", ":", (0, (5, 1, 1, 1, 1, 1)), (0, (1, 3)))


def axes(ax: Any = None, theme: str = "light", width: float = 6.4, height: float = 3.8) -> Any:
    """`ax`, or the Axes of a new figure (inches), with the theme's paper, ink, grid and colours.

    The figure around a given ax takes the theme's paper too: its labels stand there.
    """
    colours = theme_named(theme)
    if ax is None:
        import matplotlib.pyplot as plt

        ax = plt.subplots(figsize=(width, height), layout="constrained")[1]
    ax.figure.set_facecolor(colours.paper)
    ax.set_facecolor(colours.paper)
    ax.set_prop_cycle(color=CYCLES[theme])
    ax.set_axisbelow(True)
    ax.grid(visible=True, color=colours.ghost, alpha=0.45, linewidth=0.7)
    for side, spine in ax.spines.items():
        spine.set(visible=side in ("left", "bottom"), color=colours.faint, linewidth=0.8)
    ax.tick_params(which="both", color=colours.faint, labelcolor=colours.ink, labelsize=9.5)
    for axis in (ax.xaxis, ax.yaxis):
        axis.label.set(color=colours.ink, fontsize=10.5)
    return ax


def title(ax: Any, text: str, theme: str = "light") -> None:
    """The question that the plot answers, in bold, from the left edge on."""
    ink = theme_named(theme).ink
    ax.set_title(text, loc="left", color=ink, fontsize=11.5, fontweight="bold", pad=14)


def legend(ax: Any, theme: str = "light", **where: Any) -> Any:
    """A legend on the theme's paper."""
    colours = theme_named(theme)
    box = {"facecolor": colours.paper, "edgecolor": colours.ghost, "labelcolor": colours.ink}
    return ax.legend(**{"fontsize": 9, "framealpha": 0.9, **box, **where})


def note(ax: Any, x: float, y: float, text: str, theme: str = "light", **how: Any) -> Any:
    """Words inside the axes (x and y from 0 to 1), on a patch of paper so that lines don't cross them."""
    colours = theme_named(theme)
    patch = {"facecolor": colours.paper, "edgecolor": "none", "alpha": 0.85, "pad": 2}
    how = {"color": colours.faint, "fontsize": 9, "bbox": patch, **how}
    return ax.text(x, y, text, transform=ax.transAxes, **how)


def bar(ax: Any, mappable: Any, label: str, theme: str = "light") -> Any:
    """A colour bar beside ax: which colour is which number."""
    colours = theme_named(theme)
    made = ax.figure.colorbar(mappable, ax=ax, pad=0.02)
    made.set_label(label, color=colours.ink, fontsize=10)
    made.ax.grid(visible=False)
    made.ax.tick_params(which="both", color=colours.faint, labelcolor=colours.ink, labelsize=9)
    made.outline.set(edgecolor=colours.ghost)
    return made


def broken(ax: Any, heights: Any, theme: str = "light") -> None:
    """If some heights are nan or inf, red stripes where nothing covers them, and a line in the legend."""
    import numpy as np
    from matplotlib.patches import Rectangle

    if np.isfinite(heights).all():
        return
    colours = theme_named(theme)
    stripes: dict[str, Any] = {
        "facecolor": colours.bad,
        "edgecolor": colours.paper,
        "hatch": "////",
        "linewidth": 0,
    }
    ax.patch.set(**stripes)
    ax.add_artist(Rectangle((0, 0), 0, 0, transform=ax.transAxes, label="nan or inf", **stripes))


def ramp(theme: str = "light") -> Any:
    """The colour map for amounts: paper is none, full blue is most; monotonous in greyscale too."""
    from matplotlib.colors import LinearSegmentedColormap

    colours = theme_named(theme)
    middle = "#7fb2dd" if theme == "light" else "#2f6ea3"
    made = LinearSegmentedColormap.from_list("amount", [colours.paper, middle, colours.data])
    return made.with_extremes(bad=colours.bad)


def signed(theme: str = "light", strength: float = 1.0) -> Any:
    """The colour map for amounts with a sign: orange below zero, paper at zero, blue above.

    strength: how full the colours become; below 1 for a ground that things stand on.
    """
    from matplotlib.colors import LinearSegmentedColormap

    colours = theme_named(theme)
    below, above = (blend(c, colours.paper, strength) for c in (colours.grad, colours.data))
    stops: list[Any] = [below, colours.paper, above]
    made = LinearSegmentedColormap.from_list("signed", stops)
    return made.with_extremes(bad=colours.bad)


def blend(colour: str, paper: str, strength: float) -> tuple[float, float, float]:
    """The colour as it looks on paper when it is only so opaque."""
    from matplotlib.colors import to_rgb

    pairs = zip(to_rgb(colour), to_rgb(paper), strict=True)
    red, green, blue = (strength * c + (1 - strength) * p for c, p in pairs)
    return red, green, blue


assert CYCLES.keys() == THEMES.keys()
