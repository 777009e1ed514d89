"""Exercise 05b · The whole backward pass                           difficulty 2 of 3 · 12 minutes

Backward in two movements: put the nodes in order, then apply the chain rule node by node.

    1  d(root)/d(root) = 1
    2  each node, once all that use it have had their turn:
            parent.grad  +=  local gradient  ×  node.grad        for each of its edges

    x ── 3 ── y ──┬── 2 ── u ──┐
                  │            ├── c = u + v       c 1 | u 1 | v 1 | y 2 + 5 = 7 | x 3 × 7 = 21
                  └── 5 ── v ──┘

Any node will do that has `.parents`, `.local_grads` (one number per parent, in the same order) and
`.grad`, which is 0.0 everywhere when you begin.  Graphs may be thousands of nodes deep, and a node
that is used by many still has one turn.  For the order use what you wrote in 05a, or the package's:
topological_order(root) lists all nodes, parents first, the root last.

    >>> from micrograd_lab.scalar import Value
    >>> x = Value(4.0)
    >>> y = 3 * x
    >>> c = 2 * y + 5 * y
    >>> backward(c)
    >>> c.grad, y.grad, x.grad
    (1.0, 7.0, 21.0)

Check your work with  micrograd-lab check ex05b,  or  check("ex05b")  in a notebook.
"""

from typing import Any

from micrograd_lab.graph import topological_order


def backward(root: Any) -> None:
    """Set `grad` to d(root)/d(node) for root and every node it was made from."""
    ### BEGIN SOLUTION: the nodes in order, then the chain rule for each
    root.grad = 1.0
    for node in reversed(topological_order(root)):
        for parent, local in zip(node.parents, node.local_grads, strict=True):
            parent.grad += local * node.grad
    ### END SOLUTION
