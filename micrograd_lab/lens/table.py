"""Steps as a table: plain text for terminals and comparisons, rich where colours are wanted."""

import textwrap
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from rich.table import Table

WIDTH = 100
HEADS = ("step", "from → to", "local derivative", "upstream × local", "sum so far")


class Row(Protocol):
    """What a table asks of a step, be it of numbers or of tensors."""

    index: int
    node: Any

    @property
    def is_seed(self) -> bool: ...
    @property
    def node_name(self) -> str: ...
    @property
    def to(self) -> str: ...
    @property
    def expression(self) -> str: ...
    @property
    def derived(self) -> str: ...
    @property
    def multiplied(self) -> str: ...
    @property
    def added(self) -> str: ...


def cells(step: Row) -> tuple[str, ...]:
    """One row: number, edge, local derivative in names and numbers, product, running total."""
    if step.is_seed:
        return "0", f"seed → {step.to}", step.derived, "1", "1"
    edge = f"{step.node_name} → {step.to}"
    return f"{step.index:,}", edge, step.derived, step.multiplied, step.added


def definitions(steps: Sequence[Row]) -> str:
    """What the nodes are, in the order of the forward pass: v1 = x·w, v2 = v1 + b."""
    made = {id(step.node): step for step in reversed(steps) if not step.is_seed}
    return ", ".join(f"{s.node_name} = {s.expression}" for s in made.values())


def text(steps: Sequence[Row], note: str, heads: Sequence[str] = HEADS) -> str:
    """The table in at most 100 columns, with the nodes' definitions above and a note below."""
    rows = [tuple(heads), *map(cells, steps)]
    widths = [max(len(row[k]) for row in rows) for k in range(len(heads))]
    gap = 2
    if sum(widths) + gap * (len(widths) - 1) > WIDTH:
        widths = _squeezed(widths, WIDTH - gap * (len(widths) - 1))
    lines = [_line(row, widths, gap) for row in rows]
    lines.insert(1, "─" * min(WIDTH, max(map(len, lines))))
    known = definitions(steps)
    if known and len(known) <= 4 * WIDTH:
        lines = [*textwrap.wrap(f"where {known}", WIDTH, subsequent_indent="      "), "", *lines]
    return "\n".join([*lines, *([note] if note else [])])


def rich(steps: Sequence[Row], note: str, heads: Sequence[str] = HEADS) -> "Table":
    """The same table for rich's console: blue for the formulas, orange for what flows back."""
    from rich import box
    from rich.table import Table
    from rich.text import Text

    table = Table(box=box.SIMPLE_HEAD, caption=note or None, pad_edge=False)
    styles = ("dim", "bold", "blue", "dark_orange3", "bold dark_orange3")
    for head, style, justify in zip(heads, styles, ("right", *["left"] * 4), strict=True):
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
