"""Exercise 01b · Who is to blame for the loss?                    difficulty 1 of 3 · 6 minutes

A model predicts x·w + b where 0 would have been right, so that number is its error, and the loss is
the error squared:

    L = error²    with    error = x·w + b

How much would L grow if w alone grew a little?  That is dL/dw, the blame of w; dL/db is the blame
of b.  The chain rule goes through the error: how fast L moves with the error, times how fast the
error moves with w.

For x = 2, w = 3, b = 1 the error is 7 and L is 49.  Moving b to 1.001 moves the error to 7.001 and
L to 49.014001: about 14 times as far.  Moving w to 3.001 moves L about 28 times as far.

    >>> blame(2.0, 3.0, 1.0)
    (28.0, 14.0)

Check your work with  micrograd-lab check ex01b,  or  check("ex01b")  in a notebook.
"""


def blame(x: float, w: float, b: float) -> tuple[float, float]:
    """(dL/dw, dL/db) for L = (x·w + b)²."""
    ### BEGIN SOLUTION: the chain rule, through the error
    error = x * w + b
    return 2 * error * x, 2 * error
    ### END SOLUTION
