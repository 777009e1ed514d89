"""Exercise 11b · Undo a broadcast                                 difficulty 2 of 3 · 15 minutes

Adding a bias b of shape (3,) to a batch of shape (2, 3) stretches b: each of its entries is used
twice, once per row.  The gradient that comes back has the stretched shape,

    g = [[ 1,  2,  3],
         [10, 20, 30]]

and b has to get one of its own shape.  b[0] moved the loss by 1 in the first row and by 10 in the
second.  An axis was stretched if shape lacks it (in front), or has it with size 1:

    g of shape (2, 3)     to shape (3,)       the first axis goes
                          to shape (2, 1)     the last axis stays, with size 1
                          to shape ()         both go

    >>> g = np.array([[1.0, 2.0, 3.0], [10.0, 20.0, 30.0]])
    >>> unbroadcast(g, (3,))
    array([11., 22., 33.])
    >>> unbroadcast(g, (2, 1))
    array([[ 6.],
           [60.]])

Check your work with  micrograd-lab check ex11b,  or  check("ex11b")  in a notebook.
"""

import numpy as np


def unbroadcast(g: np.ndarray, shape: tuple[int, ...]) -> np.ndarray:
    """The gradient of an array of this shape that was stretched to g.shape.  Gives that shape."""
    ### BEGIN SOLUTION: collect what came back from every copy
    while g.ndim > len(shape):
        g = g.sum(axis=0)
    for axis, size in enumerate(shape):
        if size == 1:
            g = g.sum(axis=axis, keepdims=True)
    return g
    ### END SOLUTION
