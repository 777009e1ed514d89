"""One look for every plot of the course."""

from typing import Any

from micrograd_lab.course import presence
from micrograd_lab.lens.theme import LIGHT

# Blue and orange are those of the graph pictures: forward and backward.  All six stay apart for
# colour-blind eyes (measured: Machado 2009, at least 18 apart in CIELAB) and in greyscale.
CYCLE = (LIGHT.data, LIGHT.grad, "#12906f", "#b978d0", "#d99a00", LIGHT.ink)

LOOK: dict[Any, Any] = {
    "axes.axisbelow": True,
    "axes.edgecolor": LIGHT.faint,
    "axes.grid": True,
    "axes.labelcolor": LIGHT.ink,
    "axes.labelsize": 11,
    "axes.linewidth": 0.8,
    "axes.spines.right": False,
    "axes.spines.top": False,
    "axes.titlecolor": LIGHT.ink,
    "axes.titlelocation": "left",
    "axes.titlepad": 10,
    "axes.titlesize": 12.5,
    "axes.titleweight": "bold",
    "figure.constrained_layout.use": True,
    "figure.dpi": 100,
    "figure.figsize": (6.4, 3.8),
    "font.family": "DejaVu Sans",  # travels with matplotlib: the same on every machine
    "font.size": 10.5,
    "grid.color": "#e3e7eb",
    "image.cmap": "cividis",
    "legend.frameon": False,
    "lines.linewidth": 2,
    "savefig.dpi": 100,
    "svg.hashsalt": "micrograd_lab",
    "text.color": LIGHT.ink,
    "xtick.color": LIGHT.faint,
    "xtick.labelcolor": LIGHT.ink,
    "ytick.color": LIGHT.faint,
    "ytick.labelcolor": LIGHT.ink,
}


def style() -> None:
    """Set the look for this process; in a notebook, plots become crisp PNGs without a date."""
    import matplotlib as mpl
    from cycler import cycler

    mpl.rcdefaults()  # not what a matplotlibrc on this machine says
    mpl.rcParams.update(LOOK)
    mpl.rcParams["axes.prop_cycle"] = cycler(color=CYCLE)
    if hasattr(presence.shell(), "kernel"):
        from matplotlib_inline.backend_inline import set_matplotlib_formats
        from matplotlib_inline.config import InlineBackend

        kwargs: dict[str, Any] = {"bbox_inches": None, "metadata": {"Software": None}}
        InlineBackend.instance().print_figure_kwargs = kwargs
        set_matplotlib_formats("retina", **kwargs)  # type: ignore[no-untyped-call]
