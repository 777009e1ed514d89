"""What the machine can do at most, measured; and what each workload asks of it at least, counted.

A step can take no less than its products at the speed of the best product, and no less than its
reads and writes at the speed of memory.  The share of the limit is that time / the time taken.
"""

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from benchmarks import cores

Shapes = list[tuple[int, int, int]]


@dataclass(frozen=True)
class Machine:
    """Bytes and multiply-or-adds a second."""

    triad: float
    sgemm: float

    def best(self, other: "Machine") -> "Machine":
        """Of two measurements the faster: the slower one was disturbed."""
        return Machine(max(self.triad, other.triad), max(self.sgemm, other.sgemm))

    def least_seconds(self, workload: str) -> float | None:
        """No engine can do that workload's step in less; None where that says nothing."""
        if workload not in NEEDS:
            return None
        flops, traffic = NEEDS[workload]
        return max(flops / self.sgemm, traffic / self.triad)


def best_of(times: int, work: Callable[[], object]) -> float:
    """Seconds of the fastest run: what the machine can do when it is left alone."""
    seconds = []
    for _ in range(times):
        started = time.perf_counter()
        work()
        seconds.append(time.perf_counter() - started)
    return min(seconds)


def measure(n: int = 4_000_000, side: int = 1536) -> Machine:
    """Two arrays as long as those of T5 read and one written, each thread its share; a large product."""
    a, b, c = (np.ones(n, np.float32) for _ in range(3))
    parts = np.array_split(np.arange(n), cores.threads())
    slices = [slice(part[0], part[-1] + 1) for part in parts]
    with ThreadPoolExecutor(len(slices)) as pool:  # NumPy lets go of the interpreter meanwhile
        add = lambda where: np.add(b[where], c[where], out=a[where])
        triad = best_of(20, lambda: list(pool.map(add, slices)))
    x, y, z = (np.ones((side, side), np.float32) for _ in range(3))
    product = best_of(5, lambda: np.dot(x, y, out=z))
    return Machine(3 * a.nbytes / triad, 2 * side**3 / product)


def products(batch: int, *sizes: int) -> Shapes:
    """Of an MLP forward and back, (m, k, n) each; nobody asks for the gradient of its inputs."""
    pairs = list(pairwise(sizes))
    forward = [(batch, a, b) for a, b in pairs]
    weights = [(b, batch, a) for a, b in pairs]
    return forward + weights + [(batch, b, a) for a, b in pairs[1:]]


def layers(*sizes: int) -> float:
    """Multiplies and adds of those products."""
    return 2 * sum(m * k * n for m, k, n in products(*sizes))


def product_seconds(workload: str) -> float | None:
    """What NumPy's BLAS takes for a workload's products alone; None where they are not the bulk."""
    if workload not in PRODUCTS:
        return None
    operands = [
        tuple(np.ones(shape, np.float32) for shape in ((m, k), (k, n), (m, n)))
        for m, k, n in PRODUCTS[workload]
    ]
    return best_of(7, lambda: [np.dot(a, b, out=c) for a, b, c in operands])


def optimised(parameters: float, optimizer: str) -> float:
    """Each parameter is read and written, and with Adam both of its averages; 4 bytes each."""
    return 4 * parameters * {"SGD": 2, "Adam": 6}[optimizer]


def transformer() -> tuple[float, float]:
    tokens, width, words = 16 * 64, 128, 65
    weights = 12 * width * width + words * width
    attention = 2 * 3 * tokens * 64 * width * 2 / 2  # two products, of which half is masked
    return 2 * 3 * tokens * weights + attention, optimised(weights + (words + 64) * width, "Adam")


def recurrence(gates: int) -> tuple[float, float]:
    """50 steps of 32 x 128: two products forward, three back."""
    one = 2 * 32 * 128 * 128 * gates
    return 50 * 5 * one, optimised(2 * 128 * 128 * gates, "SGD") + 2 * 4 * 50 * 32 * 128


PRODUCTS = {  # those that are mostly products of matrices
    "T2": products(64, 784, 256, 128, 10),
    "T3": products(512, 784, 1024, 1024, 10),
    "T10": [*products(256, 128, 10_000), (256, 10_000, 128)],
}

MLP2 = 784 * 256 + 256 * 128 + 128 * 10
MLP3 = 784 * 1024 + 1024 * 1024 + 1024 * 10
CONV = 2 * 64 * (2 * 28 * 28 * 16 * 9 + 3 * 14 * 14 * 32 * 16 * 9 + 3 * 1568 * 10)

NEEDS: dict[str, tuple[float, float]] = {  # multiplies and adds of its products; bytes, at least
    "T1": (layers(100, 2, 16, 16, 1), optimised(337, "SGD") + 4 * 100 * 3),
    "T2": (layers(64, 784, 256, 128, 10), optimised(MLP2, "Adam") + 4 * 64 * 784),
    "T3": (layers(512, 784, 1024, 1024, 10), optimised(MLP3, "Adam") + 4 * 512 * 784),
    "T4": (CONV, optimised(20_490, "SGD") + 4 * 64 * 28 * 28),
    "T5": (0, 6 * 4 * 4_000_000),  # x, w, b are read and their gradients written
    "T6a": (0, 2 * 4 * 4096 * 1000),
    "T6b": (0, 3 * 4 * 8192 * 512),  # x and g are read, the gradient of x is written
    "T7": transformer(),
    "T8": recurrence(1),
    "T9": recurrence(4),
    "T10": (3 * 2 * 256 * 128 * 10_000, optimised(2 * 128 * 10_000, "SGD")),
}
