"""The record of what ran.

A Tensor points to the Record of the op that made it; a Record points to the Records (or leaves) of
its inputs, and keeps only those arrays that its rules will read.  So an intermediate tensor that
nobody names and no rule needs is gone as soon as it has been used.
"""

import re
import sys
import threading
from collections.abc import Callable
from typing import Any

import numpy as np

from micrograd_lab.errors import FreedGraphError, ModifiedError
from micrograd_lab.ops.op import Op


class Mode(threading.local):
    """What is switched on in this thread."""

    grad = True  # record what runs
    inference = False  # and promise never to need it
    anomaly = False  # remember the line of each op, and stop at the first nan or inf
    check_nan = True


mode = Mode()


class Shape:
    """What is left of an array of which only the shape is needed."""

    __slots__ = ("dtype", "shape")

    def __init__(self, x: Any) -> None:
        self.shape: tuple[int, ...] = x.shape
        self.dtype: np.dtype[Any] = x.dtype

    @property
    def ndim(self) -> int:
        return len(self.shape)

    @property
    def size(self) -> int:
        return int(np.prod(self.shape))


class Record:
    """One op that ran: which one, on what, and what its rules will want to see again."""

    __slots__ = (
        "cuts",
        "dtype",
        "hooks",
        "label",
        "line",
        "op",
        "params",
        "parents",
        "saved",
        "serial",
        "shape",
        "versions",
    )

    op: Op
    params: dict[str, Any]
    parents: list[Any]  # per input: a Record, a leaf Tensor, or None where nothing flows
    saved: list[Any] | None  # (y, *xs) as far as the rules read them; None once freed
    versions: list[tuple[list[int], int]]  # of each saved array: its counter, and what it was
    serial: int  # later records have larger ones: an order in which parents come first
    shape: tuple[int, ...]
    dtype: Any
    hooks: "Hooks | None"
    label: str
    line: str | None
    # Of inputs without a gradient, their names and what they were detach()ed from; only if there are any.
    cuts: dict[int, tuple[str, Any]]

    @property
    def ndim(self) -> int:
        return len(self.shape)

    @property
    def size(self) -> int:
        return int(np.prod(self.shape))

    @property
    def name(self) -> str:
        """PyTorch's name for it: MulBackward0."""
        return (
            "".join(part[:1].upper() + part[1:] for part in re.split("_| · ", self.op.name))
            + "Backward0"
        )

    @property
    def next_functions(self) -> tuple[tuple[Any, int], ...]:
        return tuple((parent, 0) for parent in self.parents)

    # What pictures read of a node.

    @property
    def data(self) -> Any:
        """What is left of the result: its shape."""
        return Shape(self)

    @property
    def grad(self) -> Any:
        """The gradient, if the tensor that this op made retains it."""
        if self.hooks is None or self.hooks.retain is None:
            return None
        tensor = self.hooks.retain()
        return None if tensor is None else tensor.grad

    def __repr__(self) -> str:
        return f"<{self.name}>"

    def register_hook(self, hook: Callable[..., Any]) -> "RemovableHandle":
        """Call hook(grad_inputs, grad_outputs) when this op passes its gradient on."""
        return register(hooks_of(self).after, hook)

    def register_prehook(self, hook: Callable[..., Any]) -> "RemovableHandle":
        """Call hook(grad_outputs) just before; what it returns replaces them."""
        return register(hooks_of(self).before, hook)

    def recall(self) -> list[Any]:
        """(y, *xs) as they were; an error if they were freed or overwritten since."""
        if self.saved is None:
            raise FreedGraphError(
                f"backward through {self.op.name} a second time: what it saved was freed when the "
                "first backward passed. Call backward(retain_graph=True) the first time, or add "
                "the losses and call backward once."
            )
        for counter, version in self.versions:
            if counter[0] != version:
                raise ModifiedError(
                    f"backward through {self.op.name}: a value it needs, of shape {self.shape}, was "
                    f"modified in place after it was used (it is at version {counter[0]}, expected "
                    f"version {version}). Use the out-of-place form (x = x + 1 instead of x += 1), "
                    f"or modify a clone().{self.where()}"
                )
        return self.saved

    def where(self) -> str:
        """Where the user's code ran this op, if anomaly detection was on."""
        if self.line:
            return f" It ran at {self.line}."
        return " Under autograd.detect_anomaly() this message names the line."


class Hooks:
    """What somebody wants to be told about the gradient that passes a Record."""

    __slots__ = ("after", "before", "of_tensor", "retain")

    def __init__(self) -> None:
        self.of_tensor: list[Callable[..., Any]] = []  # hook(grad), from Tensor.register_hook
        self.before: list[Callable[..., Any]] = []
        self.after: list[Callable[..., Any]] = []
        self.retain: Any = None  # a weak reference to the tensor whose grad keeps it


def hooks_of(record: Record) -> Hooks:
    if record.hooks is None:
        record.hooks = Hooks()
    return record.hooks


def register(hooks: list[Callable[..., Any]], hook: Callable[..., Any]) -> "RemovableHandle":
    hooks.append(hook)
    return RemovableHandle(hooks, hook)


class RemovableHandle:
    """What registering a hook returns: remove() takes it away again."""

    def __init__(self, hooks: list[Callable[..., Any]], hook: Callable[..., Any]) -> None:
        self.hooks = hooks
        self.hook = hook

    def remove(self) -> None:
        if self.hook in self.hooks:
            self.hooks.remove(self.hook)

    def __enter__(self) -> "RemovableHandle":
        return self

    def __exit__(self, *exc: object) -> None:
        self.remove()


def user_line() -> str:
    """file:line of the innermost frame outside this package."""
    frame = sys._getframe(1)
    while frame.f_back and str(frame.f_globals.get("__name__", "")).startswith("micrograd_lab."):
        frame = frame.f_back
    return f"{frame.f_code.co_filename}:{frame.f_lineno}"
