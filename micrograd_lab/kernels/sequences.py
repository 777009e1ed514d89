"""Recurrences: a whole sequence in one call, at each step a product and one pass over its gates.

The examples of a batch know nothing of each other: threads share them, and each goes through all steps.
"""

from typing import Any

import numpy as np
from numba import prange

from micrograd_lab.kernels.jit import compiled
from micrograd_lab.kernels.pool import blocks
from micrograd_lab.kernels.products import ONE_ZERO
from micrograd_lab.kernels.steps import (
    gru_back_step,
    gru_step,
    lstm_back_step,
    lstm_step,
    product,
    rnn_tanh_back_step,
    rnn_tanh_step,
)
from micrograd_lab.ops.recurrence import states_before


@compiled
def lstm_kernel(x: Any, h: Any, c: Any, w: Any, z: Any, y: Any, reverse: bool,
                rows: int, pieces: int, numbers: Any) -> None:  # fmt: skip
    steps, batch = y.shape[0], y.shape[1]
    for piece in prange(pieces):
        first, last = batch * piece // pieces, batch * (piece + 1) // pieces
        for step in range(steps):
            t = steps - 1 - step if reverse else step
            product(h, w, z, first, last, rows, numbers)
            lstm_step(z, x[t], h, c, y[t], first, last)


@compiled
def lstm_back_kernel(g: Any, y: Any, c: Any, w: Any, dh: Any, dc: Any, d: Any, reverse: bool,
                     rows: int, pieces: int, numbers: Any) -> None:  # fmt: skip
    steps, batch = y.shape[0], y.shape[1]
    for piece in prange(pieces):
        first, last = batch * piece // pieces, batch * (piece + 1) // pieces
        for step in range(steps):
            t = step if reverse else steps - 1 - step
            lstm_back_step(g[t], y[t], c[t], dh, dc, d[t], first, last)
            product(d[t], w, dh, first, last, rows, numbers)


@compiled
def gru_kernel(x: Any, h: Any, w: Any, b: Any, z: Any, y: Any, reverse: bool,
               rows: int, pieces: int, numbers: Any) -> None:  # fmt: skip
    steps, batch = y.shape[0], y.shape[1]
    for piece in prange(pieces):
        first, last = batch * piece // pieces, batch * (piece + 1) // pieces
        for step in range(steps):
            t = steps - 1 - step if reverse else step
            product(h, w, z, first, last, rows, numbers)
            gru_step(z, b, x[t], h, y[t], first, last)


@compiled
def gru_back_kernel(g: Any, y: Any, h: Any, w: Any, dh: Any, more: Any, of_x: Any, of_h: Any,
                    reverse: bool, rows: int, pieces: int, numbers: Any) -> None:  # fmt: skip
    steps, batch = y.shape[0], y.shape[1]
    for piece in prange(pieces):
        first, last = batch * piece // pieces, batch * (piece + 1) // pieces
        for step in range(steps):
            t = step if reverse else steps - 1 - step
            gru_back_step(g[t], y[t], h[t], dh, of_x[t], of_h[t], first, last)
            product(of_h[t], w, more, first, last, rows, numbers)
            for n in range(first, last):
                dh[n] += more[n]


@compiled
def rnn_tanh_kernel(x: Any, h: Any, w: Any, z: Any, y: Any, reverse: bool,
                    rows: int, pieces: int, numbers: Any) -> None:  # fmt: skip
    steps, batch = y.shape[0], y.shape[1]
    for piece in prange(pieces):
        first, last = batch * piece // pieces, batch * (piece + 1) // pieces
        before = h
        for step in range(steps):
            t = steps - 1 - step if reverse else step
            product(before, w, z, first, last, rows, numbers)
            before = y[t]
            rnn_tanh_step(z, x[t], before, first, last)


@compiled
def rnn_tanh_back_kernel(g: Any, y: Any, w: Any, dh: Any, d: Any, reverse: bool,
                         rows: int, pieces: int, numbers: Any) -> None:  # fmt: skip
    steps, batch = y.shape[0], y.shape[1]
    for piece in prange(pieces):
        first, last = batch * piece // pieces, batch * (piece + 1) // pieces
        for step in range(steps):
            t = step if reverse else steps - 1 - step
            rnn_tanh_back_step(g[t], y[t], dh, d[t], first, last)
            product(d[t], w, dh, first, last, rows, numbers)


