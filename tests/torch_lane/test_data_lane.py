"""Datasets, samplers and loaders next to torch.utils.data: the same programs, the same batches.

Random numbers differ (PCG64 here, Mersenne twister there), so orders are compared by what is in
them; everything that is not random is compared entry by entry.
"""

import itertools
import warnings
from collections import OrderedDict, defaultdict, namedtuple

import numpy as np
import pytest

import micrograd_lab as lab
from micrograd_lab.utils import data as ours

torch = pytest.importorskip("torch")
theirs = pytest.importorskip("torch.utils.data")

SIDES = ((torch, theirs), (lab, ours))
Pair = namedtuple("Pair", "a b")


def plain(x):
    """A batch as nested Python values, with the types and dtypes that it has."""
    if isinstance(x, (torch.Tensor, lab.Tensor)):
        return "tensor", str(x.dtype).removeprefix("torch."), tuple(x.shape), x.tolist()
    if isinstance(x, dict):
        return type(x).__name__, [(k, plain(v)) for k, v in x.items()]
    if isinstance(x, (list, tuple)):
        return type(x).__name__, [plain(v) for v in x]
    return type(x).__name__, x


def both(program):
    """What the program gives on each side: a nest of plain values, or that it refuses."""
    results = []
    for t, d in SIDES:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            try:
                results.append(plain(program(t, d)))
            except (TypeError, ValueError, RuntimeError, IndexError, KeyError):
                results.append("refused")
            except AssertionError:  # PyTorch refuses some arguments so; we never do
                assert t is torch
                results.append("refused")
    return results


def agree(program):
    theirs_said, ours_said = both(program)
    assert ours_said == theirs_said
    return ours_said


class Squares:
    def __len__(self):
        return 11

    def __getitem__(self, i):
        if not -11 <= i < 11:
            raise IndexError
        return i % 11, float(i * i)


def stream(d, n=10):
    class Stream(d.IterableDataset):
        def __iter__(self):
            return iter(range(n))

        def __len__(self):
            return n

    return Stream()


EXAMPLES = {
    "tensors": lambda t: [t.ones(2, 3) * i for i in range(3)],
    "tensors of int": lambda t: [t.tensor(i) for i in range(3)],
    "empty tensors": lambda t: [t.ones(0), t.ones(0)],
    "different shapes": lambda t: [t.ones(2), t.ones(3)],
    "arrays": lambda t: [np.ones((2, 2), np.float32), np.zeros((2, 2), np.float32)],
    "numpy scalars": lambda t: [np.float64(1), np.float64(2)],
    "numpy float32": lambda t: [np.float32(1), np.float32(2)],
    "numpy integers": lambda t: [np.int32(1), np.int32(2)],
    "numpy bools": lambda t: [np.bool_(True), np.bool_(False)],
    "floats": lambda t: [0.5, 1.5],
    "ints": lambda t: [1, 2],
    "bools": lambda t: [True, False],
    "texts": lambda t: ["a", "b"],
    "bytes": lambda t: [b"a", b"b"],
    "tuples": lambda t: [(1, t.ones(2)), (2, t.zeros(2))],
    "lists": lambda t: [[1, 2.0], [3, 4.0]],
    "uneven lists": lambda t: [[1], [1, 2]],
    "named": lambda t: [Pair(1, "x"), Pair(2, "y")],
    "dicts": lambda t: [{"a": 1, "b": [1, 2]}, {"a": 2, "b": [3, 4]}],
    "ordered": lambda t: [OrderedDict(a=1), OrderedDict(a=2)],
    "default": lambda t: [defaultdict(list, a=1), defaultdict(list, a=2)],
    "a key that is missing": lambda t: [{"a": 1}, {"b": 1}],
    "nested": lambda t: [{"a": ((1, t.ones(1)), [b"x"])}] * 2,
    "none": lambda t: [None, None],
    "objects": lambda t: [object(), object()],
    "sets": lambda t: [{1}, {2}],
    "text arrays": lambda t: [np.array(["a"]), np.array(["b"])],
    "nothing": lambda t: [],
}


