"""Small arrays as grids of numbers: blue for data, orange for gradients, ghosts for stretched copies.

b: 3 numbers            b, stretched over 2 rows         what the copies pass back, summed
[ 1  2  3 ]      →      [ 1  2  3 ]                 →    [ 2  2  2 ]
                        [ 1  2  3 ] (ghosts)
"""

import html
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from micrograd_lab.lens.marks import norm, shape_text
from micrograd_lab.lens.naming import is_broken, number
from micrograd_lab.lens.theme import Theme

LARGEST = 8  # rows and columns; a larger array is told by its shape and norm
WIDE = 800  # pixels of a notebook
HIGH, GAP = 22, 14


@dataclass(frozen=True)
class Panel:
    """One array with a title; `sign` stands before it: →, + or =."""

    title: str
    array: Any
    tone: str = "data"  # "data" or "grad"
    sign: str = ""
    ghost: Any = None  # True where an entry is a copy of another


def fits(array: Any) -> bool:
    """Whether every number of the array can be shown."""
    return array.ndim <= 2 and all(0 < n <= LARGEST for n in array.shape)


def ghosts(shape: tuple[int, ...], wide: tuple[int, ...]) -> Any:
    """Where an array of `shape`, broadcast to `wide`, only repeats itself."""
    first = np.zeros(shape, bool)
    copies = np.ones(wide, bool)
    padded = (1,) * (len(wide) - len(shape)) + tuple(shape)
    original = tuple(slice(0, 1) if n == 1 else slice(None) for n in padded)
    copies[original] = first.reshape(padded)
    return copies


def cells(rows: Sequence[Sequence[Panel]], theme: Theme, alt: str) -> str:
    """Rows of panels as one SVG; a row too wide for a notebook goes on below."""
    y, right, body = 4.0, 0.0, []
    for row in rows:
        x, tallest = 6.0, 0.0
        for panel in row:
            drawn, width, height = _panel(panel, theme)
            lead = 30.0 if panel.sign else 0.0
            if x > 6 and x + lead + width > WIDE:
                x, y, tallest = 6.0, y + tallest + GAP, 0.0
            if panel.sign:
                middle = y + 22 + (height - 22) / 2
                body.append(
                    f'<text x="{x + 2:g}" y="{middle + 6:g}" font-size="18" fill="{theme.faint}">{panel.sign}</text>'
                )
            body.append(f'<g transform="translate({x + lead:g} {y:g})">{drawn}</g>')
            x += lead + width + GAP
            right, tallest = max(right, x), max(tallest, height)
        y += tallest + GAP
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{right:g}" height="{y:g}" viewBox="0 0 {right:g} {y:g}" '
        f'font-family="Helvetica,Arial,sans-serif" font-size="12" role="img"><title>{html.escape(alt)}</title>'
        f'<rect width="100%" height="100%" fill="{theme.paper}"/>{"".join(body)}</svg>'
    )


def _panel(panel: Panel, theme: Theme) -> tuple[str, float, float]:
    """(its SVG, width, height)"""
    colour = theme.data if panel.tone == "data" else theme.grad
    title = f'<text y="13" fill="{colour}" font-weight="bold">{html.escape(panel.title)}</text>'
    across = 7.0 * len(panel.title) + 4
    if not fits(panel.array):
        text = f"{shape_text(panel.array)}, norm {number(norm(panel.array))}"
        wide = max(across, 7.0 * len(text) + 16)
        box = f'<rect y="20" width="{wide:g}" height="30" rx="4" fill="{colour}" fill-opacity=".1" stroke="{colour}"/>'
        return f'{title}{box}<text x="8" y="39" fill="{theme.ink}">{text}</text>', wide, 50.0
    grid = np.atleast_2d(panel.array)
    ghost = np.zeros(grid.shape, bool) if panel.ghost is None else np.atleast_2d(panel.ghost)
    texts = [[number(x) for x in row] for row in grid.tolist()]
    width = max(30.0, 7.0 * max(len(t) for row in texts for t in row) + 8)
    finite = np.abs(grid[np.isfinite(grid)])
    most = float(finite.max()) if finite.size and finite.max() > 0 else 1.0
    out = [title, f'<g text-anchor="middle" fill="{theme.ink}">']
    for i, row in enumerate(texts):
        for j, text in enumerate(row):
            value, y = grid[i, j], 20 + HIGH * i
            where = f'x="{width * j:g}" y="{y}" width="{width:g}" height="{HIGH}"'
            middle = f'x="{width * (j + 0.5):g}" y="{y + 15}"'
            if is_broken(value):
                out.append(f'<rect {where} fill="{theme.bad}" stroke="{theme.paper}"/>')
                out.append(f'<text {middle} fill="{theme.paper}">{text}</text>')
            elif ghost[i, j]:
                dashed = f'stroke="{colour}" stroke-dasharray="3 2" stroke-opacity=".7"'
                out.append(f'<rect {where} fill="none" {dashed}/>')
                out.append(f'<text {middle} fill="{theme.faint}" font-style="italic">{text}</text>')
            else:
                heat = 0.06 + 0.34 * abs(float(value)) / most
                out.append(
                    f'<rect {where} fill="{colour}" fill-opacity="{heat:.2f}" stroke="{colour}"/>'
                )
                out.append(f"<text {middle}>{text}</text>")
    return "".join([*out, "</g>"]), max(across, width * grid.shape[1]), 20.0 + HIGH * grid.shape[0]
