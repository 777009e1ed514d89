"""A node as a box: a badge with its op, then its name and its numbers in rows."""

import html
from typing import TYPE_CHECKING, Any

from micrograd_lab.lens.formulas import rule
from micrograd_lab.lens.marks import Row, data_rows, fate_rows, grad_row, is_freed, kind_of
from micrograd_lab.lens.naming import clean, name_of
from micrograd_lab.lens.theme import Theme

if TYPE_CHECKING:
    from micrograd_lab.lens.dot import Scene

BLANK = object()
GLYPHS = {"**": "xʸ", "*": "×", "-": "−", "neg": "−x", "sigmoid": "σ", "sqrt": "√", "abs": "|x|"}
GLYPHS |= {"add": "+", "sub": "−", "mul": "×", "div": "/", "pow": "xʸ"}


def box(node: Any, is_root: bool, scene: "Scene") -> str:
    """The attributes of a node: its label, and a look that says what kind of node it is."""
    theme, sight = scene.theme, scene.sight
    kind = kind_of(node, sight)
    title = sight.names.get(id(node)) or scene.title(node)
    rows = rows_of(node, kind, scene)
    lit = scene.lit is not None and id(node) in scene.lit_ids
    dim = scene.lit is not None and not lit
    text = ""
    if title:
        text += f'<TR><TD ALIGN="LEFT" COLSPAN="2"><B>{escape(title)}</B></TD></TR>'
    if kind == "module":  # a class has a longer name than an op: it stands in a line of its own
        name = f'<FONT COLOR="{theme.ink}"><I>{escape(node.op)}</I></FONT>'
        text += f'<TR><TD ALIGN="LEFT" COLSPAN="2">{name}</TD></TR>'
    for row in rows:
        text += row_cells(row, theme, scene.grad_width(node) if row.word == "grad" else 0)
    label = ""
    if text:
        label = f'<TABLE BORDER="0" CELLBORDER="0" CELLSPACING="1" CELLPADDING="1">{text}</TABLE>'
    if node.op and kind != "module":
        badge = _badge(glyph(node.op), dim, is_freed(node), theme)
        label = (
            '<TABLE BORDER="0" CELLBORDER="0" CELLSPACING="3" CELLPADDING="0">'
            f"<TR><TD>{badge}</TD>{f'<TD>{label}</TD>' if label else ''}</TR></TABLE>"
        )
    fill, line, style, width, shape = _look(kind, theme)
    if is_root:
        fill, line = theme.root, theme.ink
    if node is scene.focus:
        line, width = theme.ink, 3.5
    if dim:
        line = theme.ghost
    if lit:
        line, width = theme.grad, 2.2
    if any(row.broken for row in rows):
        line, width = theme.bad, 2.0
    double = " peripheries=2" if is_root and not shape else ""
    return (
        f'label=<{label or " "}> fillcolor="{fill}" color="{line}" style="{style}" '
        f"penwidth={width}{shape}{double}"
    )


def _look(kind: str, theme: Theme) -> tuple[str, str, str, float, str]:
    """(fill, outline, style, width of the outline, shape): colour never says it alone."""
    if kind == "input":
        return theme.leaf, theme.leaf_edge, "rounded,filled", 1.5, ""
    if kind == "parameter":
        return theme.leaf, theme.leaf_edge, "filled", 1.5, " shape=tab"
    if kind == "constant":
        return theme.const, theme.faint, "filled,dashed", 1.0, ""
    if kind == "module":
        return theme.node, theme.op, "filled", 1.2, " shape=box3d"
    if kind == "gradient":
        return theme.pill, theme.grad, "rounded,filled", 1.2, ""
    return theme.node, theme.faint, "rounded,filled", 1.0, ""


def rows_of(node: Any, kind: str, scene: "Scene") -> list[Row]:
    """Data, gradient, and what befell it; a drawn box brings rows of its own."""
    rows = data_rows(scene.sight.data(node))
    given = getattr(node, "rows", None)
    if given is not None:
        return [*rows, *given]
    grad = scene.grad(node) if scene.grad else None
    if grad is BLANK:
        rows.append(Row("grad", "", "grad"))
    elif scene.grad and (grad is not None or _awaits(node, kind)):
        rows.append(grad_row(grad))
    return [*rows, *fate_rows(node)]


def _awaits(node: Any, kind: str) -> bool:
    """Whether None is worth saying: a leaf that wants a gradient has got none."""
    wants = getattr(node, "requires_grad", None)
    return (kind in ("input", "parameter") and wants is True) or (
        wants is None and not hasattr(node, "saved") and kind != "op"
    )


