"""Random tensors: uniform, normal, whole numbers, choices; each from a generator."""

from typing import Any

import numpy as np

from micrograd_lab.attributes import as_dtype
from micrograd_lab.dtypes import get_default_dtype, int64
from micrograd_lab.errors import DtypeError, OptionError, ShapeError
from micrograd_lab.from_data import made
from micrograd_lab.generator import Generator as Generator
from micrograd_lab.generator import default_generator as default_generator
from micrograd_lab.generator import fork_rng as fork_rng
from micrograd_lab.generator import get_rng_state as get_rng_state
from micrograd_lab.generator import initial_seed as initial_seed
from micrograd_lab.generator import manual_seed as manual_seed
from micrograd_lab.generator import numpy_of as numpy_of
from micrograd_lab.generator import seed as seed
from micrograd_lab.generator import set_rng_state as set_rng_state
from micrograd_lab.likeness import as_input, like
from micrograd_lab.ops.dims import sizes_of
from micrograd_lab.patterns import shape_of
from micrograd_lab.tensor import Tensor, wrap

# --- arrays of them: what creation, in-place filling and dropout share -------------------------------


def uniform_array(shape: Any, dtype: np.dtype[Any], generator: Generator | None = None) -> Any:
    """Uniform in [0, 1)."""
    source = numpy_of(generator)
    if dtype.itemsize >= 4:
        return np.asarray(source.random(shape, dtype=dtype))
    return (source.integers(0, 2**11, shape) / 2**11).astype(dtype)  # so that none rounds to 1


def normal_array(shape: Any, dtype: np.dtype[Any], generator: Generator | None = None) -> Any:
    """Normal with mean 0 and standard deviation 1."""
    wide = dtype if dtype.itemsize >= 4 else np.dtype("float32")
    array = numpy_of(generator).standard_normal(shape, dtype=wide)
    return np.asarray(array, dtype)


def _floating(op: str, dtype: Any) -> np.dtype[Any]:
    found = get_default_dtype() if dtype is None else as_dtype(dtype)
    if found.kind != "f":
        raise DtypeError(f"{op}: {found} cannot hold such numbers; choose a floating dtype.")
    return found


# --- public ------------------------------------------------------------------------------------------


def rand(
    *size: Any,
    generator: Generator | None = None,
    dtype: Any = None,
    device: Any = None,
    requires_grad: bool = False,
    **kw: Any,
) -> Tensor:
    """Uniform in [0, 1)."""
    shape = shape_of("rand", size, kw)
    return made(uniform_array(shape, _floating("rand", dtype), generator), requires_grad, device)


def randn(
    *size: Any,
    generator: Generator | None = None,
    dtype: Any = None,
    device: Any = None,
    requires_grad: bool = False,
    **kw: Any,
) -> Tensor:
    """Normal with mean 0 and standard deviation 1."""
    shape = shape_of("randn", size, kw)
    return made(normal_array(shape, _floating("randn", dtype), generator), requires_grad, device)


def randint(
    low: int = 0,
    high: Any = None,
    size: Any = None,
    *,
    generator: Generator | None = None,
    dtype: Any = None,
    device: Any = None,
    requires_grad: bool = False,
) -> Tensor:
    """Integers from low (0 if left out) to high - 1: randint(high, size) or randint(low, high, size)."""
    if size is None:  # randint(high, size)
        low, high, size = 0, low, high
    elif high is None:  # randint(high, size=size)
        low, high = 0, low
    if size is None:
        raise TypeError("randint: a size is missing: randint(0, 10, (3,)).")
    array = _integers(low, high, shape_of("randint", (tuple(size),)), dtype, generator)
    return made(array, requires_grad, device)


def _integers(low: int, high: int, shape: Any, dtype: Any, generator: Generator | None) -> Any:
    low, high = int(low), int(high)
    if low >= high:
        raise OptionError(
            f"randint: no integer from {low} to {high} - 1: low must be less than high."
        )
    wanted = int64 if dtype is None else as_dtype(dtype)
    return np.asarray(numpy_of(generator).integers(low, high, shape), wanted)


def randperm(
    n: int,
    *,
    generator: Generator | None = None,
    dtype: Any = int64,
    device: Any = None,
    requires_grad: bool = False,
) -> Tensor:
    """0 … n - 1 in random order."""
    (n,) = shape_of("randperm", (n,))
    array = numpy_of(generator).permutation(n).astype(as_dtype(dtype))
    return made(array, requires_grad, device)


