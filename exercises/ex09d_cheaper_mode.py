"""Exercise 09d · The cheaper mode                                  difficulty 1 of 3 · 12 minutes

A function with n inputs and m outputs has a Jacobian of m rows and n columns: row i, column j holds
how fast output i moves with input j.  Two passes can be run, each as expensive as the other:

    push(tangent)       forward mode: n speeds of the inputs in, m speeds of the outputs out
    pull(upstream)      reverse mode: m weights of the outputs in, n gradients of the inputs out

Send in a 1 at one place and 0 elsewhere, and a column or a row comes out.  Return the whole Jacobian
as a list of rows, in as few passes as can be: n or m, whichever is less.

    >>> table = [[1.0, 2.0, 3.0],                       # 3 inputs, 2 outputs
    ...          [4.0, 5.0, 6.0]]
    >>> passes = []
    >>> def push(tangent):
    ...     passes.append("push")
    ...     return [sum(a * t for a, t in zip(row, tangent)) for row in table]
    >>> def pull(upstream):
    ...     passes.append("pull")
    ...     return [sum(a * u for a, u in zip(column, upstream)) for column in zip(*table)]
    >>> push([0.0, 1.0, 0.0]), pull([0.0, 1.0])         # the middle column, the lower row
    ([2.0, 5.0], [4.0, 5.0, 6.0])
    >>> passes.clear()
    >>> jacobian(push, pull, n=3, m=2)
    [[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]]
    >>> passes
    ['pull', 'pull']

Check your work with  micrograd-lab check ex09d,  or  check("ex09d")  in a notebook.
"""

from collections.abc import Callable

Pass = Callable[[list[float]], list[float]]


def unit(size: int, place: int) -> list[float]:
    """`size` numbers, 1.0 at `place` and 0.0 elsewhere."""
    return [1.0 if k == place else 0.0 for k in range(size)]


def jacobian(push: Pass, pull: Pass, n: int, m: int) -> list[list[float]]:
    """The Jacobian of a function with n inputs and m outputs, in min(n, m) passes."""
    raise NotImplementedError("your turn: by columns or by rows")
