"""Exercise 14b · One rises, the others fall                        difficulty 2 of 3 · 15 minutes

p = softmax(x) along the last axis:  pᵢ = exp(xᵢ) / Σ exp(xₖ).  The probabilities of a row add up to
1, so when one logit rises, its own probability rises and all others of that row fall:

    dpᵢ/dxⱼ  =   pᵢ · (1 − pᵢ)     for i = j
                −pᵢ · pⱼ           for i ≠ j

From the upstream gradient g, of the shape of p, make the gradient of x:  dxⱼ = Σᵢ gᵢ · dpᵢ/dxⱼ.  Put
the slopes in and collect first: it comes down to a few operations on whole arrays, without that
matrix.

    >>> p = np.array([[0.5, 0.25, 0.25]])
    >>> softmax_vjp(np.array([[8.0, 0.0, 0.0]]), p)        # g counts the first one only
    array([[ 2., -1., -1.]])
    >>> softmax_vjp(np.array([[8.0, 8.0, 8.0]]), p)        # all alike: nothing to be gained
    array([[0., 0., 0.]])

Any number of axes may stand before the last.  Leave g and p as they are.

Check your work with  micrograd-lab check ex14b,  or  check("ex14b")  in a notebook.
"""

import numpy as np


def softmax_vjp(g: np.ndarray, p: np.ndarray) -> np.ndarray:
    """The gradient of the logits, from the upstream gradient g of p = softmax(logits)."""
    raise NotImplementedError("your turn: one line, with one sum per row")
