"""A small program of ops on whole arrays, which shrinks in its lines, its shapes and its numbers."""

import random
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any, ClassVar

import numpy as np

import micrograd_lab.methods  # noqa: F401  (makes ops methods of a Tensor)
from micrograd_lab.errors import LabError, ShapeError
from micrograd_lab.lens.experiment import OPS, Argument, Experiment, Line, bracketed
from micrograd_lab.lens.naming import number
from micrograd_lab.tensor import Tensor


def _along(name: str) -> Callable[[Any], Any]:
    """A reduction over the first axis: NumPy says axis, PyTorch says dim."""

    def reduced(a: Any) -> Any:
        try:
            return getattr(a, name)(axis=0)
        except TypeError:
            return getattr(a, name)(dim=0)

    return reduced


def _of_matrices(f: Callable[..., Any]) -> Callable[..., Any]:
    """An op that is asked for matrices only: with vectors engines may do as they please."""

    def checked(*args: Any) -> Any:
        if any(isinstance(x, Tensor) and x.ndim != 2 for x in args):
            raise ShapeError("this is tried on matrices only")
        return f(*args)

    return checked


TENSOR_OPS: dict[str, tuple[str, Callable[..., Any]]] = OPS | {
    "@":        ("{} @ {}",          _of_matrices(lambda a, b: a @ b)),
    "sum":      ("{}.sum()",         lambda a: a.sum()),
    "mean":     ("{}.mean()",        lambda a: a.mean()),
    "sum_axis": ("{}.sum(axis=0)",   _of_matrices(_along("sum"))),
    "reshape":  ("{}.reshape(-1)",   lambda a: a.reshape(-1)),
    "T":        ("{}.T",             _of_matrices(lambda a: a.T)),
    "index":    ("{}[0]",            lambda a: a[0]),
}  # fmt: skip


@dataclass(frozen=True)
class TensorExperiment(Experiment):
    """Lines of ops over some arrays, which are written as nested tuples."""

    ops: ClassVar = TENSOR_OPS

    def given(self, x: Any) -> Any:
        return np.array(x) if isinstance(x, tuple) else x

    def run(self, make: Callable[[Any], Any]) -> tuple[list[Any], Any]:
        return super().run(lambda x: make(np.array(x)))

    def introduced(self, name: str, x: Any) -> str:
        """a = 3, a = [3, 4], a: 2×3"""
        array = np.array(x)
        words = " = " if array.ndim < 2 and array.size <= 4 else ": "
        return name + words + (number(array) if words == " = " else shaped(array.shape))

    def __str__(self) -> str:
        """The lines, and the upstream gradient as weights of a sum: a = [2, 3]; (a + a) · [−2, 3]."""
        text, shape = super().__str__(), self.reference()[1].shape
        if not shape:
            return text
        before, _, last = text.rpartition("; ")
        weighted = number(weights(shape)) if len(shape) == 1 and shape[0] <= 4 else "weights"
        return f"{before}; {bracketed(last)} · {weighted}"

    def reference(self) -> tuple[list[Any], Any]:
        """The same on the package's own tensors, in float64."""
        return self.run(lambda array: Tensor(array, requires_grad=True))

    def pulled_back(self, root: Any) -> Any:
        w = Tensor(weights(root.shape))
        w.label = "weights"
        loss = (root * w).sum() if root.shape else root
        loss.backward(retain_graph=True)
        return loss

    def plainer(self) -> Iterator["TensorExperiment"]:
        """An axis less, a size one smaller, rounder numbers."""
        arrays = [np.array(x) for x in self.inputs]
        for i, array in enumerate(arrays):
            if array.ndim:
                yield self._over([*arrays[:i], array[0], *arrays[i + 1 :]])
        for size in sorted({n for array in arrays for n in array.shape if n > 2}, reverse=True):
            yield self._over([a[tuple(slice(n - (n == size)) for n in a.shape)] for a in arrays])
        plain = [
            np.arange(a.size, dtype=float).reshape(a.shape) + 2 + i for i, a in enumerate(arrays)
        ]
        if not all(np.array_equal(a, b) for a, b in zip(arrays, plain, strict=True)):
            yield self._over(plain)

    def _over(self, arrays: Sequence[Any]) -> "TensorExperiment":
        return replace(self, inputs=tuple(map(nested, arrays)))


