"""How many threads one operation may use, and the one pool they come from.

As long as nobody asks, NumPy's BLAS multiplies matrices with as many threads as it was started with,
and all else runs in one.  Two pools on the same cores wait for each other, so set_num_threads(n)
makes one of them: BLAS keeps to the thread that calls it, and Numba's pool splits both the products
and the kernels, where they are large enough to pay.  Without Numba only BLAS is told.
"""

import os
from typing import Any

import numpy as np

from micrograd_lab.errors import OptionError

SPLIT = 1 << 15  # entries; for fewer, waking the others takes as long as the work

count = 1  # threads of the pool; 1: there is none
# Of two arrays; kernels.products.dot while there is a pool.  (np.dot looks for other kinds first.)
dot = np.ndarray.dot
_limits: list[Any] = []  # what holds for BLAS
_forked = False  # the threads of a pool do not follow into a forked process


def get_num_threads() -> int:
    """How many threads one operation may use; before set_num_threads, one matrix product."""
    from threadpoolctl import threadpool_info

    if count > 1:
        return count
    found = [pool["num_threads"] for pool in threadpool_info() if pool["user_api"] == "blas"]
    return max(found, default=os.cpu_count() or 1)


def set_num_threads(num: int) -> None:
    """Use this many from now on, for matrix products and for kernels.

    Results do not depend on who is faster: the same number of threads gives the same bits.  One
    is often fastest for small networks.  MICROGRAD_LAB_THREADS sets it at the start.
    """
    global count, dot
    if not isinstance(num, int) or num < 1:
        raise OptionError(f"set_num_threads({num!r}): expected a whole number of at least 1.")
    from threadpoolctl import threadpool_limits

    count, dot = (1, np.ndarray.dot) if num == 1 else _pool(num)
    _limits[:] = [threadpool_limits(1 if count > 1 else num, user_api="blas")]


def _pool(num: int) -> tuple[int, Any]:
    """(threads, product) of a pool with up to `num`; (1, np.ndarray.dot) if there can be none."""
    from micrograd_lab.kernels.swift import switched_on

    if _forked or not switched_on():
        return 1, np.ndarray.dot
    from micrograd_lab.kernels.pool import launch
    from micrograd_lab.kernels.products import dot as split_dot
    from micrograd_lab.kernels.shared import share

    launched = launch(num)
    if launched == 1:
        return 1, np.ndarray.dot
    share()
    return launched, split_dot


def start() -> None:
    """What MICROGRAD_LAB_THREADS asks for, if it is set."""
    asked = os.environ.get("MICROGRAD_LAB_THREADS", "")
    if not asked:
        return
    if not asked.isdecimal() or int(asked) < 1:
        raise OptionError(
            f"MICROGRAD_LAB_THREADS={asked}: expected a whole number of at least 1, or nothing."
        )
    set_num_threads(int(asked))


def _alone() -> None:
    global count, dot, _forked
    _forked = _forked or count > 1
    count, dot = 1, np.ndarray.dot


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_alone)

FUNCTIONS = ("get_num_threads", "set_num_threads")
