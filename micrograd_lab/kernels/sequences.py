"""Recurrences: what happens between two products, at each step one pass over its gates."""

from typing import Any

import numpy as np

from micrograd_lab.kernels.jit import compiled
from micrograd_lab.kernels.maths import ONE, sigmoid, tanh
from micrograd_lab.ops.recurrence import states_before, times


@compiled
def lstm_kernel(z: Any, x: Any, c: Any, y: Any) -> None:
    """Gates from z = w h and x; y is i f g o c h, each `size` wide."""
    size = c.shape[1]
    for n in range(c.shape[0]):
        a, b, c_row, out = z[n], x[n], c[n], y[n]
        for k in range(2 * size):
            out[k] = sigmoid(a[k] + b[k])
        for k in range(2 * size, 3 * size):
            out[k] = tanh(a[k] + b[k])
        for k in range(3 * size, 4 * size):
            out[k] = sigmoid(a[k] + b[k])
        i, f, g, o = (
            out[:size],
            out[size : 2 * size],
            out[2 * size : 3 * size],
            out[3 * size : 4 * size],
        )
        cell, state = out[4 * size : 5 * size], out[5 * size :]
        for k in range(size):
            cell[k] = f[k] * c_row[k] + i[k] * g[k]
            state[k] = o[k] * tanh(cell[k])


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
def gru_kernel(heard: Any, x: Any, h: Any, y: Any) -> None:
    """y is r z n m h, each `size` wide; heard = w h + b."""
    size = h.shape[1]
    for k0 in range(h.shape[0]):
        a, b, before, out = heard[k0], x[k0], h[k0], y[k0]
        for k in range(2 * size):
            out[k] = sigmoid(a[k] + b[k])
        r, z, new, m, state = (
            out[:size], out[size : 2 * size], out[2 * size : 3 * size], out[3 * size : 4 * size],
            out[4 * size :],
        )  # fmt: skip
        a_n, b_n = a[2 * size :], b[2 * size :]
        for k in range(size):
            m[k] = a_n[k]
            new[k] = tanh(b_n[k] + r[k] * a_n[k])
            state[k] = new[k] + z[k] * (before[k] - new[k])


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


def lstm(x: Any, h: Any, c: Any, w: Any, reverse: bool = False, live: Any = None) -> Any:
    if live is not None:
        return None
    steps, batch, wide = x.shape
    size = wide // 4
    y, z = np.empty((steps, batch, 6 * size), x.dtype), np.empty((batch, wide), x.dtype)
    c = np.ascontiguousarray(c)
    for t in times(steps, reverse):
        np.dot(h, w.T, z)
        lstm_kernel(z, x[t], c, y[t])
        c, h = np.ascontiguousarray(y[t, :, 4 * size : 5 * size]), y[t, :, 5 * size :]
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
    for t in times(steps, not reverse):
        lstm_back_kernel(g[t], y[t], cells[t], dh, dc, d[t])
        np.dot(d[t], w, dh)
    return {
        "x": d, "w": d, "h": dh, "c": dc,
        "before": lambda: states_before(y[:, :, 5 * size :], h, reverse),
    }  # fmt: skip


def gru(x: Any, h: Any, w: Any, b: Any = None, reverse: bool = False, live: Any = None) -> Any:
    if live is not None:
        return None
    steps, batch, wide = x.shape
    size = wide // 3
    y, heard = np.empty((steps, batch, 5 * size), x.dtype), np.empty((batch, wide), x.dtype)
    h = np.ascontiguousarray(h)
    for t in times(steps, reverse):
        np.dot(h, w.T, heard)
        if b is not None:
            heard += b
        gru_kernel(heard, x[t], h, y[t])
        h = np.ascontiguousarray(y[t, :, 4 * size :])
    return y


def gru_sweep(
    g: Any, y: Any, x: Any, h: Any, w: Any, b: Any = None, reverse: bool = False, live: Any = None
) -> Any:
    if live is not None:
        return None
    steps, batch, size = y.shape[0], y.shape[1], w.shape[1]
    states = states_before(y[:, :, 4 * size :], h, reverse)
    of_x, of_h = np.empty((2, steps, batch, 3 * size), y.dtype)
    dh = np.zeros((batch, size), y.dtype)
    for t in times(steps, not reverse):
        gru_back_kernel(g[t], y[t], states[t], dh, of_x[t], of_h[t])
        dh += np.dot(of_h[t], w)
    return {"x": of_x, "w": of_h, "h": dh, "before": lambda: states}


def rnn_tanh(x: Any, h: Any, w: Any, reverse: bool = False, live: Any = None) -> Any:
    if live is not None:
        return None
    y, z = np.empty_like(x), np.empty(x.shape[1:], x.dtype)
    for t in times(len(x), reverse):
        np.dot(h, w.T, z)
        rnn_tanh_kernel(z, x[t], y[t])
        h = y[t]
    return y


def rnn_tanh_sweep(
    g: Any, y: Any, x: Any, h: Any, w: Any, reverse: bool = False, live: Any = None
) -> Any:
    if live is not None:
        return None
    d, dh = np.empty_like(y), np.zeros(y.shape[1:], y.dtype)
    for t in times(len(y), not reverse):
        rnn_tanh_back_kernel(g[t], y[t], dh, d[t])
        np.dot(d[t], w, dh)
    return {"x": d, "w": d, "h": dh, "before": lambda: states_before(y, h, reverse)}
