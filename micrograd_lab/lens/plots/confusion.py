"""Which class is taken for which."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from micrograd_lab.errors import OptionError, ShapeError
from micrograd_lab.lens.plots.look import axes, blend, title
from micrograd_lab.lens.plots.untouched import array_of
from micrograd_lab.lens.theme import theme_named


def confusion_matrix(
    y_true: Any, y_pred: Any, names: Any = None, *, ax: Any = None, theme: str = "light"
) -> Any:
    """Rows are what it is, columns what was said; counts, on shades of each row's share.

    The diagonal, what is right, is blue; mistakes are orange.  Beside each row stands the share of
    that class that was found (its recall).
    y_true: (N,), classes from 0 on.  y_pred: (N,) likewise, or scores (N, C), whose largest counts.
    names: of the classes, C of them.

    Returns the Axes.  ShapeError where the sizes differ, OptionError for labels that are no classes.
    """
    truth, said, count = _checked(y_true, y_pred, names)
    labels = [str(n) for n in names] if names is not None else [str(k) for k in range(count)]
    table = np.zeros((count, count), int)
    np.add.at(table, (truth, said), 1)
    side = min(7.6, 1.9 + 0.46 * max(4, count))
    ax = axes(ax, theme, max(5.2, side + 0.8), side)
    ax.grid(visible=False)
    look = theme_named(theme)
    share = table / np.maximum(table.sum(1, keepdims=True), 1)
    shades = np.array(
        [
            [blend(look.data if i == j else look.grad, look.paper, _strength(share[i, j]))
             for j in range(count)]
            for i in range(count)
        ]
    )  # fmt: skip
    ax.imshow(shades, aspect="auto")
    size = 10 if count <= 10 else 7
    for i, j in np.ndindex(count, count):
        if table[i, j]:
            ink = look.paper if _strength(share[i, j]) > 0.68 else look.ink
            weight = "normal" if i == j else "bold"
            ax.text(j, i, table[i, j], ha="center", va="center", color=ink, fontsize=size,
                    fontweight=weight)  # fmt: skip
    slanted = max(map(len, labels)) > 4
    ax.set_xticks(range(count), labels, fontsize=size, rotation=45 if slanted else 0,
                  ha="right" if slanted else "center", rotation_mode="anchor" if slanted else "default")  # fmt: skip
    ax.set_yticks(range(count), labels, fontsize=size)
    ax.set_xticks(np.arange(count + 1) - 0.5, minor=True)
    ax.set_yticks(np.arange(count + 1) - 0.5, minor=True)
    ax.grid(visible=True, which="minor", color=look.ghost, linewidth=0.6)
    ax.tick_params(which="both", length=0)
    ax.set(xlabel="said", ylabel="is")
    _found(ax, table, size, theme)
    title(ax, f"Which is taken for which? {np.trace(table) / len(truth):.1%} right", theme)
    return ax


def _found(ax: Any, table: NDArray[Any], size: float, theme: str) -> None:
    """How much of each class was found, to the right of its row."""
    how = {"color": theme_named(theme).faint, "fontsize": size - 1}
    for k, row in enumerate(table):
        text = f"{row[k] / row.sum():.0%}" if row.sum() else "–"
        ax.text(len(table) - 0.42, k, text, va="center", **how)
    ax.text(len(table) - 0.42, -0.56, "found", va="bottom", **how)


def _strength(share: float) -> float:
    """How full a cell's colour is: a few mistakes must be seen, too."""
    return float(0.92 * share**0.6)


def _checked(y_true: Any, y_pred: Any, names: Any) -> tuple[NDArray[Any], NDArray[Any], int]:
    truth, said = array_of(y_true), array_of(y_pred)
    count = 0
    if said.ndim == 2 and said.shape[1] > 1:
        count, said = said.shape[1], said.argmax(1)
    if truth.ndim != 1 or truth.shape != said.shape or not truth.size:
        raise ShapeError(
            f"confusion_matrix: y_true has shape {truth.shape} and y_pred {said.shape}; they are "
            "(N,) and (N,), or (N,) and scores (N, C), with N of at least 1."
        )
    for who, labels in (("y_true", truth), ("y_pred", said)):
        if (labels != labels.astype(int)).any() or labels.min() < 0:
            raise OptionError(
                f"confusion_matrix: {who} holds {labels.min():g} to {labels.max():g}; classes are "
                "whole numbers from 0 on. Probabilities become classes by > 0.5."
            )
    least = int(max(truth.max(), said.max())) + 1
    count = max(count, least) if names is None else len(names)
    if count < least:
        raise ShapeError(f"confusion_matrix: {count} names, but a label is {least - 1}.")
    return truth.astype(int), said.astype(int), count
