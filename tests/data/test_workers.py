"""Workers: the same batches from other processes, errors that arrive, nothing left behind."""

import multiprocessing
import os
import signal
import subprocess
import sys
import time

import numpy as np
import pytest

import micrograd_lab as torch
from micrograd_lab.errors import GradError, OptionError, WorkerError
from micrograd_lab.utils.data import (
    DataLoader,
    Dataset,
    IterableDataset,
    TensorDataset,
    get_worker_info,
)
from micrograd_lab.utils.data.crossing import pack, unpack

METHODS = multiprocessing.get_all_start_methods()


class Numbers(Dataset):
    """Row i is (three times i, i), unless something is to happen there."""

    def __init__(self, happens=None, at=17):
        self.happens, self.at = happens, at

    def __len__(self):
        return 37

    def __getitem__(self, i):
        if i == self.at and self.happens:
            self.happens()
        return torch.full((3,), float(i)), i


class Shared(IterableDataset):
    """0 … 9, each worker its share."""

    def __iter__(self):
        info = get_worker_info()
        return iter(range(info.id, 10, info.num_workers) if info else range(10))


class Random(Dataset):
    def __len__(self):
        return 6

    def __getitem__(self, i):
        info = get_worker_info()
        return info.id, info.seed, torch.rand(()).item(), float(np.random.rand())  # noqa: NPY002


def fail():
    raise KeyError("no such thing")


def die():
    os.kill(os.getpid(), signal.SIGKILL)


def leave():
    sys.exit(3)


def sleep():
    time.sleep(60)


def history():
    return torch.ones(2, requires_grad=True) * 2


class Histories(Numbers):
    def __getitem__(self, i):
        return history()


def epoch(**options):
    generator = torch.Generator().manual_seed(3)
    loader = DataLoader(Numbers(), 5, shuffle=True, generator=generator, **options)
    seen = [(x.tolist(), y.tolist(), x.dtype) for x, y in loader]
    return seen, generator.get_state().tolist()


@pytest.fixture(autouse=True)
def _nothing_is_left():
    yield
    assert multiprocessing.active_children() == []


@pytest.mark.parametrize("options", [{"num_workers": 1}, {"num_workers": 2}, {"num_workers": 3, "prefetch_factor": 5}], ids=str)  # fmt: skip
def test_workers_give_the_same_batches_in_the_same_order(options):
    assert epoch(**options) == epoch()


@pytest.mark.parametrize("method", METHODS)
def test_however_they_are_started(method):
    assert epoch(num_workers=2, multiprocessing_context=method) == epoch()


def test_tensors_in_the_dataset_and_in_the_batch_cross_as_arrays():
    data = TensorDataset(torch.arange(12.0).reshape(6, 2), torch.tensor([True, False] * 3))
    batches = list(DataLoader(data, 3, num_workers=1, multiprocessing_context="spawn"))
    assert batches[1][0].tolist() == [[6, 7], [8, 9], [10, 11]]
    assert batches[1][1].dtype == torch.bool
    x = unpack(pack(torch.ones(2, dtype=torch.float16, requires_grad=True)))
    assert (x.dtype, x.requires_grad) == (torch.float16, True)
    x.detach().add_(1)  # the memory is its own
    with pytest.raises(TypeError, match="refused"):
        multiprocessing.reduction.ForkingPickler.dumps(x)  # anywhere else it still is


def test_a_batch_larger_than_a_pipe_holds_arrives():
    data = TensorDataset(torch.arange(400_000).reshape(4, -1))
    first, *rest = [x for (x,) in DataLoader(data, 1, num_workers=2, prefetch_factor=2)]
    assert first.tolist() == data.tensors[0][:1].tolist()
    assert len(rest) == 3


def test_batches_of_many_indices_do_not_lock_both_sides():
    data = TensorDataset(torch.zeros(400_000))
    sizes = [len(x) for (x,) in DataLoader(data, 100_000, num_workers=1, prefetch_factor=4)]
    assert sizes == [100_000] * 4


def test_an_error_arrives_with_the_workers_traceback():
    with pytest.raises(KeyError) as found:
        list(DataLoader(Numbers(fail), 4, num_workers=2))
    text = str(found.value)
    assert "Caught KeyError in DataLoader worker process 0" in text
    assert "in fail\n" in text


