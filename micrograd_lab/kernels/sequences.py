"""Recurrences: what happens between two products, at each step one pass over its gates."""

from typing import Any

import numpy as np

from micrograd_lab.kernels.jit import compiled
from micrograd_lab.kernels.maths import ONE, sigmoid, tanh
from micrograd_lab.ops.recurrence import states_before, times


@compiled
def lstm_kernel(z: Any, x: Any, h: Any, c: Any, y: Any) -> None:
    """Gates from z = w h and x; h and c go one step on.  y is i f g o c h, each `m` wide."""
    m = c.shape[1]
    for n in range(c.shape[0]):
        heard, out, state, cell = z[n], y[n], h[n], c[n]
        i, f, g, o = out[:m], out[m : 2 * m], out[2 * m : 3 * m], out[3 * m : 4 * m]
        for k in range(heard.size):
            heard[k] += x[n, k]
        z_if, z_g, z_o = heard[: 2 * m], heard[2 * m : 3 * m], heard[3 * m :]
        for k in range(z_if.size):
            out[k] = sigmoid(z_if[k])
        for k in range(m):
            g[k] = tanh(z_g[k])
        for k in range(m):
            o[k] = sigmoid(z_o[k])
        for k in range(m):
            cell[k] = f[k] * cell[k] + i[k] * g[k]
        for k in range(m):
            state[k] = o[k] * tanh(cell[k])
        out[4 * m : 5 * m] = cell
        out[5 * m :] = state


@compiled
def lstm_back_kernel(g: Any, y: Any, c: Any, dh: Any, dc: Any, d: Any) -> None:
    """The gradients of the gates' inputs into d, and of the cell before into dc (which held that after)."""
    m = c.shape[1]
    for n in range(c.shape[0]):
        row, g_row, out = y[n], g[n], d[n]
        i, f, new, o, cell = (
            row[:m],
            row[m : 2 * m],
            row[2 * m : 3 * m],
            row[3 * m : 4 * m],
            row[4 * m :],
        )
        g_i, g_f, g_new, g_o = g_row[:m], g_row[m:], g_row[2 * m :], g_row[3 * m :]
        g_c, g_h = g_row[4 * m :], g_row[5 * m :]
        d_i, d_f, d_new, d_o = out[:m], out[m:], out[2 * m :], out[3 * m :]
        before, dh_row, dc_row = c[n], dh[n], dc[n]
        for k in range(i.size):
            bent = tanh(cell[k])
            up = dh_row[k] + g_h[k]
            inner = dc_row[k] + g_c[k] + up * o[k] * (ONE - bent * bent)
            d_i[k] = (inner * new[k] + g_i[k]) * i[k] * (ONE - i[k])
            d_f[k] = (inner * before[k] + g_f[k]) * f[k] * (ONE - f[k])
            d_new[k] = (inner * i[k] + g_new[k]) * (ONE - new[k] * new[k])
            d_o[k] = (up * bent + g_o[k]) * o[k] * (ONE - o[k])
            dc_row[k] = inner * f[k]


@compiled
def gru_kernel(z: Any, x: Any, h: Any, y: Any) -> None:
    """z = w h + b; h goes one step on.  y is r z n m h, each `w` wide."""
    w = h.shape[1]
    for n in range(h.shape[0]):
        heard, told, out, state = z[n], x[n], y[n], h[n]
        r, keep, new, m = out[:w], out[w : 2 * w], out[2 * w : 3 * w], out[3 * w : 4 * w]
        told_gates, told_new = told[: 2 * w], told[2 * w :]
        for k in range(told_gates.size):
            out[k] = sigmoid(heard[k] + told_gates[k])
        m[:] = heard[2 * w :]
        for k in range(w):
            new[k] = tanh(told_new[k] + r[k] * m[k])
        for k in range(w):
            state[k] = new[k] + keep[k] * (state[k] - new[k])
        out[4 * w :] = state


@compiled
def gru_back_kernel(g: Any, y: Any, h: Any, dh: Any, of_x: Any, of_h: Any) -> None:
    """The gradients of both sides of the gates' inputs; dh becomes that of the state before, directly."""
    w = h.shape[1]
    for n in range(h.shape[0]):
        row, g_row, dx, dw = y[n], g[n], of_x[n], of_h[n]
        r, z, new, m = row[:w], row[w : 2 * w], row[2 * w : 3 * w], row[3 * w : 4 * w]
        g_r, g_z, g_n, g_m, g_h = (
            g_row[:w],
            g_row[w:],
            g_row[2 * w :],
            g_row[3 * w :],
            g_row[4 * w :],
        )
        x_r, x_z, x_n = dx[:w], dx[w:], dx[2 * w :]
        h_r, h_z, h_n = dw[:w], dw[w:], dw[2 * w :]
        before, dh_row = h[n], dh[n]
        for k in range(r.size):
            up = dh_row[k] + g_h[k]
            dn = (up * (ONE - z[k]) + g_n[k]) * (ONE - new[k] * new[k])
            dr = (dn * m[k] + g_r[k]) * (r[k] - r[k] * r[k])
            dz = (up * (before[k] - new[k]) + g_z[k]) * (z[k] - z[k] * z[k])
            x_r[k], h_r[k] = dr, dr
            x_z[k], h_z[k] = dz, dz
            x_n[k], h_n[k] = dn, dn * r[k] + g_m[k]
            dh_row[k] = up * z[k]


