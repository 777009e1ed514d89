"""Norm layers: activations brought to mean 0 and deviation 1, then to a learned scale and shift."""

import warnings
from typing import Any

from micrograd_lab.autograd import no_grad
from micrograd_lab.dtypes import int64
from micrograd_lab.errors import ShapeError
from micrograd_lab.nn import functional as F
from micrograd_lab.nn.module import Module
from micrograd_lab.nn.parameter import Parameter
from micrograd_lab.patterns import empty, ones, zeros
from micrograd_lab.tensor import Tensor

__all__ = [
    "BatchNorm1d", "BatchNorm2d", "BatchNorm3d", "GroupNorm", "InstanceNorm1d",
    "InstanceNorm2d", "InstanceNorm3d", "LayerNorm", "LocalResponseNorm", "RMSNorm",
]  # fmt: skip


class _Norm(Module):
    """A weight that starts as 1 and a bias that starts as 0, where there are any."""

    weight: Any  # a Parameter or None, as is the bias
    bias: Any

    def _make(self, shape: Any, weight: bool, bias: bool, device: Any, dtype: Any) -> None:
        for name, there in (("weight", weight), ("bias", bias)):
            p = Parameter(empty(shape, dtype=dtype, device=device)) if there else None
            self.register_parameter(name, p)

    def reset_parameters(self) -> None:
        """Scale 1, shift 0."""
        with no_grad():
            if self.weight is not None:
                self.weight.fill_(1)
            if self._parameters.get("bias") is not None:
                self.bias.fill_(0)


# --- over the batch --------------------------------------------------------------------------


class _Tracked(_Norm):
    """A norm per channel that may remember the means and variances of what went through."""

    ranks: tuple[int, ...]  # how many axes an input may have
    running_mean: Any  # these three are None unless track_running_stats
    running_var: Any
    num_batches_tracked: Any

    # fmt: off
    def __init__(self, num_features: int, eps: float = 1e-5, momentum: float | None = 0.1,
                 affine: bool = True, track_running_stats: bool = True, device: Any = None,
                 dtype: Any = None, *, bias: bool = True) -> None:
        # fmt: on
        super().__init__()
        self.num_features = num_features
        self.eps = eps
        self.momentum = momentum
        self.affine = affine
        self.track_running_stats = track_running_stats
        self._make(num_features, affine, affine and bias, device, dtype)
        mean = var = count = None
        if track_running_stats:
            mean = zeros(num_features, dtype=dtype, device=device)
            var = ones(num_features, dtype=dtype, device=device)
            count = zeros((), dtype=int64, device=device)
        self.register_buffer("running_mean", mean)
        self.register_buffer("running_var", var)
        self.register_buffer("num_batches_tracked", count)
        self.reset_parameters()

    def reset_running_stats(self) -> None:
        """Forget what went through: mean 0, variance 1, no batches."""
        if self.running_mean is not None:
            self.running_mean.zero_()
            self.running_var.fill_(1)
            self.num_batches_tracked.zero_()

    def reset_parameters(self) -> None:
        """Scale 1, shift 0, and nothing has gone through."""
        self.reset_running_stats()
        super().reset_parameters()

    def _check_rank(self, input: Tensor) -> None:
        if input.ndim not in self.ranks:
            raise ShapeError(
                f"{self._get_name()}: expected an input with {' or '.join(map(str, self.ranks))} "
                f"axes, found shape {tuple(input.shape)}."
            )

    def extra_repr(self) -> str:
        return (
            f"{self.num_features}, eps={self.eps}, momentum={self.momentum}, affine={self.affine}, "
            f"bias={self.bias is not None}, track_running_stats={self.track_running_stats}"
        )


class _BatchNorm(_Tracked):
    def forward(self, input: Tensor) -> Tensor:
        self._check_rank(input)
        mean, var = self.running_mean, self.running_var
        share = self.momentum
        if self.training and self.track_running_stats and self.num_batches_tracked is not None:
            self.num_batches_tracked += 1
            if share is None:  # then the running ones are the plain means over all batches
                share = 1 / float(self.num_batches_tracked)
        if self.training and not self.track_running_stats:
            mean = var = None
        by_batch = self.training or (mean is None and var is None)
        return F.batch_norm(  # type: ignore[no-any-return]
            input, mean, var, self.weight, self.bias, by_batch, share or 0.0, self.eps
        )


class BatchNorm1d(_BatchNorm):
    """(N, C) or (N, C, L): each channel to mean 0 and deviation 1 over the whole batch.

    In training by the batch's own mean and variance, while running_mean and running_var follow them
    by the share `momentum` (None: they are the plain means over all batches); in eval() by those.
    """

    ranks = (2, 3)


class BatchNorm2d(_BatchNorm):
    """(N, C, H, W): BatchNorm1d over the batch and all places of the image."""

    ranks = (4,)


class BatchNorm3d(_BatchNorm):
    """(N, C, D, H, W): BatchNorm1d over the batch and all places of the volume."""

    ranks = (5,)


# --- over each example's own places ----------------------------------------------------------


