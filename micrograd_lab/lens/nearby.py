"""A part of a graph: what is so many arrows from its root, or from any node in it."""

from collections.abc import Sequence
from typing import Any

from micrograd_lab.errors import DrawingError
from micrograd_lab.lens.marks import record_of


def above(order: Sequence[Any], roots: Sequence[Any], depth: int) -> list[Any]:
    """The nodes at most `depth` arrows before one of the roots."""
    near = {id(node) for node in roots}
    layer = list(roots)
    for _ in range(depth):
        layer = [p for node in layer for p in node.parents if p is not None and id(p) not in near]
        layer = list({id(p): p for p in layer}.values())
        near |= {id(node) for node in layer}
        if not layer:
            break
    return [node for node in order if id(node) in near]


def the_node(order: Sequence[Any], asked: Any) -> Any:
    """The node in `order` that stands for `asked`: itself, or the record of a tensor."""
    wanted = (id(asked), id(record_of(asked)))
    start = next((node for node in order if id(node) in wanted), None)
    if start is None:
        raise DrawingError(
            f"draw(root, around=node): this {type(asked).__name__} is not part of the graph of "
            "root. Give a node that root was computed from."
        )
    return start


def around(order: Sequence[Any], start: Any, radius: int) -> list[Any]:
    """The nodes at most `radius` arrows from `start`, whichever way the arrows point."""
    beside: dict[int, list[Any]] = {}
    for node in order:
        for parent in node.parents:
            if parent is not None:
                beside.setdefault(id(node), []).append(parent)
                beside.setdefault(id(parent), []).append(node)
    near = {id(start)}
    layer = [start]
    for _ in range(radius):
        found = {id(n): n for node in layer for n in beside.get(id(node), ()) if id(n) not in near}
        layer = list(found.values())
        near |= found.keys()
    return [node for node in order if id(node) in near]


def nearest(order: Sequence[Any], roots: Sequence[Any], count: int) -> list[Any]:
    """As many steps before the roots as fit into `count` nodes: at least the roots."""
    depth, part = 0, above(order, roots, 0)
    while True:
        more = above(order, roots, depth + 1)
        if len(more) > count or len(more) == len(part):
            return part
        depth, part = depth + 1, more
