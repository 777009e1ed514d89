"""A loader in one process: orders, batches, options that contradict, exact resume."""

from itertools import islice

import numpy as np
import pytest

import micrograd_lab as torch
from micrograd_lab.errors import OptionError
from micrograd_lab.utils.data import (
    BatchSampler,
    DataLoader,
    IterableDataset,
    RandomSampler,
    SequentialSampler,
    SubsetRandomSampler,
    TensorDataset,
    WeightedRandomSampler,
    get_worker_info,
)

DATA = TensorDataset(torch.arange(10))


class Stream(IterableDataset):
    def __iter__(self):
        return iter(range(7))


def batches(*args, **kw):
    return [b[0].tolist() if isinstance(b, list) else b.tolist() for b in DataLoader(*args, **kw)]


def seeded(seed=0):
    return torch.Generator().manual_seed(seed)


def test_batches_come_in_order_and_the_last_may_be_short():
    assert batches(DATA, 4) == [[0, 1, 2, 3], [4, 5, 6, 7], [8, 9]]
    assert batches(DATA, 4, drop_last=True) == [[0, 1, 2, 3], [4, 5, 6, 7]]
    assert (len(DataLoader(DATA, 4)), len(DataLoader(DATA, 4, drop_last=True))) == (3, 2)
    assert batches([1, 2, 3], 2) == [[1, 2], [3]]


def test_without_a_batch_size_examples_come_one_by_one():
    loader = DataLoader(DATA, batch_size=None)
    assert [x.item() for (x,) in loader] == list(range(10))
    assert len(loader) == 10
    assert next(iter(DataLoader([np.ones(2)], batch_size=None))).tolist() == [1, 1]


def test_shuffling_keeps_every_example_and_the_seed_decides():
    first, again = (batches(DATA, 3, shuffle=True, generator=seeded()) for _ in range(2))
    assert first == again
    assert first != batches(DATA, 3, shuffle=True, generator=seeded(1))
    assert sorted(i for batch in first for i in batch) == list(range(10))
    loader = DataLoader(DATA, 10, shuffle=True, generator=seeded())
    epochs = [next(iter(loader))[0].tolist() for _ in range(2)]
    assert epochs[0] != epochs[1]


def test_without_a_generator_the_default_one_decides():
    with torch.random.fork_rng():
        torch.manual_seed(5)
        first = batches(DATA, 3, shuffle=True)
        torch.manual_seed(5)
        assert batches(DATA, 3, shuffle=True) == first


def test_the_order_is_decided_when_the_epoch_begins():
    generator = seeded(3)
    loader = DataLoader(DATA, 2, shuffle=True, generator=generator)
    state = generator.get_state()
    epoch = iter(loader)
    after = generator.get_state()
    generator.manual_seed(99)  # nothing that is drawn later matters
    whole = [b[0].tolist() for b in epoch]

    generator.set_state(state)
    rest = [b[0].tolist() for b in islice(iter(loader), 2, None)]
    assert rest == whole[2:]
    assert generator.get_state().tolist() == after.tolist()  # and neither does how far it went


def test_samplers_choose_what_they_say():
    draws = list(RandomSampler(DATA, True, 1000, seeded()))
    assert set(draws) == set(range(10))
    assert len(draws) == 1000
    twice = list(RandomSampler(DATA, num_samples=15, generator=seeded()))
    assert sorted(twice[:10]) == list(range(10))
    assert len(set(twice[10:])) == 5
    assert sorted(SubsetRandomSampler([4, 7, 9], seeded())) == [4, 7, 9]
    weighted = list(WeightedRandomSampler([0, 1, 3], 4000, generator=seeded()))
    assert 0 not in weighted
    assert weighted.count(2) / weighted.count(1) == pytest.approx(3, rel=0.15)
    assert sorted(WeightedRandomSampler([1, 1, 1], 3, False, seeded())) == [0, 1, 2]
    assert list(BatchSampler(SequentialSampler(range(5)), 2, True)) == [[0, 1], [2, 3]]
    assert list(RandomSampler([])) == []


def test_own_samplers_decide():
    assert batches(DATA, 2, sampler=[3, 1, 2]) == [[3, 1], [2]]
    assert batches(DATA, batch_sampler=[[1], [5, 6]]) == [[1], [5, 6]]
    assert len(DataLoader(DATA, batch_sampler=[[1], [5, 6]])) == 2


def test_streams_are_read_in_order():
    assert batches(Stream(), 3) == [[0, 1, 2], [3, 4, 5], [6]]
    assert batches(Stream(), 3, drop_last=True) == [[0, 1, 2], [3, 4, 5]]
    assert list(DataLoader(Stream(), batch_size=None)) == list(range(7))
    with pytest.raises(TypeError, match="__len__"):
        len(DataLoader(Stream(), 3))


def test_a_stop_iteration_in_a_dataset_does_not_end_the_epoch_quietly():
    class Bad(list):
        def __getitem__(self, i):
            raise StopIteration

    with pytest.raises(RuntimeError, match="StopIteration"):
        list(DataLoader(Bad([1])))


def test_the_collate_function_makes_the_batch():
    assert list(DataLoader([1, 2, 3], 2, collate_fn=sum)) == [3, 3]
    assert list(DataLoader(TensorDataset(torch.arange(3)), 3, collate_fn=len)) == [3]


@pytest.mark.parametrize(
    "options",
    [
        {"batch_size": 0},
        {"batch_size": 2.0},
        {"batch_size": None, "drop_last": True},
        {"sampler": [1], "shuffle": True},
        {"batch_sampler": [[1]], "batch_size": 2},
        {"batch_sampler": [[1]], "shuffle": True},
        {"batch_sampler": [[1]], "drop_last": True},
        {"batch_sampler": [[1]], "sampler": [1]},
        {"num_workers": -1},
        {"timeout": -1},
        {"prefetch_factor": 2},
        {"persistent_workers": True},
        {"num_workers": 1, "prefetch_factor": 0},
    ],
    ids=str,
)
def test_options_that_contradict_are_refused(options):
    with pytest.raises(OptionError):
        DataLoader(DATA, **options)


@pytest.mark.parametrize("options", [{"shuffle": True}, {"sampler": [1]}, {"batch_sampler": [[1]]}])
def test_a_stream_has_no_order_to_choose(options):
    with pytest.raises(OptionError, match="its own order"):
        DataLoader(Stream(), **options)


def test_samplers_refuse_what_they_cannot_do():
    for make in (
        lambda: RandomSampler(DATA, num_samples=0),
        lambda: WeightedRandomSampler([1.0], 0),
        lambda: WeightedRandomSampler([[1.0]], 1),
        lambda: BatchSampler([1], 0, False),
        lambda: BatchSampler([1], 1, 1),
    ):
        with pytest.raises(OptionError):
            make()
    with pytest.raises(TypeError):
        RandomSampler(DATA, replacement=1)


def test_outside_a_worker_there_is_no_worker_info():
    assert get_worker_info() is None


def test_the_modules_have_pytorchs_names_too():
    from micrograd_lab.utils.data.dataloader import DataLoader as Loader
    from micrograd_lab.utils.data.dataloader import default_collate
    from micrograd_lab.utils.data.dataset import Dataset, TensorDataset
    from micrograd_lab.utils.data.sampler import RandomSampler, SubsetRandomSampler

    assert Loader is DataLoader
    assert issubclass(TensorDataset, Dataset)
    assert callable(default_collate)
    assert SubsetRandomSampler is not RandomSampler
