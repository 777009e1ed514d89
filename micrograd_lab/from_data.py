"""Tensors from numbers that exist: Python's, NumPy's, another tensor's."""

from typing import Any

import numpy as np

from micrograd_lab.attributes import as_dtype, check_device
from micrograd_lab.dtypes import get_default_dtype
from micrograd_lab.errors import DtypeError, ShapeError
from micrograd_lab.tensor import Tensor, wrap


def made(array: Any, requires_grad: bool, device: Any) -> Tensor:
    """A leaf around a fresh array."""
    if device is not None:
        check_device(device)
    out = wrap(array)
    return out.requires_grad_() if requires_grad else out


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
