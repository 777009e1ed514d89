"""Exercise 04b · The ledger of paths                               difficulty 2 of 3 · 12 minutes

A gradient is a sum over paths.  Every way from the root down to x, edge by edge, is worth the
product of its local gradients, and d(root)/dx is the sum of them all:

    y = 3·x                                      path by the upper edge   2 × 3 =  6
    c = 2·y + 5·y                                path by the lower edge   5 × 3 = 15
                                                                                 ──
                    ┌── 2 ──┐                                        dc/dx    =  21
    x ── 3 ── y ────┤       ├── c
                    └── 5 ──┘

Write the ledger: the list of the products, one per path, in any order.  Two paths that differ in one
edge are two paths, even if their products are equal.  From a node to itself leads one path, the one
without edges, and a product of nothing is 1.  The graphs here are small.

A node has `.parents` and `.local_grads`, one number per parent in the same order.

    >>> from micrograd_lab.scalar import Value
    >>> x = Value(4.0)
    >>> y = 3 * x
    >>> sorted(ledger(2 * y + 5 * y, x))
    [6.0, 15.0]
    >>> ledger(x, x)
    [1.0]
    >>> ledger(x, y)                        # x was not made from y
    []

Check your work with  micrograd-lab check ex04b,  or  check("ex04b")  in a notebook.
"""

from typing import Any


def ledger(root: Any, x: Any) -> list[float]:
    """For every path from `root` to the node `x`, the product of its local gradients."""
    ### BEGIN SOLUTION: one product per path
    if root is x:
        return [1.0]
    edges = zip(root.parents, root.local_grads, strict=True)
    return [local * rest for parent, local in edges for rest in ledger(parent, x)]
    ### END SOLUTION
