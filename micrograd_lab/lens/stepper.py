"""steps(root): the chain rule one step at a time: a table, pages to leaf through, a film."""

import html
import itertools
import os
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, overload

from micrograd_lab.errors import DrawingError
from micrograd_lab.lens import animation, table
from micrograd_lab.lens.chain import chain_rule
from micrograd_lab.lens.dot import BLANK, Scene, dot_source
from micrograd_lab.lens.marks import Sight, keeps_vjp
from micrograd_lab.lens.naming import clean, graph_of, names_of, number
from micrograd_lab.lens.page import Leaf, standalone, stepper
from micrograd_lab.lens.picture import LIMIT, Picture, write
from micrograd_lab.lens.pulls import pulls_of
from micrograd_lab.lens.slim import classed, img, lit_at, slim
from micrograd_lab.lens.theme import theme_named

if TYPE_CHECKING:
    from rich.table import Table

LEAFLETS = 25  # a page with more pictures than that is too heavy for a notebook
ENDINGS = (".html", ".txt", ".tex", ".gif", ".svg")


def steps(root: Any, *, limit: int = 200, around: Any = None, theme: str = "light") -> "Steps":
    """The chain rule from `root` back to the leaves, one edge of the graph at a time.

    Nothing is changed: the gradients are computed beside the graph, in exactly the order and the
    arithmetic of `root.backward()` from clean gradients (hooks are not called).

    root: a node whose ops keep `local_grads`, such as a Value; a Tensor of one element whose graph is
    still there; or such a node of a tensor engine of your own, whose ops keep a `vjp`: then each
    number is what your vjp gives, and ≠ stands where our rule for that op gives another.
    limit: how many steps to show.  around: show only the steps that start or end at this node.
    theme: of the pictures.

    NotANodeError if root is no such node, FreedGraphError if backward() has freed the graph,
    GradError for a tensor without a graph or of several elements; DrawingError for an unknown theme.
    """
    theme_named(theme)
    if keeps_vjp(root):
        from micrograd_lab.lens.own_graph import as_tensors

        [root], around = as_tensors([root], around, "steps(root)")
    if hasattr(root, "grad_fn") and hasattr(root, "array"):
        from micrograd_lab.lens.tensor_stepper import TensorSteps

        return TensorSteps(root, limit, around, theme)
    _, order = graph_of([root], "steps(root)")
    names = names_of(order)
    return Steps(order, names, chain_rule(order, names, around), limit, around, theme)


