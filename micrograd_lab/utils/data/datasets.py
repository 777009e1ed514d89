"""Datasets: what has a length and answers `dataset[i]`, or what can only be read in order."""

from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import accumulate, chain
from typing import Any, Generic, TypeVar

import numpy as np

from micrograd_lab.errors import OptionError, ShapeError, SizeError
from micrograd_lab.tensor import Tensor, wrap

T_co = TypeVar("T_co", covariant=True)
Batch = Callable[[Sequence[int]], Any]


class Dataset(Generic[T_co]):
    """Examples by number.  A subclass writes __getitem__, and __len__ where it is known.

    It may also write `collated(indices)`: the whole batch at once, equal to what default_collate
    makes of the single examples.  A DataLoader then asks for that instead.
    """

    def __getitem__(self, index: Any) -> T_co:
        raise NotImplementedError(f"{type(self).__name__} must write __getitem__(self, index).")

    def __add__(self, other: "Dataset[Any]") -> "ConcatDataset[Any]":
        """One after the other."""
        return ConcatDataset([self, other])


class IterableDataset(Dataset[T_co]):
    """Examples that come one after the other.  A subclass writes __iter__.

    With workers, each one iterates its own copy: share the work out by get_worker_info().
    """

    def __iter__(self) -> Iterator[T_co]:
        raise NotImplementedError(f"{type(self).__name__} must write __iter__(self).")

    def __add__(self, other: Dataset[Any]) -> "ChainDataset":  # type: ignore[override]
        return ChainDataset([self, other])


class TensorDataset(Dataset[tuple[Tensor, ...]]):
    """Example i is (tensors[0][i], tensors[1][i], …).  ShapeError if their lengths differ."""

    def __init__(self, *tensors: Tensor) -> None:
        if not tensors or any(not t.shape for t in tensors):
            raise ShapeError("TensorDataset: give tensors that have rows: at least one dimension.")
        if len({t.shape[0] for t in tensors}) > 1:
            sizes = ", ".join(str(t.shape[0]) for t in tensors)
            raise ShapeError(
                f"TensorDataset: tensors of {sizes} rows; each example takes one row of every "
                "tensor, so all must have the same number."
            )
        self.tensors = tensors

    def __getitem__(self, index: Any) -> tuple[Tensor, ...]:
        return tuple(t[index] for t in self.tensors)

    def __len__(self) -> int:
        return int(self.tensors[0].array.shape[0])

    def collated(self, indices: Sequence[int]) -> list[Tensor]:
        rows = np.asarray(indices, np.int64)
        return [t[rows] if t.requires_grad else wrap(t.array[rows]) for t in self.tensors]


class ConcatDataset(Dataset[T_co]):
    """Several datasets as one: first all of the first, then all of the second, …"""

    def __init__(self, datasets: Iterable[Dataset[T_co]]) -> None:
        self.datasets = list(datasets)
        if not self.datasets:
            raise OptionError("ConcatDataset: no datasets were given; it needs at least one.")
        if any(isinstance(d, IterableDataset) for d in self.datasets):
            raise OptionError(
                "ConcatDataset: an IterableDataset has no example number i. Use ChainDataset."
            )
        self.cumulative_sizes = list(accumulate(size_of(d) for d in self.datasets))

    def __len__(self) -> int:
        return self.cumulative_sizes[-1]

    def __getitem__(self, index: int) -> T_co:
        index = position(index, len(self))
        which = bisect_right(self.cumulative_sizes, index)
        before = self.cumulative_sizes[which - 1] if which else 0
        return self.datasets[which][index - before]


class ChainDataset(IterableDataset[Any]):
    """Several iterable datasets, one after the other."""

    def __init__(self, datasets: Iterable[Dataset[Any]]) -> None:
        self.datasets = list(datasets)
        for d in self.datasets:
            if not isinstance(d, IterableDataset):
                raise OptionError(
                    f"ChainDataset: {type(d).__name__} is no IterableDataset. Use ConcatDataset."
                )

    def __iter__(self) -> Iterator[Any]:
        return chain.from_iterable(self.datasets)  # type: ignore[arg-type]

    def __len__(self) -> int:
        return sum(size_of(d) for d in self.datasets)


class StackDataset(Dataset[Any]):
    """Datasets side by side: example i is a tuple (or, from keywords, a dict) of each one's i."""

    def __init__(self, *args: Dataset[Any], **kwargs: Dataset[Any]) -> None:
        if bool(args) == bool(kwargs):
            raise OptionError(
                "StackDataset: give datasets either in a row, for tuples, or by name, for dicts."
            )
        self.datasets: Any = args or kwargs
        sizes = [size_of(d) for d in args or kwargs.values()]
        if len(set(sizes)) > 1:
            raise SizeError(f"StackDataset: datasets of {sizes} examples; all must be as long.")
        self._length = sizes[0]

    def __len__(self) -> int:
        return self._length

    def __getitem__(self, index: Any) -> Any:
        if isinstance(self.datasets, dict):
            return {name: dataset[index] for name, dataset in self.datasets.items()}
        return tuple(dataset[index] for dataset in self.datasets)


class Subset(Dataset[T_co]):
    """The examples of a dataset that have these numbers, in this order."""

    def __init__(self, dataset: Dataset[T_co], indices: Sequence[int]) -> None:
        self.dataset = dataset
        self.indices = indices

    def __len__(self) -> int:
        return len(self.indices)

    def __getitem__(self, index: Any) -> T_co:
        if isinstance(index, list):
            return self.dataset[[self.indices[i] for i in index]]
        return self.dataset[self.indices[index]]


def at_once(dataset: Any) -> Batch | None:
    """A function from numbers to their collated batch, for a dataset that has a quick one."""
    if type(dataset) is Subset:
        inner, chosen = at_once(dataset.dataset), dataset.indices
        return inner and (lambda indices: inner([chosen[i] for i in indices]))
    for kind in type(dataset).__mro__:
        if "collated" in vars(kind):
            return dataset.collated  # type: ignore[no-any-return]
        if "__getitem__" in vars(kind):  # a subclass that changed the examples means those
            break
    return None


def size_of(dataset: Any) -> int:
    """Its length.  TypeError, with what to do, if it has none."""
    try:
        return len(dataset)
    except TypeError:
        raise TypeError(
            f"{type(dataset).__name__} does not say how many examples it has: write __len__(self)."
        ) from None


def position(index: int, length: int) -> int:
    """The index counted from the front.  ShapeError (an IndexError) if it is not in range."""
    if not -length <= index < length:
        raise ShapeError(f"example {index} of a dataset of {length}: it is out of range.")
    return index % length
