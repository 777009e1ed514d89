"""Every graph of two to four nodes: what goes wrong on a large one nearly always does on one of these."""

import itertools
from collections.abc import Iterator
from typing import Any

PRIMES = (2, 3, 5, 7, 11, 13)  # local gradients: every path has a product of its own


def small_graphs() -> Iterator[dict[str, Any]]:
    """Per node its edges, as [number of a node before, local gradient]; the last one is the root."""
    for shape in shapes():
        local = iter(PRIMES)
        yield {"edges": [[[parent, next(local)] for parent in node] for node in shape]}


def small_orders() -> Iterator[dict[str, Any]]:
    """The same graphs without gradients: per node its parents; the last one is the root."""
    for shape in shapes():
        yield {"parents": [list(node) for node in shape], "root": len(shape) - 1}


def shapes() -> Iterator[tuple[tuple[int, ...], ...]]:
    """Per node its parents, one or two, made before it.  All lead to the last one."""
    for size in (2, 3, 4):
        choices = [
            [(), *((i,) for i in range(k)), *itertools.product(range(k), repeat=2)]
            for k in range(size)
        ]
        for shape in itertools.product(*choices):
            used = {parent for node in shape for parent in node}
            if used == set(range(size - 1)) and sum(not node for node in shape) <= 2:
                yield shape
