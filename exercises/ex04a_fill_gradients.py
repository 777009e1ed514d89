"""Exercise 04a · Where arrows meet, add                            difficulty 1 of 3 · 10 minutes

A node that is used twice moves the result in two ways at once, and the two add up:

    y = 3·x                            local gradient 3
    c = 2·y + 5·y                      two edges to y, local gradients 2 and 5

                    ┌── 2 ──┐
    x ── 3 ── y ────┤       ├── c      dc/dy = 2 + 5 = 7       dc/dx = 3 × 7 = 21
                    └── 5 ──┘

You are given all the nodes of a graph in the order in which they were made, the root last.  So each
node stands after its parents.  A node has `.parents`, `.local_grads` (one number per parent, in the
same order) and `.grad`, which is 0.0 to begin with.  Set `.grad` to d(root)/d(node) everywhere:

    root.grad    =   1                                          d(root)/d(root)
    parent.grad  =   the sum, over all edges from a node down to this parent, of
                     that edge's local gradient  ×  that node's grad

    >>> from micrograd_lab.scalar import Value
    >>> x = Value(4.0)
    >>> y = 3 * x
    >>> c = 2 * y + 5 * y
    >>> nodes = [x, y, *c.parents, c]       # the constants 2, 3 and 5 are left out here
    >>> fill_gradients(nodes)
    >>> c.grad, y.grad, x.grad
    (1.0, 7.0, 21.0)

Check your work with  micrograd-lab check ex04a,  or  check("ex04a")  in a notebook.
"""

from collections.abc import Sequence
from typing import Any


def fill_gradients(nodes: Sequence[Any]) -> None:
    """Set every node's grad; `nodes` stand in the order they were made, the root last."""
    raise NotImplementedError("your turn: start at the root, walk back, add along every edge")
