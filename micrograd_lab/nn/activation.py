"""Activations as modules: functions of nn.functional that keep their options."""

import warnings
from typing import Any

from micrograd_lab.errors import OptionError, ShapeError
from micrograd_lab.nn import functional as F
from micrograd_lab.nn.module import Module
from micrograd_lab.nn.parameter import Parameter
from micrograd_lab.patterns import full

__all__ = [
    "CELU", "ELU", "GELU", "GLU", "SELU", "Hardshrink", "Hardsigmoid", "Hardswish", "Hardtanh",
    "LeakyReLU", "LogSigmoid", "LogSoftmax", "Mish", "PReLU", "RReLU", "ReLU", "ReLU6", "SiLU",
    "Sigmoid", "Softmax", "Softmax2d", "Softmin", "Softplus", "Softshrink", "Softsign", "Tanh",
    "Tanhshrink", "Threshold",
]  # fmt: skip


class Activation(Module):
    """What activations share: options, which stand in the repr (inplace only if it is True)."""

    def __init__(self, **options: Any) -> None:
        super().__init__()
        self._options = tuple(options)
        for name, value in options.items():
            setattr(self, name, value)

    def extra_repr(self) -> str:
        shown = {name: getattr(self, name) for name in self._options}
        if not shown.get("inplace"):
            shown.pop("inplace", None)
        return ", ".join(f"{name}={value!r}" for name, value in shown.items())


class InPlace(Activation):
    """One whose only option is to overwrite its input."""

    def __init__(self, inplace: bool = False) -> None:
        super().__init__(inplace=inplace)


# --- straight pieces ------------------------------------------------------------------------------


class ReLU(InPlace):
    """max(x, 0)"""

    def forward(self, input: Any) -> Any:
        return F.relu(input, self.inplace)


class LeakyReLU(Activation):
    """x above 0, negative_slope · x below."""

    def __init__(self, negative_slope: float = 0.01, inplace: bool = False) -> None:
        super().__init__(negative_slope=negative_slope, inplace=inplace)

    def forward(self, input: Any) -> Any:
        return F.leaky_relu(input, self.negative_slope, self.inplace)


class PReLU(Module):
    """x above 0, weight · x below, where the weight is learned: one, or one per channel (axis 1)."""

    def __init__(
        self, num_parameters: int = 1, init: float = 0.25, device: Any = None, dtype: Any = None
    ) -> None:
        super().__init__()
        self.num_parameters = num_parameters
        self.init = init
        start = full((num_parameters,), float(init), device=device, dtype=dtype)
        self.weight = Parameter(start)

    def reset_parameters(self) -> None:
        """Back to `init`."""
        self.weight.detach().fill_(self.init)  # type: ignore[attr-defined]

    def forward(self, input: Any) -> Any:
        return F.prelu(input, self.weight)

    def extra_repr(self) -> str:
        return f"num_parameters={self.num_parameters}"


class RReLU(Activation):
    """x above 0, slope · x below: a random slope for each entry in training, the mean one in eval."""

    def __init__(self, lower: float = 1 / 8, upper: float = 1 / 3, inplace: bool = False) -> None:
        super().__init__(lower=lower, upper=upper, inplace=inplace)

    def forward(self, input: Any) -> Any:
        return F.rrelu(input, self.lower, self.upper, self.training, self.inplace)


class Hardtanh(Activation):
    """x between min_val and max_val, else the one that is nearer."""

    def __init__(self, min_val: float = -1.0, max_val: float = 1.0, inplace: bool = False) -> None:
        super().__init__(min_val=min_val, max_val=max_val, inplace=inplace)
        if not min_val < max_val:
            raise OptionError(f"Hardtanh: min_val={min_val} must be less than max_val={max_val}.")

    def forward(self, input: Any) -> Any:
        return F.hardtanh(input, self.min_val, self.max_val, self.inplace)


class ReLU6(Hardtanh):
    """Between 0 and 6."""

    def __init__(self, inplace: bool = False) -> None:
        super().__init__(0.0, 6.0, inplace)

    def extra_repr(self) -> str:
        return "inplace=True" if self.inplace else ""


class Threshold(Activation):
    """x above the threshold, value below."""

    def __init__(self, threshold: float, value: float, inplace: bool = False) -> None:
        super().__init__(threshold=threshold, value=value, inplace=inplace)

    def forward(self, input: Any) -> Any:
        return F.threshold(input, self.threshold, self.value, self.inplace)


class Hardshrink(Activation):
    """0 between -lambd and lambd, x elsewhere."""

    def __init__(self, lambd: float = 0.5) -> None:
        super().__init__(lambd=lambd)

    def forward(self, input: Any) -> Any:
        return F.hardshrink(input, self.lambd)

    def extra_repr(self) -> str:
        return f"{self.lambd}"


class Softshrink(Activation):
    """0 between -lambd and lambd; elsewhere nearer to 0 by lambd."""

    def __init__(self, lambd: float = 0.5) -> None:
        super().__init__(lambd=lambd)

    def forward(self, input: Any) -> Any:
        return F.softshrink(input, self.lambd)

    def extra_repr(self) -> str:
        return f"{self.lambd}"


