"""A graph of Values, recorded once and run again with other numbers, a thousand times as fast.

Building a node costs Python a microsecond, its arithmetic takes a nanosecond.  A tape keeps what
the nodes were made of, in arrays, and a run is one loop over them.
"""

import warnings
from collections.abc import Iterable, Mapping
from functools import cache
from importlib.util import find_spec
from typing import Any

from micrograd_lab.errors import LabError, NotANodeError, NotANumberError, SizeError
from micrograd_lab.scalar.domain import as_number, name, short
from micrograd_lab.scalar.program import record
from micrograd_lab.scalar.value import Value


class Tape:
    """A graph as a program: run it forward and backward with other numbers in its leaves.

        w, x = Value(0.5), Value(2.0)
        tape = Tape((w * x - 3) ** 2, [w])        # the graph is built once, as ever
        for _ in range(100):
            tape.run()                            # forward and backward
            tape.numbers -= 0.1 * tape.gradients
        tape.store()                              # w.data is 1.5 now

    The second argument names the leaves that may change, `model.parameters()` for instance, in the
    order of `numbers` and `gradients`; by default all, as topological_order finds them.  The others
    become constants.  Afterwards the tape has no need of the graph.

    A run gives the bits, and the errors, that building the graph anew would give.  (Where more than
    one op fails, which of them is named may differ.)  relu, abs, max and min decide anew at each run.
    Python's own `if` does not: the tape holds the branch that was taken while the graph was built;
    `taped` has a check for that.

    Raises NotANodeError for a root that is no Value or a leaf that is none, SizeError for one twice.
    """

    def __init__(self, root: Value, leaves: Iterable[Value] | None = None) -> None:
        import numpy as np

        self.program, self.leaves = record(root, leaves)
        self.value: float = root.data  # the result of the last run that came to its end
        self._place = {leaf: i for i, leaf in enumerate(self.leaves)}
        self._x = self.program.start.copy()
        self._grad = np.zeros_like(self._x)
        self._slopes = np.empty((2, len(self.program.op)))  # the local gradients: left, right

    @property
    def numbers(self) -> Any:
        """What is in the leaves, float64 (leaves,): write into it, then run."""
        return self._x[: len(self.leaves)]

    @numbers.setter
    def numbers(self, values: Any) -> None:
        self.numbers[:] = self._row(values)

    @property
    def gradients(self) -> Any:
        """d(root)/d(leaf) of the last run, float64 (leaves,); 0 before it.  The next one overwrites it."""
        return self._grad[: len(self.leaves)]

    def grad(self, leaf: Value) -> float:
        """d(root)/d(leaf) of the last run."""
        return float(self.gradients[self._index(leaf)])

    def run(self, values: Any = None) -> float:
        """Forward and backward; returns the root's number.

        values: {leaf: number}, where the others keep theirs, or one number per leaf, or None for
        what is in `numbers`.  Gradients are fresh each time: nothing is added up over runs.
        Raises what the ops raise on Values; then all stands as after the run before.
        """
        if values is not None:
            before = self.numbers.copy()
            self.numbers = values
        try:
            self.value = self._play(self._grad)
        except LabError:
            if values is not None:
                self.numbers[:] = before
            raise
        return self.value

    def rows(self, values: Any) -> tuple[Any, Any]:
        """The same program over many rows of numbers: (roots, gradients), (N,) and (N, leaves).

        values: (N, leaves), or {leaf: a number or N of them}, where the others keep theirs.  The
        tape's own numbers, value and gradients stay as they are.
        """
        import numpy as np

        table = self._table(values)
        roots, gradients = np.empty(len(table)), np.empty(table.shape)
        before, grad, k = self.numbers.copy(), np.zeros_like(self._grad), 0
        fast, p = _interpreter(), self.program
        try:
            if fast is not None:
                arrays = (p.op, p.left, p.right, self._x, *self._slopes)
                k, stop = fast.rows(*arrays, p.root, grad, table, roots, gradients)
                if k < len(table):
                    p.fail(stop, self._x)
                return roots, gradients
            for k, row in enumerate(table):
                self.numbers[:] = row
                roots[k], gradients[k] = self._play(grad), grad[: len(row)]
            return roots, gradients
        except LabError as error:
            error.add_note(f"(in row {k} of the {len(table)})")
            raise
        finally:
            self.numbers[:] = before

    def store(self) -> None:
        """Put numbers and gradients into the leaves, as if they had been trained themselves."""
        for leaf, number, gradient in zip(self.leaves, self.numbers, self.gradients, strict=True):
            leaf.data, leaf.grad = float(number), float(gradient)

    def __repr__(self) -> str:
        return f"Tape({len(self.leaves)} leaves, {len(self.program.op)} ops, value={self.value!r})"

    def _play(self, grad: Any) -> float:
        """One run, of what is in the slots."""
        p, x, fast = self.program, self._x, _interpreter()
        if fast is not None:
            stop = fast.forward(p.op, p.left, p.right, x, *self._slopes)
            if stop < len(p.op):
                p.fail(stop, x)
            fast.backward(p.left, p.right, *self._slopes, p.root, grad)
            return float(x[p.root])
        nodes = p.replay(x)
        nodes[p.root].backward()
        grad[:] = [node.grad for node in nodes]
        return nodes[p.root].data

    def _index(self, leaf: Any) -> int:
        if isinstance(leaf, Value) and leaf in self._place:
            return self._place[leaf]
        found = name(leaf) if isinstance(leaf, Value) else short(leaf)
        raise NotANodeError(
            f"Tape: {found} is not one of the {len(self.leaves)} leaves of this tape; the others "
            "are constants, as they were when the tape was made."
        )

    def _row(self, values: Any) -> Any:
        """One number per leaf."""
        if isinstance(values, Mapping):
            row = self.numbers.copy()
            for leaf, number in values.items():
                row[self._index(leaf)] = as_number(number)
            return row
        row = floats(values)
        if row.shape != self.numbers.shape:
            raise SizeError(
                f"Tape: numbers of shape {row.shape} for {len(self.leaves)} leaves; give one each."
            )
        return row

    def _table(self, values: Any) -> Any:
        """One row of numbers per run."""
        import numpy as np

        if isinstance(values, Mapping):
            columns = {self._index(leaf): floats(column) for leaf, column in values.items()}
            sizes = sorted({column.shape for column in columns.values() if column.shape})
            if len(sizes) != 1 or len(sizes[0]) != 1:
                raise SizeError(
                    f"Tape.rows: columns of shapes {', '.join(map(str, sizes)) or '()'}; "
                    "give each leaf N numbers or one, and N to one at least."
                )
            table = np.tile(self.numbers, (*sizes[0], 1))
            for i, column in columns.items():
                table[:, i] = column
            return table
        table = np.ascontiguousarray(floats(values))
        if table.ndim != 2 or table.shape[1] != len(self.leaves):
            raise SizeError(
                f"Tape.rows: a table of shape {table.shape} for {len(self.leaves)} leaves; "
                f"give (N, {len(self.leaves)})."
            )
        return table


def floats(values: Any) -> Any:
    """An array of float64 from what may become one without a guess."""
    import numpy as np

    try:
        array = np.asarray(values)
    except ValueError:  # rows of different lengths
        array = np.empty(0, object)
    if array.dtype.kind not in "biuf":
        raise NotANumberError(f"Tape: {short(values)} is not an array of real numbers.")
    return array.astype(np.float64, copy=False)


@cache
def _interpreter() -> Any:
    """The compiled loop, or None where there is no Numba; then the tape runs on Values."""
    from micrograd_lab.kernels.swift import switched_on

    if switched_on():
        from micrograd_lab.kernels import interpreter

        return interpreter
    if find_spec("numba") is None:
        warnings.warn(
            "Tape: without Numba it builds the graph anew at each run, which is right and slow: "
            "pip install numba",
            stacklevel=2,
        )
    return None
