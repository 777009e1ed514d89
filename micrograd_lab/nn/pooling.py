"""Pooling layers: they have no parameters, only a window, and keep its largest number or its mean."""

from typing import Any

from micrograd_lab.errors import OptionError
from micrograd_lab.nn import functional as F
from micrograd_lab.nn.module import Module
from micrograd_lab.ops.windows import sizes

__all__ = [
    "AdaptiveAvgPool1d", "AdaptiveAvgPool2d", "AdaptiveAvgPool3d", "AdaptiveMaxPool1d",
    "AdaptiveMaxPool2d", "AdaptiveMaxPool3d", "AvgPool1d", "AvgPool2d", "AvgPool3d",
    "FractionalMaxPool2d", "FractionalMaxPool3d", "LPPool1d", "LPPool2d", "LPPool3d",
    "MaxPool1d", "MaxPool2d", "MaxPool3d", "MaxUnpool1d", "MaxUnpool2d", "MaxUnpool3d",
]  # fmt: skip


class _Pool(Module):
    axes: int
    shown: tuple[str, ...]

    def extra_repr(self) -> str:
        return ", ".join(f"{name}={getattr(self, name)}" for name in self.shown)


# --- the largest -----------------------------------------------------------------------------


class _MaxPool(_Pool):
    shown = ("kernel_size", "stride", "padding", "dilation", "ceil_mode")

    # fmt: off
    def __init__(self, kernel_size: Any, stride: Any = None, padding: Any = 0, dilation: Any = 1,
                 return_indices: bool = False, ceil_mode: bool = False) -> None:
        # fmt: on
        super().__init__()
        self.kernel_size = kernel_size
        self.stride = kernel_size if stride is None else stride
        self.padding = padding
        self.dilation = dilation
        self.return_indices = return_indices
        self.ceil_mode = ceil_mode

    def forward(self, input: Any) -> Any:
        pool = getattr(F, f"max_pool{self.axes}d")
        # fmt: off
        return pool(input, self.kernel_size, self.stride, self.padding, self.dilation,
                    self.ceil_mode, self.return_indices)
        # fmt: on


class MaxPool1d(_MaxPool):
    """(N, C, L) -> (N, C, L'): the largest of each window, and with return_indices where it was."""

    axes = 1


class MaxPool2d(_MaxPool):
    """(N, C, H, W) -> (N, C, H', W'): the largest of each window.

    stride: the kernel_size unless given.  return_indices: also where it was, as an index into the
    flattened (H, W).  ceil_mode: a last window may reach over the end.
    """

    axes = 2


class MaxPool3d(_MaxPool):
    """(N, C, D, H, W) -> (N, C, D', H', W'): the largest of each window."""

    axes = 3


# --- the mean --------------------------------------------------------------------------------


class _AvgPool(_Pool):
    shown = ("kernel_size", "stride", "padding")

    # fmt: off
    def __init__(self, kernel_size: Any, stride: Any = None, padding: Any = 0,
                 ceil_mode: bool = False, count_include_pad: bool = True,
                 divisor_override: int | None = None) -> None:
        # fmt: on
        super().__init__()
        self.kernel_size = kernel_size
        self.stride = kernel_size if stride is None else stride
        self.padding = padding
        self.ceil_mode = ceil_mode
        self.count_include_pad = count_include_pad
        self.divisor_override = divisor_override

    def forward(self, input: Any) -> Any:
        pool = getattr(F, f"avg_pool{self.axes}d")
        # fmt: off
        return pool(input, self.kernel_size, self.stride, self.padding, self.ceil_mode,
                    self.count_include_pad, self.divisor_override)
        # fmt: on


class AvgPool1d(_AvgPool):
    """(N, C, L) -> (N, C, L'): the mean of each window."""

    axes = 1

    # fmt: off
    def __init__(self, kernel_size: Any, stride: Any = None, padding: Any = 0,
                 ceil_mode: bool = False, count_include_pad: bool = True) -> None:
        # fmt: on
        stride = kernel_size if stride is None else stride
        super().__init__(
            _single(kernel_size), _single(stride), _single(padding), ceil_mode, count_include_pad
        )


class AvgPool2d(_AvgPool):
    """(N, C, H, W) -> (N, C, H', W'): the mean of each window.

    count_include_pad: whether padding counts as entries that are 0.  divisor_override: divide by
    this instead of by the size of the window.
    """

    axes = 2


class AvgPool3d(_AvgPool):
    """(N, C, D, H, W) -> (N, C, D', H', W'): the mean of each window."""

    axes = 3


def _single(size: Any) -> Any:
    return tuple(size) if isinstance(size, (tuple, list)) else (size,)


# --- windows that make a given size ----------------------------------------------------------


class _AdaptiveAvgPool(_Pool):
    shown = ("output_size",)

    def __init__(self, output_size: Any) -> None:
        super().__init__()
        self.output_size = output_size

    def forward(self, input: Any) -> Any:
        return getattr(F, f"adaptive_avg_pool{self.axes}d")(input, self.output_size)


class _AdaptiveMaxPool(_Pool):
    shown = ("output_size",)

    def __init__(self, output_size: Any, return_indices: bool = False) -> None:
        super().__init__()
        self.output_size = output_size
        self.return_indices = return_indices

    def forward(self, input: Any) -> Any:
        pool = getattr(F, f"adaptive_max_pool{self.axes}d")
        return pool(input, self.output_size, self.return_indices)