@compiled
def rnn_tanh_kernel(z: Any, x: Any, y: Any) -> None:
    for n in range(x.shape[0]):
        for k in range(x.shape[1]):
            y[n, k] = tanh(z[n, k] + x[n, k])


@compiled
def rnn_tanh_back_kernel(g: Any, y: Any, dh: Any, d: Any) -> None:
    for n in range(y.shape[0]):
        for k in range(y.shape[1]):
            d[n, k] = (g[n, k] + dh[n, k]) * (ONE - y[n, k] * y[n, k])


# --- as the ops call them ---------------------------------------------------------------------------

UNPACKED = 1_000_000  # multiply-adds; below, OpenBLAS multiplies without copying the factors first


def parts_of(rows: int, w: Any) -> int:
    """Into how many blocks to cut the rows that w multiplies, so that each is a small product."""
    parts = 1
    while rows % (2 * parts) == 0 and rows // parts * w.size > UNPACKED:
        parts *= 2
    return parts


def multiply(parts: int, a: Any, w: Any, out: Any) -> None:
    """out = a w, in blocks of rows.  np.matmul goes through blocks faster than we would."""
    if parts == 1:
        np.dot(a, w, out)
    else:
        np.matmul(a.reshape(parts, -1, len(w)), w, out=out.reshape(parts, -1, w.shape[1]))


def turned(w: Any) -> Any:
    """w.T, copied: a product that reads it step after step then takes two thirds of the time."""
    return np.ascontiguousarray(w.T)


def lstm(x: Any, h: Any, c: Any, w: Any, reverse: bool = False, live: Any = None) -> Any:
    if live is not None:
        return None
    steps, batch, wide = x.shape
    y = np.empty((steps, batch, wide // 4 * 6), x.dtype)
    z, w, h, c = np.empty((batch, wide), x.dtype), turned(w), h.copy(), c.copy()
    parts = parts_of(batch, w)
    for t in times(steps, reverse):
        multiply(parts, h, w, z)
        lstm_kernel(z, x[t], h, c, y[t])
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
    parts = parts_of(batch, w)
    for t in times(steps, not reverse):
        lstm_back_kernel(g[t], y[t], cells[t], dh, dc, d[t])
        multiply(parts, d[t], w, dh)
    return {
        "x": d, "w": d, "h": dh, "c": dc,
        "before": lambda: states_before(y[:, :, 5 * size :], h, reverse),
    }  # fmt: skip


def gru(x: Any, h: Any, w: Any, b: Any = None, reverse: bool = False, live: Any = None) -> Any:
    if live is not None:
        return None
    steps, batch, wide = x.shape
    y = np.empty((steps, batch, wide // 3 * 5), x.dtype)
    z, w, h = np.empty((batch, wide), x.dtype), turned(w), h.copy()
    parts = parts_of(batch, w)
    for t in times(steps, reverse):
        multiply(parts, h, w, z)
        if b is not None:
            z += b
        gru_kernel(z, x[t], h, y[t])
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
    parts = parts_of(batch, w)
    for t in times(steps, not reverse):
        gru_back_kernel(g[t], y[t], states[t], dh, of_x[t], of_h[t])
        multiply(parts, of_h[t], w, more)
        dh += more
    return {"x": of_x, "w": of_h, "h": dh, "before": lambda: states}


def rnn_tanh(x: Any, h: Any, w: Any, reverse: bool = False, live: Any = None) -> Any:
    if live is not None:
        return None
    y, z, w = np.empty_like(x), np.empty(x.shape[1:], x.dtype), turned(w)
    parts = parts_of(len(z), w)
    for t in times(len(x), reverse):
        multiply(parts, h, w, z)
        h = y[t]
        rnn_tanh_kernel(z, x[t], h)
    return y


def rnn_tanh_sweep(
    g: Any, y: Any, x: Any, h: Any, w: Any, reverse: bool = False, live: Any = None
) -> Any:
    if live is not None:
        return None
    d, dh = np.empty_like(y), np.zeros(y.shape[1:], y.dtype)
    parts = parts_of(len(dh), w)
    for t in times(len(y), not reverse):
        rnn_tanh_back_kernel(g[t], y[t], dh, d[t])
        multiply(parts, d[t], w, dh)
    return {"x": d, "w": d, "h": dh, "before": lambda: states_before(y, h, reverse)}
