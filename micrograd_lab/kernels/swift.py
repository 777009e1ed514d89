"""Which way an op takes: its kernel for large float32 arrays, NumPy for all others."""

import os
import warnings
from functools import cache, wraps
from importlib import import_module
from importlib.util import find_spec
from typing import Any

import numpy as np

from micrograd_lab.ops.op import Op, Rule

LARGE = 1 << 14  # entries; below, NumPy is as fast, and Numba need not be loaded
ndarray = np.ndarray
FLOAT32 = np.dtype(np.float32)


@cache
def switched_on() -> bool:
    """Whether there is Numba, and nobody asked for NumPy alone."""
    asked = os.environ.get("MICROGRAD_LAB_KERNELS", "1")
    disabled = os.environ.get("NUMBA_DISABLE_JIT", "0")
    if asked == "0" or disabled not in ("", "0"):
        return False
    if find_spec("numba") is None or find_spec("scipy") is None:  # which has the BLAS for kernels
        return False
    try:  # here Numba is loaded, for the first large array
        import_module("numba")
    except ImportError as error:  # as when it does not know this NumPy
        warnings.warn(f"Numba is there, but cannot be used: {error}. NumPy does it.", stacklevel=2)
        return False
    return True


@cache
def kernel(name: str) -> Rule:
    """ "rows.softmax": that function, from this package.  Here Numba is loaded."""
    home, _, function = name.partition(".")
    return getattr(import_module(f"micrograd_lab.kernels.{home}"), function)  # type: ignore[no-any-return]


def fits(x: Any) -> bool:
    return type(x) is ndarray and x.dtype is FLOAT32 and x.flags.c_contiguous


def large(x: Any, *others: Any) -> bool:
    """Whether a kernel is worth it for x, and can take it with the others."""
    return x.size >= LARGE and fits(x) and all(map(fits, others)) and switched_on()


def swift(op: Op, forward: str = "", back: str = "") -> None:
    """Give an op kernels: for its forward, and for all of its gradients at once.

    A kernel may return None for what it does not know; then NumPy does it.
    """
    if forward:
        op.forward = _forward(op.forward, forward)
    if back:
        op.pull = _pull(op, op.pull, back)


def _forward(reference: Rule, name: str) -> Rule:
    @wraps(reference)
    def forward(x: Any, *others: Any, **params: Any) -> Any:
        if type(x) is ndarray and large(x):
            y = kernel(name)(x, *others, **params)
            if y is not None:
                return y
        return reference(x, *others, **params)

    return forward


def _pull(op: Op, reference: Rule | None, name: str) -> Rule:
    def pull(parents: Any, g: Any, y: Any, x: Any, *others: Any, **params: Any) -> Any:
        known = x if type(x) is ndarray else y
        if large(known):
            if g.dtype is FLOAT32:
                g = np.ascontiguousarray(g)
            parts = kernel(name)(parents, g, y, x, *others, **params)
            if parts is not None:
                return parts
        if reference is not None:
            return reference(parents, g, y, x, *others, **params)
        return [
            None if parent is None else rule(g, y, x, *others, **params)
            for parent, rule in zip(parents, op.vjps, strict=False)
        ]

    return pull


def swift_sweep(op: Any, forward: str, sweep: str) -> None:
    """Give a recurrence kernels: for its forward, and for the one sweep back that serves all inputs."""
    op.forward = _forward(op.forward, forward)
    reference = op.sweep

    def swept(g: Any, y: Any, *inputs: Any, **params: Any) -> Any:
        if type(g) is type(y) is ndarray and large(y):
            found = kernel(sweep)(np.ascontiguousarray(g, FLOAT32), y, *inputs, **params)
            if found is not None:
                return found
        return reference(g, y, *inputs, **params)

    op.sweep = swept


def swift_heads(op: Op, forward: str, back: str) -> None:
    """Give attention kernels, which take matrices as they lie, for large tables of scores."""
    reference, reference_pull = op.forward, op.pull
    assert reference_pull is not None

    def many(q: Any, k: Any, *others: Any) -> bool:
        arrays = all(type(x) is ndarray and x.dtype is FLOAT32 for x in (q, k, *others))
        scores = q.size // max(q.shape[-1], 1) * k.shape[-2]
        return arrays and scores >= LARGE and switched_on()

    @wraps(reference)
    def on_heads(q: Any, k: Any, v: Any, **params: Any) -> Any:
        y = kernel(forward)(q, k, v, **params) if many(q, k, v) else None
        return reference(q, k, v, **params) if y is None else y

    def pull(parents: Any, g: Any, y: Any, q: Any, k: Any, v: Any, **params: Any) -> Any:
        parts = kernel(back)(parents, g, y, q, k, v, **params) if many(q, k, v, g) else None
        return reference_pull(parents, g, y, q, k, v, **params) if parts is None else parts

    op.forward, op.pull = on_heads, pull