class AdaptiveAvgPool1d(_AdaptiveAvgPool):
    """(N, C, L) -> (N, C, output_size): means, of windows as even as they can be."""

    axes = 1


class AdaptiveAvgPool2d(_AdaptiveAvgPool):
    """(N, C, H, W) -> (N, C, *output_size), means; None keeps a size, and 1 is the mean of it all."""

    axes = 2


class AdaptiveAvgPool3d(_AdaptiveAvgPool):
    """(N, C, D, H, W) -> (N, C, *output_size): means, of windows as even as they can be."""

    axes = 3


class AdaptiveMaxPool1d(_AdaptiveMaxPool):
    """(N, C, L) -> (N, C, output_size): the largest, of windows as even as they can be."""

    axes = 1


class AdaptiveMaxPool2d(_AdaptiveMaxPool):
    """(N, C, H, W) -> (N, C, *output_size): the largest, and with return_indices where it was."""

    axes = 2


class AdaptiveMaxPool3d(_AdaptiveMaxPool):
    """(N, C, D, H, W) -> (N, C, *output_size): the largest, of windows as even as they can be."""

    axes = 3


# --- between the mean and the largest, back again, and at random places ----------------------


class _LPPool(_Pool):
    shown = ("norm_type", "kernel_size", "stride", "ceil_mode")

    # fmt: off
    def __init__(self, norm_type: float, kernel_size: Any, stride: Any = None,
                 ceil_mode: bool = False) -> None:
        # fmt: on
        super().__init__()
        self.norm_type = norm_type
        self.kernel_size = kernel_size
        self.stride = stride
        self.ceil_mode = ceil_mode

    def forward(self, input: Any) -> Any:
        pool = getattr(F, f"lp_pool{self.axes}d")
        return pool(input, self.norm_type, self.kernel_size, self.stride, self.ceil_mode)


class _MaxUnpool(_Pool):
    shown = ("kernel_size", "stride", "padding")

    def __init__(self, kernel_size: Any, stride: Any = None, padding: Any = 0) -> None:
        super().__init__()
        name, n = self._get_name(), self.axes
        self.kernel_size = sizes(name, "kernel_size", kernel_size, n, least=1)
        self.stride = sizes(name, "stride", kernel_size if stride is None else stride, n, least=1)
        self.padding = sizes(name, "padding", padding, n)

    def forward(self, input: Any, indices: Any, output_size: Any = None) -> Any:
        unpool = getattr(F, f"max_unpool{self.axes}d")
        return unpool(input, indices, self.kernel_size, self.stride, self.padding, output_size)


class _FractionalMaxPool(_Pool):
    shown = ()

    # fmt: off
    def __init__(self, kernel_size: Any, output_size: Any = None, output_ratio: Any = None,
                 return_indices: bool = False, _random_samples: Any = None) -> None:
        # fmt: on
        super().__init__()
        name, n = self._get_name(), self.axes
        ratio = (output_ratio,) * n if isinstance(output_ratio, float) else output_ratio
        if (output_size is None) == (ratio is None):
            raise OptionError(f"{name}: give output_size or output_ratio, one of them.")
        if ratio is not None and not all(0 < r < 1 for r in ratio):
            raise OptionError(f"{name}: output_ratio={output_ratio} must lie between 0 and 1.")
        self.kernel_size = sizes(name, "kernel_size", kernel_size, n, least=1)
        self.output_size = output_size
        self.output_ratio = ratio
        self.return_indices = return_indices
        self.register_buffer("_random_samples", _random_samples)

    def forward(self, input: Any) -> Any:
        pool = getattr(F, f"fractional_max_pool{self.axes}d")
        # fmt: off
        return pool(input, self.kernel_size, self.output_size, self.output_ratio,
                    self.return_indices, self._random_samples)
        # fmt: on


class LPPool1d(_LPPool):
    """(N, C, L) -> (N, C, L'): the root of order p of the sum of xᵖ in each window; p = norm_type."""

    axes = 1


class LPPool2d(_LPPool):
    """(N, C, H, W) -> (N, C, H', W'): the root of order p of the sum of xᵖ in each window."""

    axes = 2


class LPPool3d(_LPPool):
    """(N, C, D, H, W) -> (N, C, D', H', W'): the root of order p of the sum of xᵖ in each window."""

    axes = 3


class MaxUnpool1d(_MaxUnpool):
    """(N, C, L') and MaxPool1d's indices -> (N, C, L): the maxima where they were, zeros elsewhere."""

    axes = 1


class MaxUnpool2d(_MaxUnpool):
    """(N, C, H', W') and MaxPool2d's indices -> (N, C, H, W); output_size, where several are possible."""

    axes = 2


class MaxUnpool3d(_MaxUnpool):
    """(N, C, D', H', W') and MaxPool3d's indices -> (N, C, D, H, W)"""

    axes = 3


class FractionalMaxPool2d(_FractionalMaxPool):
    """(N, C, H, W) -> (N, C, *output_size): the largest of windows at random places."""

    axes = 2


class FractionalMaxPool3d(_FractionalMaxPool):
    """(N, C, D, H, W) -> (N, C, *output_size): the largest of windows at random places."""

    axes = 3
