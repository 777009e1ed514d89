"""Layers that learn from their first input how many features come in; then they are ordinary ones."""

from typing import Any, ClassVar

import numpy as np

from micrograd_lab.errors import ShapeError
from micrograd_lab.nn import convolution as conv
from micrograd_lab.nn import normalisation as norm
from micrograd_lab.nn.linear import Linear
from micrograd_lab.nn.module import Module
from micrograd_lab.nn.parameter import Uninitialized, UninitializedBuffer, UninitializedParameter

__all__ = [
    "LazyBatchNorm1d", "LazyBatchNorm2d", "LazyBatchNorm3d", "LazyConv1d", "LazyConv2d",
    "LazyConv3d", "LazyConvTranspose1d", "LazyConvTranspose2d", "LazyConvTranspose3d",
    "LazyInstanceNorm1d", "LazyInstanceNorm2d", "LazyInstanceNorm3d", "LazyLinear",
]  # fmt: skip


class LazyModuleMixin(Module):
    """Before the first call, initialize_parameters(*inputs) gives the parameters their shapes.

    Until then they are an UninitializedParameter each, which an optimiser may have already.
    cls_to_become: the class that the module has from then on.
    """

    cls_to_become: ClassVar[Any] = None

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        become = self.cls_to_become
        if become is not None or self.has_uninitialized_params():
            self.initialize_parameters(*args, **kwargs)
            if self.has_uninitialized_params():
                raise ShapeError(
                    f"{type(self).__name__}: initialize_parameters() left some without a shape. "
                    "Call materialize(shape) of each of them there."
                )
        if become is None:
            return super().__call__(*args, **kwargs)
        self.__class__ = become
        return self(*args, **kwargs)

    def initialize_parameters(self, *args: Any, **kwargs: Any) -> None:
        """Materialize the parameters and buffers, with shapes that fit these inputs."""
        raise NotImplementedError(f"{type(self).__name__} has no initialize_parameters().")

    def has_uninitialized_params(self) -> bool:
        """Whether a parameter or buffer of its own still waits for its shape."""
        return bool(_waiting(self))


def _waiting(module: Module) -> dict[str, Uninitialized]:
    parts = {**module._parameters, **module._buffers}
    return {name: x for name, x in parts.items() if isinstance(x, Uninitialized)}


class _Layer(LazyModuleMixin):
    """A layer of this package that was made with 0 for the size that it does not know."""

    def _wait(self) -> None:
        """Forget the parameters and buffers of size 0, but for their dtype."""
        for name, p in self._parameters.items():
            if p is not None:
                self._parameters[name] = UninitializedParameter(dtype=p.dtype)
        for name, b in self._buffers.items():
            if b is not None and b.ndim:
                self._buffers[name] = UninitializedBuffer(dtype=b.dtype)

    def initialize_parameters(self, *args: Any, **kwargs: Any) -> None:
        waiting = _waiting(self)
        parts = {**self._parameters, **self._buffers}
        loaded = [x for name, x in parts.items() if x is not None and name not in waiting]
        self._take(self._incoming(args[0] if args else kwargs["input"]), waiting)
        if not waiting:
            return
        kept = [x.array.copy() for x in loaded]
        self.reset_parameters()
        for x, array in zip(loaded, kept, strict=True):
            np.copyto(x.array, array)

    def reset_parameters(self) -> None:
        """First values, once there is a place for them."""
        if not self.has_uninitialized_params():
            super().reset_parameters()  # type: ignore[misc]

    def _incoming(self, input: Any) -> int:
        """How many features come in: by the weights, if they were loaded, or else by the input."""
        raise NotImplementedError

    def _take(self, n: int, waiting: dict[str, Uninitialized]) -> None:
        """Note the size, and give those that wait their shapes."""
        raise NotImplementedError


class LazyLinear(_Layer, Linear):
    """A Linear that learns its in_features.  (..., any) -> (..., out_features)"""

    cls_to_become = Linear

    def __init__(
        self, out_features: int, bias: bool = True, device: Any = None, dtype: Any = None
    ) -> None:
        super().__init__(0, 0, bias, device, dtype)
        self.out_features = out_features
        self._wait()

    def _incoming(self, input: Any) -> int:
        known = not isinstance(self.weight, Uninitialized)
        return int(self.weight.shape[1] if known else input.shape[-1])

    def _take(self, n: int, waiting: dict[str, Uninitialized]) -> None:
        self.in_features = n
        for name, x in waiting.items():
            x.materialize((self.out_features, n) if name == "weight" else (self.out_features,))


# --- convolutions ----------------------------------------------------------------------------


