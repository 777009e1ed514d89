"""Plain arithmetic on large arrays, which the threads of the pool share: one thread has NumPy for it.

set_num_threads puts these in the place of an op's own functions as long as there is a pool.
"""

from functools import wraps
from typing import Any

import numpy as np
from numba import prange

from micrograd_lab import threads
from micrograd_lab.kernels.jit import compiled
from micrograd_lab.kernels.maths import f4, tanh
from micrograd_lab.kernels.swift import fits
from micrograd_lab.ops import elementwise as ew
from micrograd_lab.ops.op import Op, Rule, sum_over

LARGE = 1 << 17  # entries; for fewer, waking the others takes as long as the work
CHUNK = 1 << 12  # entries that are summed as float32, before their sum goes to a float64
ndarray = np.ndarray


@compiled
def add_kernel(a: Any, b: Any, y: Any) -> None:
    for i in prange(y.size):
        y[i] = a[i] + b[i]


@compiled
def sub_kernel(a: Any, b: Any, y: Any) -> None:
    for i in prange(y.size):
        y[i] = a[i] - b[i]


@compiled
def mul_kernel(a: Any, b: Any, y: Any) -> None:
    for i in prange(y.size):
        y[i] = a[i] * b[i]


@compiled
def scale_kernel(a: Any, factor: Any, y: Any) -> None:
    for i in prange(y.size):
        y[i] = a[i] * factor


@compiled
def square_kernel(x: Any, y: Any) -> None:
    for i in prange(y.size):
        y[i] = x[i] * x[i]


@compiled
def square_back_kernel(g: Any, x: Any, dx: Any) -> None:
    for i in prange(dx.size):
        dx[i] = g[i] * (f4(2) * x[i])


@compiled
def tanh_kernel(x: Any, y: Any) -> None:
    for i in prange(y.size):
        y[i] = tanh(x[i])


@compiled
def relu_kernel(x: Any, y: Any) -> None:
    for i in prange(y.size):
        y[i] = f4(0) if x[i] <= f4(0) else x[i]  # nan stays


@compiled
def sum_kernel(x: Any, sums: Any) -> None:
    """The sum of each chunk; all of them together are summed by who asks."""
    for k in prange(sums.size):
        part = x[k * CHUNK : (k + 1) * CHUNK]
        total = f4(0)
        for j in range(part.size):
            total += part[j]
        sums[k] = total


# --- as the ops call them ---------------------------------------------------------------------------


def worth_it(x: Any, *others: Any) -> bool:
    """Whether these are arrays of one shape that threads should share."""
    if type(x) is not ndarray or x.size < LARGE or threads.count == 1:
        return False
    return fits(x) and all(fits(other) and other.shape == x.shape for other in others)


def along(kernel: Any, *xs: Any) -> Any:
    """The kernel's result for arrays, which it sees without their shape."""
    y = np.empty_like(xs[0])
    kernel(*(x.reshape(-1) if type(x) is ndarray else x for x in xs), y.reshape(-1))
    return y


def entrywise(kernel: Any, reference: Rule) -> Rule:
    @wraps(reference)
    def forward(*xs: Any) -> Any:
        return along(kernel, *xs) if worth_it(*xs) else reference(*xs)

    return forward


def power(reference: Rule) -> Rule:
    @wraps(reference)
    def forward(a: Any, b: Any) -> Any:
        squares = type(b) is int and b == 2 and worth_it(a)
        return along(square_kernel, a) if squares else reference(a, b)

    return forward


def total(reference: Rule) -> Rule:
    @wraps(reference)
    def forward(x: Any, dim: tuple[int, ...], keepdim: bool) -> Any:
        if len(dim) != x.ndim or not worth_it(x):
            return reference(x, dim, keepdim)
        sums = np.empty(-(-x.size // CHUNK), x.dtype)
        sum_kernel(x.reshape(-1), sums)
        found = np.add.reduce(sums, dtype=np.float64).astype(x.dtype)
        return found.reshape((1,) * x.ndim) if keepdim else found

    return forward


def times(g: Any, x: Any) -> Any:
    """g · x, where g is often one number for all: the gradient of a sum."""
    if worth_it(x, g):
        return along(mul_kernel, g, x)
    if worth_it(x) and g.shape == x.shape and g.dtype == x.dtype and not any(g.strides):
        return along(scale_kernel, x, g.flat[0])
    return g * x


def mul_back(parents: Any, g: Any, y: Any, a: Any, b: Any) -> Any:
    wanted = [None if p is None else x for p, x in zip(parents, (a, b), strict=False)]
    if g.size < LARGE or any(x is not None and x.shape != g.shape for x in wanted):
        return one_by_one(ew.mul_op, parents, g, y, a, b)
    return [None if x is None else times(g, o) for x, o in zip(wanted, (b, a), strict=False)]


def power_back(parents: Any, g: Any, y: Any, a: Any, b: Any) -> Any:
    if type(b) is int and b == 2 and worth_it(a, g):
        return (along(square_back_kernel, g, a),)
    return one_by_one(ew.pow, parents, g, y, a, b)


def one_by_one(op: Op, parents: Any, *values: Any) -> Any:
    """The gradients by the op's own rules."""
    rules = zip(parents, op.vjps, strict=False)
    return [None if parent is None else rule(*values) for parent, rule in rules]


# fmt: off
SHARED: tuple[tuple[Op, Rule, Rule | None], ...] = (
    (ew.add_op, entrywise(add_kernel,    ew.add_op.forward), None),
    (ew.sub_op, entrywise(sub_kernel,    ew.sub_op.forward), None),
    (ew.mul_op, entrywise(mul_kernel,    ew.mul_op.forward), mul_back),
    (ew.square, entrywise(square_kernel, ew.square.forward), None),
    (ew.tanh,   entrywise(tanh_kernel,   ew.tanh.forward),   None),
    (ew.relu,   entrywise(relu_kernel,   ew.relu.forward),   None),
    (ew.pow,    power(ew.pow.forward),                       power_back),
    (sum_over,  total(sum_over.forward),                     None),
)
# fmt: on


def share() -> None:
    """From now on these; each asks itself whether there still is a pool."""
    for op, forward, back in SHARED:
        op.forward = forward
        if back is not None:
            op.pull = back
