"""Recurrence: a state that each step makes from the step before; a whole sequence is one op.

    x      what the input says to every step, already projected   (T, N, gates · H)
    h, c   the state before the first step                        (N, H)
    w      from one state to the next step                        (gates · H, H)
    y      what every step computed; its last H columns are the states h   (T, N, ...)

reverse: the steps run from the last to the first.  live: (T, N, 1), 1 where a sequence still runs; at
0 its state stays as it is, which is how sequences of different lengths share a batch.

By hand, since a step made of small ops has about twenty records: a training step of an RNN, LSTM or
GRU takes about half the time of one that is composed (0.4 to 0.6, for T = 16 to 64, H = 16 to 128).
"""

from collections.abc import Callable
from typing import Any

import numpy as np

from micrograd_lab.ops import elementwise as ew
from micrograd_lab.ops.contractions import as_rows, product
from micrograd_lab.ops.joining import cat_op, entry, part, stack_op
from micrograd_lab.ops.op import ALL, SHAPE, Array, Op, Rule, declare, sum_over


class Recurrence(Op):
    """An op whose gradients all come from one sweep back through time.

    sweep(g, y, x, *others) -> a dict of what each rule in `then` needs of the sweep.
    """

    __slots__ = ("sweep", "then")

    def __init__(self, name: str, forward: Rule, sweep: Rule, *then: Callable[..., Any]) -> None:
        super().__init__(
            name, "by hand", forward, (self.one,), (), ((ALL, SHAPE, ALL),), variadic=True
        )
        self.sweep = sweep
        self.then = then

    def one(self, i: int, g: Any, y: Any, *xs: Any, **params: Any) -> Any:
        return self.rules(len(xs))[i](g, y, *xs, **params)

    def rules(self, count: int) -> list[Rule]:
        """The rule of each input; the first that is asked sweeps for all of them."""
        swept: list[Any] = []

        def rule_for(finish: Callable[..., Any]) -> Rule:
            def rule(g: Any, y: Any, *xs: Any, **params: Any) -> Any:
                if not swept:
                    swept.append(self.sweep(g, y, *xs, **params))
                return finish(swept[0])

            return rule

        return [rule_for(finish) for finish in self.then[:count]]


def times(count: int, reverse: bool) -> range:
    """The times in the order in which the steps run."""
    return range(count - 1, -1, -1) if reverse else range(count)


def states_before(states: Any, first: Any, reverse: bool) -> Any:
    """The state that each step started from.  (T, N, H), (N, H) -> (T, N, H)"""
    first, count = first.reshape(1, *first.shape), states.shape[0]
    if reverse:
        return cat_op(part(states, 0, 1, count), first, dim=0)
    return cat_op(first, part(states, 0, 0, count - 1), dim=0)


def _columns(x: Any, size: int, first: int, last: int) -> Any:
    """The blocks first to last (without it), each `size` columns wide."""
    return part(x, x.ndim - 1, first * size, last * size)


def _in_order(parts: list[Any], reverse: bool) -> Any:
    """What the sweep, which ran backwards, found for each time."""
    return stack_op(*(parts if reverse else parts[::-1]), dim=0)


def _still(x: Any, live: Array | None, t: int) -> tuple[Any, Any]:
    """A gradient of the state: what goes into the step at time t, and what goes past it."""
    if live is None:
        return x, None
    inside = x * live[t]
    return inside, x - inside


def _plus(x: Any, more: Any) -> Any:
    return x if more is None else x + more


def _weight(d: Any, before: Any) -> Any:
    """The gradient of w: the sum over all steps is one product."""
    return product(as_rows(d).mT, as_rows(before))


# --- the plain one: h = f(x + w h) -----------------------------------------------------------


