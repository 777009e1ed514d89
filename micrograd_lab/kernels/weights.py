"""What attention does between its products: the scores of a few queries become weights, and back.

The kernels of whole heads call these, compiled by themselves: so a head has the same bits whether or not
threads share the heads.
"""

from typing import Any

import numpy as np
from numba import int32

from micrograd_lab.kernels.jit import compiled
from micrograd_lab.kernels.maths import f4
from micrograd_lab.kernels.rows import through_softmax, to_softmax


@compiled
def weigh(scores: Any, n: int, first: int, causal: bool) -> None:
    """Scores become weights, in rows of n entries; the i-th query sees the keys up to first + i."""
    for i in range(scores.size // n):
        row, last = scores[i * n : (i + 1) * n], int32(first + i)
        if causal:
            for j in range(row.size):
                row[j] = row[j] if int32(j) <= last else f4(-np.inf)
        to_softmax(row, row)


@compiled
def weigh_back(g: Any, weights: Any, n: int, first: int, causal: bool) -> None:
    """The gradient of weights becomes that of scores; what nobody saw has no say, whatever it is."""
    for i in range(g.size // n):
        row, last = g[i * n : (i + 1) * n], int32(first + i)
        if causal:
            for j in range(row.size):
                row[j] = row[j] if int32(j) <= last else f4(0)
        through_softmax(row, weights[i * n : (i + 1) * n], row)
