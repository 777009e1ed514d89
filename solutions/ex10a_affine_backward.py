"""Exercise 10a · An affine layer, backwards                       difficulty 2 of 3 · 15 minutes

A batch of N examples goes through one affine layer:

    y = x @ W + b            y[n, j]  =  Σᵢ x[n, i] · W[i, j]  +  b[j]

    x  (N, inputs)     W  (inputs, outputs)     b  (outputs,)     y  (N, outputs)

From above comes g, with g[n, j] = ∂loss/∂y[n, j].  Pass it on to all three: dx, dW and db, each of
the shape of what it is the gradient of.  For every entry ask: which entries of y does it touch, and
with which factor?  The sum of  factor · g  over those is its gradient.

One example, two inputs, one output: y = 2·10 + 3·20 + b.  If g is 5, W[0] gets 2·5 = 10.

    >>> g, x, W = np.array([[5.0]]), np.array([[2.0, 3.0]]), np.array([[10.0], [20.0]])
    >>> dx, dW, db = affine_backward(g, x, W)
    >>> dx
    array([[ 50., 100.]])
    >>> dW
    array([[10.],
           [15.]])
    >>> db
    array([5.])

Check your work with  micrograd-lab check ex10a,  or  check("ex10a")  in a notebook.
"""

import numpy as np


def affine_backward(
    g: np.ndarray, x: np.ndarray, W: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """dx, dW and db of y = x @ W + b, from the upstream gradient g of y."""
    ### BEGIN SOLUTION: dx (N, inputs), dW (inputs, outputs), db (outputs,)
    dx = g @ W.T
    dW = x.T @ g
    db = g.sum(axis=0)
    return dx, dW, db
    ### END SOLUTION
