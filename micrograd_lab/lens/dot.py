"""A graph as DOT text: one box per node, one arrow per use, its local gradient on the arrow.

    x ──(×2)──▶ [ * | data 6 | grad 16 ] ──(×1)──▶ ...

Reading forward, an arrow says who uses whom.  Reading backward, the pill on it says what the
gradient is multiplied by on its way to the parent.
"""

import html
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from micrograd_lab.lens.formulas import rule
from micrograd_lab.lens.naming import clean, is_broken, name_of, number
from micrograd_lab.lens.theme import FONT, Theme


@dataclass(frozen=True)
class Scene:
    """What a picture shows beyond the graph itself."""

    theme: Theme
    direction: str = "LR"
    title: Callable[[Any], str] = lambda node: clean(node.label)
    grad: Callable[[Any], Any] | None = None  # None: no row for gradients; BLANK: not yet known
    grad_width: Callable[[Any], int] = lambda node: 0  # characters kept free, so nothing jumps
    lit: tuple[Any, int] | None = None  # the edge a step is about: (node, which argument)

    @property
    def lit_ids(self) -> set[int]:
        """The nodes at both ends of the lit edge; -1 as the argument means the node alone."""
        if self.lit is None:
            return set()
        node, argument = self.lit
        return {id(node)} if argument < 0 else {id(node), id(node.parents[argument])}


BLANK = object()
GLYPHS = {"**": "xʸ", "*": "×", "-": "−", "neg": "−x", "sigmoid": "σ", "sqrt": "√", "abs": "|x|"}
GLYPHS |= {"add": "+", "sub": "−", "mul": "×", "div": "/", "pow": "xʸ"}


def dot_source(order: Sequence[Any], roots: Sequence[Any], scene: Scene) -> str:
    """The graph of the nodes in `order` (parents first) as DOT; `roots` get a double outline.

    Parents outside `order` are cut off: a dotted line leads to them.
    """
    theme = scene.theme
    index = {id(node): i for i, node in enumerate(order)}
    # a − b should not read b − a; in a large graph, fewer crossings matter more
    ordering = " ordering=in" if len(order) <= 16 else ""
    lines = [
        "digraph {",
        f'  graph [rankdir={scene.direction} bgcolor="{theme.paper}" pad=0.15 nodesep=0.22 ranksep=0.19{ordering}]',
        f'  node [fontname="{FONT}" fontsize=12 fontcolor="{theme.ink}" shape=box height=0 width=0 margin="0.07,0.05"]',
        f'  edge [color="{theme.faint}" arrowsize=0.65]',
    ]
    for i, node in enumerate(order):
        lines.append(f"  n{i} [{_box(node, any(node is root for root in roots), scene)}]")
    for i, node in enumerate(order):
        local_grads = getattr(node, "local_grads", None)
        for k, parent in enumerate(node.parents):
            if id(parent) not in index:
                lines.append(f'  cut{i}_{k} [shape=none label="⋯" fontcolor="{theme.faint}"]')
                lines.append(f"  cut{i}_{k} -> n{i} [style=dotted]")
                continue
            tail = f"n{index[id(parent)]}"
            lit = scene.lit is not None and scene.lit[0] is node and scene.lit[1] == k
            dim = scene.lit is not None and not lit
            colour = f'color="{theme.grad if lit else theme.ghost if dim else theme.faint}"'
            back = " dir=back" if lit else ""  # the gradient runs against the arrows
            width = " penwidth=2.2 arrowsize=0.5" if lit else ""
            if local_grads is None:
                lines.append(f"  {tail} -> n{i} [{colour}{width}{back}]")
                continue
            lines.append(f"  e{i}_{k} [{_pill(local_grads[k], lit, dim, theme)}]")
            head = "" if lit else " arrowhead=none"
            lines.append(f"  {tail} -> e{i}_{k} [{colour}{width}{back}{head} weight=3]")
            lines.append(
                f"  e{i}_{k} -> n{i} [{colour}{width}{' arrowhead=none' if lit else ''} weight=3]"
            )
    return "\n".join([*lines, "}"]) + "\n"


def note_source(text: Sequence[str], theme: Theme) -> str:
    """A picture that is only a few lines of words."""
    label = "".join(f"{_escape(line, 99)}<BR ALIGN='LEFT'/>" for line in text)
    return (
        f'digraph {{\n  graph [bgcolor="{theme.paper}" pad=0.15]\n'
        f'  n0 [shape=note fontname="{FONT}" fontsize=12 fontcolor="{theme.ink}" '
        f'color="{theme.faint}" margin="0.2,0.12" label=<{label}>]\n}}\n'
    )


