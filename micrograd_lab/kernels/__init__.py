"""Numba kernels: the same numbers as the ops give on NumPy, in fewer passes over memory.

The table of ops stays as it is; table.py lists which of them have a kernel.  A kernel is used for
contiguous float32 arrays that are large enough to pay for loading Numba.  Without Numba, with
NUMBA_DISABLE_JIT=1 or with MICROGRAD_LAB_KERNELS=0 everything runs on NumPy alone.
"""