def _rnn(f: Any) -> Rule:
    def rnn(x: Array, h: Array, w: Array, reverse: bool = False, live: Any = None) -> Any:
        y = np.empty(x.shape, x.dtype)
        for t in times(len(x), reverse):
            z = np.dot(h, w.T)
            z += x[t]
            f(z, out=z)
            y[t] = z if live is None else np.where(live[t], z, h)
            h = y[t]
        return y

    return rnn


def _rnn_sweep(slope: Any) -> Rule:
    def sweep(
        g: Any, y: Any, x: Any, h: Any, w: Any, reverse: bool = False, live: Any = None
    ) -> Any:
        found: list[Any] = []
        dh = None
        for t in times(y.shape[0], not reverse):
            inside, past = _still(_plus(entry(g, 0, t), dh), live, t)
            found.append(inside * slope(entry(y, 0, t)))
            dh = _plus(product(found[-1], w), past)
        d = _in_order(found, reverse)
        return {"x": d, "w": d, "h": dh, "before": lambda: states_before(y, h, reverse)}

    return sweep


# --- LSTM: gates i, f, o and a proposal g; c = f c + i g, h = o tanh(c) ----------------------


def _lstm(x: Array, h: Array, c: Array, w: Array, reverse: bool = False, live: Any = None) -> Any:
    steps, batch, wide = x.shape
    size = wide // 4
    y = np.empty((steps, batch, 6 * size), x.dtype)  # i f g o c h
    scale = np.full(wide, 0.5, x.dtype)  # sigmoid(z) is (tanh(z / 2) + 1) / 2: one tanh for all
    scale[2 * size : 3 * size] = 1
    shift = 1 - scale
    for t in times(steps, reverse):
        gates = y[t, :, :wide]
        np.add(np.dot(h, w.T), x[t], out=gates)
        gates *= scale
        np.tanh(gates, out=gates)
        gates *= scale
        gates += shift
        i, f, g, o, c_new, h_new = (y[t, :, k * size : (k + 1) * size] for k in range(6))
        np.multiply(f, c, out=c_new)
        c_new += i * g
        np.tanh(c_new, out=h_new)
        h_new *= o
        if live is not None:
            resting = live[t] == 0
            np.copyto(c_new, c, where=resting)
            np.copyto(h_new, h, where=resting)
        h, c = h_new, c_new
    return y


def _lstm_sweep(
    g: Any, y: Any, x: Any, h: Any, c: Any, w: Any, reverse: bool = False, live: Any = None
) -> Any:
    size = w.shape[1]
    cells = _columns(y, size, 4, 5)
    before = states_before(cells, c, reverse)
    bent = ew.tanh(cells)
    bend = 1 - bent * bent
    i, f, new, o = (_columns(y, size, k, k + 1) for k in range(4))
    slopes = cat_op(i - i * i, f - f * f, 1 - new * new, o - o * o, dim=2)
    found: list[Any] = []
    dh = dc = None
    for t in times(y.shape[0], not reverse):
        g_t, y_t = entry(g, 0, t), entry(y, 0, t)
        i, f, new, o = (_columns(y_t, size, k, k + 1) for k in range(4))
        dh, h_past = _still(_plus(_columns(g_t, size, 5, 6), dh), live, t)
        dc, c_past = _still(_plus(_columns(g_t, size, 4, 5), dc), live, t)
        dc = dc + dh * o * entry(bend, 0, t)
        c_t, bent_t = entry(before, 0, t), entry(bent, 0, t)
        gates = cat_op(dc * new, dc * c_t, dc * i, dh * bent_t, dim=1)
        gates = gates + _columns(g_t, size, 0, 4)
        found.append(gates * entry(slopes, 0, t))
        dh = _plus(product(found[-1], w), h_past)
        dc = _plus(dc * f, c_past)
    d = _in_order(found, reverse)
    states = _columns(y, size, 5, 6)
    return {"x": d, "w": d, "h": dh, "c": dc, "before": lambda: states_before(states, h, reverse)}


# --- GRU: gates r, z; a proposal n = tanh(x + r m) where m = w h + b; h = n + z (h - n) --------