# --- as the ops call them ---------------------------------------------------------------------------

UNPACKED = 1_000_000  # multiply-adds; below, OpenBLAS multiplies without copying the factors first


def how(x: Any, w: Any) -> tuple[int, int, Any]:
    """(rows of a product, pieces of the batch, 1 and 0 for BLAS)."""
    pieces = min(blocks(x), x.shape[1])
    rows = -(-x.shape[1] // pieces)
    while rows > 1 and rows * w.size > UNPACKED:
        rows = -(-rows // 2)
    return rows, pieces, ONE_ZERO[x.dtype]


def turned(w: Any) -> Any:
    """w.T, copied: a product that reads it step after step then takes two thirds of the time."""
    return np.ascontiguousarray(w.T)


def lstm(x: Any, h: Any, c: Any, w: Any, reverse: bool = False, live: Any = None) -> Any:
    if live is not None:
        return None
    steps, batch, wide = x.shape
    y = np.empty((steps, batch, wide // 4 * 6), x.dtype)
    z = np.empty((batch, wide), x.dtype)
    lstm_kernel(x, h.copy(), c.copy(), turned(w), z, y, reverse, *how(x, w))
    return y


def lstm_sweep(
    g: Any, y: Any, x: Any, h: Any, c: Any, w: Any, reverse: bool = False, live: Any = None
) -> Any:
    if live is not None:
        return None
    steps, batch, size = y.shape[0], y.shape[1], w.shape[1]
    cells = states_before(y[:, :, 4 * size : 5 * size], c, reverse)
    d = np.empty((steps, batch, 4 * size), y.dtype)
    dh, dc = np.zeros((2, batch, size), y.dtype)
    lstm_back_kernel(g, y, cells, np.ascontiguousarray(w), dh, dc, d, reverse, *how(y, w))
    return {
        "x": d, "w": d, "h": dh, "c": dc,
        "before": lambda: states_before(y[:, :, 5 * size :], h, reverse),
    }  # fmt: skip


def gru(x: Any, h: Any, w: Any, b: Any = None, reverse: bool = False, live: Any = None) -> Any:
    if live is not None:
        return None
    steps, batch, wide = x.shape
    y = np.empty((steps, batch, wide // 3 * 5), x.dtype)
    z, b = np.empty((batch, wide), x.dtype), np.zeros(wide, x.dtype) if b is None else b
    gru_kernel(x, h.copy(), turned(w), b, z, y, reverse, *how(x, w))
    return y


def gru_sweep(
    g: Any, y: Any, x: Any, h: Any, w: Any, b: Any = None, reverse: bool = False, live: Any = None
) -> Any:
    if live is not None:
        return None
    steps, batch, size = y.shape[0], y.shape[1], w.shape[1]
    states = states_before(y[:, :, 4 * size :], h, reverse)
    of_x, of_h = np.empty((2, steps, batch, 3 * size), y.dtype)
    dh, more = np.zeros((2, batch, size), y.dtype)
    gru_back_kernel(
        g, y, states, np.ascontiguousarray(w), dh, more, of_x, of_h, reverse, *how(y, w)
    )
    return {"x": of_x, "w": of_h, "h": dh, "before": lambda: states}


def rnn_tanh(x: Any, h: Any, w: Any, reverse: bool = False, live: Any = None) -> Any:
    if live is not None:
        return None
    y, z = np.empty_like(x), np.empty(x.shape[1:], x.dtype)
    rnn_tanh_kernel(x, np.ascontiguousarray(h), turned(w), z, y, reverse, *how(x, w))
    return y


def rnn_tanh_sweep(
    g: Any, y: Any, x: Any, h: Any, w: Any, reverse: bool = False, live: Any = None
) -> Any:
    if live is not None:
        return None
    d, dh = np.empty_like(y), np.zeros(y.shape[1:], y.dtype)
    rnn_tanh_back_kernel(g, y, np.ascontiguousarray(w), dh, d, reverse, *how(y, w))
    return {"x": d, "w": d, "h": dh, "before": lambda: states_before(y, h, reverse)}
