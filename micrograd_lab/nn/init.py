"""First weights: numbers of a size that neither explodes nor vanishes on the way through layers.

Every function fills a tensor in place, unrecorded, and returns it.  A layer adds up fan_in products
of weights and inputs; weights of standard deviation gain/sqrt(fan_in) keep the size of the signal,
1/sqrt(fan_out) that of the gradient.
"""

import math
from typing import Any

import numpy as np

from micrograd_lab.autograd.modes import no_grad
from micrograd_lab.errors import OptionError, ShapeError
from micrograd_lab.generator import Generator, numpy_of
from micrograd_lab.tensor import Tensor

# --- numbers of a distribution ------------------------------------------------------------------


def _filled(tensor: Tensor, numbers: Any) -> Tensor:
    """The tensor, with these numbers in it."""
    with no_grad():
        return tensor.copy_(numbers)  # type: ignore[attr-defined,no-any-return]


def uniform_(
    tensor: Tensor, a: float = 0.0, b: float = 1.0, generator: Generator | None = None
) -> Tensor:
    """Uniform in [a, b)."""
    with no_grad():
        return tensor.uniform_(a, b, generator=generator)  # type: ignore[attr-defined,no-any-return]


def normal_(
    tensor: Tensor, mean: float = 0.0, std: float = 1.0, generator: Generator | None = None
) -> Tensor:
    """Normal with this mean and standard deviation."""
    with no_grad():
        return tensor.normal_(mean, std, generator=generator)  # type: ignore[attr-defined,no-any-return]


def trunc_normal_(
    tensor: Tensor,
    mean: float = 0.0,
    std: float = 1.0,
    a: float = -2.0,
    b: float = 2.0,
    generator: Generator | None = None,
) -> Tensor:
    """Normal with this mean and standard deviation, given that the number lies in [a, b].

    a and b are where they are, not so many standard deviations from the mean.
    """
    if not a < b or not std > 0:
        raise OptionError(
            f"trunc_normal_: a={a}, b={b}, std={std}: a must be less than b, and std positive."
        )
    z = _truncated(tensor.numel(), (a - mean) / std, (b - mean) / std, numpy_of(generator))  # type: ignore[attr-defined]
    return _filled(tensor, np.clip(z * std + mean, a, b).reshape(tensor.shape))


def _truncated(count: int, low: float, high: float, source: np.random.Generator) -> Any:
    """Standard normal numbers in [low, high], by drawing again what was refused."""
    inside = (math.erf(high / math.sqrt(2)) - math.erf(low / math.sqrt(2))) / 2
    nearest = min(max(0.0, low), high)  # where the density is highest
    reach = 40 / max(abs(nearest), 1e-9)  # further out in a tail there is nothing
    low, high = max(low, nearest - reach), min(high, nearest + reach)
    found = np.empty(0)
    while found.size < count:
        size = 2 * (count - found.size) + 16
        if inside > 0.25:
            z = source.standard_normal(size)
            z = z[(low <= z) & (z <= high)]
        else:  # a narrow piece, or a tail: uniform, kept with a chance as high as the density
            z = source.uniform(low, high, size)
            z = z[np.log1p(-source.random(size)) <= (nearest * nearest - z * z) / 2]
        found = np.concatenate([found, z])
    return found[:count]


# --- patterns -------------------------------------------------------------------------------------


def constant_(tensor: Tensor, val: float) -> Tensor:
    """val everywhere."""
    return _filled(tensor, val)


def ones_(tensor: Tensor) -> Tensor:
    """1 everywhere."""
    return constant_(tensor, 1.0)


def zeros_(tensor: Tensor) -> Tensor:
    """0 everywhere."""
    return constant_(tensor, 0.0)


def eye_(tensor: Tensor) -> Tensor:
    """The identity matrix: a linear layer that passes on what it gets."""
    _need_axes("eye_", tensor, 2, 2)
    return _filled(tensor, np.eye(*tensor.shape))