def _box(node: Any, is_root: bool, scene: Scene) -> str:
    """The attributes of a node: a badge with its op, then name, data and gradient in rows."""
    theme = scene.theme
    title = scene.title(node)
    grad = scene.grad(node) if scene.grad else None
    broken = is_broken(node.data) or (scene.grad is not None and is_broken(grad))
    lit = scene.lit is not None and id(node) in scene.lit_ids
    dim = scene.lit is not None and not lit
    rows = ""
    if title:
        rows += f'<TR><TD ALIGN="LEFT" COLSPAN="2"><B>{_escape(title)}</B></TD></TR>'
    rows += _row("data", number(node.data), theme.data, is_broken(node.data), theme, 0)
    if scene.grad:
        text = "" if grad is BLANK else number(grad)
        rows += _row("grad", text, theme.grad, is_broken(grad), theme, scene.grad_width(node))
    label = f'<TABLE BORDER="0" CELLBORDER="0" CELLSPACING="1" CELLPADDING="1">{rows}</TABLE>'
    if node.op:
        w = max(24, 8 * len(glyph(node.op)) + 8)
        badge = (
            f'<TABLE BORDER="0" CELLBORDER="0" CELLSPACING="0" CELLPADDING="3" FIXEDSIZE="TRUE" WIDTH="{w}" HEIGHT="24"><TR>'
            f'<TD BGCOLOR="{theme.ghost if dim else theme.op}" STYLE="ROUNDED" FIXEDSIZE="TRUE" WIDTH="{w}" HEIGHT="24">'
            f'<FONT COLOR="{theme.op_ink}"><B>{_escape(glyph(node.op))}</B></FONT></TD></TR></TABLE>'
        )
        label = (
            '<TABLE BORDER="0" CELLBORDER="0" CELLSPACING="3" CELLPADDING="0">'
            f"<TR><TD>{badge}</TD><TD>{label}</TD></TR></TABLE>"
        )
    fill, line, style, width = theme.node, theme.faint, "rounded,filled", 1.0
    if not node.parents and title:
        fill, line, width = theme.leaf, theme.leaf_edge, 1.5
    elif not node.parents:
        fill, style = theme.const, "filled,dashed"
    if is_root:
        fill, line = theme.root, theme.ink
    if dim:
        line = theme.ghost
    if lit:
        line, width = theme.grad, 2.2
    if broken:
        line, width = theme.bad, 2.0
    double = " peripheries=2" if is_root else ""
    return f'label=<{label}> fillcolor="{fill}" color="{line}" style="{style}" penwidth={width}{double}'


def _row(word: str, text: str, colour: str, broken: bool, theme: Theme, width: int) -> str:
    """`data  6` or `grad  16`; a broken number stands white on red."""
    text = _escape(text)
    text = f"<B>{text}</B>" if broken else text
    cell = f' BGCOLOR="{theme.bad}"' if broken else f' WIDTH="{7 * width + 4}"' if width else ""
    return (
        f'<TR><TD ALIGN="LEFT"><FONT COLOR="{theme.faint}" POINT-SIZE="10">{word} </FONT></TD>'
        f'<TD ALIGN="RIGHT"{cell}><FONT COLOR="{theme.paper if broken else colour}">{text}</FONT></TD></TR>'
    )


def _pill(local: Any, lit: bool, dim: bool, theme: Theme) -> str:
    """The local gradient on an edge, as the factor that the gradient meets on its way back."""
    fill, ink = (theme.grad, theme.paper) if lit else (theme.pill, theme.grad)
    if is_broken(local):
        fill, ink = theme.bad, theme.paper
    elif dim:
        fill, ink = theme.paper, theme.faint
    return (
        f'label=<×{_escape(number(local))}> style="rounded,filled" fillcolor="{fill}" '
        f'color="{fill}" fontcolor="{ink}" fontsize=10.5 margin="0.045,0.02"'
    )


def glyph(op: Any) -> str:
    """How an op is written on its badge: × for *, x² for **2, σ for sigmoid, its name otherwise."""
    word = name_of(op)
    power = rule(word) if word.startswith("**") else None
    return GLYPHS.get(word) or (power.result.replace("A", "x") if power else word)


def _escape(text: str, longest: int = 32) -> str:
    """Any text as it stands, inside an HTML-like label."""
    shown = clean(text) or " "
    if len(shown) > longest:
        shown = shown[: longest - 1] + "…"
    return html.escape(shown).replace("[", "&#91;").replace("]", "&#93;")
