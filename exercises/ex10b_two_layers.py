"""Exercise 10b · Two layers, backwards                            difficulty 3 of 3 · 20 minutes

A net with one hidden layer, and a batch of N examples:

    a = x @ W1 + b1         (N, hidden)
    h = tanh(a)             (N, hidden)        slope of tanh:  ∂h/∂a = 1 − h²
    y = h @ W2 + b2         (N, outputs)

From above comes g = ∂loss/∂y.  Walk the three lines from the last to the first.  Each takes the
gradient of what it made and passes on the gradients of what it was made from:

    y  ──g──▶  dW2, db2, dh  ──▶  da  ──▶  dW1, db1

The backward pass needs h again: compute it from x, W1 and b1.

One number everywhere: x = 0, so a = b1 = 0, h = 0, and the slope of tanh is 1.

    >>> g, x, W1, b1, W2 = [[5.0]], [[0.0]], [[2.0]], [0.0], [[3.0]]
    >>> dW1, db1, dW2, db2 = two_layer_backward(*map(np.array, (g, x, W1, b1, W2)))
    >>> db2, db1                       # 5, and 5 through W2 and tanh: 5 · 3 · 1
    (array([5.]), array([15.]))
    >>> dW2, dW1                       # 0, because what came in, h and x, was 0
    (array([[0.]]), array([[0.]]))

Check your work with  micrograd-lab check ex10b,  or  check("ex10b")  in a notebook.
"""

import numpy as np


def two_layer_backward(
    g: np.ndarray, x: np.ndarray, W1: np.ndarray, b1: np.ndarray, W2: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """dW1, db1, dW2, db2 of y = tanh(x @ W1 + b1) @ W2 + b2, from the upstream gradient g of y."""
    raise NotImplementedError("your turn: h again, then from the last line to the first")
