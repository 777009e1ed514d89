"""Two parametrizations of weights: length apart from direction, and a largest stretch of 1."""

from typing import Any

from micrograd_lab.autograd import no_grad
from micrograd_lab.errors import OptionError
from micrograd_lab.nn import functional as F
from micrograd_lab.nn.convolution import ConvTranspose1d, ConvTranspose2d, ConvTranspose3d
from micrograd_lab.nn.module import Module
from micrograd_lab.nn.utils.parametrize import register_parametrization
from micrograd_lab.ops.contractions import dot, mv
from micrograd_lab.ops.norms import norm
from micrograd_lab.random import randn
from micrograd_lab.tensor import Tensor


class _WeightNorm(Module):
    def __init__(self, dim: int | None) -> None:
        super().__init__()
        self.dim = dim

    def _lengths(self, v: Any) -> Any:
        if self.dim is None or self.dim == -1:  # as PyTorch, where -1 is not the last axis
            return norm(v)
        n = v.shape[self.dim]
        shape = [n if k == self.dim % v.ndim else 1 for k in range(v.ndim)]
        return norm(v.movedim(self.dim, 0).reshape(n, -1), 2, 1).reshape(shape)

    def forward(self, g: Any, v: Any) -> Any:
        return v * (g / self._lengths(v))

    def right_inverse(self, weight: Tensor) -> tuple[Any, Tensor]:
        return self._lengths(weight), weight


def weight_norm(module: Module, name: str = "weight", dim: int | None = 0) -> Module:
    """Train the weight's lengths g (original0) and directions v (original1): g · v / ‖v‖.

    dim: one length for each index of that axis; None or -1: one for the whole weight.
    """
    return register_parametrization(module, name, _WeightNorm(dim))


class _SpectralNorm(Module):
    _u: Any
    _v: Any

    def __init__(self, weight: Tensor, n_power_iterations: int, dim: int, eps: float) -> None:
        super().__init__()
        if n_power_iterations < 1 or not -weight.ndim <= dim < weight.ndim:
            raise OptionError(
                f"spectral_norm: n_power_iterations={n_power_iterations} must be at least 1, and "
                f"dim={dim} an axis of a weight of shape {tuple(weight.shape)}."
            )
        self.dim = dim % weight.ndim
        self.n_power_iterations = n_power_iterations
        self.eps = eps
        if weight.ndim > 1:
            matrix = self._matrix(weight.detach())
            for vector, size in zip(("_u", "_v"), matrix.shape, strict=True):
                start = randn(size, dtype=weight.dtype)
                self.register_buffer(vector, F.normalize(start, dim=0, eps=eps))
            self._iterate(matrix, 15)

    def _matrix(self, weight: Any) -> Any:
        """The axis `dim` against all others."""
        return weight.movedim(self.dim, 0).flatten(1)

    @no_grad()
    def _iterate(self, matrix: Any, times: int) -> None:
        """Each step turns u and v further towards the directions that are stretched the most."""
        for _ in range(times):
            self._u = F.normalize(mv(matrix, self._v), dim=0, eps=self.eps)
            self._v = F.normalize(mv(matrix.T, self._u), dim=0, eps=self.eps)

    def forward(self, weight: Any) -> Any:
        if weight.ndim == 1:
            return F.normalize(weight, dim=0, eps=self.eps)
        matrix = self._matrix(weight)
        if self.training:
            self._iterate(matrix.detach(), self.n_power_iterations)
        return weight / dot(self._u, mv(matrix, self._v))

    def right_inverse(self, value: Tensor) -> Tensor:
        return value  # it may have grown; the next forward brings it back to 1


def spectral_norm(
    module: Module,
    name: str = "weight",
    n_power_iterations: int = 1,
    eps: float = 1e-12,
    dim: int | None = None,
) -> Module:
    """Divide the weight by its largest singular value, which power iteration follows in training.

    dim: the axis of the outputs; 0, or 1 for a transposed convolution, unless given.
    """
    if dim is None:
        dim = int(isinstance(module, (ConvTranspose1d, ConvTranspose2d, ConvTranspose3d)))
    found = getattr(module, name, None)
    if not isinstance(found, Tensor):
        raise OptionError(f"spectral_norm: {type(module).__name__} has no tensor {name!r}.")
    made = _SpectralNorm(found, n_power_iterations, dim, eps)
    return register_parametrization(module, name, made)
