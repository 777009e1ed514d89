"""One recorded call: the program it followed, what it returned, and what it relied on."""

from typing import Any

import numpy as np

from micrograd_lab.compiler.backward import own, walk
from micrograd_lab.compiler.program import Program, Var
from micrograd_lab.compiler.signature import tensors_of
from micrograd_lab.compiler.trace import Read, Recorder
from micrograd_lab.compiler.watching import recording
from micrograd_lab.engine import mode
from micrograd_lab.tensor import Tensor, wrap

CONSTANT = object()


class Capture:
    """See capture()."""

    def __init__(
        self, recorder: Recorder, result: Any, arguments: list[tuple[str, Tensor]]
    ) -> None:
        self.recorder = recorder
        self.result = result
        self.arguments = [x.array for _, x in arguments]
        self.names = [name for name, _ in arguments]
        self.modules = dict(recorder.modules)
        self.leaves: list[Any] = []  # (Var or CONSTANT, value) of what is returned
        self.tree: Any = None
        self.back: Backward | None = None
        self.direct = False  # the arguments are tensors, and nothing else

    @property
    def program(self) -> Program:
        return self.recorder.program

    @property
    def refusal(self) -> str:
        return self.recorder.refusal

    def results_differ(self, other: "Capture") -> str:
        """Why other's result is not made as this one's was."""
        if repr(self.tree) != repr(other.tree):
            return f"it returned {self.tree!r:.60}, then {other.tree!r:.60}"
        return ""

    def same_arguments(self, other: "Capture") -> bool:
        """Whether there are arguments, and they held the same numbers both times."""
        return bool(self.arguments) and all(
            a is b or np.array_equal(a, b)
            for a, b in zip(self.arguments, other.arguments, strict=True)
        )

    def forget(self) -> None:
        """Arrays that only the recording needed."""
        self.recorder.known.clear()
        self.recorder.alive.clear()
        self.result = None


class Backward:
    """For a function that is differentiated by others: which steps are its backward."""

    def __init__(self, first: int, outputs: list[int], inputs: list[Any], grads: list[Var]) -> None:
        self.first = first  # the number of the first step that belongs to it
        self.outputs = outputs  # of the results, those that have gradients
        self.inputs = inputs  # Tensors held from outside, or the number of an argument
        self.grads = grads


def capture(f: Any, args: Any, kwargs: Any) -> Capture:
    """Run f, and record it."""
    recorder = Recorder()
    arguments = tensors_of(args, kwargs)
    for name, x in arguments:
        if id(x.array) in recorder.known:
            recorder.refuse("two arguments share their memory")
        recorder.outside(x.array, "argument", None).name = name
    with recording(recorder):
        result = f(*args, **kwargs)
        recorder.finish()
        found = Capture(recorder, result, arguments)
        found.direct = not kwargs and all(isinstance(x, Tensor) for x in args)
        found.tree = described(result, recorder, found)
        found.result = plain_numbers(result)
        returned = {id(v) for v, _ in found.leaves}
        if any(id(n.var) not in returned for n in recorder.numbers):
            recorder.refuse("a number is read out by item(), and not only returned")
        if not recorder.refusal and not recorder.touched:
            found.back = backward_of(recorder, found, [x for _, x in arguments])
    return found


def described(result: Any, recorder: Recorder, found: Capture) -> Any:
    """The result with a mark in place of each tensor or number; its parts go to found.leaves."""
    if isinstance(result, (tuple, list)):
        parts = [described(x, recorder, found) for x in result]
        return type(result)(*parts) if hasattr(result, "_fields") else type(result)(parts)
    if isinstance(result, dict):
        return {key: described(x, recorder, found) for key, x in result.items()}
    if isinstance(result, Tensor):
        return Leaf(found, recorder.var(result), result)
    if type(result) in (float, Read):
        read = next((n for n in recorder.numbers if n == result or n is result), None)
        if read is not None:
            return Leaf(found, read.var, 0.0)
    return result


class Leaf:
    """The place of a tensor or number in what is returned."""

    def __init__(self, found: Capture, var: Var, value: Any) -> None:
        self.index = len(found.leaves)
        self.number = not isinstance(value, Tensor)
        found.leaves.append((var, value))
        found.program.results.append(var)

    def __repr__(self) -> str:
        return f"<{'number' if self.number else 'tensor'} {self.index}>"


def plain_numbers(result: Any) -> Any:
    """The result with ordinary floats."""
    if isinstance(result, (tuple, list)) and not hasattr(result, "_fields"):
        return type(result)(plain_numbers(x) for x in result)
    if isinstance(result, dict):
        return {key: plain_numbers(x) for key, x in result.items()}
    return float(result) if type(result) is Read else result


def backward_of(recorder: Recorder, found: Capture, arguments: list[Tensor]) -> Backward | None:
    """Record the gradients of what is returned, for arbitrary upstream gradients."""
    outputs = [
        k
        for k, (_, y) in enumerate(found.leaves)
        if isinstance(y, Tensor) and y._grad_fn is not None
    ]
    if not outputs:
        return None
    first = len(recorder.program.steps)
    stops = {x._grad_fn: x for x in (*arguments, *recorder.seen) if x._grad_fn is not None}
    upstream = []
    for k in outputs:
        g = np.ones_like(found.leaves[k][1].array)
        recorder.outside(g, "upstream", None).name = f"g{k}"
        upstream.append(wrap(g))
    gradients: dict[Any, Var] = {}

    def arrive(leaf: Any, g: Any) -> None:
        gradients[stops.get(leaf, leaf)] = recorder.var(own(g))

    before, mode.grad = mode.grad, False
    try:
        roots = [found.leaves[k][1]._grad_fn for k in outputs]
        walk(recorder, roots, upstream, arrive, True, None, stops or {None: None})
    finally:
        mode.grad = before
    order = {id(x): k for k, x in enumerate(arguments)}
    inputs: list[Any] = [order.get(id(x), x) for x in gradients]
    return Backward(first, outputs, inputs, list(gradients.values()))