class _Filters(_Layer, conv._Filters):
    def _incoming(self, input: Any) -> int:
        if not isinstance(self.weight, Uninitialized):
            shape = self.weight.shape
            return int(shape[0] if self.transposed else shape[1] * self.groups)
        if input.ndim not in (self.axes + 1, self.axes + 2):
            raise ShapeError(
                f"{self._get_name()}: expected an input with {self.axes + 1} or {self.axes + 2} "
                f"axes, found shape {tuple(input.shape)}."
            )
        return int(input.shape[-self.axes - 1])

    def _take(self, n: int, waiting: dict[str, Uninitialized]) -> None:
        self.in_channels = n
        self._check_options()
        makes, takes = (n, self.out_channels) if self.transposed else (self.out_channels, n)
        weight = (makes, takes // self.groups, *self.kernel_size)
        for name, x in waiting.items():
            x.materialize(weight if name == "weight" else (self.out_channels,))


class _Conv(_Filters, conv._Conv):
    # fmt: off
    def __init__(self, out_channels: int, kernel_size: Any, stride: Any = 1, padding: Any = 0,
                 dilation: Any = 1, groups: int = 1, bias: bool = True,
                 padding_mode: str = "zeros", device: Any = None, dtype: Any = None) -> None:
        super().__init__(0, 0, kernel_size, stride, padding, dilation, groups, bias, padding_mode,
                         device, dtype)
        # fmt: on
        self.out_channels = out_channels
        self._wait()


class _ConvTranspose(_Filters, conv._ConvTranspose):
    # fmt: off
    def __init__(self, out_channels: int, kernel_size: Any, stride: Any = 1, padding: Any = 0,
                 output_padding: Any = 0, groups: int = 1, bias: bool = True, dilation: Any = 1,
                 padding_mode: str = "zeros", device: Any = None, dtype: Any = None) -> None:
        super().__init__(0, 0, kernel_size, stride, padding, output_padding, groups, bias,
                         dilation, padding_mode, device, dtype)
        # fmt: on
        self.out_channels = out_channels
        self._wait()


class LazyConv1d(_Conv, conv.Conv1d):
    """A Conv1d that learns its in_channels.  (N, any, L) -> (N, K, L')"""

    cls_to_become = conv.Conv1d


class LazyConv2d(_Conv, conv.Conv2d):
    """A Conv2d that learns its in_channels.  (N, any, H, W) -> (N, K, H', W')"""

    cls_to_become = conv.Conv2d


class LazyConv3d(_Conv, conv.Conv3d):
    """A Conv3d that learns its in_channels.  (N, any, D, H, W) -> (N, K, D', H', W')"""

    cls_to_become = conv.Conv3d


class LazyConvTranspose1d(_ConvTranspose, conv.ConvTranspose1d):
    """A ConvTranspose1d that learns its in_channels.  (N, any, L) -> (N, K, L')"""

    cls_to_become = conv.ConvTranspose1d


class LazyConvTranspose2d(_ConvTranspose, conv.ConvTranspose2d):
    """A ConvTranspose2d that learns its in_channels.  (N, any, H, W) -> (N, K, H', W')"""

    cls_to_become = conv.ConvTranspose2d


class LazyConvTranspose3d(_ConvTranspose, conv.ConvTranspose3d):
    """A ConvTranspose3d that learns its in_channels.  (N, any, D, H, W) -> (N, K, D', H', W')"""

    cls_to_become = conv.ConvTranspose3d


# --- norms -----------------------------------------------------------------------------------


class _Tracked(_Layer, norm._Tracked):
    # fmt: off
    def __init__(self, eps: float = 1e-5, momentum: float | None = 0.1, affine: bool = True,
                 track_running_stats: bool = True, device: Any = None, dtype: Any = None, *,
                 bias: bool = True) -> None:
        super().__init__(0, eps, momentum, affine, track_running_stats, device, dtype, bias=bias)
        # fmt: on
        self._wait()

    def _incoming(self, input: Any) -> int:
        for x in (self.weight, self.running_mean):
            if x is not None and not isinstance(x, Uninitialized):
                return len(x)
        self._check_rank(input)
        alone = isinstance(self, norm._InstanceNorm) and input.ndim == self.ranks[0]
        return int(input.shape[0 if alone else 1])

    def _take(self, n: int, waiting: dict[str, Uninitialized]) -> None:
        self.num_features = n
        for x in waiting.values():
            x.materialize((n,))


class LazyBatchNorm1d(_Tracked, norm.BatchNorm1d):
    """A BatchNorm1d that learns its num_features.  (N, any) or (N, any, L)"""

    cls_to_become = norm.BatchNorm1d


class LazyBatchNorm2d(_Tracked, norm.BatchNorm2d):
    """A BatchNorm2d that learns its num_features.  (N, any, H, W)"""

    cls_to_become = norm.BatchNorm2d


class LazyBatchNorm3d(_Tracked, norm.BatchNorm3d):
    """A BatchNorm3d that learns its num_features.  (N, any, D, H, W)"""

    cls_to_become = norm.BatchNorm3d


class LazyInstanceNorm1d(_Tracked, norm.InstanceNorm1d):
    """An InstanceNorm1d that learns its num_features.  (N, any, L) or (any, L)"""

    cls_to_become = norm.InstanceNorm1d


class LazyInstanceNorm2d(_Tracked, norm.InstanceNorm2d):
    """An InstanceNorm2d that learns its num_features.  (N, any, H, W) or (any, H, W)"""

    cls_to_become = norm.InstanceNorm2d


class LazyInstanceNorm3d(_Tracked, norm.InstanceNorm3d):
    """An InstanceNorm3d that learns its num_features.  (N, any, D, H, W) or (any, D, H, W)"""

    cls_to_become = norm.InstanceNorm3d
