"""Exercise 02b · How many nodes has a graph?                      difficulty 2 of 3 · 10 minutes

Every result of an operation is a node, and so is every leaf.  A node that is used twice is still
one node:

    a ──┬── a*b ── a*b + a         a, b, a*b and a*b + a: four nodes
    b ──┘            │
    a ───────────────┘             this a is the same node as the one above

Each node has `.parents`, a tuple, empty for a leaf.  Start at the root and find them all.  Some
graphs are thousands of nodes deep.

    >>> from micrograd_lab.scalar import Value
    >>> a, b = Value(2.0), Value(3.0)
    >>> count_nodes(a * b + a)
    4
    >>> count_nodes(a)
    1

Check your work with  micrograd-lab check ex02b,  or  check("ex02b")  in a notebook.
"""

from typing import Any


def count_nodes(root: Any) -> int:
    """How many different nodes the graph that ends in `root` has, `root` among them."""
    ### BEGIN SOLUTION: visit every node once, and count
    seen = set()
    to_visit = [root]
    while to_visit:
        node = to_visit.pop()
        if node not in seen:
            seen.add(node)
            to_visit.extend(node.parents)
    return len(seen)
    ### END SOLUTION
