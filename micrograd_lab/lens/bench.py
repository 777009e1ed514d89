"""A scalar engine on the test bench: make a node, read it, compare it with what is right."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, ClassVar

from micrograd_lab.lens.experiment import Experiment
from micrograd_lab.lens.naming import number


class NotYetError(Exception):
    """What a check builds on is not right yet."""


@dataclass(frozen=True)
class Bench:
    """What the checks ask of an engine; TensorBench answers the same for tensors."""

    make: Callable[[float], Any]
    names: dict[str, str]

    summed: ClassVar[str] = ""  # what makes one number of a result

    def data(self, node: Any) -> float:
        return float(getattr(node, self.names["data"]))

    def grad(self, node: Any) -> float:
        held = getattr(node, self.names["grad"])
        return 0.0 if held is None else float(held)

    def clear(self, node: Any) -> None:
        setattr(node, self.names["grad"], 0.0)

    def like(self, x: float) -> float:
        return x

    def total(self, node: Any) -> Any:
        return node

    def loss(self, root: Any) -> Any:
        return root

    def backward(self, root: Any, again: bool = False) -> None:
        root.backward()

    def same(self, found: float, expected: float) -> bool:
        return close(found, expected)

    def needs(self, name: str, remark: str) -> bool:
        return False

    def unwritten(self, error: Exception) -> bool:
        """Whether an error in backward() says that it is still to be written."""
        return False

    def lacks(self, error: Exception) -> bool:
        """Whether an error says that an op is not there, rather than that it is wrong."""
        absent = (AttributeError, TypeError, AssertionError, NotImplementedError)
        return isinstance(error, absent)

    def differs(self, experiment: Experiment) -> str:
        """What is wrong with the engine's answers, in words; empty if nothing is."""
        expected, root = experiment.reference()
        root.backward()
        inputs, top = experiment.run(self.make)
        if not close(self.data(top), root.data):
            return f"the result is {number(self.data(top))}, not {number(root.data)}"
        top.backward()
        wrong = [
            f"{name}.grad is {number(self.grad(mine))}, not {number(right.grad)}"
            for name, mine, right in zip(experiment.names, inputs, expected, strict=False)
            if not close(self.grad(mine), right.grad)
        ]
        return " and ".join(wrong)


def said(error: Exception) -> str:
    """An error in one line."""
    return f"{type(error).__name__}: {' '.join(str(error).split())}"[:90]


def close(a: float, b: float, tolerance: float = 1e-5) -> bool:
    """The same up to rounding, also in single precision; a NaN is close to nothing."""
    return abs(a - b) <= tolerance * max(1.0, abs(a), abs(b))