def nested(array: Any) -> Any:
    """An array as tuples of tuples, which can be compared and cannot be changed."""
    listed = array.tolist() if hasattr(array, "tolist") else array
    return tuple(map(nested, listed)) if isinstance(listed, list) else listed


def shaped(shape: tuple[int, ...]) -> str:
    """2×3; 3; () for one number."""
    return "×".join(map(str, shape)) or "()"


def weights(shape: tuple[int, ...]) -> Any:
    """The upstream gradient of a root of that shape: random, of both signs, never all ones."""
    rng = np.random.default_rng([7, *shape])
    return rng.integers(2, 9, shape) * np.resize([1.0, -1.0, -1.0], shape)


def some(*shape: int, positive: bool = False, other: bool = False) -> Any:
    """An input of that shape: quarters between 0.5 and 2, of both signs, none at a corner."""
    rng = np.random.default_rng([3, positive, other, *shape])
    signs = 1.0 if positive else np.resize([1.0, 1.0, -1.0, -1.0], shape)
    return nested(rng.integers(2, 9, shape) / 4 * signs)


POOL = ((2, 3), (3, 2), (3,), (2, 1), (1, 3), ())  # for graphs in which shapes meet
PLAIN = ((2, 3), (2, 3), (3, 2))  # for engines that do not stretch yet
LARGEST = 12  # entries
NOT_NEAR_0 = ("log", "relu", "/")  # where the last argument has to keep its distance


def tensors_at_random(
    seed: int, ops: Sequence[str], lines: int = 8, stretch: bool = True
) -> TensorExperiment:
    """A random graph over three arrays, in which every op stays near the numbers it can take.

    It has no lines if none of the ops fits the shapes.
    """
    rng = random.Random(seed)
    shapes = [rng.choice(POOL if stretch else PLAIN) for _ in range(3)]
    values = [
        np.array([round(rng.uniform(0.5, 2.0), 3) for _ in range(int(np.prod(s)))]).reshape(s)
        for s in shapes
    ]
    inputs, made = tuple(map(nested, values)), list[Line]()
    for _try in range(20 * lines):
        op = rng.choice(list(ops))
        late = max(0, len(values) - 4)  # mostly recent results, so that the graph hangs together
        args: list[Argument] = [
            rng.randrange(late, len(values)) for _ in range(TENSOR_OPS[op][0].count("{}"))
        ]
        got: list[Any] = [values[a] for a in args if isinstance(a, int)]
        if op == "**":
            args[1:], got[1:] = [2.0], [2.0]
        if (y := _defined(op, got, stretch)) is not None:
            made.append((op, tuple(args)))
            values.append(y)
        if len(made) == lines:
            break
    return TensorExperiment(inputs, tuple(made)).pruned()


def _defined(op: str, got: list[Any], stretch: bool) -> Any:
    """What the op gives, if it is defined there and neither large nor at a corner; else None."""
    near = op in NOT_NEAR_0 and np.abs(got[-1]).min() < 0.05
    if near or (op == "log" and got[0].min() < 0):
        return None
    if not stretch and op in "+-*/" and got[0].shape != got[-1].shape:
        return None
    try:
        args = (Tensor(x) if isinstance(x, np.ndarray) else x for x in got)
        y = np.asarray(TENSOR_OPS[op][1](*args).array)
    except (LabError, IndexError, TypeError, ValueError):
        return None
    fine = y.size <= LARGEST and np.isfinite(y).all() and np.abs(y).max() < 20
    return y if fine else None
