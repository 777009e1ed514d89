"""A worker: a process that fetches the batches it is told to, and sends them back in that order."""

import queue
import random
import signal
import threading
import traceback
from collections.abc import Callable
from dataclasses import dataclass
from multiprocessing.connection import Connection
from typing import Any
from weakref import WeakSet

import numpy as np

from micrograd_lab.random import manual_seed
from micrograd_lab.utils.data.crossing import Carried, pack, unpack
from micrograd_lab.utils.data.fetching import END, Fetch, fetcher
from micrograd_lab.utils.data.info import WorkerInfo, set_worker_info

LOADERS_ENDS: WeakSet[Connection] = WeakSet()  # a forked worker has copies of them, and closes them


@dataclass(frozen=True)
class Job:
    """What a worker works with all its life."""

    dataset: Any
    collate_fn: Callable[[Any], Any]
    batched: bool
    drop_last: bool
    init: Callable[[int], Any] | None
    num_workers: int


def work(carried: Carried, number: int, ours: Connection) -> None:
    """Until the loader closes its end: receive (epoch, seed, what the sampler said), answer.

    An answer is (epoch, kind, content): a "batch", an "error" as (type, text), or the "end" of a
    stream.  A thread sends the answers, so that a loader that is still handing out work never
    waits for a worker that waits for the loader.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the loader's to handle
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    for end in list(LOADERS_ENDS):
        end.close()
    answers: queue.SimpleQueue[bytes] = queue.SimpleQueue()
    threading.Thread(target=_send, args=(ours, answers), daemon=True).start()
    job, epoch = carried.held, -1
    fetch: Fetch | None = None
    while True:
        try:
            asked, seed, wanted = unpack(ours.recv_bytes())
        except (EOFError, OSError):
            return
        try:
            if asked != epoch:
                fetch = _begin(job, number, seed, first=epoch < 0)
                epoch = asked
            assert fetch is not None
            batch = fetch(wanted)
            answer = pack((asked, "end", None) if batch is END else (asked, "batch", batch))
        except Exception as error:
            answer = pack((asked, "error", (_kind(error), traceback.format_exc())))
        answers.put(answer)


def _begin(job: Job, number: int, base_seed: int, first: bool) -> Fetch:
    """Before the first batch of an epoch: random numbers of its own, and a fresh iteration."""
    seed = (base_seed + number) % 2**63
    random.seed(seed)
    np.random.seed(np.random.SeedSequence(seed).generate_state(4))  # noqa: NPY002
    manual_seed(seed)
    set_worker_info(WorkerInfo(number, job.num_workers, seed, job.dataset))
    if first and job.init:
        job.init(number)
    return fetcher(job.dataset, job.collate_fn, job.batched, job.drop_last)


def _kind(error: BaseException) -> type[BaseException]:
    """The error's type, if the loader's process can be told of it."""
    try:
        pack(type(error))
        return type(error)
    except Exception:
        return RuntimeError


def _send(ours: Connection, answers: "queue.SimpleQueue[bytes]") -> None:
    while True:
        try:
            ours.send_bytes(answers.get())
        except OSError:  # the loader has gone
            return
