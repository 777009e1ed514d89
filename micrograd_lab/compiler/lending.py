"""Gradients that are left in `p.grad`: written again by the next call, unless somebody has kept them.

In eager mode each backward makes new arrays.  A program writes to the same memory each time; so it
looks, before it runs, whether more names than its own lead there, and moves on if they do.
"""

from collections.abc import Callable
from operator import gt
from sys import getrefcount
from typing import Any

import numpy as np

from micrograd_lab.compiler.part import Part
from micrograd_lab.tensor import Tensor, wrap


class Lending:
    """The gradients that a program leaves behind, and who else has them."""

    def __init__(self, leaves: list[Tensor], part: Part) -> None:
        self.leaves, self.part = leaves, part
        self.renew()

    def renew(self) -> None:
        """New tensors, which nobody has."""
        self.grads = [wrap(np.empty(0)) for _ in self.leaves]
        self.watched: list[Any] = []
        self.usual: list[int] = []
        self.steady = False  # all of them are in the arena: the same arrays in each call
        self.there = alike(self.leaves, self.grads)

    def leave(self, arrays: Any) -> None:
        """Put the gradients of a call where they belong."""
        for leaf, grad, array in zip(self.leaves, self.grads, arrays):  # noqa: B905  strict costs
            grad.array = array
            leaf._grad = grad

    def count(self) -> None:
        """Look up how many references there are, while nobody else can have one."""
        arena = self.part.arena
        lent = [] if arena is None else [g.array for g in self.grads if g.array.base is arena]
        self.steady = len(lent) == len(self.grads)
        self.watched = [*self.grads, *lent, *([arena] if lent else [])]
        del lent, arena
        self.usual = [*map(getrefcount, self.watched)]

    def make_way(self) -> bool:
        """Before the next call writes: what somebody has kept stays as it is.

        True if the gradients need not be put in their places, as they still are there.
        """
        counts = [*map(getrefcount, self.watched)]
        there = self.there()
        if there and counts == self.usual:
            return self.steady
        own = len(self.grads)
        for k, (leaf, grad) in enumerate(zip(self.leaves, self.grads, strict=True)):
            if self.watched and leaf.grad is not grad:
                counts[k] += 1  # that one reference is gone; what is above it is somebody's
        if any(map(gt, counts, self.usual)):
            if any(map(gt, counts[own:], self.usual[own:])):  # the memory itself
                self.part.bind()
            else:
                for grad in self.grads:
                    grad.array = grad.array.copy()
            self.renew()
        return False


def alike(leaves: list[Tensor], grads: list[Tensor]) -> Callable[[], bool]:
    """A function that says whether each leaf still has its gradient; as in guard.py, one expression."""
    names = [(f"leaf{k}", f"grad{k}") for k in range(len(leaves))]
    claims = " and ".join(f"{leaf}._grad is {grad}" for leaf, grad in names)
    given = ", ".join(name for pair in names for name in pair)
    made: Callable[[], bool] = eval(f"lambda {given}: lambda: {claims or True}")(
        *(x for pair in zip(leaves, grads, strict=True) for x in pair)
    )
    return made
