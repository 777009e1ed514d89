"""The paths of a graph: counted without walking them, and the largest found first.

A gradient is a sum over paths: each one multiplies the local gradients of its edges.  There can be
astronomically many (thirty doublings make a billion), yet one pass over the nodes counts them, and
a best-first search needs to look only at the few that are asked for.
"""

import heapq
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import count
from typing import Any

Edge = tuple[Any, int]  # a node, and which of its parents


@dataclass(frozen=True, eq=False)
class Path:
    """One way from the root to the target, as the gradient walks it."""

    edges: tuple[Edge, ...]  # from the root on
    product: float  # of its local gradients, multiplied in that order

    @property
    def nodes(self) -> list[Any]:
        """From the root to the target; no nodes where the root is the target."""
        first = [node for node, _ in self.edges[:1]]
        return first + [node.parents[argument] for node, argument in self.edges]

    @property
    def factors(self) -> list[float]:
        return [float(node.local_grads[argument]) for node, argument in self.edges]


@dataclass(frozen=True, eq=False)
class Block:
    """An edge whose local gradient is zero, with the number of paths that end their way there."""

    node: Any
    argument: int
    paths: int


class Paths:
    """All paths from the root, which is last in `order` (parents first), to the target."""

    def __init__(self, order: Sequence[Any], target: Any) -> None:
        self.order = order
        self.root, self.target = order[-1], target
        # From each node to the target: how many ways, how many of them not zero, and log2 of the
        # largest product.  Nodes that do not lead there are in none of the three.
        self.ways = {id(target): 1}
        self.live = {id(target): 1}
        self.best = {id(target): 0.0}
        self.nodes = [node for node in order if node is target or self._leads(node)]

    def _leads(self, node: Any) -> bool:
        """Whether node leads to the target; its parents are known by now."""
        edges = [
            (id(parent), _size(local))
            for parent, local in zip(node.parents, node.local_grads, strict=True)
            if id(parent) in self.ways
        ]
        if not edges:
            return False
        alive = [(parent, size) for parent, size in edges if size > -math.inf]
        self.ways[id(node)] = sum(self.ways[parent] for parent, _ in edges)
        self.live[id(node)] = sum(self.live[parent] for parent, _ in alive)
        sizes = [size + self.best[p] for p, size in alive if self.best[p] > -math.inf]
        self.best[id(node)] = max(sizes, default=-math.inf)
        return True

    def __len__(self) -> int:
        return min(self.count, 2**63 - 1)  # len() can hold no more; .count is exact

    @property
    def count(self) -> int:
        """How many paths there are; 0 if the root does not depend on the target."""
        return self.ways.get(id(self.root), 0)

    @property
    def count_not_zero(self) -> int:
        """How many of them meet no local gradient of zero."""
        return self.live.get(id(self.root), 0)

    def blocks(self) -> list[Block]:
        """The zero edges that paths meet first, coming from the root.

        Their `paths` add up to all the paths that are zero.
        """
        arriving = {id(self.root): 1}  # live ways from the root
        blocks = []
        for node in reversed(self.nodes):
            here = arriving.get(id(node), 0)
            if not here or node is self.target:
                continue
            for k, (parent, local) in enumerate(zip(node.parents, node.local_grads, strict=True)):
                if id(parent) not in self.ways:
                    continue
                if _size(local) == -math.inf:
                    blocks.append(Block(node, k, here * self.ways[id(parent)]))
                else:
                    arriving[id(parent)] = arriving.get(id(parent), 0) + here
        return blocks

    def largest(self) -> Iterator[Path]:
        """The paths that are not zero, the largest |product| first.

        A partial path is as promising as the best that can still become of it, which `best` knows
        exactly; so the search never turns back, and the k-th path costs no more than the first.
        Ties go by the order of arguments; sizes are compared to within rounding of their logarithms.
        """
        if not self.count_not_zero:
            return
        serial = count()
        # (minus promise, minus length, tie-break, node, size so far, edges so far as a linked list)
        heap: list[tuple[float, int, int, Any, float, Any]] = [
            (-self.best[id(self.root)], 0, next(serial), self.root, 0.0, None)
        ]
        while heap:
            _, length, _, node, size, trail = heapq.heappop(heap)
            if node is self.target:
                yield _path(trail)
                continue
            for k, (parent, local) in enumerate(zip(node.parents, node.local_grads, strict=True)):
                rest, step = self.best.get(id(parent), -math.inf), _size(local)
                if rest > -math.inf and step > -math.inf:
                    promise = size + step + rest
                    entry = (-promise, length - 1, next(serial), parent, size + step)
                    heapq.heappush(heap, (*entry, (node, k, trail)))


def _size(local: Any) -> float:
    """log2 of |local|: products become sums, which neither overflow nor underflow."""
    size = abs(float(local))
    if math.isnan(size) or size == math.inf:
        return 1e300  # what is broken comes first; finite, so that sums stay comparable
    return math.log2(size) if size else -math.inf


def _path(trail: Any) -> Path:
    edges: list[Edge] = []
    while trail is not None:
        node, argument, trail = trail
        edges.append((node, argument))
    edges.reverse()
    product = 1.0
    for node, argument in edges:
        product = float(node.local_grads[argument]) * product  # in the order of backward()
    return Path(tuple(edges), product)
