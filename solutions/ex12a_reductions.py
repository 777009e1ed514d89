"""Exercise 12a · Sum, mean and max                                difficulty 3 of 3 · 25 minutes

A reduction makes one number of many, along an axis or (axis=None) of all of x:

    y = x.sum(axis, keepdims)       y = x.mean(axis, keepdims)       y = x.max(axis, keepdims)

Its vjp sends every entry of g back to the entries that number was made of:

    sum     each gets g
    mean    each gets g / n               n entries along the axis
    max     each of the k largest gets g / k, the others 0

      x = [[1, 5, 2],     max, axis=1     y = [5, 4]     g = [10, 20]     dx = [[ 0, 10,  0],
           [4, 4, 3]]                                                           [10, 10,  0]]

y has lost the reduced axis (unless keepdims is True), and so has g: put it back before you stretch.

    >>> x = np.array([[1.0, 5.0, 2.0], [4.0, 4.0, 3.0]])
    >>> g = np.array([10.0, 20.0])
    >>> reduce_vjp("max", g, x, axis=1, keepdims=False)
    array([[ 0., 10.,  0.],
           [10., 10.,  0.]])
    >>> reduce_vjp("sum", g, x, axis=1, keepdims=False)
    array([[10., 10., 10.],
           [20., 20., 20.]])

Check your work with  micrograd-lab check ex12a,  or  check("ex12a")  in a notebook.
"""

import numpy as np


def reduce_vjp(
    op: str, g: np.ndarray, x: np.ndarray, axis: int | None, keepdims: bool
) -> np.ndarray:
    """dx, of the shape of x, from the upstream gradient g of y.  op is "sum", "mean" or "max"."""
    ### BEGIN SOLUTION: put the axis back, stretch, and give each entry its part
    if axis is not None and not keepdims:
        g = np.expand_dims(g, axis)
    if op == "sum":
        return np.ones_like(x) * g
    if op == "mean":
        n = x.size if axis is None else x.shape[axis]
        return np.ones_like(x) * g / n
    largest = x == x.max(axis=axis, keepdims=True)
    return g * largest / largest.sum(axis=axis, keepdims=True)
    ### END SOLUTION
