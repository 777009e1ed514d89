"""A loader's workers: started, given work in turn, watched, and ended."""

import multiprocessing
import os
import sys
import time
import warnings
import weakref
from collections import deque
from collections.abc import Iterator
from multiprocessing.connection import Connection
from typing import Any, NoReturn

from micrograd_lab.errors import OptionError, WorkerError
from micrograd_lab.utils.data.crossing import Carried, pack, unpack
from micrograd_lab.utils.data.worker import LOADERS_ENDS, Job, work

PATIENCE = 1.0  # seconds that a worker has to end by itself


class Pool:
    """Processes with one connection each.  Worker k gets tasks k, k + n, k + 2n, … of n workers.

    So the answers arrive in order without being sorted: the next one is always the next worker's.
    A connection that ends tells both sides, at once, that the other one is gone.
    """

    def __init__(self, job: Job, method: Any, timeout: float) -> None:
        context: Any = _context(method)
        self.timeout = timeout
        self.epoch = -1
        self.processes: list[Any] = []
        self.ends: list[Connection] = []
        self.close = weakref.finalize(self, _shut, os.getpid(), self.processes, self.ends)
        try:
            for number in range(job.num_workers):
                self._start(context, job, number)
        except BaseException:
            self.close()
            raise

    def _start(self, context: Any, job: Job, number: int) -> None:
        end, other = context.Pipe()
        LOADERS_ENDS.add(end)
        process = context.Process(target=work, args=(Carried(job), number, other), daemon=True)
        self.ends.append(end)
        with warnings.catch_warnings():
            # Python warns of forking beside threads (NumPy's); a worker uses none of theirs.
            warnings.filterwarnings("ignore", ".*multi-threaded.*fork", DeprecationWarning)
            process.start()
        self.processes.append(process)
        other.close()

    def batches(self, indices: Iterator[Any], seed: int, prefetch: int) -> Iterator[Any]:
        """An epoch: a batch for each of the indices, each worker up to `prefetch` of them ahead."""
        self.epoch += 1
        return self._batches(self.epoch, indices, seed, prefetch)

    def _batches(
        self, epoch: int, indices: Iterator[Any], seed: int, prefetch: int
    ) -> Iterator[Any]:
        ahead: deque[int] = deque()
        ended: set[int] = set()

        def give(worker: int) -> None:
            if worker not in ended and (wanted := next(indices, None)) is not None:
                self._tell(worker, (epoch, seed, wanted))
                ahead.append(worker)

        for _ in range(prefetch):
            for worker in range(len(self.ends)):
                give(worker)
        while ahead:
            worker = ahead.popleft()
            kind, content = self._hear(worker, epoch)
            if kind == "end":  # of this worker's stream; what it was given beyond is not done
                ended.add(worker)
                continue
            if kind == "error":
                raise _as_raised(worker, *content)
            give(worker)
            yield content

    def _tell(self, worker: int, task: Any) -> None:
        try:
            self.ends[worker].send_bytes(pack(task))
        except OSError:
            self._died(worker)

    def _hear(self, worker: int, epoch: int) -> tuple[str, Any]:
        """The worker's next answer of this epoch; what an epoch that was broken off left is dropped."""
        while True:
            if epoch != self.epoch:
                raise OptionError(
                    "DataLoader: another loop over this loader has begun, and its persistent workers "
                    "serve one at a time. End one loop first, or use persistent_workers=False."
                )
            end = self.ends[worker]
            try:
                if self.timeout and not end.poll(self.timeout):
                    raise WorkerError(
                        f"DataLoader: worker {worker} sent nothing for {self.timeout} seconds. Give "
                        "it a longer timeout, or look for what it waits for with num_workers=0."
                    )
                found, kind, content = unpack(end.recv_bytes())
            except (EOFError, OSError):
                self._died(worker)
            if found == epoch:
                return kind, content

    def _died(self, worker: int) -> NoReturn:
        process = self.processes[worker]
        process.join(PATIENCE)
        code = process.exitcode
        how = (
            f"was killed by signal {-code}" if code and code < 0 else f"ended with exit code {code}"
        )
        raise WorkerError(
            f"DataLoader: worker {worker} (process {process.pid}) {how} before its batch was done. "
            "Signal 9 mostly means that memory ran out; num_workers=0 shows other causes."
        ) from None


def _context(method: Any) -> Any:
    """How processes start: by fork on Linux, where it knows notebooks' functions; else as usual."""
    if method is None:
        method = "fork" if sys.platform == "linux" else None
    elif not isinstance(method, str):
        return method
    try:
        return multiprocessing.get_context(method)
    except ValueError:
        raise OptionError(
            f"DataLoader: multiprocessing_context={method!r}; here it is one of "
            f"{', '.join(multiprocessing.get_all_start_methods())}."
        ) from None


def _shut(owner: int, processes: list[Any], ends: list[Connection]) -> None:
    """Let the workers see that it is over; end those that do not."""
    if os.getpid() != owner:  # a forked copy of the loader, whose workers these are not
        return
    for end in ends:
        end.close()
    deadline = time.monotonic() + PATIENCE
    for process in processes:
        process.join(max(0.0, deadline - time.monotonic()))
    for finish in ("terminate", "kill"):
        for process in processes:
            if process.is_alive():
                getattr(process, finish)()
                process.join(PATIENCE)
        if not any(process.is_alive() for process in processes):
            break
    for process in processes:
        process.close()


class _Said(str):
    """A text whose repr, which KeyError shows, keeps its lines."""

    __repr__ = str.__str__


def _as_raised(worker: int, kind: type[BaseException], text: str) -> BaseException:
    """The worker's error again, with its traceback as text; a RuntimeError if it cannot be made."""
    message = _Said(
        f"Caught {kind.__name__} in DataLoader worker process {worker}.\nOriginal {text}"
    )
    try:
        return kind(message)
    except Exception:
        return RuntimeError(message)
