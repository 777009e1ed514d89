"""A tensor graph taken apart into its entries: one node per number, one edge per ∂yᵢ/∂xⱼ.

Then a tensor's gradient is the same story as a Value's: paths of products of local gradients.
The numbers are the ops' own vjps, asked with an upstream gradient that is 1 at one entry.
"""

from typing import Any

import numpy as np

from micrograd_lab.engine import Record, ways_to
from micrograd_lab.errors import OptionError
from micrograd_lab.graph import topological_order
from micrograd_lab.lens.arrivals import key_of, nodes_of, op_names, parts_of, seed_of
from micrograd_lab.ops.op import sum_to_shape
from micrograd_lab.tensor import Tensor

LIMIT = 2000  # entries; each costs a vjp


class Entry:
    """One number of a tensor, with the five attributes of a node and its local gradients."""

    def __init__(self, data: Any, grad: Any, op: Any, label: str) -> None:
        self.data = data  # None where backward() had no need to keep it
        self.grad = grad
        self.op = op
        self.label = label
        self.edges: list[tuple[Entry, float]] = []

    @property
    def parents(self) -> "tuple[Entry, ...]":
        return tuple(parent for parent, _ in self.edges)

    @property
    def local_grads(self) -> tuple[float, ...]:
        return tuple(local for _, local in self.edges)


def entries_of(root: Tensor, x: Any, index: Any) -> tuple[list[Entry], Entry]:
    """The graph from root to x[index] entry by entry, parents first, and the entry of x[index].

    OptionError for an index that is not one entry of x, or for more than 2,000 entries.
    """
    seed_of(root)
    target, start = key_of(x), key_of(root)
    flat = _flat(index, tuple(x.shape))
    ways = ways_to([start], {target})
    size = sum(node.size for node in ways if type(node) is Record)
    if size > LIMIT:
        raise OptionError(
            f"explain(x, index={index}): between x and the root lie {size:,} entries, more than "
            f"{LIMIT:,}. Take a smaller batch or a smaller model, or leave index out: then the "
            "ledger has one line per op."
        )
    names = op_names(nodes_of(root))
    known = _known([node for node in ways if type(node) is Record])
    made: dict[Any, dict[int, Entry]] = {target: {}}

    def entry(node: Any, i: int) -> Entry:
        there = made.setdefault(node, {})
        if i not in there:
            shape = tuple(node.shape)
            where = "[" + ", ".join(map(str, np.unravel_index(i, shape))) + "]" if shape else ""
            values = node.array if isinstance(node, Tensor) else known.get(node)
            grad = getattr(node.grad, "array", None)
            name = "x" if node is target and not node.label else names.get(id(node), "x")
            there[i] = Entry(
                None if values is None else values.flat[i].item(),
                None if grad is None else grad.flat[i].item(),
                node.op,
                name + where,
            )
        return there[i]

    end, top = entry(target, flat), entry(start, 0)
    records = (node for node, goes_on in ways.items() if goes_on)
    for node in sorted(records, key=lambda node: -node.serial):
        for i, here in list(made.get(node, {}).items()):
            one = np.zeros(node.shape, node.dtype)
            one.flat[i] = 1
            for k, parent, part in parts_of(node, one):
                if parent not in ways:
                    continue
                touched = np.flatnonzero(part) if part.all() else _touched(node, k, one, part)
                for j in touched.tolist():
                    if parent is not target or j == flat:
                        here.edges.append((entry(parent, j), part.flat[j].item()))
    return topological_order(top), end


def _touched(node: Record, k: int, one: Any, part: Any) -> Any:
    """Which entries of input k this entry of the output was made from, also where the slope is 0."""
    shape = part.shape
    found = part != 0
    if node.op.kind == "elementwise":  # entry by entry, broadcasting aside
        found = found | (sum_to_shape(one, shape) != 0)
    elif node.op.kind == "bilinear" and node.saved is not None:  # as if every factor were 1
        ones = [np.ones_like(v) if isinstance(v, np.ndarray) else v for v in node.saved]
        found = found | (node.op.vjps[k](one, *ones, **node.params) != 0)
    return np.flatnonzero(found)


def _known(records: list[Record]) -> dict[Any, Any]:
    """The results that some rule keeps: its own op's, or that of an op which read it."""
    known: dict[Any, Any] = {}
    for node in records:
        saved = node.saved or []
        for owner, value in zip((node, *node.parents), saved, strict=False):
            if type(owner) is Record and isinstance(value, np.ndarray):
                known[owner] = value
    return known


def _flat(index: Any, shape: tuple[int, ...]) -> int:
    numbers = index if isinstance(index, tuple) else (index,)
    try:
        if len(numbers) != len(shape) or not all(isinstance(i, int) for i in numbers):
            raise IndexError
        places = tuple(i + n if i < 0 else i for i, n in zip(numbers, shape, strict=True))
        return int(np.ravel_multi_index(places, shape)) if shape else 0
    except (IndexError, ValueError):
        raise OptionError(
            f"explain(x, index={index!r}): x has shape {shape}; give one whole number per axis, "
            f"such as index={tuple(0 for _ in shape)}."
        ) from None
