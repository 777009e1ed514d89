"""Exercise 07c · log(sigmoid) at every point                       difficulty 2 of 3 · 15 minutes

    y  =  log(sigmoid(x))  =  log( 1 / (1 + e⁻ˣ) )

is the log-probability of "yes", and stands in every classifier's loss.  A gradient check at x = 0.5
passes for the formula as it stands; a training run meets x = −1000 too, where e¹⁰⁰⁰ is larger than
any float, and x = 50, where 1 + e⁻⁵⁰ is rounded to 1 and the answer to 0 (it is −1.9e-22).

Return y and its slope dy/dx, both to full precision at every x from −1000000 to 1000000.  Rewrite
the formulas until exp is only taken of numbers below 0; math.log1p(t) is log(1 + t), exact for a
tiny t.

    >>> y, slope = log_sigmoid(0.0)
    >>> round(y, 6), slope                        # log ½, and half way up
    (-0.693147, 0.5)
    >>> log_sigmoid(-1000.0)                      # sigmoid is e⁻¹⁰⁰⁰ here, so its log is −1000
    (-1000.0, 1.0)
    >>> y, slope = log_sigmoid(50.0)
    >>> f"{y:.3e} {slope:.3e}"
    '-1.929e-22 1.929e-22'

Check your work with  micrograd-lab check ex07c,  or  check("ex07c")  in a notebook.
"""

import math


def log_sigmoid(x: float) -> tuple[float, float]:
    """(log(sigmoid(x)), its slope at x), without overflow and without loss of digits."""
    ### BEGIN SOLUTION: y and the slope, in forms that are safe on either side
    e = math.exp(-abs(x))
    y = min(x, 0.0) - math.log1p(e)
    slope = e / (1 + e) if x >= 0 else 1 / (1 + e)
    return y, slope
    ### END SOLUTION
