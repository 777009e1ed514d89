"""Exercise 12b · Put the axes back                                difficulty 2 of 3 · 12 minutes

y = np.transpose(x, axes) takes the axes of x in a new order:  axis i of y is axis axes[i] of x.

    axes = (2, 0, 1)      x  (2, 3, 4)  ──▶  y  (4, 2, 3)
                         dx  (2, 3, 4)  ◀──  g  (4, 2, 3)

No entry changes, each only moves.  So the vjp moves them back: from g, of the shape of y, make dx, of
the shape of x.  axes may hold negative numbers, which count from the end: -1 is the last axis.

    >>> g, x = np.arange(6.0).reshape(3, 1, 2), np.zeros((1, 2, 3))
    >>> permute_vjp(g, x, (2, 0, 1))
    array([[[0., 2., 4.],
            [1., 3., 5.]]])

Check your work with  micrograd-lab check ex12b,  or  check("ex12b")  in a notebook.
"""

import numpy as np


def permute_vjp(g: np.ndarray, x: np.ndarray, axes: tuple[int, ...]) -> np.ndarray:
    """dx, of the shape of x, from the upstream gradient g of y = np.transpose(x, axes)."""
    raise NotImplementedError("your turn: the permutation that undoes axes")
