"""Exercise 11c · Scale the rows, shift the columns                difficulty 1 of 3 · 10 minutes

Every row of a batch is multiplied by a number of its own, and every column gets an offset:

    y = x * s + b            y[n, c]  =  x[n, c] · s[n]  +  b[c]

    x  (N, C)          s  (N, 1)  stretched along the columns          b  (C,)  along the rows

From the upstream gradient g of y, return dx, ds and db, each of the shape of what it belongs to.

    >>> g = np.array([[1.0, 10.0]])
    >>> x = np.array([[2.0, 3.0]])
    >>> s = np.array([[7.0]])
    >>> dx, ds, db = scale_and_shift_backward(g, x, s)
    >>> dx                             # 1 · 7 and 10 · 7
    array([[ 7., 70.]])
    >>> ds                             # s was used twice: 1 · 2 + 10 · 3
    array([[32.]])
    >>> db
    array([ 1., 10.])

Check your work with  micrograd-lab check ex11c,  or  check("ex11c")  in a notebook.
"""

import numpy as np


def scale_and_shift_backward(
    g: np.ndarray, x: np.ndarray, s: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """dx (N, C), ds (N, 1), db (C,) of y = x * s + b, from the upstream gradient g of y."""
    ### BEGIN SOLUTION: multiply first, then collect what was stretched
    dx = g * s
    ds = (g * x).sum(axis=1, keepdims=True)
    db = g.sum(axis=0)
    return dx, ds, db
    ### END SOLUTION