class _InstanceNorm(_Tracked):
    # fmt: off
    def __init__(self, num_features: int, eps: float = 1e-5, momentum: float | None = 0.1,
                 affine: bool = False, track_running_stats: bool = False, device: Any = None,
                 dtype: Any = None, *, bias: bool = True) -> None:
        super().__init__(num_features, eps, momentum, affine, track_running_stats, device, dtype,
                         bias=bias)
    # fmt: on

    def forward(self, input: Tensor) -> Tensor:
        self._check_rank(input)
        alone = input.ndim == self.ranks[0]
        x = input.unsqueeze(0) if alone else input  # type: ignore[attr-defined]
        if x.shape[1] != self.num_features:
            found = f"{self._get_name()}({self.num_features}): found {x.shape[1]} channels"
            if self.affine:
                raise ShapeError(f"{found} in an input of shape {tuple(input.shape)}.")
            warnings.warn(f"{found}; without affine they are normalised anyway.", stacklevel=2)
        by_itself = self.training or not self.track_running_stats
        # fmt: off
        y = F.instance_norm(x, self.running_mean, self.running_var, self.weight, self.bias,
                            by_itself, self.momentum or 0.0, self.eps)
        # fmt: on
        return y.squeeze(0) if alone else y  # type: ignore[no-any-return]


class InstanceNorm1d(_InstanceNorm):
    """(N, C, L) or (C, L): each channel of each example to mean 0 and deviation 1."""

    ranks = (2, 3)


class InstanceNorm2d(_InstanceNorm):
    """(N, C, H, W) or (C, H, W): each channel of each example to mean 0 and deviation 1."""

    ranks = (3, 4)


class InstanceNorm3d(_InstanceNorm):
    """(N, C, D, H, W) or (C, D, H, W): each channel of each example to mean 0 and deviation 1."""

    ranks = (4, 5)


# --- over each example's features ------------------------------------------------------------


class LayerNorm(_Norm):
    """(..., *normalized_shape): each example to mean 0 and deviation 1 over its last axes."""

    # fmt: off
    def __init__(self, normalized_shape: Any, eps: float = 1e-5, elementwise_affine: bool = True,
                 bias: bool = True, device: Any = None, dtype: Any = None) -> None:
        # fmt: on
        super().__init__()
        self.normalized_shape = _shape(normalized_shape)
        self.eps = eps
        self.elementwise_affine = elementwise_affine
        affine = elementwise_affine
        self._make(self.normalized_shape, affine, affine and bias, device, dtype)
        self.reset_parameters()

    def forward(self, input: Tensor) -> Tensor:
        return F.layer_norm(  # type: ignore[no-any-return]
            input, self.normalized_shape, self.weight, self.bias, self.eps
        )

    def extra_repr(self) -> str:
        return (
            f"{self.normalized_shape}, eps={self.eps}, "
            f"elementwise_affine={self.elementwise_affine}, bias={self.bias is not None}"
        )


class RMSNorm(_Norm):
    """(..., *normalized_shape): each example over the root of its mean square; no mean comes off."""

    # fmt: off
    def __init__(self, normalized_shape: Any, eps: float | None = None,
                 elementwise_affine: bool = True, device: Any = None, dtype: Any = None) -> None:
        # fmt: on
        super().__init__()
        self.normalized_shape = _shape(normalized_shape)
        self.eps = eps
        self.elementwise_affine = elementwise_affine
        shape = self.normalized_shape
        p = Parameter(empty(shape, dtype=dtype, device=device)) if elementwise_affine else None
        self.register_parameter("weight", p)
        self.reset_parameters()

    def forward(self, input: Tensor) -> Tensor:
        return F.rms_norm(  # type: ignore[no-any-return]
            input, self.normalized_shape, self.weight, self.eps
        )

    def extra_repr(self) -> str:
        affine = self.elementwise_affine
        return f"{self.normalized_shape}, eps={self.eps}, elementwise_affine={affine}"


class GroupNorm(_Norm):
    """(N, C, ...): each example's channels, num_groups groups of them, to mean 0 and deviation 1."""

    # fmt: off
    def __init__(self, num_groups: int, num_channels: int, eps: float = 1e-5, affine: bool = True,
                 device: Any = None, dtype: Any = None, *, bias: bool = True) -> None:
        # fmt: on
        super().__init__()
        if num_groups < 1 or num_channels % num_groups:
            raise ShapeError(
                f"GroupNorm: {num_channels} channels do not make {num_groups} equal groups."
            )
        self.num_groups = num_groups
        self.num_channels = num_channels
        self.eps = eps
        self.affine = affine
        self._make(num_channels, affine, affine and bias, device, dtype)
        self.reset_parameters()

    def forward(self, input: Tensor) -> Tensor:
        return F.group_norm(  # type: ignore[no-any-return]
            input, self.num_groups, self.weight, self.bias, self.eps
        )

    def extra_repr(self) -> str:
        return (
            f"{self.num_groups}, {self.num_channels}, eps={self.eps}, affine={self.affine}, "
            f"bias={self.bias is not None}"
        )


class LocalResponseNorm(Module):
    """(N, C, ...): each entry over (k + alpha · mean square of `size` neighbouring channels)^beta."""

    def __init__(self, size: int, alpha: float = 1e-4, beta: float = 0.75, k: float = 1.0) -> None:
        super().__init__()
        self.size, self.alpha, self.beta, self.k = size, alpha, beta, k

    def forward(self, input: Tensor) -> Tensor:
        return F.local_response_norm(  # type: ignore[no-any-return]
            input, self.size, self.alpha, self.beta, self.k
        )

    def extra_repr(self) -> str:
        return f"{self.size}, alpha={self.alpha}, beta={self.beta}, k={self.k}"


def _shape(given: Any) -> tuple[int, ...]:
    return (given,) if isinstance(given, int) else tuple(given)
