"""Products of tensors whose axes are matched by label, and their gradients.

Two tensors are multiplied wherever shared labels agree and summed over every label that the
result does not have.  The transpose of such a map is such a map again, so one bilinear op,
`contract`, is its own gradient.
"""

import math
from typing import Any

import numpy as np

from micrograd_lab.ops.halves import op_lowered
from micrograd_lab.ops.op import Array, Op, bilinear, linear

Labels = tuple[Any, ...]


# --- one tensor: diagonals, sums and an order of the axes ------------------------------------


def _diagonal_sum(x: Array, labels: Labels, out: Labels, shape: tuple[int, ...]) -> Any:
    number = {k: i for i, k in enumerate(dict.fromkeys(labels))}
    return np.einsum(x, [number[k] for k in labels], [number[k] for k in out]).copy()


def _spread_diagonal(g: Array, labels: Labels, out: Labels, shape: tuple[int, ...]) -> Any:
    """Zeros of `shape`, with g on the diagonals, repeated along the labels that were summed."""
    x: Array = np.zeros(shape, g.dtype)
    number = {k: i for i, k in enumerate(dict.fromkeys(labels))}
    summed = [i for k, i in number.items() if k not in out]
    np.einsum(x, [number[k] for k in labels], [*summed, *(number[k] for k in out)])[...] = g
    return x


# fmt: off
diagonal_sum        = linear("einsum_diagonal", _diagonal_sum,
                             lambda g, x, labels, out, shape: spread_diagonal(g, labels=labels, out=out, shape=shape))
spread_diagonal: Op = linear("einsum_spread", _spread_diagonal,
                             lambda g, x, labels, out, shape: diagonal_sum(g, labels=labels, out=out, shape=shape))
# fmt: on


def rearranged(x: Any, labels: Labels, out: Labels) -> Any:
    """x with axes labelled `labels` as a tensor with axes labelled `out`."""
    if labels == out:
        return x
    return diagonal_sum(x, labels=labels, out=out, shape=tuple(x.shape))


# --- two tensors -----------------------------------------------------------------------------


def _contract(a: Array, b: Array, in_a: Labels, in_b: Labels, out: Labels) -> Any:
    """One matrix product: axes of both kept are its batch, those of both summed its inner axis."""
    batch = [k for k in in_a if k in in_b and k in out]
    inner = [k for k in in_a if k in in_b and k not in out]
    rows = [k for k in in_a if k not in in_b]
    columns = [k for k in in_b if k not in in_a]
    size = dict(zip(in_a, a.shape, strict=True)) | dict(zip(in_b, b.shape, strict=True))
    n = [math.prod([size[k] for k in group]) for group in (batch, rows, inner, columns)]
    a = a.transpose([in_a.index(k) for k in batch + rows + inner])
    b = b.transpose([in_b.index(k) for k in batch + inner + columns])
    if not batch:
        y = np.dot(a.reshape(n[1], n[2]), b.reshape(n[2], n[3]))
    elif not inner:
        y = a.reshape(n[0], n[1], 1) * b.reshape(n[0], 1, n[3])
    else:
        y = np.matmul(a.reshape(n[0], n[1], n[2]), b.reshape(n[0], n[2], n[3]))
    made = batch + rows + columns
    return y.reshape([size[k] for k in made]).transpose([made.index(k) for k in out])


# Every label of one input occurs in the other or in the result, and none twice in one place.
# fmt: off
contract: Op = bilinear(
    "einsum", _contract,
    lambda g, a, b, in_a, in_b, out: contract(g, b, in_a=out, in_b=in_b, out=in_a),
    lambda g, a, b, in_a, in_b, out: contract(g, a, in_a=out, in_b=in_a, out=in_b),
)
# fmt: on
contract.autocast = op_lowered


def contract_all(operands: list[tuple[Any, Labels]], out: Labels) -> Any:
    """Any number of labelled tensors, two at a time: first the two whose product is the smallest."""
    while len(operands) > 1:
        size = {k: n for x, labels in operands for k, n in zip(labels, x.shape, strict=True)}
        best: tuple[int, int, int, Labels] | None = None
        for j in range(1, len(operands)):
            for i in range(j):
                elsewhere = set(out).union(
                    *(labels for k, (_, labels) in enumerate(operands) if k not in (i, j))
                )
                pair = dict.fromkeys(operands[i][1] + operands[j][1])
                kept = out if len(operands) == 2 else tuple(k for k in pair if k in elsewhere)
                cost = math.prod(size[k] for k in kept)
                if best is None or cost < best[0]:
                    best = (cost, i, j, kept)
        assert best is not None
        _, i, j, kept = best
        (b, in_b), (a, in_a) = operands.pop(j), operands.pop(i)
        a, in_a = _needed(a, in_a, {*in_b, *kept})
        b, in_b = _needed(b, in_b, {*in_a, *kept})
        operands.append((contract(a, b, in_a=in_a, in_b=in_b, out=kept), kept))
    return rearranged(*operands[0], out)


def _needed(x: Any, labels: Labels, needed: set[Any]) -> tuple[Any, Labels]:
    """Diagonals taken, and labels that nobody else has summed at once."""
    kept = tuple(k for k in dict.fromkeys(labels) if k in needed)
    return rearranged(x, labels, kept), kept


FUNCTIONS: tuple[str, ...] = ()
METHODS = FUNCTIONS
IN_PLACE = FUNCTIONS
