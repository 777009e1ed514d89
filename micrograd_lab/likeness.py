"""Tensors that resemble another one, in shape and dtype or in dtype alone."""

from typing import Any

import numpy as np

from micrograd_lab.attributes import as_dtype
from micrograd_lab.from_data import array_of, made, tensor
from micrograd_lab.patterns import empty, full, ones, size_named, zeros
from micrograd_lab.tensor import Tensor


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
