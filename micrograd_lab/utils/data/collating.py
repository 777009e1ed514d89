"""Single examples to a batch: what is alike is stacked, nests keep their form."""

import copy
from collections.abc import Callable, Mapping, MutableMapping, Sequence
from typing import Any

import numpy as np

from micrograd_lab.dtypes import float64
from micrograd_lab.errors import DtypeError, ShapeError
from micrograd_lab.from_data import as_tensor, tensor
from micrograd_lab.ops.joining import stack
from micrograd_lab.tensor import Tensor


def default_collate(batch: Sequence[Any]) -> Any:
    """Examples of one form to a batch of that form, with one more dimension in front.

    Tensors and arrays are stacked; numbers become a tensor (Python floats of float64, integers of
    int64); texts become a list; dicts, named tuples and lists keep their form; tuples become
    lists.  ShapeError if shapes or lengths differ, DtypeError for anything else.
    """
    first = batch[0]
    if isinstance(first, Tensor):
        return _stacked(batch)
    if isinstance(first, np.ndarray | np.generic) and not isinstance(first, str | bytes):
        return _stacked([as_tensor(x) for x in batch])
    if isinstance(first, float):
        return tensor(batch, dtype=float64)
    if isinstance(first, int):
        return tensor(batch)
    if isinstance(first, str | bytes):
        return batch
    if isinstance(first, Mapping):
        together = {key: default_collate([x[key] for x in batch]) for key in first}
        return _like(first, together)
    if isinstance(first, Sequence):
        if any(len(x) != len(first) for x in batch):
            raise ShapeError(
                f"default_collate: examples of {sorted({len(x) for x in batch})} entries; all must "
                "have as many. Give the DataLoader a collate_fn that pads them."
            )
        columns = [default_collate(column) for column in zip(*batch, strict=True)]
        return columns if type(first) is tuple else _like(first, columns)
    raise DtypeError(
        f"default_collate: an example holds a {type(first).__name__}; it can batch tensors, arrays, "
        "numbers, texts, and dicts, lists and tuples of them. Give the DataLoader a collate_fn."
    )


def default_convert(data: Any) -> Any:
    """Arrays as tensors, wherever they are in the nest: what happens where nothing is batched."""
    if isinstance(data, np.ndarray | np.generic) and data.dtype.kind in "biuf":
        return as_tensor(data)
    if isinstance(data, Mapping):
        return _like(data, {key: default_convert(x) for key, x in data.items()})
    if isinstance(data, Sequence) and not isinstance(data, str | bytes):
        parts = [default_convert(x) for x in data]
        return parts if type(data) is tuple else _like(data, parts)
    return data


def _stacked(tensors: Sequence[Tensor]) -> Tensor:
    try:
        return stack(tensors)  # type: ignore[no-any-return]
    except ShapeError as error:
        raise ShapeError(
            f"default_collate: the examples differ in shape: {error} Give the DataLoader a "
            "collate_fn that pads them."
        ) from None


def _like(form: Any, parts: Any) -> Any:
    """The parts in the same kind of dict or list; in a plain one if it cannot be made that way."""
    make: Callable[..., Any] = type(form)
    try:
        if hasattr(form, "_fields"):
            return make(*parts)
        if isinstance(form, MutableMapping):  # a copy keeps what else it knows: a default factory
            twin = copy.copy(form)
            twin.update(parts)
            return twin
        return make(parts)
    except TypeError:
        return parts
