"""New tensors: from Python's numbers, from NumPy's arrays, and from a rule."""

import math
from typing import Any

import numpy as np

from micrograd_lab.attributes import as_dtype, check_device
from micrograd_lab.dtypes import get_default_dtype, int64
from micrograd_lab.errors import DtypeError, OptionError, ShapeError
from micrograd_lab.ops.dims import sizes_of
from micrograd_lab.tensor import Tensor, wrap


def made(array: Any, requires_grad: bool, device: Any) -> Tensor:
    """A leaf around a fresh array."""
    if device is not None:
        check_device(device)
    out = wrap(array)
    return out.requires_grad_() if requires_grad else out


def shape_of(op: str, size: tuple[Any, ...], *, given: Any = None) -> tuple[int, ...]:
    """Sizes as zeros(2, 3), zeros((2, 3)) or zeros(size=(2, 3)), none of them negative."""
    if given is not None:
        size = (given,)
    if not size:
        raise TypeError(f"{op}: a size is missing: {op}(2, 3), or {op}(()) for a single number.")
    sizes = sizes_of(op, size)
    if sizes and min(sizes) < 0:
        raise ShapeError(f"{op}: size {sizes}: sizes are at least 0.")
    return sizes


# --- from numbers that exist ---------------------------------------------------------------------


def tensor(
    data: Any,
    *,
    dtype: Any = None,
    device: Any = None,
    requires_grad: bool = False,
    pin_memory: bool = False,
) -> Tensor:
    """A leaf with a copy of the data: a number, nested lists of numbers, an array, a tensor.

    Python floats become float32 (the default dtype), ints int64, bools bool; arrays keep theirs.
    """
    array = array_of(data, dtype)
    if isinstance(data, (np.ndarray, Tensor)):
        array = array.copy()
    return made(array, requires_grad, device)


def array_of(data: Any, dtype: Any = None) -> np.ndarray[Any, Any]:
    """The data as an array of `dtype`; None: of the dtype that PyTorch would give it."""
    if isinstance(data, Tensor):
        array = data.array
    elif isinstance(data, (np.ndarray, np.generic)):
        array = np.asarray(data)
    else:
        array, inferred = _from_python(data)
        if dtype is not None:
            _check_room(array, as_dtype(dtype))
        else:
            dtype = inferred
    wanted = array.dtype if dtype is None else as_dtype(dtype)
    if array.dtype.kind not in "biuf":
        raise DtypeError(
            f"tensor: an array of {array.dtype} has no numbers that a tensor can hold."
        )
    if wanted == array.dtype:
        return array
    with np.errstate(over="ignore", invalid="ignore"):  # 1e40 is inf in float32
        return array.astype(wanted)


def _check_room(array: np.ndarray[Any, Any], wanted: np.dtype[Any]) -> None:
    """DtypeError if an integer dtype has no place for some of the numbers."""
    if wanted.kind not in "iu" or not array.size or array.dtype.kind not in "iuf":
        return
    info = np.iinfo(wanted)
    least = -info.max if wanted.kind == "u" else info.min  # uint8(-1) is 255, as in PyTorch
    if not (array.min() >= least and array.max() <= info.max):  # so that nan is refused as well
        raise DtypeError(
            f"tensor: numbers from {array.min()} to {array.max()} in {wanted}, which holds "
            f"{info.min} to {info.max}. Choose a wider dtype."
        )


