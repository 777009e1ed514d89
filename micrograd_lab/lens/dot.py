"""A graph as DOT text: one box per node, one arrow per use, its local gradient on the arrow.

    x ──(×2)──▶ [ * | data 6 | grad 16 ] ──(×1)──▶ ...

Reading forward, an arrow says who uses whom.  Reading backward, the pill on it says what the
gradient is multiplied by on its way to the parent.
"""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from micrograd_lab.lens.boxes import BLANK as BLANK
from micrograd_lab.lens.boxes import box, constant_box, escape, pill_box
from micrograd_lab.lens.boxes import glyph as glyph
from micrograd_lab.lens.marks import Sight, constant_of, flow, is_array, parents_of, record_of
from micrograd_lab.lens.naming import clean, is_broken, number
from micrograd_lab.lens.pulls import WORDY
from micrograd_lab.lens.theme import FONT, Theme

MANY = 400  # nodes; past that, Graphviz must be content with its first ideas, and arrows are bare
HASTE = " nslimit=1 nslimit1=1 mclimit=0.05 splines=line"


@dataclass(frozen=True)
class Scene:
    """What a picture shows beyond the graph itself."""

    theme: Theme
    direction: str = "LR"
    title: Callable[[Any], str] = lambda node: clean(node.label)
    grad: Callable[[Any], Any] | None = None  # None: no row for gradients; BLANK: not yet known
    grad_width: Callable[[Any], int] = lambda node: 0  # characters kept free, so nothing jumps
    lit: tuple[Any, int] | None = None  # the edge a step is about: (node, which argument)
    sight: Sight = field(default_factory=Sight)
    pulls: Mapping[tuple[int, int], str] = field(default_factory=dict)  # pulls_of the nodes
    caption: tuple[str, ...] = ()  # lines below the picture
    focus: Any = None  # the node that a picture is drawn around

    @property
    def lit_ids(self) -> set[int]:
        """The nodes at both ends of the lit edge; -1 as the argument means the node alone."""
        if self.lit is None:
            return set()
        node, argument = self.lit
        return {id(node)} if argument < 0 else {id(node), id(node.parents[argument])}


def dot_source(order: Sequence[Any], roots: Sequence[Any], scene: Scene) -> str:
    """The graph of the nodes in `order` (parents first) as DOT; `roots` get a double outline.

    Parents outside `order` are cut off: a dotted line leads to them.
    """
    theme = scene.theme
    # a − b should not read b − a; in a large graph, fewer crossings matter more
    ordering = " ordering=in" if len(order) <= 16 else HASTE if len(order) > MANY else ""
    lines = [
        "digraph {",
        f'  graph [rankdir={scene.direction} bgcolor="{theme.paper}" pad=0.15 nodesep=0.22 ranksep=0.19{ordering}{_caption(scene)}]',
        f'  node [fontname="{FONT}" fontsize=12 fontcolor="{theme.ink}" shape=box height=0 width=0 margin="0.07,0.05"]',
        f'  edge [fontname="{FONT}" fontsize=10 fontcolor="{theme.faint}" color="{theme.faint}" arrowsize=0.65]',
    ]
    open_frames: list[tuple[int, str]] = []
    for i, node in enumerate(order):
        frames = list(getattr(node, "frames", ()))
        while open_frames and open_frames != frames[: len(open_frames)]:
            lines.append("  }")
            open_frames.pop()
        for frame in frames[len(open_frames) :]:
            open_frames.append(frame)
            lines.append(_frame(frame, theme))
        lines.append(f"  n{i} [{box(node, any(node is root for root in roots), scene)}]")
    lines += ["  }"] * len(open_frames)
    return "\n".join([*lines, *_edges(order, scene), "}"]) + "\n"


