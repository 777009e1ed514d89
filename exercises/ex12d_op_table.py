"""Exercise 12d · A table of ops of your own                       difficulty 3 of 3 · 40 minutes

All that an engine knows of mathematics fits in a table: a name, and two functions.

    forward(*xs)       -> y           the value
    vjp(g, y, *xs)     -> a tuple     the upstream gradient g, pulled back to each of the inputs

Write the table with these rows; a and b in add and mul may have been stretched to each other:

    add   a + b         exp   eˣ          tanh   tanh x          matmul   a @ b, of two matrices
    mul   a · b         log   ln x        relu   max(x, 0)       sum      of all entries: one number

What a vjp promises:  it answers with a tuple, even for one input;  a gradient has the shape of its
input;  it is an array of its own, sharing no memory with g, an input or another gradient, because
the engine collects with += and must change nobody else's.  Begin with two rows and check; the check
ends with a whole backward pass driven by your table.

    >>> forward, vjp = op_table()["mul"]
    >>> a, b = np.array([2.0, 3.0]), np.array([10.0])     # b is stretched: used twice
    >>> y = forward(a, b)
    >>> y
    array([20., 30.])
    >>> da, db = vjp(np.array([1.0, 100.0]), y, a, b)
    >>> da, db
    (array([  10., 1000.]), array([302.]))

Check your work with  micrograd-lab check ex12d,  or  check("ex12d")  in a notebook.
"""

from collections.abc import Callable
from typing import Any

import numpy as np


def unbroadcast(g: np.ndarray, shape: tuple[int, ...]) -> np.ndarray:
    """g, summed over every axis along which an array of this shape was stretched; a new array."""
    raise NotImplementedError("your turn: for add and mul; yours from 11b, giving a copy, will do")


def op_table() -> dict[str, tuple[Callable[..., Any], Callable[..., Any]]]:
    """Name of an op -> (forward, vjp)."""
    raise NotImplementedError("your turn: a dict of pairs, name: (forward, vjp)")
