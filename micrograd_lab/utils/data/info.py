"""What a dataset can know of the worker process that it is in."""

from dataclasses import dataclass
from typing import Any


@dataclass
class WorkerInfo:
    """A worker's number, how many there are, the seed of its random numbers, its own dataset."""

    id: int
    num_workers: int
    seed: int
    dataset: Any


_here: list[WorkerInfo] = []  # one entry in a worker, none elsewhere


def get_worker_info() -> WorkerInfo | None:
    """In a worker: its id, num_workers, seed and copy of the dataset.  Elsewhere: None."""
    return _here[0] if _here else None


def set_worker_info(info: WorkerInfo) -> None:
    """From now on this process is that worker."""
    _here[:] = [info]
