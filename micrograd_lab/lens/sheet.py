"""A page of small tables with a title and remarks: plain text for terminals, HTML for notebooks."""

import html
import textwrap
from collections.abc import Sequence
from dataclasses import dataclass, field

WIDTH = 100


@dataclass(frozen=True)
class Grid:
    """One table: what it is, its columns, its rows, and a line below them."""

    heading: str
    heads: tuple[str, ...]
    rows: Sequence[tuple[str, ...]]
    foot: str = ""


@dataclass(frozen=True)
class Sheet:
    title: str
    grids: Sequence[Grid] = field(default_factory=tuple)
    remarks: Sequence[str] = field(default_factory=tuple)

    def text(self) -> str:
        """At most 100 columns wide: the widest column gives way."""
        blocks = [self.title, *map(_grid_text, self.grids)]
        if self.remarks:
            blocks.append(
                "\n".join(textwrap.fill(r, WIDTH, subsequent_indent="  ") for r in self.remarks)
            )
        return "\n\n".join(blocks)

    def html(self, picture: str = "") -> str:
        """Tables and an <img>: shown as they are where scripts and styles are not trusted."""
        parts = [f"<p><b>{html.escape(self.title)}</b></p>", picture]
        parts += map(_grid_html, self.grids)
        parts += [f"<p>{html.escape(remark)}</p>" for remark in self.remarks]
        return f'<div style="max-width:860px">{"".join(parts)}</div>'


def _grid_text(grid: Grid) -> str:
    rows = [grid.heads, *grid.rows]
    widths = [max(len(row[k]) for row in rows) for k in range(len(grid.heads))]
    room = WIDTH - 2 * (len(widths) - 1)
    while sum(widths) > room:
        widths[widths.index(max(widths))] -= 1
    lines = [
        "  ".join(_cut(cell, width).ljust(width) for cell, width in zip(row, widths, strict=True))
        for row in rows
    ]
    lines.insert(1, "─" * min(WIDTH, max(len(line.rstrip()) for line in lines)))
    lines = [grid.heading, *(line.rstrip() for line in lines)]
    return "\n".join([*lines, *([grid.foot] if grid.foot else [])])


def _cut(cell: str, width: int) -> str:
    """A long cell loses its middle: where a path starts and where it ends both matter."""
    if len(cell) <= width:
        return cell
    head = width // 2
    tail = width - 1 - head
    return cell[:head] + "…" + (cell[-tail:] if tail else "")


def _grid_html(grid: Grid) -> str:
    def row(cells: tuple[str, ...], tag: str) -> str:
        style = 'style="text-align:left;padding:2px 14px 2px 0;vertical-align:top"'
        inner = "".join(f"<{tag} {style}>{html.escape(cell)}</{tag}>" for cell in cells)
        return f"<tr>{inner}</tr>"

    body = "".join(row(cells, "td") for cells in grid.rows)
    foot = f"<p>{html.escape(grid.foot)}</p>" if grid.foot else ""
    return (
        f"<p><b>{html.escape(grid.heading)}</b></p><table><thead>{row(grid.heads, 'th')}</thead>"
        f"<tbody>{body}</tbody></table>{foot}"
    )
