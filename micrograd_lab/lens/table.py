"""Steps as a table: plain text for terminals and comparisons, rich where colours are wanted."""

import textwrap
from collections.abc import Sequence
from typing import TYPE_CHECKING

from micrograd_lab.lens.chain import Step
from micrograd_lab.lens.naming import number

if TYPE_CHECKING:
    from rich.table import Table

WIDTH = 100
HEADS = ("step", "from → to", "local derivative", "upstream × local", "sum so far")


def cells(step: Step) -> tuple[str, ...]:
    """One row: number, edge, local derivative in names and numbers, product, running total."""
    if step.is_seed:
        return "0", f"seed → {step.to}", step.formula, "1", "1"
    value = number(step.local)
    shown = step.formula if step.formula.endswith(f"= {value}") else f"{step.formula} = {value}"
    return f"{step.index:,}", f"{step.node_name} → {step.to}", shown, step.multiplied, step.added


def definitions(steps: Sequence[Step]) -> str:
    """What the nodes are, in the order of the forward pass: v1 = x·w, v2 = v1 + b."""
    made = {id(step.node): step for step in reversed(steps) if not step.is_seed}
    return ", ".join(f"{s.node_name} = {s.expression}" for s in made.values())


def text(steps: Sequence[Step], note: str) -> str:
    """The table in at most 100 columns, with the nodes' definitions above and a note below."""
    rows = [HEADS, *map(cells, steps)]
    widths = [max(len(row[k]) for row in rows) for k in range(len(HEADS))]
    gap = 2
    if sum(widths) + gap * (len(widths) - 1) > WIDTH:
        widths = _squeezed(widths, WIDTH - gap * (len(widths) - 1))
    lines = [_line(row, widths, gap) for row in rows]
    lines.insert(1, "─" * min(WIDTH, max(map(len, lines))))
    known = definitions(steps)
    if known and len(known) <= 4 * WIDTH:
        lines = [*textwrap.wrap(f"where {known}", WIDTH, subsequent_indent="      "), "", *lines]
    return "\n".join([*lines, *([note] if note else [])])


def rich(steps: Sequence[Step], note: str) -> "Table":
    """The same table for rich's console: blue for the formulas, orange for what flows back."""
    from rich import box
    from rich.table import Table
    from rich.text import Text

    table = Table(box=box.SIMPLE_HEAD, caption=note or None, pad_edge=False)
    styles = ("dim", "bold", "blue", "dark_orange3", "bold dark_orange3")
    for head, style, justify in zip(HEADS, styles, ("right", *["left"] * 4), strict=True):
        table.add_column(head, style=style, justify=justify)  # type: ignore[arg-type]
    for step in steps:
        table.add_row(*(Text(cell) for cell in cells(step)))  # Text: a label may contain [markup]
    return table


def _line(row: tuple[str, ...], widths: list[int], gap: int) -> str:
    cut = [
        cell if len(cell) <= w else cell[: w - 1] + "…" for cell, w in zip(row, widths, strict=True)
    ]
    first = cut[0].rjust(widths[0])
    rest = [cell.ljust(w) for cell, w in zip(cut[1:], widths[1:], strict=True)]
    return (" " * gap).join([first, *rest]).rstrip()


def _squeezed(widths: list[int], room: int) -> list[int]:
    """Take from the widest column, one character at a time, until the row fits."""
    widths = list(widths)
    while sum(widths) > room:
        widths[widths.index(max(widths))] -= 1
    return widths
