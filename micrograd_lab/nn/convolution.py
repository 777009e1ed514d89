"""Convolution layers: a bank of small filters that look at every place of a signal in the same way."""

import math
from typing import Any

from micrograd_lab.autograd import no_grad
from micrograd_lab.errors import OptionError, ShapeError
from micrograd_lab.nn import functional as F
from micrograd_lab.nn.module import Module
from micrograd_lab.nn.parameter import Parameter
from micrograd_lab.ops.windows import sizes, span
from micrograd_lab.patterns import empty
from micrograd_lab.tensor import Tensor

__all__ = ["Conv1d", "Conv2d", "Conv3d", "ConvTranspose1d", "ConvTranspose2d", "ConvTranspose3d"]

PADDING_MODES = ("zeros", "reflect", "replicate", "circular")


class _Filters(Module):
    """What convolutions and their transposes share: the weights, their first values, the options."""

    axes: int
    transposed: bool

    def __init__(
        self,
        in_channels: int,
        out_channels: int,
        kernel_size: Any,
        stride: Any,
        padding: Any,
        dilation: Any,
        output_padding: Any,
        groups: int,
        bias: bool,
        padding_mode: str,
        device: Any,
        dtype: Any,
    ) -> None:
        super().__init__()
        name, n = self._get_name(), self.axes
        self.in_channels = in_channels
        self.out_channels = out_channels
        self.kernel_size = sizes(name, "kernel_size", kernel_size, n, least=1)
        self.stride = sizes(name, "stride", stride, n, least=1)
        self.padding = padding if _by_name(padding) else sizes(name, "padding", padding, n)
        self.dilation = sizes(name, "dilation", dilation, n, least=1)
        self.output_padding = sizes(name, "output_padding", output_padding, n)
        self.groups = groups
        self.padding_mode = padding_mode
        self._check_options()
        makes, takes = out_channels, in_channels // groups
        if self.transposed:
            makes, takes = in_channels, out_channels // groups
        how = {"dtype": dtype, "device": device}
        self.weight = Parameter(empty(makes, takes, *self.kernel_size, **how))
        self.register_parameter("bias", Parameter(empty(out_channels, **how)) if bias else None)
        self.reset_parameters()

    def _check_options(self) -> None:
        name, groups = self._get_name(), self.groups
        if groups < 1 or self.in_channels % groups or self.out_channels % groups:
            raise ShapeError(
                f"{name}: groups={groups} must divide both in_channels={self.in_channels} and "
                f"out_channels={self.out_channels}."
            )
        if self.padding == "same" and set(self.stride) != {1}:
            raise OptionError(
                f"{name}: padding='same' keeps the size only with stride 1, not {self.stride}."
            )
        if self.padding_mode not in PADDING_MODES:
            raise OptionError(
                f"{name}: padding_mode={self.padding_mode!r}: choose one of "
                f"{', '.join(map(repr, PADDING_MODES))}."
            )

    def reset_parameters(self) -> None:
        """Uniform within ±1/√(numbers that one output sees), so that outputs start at one scale."""
        seen = math.prod(self.weight.shape[1:])
        if not seen:
            return
        bound = 1 / math.sqrt(seen)
        with no_grad():
            for p in self.parameters(recurse=False):
                p.uniform_(-bound, bound)  # type: ignore[attr-defined]

    def extra_repr(self) -> str:
        n = self.axes
        options = (
            ("padding", self.padding, (0,) * n),
            ("dilation", self.dilation, (1,) * n),
            ("output_padding", self.output_padding, (0,) * n),
            ("groups", self.groups, 1),
            ("bias", self.bias is not None, True),
            ("padding_mode", self.padding_mode, "zeros"),
        )
        start = f"{self.in_channels}, {self.out_channels}, kernel_size={self.kernel_size}"
        changed = "".join(f", {name}={value}" for name, value, usual in options if value != usual)
        return f"{start}, stride={self.stride}{changed}"


def _by_name(padding: Any) -> bool:
    if isinstance(padding, str) and padding not in ("same", "valid"):
        raise OptionError(f"padding={padding!r}: choose 'same', 'valid' or numbers.")
    return isinstance(padding, str)