@pytest.mark.parametrize("examples", EXAMPLES)
def test_default_collate_agrees(examples):
    agree(lambda t, d: d.default_collate(EXAMPLES[examples](t)))


@pytest.mark.parametrize("examples", EXAMPLES)
def test_default_convert_agrees(examples):
    if examples in ("objects", "nothing"):
        return
    agree(lambda t, d: d.default_convert(EXAMPLES[examples](t)))


SIZES = (None, 1, 3, 11, 20)


@pytest.mark.parametrize("workers", [0, 2])
def test_ordered_loaders_agree(workers):
    sizes = SIZES if not workers else (None, 3)
    for size, drop in itertools.product(sizes, (False, True)):
        for make in (
            lambda t, d: Squares(),
            lambda t, d: d.TensorDataset(t.arange(11), t.arange(22.0).reshape(11, 2)),
            lambda t, d: d.Subset(d.TensorDataset(t.arange(11)), [3, 1, 4, 1, 5]),
            lambda t, d: stream(d),
        ):
            said = agree(
                lambda t, d, m=make, s=size, x=drop: list(
                    d.DataLoader(m(t, d), batch_size=s, drop_last=x, num_workers=workers)
                )
            )
            assert (said == "refused") == (size is None and drop)
            agree(lambda t, d, m=make, s=size, x=drop: len(d.DataLoader(m(t, d), s, drop_last=x)))


def test_shuffled_loaders_hold_the_same_examples_in_batches_of_the_same_sizes():
    for size, drop, replacement in itertools.product((1, 4), (False, True), (False, True)):
        found = []
        for _, d in SIDES:
            sampler = d.RandomSampler(range(11), replacement=replacement, num_samples=25)
            batches = [
                b.tolist() for b in d.DataLoader(range(11), size, sampler=sampler, drop_last=drop)
            ]
            found.append([len(b) for b in batches])
            drawn = [i for b in batches for i in b]
            if not replacement:
                assert sorted(drawn[:11]) == sorted(drawn[11:22]) == list(range(11))
        assert found[0] == found[1]


OPTIONS = {
    "batch_size": (0, -1, 2, None),
    "shuffle": (True, False),
    "sampler": ([0, 1],),
    "batch_sampler": ([[0, 1], [2]],),
    "drop_last": (True,),
    "num_workers": (-1,),
    "timeout": (-1,),
    "prefetch_factor": (2,),
    "persistent_workers": (True,),
    "collate_fn": (sorted,),
}


@pytest.mark.parametrize("streaming", [False, True])
def test_the_same_options_are_refused(streaming):
    """Every option, and every two of them."""
    single = [(name, value) for name, values in OPTIONS.items() for value in values]
    count = 0
    for chosen in [(a,) for a in single] + list(itertools.combinations(single, 2)):
        options = dict(chosen)
        if options.get("shuffle") and "sampler" not in options and "batch_sampler" not in options:
            agree(
                lambda t, d, o=options: bool(
                    d.DataLoader(stream(d) if streaming else range(5), **o)
                )
            )
            continue
        agree(lambda t, d, o=options: list(d.DataLoader(stream(d) if streaming else range(5), **o)))
        count += 1
    assert count > 60


