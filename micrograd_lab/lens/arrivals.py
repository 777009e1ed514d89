"""What each edge of a tensor graph sends back: the walk of backward(), watched and not done."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from heapq import heappop, heappush
from typing import Any

import numpy as np

from micrograd_lab.engine import Record, ways_to
from micrograd_lab.errors import FreedGraphError, GradError
from micrograd_lab.graph import topological_order
from micrograd_lab.lens.naming import clean, name_of
from micrograd_lab.tensor import Tensor


@dataclass(frozen=True, eq=False)
class Arrival:
    """An op passes a gradient to one of its inputs: before + product = after, entry by entry."""

    node: Record
    argument: int
    upstream: Any
    product: Any
    before: Any  # None: nothing had arrived
    after: Any


def key_of(x: Any) -> Any:
    """What stands for a tensor in the graph: the Record of its op, or the leaf itself."""
    return getattr(x, "grad_fn", None) or x


def nodes_of(root: Tensor) -> list[Any]:
    """The Records and leaves below a tensor, parents first; its own Record is the last."""
    inner: list[Any] = topological_order(root)[:-1]
    return [*inner, key_of(root)]


def op_names(order: Sequence[Any]) -> dict[int, str]:
    """Every node's name by id: its label, else its op: matmul, matmul#2.  A leaf without one: leaf."""
    names: dict[int, str] = {}
    count: dict[str, int] = {}
    for node in order:
        name = clean(node.label) or (name_of(node.op) if node.op else "leaf")
        count[name] = count.get(name, 0) + 1
        names[id(node)] = name if count[name] == 1 else f"{name}#{count[name]}"
    return names


def seed_of(root: Tensor) -> Any:
    """The gradient that backward() starts from.  GradError unless root is one number with a graph."""
    if root.array.size != 1:
        raise GradError(
            f"explain(x, of=...): the root has shape {tuple(root.shape)}, but a ledger adds up what "
            "moves one number. Reduce it first: of=y.sum(), of=y.mean() or of=y[0]."
        )
    return np.ones_like(root.array)


@np.errstate(all="ignore")
def parts_of(node: Record, g: Any) -> list[tuple[int, Any, Any]]:
    """(argument, parent, what arrives there) for a gradient g at node, as backward() computes it."""
    try:
        values = node.recall()
    except FreedGraphError as error:
        raise FreedGraphError(
            f"explain(x, of=root): {node.op.name} no longer has the values its derivative needs, "
            "because backward() freed the graph as it passed. Call explain before backward(), or "
            "root.backward(retain_graph=True)."
        ) from error
    op, parents = node.op, node.parents
    if op.pull is not None:
        parts = list(op.pull(parents, g, *values, **node.params))
    else:
        rules = op.rules(len(parents)) if op.variadic else op.vjps
        parts = [
            None if parent is None else rule(g, *values, **node.params)
            for parent, rule in zip(parents, rules, strict=False)
        ]
    return [
        (k, parent, part if part.dtype == _dtype(parent) else part.astype(_dtype(parent)))
        for k, (parent, part) in enumerate(zip(parents, parts, strict=False))
        if parent is not None and part is not None
    ]


def arrivals(root: Tensor, target: Any) -> Iterator[Arrival]:
    """Every contribution to the gradient of `target`, in the order and arithmetic of backward().

    Nothing is changed and hooks are not called.  FreedGraphError if backward() freed the graph.
    """
    start = key_of(root)
    ways = ways_to([start], {target})
    pending: dict[Any, Any] = {start: seed_of(root)}
    heap = [(-start.serial, start)] if type(start) is Record and start in ways else []
    while heap:
        node = heappop(heap)[1]
        g = pending.pop(node)
        if not ways[node]:
            continue
        for k, parent, part in parts_of(node, g):
            if parent not in ways:
                continue
            before = pending.get(parent)
            after = part if before is None else before + part
            if before is None and type(parent) is Record:
                heappush(heap, (-parent.serial, parent))
            pending[parent] = after
            if parent is target:
                yield Arrival(node, k, g, part, before, after)


def along(root: Tensor, edges: tuple[tuple[Record, int], ...]) -> Any:
    """The gradient that reaches the end of one single path."""
    g = seed_of(root)
    for node, argument in edges:
        g = next((part for k, _, part in parts_of(node, g) if k == argument), g)
    return g


def _dtype(node: Any) -> Any:
    return node.dtype
