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
from micrograd_lab.lens import nearby
from micrograd_lab.lens.backwards import backward_graph
from micrograd_lab.lens.dot import Scene, dot_source
from micrograd_lab.lens.folding import depth_that_fits, fold_modules
from micrograd_lab.lens.layout import render, tidy
from micrograd_lab.lens.marks import is_freed, keeps_vjp, sight_of
from micrograd_lab.lens.naming import clean, graph_of, is_gradient, names_of, number
from micrograd_lab.lens.pulls import legend, pulls_of
from micrograd_lab.lens.repeats import fold_repeats
from micrograd_lab.lens.theme import theme_named

LIMIT = 400  # nodes; past that a picture is wallpaper, and its layout takes minutes
PAGE = 24  # boxes that read well at the width of a notebook
STRIP = 12  # boxes in a row that are worth showing one by one
RADIUS = 2  # arrows around a node


def draw(
    root: Any,
    *,
    direction: str | None = None,
    grads: bool | None = None,
    theme: str = "light",
    depth: int | None = None,
    around: Any = None,
    model: Any = None,
    fold: bool | int | None = None,
    kind: str = "forward",
    limit: int = LIMIT,
) -> "Picture":
    """The graph below `root` as a picture, with the numbers it holds right now.

    A box is a node: its op, its name, its data (of a large array the shape) and its gradient.  An
    arrow leads from a parent to the node made from it.  On it stands what the gradient meets on its
    way back: for numbers the local gradient, for tensors the op's own rule, in which ȳ is the
    upstream gradient; the more gradient it carries, the thicker it is.  Parameters have a tab,
    inputs are round, constants square and dashed; the root has a double outline; a dashed arrow passes
    no gradient on; NaN, inf and overwritten values stand on red.

    root: any Node, or a list of them; those of a tensor engine of your own, with a `vjp`, included.
    direction: "LR", "TB", "RL" or "BT"; by default LR, and TB for the modules of a model.
    grads: whether to show gradients; by default, once backward() has brought any.
    theme: "light" or "dark".  depth: show only nodes at most so many arrows away from the root,
    or from the node `around`.  model: a Module, whose parameter names are shown.
    fold: True draws the calls of the model's modules, and ops that repeat, as one; a number says
    how many names deep the modules are; False never; by default, when the graph is large.
    kind: "backward" draws the gradients instead, each with what it is computed from.
    limit: draw at most so many nodes, the nearest to the root.

    NotANodeError if root is no node; DrawingError for an unknown direction, theme or kind, and for
    a node to draw `around` that is not in the graph.
    """
    if direction not in (None, "LR", "TB", "RL", "BT"):
        raise DrawingError(f"direction={direction!r}: choose 'LR', 'TB', 'RL' or 'BT'.")
    if kind not in ("forward", "backward"):
        raise DrawingError(
            f"kind={kind!r}: choose 'forward' or 'backward'. A higher-order graph is drawn from a "
            "gradient made with create_graph=True: draw(x.grad)."
        )
    if fold and not isinstance(fold, bool) and model is None:
        raise DrawingError(f"fold={fold}: folds the modules of a model; give it: model=net.")
    colours = theme_named(theme)
    if model is None:  # which would know the nodes themselves, not what stands for them
        root, around = _as_tensors(root, around)
    roots, order = graph_of(root, "draw(root)")
    everything = len(order)
    sight = sight_of(order, model)
    if grads is None:
        grads = any(is_gradient(node.grad) for node in order)
    alt = describe(order, roots, grads)
    notes = []
    focus = None if around is None else nearby.the_node(order, around)
    if around is not None:
        order = nearby.around(order, focus, RADIUS if depth is None else depth)
    elif depth is not None:
        order = nearby.above(order, roots, depth)
    freed = any(map(is_freed, order))
    if kind == "backward":
        order, roots = backward_graph(order, roots, sight, grads)
    elif model is not None and (fold or (fold is None and len(order) > PAGE)):
        direction = direction or "TB"
        if fold is None or fold is True:
            order, roots = depth_that_fits(order, roots, model, sight, PAGE)
        else:
            order, roots = fold_modules(order, roots, model, fold, sight)
        if fold is None and len(order) > STRIP:
            fold = True
    if fold is True or (fold is None and len(order) > limit):
        order, roots = fold_repeats(order, roots, sight)
    if len(order) > limit:
        before, order = len(order), nearby.nearest(order, roots, min(limit, 2 * PAGE))
        notes.append(
            f"{len(order):,} of {before:,} boxes, those nearest to the root. For others: "
            "draw(root, depth=3), draw(root, around=node), draw(node)."
        )
    if everything > limit or len(order) < everything:
        notes.insert(0, f"A graph of {everything:,} nodes.")
    if freed:
        where = "Hollow ops: freed" if any(map(is_freed, order)) else "Freed"
        notes.append(f"{where} by backward(); a second backward() would stop there.")
    if pulls := pulls_of(order, sight):
        notes.append(legend(pulls.values(), sight))
    show = None if not grads or kind == "backward" else lambda node: node.grad
    scene = Scene(
        colours,
        direction or "LR",
        grad=show,
        sight=sight,
        pulls=pulls,
        caption=tuple(notes),
        focus=focus,
    )
    return Picture(dot_source(order, roots, scene), " ".join([alt, *notes]))


def _as_tensors(root: Any, around: Any) -> tuple[Any, Any]:
    """Nodes of a tensor engine of one's own as they are in ours; others, and constants, as they are."""
    roots = list(root) if isinstance(root, (list, tuple)) else [root]
    if not roots or not all(keeps_vjp(r) and getattr(r, "requires_grad", True) for r in roots):
        return root, around
    from micrograd_lab.lens.own_graph import as_tensors

    return as_tensors(roots, around, "draw(root)")


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


def write(path: Path, content: bytes) -> Path:
    """Put content at path in one move: a reader sees the old file or the new one, never half."""
    if not path.parent.is_dir():
        raise DrawingError(
            f"save({str(path)!r}): there is no folder {path.parent.name!r}; make it first."
        )
    replace_file(path, content)
    return path