def test_an_error_type_that_cannot_cross_is_a_runtime_error():
    class Own(Exception):
        pass

    def raises():
        raise Own("odd")

    with pytest.raises(RuntimeError, match="odd"):
        list(DataLoader(Numbers(raises), 4, num_workers=1))


def test_a_tensor_with_a_history_is_told_to_detach():
    with pytest.raises(GradError, match="detach"):
        list(DataLoader(Histories(), None, num_workers=1))


@pytest.mark.parametrize(
    ("happens", "words"), [(die, "killed by signal 9"), (leave, "exit code 3")]
)
def test_a_worker_that_dies_is_noticed(happens, words):
    with pytest.raises(WorkerError, match=words):
        list(DataLoader(Numbers(happens), 4, num_workers=2))


def test_a_worker_that_hangs_is_not_waited_for_beyond_the_timeout():
    with pytest.raises(WorkerError, match=r"sent nothing for 0\.5 seconds"):
        list(DataLoader(Numbers(sleep), 4, num_workers=2, timeout=0.5))


def test_a_loop_that_breaks_ends_its_workers():
    for _ in DataLoader(Numbers(), 4, num_workers=2):
        assert len(multiprocessing.active_children()) == 2
        break
    assert multiprocessing.active_children() == []


def test_a_loop_that_raises_ends_its_workers():
    def loop():
        for _ in DataLoader(Numbers(), 4, num_workers=2):
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        loop()


def test_persistent_workers_stay_and_start_each_epoch_afresh():
    loader = DataLoader(Numbers(), 4, num_workers=2, persistent_workers=True)
    expected = [y.tolist() for _, y in loader]
    pids = {p.pid for p in multiprocessing.active_children()}
    assert len(pids) == 2
    for _ in loader:
        break
    assert [y.tolist() for _, y in loader] == expected  # what the break left is not in it
    assert {p.pid for p in multiprocessing.active_children()} == pids
    del loader, _


def test_persistent_workers_serve_one_loop_at_a_time():
    loader = DataLoader(Numbers(), 4, num_workers=1, persistent_workers=True)
    first, second = iter(loader), iter(loader)
    next(second)
    with pytest.raises(OptionError, match="one at a time"):
        next(first)
    del loader, first, second


@pytest.mark.parametrize("persistent", [False, True])
def test_workers_draw_different_numbers_and_the_generator_decides_which(persistent):
    def epochs():
        loader = DataLoader(
            Random(), 1, num_workers=2, generator=torch.Generator().manual_seed(1),
            persistent_workers=persistent,
        )  # fmt: skip
        return [[[x.item() for x in row] for row in loader] for _ in range(2)]

    first, again = epochs(), epochs()
    assert first == again
    assert first[0] != first[1]  # each epoch has its own
    draws = [row[2:] for row in first[0]]
    assert len({tuple(d) for d in draws}) == 6
    assert [row[0] for row in first[0]] == [0, 1, 0, 1, 0, 1]


def test_a_stream_is_shared_out_by_the_worker_info():
    loader = DataLoader(Shared(), 2, num_workers=3)
    batches = [b.tolist() for b in loader]
    assert sorted(i for batch in batches for i in batch) == list(range(10))
    assert batches == [[0, 3], [1, 4], [2, 5], [6, 9], [7], [8]]


def test_the_init_function_runs_once_in_each_worker():
    def init(number):
        os.environ["WORKER"] = str(10 + number)

    class Env(Numbers):
        def __getitem__(self, i):
            return int(os.environ["WORKER"])

    seen = [b.tolist() for b in DataLoader(Env(), 20, num_workers=2, worker_init_fn=init)]
    assert seen == [[10] * 20, [11] * 17]


def test_workers_end_when_the_loaders_process_is_killed():
    code = """
import os, multiprocessing
from micrograd_lab.utils.data import DataLoader
loop = iter(DataLoader(list(range(1000)), 1, num_workers=2))
next(loop)
print(*[p.pid for p in multiprocessing.active_children()], flush=True)
os.kill(os.getpid(), 9)
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    pids = [int(p) for p in done.stdout.split()]
    assert len(pids) == 2
    for _ in range(100):
        if not any(_alive(pid) for pid in pids):
            return
        time.sleep(0.05)
    raise AssertionError("a worker outlived its loader")


def _alive(pid):
    try:
        with open(f"/proc/{pid}/stat") as stat:  # noqa: PTH123
            return stat.read().rsplit(")", 1)[1].split()[0] != "Z"
    except FileNotFoundError:
        return False