def row_cells(row: Row, theme: Theme, width: int = 0) -> str:
    """`data  6` or `grad  16`; a broken number stands white on red."""
    cell = f' WIDTH="{7 * width + 4}"' if width else ""
    if row.broken:  # bold comes out wider than Graphviz measures: room for it
        cell = f' BGCOLOR="{theme.bad}" CELLPADDING="4"'
    colour = theme.paper if row.broken else getattr(theme, row.tone)

    def ink(text: str) -> str:
        shown = f"<B>{escape(text, 48)}</B>" if row.broken else escape(text, 48)
        return f'<FONT COLOR="{colour}">{shown}</FONT>'

    inside = ink(row.text)
    if "\n" in row.text:  # a matrix: its columns stand in columns
        lines = (line.split("  ") for line in row.text.split("\n"))
        cells = ("".join(f'<TD ALIGN="RIGHT">{ink(x)}</TD>' for x in line) for line in lines)
        inside = '<TABLE BORDER="0" CELLSPACING="3" CELLPADDING="0">'
        inside += "".join(f"<TR>{line}</TR>" for line in cells) + "</TABLE>"
    word = f'<FONT COLOR="{theme.faint}" POINT-SIZE="10">{row.word} </FONT>'
    return f'<TR><TD ALIGN="LEFT">{word}</TD><TD ALIGN="RIGHT"{cell}>{inside}</TD></TR>'


def constant_box(value: Any, theme: Theme, name: str = "") -> str:
    """What no gradient reaches: its name, and its numbers, if somebody kept them."""
    rows = "".join(row_cells(row, theme) for row in data_rows(value))
    if name:
        rows = f'<TR><TD ALIGN="LEFT" COLSPAN="2"><B>{escape(name)}</B></TD></TR>{rows}'
    if not rows:
        return f'shape=none label=<no gradient> margin="0.06,0.04" fontsize=10 fontcolor="{theme.faint}"'
    label = f'<TABLE BORDER="0" CELLBORDER="0" CELLSPACING="1" CELLPADDING="1">{rows}</TABLE>'
    return f'label=<{label}> fillcolor="{theme.const}" color="{theme.faint}" style="filled,dashed"'


def pill_box(word: str, lit: bool, dim: bool, broken: bool, theme: Theme) -> str:
    """The local gradient on an edge, as the factor that the gradient meets on its way back."""
    fill, ink = (theme.grad, theme.paper) if lit else (theme.pill, theme.grad)
    if broken:
        fill, ink = theme.bad, theme.paper
    elif dim:
        fill, ink = theme.paper, theme.faint
    return (
        f'label=<{escape(word)}> style="rounded,filled" fillcolor="{fill}" '
        f'color="{fill}" fontcolor="{ink}" fontsize=10.5 margin="0.045,0.02"'
    )


def _badge(text: str, dim: bool, freed: bool, theme: Theme) -> str:
    """The op on a dark ground; once backward() has freed what its rule needs, an empty outline."""
    w = max(24, 8 * len(text) + 8)
    size = f'FIXEDSIZE="TRUE" WIDTH="{w}" HEIGHT="24"'
    look, ink = f'BGCOLOR="{theme.ghost if dim else theme.op}" STYLE="ROUNDED"', theme.op_ink
    if freed and not dim:
        look, ink = f'BORDER="1" COLOR="{theme.faint}" STYLE="ROUNDED,DASHED"', theme.faint
    return (
        f'<TABLE BORDER="0" CELLBORDER="0" CELLSPACING="0" CELLPADDING="3" {size}><TR>'
        f'<TD {look} {size}><FONT COLOR="{ink}"><B>{escape(text)}</B></FONT></TD></TR></TABLE>'
    )


def glyph(op: Any) -> str:
    """How an op is written on its badge: × for *, x² for **2, σ for sigmoid, its name otherwise."""
    word = getattr(op, "word", "") or name_of(op)
    power = rule(word) if word.startswith("**") else None
    return GLYPHS.get(word) or (power.result.replace("A", "x") if power else word)


def escape(text: str, longest: int = 32) -> str:
    """Any text as it stands, inside an HTML-like label."""
    shown = clean(text) or " "
    if len(shown) > longest:
        shown = shown[: longest - 1] + "…"
    return html.escape(shown).replace("[", "&#91;").replace("]", "&#93;")