def _from_python(data: Any) -> tuple[np.ndarray[Any, Any], Any]:
    """A number or nested lists of them as an array, and the dtype that they ask for."""
    if isinstance(data, (list, tuple, range)):
        first: Any = data
        while isinstance(first, (list, tuple, range)) and len(first):
            first = first[0]
        if isinstance(first, Tensor):
            data = _without_tensors(data)
    elif isinstance(data, (bool, int, float)):
        first = data
    else:
        raise DtypeError(
            f"tensor: {type(data).__name__} is no number, list of numbers, array or tensor."
        )
    try:
        array = np.array(data)
    except (ValueError, TypeError):  # a Tensor after the first entry, or lists of different lengths
        try:
            array = np.array(_without_tensors(data))
        except ValueError:
            raise ShapeError(
                "tensor: the nested lists have different lengths: every row must be as long as the "
                "others, at every depth."
            ) from None
    if array.dtype.kind not in "biuf":
        raise DtypeError(
            f"tensor: every entry must be a number that int64 or float64 can hold; found {data!r:.60}."
        )
    if array.dtype == np.uint64:
        raise DtypeError(f"tensor: {array.max()} is larger than the largest int64.")
    if isinstance(first, Tensor):
        return array, first.dtype if array.dtype.kind == first.dtype.kind else None
    if isinstance(first, (np.ndarray, np.generic)) and first.dtype.kind == "f":
        return array, None
    return array, get_default_dtype() if array.dtype.kind == "f" or not array.size else None


def _without_tensors(data: Any) -> Any:
    """Nested lists whose one-element tensors have become numbers."""
    if isinstance(data, (list, tuple)):
        return [_without_tensors(x) for x in data]
    if isinstance(data, Tensor):
        if data.array.size != 1:
            raise ShapeError(
                f"tensor: a list with a tensor of shape {data.shape}: only tensors of one element "
                "can be entries. Use stack() or cat() to join tensors (gradients flow through it)."
            )
        return data.array.item()
    return data


def as_tensor(data: Any, dtype: Any = None, device: Any = None) -> Tensor:
    """The data as a tensor, sharing memory (and, for a tensor, history) where nothing must change."""
    check_device(device)
    if isinstance(data, Tensor):
        return data if dtype is None else data.to(dtype)  # type: ignore[attr-defined]
    return wrap(array_of(data, dtype))


def asarray(
    obj: Any,
    *,
    dtype: Any = None,
    device: Any = None,
    copy: bool | None = None,
    requires_grad: bool = False,
) -> Tensor:
    """as_tensor, with a copy on request."""
    if copy or requires_grad:
        return tensor(obj, dtype=dtype, device=device, requires_grad=requires_grad)
    return as_tensor(obj, dtype, device)


def from_numpy(ndarray: Any) -> Tensor:
    """A tensor around the array: both see each other's changes."""
    if not isinstance(ndarray, np.ndarray):
        raise TypeError(f"from_numpy: expected a NumPy array, found {type(ndarray).__name__}.")
    if ndarray.dtype.kind not in "biuf":
        raise DtypeError(f"from_numpy: an array of {ndarray.dtype} cannot be a tensor.")
    return wrap(ndarray)


# --- from a rule ---------------------------------------------------------------------------------


def zeros(
    *size: Any, dtype: Any = None, device: Any = None, requires_grad: bool = False, **kw: Any
) -> Tensor:
    """All 0."""
    shape = shape_of("zeros", size, given=size_named("zeros", kw))
    return made(np.zeros(shape, _or_default(dtype)), requires_grad, device)


def ones(
    *size: Any, dtype: Any = None, device: Any = None, requires_grad: bool = False, **kw: Any
) -> Tensor:
    """All 1."""
    shape = shape_of("ones", size, given=size_named("ones", kw))
    return made(np.ones(shape, _or_default(dtype)), requires_grad, device)


def empty(
    *size: Any, dtype: Any = None, device: Any = None, requires_grad: bool = False, **kw: Any
) -> Tensor:
    """Whatever the memory holds."""
    shape = shape_of("empty", size, given=size_named("empty", kw))
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


def _or_default(dtype: Any) -> np.dtype[Any]:
    return get_default_dtype() if dtype is None else as_dtype(dtype)


LAYOUT = frozenset({"layout", "pin_memory", "memory_format"})  # accepted, with nothing to decide


