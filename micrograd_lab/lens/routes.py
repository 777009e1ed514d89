"""The paths of a ledger as a picture: only what lies between the root and x, the largest path lit."""

import html
from collections.abc import Callable, Sequence
from typing import Any

from micrograd_lab.lens.naming import clean, number
from micrograd_lab.lens.theme import FONT, Theme

LIMIT = 60  # nodes
WIDE = 10  # edges in a row; what is longer runs down the page
EdgeText = Callable[[Any, int], str | None]  # the factor on an edge; None where there is no number


def routes_source(
    nodes: Sequence[Any],
    names: dict[int, str],
    lit: set[tuple[int, int]],
    ends: tuple[Any, Any],
    text: EdgeText,
    computed: Callable[[Any], str],
    theme: Theme,
) -> str:
    """DOT text.  nodes: parents first; lit: the edges of the largest path, as (id of node, argument);
    ends: x and the root; computed: what a node is made of, in short.  An edge whose factor is 0 is dashed: nothing comes through.
    """
    index = {id(node): i for i, node in enumerate(nodes)}
    known = {id(node): 0 for node in nodes}
    for node in nodes:
        known[id(node)] = max((1 + known[id(p)] for p in node.parents if id(p) in known), default=0)
    direction = "LR" if max(known.values()) <= WIDE else "TB"
    lines = [
        "digraph {",
        f'  graph [rankdir={direction} bgcolor="{theme.paper}" pad=0.15 nodesep=0.22 ranksep=0.18 ordering=in]',
        f'  node [fontname="{FONT}" fontsize=12 fontcolor="{theme.ink}" shape=box height=0 width=0 margin="0.1,0.06" style="rounded,filled"]',
        f'  edge [fontname="{FONT}" fontsize=10.5 arrowsize=0.6]',
    ]
    for i, node in enumerate(nodes):
        fill, line, width = theme.node, theme.faint, 1.0
        if node is ends[0]:
            fill, line, width = theme.leaf, theme.leaf_edge, 2.0
        elif node is ends[1]:
            fill, line, width = theme.root, theme.ink, 1.0
        double = " peripheries=2" if node is ends[1] else ""
        lines.append(
            f'  n{i} [label=<{_label(node, names, computed(node), theme)}> fillcolor="{fill}" color="{line}" '
            f"penwidth={width}{double}]"
        )
    for i, node in enumerate(nodes):
        for k, parent in enumerate(node.parents):
            if parent is None or id(parent) not in index:
                continue
            tail, factor = f"n{index[id(parent)]}", text(node, k)
            on = (id(node), k) in lit
            dead = factor == "0"
            colour = theme.grad if on else theme.ghost if dead else theme.faint
            style = f'color="{colour}" dir=back'  # the gradient runs against the forward pass
            style += " penwidth=2.4" if on else " style=dashed" if dead else ""
            end = " arrowtail=tee" if dead else ""
            if factor is None:
                lines.append(f"  {tail} -> n{i} [{style}]")
                continue
            fill, ink = (theme.grad, theme.paper) if on else (theme.pill, theme.grad)
            if dead:
                fill, ink = theme.paper, theme.faint
            lines.append(
                f'  e{i}_{k} [label="×{_bracketed(factor)}" fillcolor="{fill}" color="{fill}" '
                f'fontcolor="{ink}" fontsize=10.5 margin="0.05,0.02"]'
            )
            lines.append(f"  {tail} -> e{i}_{k} [{style}{end} weight=3]")
            lines.append(f"  e{i}_{k} -> n{i} [{style} arrowtail=none weight=3]")
    return "\n".join([*lines, "}"]) + "\n"


def _label(node: Any, names: dict[int, str], computed: str, theme: Theme) -> str:
    """Its name and what it is made of, and the number that came out, if it is known."""
    name = f"<B>{_escape(names[id(node)])}</B>"
    made = f" = {_escape(computed)}" if computed and len(computed) <= 16 else ""
    if node.data is None:
        return name + made
    data = _escape(number(node.data))
    return f'{name}{made}<BR/><FONT COLOR="{theme.data}" POINT-SIZE="11">{data}</FONT>'


def _escape(text: str) -> str:
    shown = clean(text)
    shown = shown if len(shown) <= 32 else shown[:31] + "…"
    return html.escape(shown).replace("[", "&#91;").replace("]", "&#93;")


def _bracketed(factor: str) -> str:
    return f"({factor})" if factor.startswith("−") else factor
