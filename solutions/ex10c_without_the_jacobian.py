"""Exercise 10c · A vjp without its Jacobian                       difficulty 2 of 3 · 15 minutes

The running energy of a signal x adds up its squares, so far:

    E[i] = x[0]² + x[1]² + … + x[i]²

Its Jacobian has ∂E[i]/∂x[j] in row i and column j.  For three entries:

         x0     x1     x2
    E0 [ 2·x0   0      0    ]
    E1 [ 2·x0   2·x1   0    ]          dx[j] = Σᵢ g[i] · ∂E[i]/∂x[j]:  g times column j
    E2 [ 2·x0   2·x1   2·x2 ]

Given the upstream gradient g of E, return dx.  A signal of a second has 48,000 entries, and that
table would fill 18 gigabytes: get along with vectors, and build no table.

    >>> running_energy_vjp(np.array([1.0, 10.0, 100.0]), np.array([1.0, 2.0, 3.0]))
    array([222., 440., 600.])

(x0 is in all three: 111 · 2.  x1 is in the last two: 110 · 4.  x2 only in the last: 100 · 6.)

Check your work with  micrograd-lab check ex10c,  or  check("ex10c")  in a notebook.
"""

import numpy as np


def running_energy_vjp(g: np.ndarray, x: np.ndarray) -> np.ndarray:
    """dx from the upstream gradient g of E = cumsum(x * x).  (n,), (n,) -> (n,)"""
    ### BEGIN SOLUTION: what every later energy sends back to x[j]
    from_here_on = np.cumsum(g[::-1])[::-1]
    return 2 * x * from_here_on
    ### END SOLUTION
