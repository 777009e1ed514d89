"""Exercise 12c · Picked twice, paid twice                         difficulty 2 of 3 · 12 minutes

y = x[index] picks rows of x; index is an array of whole numbers of any shape.  A row may be picked
never, once, or many times: in a text, each character picks its row of an embedding.

    index = [2, 0, 2]        y[0] = x[2]        dx[0] = g[1]
                             y[1] = x[0]        dx[1] = 0
                             y[2] = x[2]        dx[2] = g[0] + g[2]

From the upstream gradient g, of the shape of y, make dx, of the shape of x.  A negative index counts
from the end, as always.  Leave x, g and index as they are.

    >>> x = np.zeros((3, 2))
    >>> g = np.array([[1.0, 1.0], [10.0, 10.0], [100.0, 100.0]])
    >>> gather_vjp(g, x, np.array([2, 0, 2]))
    array([[ 10.,  10.],
           [  0.,   0.],
           [101., 101.]])

Check your work with  micrograd-lab check ex12c,  or  check("ex12c")  in a notebook.
"""

import numpy as np


def gather_vjp(g: np.ndarray, x: np.ndarray, index: np.ndarray) -> np.ndarray:
    """dx, of the shape of x, from the upstream gradient g of y = x[index]."""
    ### BEGIN SOLUTION: put every g back where its row came from
    dx = np.zeros_like(x)
    np.add.at(dx, index, g)
    return dx
    ### END SOLUTION
