"""Exercise 05a · Every node before its parents                     difficulty 3 of 3 · 20 minutes

A node may pass its gradient on when it is complete, that is, when every node that uses it has had its
turn.  So the backward pass needs an order:

    the root first, every node once, and each node BEFORE all of its parents

    x ── y ──┬── u ──┐            c, u, v, y, x     right
             │       ├── c        c, v, u, y, x     right too
             └── v ──┘            c, u, y, x, v     wrong: y has its turn before v has given to it

Listing nodes as you meet them is not enough, and neither is going by their distance from c.  Each
node has `.parents`, a tuple, empty for a leaf.  Some graphs are thousands of nodes deep, too deep for
a function that calls itself; in others there are more paths than you have years to walk them.

    >>> from micrograd_lab.scalar import Value
    >>> x = Value(2.0, label="x")
    >>> y = x.exp()
    >>> y.label = "y"
    >>> c = y.sin() + y.tanh()
    >>> [node.label or node.op for node in backward_order(c)][-2:]
    ['y', 'x']
    >>> backward_order(c)[0] is c
    True

Check your work with  micrograd-lab check ex05a,  or  check("ex05a")  in a notebook.
"""

from typing import Any


def backward_order(root: Any) -> list[Any]:
    """All nodes that `root` was made from, and root itself, each before its parents."""
    ### BEGIN SOLUTION: an order by a stack of your own
    order, seen = [], set()
    stack = [(root, False)]
    while stack:
        node, opened = stack.pop()
        if opened:  # all its parents are in `order` by now
            order.append(node)
        elif node not in seen:
            seen.add(node)
            stack.append((node, True))
            stack += ((parent, False) for parent in node.parents)
    return order[::-1]
    ### END SOLUTION
