"""How many threads matrix products may use: NumPy's BLAS, asked through threadpoolctl."""

import os
from typing import Any

from micrograd_lab.errors import OptionError

_chosen: list[Any] = []  # the limit that holds; it ends when it is replaced


def get_num_threads() -> int:
    """How many threads one matrix product may use."""
    from threadpoolctl import threadpool_info

    found = [pool["num_threads"] for pool in threadpool_info() if pool["user_api"] == "blas"]
    return max(found, default=os.cpu_count() or 1)


def set_num_threads(num: int) -> None:
    """Use this many from now on.  One is often fastest for small networks: threads wait for each other."""
    if not isinstance(num, int) or num < 1:
        raise OptionError(f"set_num_threads({num!r}): expected a whole number of at least 1.")
    from threadpoolctl import threadpool_limits

    _chosen[:] = [threadpool_limits(num, user_api="blas")]


FUNCTIONS = ("get_num_threads", "set_num_threads")
