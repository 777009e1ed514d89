"""Many slopes at once, as coloured tables: blue above zero, orange below."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from micrograd_lab.course.figures.canvas import digits, row
from micrograd_lab.lens.plots.look import signed
from micrograd_lab.lens.theme import LIGHT


def jacobian(table: Any, upstream: Any, names: Sequence[str] = ("output", "input")) -> Any:
    """A Jacobian as a heat-map; the upstream gradient to its left, and what it becomes below.

    See: most of the table is empty, and each part is coloured by its own largest entry.
    table: (outputs, inputs).  upstream: (outputs,).  Returns the Axes of table, u and u @ table.
    """
    import matplotlib.pyplot as plt

    rows, columns = table.shape
    _, grid = plt.subplots(
        2,
        2,
        figsize=(6.6, 6.6 * (rows + 2) / (columns + 2) * 0.92),
        width_ratios=(1, columns),
        height_ratios=(rows, 1),
        layout="constrained",
    )
    (u_ax, main), (corner, below) = grid
    corner.remove()
    parts = {main: table, u_ax: np.reshape(upstream, (-1, 1)), below: (upstream @ table)[None]}
    for ax, part in parts.items():
        most = float(np.abs(part).max()) or 1.0
        ax.imshow(part, cmap=signed(), vmin=-most, vmax=most, aspect="auto")
        ax.set_xticks(np.arange(-0.5, part.shape[1]), minor=True)
        ax.set_yticks(np.arange(-0.5, part.shape[0]), minor=True)
        ax.grid(visible=False)
        ax.grid(which="minor", color="#e3e7eb", lw=0.6)
        ax.tick_params(which="both", length=0)
        ax.set(xticks=[], yticks=[])
        ax.spines[["top", "right"]].set_visible(True)
    main.set_title(f"J: one row per {names[0]}, one column per {names[1]}")
    u_ax.set_title("u", color="C1")
    below.set_xlabel(f"u @ J: the gradient of every {names[1]}", color="C1")
    return [main, u_ax, below]


def claims(
    panels: Mapping[str, tuple[Sequence[float], Mapping[str, Sequence[float]]]], tolerance: float
) -> Any:
    """Measured slopes as a row of cells, and below it what each rule claims; red frames differ.

    See: a panel that catches no wrong rule asks the wrong question.
    panels: a title, the measured row, and the claimed rows by name.  Gives the Axes.
    """
    from matplotlib.patches import Rectangle

    tables = [np.array([measured, *told.values()]) for measured, told in panels.values()]
    names = ["measured", *next(iter(panels.values()))[1]]
    most = max(float(np.abs(table).max()) for table in tables)
    axes = row(panels, 8.4, 0.9 + 0.45 * len(names), sharey=True)
    for ax, table in zip(axes, tables, strict=True):
        ax.imshow(table, cmap=signed(strength=0.6), vmin=-most, vmax=most, aspect="auto")
        ax.grid(visible=False)
        ax.tick_params(length=0)
        ax.axhline(0.5, color="white", lw=6)
        for (i, j), number in np.ndenumerate(table):
            text = digits(round(number, 3) + 0, ".3f")  # + 0: no minus before 0.000
            ax.text(j, i, text, ha="center", va="center", fontsize=9.5)
            if abs(number - table[0, j]) > tolerance:
                box: dict[str, Any] = {"fc": "none", "ec": LIGHT.bad, "lw": 2.2}
                ax.add_patch(Rectangle((j - 0.46, i - 0.4), 0.92, 0.8, **box))
        ax.set_xticks(range(table.shape[1]), [f"input {j}" for j in range(table.shape[1])])
        ax.set_yticks(range(len(names)), names)
    return axes