def _gru(
    x: Array, h: Array, w: Array, b: Array | None = None, reverse: bool = False, live: Any = None
) -> Any:
    steps, batch, wide = x.shape
    size = wide // 3
    y = np.empty((steps, batch, 5 * size), x.dtype)  # r z n m h
    for t in times(steps, reverse):
        gates, n, m, h_new = (
            y[t, :, a * size : b * size] for a, b in ((0, 2), (2, 3), (3, 4), (4, 5))
        )
        heard = np.dot(h, w.T)
        if b is not None:
            heard += b
        np.add(x[t, :, : 2 * size], heard[:, : 2 * size], out=gates)
        gates *= 0.5  # sigmoid(z) is (tanh(z / 2) + 1) / 2
        np.tanh(gates, out=gates)
        gates += 1
        gates *= 0.5
        m[...] = heard[:, 2 * size :]
        np.multiply(gates[:, :size], m, out=n)
        n += x[t, :, 2 * size :]
        np.tanh(n, out=n)
        np.subtract(h, n, out=h_new)
        h_new *= gates[:, size:]
        h_new += n
        if live is not None:
            np.copyto(h_new, h, where=live[t] == 0)
        h = h_new
    return y


def _gru_sweep(
    g: Any, y: Any, x: Any, h: Any, w: Any, b: Any = None, reverse: bool = False, live: Any = None
) -> Any:
    size = w.shape[1]
    states = _columns(y, size, 4, 5)
    before = states_before(states, h, reverse)
    of_x: list[Any] = []
    of_h: list[Any] = []
    dh = None
    for t in times(y.shape[0], not reverse):
        g_t, y_t, h_t = entry(g, 0, t), entry(y, 0, t), entry(before, 0, t)
        r, z, n, m = (_columns(y_t, size, k, k + 1) for k in range(4))
        dh, past = _still(_plus(_columns(g_t, size, 4, 5), dh), live, t)
        dn = (dh * (1 - z) + _columns(g_t, size, 2, 3)) * (1 - n * n)
        dm = dn * r + _columns(g_t, size, 3, 4)
        dr = (dn * m + _columns(g_t, size, 0, 1)) * (r - r * r)
        dz = (dh * (h_t - n) + _columns(g_t, size, 1, 2)) * (z - z * z)
        of_x.append(cat_op(dr, dz, dn, dim=1))
        of_h.append(cat_op(dr, dz, dm, dim=1))
        dh = _plus(product(of_h[-1], w) + dh * z, past)
    return {
        "x": _in_order(of_x, reverse),
        "w": _in_order(of_h, reverse),
        "h": dh,
        "before": lambda: before,
    }


# --- the table -------------------------------------------------------------------------------

_x: Any = lambda s: s["x"]
_h: Any = lambda s: s["h"]
_c: Any = lambda s: s["c"]
_w: Any = lambda s: _weight(s["w"], s["before"]())
_b: Any = lambda s: sum_over(s["w"], dim=(0, 1), keepdim=False)


def _positive(z: Array, out: Array) -> Any:
    return np.maximum(z, 0, out=out)


# fmt: off
rnn_tanh = declare(Recurrence("rnn_tanh", _rnn(np.tanh),   _rnn_sweep(lambda y: 1 - y * y), _x, _h, _w))
rnn_relu = declare(Recurrence("rnn_relu", _rnn(_positive), _rnn_sweep(lambda y: y > 0),     _x, _h, _w))
lstm     = declare(Recurrence("lstm",     _lstm,           _lstm_sweep,                     _x, _h, _c, _w))
gru      = declare(Recurrence("gru",      _gru,            _gru_sweep,                      _x, _h, _w, _b))
# fmt: on

FUNCTIONS: tuple[str, ...] = ()
METHODS: tuple[str, ...] = ()
IN_PLACE: tuple[str, ...] = ()