def size_named(op: str, kw: dict[str, Any]) -> Any:
    """size= by name, and no word that is not PyTorch's."""
    unknown = kw.keys() - LAYOUT - {"size", "generator"}
    if unknown:
        raise TypeError(f"{op} takes no argument {', '.join(sorted(unknown))}.")
    return kw.get("size")


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


# --- like another ----------------------------------------------------------------------------------


def like(
    op: str, input: Any, dtype: Any, kw: dict[str, Any]
) -> tuple[tuple[int, ...], np.dtype[Any]]:
    """The shape and dtype that a tensor like `input` has."""
    if not hasattr(input, "shape") or not hasattr(input, "dtype"):
        raise TypeError(f"{op}: like which tensor? {type(input).__name__} is none.")
    size_named(op, kw)
    return tuple(input.shape), input.dtype if dtype is None else as_dtype(dtype)


def as_input(input: Any, array: Any, requires_grad: bool, device: Any) -> Any:
    """An array for an array (inside a rule), a tensor for all else."""
    return array if isinstance(input, np.ndarray) else made(array, requires_grad, device)


def zeros_like(
    input: Any, *, dtype: Any = None, device: Any = None, requires_grad: bool = False, **kw: Any
) -> Any:
    """All 0, in the shape and dtype of input."""
    array = np.zeros(*like("zeros_like", input, dtype, kw))
    return as_input(input, array, requires_grad, device)


def ones_like(
    input: Any, *, dtype: Any = None, device: Any = None, requires_grad: bool = False, **kw: Any
) -> Any:
    """All 1, in the shape and dtype of input."""
    array = np.ones(*like("ones_like", input, dtype, kw))
    return as_input(input, array, requires_grad, device)


def empty_like(
    input: Any, *, dtype: Any = None, device: Any = None, requires_grad: bool = False, **kw: Any
) -> Any:
    """Whatever the memory holds, in the shape and dtype of input."""
    array = np.empty(*like("empty_like", input, dtype, kw))
    return as_input(input, array, requires_grad, device)


def full_like(
    input: Any,
    fill_value: Any,
    *,
    dtype: Any = None,
    device: Any = None,
    requires_grad: bool = False,
    **kw: Any,
) -> Any:
    """All fill_value, in the shape and dtype of input."""
    shape, wanted = like("full_like", input, dtype, kw)
    array = np.full(shape, array_of(fill_value, wanted))
    return as_input(input, array, requires_grad, device)


def new_zeros(self: Tensor, *size: Any, dtype: Any = None, **kw: Any) -> Tensor:
    """zeros in the dtype of self."""
    return zeros(*size, dtype=self.dtype if dtype is None else dtype, **kw)


def new_ones(self: Tensor, *size: Any, dtype: Any = None, **kw: Any) -> Tensor:
    """ones in the dtype of self."""
    return ones(*size, dtype=self.dtype if dtype is None else dtype, **kw)


def new_empty(self: Tensor, *size: Any, dtype: Any = None, **kw: Any) -> Tensor:
    """empty in the dtype of self."""
    return empty(*size, dtype=self.dtype if dtype is None else dtype, **kw)


def new_full(self: Tensor, size: Any, fill_value: Any, *, dtype: Any = None, **kw: Any) -> Tensor:
    """full in the dtype of self."""
    return full(size, fill_value, dtype=self.dtype if dtype is None else dtype, **kw)


def new_tensor(self: Tensor, data: Any, *, dtype: Any = None, **kw: Any) -> Tensor:
    """tensor(data) in the dtype of self."""
    return tensor(data, dtype=self.dtype if dtype is None else dtype, **kw)


FUNCTIONS = (
    "tensor", "as_tensor", "asarray", "from_numpy",
    "zeros", "ones", "empty", "full", "arange", "linspace", "logspace", "eye",
    "tril_indices", "triu_indices", "zeros_like", "ones_like", "empty_like", "full_like",
)  # fmt: skip
METHODS = ("new_zeros", "new_ones", "new_empty", "new_full", "new_tensor")
