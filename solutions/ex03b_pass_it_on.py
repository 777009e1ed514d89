"""Exercise 03b · Pass the gradient on                              difficulty 1 of 3 · 8 minutes

One step of the backward pass.  A node knows its own gradient, which came from above; it knows its
parents, and one local gradient per parent.  Each parent's share is

    local gradient  ×  upstream gradient            (the chain rule)

and it is added to what the parent holds already, because other nodes may have given it something.

    a  grad 0 ──  local 3.0  ──┐
                               ├──  a*b  grad 10.0     a gets 3.0 × 10.0 = 30.0
    b  grad 0 ──  local 2.0  ──┘                       b gets 2.0 × 10.0 = 20.0

    >>> from micrograd_lab.scalar import Value
    >>> a, b = Value(2.0), Value(3.0)
    >>> c = a * b                      # c.parents is (a, b), c.local_grads is (3.0, 2.0)
    >>> c.grad = 10.0
    >>> pass_it_on(c)
    >>> a.grad, b.grad
    (30.0, 20.0)

Check your work with  micrograd-lab check ex03b,  or  check("ex03b")  in a notebook.
"""

from typing import Any


def pass_it_on(node: Any) -> None:
    """Add local × upstream to the gradient of each of the node's parents."""
    ### BEGIN SOLUTION: local times upstream, to each parent
    for parent, local in zip(node.parents, node.local_grads, strict=True):
        parent.grad += local * node.grad
    ### END SOLUTION