def _edges(order: Sequence[Any], scene: Scene) -> list[str]:
    """A line for each arrow, and one for the pill it passes through."""
    theme = scene.theme
    index = {id(node): i for i, node in enumerate(order)}
    sources: dict[Any, int] = dict(index)  # what a detach()ed input says of where it came from
    sources |= {-1 - r.serial: i for i, n in enumerate(order) if (r := record_of(n)) is not None}
    width_of = _widths(order, scene)
    constants: dict[Any, str] = {}
    lines: list[str] = []
    for i, node in enumerate(order):
        local_grads = getattr(node, "local_grads", None)
        for k, parent in enumerate(parents_of(node)):
            if parent is None:
                if len(order) <= WORDY:
                    lines += _cut(node, i, k, constants, sources, theme)
                continue
            if id(parent) not in index:
                lines.append(f'  cut{i}_{k} [shape=none label="⋯" fontcolor="{theme.faint}"]')
                lines.append(f"  cut{i}_{k} -> n{i} [style=dotted]")
                continue
            tail = f"n{index[id(parent)]}"
            lit = scene.lit is not None and scene.lit[0] is node and scene.lit[1] == k
            dim = scene.lit is not None and not lit
            colour = f'color="{theme.grad if lit else theme.ghost if dim else theme.faint}"'
            back = " dir=back" if lit else ""  # the gradient runs against the arrows
            width = " penwidth=2.2 arrowsize=0.5" if lit else width_of.get((i, k), "")
            if k in getattr(node, "back", ()):  # in a frame: from the time before
                lines.append(f"  {tail} -> n{i} [{colour} style=dashed constraint=false]")
                continue
            if local_grads is not None:
                word, broken = f"×{number(local_grads[k])}", is_broken(local_grads[k])
            else:
                words = getattr(node, "words", None)
                broken = False
                word = words[k] if words else scene.pulls.get((id(node), k), "")
            if not word or len(order) > MANY:
                lines.append(f"  {tail} -> n{i} [{colour}{width}{back}]")
                continue
            lines.append(f"  e{i}_{k} [{pill_box(word, lit, dim, broken, theme)}]")
            head = "" if lit else " arrowhead=none"
            lines.append(f"  {tail} -> e{i}_{k} [{colour}{width}{back}{head} weight=3]")
            lines.append(
                f"  e{i}_{k} -> n{i} [{colour}{width}{' arrowhead=none' if lit else ''} weight=3]"
            )
    return lines


def _cut(
    node: Any, i: int, k: int, constants: dict[Any, str], sources: dict[Any, int], theme: Theme
) -> list[str]:
    """An input that no gradient reaches: a dashed line from what it was, as far as that is known."""
    record = record_of(node)
    name, cut = constant_of(record, k)
    dashed = f'style=dashed color="{theme.faint if cut is None else theme.bad}"'
    if cut is not None:
        dashed += f' label=<detach()> fontcolor="{theme.bad}"'
        source = sources.get(id(cut()) if callable(cut) else -1 - cut)
        if source is not None:
            return [f"  n{source} -> n{i} [{dashed}]"]
    saved = record.saved or ()
    value = saved[k + 1] if k + 1 < len(saved) else None
    is_value = is_array(value) or isinstance(value, (int, float))
    key = id(value) if is_array(value) else name or (i, k)
    lines = []
    if key not in constants:
        constants[key] = f"c{i}_{k}"
        lines.append(f"  c{i}_{k} [{constant_box(value if is_value else None, theme, name)}]")
    return [*lines, f"  {constants[key]} -> n{i} [{dashed}]"]


def _widths(order: Sequence[Any], scene: Scene) -> dict[tuple[int, int], str]:
    """How thick each arrow is: the more gradient it carries, over four powers of ten."""
    if scene.grad is None or scene.lit is not None:
        return {}
    grad = scene.grad
    flows = {
        (i, k): flow(node, k, parent, grad)
        for i, node in enumerate(order)
        for k, parent in enumerate(parents_of(node))
        if parent is not None and not hasattr(node, "drawn_as")
    }
    most = max((f for f in flows.values() if f is not None and math.isfinite(f)), default=0.0)
    if not most:
        return {}
    widths = {}
    for where, f in flows.items():
        if f is None:
            continue
        share = 1.0 if not math.isfinite(f) else 1 + math.log10(f / most) / 4 if f > 0 else 0.0
        widths[where] = f" penwidth={0.6 + 2.4 * max(share, 0.0):.1f}"
    return widths


def _caption(scene: Scene) -> str:
    if not scene.caption:
        return ""
    text = "".join(f"{escape(line, 120)}<BR ALIGN='LEFT'/>" for line in scene.caption)
    return (
        f' label=<{text}> labelloc=b labeljust=l fontname="{FONT}" fontsize=10.5 '
        f'fontcolor="{scene.theme.faint}"'
    )


def _frame(frame: tuple[int, str], theme: Theme) -> str:
    number_, text = frame
    return (
        f"  subgraph cluster_{number_} {{\n  graph [label=<<B>{escape(text)}</B>> labelloc=t labeljust=l "
        f'style="rounded" color="{theme.op}" penwidth=1.6 fontname="{FONT}" fontsize=15 fontcolor="{theme.ink}" margin=10]'
    )
