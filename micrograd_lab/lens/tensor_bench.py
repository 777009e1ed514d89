"""A tensor engine on the test bench: make a tensor, read it, pull a gradient back, compare."""

import inspect
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar

import numpy as np

from micrograd_lab.lens.adapt import NAMES
from micrograd_lab.lens.bench import NotYetError
from micrograd_lab.lens.naming import number
from micrograd_lab.lens.tensor_experiment import TensorExperiment, shaped, some, weights
from micrograd_lab.tensor import Tensor

# How an upstream gradient is brought to a root that is an array, best way first.
ROUTES: tuple[Callable[[Any, Any], Any], ...] = (
    lambda y, w: (y * w).sum(),
    lambda y, w: y * w,  # where backward() begins with ones of any shape
)
TENSORS = ("__matmul__", "sum", "shape")  # what no scalar engine has
CORE = frozenset(
    ["add", "mul", "neg", "sub", "numbers", "left", "matmul", "sum", "chain", "relu", "tanh"]
)


@dataclass
class TensorBench:
    """An engine on the test bench.  Use bench_of(engine)."""

    engine: Callable[..., Any]
    kind: type
    names: dict[str, str]
    flagged: bool  # engine(array, requires_grad=True)
    route: Callable[[Any, Any], Any] | None = field(default=None, init=False)
    tolerance: float = field(default=1e-5, init=False)

    summed: ClassVar[str] = ".sum()"

    def __post_init__(self) -> None:
        if self.array(self.make(some(2))).itemsize < 8:
            self.tolerance = 1e-3  # single precision, over graphs in which much cancels
        self.route = next((r for r in ROUTES if self._leads_back(r)), None)

    # --- make and read --------------------------------------------------------------------------

    def make(self, array: Any) -> Any:
        """A leaf that wants a gradient."""
        given = np.array(array, dtype=float)
        return self.engine(given, requires_grad=True) if self.flagged else self.engine(given)

    def constant(self, array: Any) -> Any:
        """A leaf that wants none, where the engine can say so; else one that does."""
        leaf = self.engine(np.array(array, dtype=float))
        wanted = not self.flagged and getattr(leaf, "requires_grad", False)
        return leaf.detach() if wanted and hasattr(leaf, "detach") else leaf

    def array(self, node: Any) -> Any:
        """What a tensor holds, in its own memory if it can be had."""
        return _array(node)

    def data(self, node: Any) -> Any:
        return _plain(self.array(node))

    def held(self, node: Any) -> Any:
        """The gradient as the engine keeps it, as an array; None if there is none."""
        held = getattr(node, self.names["grad"])
        return None if held is None else _array(held)

    def grad(self, node: Any) -> Any:
        """The gradient; 0 if there is none."""
        held = self.held(node)
        return 0.0 if held is None else _plain(held)

    def clear(self, node: Any) -> None:
        """The gradient becomes what a new leaf has, None or zeros."""
        name = self.names["grad"]
        try:
            setattr(node, name, getattr(self.make(self.data(node)), name))
        except AttributeError:  # MyGrad has a method for it
            node.null_grad()

    def like(self, x: Any) -> Any:
        """A small array of that number."""
        return np.full(2, x)

    # --- pull back ------------------------------------------------------------------------------

    def backward(self, root: Any, again: bool = False) -> None:
        """root.backward(); PyTorch frees a graph unless told that it is needed `again`."""
        if again and _takes(root.backward, "retain_graph"):
            root.backward(retain_graph=True)
        else:
            root.backward()

    def loss(self, y: Any, upstream: Any = None) -> Any:
        """One number whose backward() brings that upstream gradient to y; NotYetError if none does."""
        if self.data(y).shape == () and upstream is None:
            return y
        if self.route is None:
            raise NotYetError
        w = weights(self.data(y).shape) if upstream is None else upstream
        return self.route(y, self.make(w))

    def loss_weights(self, y: Any) -> Any:
        """The upstream gradient that loss(y) brings to y."""
        shape = self.data(y).shape
        return weights(shape) if shape else np.ones(())

    def total(self, y: Any) -> Any:
        return y.sum()

    def _leads_back(self, route: Callable[[Any, Any], Any]) -> bool:
        w = weights((2, 3))
        try:
            x = self.make(some(2, 3))
            y = x * self.make(np.ones((2, 3)))
            self.backward(route(y, self.make(w)))
            return same(self.grad(x), w)
        except Exception:  # half an engine: perhaps the other route leads
            return False

    # --- judge --------------------------------------------------------------------------------

    def same(self, found: Any, expected: Any) -> bool:
        return same(found, expected, self.tolerance)

    def needs(self, name: str, remark: str) -> bool:
        """No engine is without the core, and nobody writes a stub for what is not wanted."""
        return name in CORE or "NotImplementedError" in remark

    def unwritten(self, error: Exception) -> bool:
        return isinstance(error, NotImplementedError)

    def lacks(self, error: Exception) -> bool:
        """Whether an error says that an op is not there, rather than that it is wrong."""
        if isinstance(error, AttributeError):
            return isinstance(error.obj, self.kind)
        return isinstance(error, (NotImplementedError, TypeError))

    def differs(self, program: TensorExperiment, ones: bool = False) -> str:
        """What is wrong with the engine's answers, in words; empty if nothing is."""
        expected, root = program.reference()
        upstream = np.ones(root.shape) if ones else weights(root.shape) if root.shape else None
        root.backward(None if upstream is None else Tensor(upstream))
        inputs, top = program.run(self.make)
        if isinstance(top, (np.ndarray, np.generic, float)):  # NumPy took it over
            return f"the result is of type {type(top).__name__}, not {self.kind.__name__}"
        told = difference("the result", self.data(top), root.array, self.tolerance)
        if told:
            return told
        before = [self.data(x) for x in inputs]
        self.backward(self.loss(top, upstream))
        wrong = [
            difference(f"{name}.grad", self.held(mine), _plain(right.grad.array), self.tolerance)
            for name, mine, right in zip(program.names, inputs, expected, strict=False)
            if right.grad is not None
        ]
        return " and ".join(filter(None, [*wrong, *self.changed(program.names, inputs, before)]))

    def changed(
        self, names: Sequence[str], inputs: Sequence[Any], before: Sequence[Any]
    ) -> Iterator[str]:
        """Which inputs no longer hold the data that they had before, in words."""
        for name, x, old in zip(names, inputs, before, strict=False):
            if not np.array_equal(self.data(x), old):
                yield f"backward() changes the numbers of {name}"


