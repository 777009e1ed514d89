"""The computation graph: what a node is, and the order in which to visit nodes."""

from typing import Any, Protocol, TypeVar


class Node(Protocol):
    """What every engine's nodes have in common; pictures and tools ask for no more.

    An engine that knows how much each parent mattered may also offer `local_grads`, one number
    per parent in the same order; pictures then write it on the edges.
    """

    @property
    def data(self) -> Any: ...  # what came out of the forward pass
    @property
    def grad(self) -> Any: ...  # d(root)/d(this node), after root.backward()
    @property
    def op(self) -> Any: ...  # the op that made this node; None for a leaf
    @property
    def parents(self) -> tuple[Any, ...]: ...  # what it was made from, in argument order
    @property
    def label(self) -> str: ...  # a name for pictures and messages


N = TypeVar("N", bound=Node)


def topological_order(root: N) -> list[N]:
    """Every node that `root` depends on, each one after all of its parents.

    Depth first with a stack of our own, so a chain of a million nodes is no deeper than one of
    ten: Python's recursion limit plays no part.  Each node appears once however often it is used.
    A parent that is None, an input which no gradient can reach, is passed over.
    """
    order: list[N] = []
    seen: set[N] = set()
    stack: list[N | None] = [root]
    while stack:
        node = stack.pop()
        if node is None:  # a marker: all the parents of the node below it are in `order`
            order.append(stack.pop())  # type: ignore[arg-type]
        elif node not in seen:
            seen.add(node)
            stack += (node, None)
            stack += (parent for parent in reversed(node.parents) if parent is not None)
    return order