class Hardsigmoid(InPlace):
    """relu6(x + 3) / 6"""

    def forward(self, input: Any) -> Any:
        return F.hardsigmoid(input, self.inplace)

    def extra_repr(self) -> str:
        return ""


class Hardswish(InPlace):
    """x · relu6(x + 3) / 6"""

    def forward(self, input: Any) -> Any:
        return F.hardswish(input, self.inplace)

    def extra_repr(self) -> str:
        return ""


# --- curves -----------------------------------------------------------------------------------------


class Sigmoid(Module):
    """1 / (1 + exp(-x))"""

    def forward(self, input: Any) -> Any:
        return F.sigmoid(input)


class LogSigmoid(Module):
    """log(sigmoid(x)), exact where sigmoid(x) would be 0."""

    def forward(self, input: Any) -> Any:
        return F.logsigmoid(input)


class Tanh(Module):
    """sinh(x) / cosh(x), between -1 and 1."""

    def forward(self, input: Any) -> Any:
        return F.tanh(input)


class Tanhshrink(Module):
    """x - tanh(x)"""

    def forward(self, input: Any) -> Any:
        return F.tanhshrink(input)


class Softsign(Module):
    """x / (1 + |x|)"""

    def forward(self, input: Any) -> Any:
        return F.softsign(input)


class Softplus(Activation):
    """log(1 + exp(beta · x)) / beta, a smooth relu; x itself where beta · x is above the threshold."""

    def __init__(self, beta: float = 1.0, threshold: float = 20.0) -> None:
        super().__init__(beta=beta, threshold=threshold)

    def forward(self, input: Any) -> Any:
        return F.softplus(input, self.beta, self.threshold)


class ELU(Activation):
    """x above 0, alpha · (exp(x) - 1) below."""

    def __init__(self, alpha: float = 1.0, inplace: bool = False) -> None:
        super().__init__(alpha=alpha, inplace=inplace)

    def forward(self, input: Any) -> Any:
        return F.elu(input, self.alpha, self.inplace)


class CELU(Activation):
    """x above 0, alpha · (exp(x / alpha) - 1) below: elu without its corner."""

    def __init__(self, alpha: float = 1.0, inplace: bool = False) -> None:
        super().__init__(alpha=alpha, inplace=inplace)

    def forward(self, input: Any) -> Any:
        return F.celu(input, self.alpha, self.inplace)


class SELU(InPlace):
    """scale · elu(x, alpha), with the two numbers that keep mean 0 and variance 1 through layers."""

    def forward(self, input: Any) -> Any:
        return F.selu(input, self.inplace)


class GELU(Activation):
    """x · Φ(x), Φ the normal distribution's; approximate="tanh": by tanh, as GPT-2 had it."""

    def __init__(self, approximate: str = "none") -> None:
        super().__init__(approximate=approximate)

    def forward(self, input: Any) -> Any:
        return F.gelu(input, approximate=self.approximate)


class SiLU(InPlace):
    """x · sigmoid(x), also known as swish."""

    def forward(self, input: Any) -> Any:
        return F.silu(input, self.inplace)


class Mish(InPlace):
    """x · tanh(softplus(x))"""

    def forward(self, input: Any) -> Any:
        return F.mish(input, self.inplace)


# --- along an axis ----------------------------------------------------------------------------------


class GLU(Activation):
    """a · sigmoid(b), where a and b are the halves of the input along dim."""

    def __init__(self, dim: int = -1) -> None:
        super().__init__(dim=dim)

    def forward(self, input: Any) -> Any:
        return F.glu(input, self.dim)


class AlongAxis(Activation):
    """One that looks at all entries along dim together."""

    def __init__(self, dim: int | None = None) -> None:
        super().__init__(dim=dim)

    def axis(self, input: Any) -> int:
        """dim; without one it is 1, or 0 if there are 0, 1 or 3 axes, which is rarely meant."""
        if self.dim is not None:
            return int(self.dim)
        guess = 0 if input.ndim in (0, 1, 3) else 1
        name = type(self).__name__
        warnings.warn(
            f"{name}() without dim took dim={guess}: write {name}(dim=...).", stacklevel=4
        )
        return guess


class Softmax(AlongAxis):
    """exp(x), scaled so that it adds up to 1 along dim."""

    def forward(self, input: Any) -> Any:
        return F.softmax(input, self.axis(input))


class Softmin(AlongAxis):
    """softmax(-x)"""

    def forward(self, input: Any) -> Any:
        return F.softmin(input, self.axis(input))


class LogSoftmax(AlongAxis):
    """log(softmax(x)), exact where softmax(x) would be 0."""

    def forward(self, input: Any) -> Any:
        return F.log_softmax(input, self.axis(input))


class Softmax2d(Module):
    """softmax over the channels at each place.  (N, C, H, W) or (C, H, W)"""

    def forward(self, input: Any) -> Any:
        if input.ndim not in (3, 4):
            raise ShapeError(
                f"Softmax2d: needs (N, C, H, W) or (C, H, W), found {tuple(input.shape)}."
            )
        return F.softmax(input, -3)