def multinomial(
    input: Any, num_samples: int, replacement: bool = False, *, generator: Generator | None = None
) -> Tensor:
    """Indices drawn with probabilities proportional to the weights in (each row of) input."""
    weights = np.asarray(getattr(input, "array", input))
    if weights.dtype.kind != "f":
        raise DtypeError(f"multinomial: weights of {weights.dtype}; they must be floating.")
    if weights.ndim not in (1, 2):
        raise ShapeError(
            f"multinomial: weights of shape {weights.shape}: one row, or rows, of them."
        )
    if num_samples < 1 or (not replacement and num_samples > weights.shape[-1]):
        raise ShapeError(
            f"multinomial: {num_samples} samples of {weights.shape[-1]} categories: at least 1, and "
            "without replacement no more than there are categories."
        )
    bad = not np.isfinite(weights).all() or (weights < 0).any()
    if bad or not (weights.sum(-1) > 0).all():
        raise OptionError(
            "multinomial: weights must be finite and not negative, and each row must have one above 0."
        )
    rows = weights.reshape(-1, weights.shape[-1]).astype(np.float64)
    source = numpy_of(generator)
    if replacement:
        edges = rows.cumsum(-1)
        points = source.random((len(rows), num_samples)) * edges[:, -1:]
        drawn = [np.searchsorted(e, p, side="right") for e, p in zip(edges, points, strict=True)]
        found = np.stack(drawn) if drawn else np.zeros((0, num_samples), int64)
    else:  # a race: category k finishes after an exponential time of rate w_k
        with np.errstate(divide="ignore"):
            times = source.standard_exponential(rows.shape) / rows
        found = np.argsort(times, -1, kind="stable")[:, :num_samples]
    return wrap(found.astype(int64).reshape(*weights.shape[:-1], num_samples))


def bernoulli(input: Any, p: float | None = None, *, generator: Generator | None = None) -> Tensor:
    """1 with the probability that each entry of input (or p) says, else 0; in the dtype of input."""
    x = np.asarray(getattr(input, "array", input))
    if p is None and x.dtype.kind != "f":
        raise DtypeError(f"bernoulli: probabilities of {x.dtype}; they must be floating.")
    chance = x if p is None else np.asarray(p)
    if not ((chance >= 0) & (chance <= 1)).all():
        raise OptionError("bernoulli: probabilities lie between 0 and 1.")
    return wrap((numpy_of(generator).random(x.shape) < chance).astype(x.dtype))


def normal(
    mean: Any = 0.0,
    std: Any = 1.0,
    size: Any = None,
    *,
    generator: Generator | None = None,
    dtype: Any = None,
    device: Any = None,
    requires_grad: bool = False,
) -> Tensor:
    """Normal with this mean and standard deviation: numbers and a size, or tensors."""
    m, s = (x.array if isinstance(x, Tensor) else x for x in (mean, std))
    given = [x.array for x in (mean, std) if isinstance(x, Tensor)]
    if np.any(np.asarray(s) < 0):
        raise OptionError(f"normal: std={std!r:.60}: a standard deviation is at least 0.")
    if size is not None:
        shape, found = sizes_of("normal", (size,)), _floating("normal", dtype)
    elif given:
        shape, found = np.broadcast_shapes(*(x.shape for x in given)), given[0].dtype
        _floating("normal", found)
    else:
        raise TypeError("normal: with numbers for mean and std, a size is needed.")
    array = (m + s * normal_array(shape, found, generator)).astype(found)
    return made(np.asarray(array), requires_grad, device)


def poisson(input: Any, generator: Generator | None = None) -> Tensor:
    """Counts whose mean is each entry of input; in its dtype."""
    x = np.asarray(getattr(input, "array", input))
    _floating("poisson", x.dtype)
    if (x < 0).any():
        raise OptionError("poisson: a mean count is at least 0.")
    return wrap(np.asarray(numpy_of(generator).poisson(x), x.dtype))


# --- like another --------------------------------------------------------------------------------------


def _floating_like(op: str, input: Any, dtype: Any, kw: dict[str, Any]) -> tuple[Any, Any]:
    shape, found = like(op, input, dtype, kw)
    return shape, _floating(op, found)


def rand_like(
    input: Any,
    *,
    dtype: Any = None,
    device: Any = None,
    requires_grad: bool = False,
    generator: Generator | None = None,
    **kw: Any,
) -> Any:
    """rand in the shape and dtype of input."""
    array = uniform_array(*_floating_like("rand_like", input, dtype, kw), generator)
    return as_input(input, array, requires_grad, device)


def randn_like(
    input: Any,
    *,
    dtype: Any = None,
    device: Any = None,
    requires_grad: bool = False,
    generator: Generator | None = None,
    **kw: Any,
) -> Any:
    """randn in the shape and dtype of input."""
    array = normal_array(*_floating_like("randn_like", input, dtype, kw), generator)
    return as_input(input, array, requires_grad, device)


def randint_like(
    input: Any,
    low: int,
    high: int | None = None,
    *,
    dtype: Any = None,
    device: Any = None,
    requires_grad: bool = False,
    generator: Generator | None = None,
    **kw: Any,
) -> Any:
    """randint in the shape and dtype of input."""
    if high is None:
        low, high = 0, low
    shape, found = like("randint_like", input, dtype, kw)
    return as_input(input, _integers(low, high, shape, found, generator), requires_grad, device)


FUNCTIONS = (
    "Generator", "default_generator", "manual_seed", "seed", "initial_seed", "get_rng_state",
    "set_rng_state", "rand", "randn", "randint", "randperm", "multinomial", "bernoulli", "normal",
    "poisson", "rand_like", "randn_like", "randint_like",
)  # fmt: skip
METHODS = ("multinomial", "bernoulli")