class Steps(Sequence[Any]):
    """A sequence of steps that shows itself: str() in a terminal, pages in a notebook."""

    heads: tuple[str, ...] = table.HEADS
    sight = Sight()

    def __init__(
        self,
        order: Sequence[Any],
        names: Mapping[int, str],
        found: Iterator[Any],
        limit: int,
        around: Any,
        theme: str,
    ) -> None:
        self.order = order
        self.names = names
        self.theme = theme
        self.shown = list(itertools.islice(found, limit))
        if around is None:
            edges = sum(parent is not None for node in order for parent in node.parents)
            self.more = 1 + edges - len(self.shown)
        else:
            self.more = sum(1 for _ in found)

    def __len__(self) -> int:
        return len(self.shown)

    @overload
    def __getitem__(self, index: int) -> Any: ...
    @overload
    def __getitem__(self, index: slice) -> list[Any]: ...
    def __getitem__(self, index: int | slice) -> Any:
        return self.shown[index]

    @property
    def title(self) -> str:
        return f"The chain rule of {self.names[id(self.order[-1])]}"

    @property
    def note(self) -> str:
        """What was left out, and how to see it; empty if nothing was."""
        if not self.more:
            return ""
        return f"... {self.more:,} more steps; steps(root, around=node) shows those of one node"

    def __str__(self) -> str:
        return table.text(self.shown, self.note, self.heads)

    __repr__ = __str__

    def rich(self) -> "Table":
        """The table for rich's console."""
        return table.rich(self.shown, self.note, self.heads)

    def latex(self) -> str:
        r"""Every local derivative for a typesetter, one below the other, with its numbers."""
        lines = [f"  {step.latex} && {_tex(step)}" for step in self.shown]
        return "\\begin{align*}\n" + " \\\\\n".join(lines) + "\n\\end{align*}\n"

    def frames(self) -> list[Picture]:
        """The graph once per step: its edge lit, with the gradients known by then."""
        return list(self._frames())

    def _nodes(self) -> Sequence[Any]:
        """What the pictures show: the graph, or of a large one the neighbourhood of the steps."""
        if len(self.order) <= LIMIT:
            return self.order
        near = {id(node) for step in self.shown for node in (step.node, step.parent)}
        return [node for node in self.order if id(node) in near]

    def _frames(self) -> Iterator[Picture]:
        nodes = self._nodes()
        pulls = pulls_of(nodes, self.sight)
        widths: dict[int, int] = {}
        for step in self.shown:
            text = number(self._shown(step.after))
            widths[id(step.parent)] = max(widths.get(id(step.parent), 1), len(text))
        known: dict[int, Any] = {}
        for step in self.shown:
            known[id(step.node)] = self._shown(step.upstream)
            known[id(step.parent)] = self._shown(step.after)
            scene = Scene(
                theme_named(self.theme),
                title=self._label,
                grad=lambda node: known.get(id(node), BLANK),
                grad_width=lambda node: widths.get(id(node), 0),
                lit=(step.node, -1 if step.is_seed else step.argument),
                sight=self.sight,
                pulls=pulls,
            )
            yield Picture(dot_source(nodes, [self.order[-1]], scene), step.sentence)

    def _label(self, node: Any) -> str:
        return self.names[id(node)] if node.parents else clean(node.label)

    def _shown(self, gradient: Any) -> Any:
        """A gradient as a box of the graph shows it."""
        return gradient

    def html(self) -> str:
        """Pages to leaf through by mouse or keyboard; where scripts do not run, one <details> each."""
        pictures = self.frames() if len(self) <= LEAFLETS else []
        leaves = []
        for k, step in enumerate(self.shown):
            edge = f"{'seed' if step.is_seed else step.node_name} → {step.to}"
            result = "1" if step.is_seed else step.multiplied
            images: list[str] = []
            if pictures:  # slim, so that all steps of a page together stay below a megabyte
                svg = slim(pictures[k].svg())
                at = lit_at(svg, theme_named(self.theme).grad)
                images = [img(classed(svg), pictures[k].alt, at), *self._extras(step)]
            leaves.append(Leaf(step.index, edge, result, step.sentence, step.derived, images))
        return stepper(leaves, f"{self.title}, step by step", self.note)

    def _extras(self, step: Any) -> list[str]:
        """More pictures of a step, as <img>."""
        return []

    def save(self, path: str | os.PathLike[str], *, seconds: float = animation.SECONDS) -> Path:
        """Write the steps to path, whose ending says how.

        .html: a page that stands alone; .txt: the table; .tex: the formulas; .gif and .svg: a film
        for slides, so many seconds per step (at most 25 steps: choose a part with around= or limit=).
        """
        path = Path(path)
        kind = path.suffix.lower()
        if kind not in ENDINGS:
            raise DrawingError(
                f"save({path.name!r}): steps are saved as {', '.join(ENDINGS[:-1])} or {ENDINGS[-1]}; "
                f"found {path.suffix or 'no ending'!r}."
            )
        if kind == ".html":
            return write(path, standalone(self.title, self.html()).encode())
        if kind in (".txt", ".tex"):
            return write(path, (f"{self}\n" if kind == ".txt" else self.latex()).encode())
        if not 0 < len(self) <= LEAFLETS:
            raise DrawingError(
                f"save({path.name!r}): a film of {len(self):,} steps; it can have 1 to {LEAFLETS}. "
                "Choose a part: steps(root, limit=25), or steps(root, around=node)."
            )
        theme = theme_named(self.theme)
        if kind == ".gif":
            return write(path, animation.gif(self.frames(), theme, seconds))
        return write(path, animation.svg(self.frames(), theme, seconds).encode())

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, str]:
        """What a notebook shows: the pages; the table, where pages cannot be shown."""
        try:
            shown = self.html()
        except Exception as error:  # a display must never stop a lesson
            shown = f"<pre>{html.escape(f'{self}')}\n\n{html.escape(f'{error}')}</pre>"
        return {"text/html": shown, "text/plain": str(self)}


def _tex(step: Any) -> str:
    """The numbers of a step: 16 \\times 2 = 32; of a tensor, its shapes and norms."""
    signs: dict[str, str | int | None] = {"×": r"\times ", "−": "-", "→": r"\to ", "‖": r"\Vert "}
    return "1" if step.is_seed else str(step.multiplied).translate(str.maketrans(signs))
