"""The scalar tape's interpreter: one loop over the ops forward, one over the edges backward.

An op is three numbers: which it is, and the slots of its parents.  Straight-line code of a thousand
nodes takes a compiler ten seconds; this loop is compiled once, and then runs every graph there is.

Everything here is as in scalar/value.py, in the same order of arithmetic, so that the results have
the same bits.  Where a Value raises an error, `forward` stops and says at which node.
"""

import math
from functools import partial
from typing import Any

from micrograd_lab.kernels.jit import compiled
from micrograd_lab.scalar.program import OPS

ADD, SUB, MUL, DIV, POWER, FIXED_POWER, NEG, EXP, LOG, SQRT, *OTHERS = range(len(OPS))
SIN, COS, TANH, SIGMOID, RELU, ABS, MAX, MIN = OTHERS
INF, NAN = math.inf, math.nan

exactly = partial(compiled, fastmath=False)  # no sum is regrouped, no product fused with a sum


@exactly
def forward(op: Any, left: Any, right: Any, x: Any, dleft: Any, dright: Any) -> int:
    """Fill the slots x after the leaves, and the local gradients of each op.

    (n,), (n,), (n,), (leaves + n,), (n,), (n,) -> n, or the first op that is not defined here
    """
    leaves = x.size - op.size
    for i in range(op.size):
        a, b, what = x[left[i]], x[right[i]], op[i]
        y, da, db = 0.0, 1.0, 0.0
        if what == MUL:
            y, da, db = a * b, b, a
        elif what == ADD:
            y, db = a + b, 1.0
        elif what == SUB:
            y, db = a - b, -1.0
        elif what == NEG:
            y, da = -a, -1.0
        elif what == RELU:
            if a <= 0:
                da = 0.0
            else:
                y = a
        elif what == TANH:
            y = math.tanh(a)
            da = 1 - y * y
        elif what == SIGMOID:
            e = math.exp(-abs(a))
            y = 1 / (1 + e) if a >= 0 else e / (1 + e)
            da = y * (1 - y)
        elif what == DIV:
            if b == 0:
                return i
            y = a / b
            da, db = 1 / b, -y / b
        elif what == EXP:
            y = da = math.exp(a)
            if y == INF and a < INF:
                return i
        elif what == LOG:
            if a <= 0:
                return i
            y, da = math.log(a), 1 / a
        elif what in (POWER, FIXED_POWER):
            y, steep = math.pow(a, b), math.pow(a, b - 1)
            if math.isfinite(a) and math.isfinite(b):
                too_large = math.isinf(y) or (math.isinf(steep) and a != 0 and b != 0)
                if too_large or math.isnan(y):
                    return i
            if b == 0:
                da = 0.0
            elif a == 0:
                da = 1.0 if b == 1 else 0.0 if b > 1 else INF
            else:
                da = b * steep
            if what == POWER and a != 0:
                if a < 0:
                    return i
                db = y * math.log(a)
        elif what == SQRT:
            if a < 0:
                return i
            y = math.sqrt(a)
            da = 0.5 / y if y != 0 else INF
        elif what in (SIN, COS):
            if math.isinf(a):
                return i
            y, da = math.sin(a), math.cos(a)
            if what == COS:
                y, da = da, -y
        elif what == ABS:
            y = abs(a)
            da = math.copysign(1.0, a) if y != 0 else 0.0
        elif what in (MAX, MIN):
            if math.isnan(a) or math.isnan(b):
                y, da = NAN, 0.5
            elif a == b:
                y, da = a, 0.5
            elif (a > b) == (what == MAX):
                y = a
            else:
                y, da = b, 0.0
            db = 1.0 - da
        x[leaves + i], dleft[i], dright[i] = y, da, db
    return op.size  # type: ignore[no-any-return]


@exactly
def backward(left: Any, right: Any, dleft: Any, dright: Any, root: int, grad: Any) -> None:
    """d(root)/d(slot) for every slot, from the local gradients.  (leaves + n,) for grad, (n,) before"""
    leaves = grad.size - left.size
    grad[:] = 0.0
    grad[root] = 1.0
    for i in range(left.size - 1, -1, -1):
        upstream = grad[leaves + i]
        grad[left[i]] += dleft[i] * upstream
        grad[right[i]] += dright[i] * upstream  # an op of one parent has an idle slot here


@exactly
def rows(
    op: Any, left: Any, right: Any, x: Any, dleft: Any, dright: Any, root: int, grad: Any,
    table: Any, values: Any, gradients: Any,
) -> tuple[int, int]:  # fmt: skip
    """Every row of a table as the first leaves.  (N, m) -> (N,) and (N, m)

    Returns the row and the op where it stopped, or (N, n).
    """
    m = table.shape[1]
    for k in range(table.shape[0]):
        x[:m] = table[k]
        stop = forward(op, left, right, x, dleft, dright)
        if stop < op.size:
            return k, stop
        backward(left, right, dleft, dright, root, grad)
        values[k], gradients[k] = x[root], grad[:m]
    return table.shape[0], op.size