def dirac_(tensor: Tensor, groups: int = 1) -> Tensor:
    """The identity of a convolution, in each group: channel i of the output is channel i of the input."""
    _need_axes("dirac_", tensor, 3, 5)
    out, channels, *size = tensor.shape
    if out % groups:
        raise OptionError(f"dirac_: {out} output channels do not fall into {groups} groups.")
    middle = np.zeros((out, channels))
    each = out // groups
    i = np.arange(min(each, channels))
    for group in range(groups):
        middle[group * each + i, i] = 1
    numbers = np.zeros(tensor.shape)
    centre: tuple[Any, ...] = (..., *(n // 2 for n in size))
    numbers[centre] = middle
    return _filled(tensor, numbers)


def orthogonal_(tensor: Tensor, gain: float = 1, generator: Generator | None = None) -> Tensor:
    """gain times a random matrix with orthonormal rows (or columns, where there are fewer of those).

    Axes after the first count as one, so that a convolution's filters are the rows.
    """
    _need_axes("orthogonal_", tensor, 2)
    if not tensor.size():  # type: ignore[attr-defined]
        return tensor
    rows, columns = tensor.shape[0], math.prod(tensor.shape[1:])
    tall = numpy_of(generator).standard_normal((max(rows, columns), min(rows, columns)))
    q, r = np.linalg.qr(tall)
    q = q * np.where(np.diagonal(r) < 0, -1, 1)  # without this q is not uniform among rotations
    return _filled(tensor, gain * (q if rows >= columns else q.T).reshape(tensor.shape))


def sparse_(
    tensor: Tensor, sparsity: float, std: float = 0.01, generator: Generator | None = None
) -> Tensor:
    """Normal, except that in each column this share of the entries is 0."""
    _need_axes("sparse_", tensor, 2, 2)
    rows, columns = tensor.shape
    if not 0 <= sparsity <= 1:
        raise OptionError(f"sparse_: sparsity={sparsity} is a share of the entries, from 0 to 1.")
    source = numpy_of(generator)
    numbers = source.standard_normal((rows, columns)) * std
    order = source.random((rows, columns)).argsort(axis=0)
    return _filled(tensor, np.where(order < math.ceil(sparsity * rows), 0, numbers))


# --- sizes that suit a layer --------------------------------------------------------------------


def calculate_gain(nonlinearity: str, param: float | None = None) -> float:
    """By how much weights must be larger for what an activation takes away."""
    if nonlinearity == "leaky_relu":
        slope = 0.01 if param is None else param
        if isinstance(slope, bool) or not isinstance(slope, (int, float)):
            raise OptionError(f"calculate_gain: a negative slope is a number, found {param!r}.")
        return math.sqrt(2 / (1 + slope**2))
    if nonlinearity not in _GAINS:
        known = ", ".join([*_GAINS, "leaky_relu"])
        raise OptionError(
            f"calculate_gain({nonlinearity!r}): the gains known are those of {known}."
        )
    return _GAINS[nonlinearity]


_LINEAR = ("linear", "sigmoid", "conv1d", "conv2d", "conv3d")
_TRANSPOSED = ("conv_transpose1d", "conv_transpose2d", "conv_transpose3d")
_GAINS = dict.fromkeys(_LINEAR + _TRANSPOSED, 1.0)
_GAINS |= {"tanh": 5 / 3, "relu": math.sqrt(2), "selu": 3 / 4}


def xavier_uniform_(
    tensor: Tensor, gain: float = 1.0, generator: Generator | None = None
) -> Tensor:
    """Uniform, of variance gain² · 2/(fan_in + fan_out): signal and gradient both keep their size."""
    bound = math.sqrt(3) * gain * _xavier(tensor)
    return uniform_(tensor, -bound, bound, generator)


def xavier_normal_(tensor: Tensor, gain: float = 1.0, generator: Generator | None = None) -> Tensor:
    """Normal, of variance gain² · 2/(fan_in + fan_out)."""
    return normal_(tensor, 0.0, gain * _xavier(tensor), generator)


def _xavier(tensor: Tensor) -> float:
    return math.sqrt(2 / max(sum(_calculate_fan_in_and_fan_out(tensor)), 1))


def kaiming_uniform_(
    tensor: Tensor,
    a: float = 0,
    mode: str = "fan_in",
    nonlinearity: str = "leaky_relu",
    generator: Generator | None = None,
) -> Tensor:
    """Uniform, of variance gain²/fan, where a is leaky_relu's slope (0: relu)."""
    bound = math.sqrt(3) * _kaiming(tensor, a, mode, nonlinearity)
    return uniform_(tensor, -bound, bound, generator)


def kaiming_normal_(
    tensor: Tensor,
    a: float = 0,
    mode: str = "fan_in",
    nonlinearity: str = "leaky_relu",
    generator: Generator | None = None,
) -> Tensor:
    """Normal, of variance gain²/fan, where a is leaky_relu's slope (0: relu)."""
    return normal_(tensor, 0.0, _kaiming(tensor, a, mode, nonlinearity), generator)


def _kaiming(tensor: Tensor, a: float, mode: str, nonlinearity: str) -> float:
    fan = _calculate_correct_fan(tensor, mode)
    return calculate_gain(nonlinearity, a) / math.sqrt(max(fan, 1))  # without entries: no matter


def _calculate_correct_fan(tensor: Tensor, mode: str) -> int:
    if mode.lower() not in ("fan_in", "fan_out"):
        raise OptionError(f"mode={mode!r} is neither 'fan_in' nor 'fan_out'.")
    return _calculate_fan_in_and_fan_out(tensor)[mode.lower() == "fan_out"]


def _calculate_fan_in_and_fan_out(tensor: Tensor) -> tuple[int, int]:
    """How many products are added up per output, and how many outputs an input goes into.

    weight (out, in, ...): a place in the window of a convolution counts like an input.
    """
    _need_axes("fan_in and fan_out", tensor, 2)
    window = math.prod(tensor.shape[2:])
    return tensor.shape[1] * window, tensor.shape[0] * window


def _need_axes(name: str, tensor: Tensor, least: int, most: int = 64) -> None:
    if not least <= tensor.ndim <= most:
        wanted = f"{least}" if least == most else f"at least {least}"
        wanted = wanted if most in (least, 64) else f"{least} to {most}"
        raise ShapeError(f"{name}: needs a tensor of {wanted} axes, found {tuple(tensor.shape)}.")
