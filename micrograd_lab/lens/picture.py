"""draw(root): the graph of an expression as a picture, for notebooks, files and terminals."""

import base64
import html
import os
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from micrograd_lab.errors import DrawingError
from micrograd_lab.files import replace_file
from micrograd_lab.lens.dot import Scene, dot_source, note_source
from micrograd_lab.lens.layout import render, tidy
from micrograd_lab.lens.naming import clean, graph_of, is_gradient, names_of, number
from micrograd_lab.lens.theme import theme_named

LIMIT = 400  # nodes; past that a picture is wallpaper, and its layout takes minutes


def draw(
    root: Any,
    *,
    direction: str = "LR",
    grads: bool | None = None,
    theme: str = "light",
    depth: int | None = None,
) -> "Picture":
    """The graph below `root` as a picture, with the numbers it holds right now.

    A box is a node: its op, its label, its data and its gradient.  An arrow leads from a parent to
    the node made from it; the number on it is the local gradient, the factor by which a gradient
    is multiplied when it travels back along that arrow.  Inputs are round and blue, constants
    square and dashed, the root has a double outline, NaN and inf stand on red.

    root: any Node, or a list of them.  direction: "LR", "TB", "RL" or "BT".
    grads: whether to show gradients; by default, once backward() has brought any.
    theme: "light" or "dark".  depth: show only nodes at most so many arrows away from the root.

    NotANodeError if root is no node; DrawingError for an unknown direction or theme.
    A graph of more than 400 nodes becomes a note that says how to draw a part of it.
    """
    if direction not in ("LR", "TB", "RL", "BT"):
        raise DrawingError(f"direction={direction!r}: choose 'LR', 'TB', 'RL' or 'BT'.")
    colours = theme_named(theme)
    roots, order = graph_of(root, "draw(root)")
    if depth is not None:
        near = _within(roots, depth)
        order = [node for node in order if id(node) in near]
    if len(order) > LIMIT:
        words = [
            f"A graph of {len(order):,} nodes; a picture of more than {LIMIT} helps nobody.",
            "Draw a part: draw(root, depth=3) shows the last three steps,",
            "draw(node) shows what one inner node was made from.",
        ]
        return Picture(note_source(words, colours), " ".join(words))
    if grads is None:
        grads = any(is_gradient(node.grad) for node in order)
    scene = Scene(colours, direction, grad=(lambda node: node.grad) if grads else None)
    return Picture(dot_source(order, roots, scene), describe(order, roots, grads))


@dataclass(frozen=True)
class Picture:
    """A drawing that shows itself in a notebook and saves itself as svg, png, pdf or dot."""

    source: str  # the DOT text: the same graph gives the same text, everywhere
    alt: str  # the picture in words

    def svg(self) -> str:
        """The picture as SVG.  DrawingError if no Graphviz works here."""
        return tidy(render(self.source, "svg").decode(), self.alt)

    def png(self, scale: float = 2) -> bytes:
        """The picture as PNG, `scale` times as fine as a plain screen."""
        sharp = self.source.replace("graph [", f"graph [dpi={96 * scale:g} ", 1)
        return render(sharp, "png")

    def save(self, path: str | os.PathLike[str]) -> Path:
        """Write the picture to path, whose ending says how: .svg, .png, .pdf or .dot.

        An old file is replaced only once the new one is whole.  DrawingError for another ending
        or a folder that is not there.
        """
        path = Path(path)
        kind = path.suffix.lower()
        if kind not in (".svg", ".png", ".pdf", ".dot"):
            raise DrawingError(
                f"save({path.name!r}): a picture is saved as .svg, .png, .pdf or .dot; "
                f"found {path.suffix or 'no ending'!r}."
            )
        if kind == ".dot":
            return write(path, self.source.encode())
        if kind == ".svg":
            return write(path, self.svg().encode())
        return write(path, self.png() if kind == ".png" else render(self.source, "pdf"))

    def img(self) -> str:
        """The picture as one <img>, which even an untrusted notebook shows."""
        svg = self.svg()
        size = re.search(r'width="([\d.]+)pt"', svg)
        natural = float(size[1]) * 4 / 3 if size else 640.0
        # a wide picture shrinks to the page, but not until nobody can read it: then the page scrolls
        width = f"width:{natural:.0f}px;max-width:100%;min-width:{0.55 * natural:.0f}px;"
        data = base64.b64encode(svg.encode()).decode()
        return (
            f'<img alt="{html.escape(self.alt)}" style="{width}height:auto" '
            f'src="data:image/svg+xml;base64,{data}">'
        )

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, str]:
        """What a notebook shows: the picture, or the reason why there is none."""
        try:
            shown = self.img()
        except Exception as error:  # a display must never stop a lesson
            shown = f"<pre>{html.escape(f'{error}')}\n\n{html.escape(self.source)}</pre>"
        return {"text/html": shown, "text/plain": self.source}

    def __str__(self) -> str:
        return self.source


def describe(order: list[Any], roots: list[Any], grads: bool) -> str:
    """The graph in a sentence or two, for those who cannot see the picture."""
    names = names_of(order)

    def listed(nodes: list[Any], attribute: str) -> str:
        texts = [f"{names[id(n)]} = {number(getattr(n, attribute))}" for n in nodes[:8]]
        return ", ".join(texts) + (f" and {len(nodes) - 8} more" if len(nodes) > 8 else "")

    inputs = [n for n in order if not n.parents and clean(n.label)]
    text = f"Graph of {listed(roots, 'data')}, {len(order)} node{'s' * (len(order) != 1)}."
    if inputs:
        text += f" Inputs: {listed(inputs, 'data')}."
        text += f" Gradients: {listed(inputs, 'grad')}." if grads else ""
    return text


def _within(roots: list[Any], depth: int) -> set[int]:
    """The ids of the nodes at most `depth` arrows before one of the roots."""
    near = {id(node) for node in roots}
    layer = roots
    for _ in range(depth):
        layer = list({id(p): p for node in layer for p in node.parents if p is not None}.values())
        layer = [node for node in layer if id(node) not in near]
        near |= {id(node) for node in layer}
    return near


def write(path: Path, content: bytes) -> Path:
    """Put content at path in one move: a reader sees the old file or the new one, never half."""
    if not path.parent.is_dir():
        raise DrawingError(
            f"save({str(path)!r}): there is no folder {path.parent.name!r}; make it first."
        )
    replace_file(path, content)
    return path
