"""A product of two matrices, split among the threads: each makes some rows or columns, or sums some terms."""

from typing import Any

import llvmlite.binding
import numpy as np
import scipy.linalg.cython_blas  # noqa: F401  it has the two functions
from numba import prange, types
from numba.extending import get_cython_function_address

from micrograd_lab import threads
from micrograd_lab.kernels.jit import compiled

LARGE = 1 << 20  # multiplications; for fewer, one thread is as fast
FLOATS = (np.dtype(np.float32), np.dtype(np.float64))


def blas(name: str) -> Any:
    """A function of SciPy's BLAS, under a name by which a kernel from the cache finds it again."""
    symbol = f"micrograd_lab_{name}"
    address = get_cython_function_address("scipy.linalg.cython_blas", name)
    llvmlite.binding.add_symbol(symbol, address)
    return types.ExternalFunction(symbol, types.void(*[types.uintp] * 13))


sgemm, dgemm = blas("sgemm"), blas("dgemm")


@compiled
def multiply(a: Any, a_width: Any, a_turned: Any, b: Any, b_width: Any, b_turned: Any,
             c: Any, c_width: Any, m: Any, n: Any, k: Any, numbers: Any) -> Any:  # fmt: skip
    """c = a b at these addresses, (m, n) = (m, k) (k, n); a turned one lies there as its transpose.

    BLAS counts down the columns, so it sees each as its transpose: it is asked for cᵀ = bᵀ aᵀ.
    numbers: 1 and 0, in the dtype of the three; or other factors, of a b and of what was in c.
    """
    letter_a, letter_b = ord("t") if a_turned else ord("n"), ord("t") if b_turned else ord("n")
    small = np.array([letter_b, letter_a, n, m, k, b_width, a_width, c_width], np.int32)
    at, one = np.uintp(small.ctypes.data), np.uintp(numbers.ctypes.data)
    how_b, how_a, of_n, of_m = at, at + np.uintp(4), at + np.uintp(8), at + np.uintp(12)
    of_k, wide_b, wide_a, wide_c = (
        at + np.uintp(16), at + np.uintp(20), at + np.uintp(24), at + np.uintp(28)
    )  # fmt: skip
    zero = one + np.uintp(numbers.itemsize)
    if numbers.itemsize == 4:
        sgemm(how_b, how_a, of_n, of_m, of_k, one, b, wide_b, a, wide_a, zero, c, wide_c)
    else:
        dgemm(how_b, how_a, of_n, of_m, of_k, one, b, wide_b, a, wide_a, zero, c, wide_c)
    return small[0]  # read after the call: until then the memory of `small` is its own


@compiled
def dot_kernel(c: Any, a: Any, a_turned: bool, b: Any, b_turned: bool, numbers: Any,
               pieces: int) -> None:  # fmt: skip
    """c = a b in so many pieces: of its rows, or of its columns if it has more of those."""
    m, n = c.shape
    k = a.shape[0] if a_turned else a.shape[1]
    a_width, b_width = a.shape[1], b.shape[1]
    of_a, of_b, of_c = np.uintp(a.ctypes.data), np.uintp(b.ctypes.data), np.uintp(c.ctypes.data)
    by_rows = m >= n
    whole = m if by_rows else n
    part = ((whole + pieces - 1) // pieces + 15) // 16 * 16  # a multiple of the registers' width
    for piece in prange(pieces):
        first = min(piece * part, whole)
        some = min(part, whole - first)
        skip = first * c.itemsize
        if some > 0 and by_rows:
            multiply(of_a + np.uintp(skip * (1 if a_turned else a_width)), a_width, a_turned,
                     of_b, b_width, b_turned,
                     of_c + np.uintp(skip * n), n, some, n, k, numbers)  # fmt: skip
        elif some > 0:
            multiply(of_a, a_width, a_turned,
                     of_b + np.uintp(skip * (b_width if b_turned else 1)), b_width, b_turned,
                     of_c + np.uintp(skip), n, m, some, k, numbers)  # fmt: skip


@compiled
def dot_along_kernel(c: Any, a: Any, a_turned: bool, b: Any, b_turned: bool, numbers: Any,
                     parts: Any) -> None:  # fmt: skip
    """c = a b, for many terms: each thread sums some of them, into a part; then the parts are summed."""
    m, n = c.shape
    k = a.shape[0] if a_turned else a.shape[1]
    a_width, b_width, pieces = a.shape[1], b.shape[1], parts.shape[0]
    of_a, of_b, of_parts = (
        np.uintp(a.ctypes.data), np.uintp(b.ctypes.data), np.uintp(parts.ctypes.data)
    )  # fmt: skip
    for piece in prange(pieces):
        first, last = k * piece // pieces, k * (piece + 1) // pieces
        skip = first * c.itemsize
        multiply(of_a + np.uintp(skip * (a_width if a_turned else 1)), a_width, a_turned,
                 of_b + np.uintp(skip * (1 if b_turned else b_width)), b_width, b_turned,
                 of_parts + np.uintp(piece * parts[0].nbytes), n, m, n, last - first, numbers)  # fmt: skip
    flat = c.reshape(-1)
    for piece in prange(pieces):
        first, last = flat.size * piece // pieces, flat.size * (piece + 1) // pieces
        to = flat[first:last]
        to[:] = parts[0, first:last]
        for other in range(1, pieces):
            part = parts[other, first:last]
            for j in range(to.size):
                to[j] += part[j]


ONE_ZERO = {dtype: np.array([1, 0], dtype) for dtype in FLOATS}


def dot(a: Any, b: Any, out: Any = None) -> Any:
    """np.dot, while there is a pool of threads."""
    if a.ndim != 2 or b.ndim != 2 or a.shape[0] * b.size < LARGE or a.shape[1] != b.shape[0]:
        return np.dot(a, b, out)
    numbers = ONE_ZERO.get(a.dtype)
    a_turned, b_turned = not a.flags.c_contiguous, not b.flags.c_contiguous
    a_memory, b_memory = a.T if a_turned else a, b.T if b_turned else b
    if (
        numbers is None
        or a.dtype != b.dtype
        or not (a_memory.flags.c_contiguous and b_memory.flags.c_contiguous)
    ):
        return np.dot(a, b, out)
    c = np.empty((a.shape[0], b.shape[1]), a.dtype) if out is None else out
    how = c, a_memory, a_turned, b_memory, b_turned, numbers
    if a.shape[1] <= max(c.shape):
        dot_kernel.by_pool(*how, threads.count)
    else:
        parts = np.empty((threads.count, c.size), c.dtype)
        dot_along_kernel.by_pool(*how, parts)
    return c