class _Conv(_Filters):
    transposed = False

    # fmt: off
    def __init__(self, in_channels: int, out_channels: int, kernel_size: Any, stride: Any = 1,
                 padding: Any = 0, dilation: Any = 1, groups: int = 1, bias: bool = True,
                 padding_mode: str = "zeros", device: Any = None, dtype: Any = None) -> None:
        super().__init__(in_channels, out_channels, kernel_size, stride, padding, dilation,
                         0, groups, bias, padding_mode, device, dtype)
    # fmt: on

    def forward(self, input: Tensor) -> Tensor:
        padding = self.padding
        if self.padding_mode != "zeros":  # the border is no longer the convolution's own
            input, padding = F.pad(input, self._border(), self.padding_mode), 0
        conv = getattr(F, f"conv{self.axes}d")
        return conv(  # type: ignore[no-any-return]
            input, self.weight, self.bias, self.stride, padding, self.dilation, self.groups
        )

    def _border(self) -> tuple[int, ...]:
        """The widths as F.pad takes them: (before, after) of the last axis first."""
        if self.padding == "valid":
            return (0, 0) * self.axes
        if self.padding == "same":
            reach = span(self.kernel_size, self.dilation)
            return sum((((r - 1) // 2, r // 2) for r in reversed(reach)), ())
        return sum(((p, p) for p in reversed(self.padding)), ())


class _ConvTranspose(_Filters):
    transposed = True

    # fmt: off
    def __init__(self, in_channels: int, out_channels: int, kernel_size: Any, stride: Any = 1,
                 padding: Any = 0, output_padding: Any = 0, groups: int = 1, bias: bool = True,
                 dilation: Any = 1, padding_mode: str = "zeros", device: Any = None,
                 dtype: Any = None) -> None:
        super().__init__(in_channels, out_channels, kernel_size, stride, padding, dilation,
                         output_padding, groups, bias, padding_mode, device, dtype)
    # fmt: on

    def _check_options(self) -> None:
        if self.padding_mode != "zeros" or isinstance(self.padding, str):
            raise OptionError(
                f"{self._get_name()}: it pads with zeros, by numbers; found "
                f"padding={self.padding!r}, padding_mode={self.padding_mode!r}."
            )
        super()._check_options()

    def forward(self, input: Tensor, output_size: Any = None) -> Tensor:
        """output_size chooses among the sizes that a stride above 1 leaves open."""
        extra = self.output_padding if output_size is None else self._extra(input, output_size)
        conv = getattr(F, f"conv_transpose{self.axes}d")
        # fmt: off
        return conv(  # type: ignore[no-any-return]
            input, self.weight, self.bias, self.stride, self.padding, extra, self.groups,
            self.dilation,
        )
        # fmt: on

    def _extra(self, input: Tensor, output_size: Any) -> tuple[int, ...]:
        """The output_padding that makes the output this large."""
        n, lead = self.axes, input.ndim - self.axes
        wanted = (output_size,) * n if isinstance(output_size, int) else tuple(output_size)
        if len(wanted) == lead + n:
            wanted = wanted[lead:]
        reach = span(self.kernel_size, self.dilation)
        least = tuple(
            (m - 1) * s - 2 * p + r
            for m, s, p, r in zip(input.shape[lead:], self.stride, self.padding, reach, strict=True)
        )
        most = tuple(m + s - 1 for m, s in zip(least, self.stride, strict=True))
        if len(wanted) != n or not all(
            a <= w <= b for a, w, b in zip(least, wanted, most, strict=False)
        ):
            raise ShapeError(
                f"{self._get_name()}: output_size={output_size} from an input of shape "
                f"{tuple(input.shape)}: it can be from {least} to {most}."
            )
        return tuple(w - a for w, a in zip(wanted, least, strict=True))


class Conv1d(_Conv):
    """(N, C, L) -> (N, K, L'): K filters of C/groups · kernel_size numbers each, and a bias."""

    axes = 1


class Conv2d(_Conv):
    """(N, C, H, W) -> (N, K, H', W'): K filters of C/groups · kernel_size numbers each, and a bias.

    padding: numbers, "valid" (none) or "same" (as many as keep the size).  padding_mode: what stands
    there: "zeros", or the input again: "reflect", "replicate", "circular".
    """

    axes = 2


class Conv3d(_Conv):
    """(N, C, D, H, W) -> (N, K, D', H', W')"""

    axes = 3


class ConvTranspose1d(_ConvTranspose):
    """(N, C, L) -> (N, K, L'): the transpose of a Conv1d from K to C channels."""

    axes = 1


class ConvTranspose2d(_ConvTranspose):
    """(N, C, H, W) -> (N, K, H', W'): the transpose of a Conv2d from K to C channels.

    With stride s it makes images s times as large.  As a Conv2d with that stride rounds down, several
    sizes are possible: output_padding, or output_size in the call, chooses among them.
    """

    axes = 2


class ConvTranspose3d(_ConvTranspose):
    """(N, C, D, H, W) -> (N, K, D', H', W'): the transpose of a Conv3d from K to C channels."""

    axes = 3
