"""One step of a recurrent net: from an input and the state before to the state after."""

import math
from typing import Any

from micrograd_lab.errors import OptionError, ShapeError
from micrograd_lab.nn import functional as F
from micrograd_lab.nn import init
from micrograd_lab.nn.module import Module
from micrograd_lab.nn.parameter import Parameter
from micrograd_lab.ops import recurrence
from micrograd_lab.ops.op import Op
from micrograd_lab.patterns import empty, zeros

__all__ = ["GRUCell", "LSTMCell", "RNNCell", "RNNCellBase"]

RNN_OPS = {"tanh": recurrence.rnn_tanh, "relu": recurrence.rnn_relu}


def spread_evenly(module: Module, hidden_size: int) -> None:
    """Every parameter between -1/√H and 1/√H."""
    bound = 1 / math.sqrt(hidden_size) if hidden_size > 0 else 0
    for p in module.parameters():
        init.uniform_(p, -bound, bound)


def op_for(name: str, nonlinearity: str) -> Op:
    """The recurrence of a plain RNN."""
    if nonlinearity not in RNN_OPS:
        raise OptionError(f'{name}: nonlinearity={nonlinearity!r}: choose "tanh" or "relu".')
    return RNN_OPS[nonlinearity]


def joined(b_ih: Any, b_hh: Any) -> Any:
    """Two biases that are only ever added: one."""
    return None if b_ih is None else b_ih + b_hh


class RNNCellBase(Module):
    """Weights weight_ih (gates · H, I), weight_hh (gates · H, H), biases bias_ih and bias_hh."""

    weight_ih: Any
    weight_hh: Any
    bias_ih: Any
    bias_hh: Any

    # fmt: off
    def __init__(self, input_size: int, hidden_size: int, bias: bool, num_chunks: int,
                 device: Any = None, dtype: Any = None) -> None:
        # fmt: on
        super().__init__()
        self.input_size = input_size
        self.hidden_size = hidden_size
        self.bias = bias
        wide = num_chunks * hidden_size
        self.weight_ih = Parameter(empty(wide, input_size, device=device, dtype=dtype))
        self.weight_hh = Parameter(empty(wide, hidden_size, device=device, dtype=dtype))
        for name in ("bias_ih", "bias_hh"):
            p = Parameter(empty(wide, device=device, dtype=dtype)) if bias else None
            self.register_parameter(name, p)
        self.reset_parameters()

    def reset_parameters(self) -> None:
        spread_evenly(self, self.hidden_size)

    def extra_repr(self) -> str:
        text = f"{self.input_size}, {self.hidden_size}"
        if not self.bias:
            text += ", bias=False"
        nonlinearity = getattr(self, "nonlinearity", "tanh")
        return text if nonlinearity == "tanh" else f"{text}, nonlinearity={nonlinearity}"

    def _checked(self, input: Any, *states: Any) -> tuple[Any, ...]:
        """The input and states with a batch, the states zero if not given."""
        name = type(self).__name__
        if input.ndim not in (1, 2):
            raise ShapeError(
                f"{name}: the input is (N, {self.input_size}), or ({self.input_size},) without a "
                f"batch; found {tuple(input.shape)}."
            )
        if input.shape[-1] != self.input_size:
            raise ShapeError(
                f"{name}: made for inputs of size {self.input_size}; found {tuple(input.shape)}."
            )
        wanted = (*input.shape[:-1], self.hidden_size)
        for state in states:
            if state is not None and tuple(state.shape) != wanted:
                raise ShapeError(
                    f"{name}: with an input of shape {tuple(input.shape)} a state is {wanted}; "
                    f"found {tuple(state.shape)}."
                )
        made = [zeros(wanted, dtype=input.dtype) if s is None else s for s in states]
        return tuple(x.unsqueeze(0) if input.ndim == 1 else x for x in (input, *made))

    def _project(self, x: Any, b: Any) -> Any:
        """What the input says, as a sequence of one step."""
        return F.linear(x, self.weight_ih, b).unsqueeze(0)


class RNNCell(RNNCellBase):
    """h' = tanh(W_ih x + b_ih + W_hh h + b_hh).  (N, I), (N, H) -> (N, H)"""

    # fmt: off
    def __init__(self, input_size: int, hidden_size: int, bias: bool = True,
                 nonlinearity: str = "tanh", device: Any = None, dtype: Any = None) -> None:
        # fmt: on
        op_for("RNNCell", nonlinearity)
        super().__init__(input_size, hidden_size, bias, 1, device, dtype)
        self.nonlinearity = nonlinearity

    def forward(self, input: Any, hx: Any = None) -> Any:
        x, h = self._checked(input, hx)
        x = self._project(x, joined(self.bias_ih, self.bias_hh))
        y = op_for("RNNCell", self.nonlinearity)(x, h, self.weight_hh)[0]
        return y if input.ndim == 2 else y[0]


class LSTMCell(RNNCellBase):
    """Gates decide what to forget, take in and show.  (N, I), (h, c) -> (h', c'), each (N, H)"""

    # fmt: off
    def __init__(self, input_size: int, hidden_size: int, bias: bool = True, device: Any = None,
                 dtype: Any = None) -> None:
        # fmt: on
        super().__init__(input_size, hidden_size, bias, 4, device, dtype)

    def forward(self, input: Any, hx: Any = None) -> tuple[Any, Any]:
        x, h, c = self._checked(input, *((None, None) if hx is None else hx))
        x = self._project(x, joined(self.bias_ih, self.bias_hh))
        y = recurrence.lstm(x, h, c, self.weight_hh)[0]
        y = y if input.ndim == 2 else y[0]
        size = self.hidden_size  # copies: a state that is changed in place leaves y as it is
        return y[..., 5 * size :].clone(), y[..., 4 * size : 5 * size].clone()


class GRUCell(RNNCellBase):
    """Gates decide how much of the state is renewed.  (N, I), (N, H) -> (N, H)"""

    # fmt: off
    def __init__(self, input_size: int, hidden_size: int, bias: bool = True, device: Any = None,
                 dtype: Any = None) -> None:
        # fmt: on
        super().__init__(input_size, hidden_size, bias, 3, device, dtype)

    def forward(self, input: Any, hx: Any = None) -> Any:
        x, h = self._checked(input, hx)
        more = (self.bias_hh,) if self.bias else ()
        y = recurrence.gru(self._project(x, self.bias_ih), h, self.weight_hh, *more)[0]
        y = y[:, 4 * self.hidden_size :].clone()
        return y if input.ndim == 2 else y[0]
