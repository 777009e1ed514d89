"""What exists in place only: filling a tensor with a number, with another tensor, or at random."""

from typing import Any

import numpy as np

from micrograd_lab.engine import mode
from micrograd_lab.errors import DtypeError, GradError, ShapeError
from micrograd_lab.inplace import put
from micrograd_lab.tensor import Tensor, counter_of


def zero_(self: Tensor) -> Tensor:
    """Every entry becomes 0."""
    if (mode.grad and self._requires_grad) or not self.array.flags.writeable:
        return put(self, 0)
    self.array.fill(0)
    counter_of(self)[0] += 1
    return self


def fill_(self: Tensor, value: Any) -> Tensor:
    """Every entry becomes `value`, a number or a tensor of one."""
    if getattr(value, "shape", ()):
        raise ShapeError(f"fill_: the value has shape {value.shape}; it must be one number.")
    return put(self, value)


def copy_(self: Tensor, src: Any, non_blocking: bool = False) -> Tensor:
    """The entries become those of src, broadcast and cast; gradients flow to src."""
    if getattr(src, "ndim", 0) > self.ndim:  # NumPy would drop leading dimensions of size 1
        raise ShapeError(
            f"copy_: a tensor of shape {self.shape} cannot take one of shape {tuple(src.shape)}, "
            "which has more dimensions. Reshape src first: src.reshape(x.shape)."
        )
    return put(self, src)


def fill_diagonal_(self: Tensor, fill_value: Any, wrap: bool = False) -> Tensor:
    """The main diagonal becomes one number."""
    if self.ndim < 2 or (self.ndim > 2 and len(set(self.shape)) > 1):
        raise ShapeError(
            f"fill_diagonal_ on a tensor of shape {self.shape}: it must have at least two dimensions, "
            "and all sizes the same if there are more."
        )
    if not wrap or self.ndim > 2:
        k = np.arange(min(self.shape))
        return put(self, fill_value, None, (k,) * self.ndim)
    at = np.unravel_index(np.arange(0, self.array.size, self.shape[1] + 1), self.array.shape)
    return put(self, fill_value, None, at)


# --- random numbers -------------------------------------------------------------------------


def _rng(generator: Any) -> Any:
    from micrograd_lab.generator import numpy_of

    return numpy_of(generator)


def _floating(name: str, x: Tensor) -> None:
    if x.array.dtype.kind != "f":
        raise DtypeError(
            f"{name} on a tensor of {x.dtype}: it draws floating numbers. x.float() first."
        )


def _draw(name: str, x: Tensor, numbers: Any) -> Tensor:
    _floating(name, x)
    return put(x, np.asarray(numbers).astype(x.array.dtype, copy=False))


def normal_(self: Tensor, mean: float = 0, std: float = 1, *, generator: Any = None) -> Tensor:
    """Every entry from the normal distribution."""
    if std < 0:
        raise ShapeError(f"normal_: std={std} must not be negative.")
    return _draw("normal_", self, _rng(generator).standard_normal(self.shape) * std + mean)


def uniform_(
    self: Tensor, from_: float = 0, to: float = 1, *, generator: Any = None, **named: Any
) -> Tensor:
    """Every entry uniformly from [from, to)."""
    low = named.pop("from", from_)
    if named:
        raise TypeError(f"uniform_() has no argument {next(iter(named))!r}.")
    if low > to:
        raise ShapeError(f"uniform_: from={low} is larger than to={to}.")
    return _draw("uniform_", self, _rng(generator).random(self.shape) * (to - low) + low)


def random_(
    self: Tensor, from_: int | None = None, to: int | None = None, *, generator: Any = None
) -> Tensor:
    """Every entry an integer from [from, to); one argument alone is `to`, none is all the dtype holds."""
    if to is None and from_ is not None:
        from_, to = 0, from_
    if to is None:
        kind, dtype = self.array.dtype.kind, self.array.dtype
        to = (
            2
            if kind == "b"
            else 2 ** (np.finfo(dtype).nmant + 1)
            if kind == "f"
            else np.iinfo(dtype).max
        )
    low = from_ or 0
    if low >= to:
        raise ShapeError(f"random_: from={low} must be less than to={to}.")
    return put(self, _rng(generator).integers(low, to, self.shape).astype(self.array.dtype))


def bernoulli_(self: Tensor, p: Any = 0.5, *, generator: Any = None) -> Tensor:
    """Every entry 1 with probability p (a number, or a tensor of them), else 0."""
    p = p.array if isinstance(p, Tensor) else p
    if not np.all((np.asarray(p) >= 0) & (np.asarray(p) <= 1)):
        raise ShapeError("bernoulli_: probabilities must be from 0 to 1.")
    return put(self, (_rng(generator).random(self.shape) < p).astype(self.array.dtype))


def exponential_(self: Tensor, lambd: float = 1, *, generator: Any = None) -> Tensor:
    """Every entry from the exponential distribution of rate lambd."""
    if lambd <= 0:
        raise ShapeError(f"exponential_: lambd={lambd} must be positive.")
    return _draw("exponential_", self, _rng(generator).standard_exponential(self.shape) / lambd)


def log_normal_(self: Tensor, mean: float = 1, std: float = 2, *, generator: Any = None) -> Tensor:
    """Every entry e to the power of a normal one."""
    return _draw("log_normal_", self, _rng(generator).lognormal(mean, std, self.shape))


def cauchy_(self: Tensor, median: float = 0, sigma: float = 1, *, generator: Any = None) -> Tensor:
    """Every entry from the Cauchy distribution."""
    return _draw("cauchy_", self, _rng(generator).standard_cauchy(self.shape) * sigma + median)


def geometric_(self: Tensor, p: float, *, generator: Any = None) -> Tensor:
    """Every entry the number of tries until the first success of probability p."""
    if not 0 < p < 1:
        raise ShapeError(f"geometric_: p={p} must lie between 0 and 1.")
    return put(self, _rng(generator).geometric(p, self.shape).astype(self.array.dtype))


def detach_(self: Tensor) -> Tensor:
    """Cut this tensor off its history: it is a leaf from now on.  GradError for a view."""
    if self._more is not None and self._more.view is not None:
        raise GradError("detach_() on a view: its history is its base's. Use detach().")
    self._grad_fn, self._requires_grad = None, False
    return self


FILLING = (
    zero_, fill_, copy_, fill_diagonal_, normal_, uniform_, random_, bernoulli_, exponential_,
    log_normal_, cauchy_, geometric_, detach_,
)  # fmt: skip
