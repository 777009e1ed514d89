"""One step of a recurrence: a product, and one pass over the gates, for the examples `first` to `last`.

The kernels of whole sequences call these, and keep them in their cache.
"""

from typing import Any

import numpy as np

from micrograd_lab.kernels.jit import compiled
from micrograd_lab.kernels.maths import ONE, sigmoid, tanh
from micrograd_lab.kernels.products import multiply


@compiled
def product(a: Any, w: Any, out: Any, first: int, last: int, rows: int, numbers: Any) -> None:
    """out = a w for the rows first to last (without it), a few at a time."""
    (k, n), size = w.shape, a.itemsize
    of_a, of_w, of_out = np.uintp(a.ctypes.data), np.uintp(w.ctypes.data), np.uintp(out.ctypes.data)
    for at in range(first, last, rows):
        multiply(of_a + np.uintp(at * k * size), k, False, of_w, n, False,
                 of_out + np.uintp(at * n * size), n, min(rows, last - at), n, k, numbers)  # fmt: skip


@compiled
def lstm_step(z: Any, x: Any, h: Any, c: Any, y: Any, first: int, last: int) -> None:
    """Gates from z = w h and x; h and c go one step on.  y is i f g o c h, each `m` wide."""
    m = c.shape[1]
    for n in range(first, last):
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
def lstm_back_step(g: Any, y: Any, c: Any, dh: Any, dc: Any, d: Any, first: int, last: int) -> None:
    """The gradients of the gates' inputs into d, and of the cell before into dc (which held that after)."""
    m = c.shape[1]
    for n in range(first, last):
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
def gru_step(z: Any, b: Any, x: Any, h: Any, y: Any, first: int, last: int) -> None:
    """Gates from z = w h and b and x; h goes one step on.  y is r z n m h, each `w` wide."""
    w = h.shape[1]
    for n in range(first, last):
        heard, told, out, state = z[n], x[n], y[n], h[n]
        for k in range(heard.size):
            heard[k] += b[k]
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
def gru_back_step(
    g: Any, y: Any, h: Any, dh: Any, of_x: Any, of_h: Any, first: int, last: int
) -> None:
    """The gradients of both sides of the gates' inputs; dh becomes that of the state before, directly."""
    w = h.shape[1]
    for n in range(first, last):
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
def rnn_tanh_step(z: Any, x: Any, y: Any, first: int, last: int) -> None:
    for n in range(first, last):
        for k in range(x.shape[1]):
            y[n, k] = tanh(z[n, k] + x[n, k])


@compiled
def rnn_tanh_back_step(g: Any, y: Any, dh: Any, d: Any, first: int, last: int) -> None:
    for n in range(first, last):
        for k in range(y.shape[1]):
            d[n, k] = (g[n, k] + dh[n, k]) * (ONE - y[n, k] * y[n, k])
