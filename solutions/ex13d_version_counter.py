"""Exercise 13d · Memory with a version                             difficulty 2 of 3 · 20 minutes

backward() needs numbers from the forward pass.  An engine does not copy them: it keeps the very
array, and the version it had.  If the version has moved on, the numbers are gone, and it refuses
rather than compute with others.  Write such a memory:

    w.version             how often this memory was changed; 0 at first
    w.add_(other)         changes the memory in place, counts up by 1, returns w
    w.rows(start, stop)   some of the rows: the same memory, so the same counter
    w.detach()            the whole again: the same memory, so the same counter
    w.clone()             a copy: its own memory, its own counter, from 0
    w.save()              a function of no arguments; called later, it returns the array itself (no
                          copy), or raises RuntimeError if the memory has been changed since save()

    >>> w = Watched(np.array([[1.0, 2.0], [3.0, 4.0]]))
    >>> top = w.rows(0, 1)
    >>> early = w.save()
    >>> top.add_(10).data
    array([[11., 12.]])
    >>> w.version, top.version            # one memory, one count
    (1, 1)
    >>> early()
    Traceback (most recent call last):
    RuntimeError: saved at version 0, now at version 1
    >>> late = w.save()
    >>> late()
    array([[11., 12.],
           [ 3.,  4.]])

Check your work with  micrograd-lab check ex13d,  or  check("ex13d")  in a notebook.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np


class Watched:
    """An array, and the counter that all who share its memory share."""

    def __init__(self, data: np.ndarray, counter: list[int] | None = None) -> None:
        self.data = data
        self.counter = [0] if counter is None else counter  # a list, because it can be shared

    @property
    def version(self) -> int:
        return self.counter[0]

    def add_(self, other: float | np.ndarray) -> Watched:
        ### BEGIN SOLUTION: change the memory itself, and count
        self.data += other
        self.counter[0] += 1
        return self
        ### END SOLUTION

    def rows(self, start: int, stop: int) -> Watched:
        ### BEGIN SOLUTION: a slice is the same memory
        return Watched(self.data[start:stop], self.counter)
        ### END SOLUTION

    def detach(self) -> Watched:
        ### BEGIN SOLUTION: the same memory
        return Watched(self.data, self.counter)
        ### END SOLUTION

    def clone(self) -> Watched:
        ### BEGIN SOLUTION: another memory
        return Watched(self.data.copy())
        ### END SOLUTION

    def save(self) -> Callable[[], np.ndarray]:
        ### BEGIN SOLUTION: remember the version, and compare later
        then = self.version

        def open_it() -> np.ndarray:
            if self.version != then:
                raise RuntimeError(f"saved at version {then}, now at version {self.version}")
            return self.data

        return open_it
        ### END SOLUTION
