"""Datasets, their parts and sums, and what a batch of examples becomes."""

from collections import OrderedDict, namedtuple

import numpy as np
import pytest

import micrograd_lab as torch
from micrograd_lab.errors import DtypeError, OptionError, ShapeError, SizeError
from micrograd_lab.utils.data import (
    ChainDataset,
    ConcatDataset,
    Dataset,
    IterableDataset,
    StackDataset,
    Subset,
    TensorDataset,
    default_collate,
    default_convert,
    random_split,
)
from micrograd_lab.utils.data.datasets import at_once


class Squares(Dataset):
    def __init__(self, n):
        self.n = n

    def __len__(self):
        return self.n

    def __getitem__(self, i):
        if not 0 <= i < self.n:
            raise IndexError(i)
        return i * i


class Stream(IterableDataset):
    def __init__(self, *xs):
        self.xs = xs

    def __iter__(self):
        return iter(self.xs)


def test_a_tensor_dataset_pairs_the_rows_of_its_tensors():
    data = TensorDataset(torch.arange(6).reshape(3, 2), torch.tensor([7, 8, 9]))
    x, y = data[1]
    assert (len(data), x.tolist(), y.item()) == (3, [2, 3], 8)
    with pytest.raises(ShapeError, match="3, 2 rows"):
        TensorDataset(torch.ones(3), torch.ones(2))
    with pytest.raises(ShapeError, match="rows"):
        TensorDataset(torch.tensor(1.0))


def test_plus_puts_one_dataset_after_the_other_and_counts_from_the_end_too():
    both = Squares(3) + Squares(2)
    assert [both[i] for i in range(5)] == [0, 1, 4, 0, 1]
    assert (both[-1], both[-5], len(both)) == (1, 0, 5)
    for i in (5, -6):
        with pytest.raises(IndexError, match="of 5"):
            both[i]
    assert list(both) == [0, 1, 4, 0, 1]  # Python's own way to iterate ends at the IndexError


def test_streams_are_chained_and_never_concatenated():
    both = Stream(1, 2) + Stream(3)
    assert isinstance(both, ChainDataset)
    assert list(both) == [1, 2, 3]
    with pytest.raises(OptionError, match="ChainDataset"):
        ConcatDataset([Stream(1)])
    with pytest.raises(OptionError, match="ConcatDataset"):
        ChainDataset([Squares(1)])
    with pytest.raises(OptionError, match="at least one"):
        ConcatDataset([])


def test_stacked_datasets_give_tuples_or_dicts():
    assert StackDataset(Squares(3), Squares(3))[2] == (4, 4)
    assert StackDataset(a=Squares(3), b=Squares(3))[1] == {"a": 1, "b": 1}
    with pytest.raises(SizeError, match=r"\[3, 2\]"):
        StackDataset(Squares(3), Squares(2))
    with pytest.raises(OptionError):
        StackDataset()


def test_what_a_dataset_must_write_is_said():
    class Empty(Dataset):
        pass

    with pytest.raises(NotImplementedError, match="__getitem__"):
        Empty()[0]
    with pytest.raises(TypeError, match="__len__"):
        random_split(Empty(), [1])


def test_random_split_parts_share_nothing_and_miss_nothing():
    parts = random_split(Squares(10), [3, 7], torch.Generator().manual_seed(0))
    assert [len(p) for p in parts] == [3, 7]
    assert sorted(x for p in parts for x in p) == [i * i for i in range(10)]
    again = random_split(Squares(10), [3, 7], torch.Generator().manual_seed(0))
    assert [p.indices for p in parts] == [p.indices for p in again]
    assert sorted(parts[0].indices) != [0, 1, 2]


def test_fractions_round_down_and_share_what_is_left():
    assert [len(p) for p in random_split(Squares(10), [0.33, 0.33, 0.34])] == [4, 3, 3]
    with pytest.warns(UserWarning, match="empty"):
        random_split(Squares(2), [0.9, 0.05, 0.05])
    for wrong in ([3, 4], [0.5, 0.6], [-1, 11], [2.5, 7.5]):
        with pytest.raises(OptionError):
            random_split(Squares(10), wrong)


def test_examples_become_a_batch_of_their_form():
    Point = namedtuple("Point", "x y")
    batch = default_collate([
        {"a": torch.ones(2), "n": 1, "f": 0.5, "b": True, "s": "p", "p": Point(1, np.float32(2))},
        {"a": torch.zeros(2), "n": 2, "f": 1.5, "b": False, "s": "q", "p": Point(3, np.float32(4))},
    ])  # fmt: skip
    assert batch["a"].tolist() == [[1, 1], [0, 0]]
    assert (batch["n"].dtype, batch["f"].dtype, batch["b"].dtype) == (
        torch.int64, torch.float64, torch.bool,
    )  # fmt: skip
    assert batch["s"] == ["p", "q"]
    assert type(batch["p"]) is Point
    assert batch["p"].y.dtype == torch.float32
    assert isinstance(default_collate([(1, 2), (3, 4)]), list)
    assert type(default_collate([OrderedDict(a=1), OrderedDict(a=2)])) is OrderedDict


@pytest.mark.parametrize(
    ("batch", "error", "words"),
    [
        ([torch.ones(2), torch.ones(3)], ShapeError, "collate_fn that pads"),
        ([[1, 2], [1]], ShapeError, "entries"),
        ([object(), object()], DtypeError, "holds a object"),
        ([None, None], DtypeError, "NoneType"),
    ],
)
def test_what_cannot_be_a_batch_is_refused(batch, error, words):
    with pytest.raises(error, match=words):
        default_collate(batch)


def test_gradients_flow_through_a_collated_batch():
    w = torch.tensor([1.0, 2.0], requires_grad=True)
    for batch in (default_collate([w * 2, w * 3]), TensorDataset(w * 5).collated([0, 1])[0]):
        batch.sum().backward()
    assert w.grad.tolist() == [10, 10]


def test_convert_makes_tensors_of_arrays_only():
    got = default_convert({"a": np.ones(2), "b": ["t", 3]})
    assert got["a"].tolist() == [1, 1]
    assert got["b"] == ["t", 3]


def test_rows_taken_at_once_are_the_rows_stacked():
    rng = np.random.default_rng(0)
    data = TensorDataset(
        torch.tensor(rng.normal(size=(9, 2, 3))), torch.tensor(rng.integers(0, 5, 9))
    )
    for source in (data, Subset(data, [5, 3, 8, 1]), Subset(Subset(data, [5, 3, 8, 1]), [3, 0, 1])):
        indices = [2, 0, 0, 1]
        quick, slow = at_once(source)(indices), default_collate([source[i] for i in indices])
        assert type(quick) is type(slow)
        for a, b in zip(quick, slow, strict=True):
            assert a.dtype == b.dtype
            assert a.tolist() == b.tolist()
        quick[0].array[:] = 0  # a batch is a copy
    assert not (data.tensors[0].array == 0).any()


def test_a_subclass_that_changes_examples_is_asked_for_them():
    class Noisy(TensorDataset):
        def __getitem__(self, i):
            return (*super().__getitem__(i), 1)

    assert at_once(Noisy(torch.ones(3))) is None
    assert at_once(Subset(Noisy(torch.ones(3)), [0])) is None
