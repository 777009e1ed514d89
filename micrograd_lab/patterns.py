"""Tensors from a rule: one number everywhere, ranges, the identity."""

import math
from typing import Any

import numpy as np

from micrograd_lab.attributes import as_dtype
from micrograd_lab.dtypes import get_default_dtype, int64
from micrograd_lab.errors import OptionError, ShapeError
from micrograd_lab.from_data import array_of, made
from micrograd_lab.ops.dims import sizes_of
from micrograd_lab.tensor import Tensor

LAYOUT = frozenset({"layout", "pin_memory", "memory_format"})  # accepted, with nothing to decide


def size_named(op: str, kw: dict[str, Any]) -> Any:
    """size= by name, and no word that is not PyTorch's."""
    unknown = kw.keys() - LAYOUT - {"size", "generator"}
    if unknown:
        raise TypeError(f"{op} takes no argument {', '.join(sorted(unknown))}.")
    return kw.get("size")


def shape_of(op: str, size: tuple[Any, ...], kw: dict[str, Any] | None = None) -> tuple[int, ...]:
    """Sizes as zeros(2, 3), zeros((2, 3)) or zeros(size=(2, 3)), none of them negative."""
    given = size_named(op, kw or {})
    if given is not None:
        size = (given,)
    if not size:
        raise TypeError(f"{op}: a size is missing: {op}(2, 3), or {op}(()) for a single number.")
    sizes = sizes_of(op, size)
    if sizes and min(sizes) < 0:
        raise ShapeError(f"{op}: size {sizes}: sizes are at least 0.")
    return sizes


def _or_default(dtype: Any) -> np.dtype[Any]:
    return get_default_dtype() if dtype is None else as_dtype(dtype)


def zeros(
    *size: Any, dtype: Any = None, device: Any = None, requires_grad: bool = False, **kw: Any
) -> Tensor:
    """All 0."""
    shape = shape_of("zeros", size, kw)
    return made(np.zeros(shape, _or_default(dtype)), requires_grad, device)


def ones(
    *size: Any, dtype: Any = None, device: Any = None, requires_grad: bool = False, **kw: Any
) -> Tensor:
    """All 1."""
    shape = shape_of("ones", size, kw)
    return made(np.ones(shape, _or_default(dtype)), requires_grad, device)


def empty(
    *size: Any, dtype: Any = None, device: Any = None, requires_grad: bool = False, **kw: Any
) -> Tensor:
    """Whatever the memory holds."""
    shape = shape_of("empty", size, kw)
    return made(np.empty(shape, _or_default(dtype)), requires_grad, device)


def full(
    size: Any,
    fill_value: Any,
    *,
    dtype: Any = None,
    device: Any = None,
    requires_grad: bool = False,
) -> Tensor:
    """All fill_value; its dtype, unless one is asked for."""
    if isinstance(size, int):
        raise TypeError(f"full: size must be a tuple of sizes, not {size}: full(({size},), ...).")
    value = array_of(fill_value, dtype)
    return made(np.full(shape_of("full", (size,)), value), requires_grad, device)


def arange(
    start: Any,
    end: Any = None,
    step: Any = 1,
    *,
    dtype: Any = None,
    device: Any = None,
    requires_grad: bool = False,
) -> Tensor:
    """start, start + step, … without end; arange(n) is 0 … n - 1.  int64 if all three are integers."""
    if end is None:
        start, end = 0, start
    start, end, step = (x.item() if hasattr(x, "item") else x for x in (start, end, step))
    if step == 0 or (end - start) * step < 0:
        raise OptionError(
            f"arange({start}, {end}, {step}): a step of {step} never leads from {start} to {end}."
        )
    whole = not any(isinstance(x, float) for x in (start, end, step))
    count = len(range(start, end, step)) if whole else math.ceil((end - start) / step)
    wanted = as_dtype(dtype) if dtype is not None else int64 if whole else get_default_dtype()
    return made((start + step * np.arange(count)).astype(wanted), requires_grad, device)


def linspace(
    start: Any,
    end: Any,
    steps: int,
    *,
    dtype: Any = None,
    device: Any = None,
    requires_grad: bool = False,
) -> Tensor:
    """`steps` numbers from start to end, both among them, equally far apart."""
    if steps < 0:
        raise ShapeError(f"linspace: steps={steps}: there are at least 0 steps.")
    start, end = (x.item() if hasattr(x, "item") else x for x in (start, end))
    return made(np.linspace(start, end, steps).astype(_or_default(dtype)), requires_grad, device)


def logspace(
    start: Any,
    end: Any,
    steps: int,
    base: float = 10.0,
    *,
    dtype: Any = None,
    device: Any = None,
    requires_grad: bool = False,
) -> Tensor:
    """base to the powers linspace(start, end, steps)."""
    powers = linspace(start, end, steps, dtype=np.float64).array
    return made(np.power(float(base), powers).astype(_or_default(dtype)), requires_grad, device)


def eye(
    n: int,
    m: int | None = None,
    *,
    dtype: Any = None,
    device: Any = None,
    requires_grad: bool = False,
) -> Tensor:
    """The identity matrix, n by n, or by m."""
    rows, columns = shape_of("eye", (n, n if m is None else m))
    return made(np.eye(rows, columns, dtype=_or_default(dtype)), requires_grad, device)


def tril_indices(
    row: int, col: int, offset: int = 0, *, dtype: Any = int64, device: Any = None
) -> Tensor:
    """The row and column of each entry on and below a diagonal: (2, how many)."""
    found = np.tril_indices(shape_of("tril_indices", (row,))[0], offset, col)
    return made(np.stack(found).astype(as_dtype(dtype)), False, device)


def triu_indices(
    row: int, col: int, offset: int = 0, *, dtype: Any = int64, device: Any = None
) -> Tensor:
    """The row and column of each entry on and above a diagonal: (2, how many)."""
    found = np.triu_indices(shape_of("triu_indices", (row,))[0], offset, col)
    return made(np.stack(found).astype(as_dtype(dtype)), False, device)
