"""A DataLoader: a dataset in batches, in an order that a generator decides."""

from collections.abc import Callable, Iterable, Iterator
from itertools import repeat
from typing import Any

from micrograd_lab.errors import OptionError
from micrograd_lab.random import Generator
from micrograd_lab.utils.data.collating import default_collate, default_convert
from micrograd_lab.utils.data.datasets import IterableDataset, size_of
from micrograd_lab.utils.data.fetching import END, fetcher
from micrograd_lab.utils.data.sampling import (
    BatchSampler,
    RandomSampler,
    SequentialSampler,
    at_least,
    draw_seed,
)

Function = Callable[[Any], Any]


class DataLoader:
    """Batches of a dataset.  Options and meanings are those of torch.utils.data.DataLoader.

    Each `for` over it is an epoch.  When the epoch begins, and only then, the generator (the default
    one, if none is given) is asked: for the order, and for a seed from which the workers' seeds
    follow.  So the generator's state before `iter(loader)` decides the epoch's batches, whatever is
    drawn in between and however many workers there are.  To go on in the middle of an epoch: set
    that state, begin again, and skip the batches that were seen.

    With num_workers, other processes make the batches, and these arrive in the same order.  An
    error in one reaches you with the worker's traceback; a worker that dies is a RuntimeError.
    None is left behind once the loop ends, by `break` or otherwise, or, with persistent_workers,
    once the loader is gone.

    OptionError (a ValueError) for options that contradict one another.
    """

    def __init__(
        self,
        dataset: Any,
        batch_size: int | None = 1,
        shuffle: bool | None = None,
        sampler: Iterable[Any] | None = None,
        batch_sampler: Iterable[Any] | None = None,
        num_workers: int = 0,
        collate_fn: Function | None = None,
        pin_memory: bool = False,
        drop_last: bool = False,
        timeout: float = 0,
        worker_init_fn: Callable[[int], Any] | None = None,
        multiprocessing_context: Any = None,
        generator: Generator | None = None,
        *,
        prefetch_factor: int | None = None,
        persistent_workers: bool = False,
        pin_memory_device: str = "",
        in_order: bool = True,
    ) -> None:
        at_least("DataLoader", "num_workers", num_workers, 0)
        if timeout < 0:
            raise OptionError(f"DataLoader: timeout={timeout}: seconds are at least 0.")
        if num_workers == 0:
            _only_with_workers("prefetch_factor", prefetch_factor is not None)
            _only_with_workers("persistent_workers", persistent_workers)
            _only_with_workers("multiprocessing_context", multiprocessing_context is not None)
        if prefetch_factor is not None:
            at_least("DataLoader", "prefetch_factor", prefetch_factor, 1)
        streaming = isinstance(dataset, IterableDataset)
        if streaming and (shuffle or sampler is not None or batch_sampler is not None):
            raise OptionError(
                "DataLoader: an IterableDataset decides its own order; leave out shuffle, sampler "
                "and batch_sampler, and shuffle in its __iter__."
            )
        if sampler is not None and shuffle:
            raise OptionError("DataLoader: sampler= decides the order, so shuffle=True cannot.")
        if batch_sampler is not None:
            if batch_size != 1 or shuffle or sampler is not None or drop_last:
                raise OptionError(
                    "DataLoader: batch_sampler= decides the batches; leave out batch_size, shuffle, "
                    "sampler and drop_last."
                )
            batch_size = None
        elif batch_size is None and drop_last:
            raise OptionError(
                "DataLoader: batch_size=None makes no batches, so drop_last has none."
            )
        if sampler is None:
            if streaming:
                sampler = repeat(0)  # "the next one"
            elif shuffle:
                sampler = RandomSampler(dataset, generator=generator)
            else:
                sampler = SequentialSampler(dataset)
        if batch_size is not None:
            batch_sampler = BatchSampler(sampler, batch_size, drop_last)

        self.dataset = dataset
        self.batch_size = batch_size
        self.drop_last = drop_last
        self.sampler = sampler
        self.batch_sampler = batch_sampler
        self.generator = generator
        self.collate_fn = collate_fn or (default_convert if self._index_by_one else default_collate)
        self.num_workers = num_workers
        self.prefetch_factor = 2 if num_workers and prefetch_factor is None else prefetch_factor
        self.persistent_workers = persistent_workers
        self.timeout = timeout
        self.worker_init_fn = worker_init_fn
        self.multiprocessing_context = multiprocessing_context
        self.pin_memory = pin_memory  # of a GPU; accepted, with nothing to do
        self.pin_memory_device = pin_memory_device
        self.in_order = in_order  # they always are
        self._pool: Any = None

    @property
    def _index_by_one(self) -> bool:
        return self.batch_sampler is None

    def __iter__(self) -> Iterator[Any]:
        order: Any = self.sampler if self._index_by_one else self.batch_sampler
        indices = iter(order)
        seed = draw_seed(self.generator)
        if self.num_workers:
            return self._from_workers(indices, seed)
        fetch = fetcher(self.dataset, self.collate_fn, not self._index_by_one, self.drop_last)
        return _here(fetch, indices)

    def _from_workers(self, indices: Iterator[Any], seed: int) -> Iterator[Any]:
        from micrograd_lab.utils.data.pool import Pool
        from micrograd_lab.utils.data.worker import Job

        pool = self._pool
        if pool is None:
            job = Job(
                self.dataset,
                self.collate_fn,
                not self._index_by_one,
                self.drop_last,
                self.worker_init_fn,
                self.num_workers,
            )
            pool = Pool(job, self.multiprocessing_context, self.timeout)
        assert self.prefetch_factor is not None
        batches = pool.batches(indices, seed, self.prefetch_factor)
        if self.persistent_workers:
            self._pool = pool
            return batches  # type: ignore[no-any-return]
        return _then_close(pool, batches)

    def __len__(self) -> int:
        """How many batches an epoch has.  TypeError if the dataset or the sampler does not say."""
        if not isinstance(self.dataset, IterableDataset):
            return size_of(self.sampler if self._index_by_one else self.batch_sampler)
        n = size_of(self.dataset)
        if self.batch_size is None:
            return n
        return n // self.batch_size if self.drop_last else -(-n // self.batch_size)


def _here(fetch: Function, indices: Iterator[Any]) -> Iterator[Any]:
    for wanted in indices:
        batch = fetch(wanted)
        if batch is END:
            return
        yield batch


def _then_close(pool: Any, batches: Iterator[Any]) -> Iterator[Any]:
    """The batches; however the loop over them ends, the workers end with it."""
    try:
        yield from batches
    finally:
        pool.close()


def _only_with_workers(option: str, given: bool) -> None:
    if given:
        raise OptionError(f"DataLoader: {option} is about workers, and num_workers=0 has none.")
