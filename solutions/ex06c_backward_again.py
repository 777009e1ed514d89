"""Exercise 06c · Backward, and again                               difficulty 2 of 3 · 10 minutes

What should a second backward() do?  Take b = 2·a, c = 3·b, and call it twice from c:

                             a ── 2 ── b ── 3 ── c
    after the first call     6         3         1
    after the second        12         3         1      the leaf adds up, b and c are as before
    if b kept its 3         18         6         1      wrong: the old 3 went down to a once more

So a call
    adds to the leaves, whose gradients collect over calls until somebody sets them to 0;
    computes every node that has parents afresh, whatever it held.

A root may be a leaf: then d(root)/d(root) = 1 is added to what it holds.  Nodes have `.parents`,
`.local_grads` and `.grad`; topological_order(root) lists them all, parents first, the root last.

    >>> from micrograd_lab.scalar import Value
    >>> a = Value(1.0)
    >>> b = 2 * a
    >>> c = 3 * b
    >>> backward(c)
    >>> backward(c)
    >>> a.grad, b.grad, c.grad
    (12.0, 3.0, 1.0)

Check your work with  micrograd-lab check ex06c,  or  check("ex06c")  in a notebook.
"""

from typing import Any

from micrograd_lab.graph import topological_order


def backward(root: Any) -> None:
    """Leaves add d(root)/d(leaf) to their grad; all other nodes get it afresh."""
    ### BEGIN SOLUTION: clear what lies between, seed, and the chain rule
    order = topological_order(root)
    for node in order:
        if node.parents:
            node.grad = 0.0
    root.grad += 1.0
    for node in reversed(order):
        for parent, local in zip(node.parents, node.local_grads, strict=True):
            parent.grad += local * node.grad
    ### END SOLUTION
