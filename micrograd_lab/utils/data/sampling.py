"""Samplers: in which order the examples come.

A random order is drawn when the iteration begins, all of it: `iter(sampler)` is the only moment at
which a sampler asks its generator.  So the generator's state just before decides the order, and
how far the iteration then goes changes nothing.  Whoever keeps that state can have the order again.
"""

from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from typing import Any

import numpy as np

from micrograd_lab.errors import OptionError
from micrograd_lab.random import Generator, multinomial, numpy_of
from micrograd_lab.tensor import Tensor
from micrograd_lab.utils.data.datasets import size_of


class Sampler:
    """Numbers of examples, one after the other.  A subclass writes __iter__ (and __len__)."""

    def __init__(self, data_source: Any = None) -> None:
        pass

    def __iter__(self) -> Iterator[Any]:
        raise NotImplementedError(f"{type(self).__name__} must write __iter__(self).")


class SequentialSampler(Sampler):
    """0, 1, 2, …"""

    def __init__(self, data_source: Any) -> None:
        self.data_source = data_source

    def __iter__(self) -> Iterator[int]:
        return iter(range(size_of(self.data_source)))

    def __len__(self) -> int:
        return size_of(self.data_source)


class RandomSampler(Sampler):
    """A random order; with replacement, each number drawn from all.

    num_samples: how many; the length of the data unless given.  Without replacement, numbers come
    again only when all have come as often.
    """

    def __init__(
        self,
        data_source: Any,
        replacement: bool = False,
        num_samples: int | None = None,
        generator: Generator | None = None,
    ) -> None:
        if not isinstance(replacement, bool):
            raise TypeError(f"RandomSampler: replacement={replacement!r}: it is True or False.")
        if num_samples is not None:
            at_least("RandomSampler", "num_samples", num_samples, 1)
        self.data_source = data_source
        self.replacement = replacement
        self._num_samples = num_samples
        self.generator = generator

    @property
    def num_samples(self) -> int:
        return size_of(self.data_source) if self._num_samples is None else self._num_samples

    def __iter__(self) -> Iterator[int]:
        n, wanted = size_of(self.data_source), self.num_samples
        if not n:
            return iter(())
        source = fresh(self.generator)
        if self.replacement:
            return iter(source.integers(0, n, wanted).tolist())
        rounds = [source.permutation(n) for _ in range(-(-wanted // n))]
        return iter(np.concatenate(rounds)[:wanted].tolist() if rounds else ())

    def __len__(self) -> int:
        return self.num_samples


class SubsetRandomSampler(Sampler):
    """These numbers in a random order."""

    def __init__(self, indices: Sequence[int], generator: Generator | None = None) -> None:
        self.indices = indices
        self.generator = generator

    def __iter__(self) -> Iterator[int]:
        order = numpy_of(self.generator).permutation(len(self.indices))
        return iter([self.indices[i] for i in order.tolist()])

    def __len__(self) -> int:
        return len(self.indices)


class WeightedRandomSampler(Sampler):
    """Number i with a chance proportional to weights[i]; the weights need not sum to 1."""

    def __init__(
        self,
        weights: Any,
        num_samples: int,
        replacement: bool = True,
        generator: Generator | None = None,
    ) -> None:
        at_least("WeightedRandomSampler", "num_samples", num_samples, 1)
        if not isinstance(replacement, bool):
            raise TypeError(f"WeightedRandomSampler: replacement={replacement!r}: True or False.")
        array = np.asarray(getattr(weights, "array", weights), np.float64)
        if array.ndim != 1:
            raise OptionError(
                f"WeightedRandomSampler: weights of shape {array.shape}; it takes one for each "
                "example, in a row."
            )
        self.weights = Tensor(array)
        self.num_samples = num_samples
        self.replacement = replacement
        self.generator = generator

    def __iter__(self) -> Iterator[int]:
        drawn = multinomial(
            self.weights, self.num_samples, self.replacement, generator=self.generator
        )
        return iter(drawn.array.tolist())

    def __len__(self) -> int:
        return self.num_samples


class BatchSampler(Sampler):
    """Lists of batch_size numbers from a sampler; drop_last leaves out a last one that is shorter."""

    def __init__(self, sampler: Iterable[Any], batch_size: int, drop_last: bool) -> None:
        at_least("BatchSampler", "batch_size", batch_size, 1)
        if not isinstance(drop_last, bool):
            raise OptionError(f"BatchSampler: drop_last={drop_last!r}: it is True or False.")
        self.sampler = sampler
        self.batch_size = batch_size
        self.drop_last = drop_last

    def __iter__(self) -> Iterator[list[Any]]:
        return self._batches(iter(self.sampler))  # the order is drawn now, not at the first batch

    def _batches(self, indices: Iterator[Any]) -> Iterator[list[Any]]:
        while batch := list(islice(indices, self.batch_size)):
            if len(batch) == self.batch_size or not self.drop_last:
                yield batch

    def __len__(self) -> int:
        n = size_of(self.sampler)
        return n // self.batch_size if self.drop_last else -(-n // self.batch_size)


def fresh(generator: Generator | None) -> np.random.Generator:
    """The generator's numbers; without one, those of a new one that the default one seeds."""
    if generator is not None:
        return generator.numpy
    return np.random.Generator(np.random.PCG64(draw_seed(None)))


def draw_seed(generator: Generator | None) -> int:
    """One number that decides all that follow."""
    return int(numpy_of(generator).integers(2**63))


def at_least(owner: str, name: str, value: Any, least: int) -> None:
    """OptionError unless the value is an integer and large enough."""
    if not isinstance(value, int) or isinstance(value, bool) or value < least:
        raise OptionError(f"{owner}: {name}={value!r}: it is an integer of at least {least}.")
