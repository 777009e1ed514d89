"""First call and peak memory of an engine, in a process of its own."""

import ctypes
import gc
import multiprocessing
import os
import resource
import sys
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from benchmarks import cores, peers
from benchmarks.timing import seconds

STATUS, FORGET = Path("/proc/self/status"), Path("/proc/self/clear_refs")
CACHES = ("MICROGRAD_LAB_CACHE", "NUMBA_CACHE_DIR", "TORCHINDUCTOR_CACHE_DIR", "XDG_CACHE_HOME")


def in_a_process(function: Callable[..., Any], *args: Any, cold: bool = False) -> Any:
    """What the function returns, in a fresh interpreter; cold: with nothing compiled before."""
    context = multiprocessing.get_context("spawn")
    with TemporaryDirectory() as empty:
        caches = dict.fromkeys(CACHES, empty) if cold else {}
        with ProcessPoolExecutor(1, context, _keep_caches_in, (caches,)) as pool:
            return pool.submit(function, *args).result()


def _keep_caches_in(folders: dict[str, str]) -> None:
    os.environ |= folders


def held_mb() -> float:
    """What this process holds now."""
    return _status("VmRSS") if STATUS.exists() else peak_mb()


def peak_mb() -> float:
    """The most it ever held, or since forget_peak().

    getrusage also counts the parent before exec, so where Linux tells us ours alone we read that.
    """
    if STATUS.exists():
        return _status("VmHWM")
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / (1024 * 1024 if sys.platform == "darwin" else 1024)


def _status(name: str) -> float:
    line = next(row for row in STATUS.read_text().splitlines() if row.startswith(name))
    return int(line.split()[1]) / 1024


def forget_peak() -> None:
    """Free memory goes back to the system, and peak_mb() starts anew; on Linux alone."""
    gc.collect()
    if sys.platform == "linux":
        ctypes.CDLL(None).malloc_trim(0)
        FORGET.write_text("5")


SETTLED = 4  # steps after which every engine has recorded and compiled what it will


def first_call(engine: str, workload: str) -> float:
    """Seconds until the first step is done, imports not counted.

    A compiler may put its work off to the next few calls: what those take above a usual step counts.
    """
    cores.give(engine)
    training = peers.workloads(engine)[workload]()
    first, *others = (seconds(training.step) for _ in range(SETTLED))
    usual = min(seconds(training.step) for _ in range(2))
    return first + sum(max(0.0, other - usual) for other in others)


def first_call_and_peak(engine: str, workload: str) -> tuple[float, float]:
    """Also the MB that training takes: weights, data, gradients, state and what a step needs.

    All that is loaded and compiled along the way was loaded by a first training, long gone; the
    first steps, in which a compiler looks on, are over.
    """
    first = first_call(engine, workload)
    forget_peak()
    before = held_mb()
    training = peers.workloads(engine)[workload]()
    for _ in range(SETTLED):
        training.step()
    forget_peak()
    for _ in range(training.steps):
        training.step()
    return first, peak_mb() - before


def with_peak(function: Callable[..., Any], *args: Any) -> tuple[Any, float]:
    """(what it returned, MB above the start)"""
    forget_peak()
    before = held_mb()
    return function(*args), peak_mb() - before