PROGRAMS = {
    "concat": lambda t, d: list(d.ConcatDataset([range(3), range(2)])),
    "concat -1": lambda t, d: d.ConcatDataset([range(3), range(2)])[-5],
    "concat out": lambda t, d: d.ConcatDataset([range(3), range(2)])[-6],
    "concat none": lambda t, d: d.ConcatDataset([]),
    "concat stream": lambda t, d: d.ConcatDataset([stream(d)]),
    "sizes": lambda t, d: d.ConcatDataset([range(3), range(2)]).cumulative_sizes,
    "plus": lambda t, d: len(d.TensorDataset(t.ones(3)) + d.TensorDataset(t.ones(4))),
    "chain": lambda t, d: list(stream(d) + stream(d, 3)),
    "stack": lambda t, d: d.StackDataset(range(11), Squares())[1],
    "stack dict": lambda t, d: d.StackDataset(a=range(3), b=range(3))[2],
    "stack uneven": lambda t, d: d.StackDataset(range(3), range(2)),
    "stack none": lambda t, d: d.StackDataset(),
    "rows": lambda t, d: d.TensorDataset(t.arange(6).reshape(3, 2), t.arange(3))[-1],
    "slices": lambda t, d: d.TensorDataset(t.arange(6).reshape(3, 2))[1:],
    "uneven rows": lambda t, d: d.TensorDataset(t.ones(3), t.ones(2)),
    "subset": lambda t, d: list(d.Subset(range(9), [4, 4, 2])),
    "subset of rows": lambda t, d: d.Subset(d.TensorDataset(t.arange(9)), [4, 4, 2])[[0, 2]],
    "split": lambda t, d: [len(p) for p in d.random_split(range(10), [3, 7])],
    "split fractions": lambda t, d: [len(p) for p in d.random_split(range(11), [0.5, 0.3, 0.2])],
    "split thirds": lambda t, d: [len(p) for p in d.random_split(range(11), [1 / 3] * 3)],
    "split wrong": lambda t, d: d.random_split(range(10), [3, 6]),
    "split wrong fractions": lambda t, d: d.random_split(range(10), [0.3, 0.6]),
    "split one": lambda t, d: [len(p) for p in d.random_split(range(1), [1])],
    "random none": lambda t, d: d.RandomSampler(range(3), num_samples=0),
    "random many": lambda t, d: len(list(d.RandomSampler(range(3), num_samples=8))),
    "weighted": lambda t, d: sorted(d.WeightedRandomSampler([1.0, 0, 2], 2, replacement=False)),
    "weighted wrong": lambda t, d: d.WeightedRandomSampler([1.0], 0),
    "weighted too many": lambda t, d: list(d.WeightedRandomSampler([1.0, 1], 3, replacement=False)),
    "weighted matrix": lambda t, d: d.WeightedRandomSampler([[1.0]], 1),
    "batches": lambda t, d: list(d.BatchSampler(d.SequentialSampler(range(7)), 3, False)),
    "batches dropped": lambda t, d: list(d.BatchSampler(range(7), 3, True)),
    "batches wrong": lambda t, d: d.BatchSampler(range(7), 0, False),
    "batches length": lambda t, d: len(d.BatchSampler(range(7), 3, True)),
    "subset sampler": lambda t, d: sorted(d.SubsetRandomSampler([5, 3, 8])),
    "worker info": lambda t, d: d.get_worker_info(),
}


@pytest.mark.parametrize("program", PROGRAMS)
def test_programs_agree(program):
    agree(PROGRAMS[program])


def test_fractions_agree_for_every_length():
    for n in range(1, 60):
        for parts in ([0.7, 0.3], [0.8, 0.1, 0.1], [0.25] * 4, [0.05, 0.95]):
            agree(lambda t, d, n=n, p=parts: [len(x) for x in d.random_split(range(n), p)])


def test_streams_shared_among_workers_agree():
    def program(t, d):
        class Shared(d.IterableDataset):
            def __iter__(self):
                info = d.get_worker_info()
                return iter(range(info.id, 13, info.num_workers))

        return list(d.DataLoader(Shared(), 2, num_workers=3))

    agree(program)


def test_the_loaders_have_the_same_arguments():
    import inspect

    names = [
        [p.name for p in inspect.signature(d.DataLoader).parameters.values()] for _, d in SIDES
    ]
    assert names[1] == names[0]
    missing = set(theirs.__all__) - set(dir(ours))
    assert missing == {
        *("DFIterDataPipe", "DataChunk", "IterDataPipe", "MapDataPipe", "argument_validation"),
        *("functional_datapipe", "guaranteed_datapipes_determinism", "non_deterministic"),
        *(
            "runtime_validation",
            "runtime_validation_disabled",
            "DistributedSampler",
            "_DatasetKind",
        ),
    }