def bench_of(engine: Any) -> TensorBench | None:
    """A bench for a tensor engine; None for anything else.

    A tensor engine keeps an array as it is given, and knows sums, shapes or products of matrices.
    """
    given = np.array([1.0, 2.0])
    for flags in ({"requires_grad": True}, {}):
        try:
            leaf = engine(given, **flags)
            names = {
                what: next(name for name in NAMES[what] if hasattr(leaf, name))
                for what in ("data", "grad")
            }
            kept = _array(leaf)
        except Exception:  # a scalar engine may do anything with an array
            continue
        if kept.shape == (2,) and any(hasattr(leaf, name) for name in TENSORS):
            return TensorBench(engine, type(leaf), names, bool(flags))
    return None


def difference(name: str, found: Any, expected: Any, tolerance: float) -> str:
    """b.grad has shape 2×3, not 3; a.grad[0, 1] is 3, not 6; empty if there is none."""
    zero = np.ndim(found) == 0 and np.ndim(expected) > 0 and not found  # as engines begin with
    if found is None or zero:
        return f"{name} is {number(found)}, not {_listed(expected)}"
    if np.shape(found) != np.shape(expected):
        return f"{name} has shape {shaped(np.shape(found))}, not {shaped(np.shape(expected))}"
    if same(found, expected, tolerance):
        return ""
    if np.ndim(found) == 0 or (np.size(found) <= 4 and np.ndim(found) == 1):
        return f"{name} is {number(found)}, not {number(expected)}"
    wrong = (i for i in np.ndindex(np.shape(found)) if not same(found[i], expected[i], tolerance))
    i = next(wrong)
    place = ", ".join(map(str, i))
    return f"{name}[{place}] is {number(found[i])}, not {number(expected[i])}"


def same(found: Any, expected: Any, tolerance: float = 1e-5) -> bool:
    """One shape, and the same numbers up to rounding; a NaN is the same as nothing."""
    if np.shape(found) != np.shape(expected):
        return False
    with np.errstate(all="ignore"):
        near = np.abs(found - expected) <= tolerance * np.maximum(1, np.abs(expected))
    return bool(np.all(near))


def _listed(x: Any) -> str:
    return number(x) if np.ndim(x) < 2 and np.size(x) <= 4 else f"an array {shaped(np.shape(x))}"


def _array(held: Any) -> Any:
    """An array, or what is an array in the end: a tensor's data, a gradient that is a tensor."""
    while not isinstance(held, (np.ndarray, np.generic, float, int)):
        data = next((name for name in NAMES["data"] if hasattr(held, name)), None)
        inner = getattr(held, data) if data else None
        if inner is None or callable(inner):  # tinygrad's data is a method
            return np.asarray(held.numpy() if hasattr(held, "numpy") else held)
        if type(inner) is type(held):  # PyTorch's is a tensor without a history
            return np.asarray(inner)
        held = inner
    return np.asarray(held)


def _plain(x: Any) -> Any:
    """A copy in double precision."""
    return np.array(x, dtype=float)


def _takes(function: Any, argument: str) -> bool:
    try:
        return argument in inspect.signature(function).parameters
    except (TypeError, ValueError):
        return False
