"""A function of numbers that builds its graph on the first call, and from then on runs the tape."""

import functools
from collections.abc import Callable
from typing import Any

from micrograd_lab.errors import TapeError
from micrograd_lab.scalar.domain import short
from micrograd_lab.scalar.tape import Tape, floats
from micrograd_lab.scalar.value import Value


class Taped:
    """What `taped(f)` returns: call it with numbers, or with arrays of them.

    A number reaches f as a Value, an array as nested lists of Values.  There is one tape for each
    combination of shapes; `tapes` holds them by their shapes.
    """

    def __init__(self, f: Callable[..., Any], check: bool = False) -> None:
        functools.update_wrapper(self, f)
        self.f = f
        self.check = check
        self.tapes: dict[tuple[tuple[int, ...], ...], Tape] = {}

    def __call__(self, *args: Any) -> float:
        """f of these numbers."""
        return self.value_and_grad(*args)[0]

    def value_and_grad(self, *args: Any) -> tuple[float, tuple[Any, ...]]:
        """(f of these numbers, its gradient for each argument, of the argument's shape)"""
        import numpy as np

        arrays = [floats(x) for x in args]
        shapes = tuple(x.shape for x in arrays)
        if shapes not in self.tapes:
            self.tapes[shapes] = self._trace(arrays)
        elif self.check:
            self._compare(self.tapes[shapes], self._trace(arrays))
        tape = self.tapes[shapes]
        value = tape.run(np.concatenate([x.ravel() for x in arrays] or [np.empty(0)]))
        gradients, start = [], 0
        for x in arrays:
            part = tape.gradients[start : start + x.size]
            gradients.append(part.reshape(x.shape).copy() if x.shape else float(part[0]))
            start += x.size
        return value, tuple(gradients)

    def retrace(self) -> None:
        """Forget the tapes: something that f reads besides its arguments has changed."""
        self.tapes.clear()

    def _trace(self, arrays: list[Any]) -> Tape:
        leaves: list[Value] = []

        def values(numbers: Any) -> Any:
            if isinstance(numbers, list):
                return [values(number) for number in numbers]
            leaves.append(Value(numbers))
            return leaves[-1]

        y = self.f(*(values(x.tolist()) for x in arrays))
        return Tape(y if isinstance(y, Value) else Value(y), leaves)

    def _compare(self, old: Tape, new: Tape) -> None:
        if difference := old.program.difference(new.program):
            raise TapeError(
                f"taped({short(self.f)}): with these numbers the function builds another graph than "
                f"the one on the tape: {difference}. A Python `if` or loop depends on a number, or "
                "something outside has changed. Use max, min, relu or abs, which decide at each "
                "run; or retrace(); or call the function without a tape."
            )


def taped(f: Callable[..., Any] | None = None, *, check: bool = False) -> Any:
    """A decorator: f builds its graph of Values once, and other numbers run through the tape.

        @taped
        def bowl(w, x):
            return sum((wi * xi for wi, xi in zip(w, x)), 1.0).tanh() ** 2

        bowl([0.5, -0.25], [1.0, 2.0])                    # 0.58
        bowl.value_and_grad([0.5, -0.25], [1.0, 2.0])     # and a gradient per argument

    Two things are as they were at the first call: which way a Python `if` on a number went, and
    every Value or number that f takes from outside its arguments.  check=True builds the graph at
    every call, compares it with the tape and raises TapeError where they differ: for debugging, as
    it takes as long as no tape at all.
    """
    return functools.partial(Taped, check=check) if f is None else Taped(f, check)
