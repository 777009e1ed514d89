"""The record of what ran, and the walk back over it.

A Tensor points to the Record of the op that made it; a Record points to the Records (or leaves) of
its inputs, and keeps only those arrays that its rules will read.  So an intermediate tensor that
nobody names and no rule needs is gone as soon as it has been used.
"""

import sys
import threading
from collections.abc import Callable, Container, Sequence
from heapq import heappop, heappush
from typing import Any

import numpy as np

from micrograd_lab.errors import AnomalyError, FreedGraphError, ModifiedError
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
            "".join(part[:1].upper() + part[1:] for part in self.op.name.split("_")) + "Backward0"
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


def after_forward(op: Op, y: Any) -> str:
    """Under detect_anomaly: the line that ran the op.  (anomaly.py looks at the numbers.)"""
    return user_line()


def after_backward(node: Record, g: Any, passed: list[tuple[Any, Any]]) -> None:
    """Under detect_anomaly: stops at the first gradient with a nan or an inf."""
    for _, part in passed:
        if not _is_finite(part):
            came = "made from a finite one" if _is_finite(g) else "as it had received one"
            raise AnomalyError(
                f"backward: {node.op.name} passed on a gradient that is not finite, {came}."
                f"{node.where()}"
            )


def _is_finite(g: Any) -> bool:
    array = np.asarray(getattr(g, "array", g))
    return array.dtype.kind != "f" or bool(np.isfinite(array).all())


def ways_to(roots: Sequence[Any], watched: Container[Any]) -> dict[Any, bool]:
    """The nodes on a way from the roots to something watched: True where the way goes on from there."""
    seen: set[Any] = set()
    stack = list(roots)
    while stack:
        node = stack.pop()
        if node is not None and node not in seen:
            seen.add(node)
            if type(node) is Record:
                stack += node.parents
    ways = {node: False for node in seen if node in watched}
    for node in sorted((n for n in seen if type(n) is Record), key=lambda n: n.serial):
        if any(parent in ways for parent in node.parents if parent is not None):
            ways[node] = True
    return ways


@np.errstate(all="ignore")  # 1/0 is inf, as in PyTorch; detect_anomaly is there to ask
def pull_back(
    roots: Sequence[Any],
    upstream: Sequence[Any],
    arrive: Callable[[Any, Any], None],
    *,
    wrap: Callable[[Record, list[Any]], list[Any]] | None = None,
    keep: bool = False,
    watched: Container[Any] = (),
    through: Callable[[Record, Any], Any] | None = None,
) -> None:
    """Pull gradients back from the roots, and call arrive(leaf, gradient) for each that gets to a leaf.

    roots are Records or leaves, with an upstream gradient each.  Without `wrap` the rules see
    arrays and the walk leaves no trace; with it they see what wrap makes of the saved arrays
    (Tensors that know their history), so the gradients can be differentiated again.  Complete
    gradients of nodes that are `watched` or have hooks are shown to `through`, which may replace
    them; if anything is watched, the walk goes only where it leads to that.  Unless `keep`, each
    Record drops what it saved as soon as it has passed its gradient on.

    The latest Record goes first: whatever it could still receive was made later, and is done.
    """
    pending: dict[Any, Any] = {}
    heap: list[tuple[int, Any]] = []
    passed: Any = zip(roots, upstream, strict=True)
    watching = mode.anomaly or bool(watched)
    ways = ways_to(roots, watched) if watched else None
    while True:
        for parent, g in passed:
            if ways is not None and parent not in ways:
                continue
            is_record = type(parent) is Record
            if not is_record and parent._more is None:
                arrive(parent, g)
            elif parent in pending:
                pending[parent] = pending[parent] + g
            else:  # a record waits for its turn, a leaf that may have hooks until all is there
                pending[parent] = g
                if is_record:
                    heappush(heap, (-parent.serial, parent))
        if not heap:
            break
        node = heappop(heap)[1]
        g = pending.pop(node)
        if through is not None and (node.hooks is not None or watching):
            g = through(node, g)
        passed = []
        if ways is not None and not ways[node]:
            continue
        values = node.saved
        for counter, version in node.versions:
            if values is None or counter[0] != version:
                values = node.recall()  # raises, and says why
        if wrap is not None:
            values = wrap(node, values)
        op, params, parents = node.op, node.params, node.parents
        at_once = op.pull is not None and wrap is None
        if at_once:
            parts = op.pull(parents, g, *values, **params)
        else:
            parts = op.rules(len(parents)) if op.variadic else op.vjps
        for parent, part in zip(parents, parts):  # noqa: B905  strict costs, at this place
            if parent is None:
                continue
            if not at_once:  # then it is still the rule
                part = part(g, *values, **params) if params else part(g, *values)
            if part is None:
                continue
            if type(parent) is Record:
                dtype = parent.dtype
            else:
                dtype = parent.array.dtype
                if part is g and wrap is None:
                    part = part.copy()
            if part.dtype is not dtype and part.dtype != dtype:
                part = part.astype(dtype)
            passed.append((parent, part))
        if node.hooks is not None and node.hooks.after:
            passed = _after(node, g, passed)
        if watching and mode.anomaly and mode.check_nan:
            after_backward(node, g, passed)
        if not keep and node.versions:  # an op that saved nothing can be walked again
            node.saved = None
    for leaf, g in pending.items():
        arrive(leaf, g if through is None else through(leaf, g))


def _after(node: Record, g: Any, passed: list[tuple[Any, Any]]) -> list[tuple[Any, Any]]:
    """The node's own hooks see what it passes on, and may replace it."""
    for hook in list(node.hooks.after if node.hooks else ()):
        replaced = hook(tuple(part for _, part in passed), (g,))
        if replaced is not None:
            passed = [(p, r) for (p, _), r in zip(passed, replaced, strict=True)]
    return passed
