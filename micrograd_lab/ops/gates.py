"""Gates: each entry of y is one entry of the inputs, or a constant; the gradient goes the same way.

A gate is not a product with 0 and 1: what flows towards a shut one may be inf or nan, and stays out.
"""

from typing import Any

import numpy as np

from micrograd_lab.ops.entrywise import where_kernel
from micrograd_lab.ops.op import (
    ALL,
    NOTHING,
    SHAPE,
    Array,
    Op,
    Rule,
    by_hand,
    constant,
    declare,
    reads_of,
    sum_over,
    sum_to_shape,
    unsqueeze_all,
)

where_op: Op = by_hand(
    "where", where_kernel,
    (lambda g, y, c, a, b: None,
     lambda g, y, c, a, b: sum_to_shape(where_op(c, g, 0), a.shape),
     lambda g, y, c, a, b: sum_to_shape(where_op(c, 0, g), b.shape)),
    (lambda dc, y, c, a, b: y * 0,
     lambda da, y, c, a, b: where_op(c, da, 0),
     lambda db, y, c, a, b: where_op(c, 0, db)),
)  # fmt: skip


def gate(name: str, forward: Rule, *opens: Rule) -> Op:
    """y = one of x₁, x₂, … or a constant; opens[i](y, *xs) says where it is xᵢ (False: nowhere)."""
    vjps = tuple(_gate_vjp(i, is_open) for i, is_open in enumerate(opens))
    jvps = tuple(_gate_jvp(is_open) for is_open in opens)
    reads = []
    for i, is_open in enumerate(opens):
        row = list(reads_of(is_open))[: 1 + len(opens)]
        row[1 + i] = max(row[1 + i], SHAPE)  # to undo the broadcasting
        reads.append(tuple(row))
    return declare(Op(name, "elementwise", forward, vjps, jvps, tuple(reads)))


def _gate_vjp(i: int, is_open: Rule) -> Rule:
    def vjp(g: Any, y: Any, *xs: Any, **params: Any) -> Any:
        return sum_to_shape(where_op(is_open(y, *xs, **params), g, 0), xs[i].shape)

    return vjp


def _gate_jvp(is_open: Rule) -> Rule:
    def jvp(dx: Any, y: Any, *xs: Any, **params: Any) -> Any:
        return where_op(is_open(y, *xs, **params), dx, 0)

    return jvp


def winner(name: str, forward: Rule, loses: Rule) -> Op:
    """y = the one of a and b that does not lose, loses(a, b); where they are equal, each gets half."""

    def share(g: Any, a: Any, b: Any) -> Any:
        return where_op(loses(a, b), 0, where_op(a == b, g * 0.5, g))

    def vjp_a(g: Any, y: Any, a: Any, b: Any) -> Any:
        return sum_to_shape(share(g, a, b), a.shape)

    def vjp_b(g: Any, y: Any, a: Any, b: Any) -> Any:
        return sum_to_shape(share(g, b, a), b.shape)

    def jvp_a(da: Any, y: Any, a: Any, b: Any) -> Any:
        return share(da, a, b)

    def jvp_b(db: Any, y: Any, a: Any, b: Any) -> Any:
        return share(db, b, a)

    reads = ((NOTHING, ALL, ALL),) * 2
    return declare(Op(name, "elementwise", forward, (vjp_a, vjp_b), (jvp_a, jvp_b), reads))


def extreme(name: str, forward: Rule) -> Op:
    """y = one of the entries along dim.  Where several tie, each gets an equal share of the gradient."""

    def share(at: Any, g: Any, dim: Any) -> Any:
        count = sum_over(at.astype(g.dtype), dim=dim, keepdim=True)
        return where_op(at, g / where_op(count == 0, 1, count), 0)

    def vjp(g: Any, y: Any, x: Any, dim: Any, keepdim: bool, **params: Any) -> Any:
        if not keepdim:
            y, g = unsqueeze_all(y, dim), unsqueeze_all(g, dim)
        return share(holds(x, y), g, dim)

    def jvp(dx: Any, y: Any, x: Any, dim: Any, keepdim: bool, **params: Any) -> Any:
        y = y if keepdim else unsqueeze_all(y, dim)
        return sum_over(share(holds(x, y), dx, dim), dim=dim, keepdim=keepdim)

    return declare(Op(name, "reduction", forward, (vjp,), (jvp,), ((ALL, ALL),)))


def _holds(x: Array, y: Array) -> Any:
    """Where x is the extreme y; a nan is, where y is one."""
    at = x == y
    if not at.all() and np.isnan(y).any():
        at |= np.isnan(x) & np.isnan(y)
    return at


holds = constant("holds", _holds)

FUNCTIONS: tuple[str, ...] = ()
METHODS = FUNCTIONS
IN_PLACE = FUNCTIONS
