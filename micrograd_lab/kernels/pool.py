"""Numba's pool of threads, which serves one caller at a time."""

from threading import Lock, local
from typing import Any

import numba
from numba.np.ufunc import parallel

from micrograd_lab import threads

_taken = Lock()
_here = local()  # Numba keeps for each thread of Python how many of the pool it may use


def launch(num: int) -> int:
    """Start the pool, of which `num` will be used, or all if there are fewer: how many that is."""
    parallel._launch_threads()  # a kernel from the cache does not, and would find none
    return min(num, int(numba.config.NUMBA_NUM_THREADS))


def blocks(x: Any) -> int:
    """In how many parts to sum over x: as many as threads will share it, whoever is faster."""
    return threads.count if x.size >= threads.SPLIT else 1


class Split:
    """A kernel with a prange, in two compilations: the iterations in order, or shared by the pool."""

    def __init__(self, in_order: Any, shared: Any) -> None:
        self.in_order, self.shared = in_order, shared
        self.__name__ = in_order.__name__

    def __call__(self, first: Any, *others: Any) -> Any:
        """Shared if there is a pool, and the first array is large enough."""
        if blocks(first) == 1:
            return self.in_order(first, *others)
        return self.by_pool(first, *others)

    def by_pool(self, *args: Any) -> Any:
        """Shared, unless another thread of Python has the pool: then it is not worth waiting."""
        if threads.count == 1 or not _taken.acquire(blocking=False):
            return self.in_order(*args)
        try:
            if getattr(_here, "count", 0) != threads.count:
                _here.count = threads.count
                numba.set_num_threads(threads.count)
            return self.shared(*args)
        finally:
            _taken.release()
