"""steps(root): the chain rule one step at a time, as a table and as pages to leaf through."""

import html
import itertools
import os
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, overload

from micrograd_lab.errors import DrawingError
from micrograd_lab.lens import table
from micrograd_lab.lens.chain import Step, chain_rule
from micrograd_lab.lens.dot import BLANK, Scene, dot_source
from micrograd_lab.lens.naming import clean, graph_of, names_of, number
from micrograd_lab.lens.picture import LIMIT, Picture, write
from micrograd_lab.lens.theme import theme_named

if TYPE_CHECKING:
    from rich.table import Table

LEAFLETS = 25  # a page with more pictures than that is too heavy for a notebook


def steps(root: Any, *, limit: int = 200, around: Any = None, theme: str = "light") -> "Steps":
    """The chain rule from `root` back to the leaves, one edge of the graph at a time.

    Nothing is changed: the gradients are computed beside the graph, in exactly the order and the
    arithmetic of `root.backward()` from clean gradients.

    root: a node whose ops keep `local_grads`, such as a Value.  limit: how many steps to show.
    around: show only the steps that start or end at this node.  theme: of the pictures.

    NotANodeError if root is no such node; DrawingError for an unknown theme.
    """
    theme_named(theme)
    _, order = graph_of([root], "steps(root)")
    return Steps(order, limit, around, theme)


class Steps(Sequence[Step]):
    """A sequence of Step that shows itself: str() in a terminal, pages in a notebook."""

    def __init__(self, order: Sequence[Any], limit: int, around: Any, theme: str) -> None:
        self.order = order
        self.theme = theme
        self.names = names_of(order)
        found = chain_rule(order, self.names, around)
        self.shown = list(itertools.islice(found, limit))
        if around is None:
            self.more = 1 + sum(len(node.parents) for node in order) - len(self.shown)
        else:
            self.more = sum(1 for _ in found)

    def __len__(self) -> int:
        return len(self.shown)

    @overload
    def __getitem__(self, index: int) -> Step: ...
    @overload
    def __getitem__(self, index: slice) -> list[Step]: ...
    def __getitem__(self, index: int | slice) -> Step | list[Step]:
        return self.shown[index]

    @property
    def note(self) -> str:
        """What was left out, and how to see it; empty if nothing was."""
        if not self.more:
            return ""
        return f"... {self.more:,} more steps; steps(root, around=node) shows those of one node"

    def __str__(self) -> str:
        return table.text(self.shown, self.note)

    __repr__ = __str__

    def rich(self) -> "Table":
        """The table for rich's console."""
        return table.rich(self.shown, self.note)

    def pictures(self) -> list[Picture]:
        """The graph once per step: its edge lit, with the gradients known by then."""
        return list(self._frames())

    def _frames(self) -> Iterator[Picture]:
        nodes = self.order
        if len(nodes) > LIMIT:  # then only the neighbourhood of what is shown
            near = {id(node) for step in self.shown for node in (step.node, step.parent)}
            nodes = [node for node in nodes if id(node) in near]
        widths: dict[int, int] = {}
        for step in self.shown:
            widths[id(step.parent)] = max(widths.get(id(step.parent), 1), len(number(step.after)))
        known: dict[int, Any] = {}
        for step in self.shown:
            known.update({id(step.node): step.upstream, id(step.parent): step.after})
            scene = Scene(
                theme_named(self.theme),
                title=lambda node: self.names[id(node)] if node.parents else clean(node.label),
                grad=lambda node: known.get(id(node), BLANK),
                grad_width=lambda node: widths.get(id(node), 0),
                lit=(step.node, -1 if step.is_seed else step.argument),
            )
            yield Picture(dot_source(nodes, [self.order[-1]], scene), step.sentence)

    def html(self) -> str:
        """One <details> per step, the first one open: works without scripts, style sheets or trust."""
        pictures = self.pictures() if len(self) <= LEAFLETS else []
        pages = [
            _page(step, pictures[k] if pictures else None, k == 0) for k, step in enumerate(self)
        ]
        if self.note:
            pages.append(f"<p>{html.escape(self.note)}</p>")
        return f'<div style="max-width:860px">{"".join(pages)}</div>'

    def save(self, path: str | os.PathLike[str]) -> Path:
        """Write the steps to path: .html, a page that stands alone, or .txt, the table."""
        path = Path(path)
        if path.suffix.lower() == ".txt":
            return write(path, f"{self}\n".encode())
        if path.suffix.lower() == ".html":
            title = html.escape(f"The chain rule of {self.names[id(self.order[-1])]}")
            page = (
                f'<!doctype html>\n<html lang="en"><meta charset="utf-8"><title>{title}</title>\n'
                '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
                '<body style="font:16px/1.5 system-ui,sans-serif;max-width:860px;margin:2rem auto;padding:0 1rem">\n'
                f"<h1>{title}</h1>\n{self.html()}\n</body></html>\n"
            )
            return write(path, page.encode())
        raise DrawingError(
            f"save({path.name!r}): steps are saved as .html or .txt; found {path.suffix or 'no ending'!r}."
        )

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, str]:
        """What a notebook shows: the pages; the table, where pages cannot be shown."""
        try:
            shown = self.html()
        except Exception as error:  # a display must never stop a lesson
            shown = f"<pre>{html.escape(f'{self}')}\n\n{html.escape(f'{error}')}</pre>"
        return {"text/html": shown, "text/plain": str(self)}


def _page(step: Step, picture: Picture | None, is_open: bool) -> str:
    edge = f"seed → {step.to}" if step.is_seed else f"{step.node_name} → {step.to}"
    result = "1" if step.is_seed else step.multiplied
    return (
        f'<details{" open" if is_open else ""} style="margin:4px 0">'
        f'<summary style="cursor:pointer"><b>Step {step.index}</b>&ensp;{html.escape(edge)}'
        f"&ensp;{html.escape(result)}</summary>"
        f'<p style="margin:6px 0">{html.escape(step.sentence)}</p>'
        f'<p style="margin:6px 0"><code>{html.escape(step.formula)}</code></p>'
        f"{picture.img() if picture else ''}</details>"
    )
