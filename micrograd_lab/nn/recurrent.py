"""Recurrent nets over whole sequences: layers, directions, and sequences of different lengths."""

import warnings
from typing import Any

import numpy as np

from micrograd_lab.errors import OptionError, ShapeError
from micrograd_lab.nn import functional as F
from micrograd_lab.nn.cells import joined, op_for, spread_evenly
from micrograd_lab.nn.module import Module
from micrograd_lab.nn.parameter import Parameter
from micrograd_lab.ops import recurrence
from micrograd_lab.ops.joining import cat, stack
from micrograd_lab.ops.plain import plain
from micrograd_lab.patterns import empty, zeros

__all__ = ["GRU", "LSTM", "RNN", "RNNBase"]

GATES = {"RNN_TANH": 1, "RNN_RELU": 1, "LSTM": 4, "GRU": 3}


class RNNBase(Module):
    """What RNN, LSTM and GRU share.

    Per layer l and direction (backwards: the names end in _reverse): weight_ih_l0 (gates · H, I),
    weight_hh_l0 (gates · H, H), and with a bias bias_ih_l0 and bias_hh_l0.
    """

    # fmt: off
    def __init__(self, mode: str, input_size: int, hidden_size: int, num_layers: int = 1,
                 bias: bool = True, batch_first: bool = False, dropout: float = 0.0,
                 bidirectional: bool = False, proj_size: int = 0, device: Any = None,
                 dtype: Any = None) -> None:
        # fmt: on
        super().__init__()
        self.mode = mode
        self.input_size = input_size
        self.hidden_size = hidden_size
        self.num_layers = num_layers
        self.bias = bias
        self.batch_first = batch_first
        self.dropout = float(dropout)
        self.bidirectional = bidirectional
        self.proj_size = proj_size
        self._check_options()
        self._all_weights: list[list[str]] = []
        shown, wide = proj_size or hidden_size, GATES[mode] * hidden_size
        for layer in range(num_layers):
            heard = input_size if layer == 0 else shown * (1 + bidirectional)
            for suffix in ("", "_reverse")[: 1 + bidirectional]:
                shapes: dict[str, tuple[int, ...]] = {"weight_ih": (wide, heard), "weight_hh": (wide, shown)}
                if bias:
                    shapes |= {"bias_ih": (wide,), "bias_hh": (wide,)}
                if proj_size:
                    shapes["weight_hr"] = (proj_size, hidden_size)
                names = {f"{name}_l{layer}{suffix}": shape for name, shape in shapes.items()}
                for name, shape in names.items():
                    setattr(self, name, Parameter(empty(shape, device=device, dtype=dtype)))
                self._all_weights.append(list(names))
        self.reset_parameters()

    def _check_options(self) -> None:
        name = type(self).__name__
        for what, least in (("hidden_size", 1), ("num_layers", 1), ("proj_size", 0)):
            if getattr(self, what) < least:
                raise OptionError(f"{name}: {what}={getattr(self, what)}: at least {least}.")
        if self.proj_size >= self.hidden_size:
            raise OptionError(
                f"{name}: proj_size={self.proj_size} must be smaller than hidden_size="
                f"{self.hidden_size}."
            )
        if not 0 <= self.dropout <= 1:
            raise OptionError(
                f"{name}: dropout={self.dropout} is a probability, between 0 and 1."
            )
        if self.dropout and self.num_layers == 1:
            warnings.warn(
                f"{name}: dropout acts between layers, and there is only one: it has no effect.",
                stacklevel=4,
            )

    @property
    def all_weights(self) -> list[list[Any]]:
        """The parameters of each layer and direction."""
        return [[getattr(self, name) for name in names] for names in self._all_weights]

    def flatten_parameters(self) -> None:
        """Nothing: it arranges memory for GPUs."""

    def reset_parameters(self) -> None:
        spread_evenly(self, self.hidden_size)

    def extra_repr(self) -> str:
        text = f"{self.input_size}, {self.hidden_size}"
        for name, usual in (
            *(("proj_size", 0), ("num_layers", 1), ("bias", True), ("batch_first", False)),
            *(("dropout", 0), ("bidirectional", False)),
        ):
            if getattr(self, name) != usual:
                text += f", {name}={getattr(self, name)}"
        return text

    # --- a call ---------------------------------------------------------------------------

    def forward(self, input: Any, hx: Any = None) -> tuple[Any, Any]:
        """(T, N, I) -> output (T, N, D · H) of the last layer, and the last state of every layer.

        (N, T, I) and (N, T, D · H) if batch_first; (T, I) without a batch; or a PackedSequence.
        hx: the first state (layers · D, N, H), for an LSTM two of them; zero if not given.
        """
        if hasattr(input, "batch_sizes"):
            return self._packed(input, hx)
        name = type(self).__name__
        if input.ndim not in (2, 3):
            raise ShapeError(
                f"{name}: the input has 3 dimensions, or 2 without a batch; found "
                f"{tuple(input.shape)}."
            )
        batched = input.ndim == 3
        axis = int(batched and self.batch_first)
        x = input.transpose(0, 1) if axis else input if batched else input.unsqueeze(1)
        self._check_input(x)
        if x.shape[0] == 0:
            raise ShapeError(f"{name}: the sequence is empty: {tuple(input.shape)}.")
        states = self._first_states(hx, x, batched)
        y, last = self._run(x, states, None)
        y = y.transpose(0, 1) if axis else y if batched else y.squeeze(1)
        return y, self._as_given(last if batched else [s.squeeze(1) for s in last])

    def _check_input(self, x: Any) -> None:
        if x.shape[-1] != self.input_size:
            raise ShapeError(
                f"{type(self).__name__}: made for inputs of size {self.input_size}; found "
                f"{x.shape[-1]}."
            )

    def _state_sizes(self) -> tuple[int, ...]:
        return (self.hidden_size,)

    def _first_states(self, hx: Any, x: Any, batched: bool) -> list[Any]:
        """One tensor (layers · D, N, size) for each part of the state."""
        batch, count = x.shape[1], self.num_layers * (1 + self.bidirectional)
        sizes = self._state_sizes()
        if hx is None:
            return [zeros(count, batch, size, dtype=x.dtype) for size in sizes]
        given = [hx] if len(sizes) == 1 else list(hx)
        wanted = [(count, batch, size) if batched else (count, size) for size in sizes]
        found = [tuple(state.shape) for state in given]
        if found != wanted:
            raise ShapeError(
                f"{type(self).__name__}: hx must be {' and '.join(map(str, wanted))} for this input; "
                f"found {' and '.join(map(str, found))}."
            )
        return given if batched else [state.unsqueeze(1) for state in given]

    def _as_given(self, states: list[Any]) -> Any:
        return states[0] if len(states) == 1 else tuple(states)

    def _run(self, x: Any, states: list[Any], live: Any) -> tuple[Any, list[Any]]:
        """All layers.  (T, N, I) -> (T, N, D · H) and the last states, stacked."""
        last: list[Any] = []
        for layer in range(self.num_layers):
            outputs = []
            for direction in range(1 + self.bidirectional):
                k = len(last)
                names = ("weight_ih", "weight_hh", "bias_ih", "bias_hh", "weight_hr")
                suffix = f"_l{layer}" + "_reverse" * direction
                weights = [getattr(self, name + suffix, None) for name in names]
                reverse = bool(direction)
                y, end = self._sweep(x, [s[k] for s in states], weights, reverse, live)
                outputs.append(y)
                last.append(end)
            # Copies either way: a caller who changes them in place leaves backward what it needs.
            x = cat(outputs, 2) if len(outputs) > 1 else outputs[0].clone()
            if self.dropout and layer < self.num_layers - 1:
                x = F.dropout(x, self.dropout, self.training)
        return x, [stack(parts) for parts in zip(*last, strict=True)]

    def _sweep(
        self, x: Any, state: list[Any], weights: list[Any], reverse: bool, live: Any
    ) -> tuple[Any, list[Any]]:
        """One layer in one direction: its output, and the parts of its last state."""
        raise NotImplementedError

    def _packed(self, packed: Any, hx: Any) -> tuple[Any, Any]:
        """A batch of different lengths, longest first: padded, run, and packed again."""
        self._check_input(packed.data)
        sizes = plain(packed.batch_sizes)
        alive = np.arange(sizes[0]) < sizes[:, None]
        time, column = np.nonzero(alive)
        row = np.zeros(alive.shape, np.int64)
        row[alive] = np.arange(len(time))
        x = packed.data[row]
        states = self._first_states(hx, x, True)
        if hx is not None and packed.sorted_indices is not None:
            states = [state[:, packed.sorted_indices] for state in states]
        live = None if alive.all() else alive[..., None].astype(x.dtype)
        y, last = self._run(x, states, live)
        if packed.unsorted_indices is not None:
            last = [state[:, packed.unsorted_indices] for state in last]
        data = y[time, column]
        order = (packed.sorted_indices, packed.unsorted_indices)
        return type(packed)(data, packed.batch_sizes, *order), self._as_given(last)


