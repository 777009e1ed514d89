"""Ops that come again and again, drawn once, in a frame that says how often: ×12."""

from collections.abc import Sequence
from typing import Any

from micrograd_lab.lens.folding import Folded
from micrograd_lab.lens.marks import Row, Sight, kind_of, norm
from micrograd_lab.lens.naming import is_gradient, name_of, number

SAVED = 5  # boxes fewer, or a frame is not worth it


def fold_repeats(
    order: Sequence[Any], roots: Sequence[Any], sight: Sight
) -> tuple[list[Any], list[Any]]:
    """(order, roots) with ops that come again and again shown once, in a frame that says ×12."""
    kinds: dict[Any, int] = {}
    tokens = [kinds.setdefault(_token(node), len(kinds)) for node in order]
    boxes: list[Folded] = []
    frames: list[str] = []

    def lay(units: list[list[int]], around: tuple[tuple[int, str], ...]) -> None:
        """Boxes for a stretch of units; nodes of one unit were merged by a frame around it."""
        found = best_run([tokens[unit[0]] for unit in units])
        if found is None:
            for unit in units:
                boxes.append(_stack([order[i] for i in unit], around, sight))
            return
        start, period, count = found
        end = start + period * count
        lay(units[:start], around)
        merged = [
            [i for copy in range(count) for i in units[start + copy * period + k]]
            for k in range(period)
        ]
        frames.append(f"×{count:,}")
        lay(merged, (*around, (len(frames), frames[-1])))
        lay(units[end:], around)

    lay([[i] for i in range(len(order))], ())
    home = {id(node): box for box in boxes for node in box.nodes}
    rank = {id(box): k for k, box in enumerate(boxes)}
    for box in boxes:
        parents = [
            home[id(p)]
            for node in box.nodes
            for p in node.parents
            if p is not None and id(p) in home
        ]
        box.parents = tuple(dict.fromkeys(parents))
        box.back = tuple(k for k, p in enumerate(box.parents) if rank[id(p)] >= rank[id(box)])
    return list(boxes), list(dict.fromkeys(home[id(root)] for root in roots))


def _token(node: Any) -> Any:
    """What makes two nodes the same kind: op, shape, and for an op how much goes into it."""
    inputs = 0 if getattr(node, "drawn_as", "") == "module" else len(node.parents)
    return name_of(node.op), str(getattr(node.data, "shape", "")), inputs


def _stack(nodes: list[Any], frames: tuple[tuple[int, str], ...], sight: Sight) -> Folded:
    """Nodes of the same kind in one box: what they agree on, and how far their gradients reach."""
    first, last = nodes[0], nodes[-1]
    titles = [sight.title(node) for node in (first, last)]
    title = titles[0] if titles[0] == titles[1] else f"{titles[0]} … {titles[1]}"
    kind, rows = kind_of(last, sight), getattr(last, "rows", None)
    if len(nodes) == 1:
        data, grad = sight.data(last), last.grad
        return Folded(nodes, last.op, title, data, grad, (), kind, rows, frames)
    data = last.data if hasattr(last.data, "shape") and last.data.shape else None
    rows = tuple(row for row in rows or () if row.tone == "ink")
    if kind == "constant":
        rows = (Row("", f"{len(nodes):,} numbers", "faint"),)
    lengths = sorted(norm(node.grad) for node in nodes if is_gradient(node.grad))
    if lengths:
        rows += (Row("|grad|", f"{number(lengths[0])} … {number(lengths[-1])}", "grad"),)
    shape = None if data is None else Shape(data)
    return Folded(nodes, last.op, title, shape, None, (), kind, rows, frames)


class Shape:
    """What nodes that stand as one have in common: not their numbers, only their kind."""

    def __init__(self, x: Any) -> None:
        self.shape, self.dtype = x.shape, x.dtype


def best_run(tokens: Sequence[int]) -> tuple[int, int, int] | None:
    """(start, period, count) of the repetition that leaves the fewest tokens; None if none is worth it.

    In `a b a b a b c` it is (0, 2, 3).
    """
    import numpy as np

    line = np.asarray(tokens)
    best: tuple[int, int, int, int] | None = None
    for period in range(1, min(len(line) // 2, max(64, 4_000_000 // max(len(line), 1))) + 1):
        differs = np.flatnonzero(line[period:] != line[:-period])
        edges = np.concatenate(([-1], differs, [len(line) - period]))
        lengths = np.diff(edges) - 1
        where = int(lengths.argmax())
        count = int(lengths[where]) // period + 1
        saved = (count - 1) * period
        if saved >= SAVED and (best is None or saved > best[0]):
            best = (saved, int(edges[where]) + 1, period, count)
    return None if best is None else best[1:]
