"""How many cores an engine may use: the same number for every library, set before any is loaded."""

import os

from benchmarks.aims import OURS

LIBRARIES = (
    "OMP_NUM_THREADS",  # PyTorch
    "OPENBLAS_NUM_THREADS",  # NumPy, and with it ours, HIPS autograd and MyGrad
    "MKL_NUM_THREADS",
    "NUMBA_NUM_THREADS",
    "CPU_COUNT",  # tinygrad
)


def available() -> list[int]:
    """The cores that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return sorted(os.sched_getaffinity(0))
    return list(range(os.cpu_count() or 1))


def use(threads: int) -> None:
    """This process and its children run on that many cores, and every library is told so.

    Call it before NumPy is loaded: most libraries look once.
    """
    cores = available()[-threads:]  # the first core has the machine's own errands to do
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, cores)
    os.environ |= dict.fromkeys(LIBRARIES, str(threads))
    os.environ |= {
        "XLA_FLAGS": f"--xla_cpu_multi_thread_eigen={str(threads > 1).lower()}",  # JAX
        "JAX_PLATFORMS": "cpu",
        "DEV": "CPU",  # tinygrad
        "OPENBLAS_THREAD_TIMEOUT": "4",  # idle workers sleep soon, and leave the core to the next
    }


def threads() -> int:
    """How many were chosen; 1 if nobody chose."""
    return int(os.environ.get("OMP_NUM_THREADS", "1"))


def give(engine: str) -> None:
    """All of them to one engine: ours makes one pool of them, the others have NumPy's BLAS back."""
    if threads() == 1:
        return
    from threadpoolctl import threadpool_limits

    import micrograd_lab

    micrograd_lab.set_num_threads(threads() if engine in OURS else 1)
    if engine not in OURS:
        threadpool_limits(threads(), user_api="blas")