class RNN(RNNBase):
    """h = tanh(W_ih x + b_ih + W_hh h + b_hh) at every step; nonlinearity: "tanh" or "relu".

    RNN(input_size, hidden_size, num_layers=1, nonlinearity="tanh", bias=True, batch_first=False,
    dropout=0.0, bidirectional=False)
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        if len(args) > 3:
            nonlinearity = args[3]
            args = (*args[:3], *args[4:])
        else:
            nonlinearity = kwargs.pop("nonlinearity", "tanh")
        op_for("RNN", nonlinearity)
        super().__init__(f"RNN_{nonlinearity.upper()}", *args, **kwargs)
        self.nonlinearity = nonlinearity

    def _sweep(
        self, x: Any, state: list[Any], weights: list[Any], reverse: bool, live: Any
    ) -> tuple[Any, list[Any]]:
        w_ih, w_hh, b_ih, b_hh, _ = weights
        x = F.linear(x, w_ih, joined(b_ih, b_hh))
        y = op_for("RNN", self.nonlinearity)(x, *state, w_hh, reverse=reverse, live=live)
        return y, [y[0 if reverse else -1]]


class LSTM(RNNBase):
    """A memory c that gates forget, fill and show: h = o tanh(c), c = f c + i g.

    Hochreiter and Schmidhuber, "Long short-term memory", 1997.

    LSTM(input_size, hidden_size, num_layers=1, bias=True, batch_first=False, dropout=0.0,
    bidirectional=False, proj_size=0); proj_size: what is shown is a smaller W_hr h.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__("LSTM", *args, **kwargs)

    def _state_sizes(self) -> tuple[int, ...]:
        return (self.proj_size or self.hidden_size, self.hidden_size)

    def _sweep(
        self, x: Any, state: list[Any], weights: list[Any], reverse: bool, live: Any
    ) -> tuple[Any, list[Any]]:
        w_ih, w_hh, b_ih, b_hh, w_hr = weights
        x = F.linear(x, w_ih, joined(b_ih, b_hh))
        if w_hr is not None:
            return self._projected(x, state, w_hh, w_hr, reverse, live)
        y = recurrence.lstm(x, *state, w_hh, reverse=reverse, live=live)
        size, end = self.hidden_size, 0 if reverse else -1
        h = y[..., 5 * size :]
        return h, [h[end], y[end, :, 4 * size : 5 * size]]

    def _projected(
        self, x: Any, state: list[Any], w_hh: Any, w_hr: Any, reverse: bool, live: Any
    ) -> tuple[Any, list[Any]]:
        """One step at a time: the next sees only the projection."""
        h, c = state
        size, steps = self.hidden_size, range(x.shape[0])
        nothing = zeros(x.shape[1], size, dtype=x.dtype)
        nowhere = zeros(4 * size, size, dtype=x.dtype)
        outputs = []
        for t in reversed(steps) if reverse else steps:
            heard = x[t] + F.linear(h, w_hh)
            y = recurrence.lstm(heard.unsqueeze(0), nothing, c, nowhere)[0]
            h_new, c_new = F.linear(y[:, 5 * size :], w_hr), y[:, 4 * size : 5 * size]
            if live is not None:
                h_new, c_new = (h + live[t] * (h_new - h), c + live[t] * (c_new - c))
            h, c = h_new, c_new
            outputs.append(h)
        return stack(outputs[::-1] if reverse else outputs), [h, c]


class GRU(RNNBase):
    """Gates r and z decide what of the state is heard and kept: h = (1 - z) n + z h.

    Cho et al., "Learning phrase representations using RNN encoder-decoder", 2014.

    GRU(input_size, hidden_size, num_layers=1, bias=True, batch_first=False, dropout=0.0,
    bidirectional=False)
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        if "proj_size" in kwargs:
            raise OptionError("GRU: proj_size is for LSTM only.")
        super().__init__("GRU", *args, **kwargs)

    def _sweep(
        self, x: Any, state: list[Any], weights: list[Any], reverse: bool, live: Any
    ) -> tuple[Any, list[Any]]:
        w_ih, w_hh, b_ih, b_hh, _ = weights
        more = () if b_hh is None else (b_hh,)
        x = F.linear(x, w_ih, b_ih)
        y = recurrence.gru(x, *state, w_hh, *more, reverse=reverse, live=live)
        h = y[..., 4 * self.hidden_size :]
        return h, [h[0 if reverse else -1]]
