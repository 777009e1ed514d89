"""One batch from a dataset, in this process or in a worker."""

from collections.abc import Callable, Iterator
from itertools import islice
from typing import Any

from micrograd_lab.utils.data.collating import default_collate
from micrograd_lab.utils.data.datasets import IterableDataset, at_once

Fetch = Callable[[Any], Any]
END: Any = type("End", (), {})  # what a stream that is over gives instead of a batch


def fetcher(
    dataset: Any, collate_fn: Callable[[Any], Any], batched: bool, drop_last: bool
) -> Fetch:
    """A function from what the sampler says to a batch, or to END when a stream is over.

    For an IterableDataset the sampler says only how many examples, and they are the next ones.
    """
    if isinstance(dataset, IterableDataset):
        stream: Iterator[Any] = iter(dataset)

        def following(wanted: Any) -> Any:
            examples = list(islice(stream, len(wanted) if batched else 1))
            if not examples or (batched and drop_last and len(examples) < len(wanted)):
                return END
            return collate_fn(examples if batched else examples[0])

        return following
    if not batched:
        return lambda index: collate_fn(dataset[index])
    if collate_fn is default_collate and (quick := at_once(dataset)):
        return quick  # rows are taken all at once, not stacked one by one
    if hasattr(dataset, "__getitems__"):
        return lambda indices: collate_fn(dataset.__getitems__(indices))
    return lambda indices: collate_fn([dataset[i] for i in indices])
