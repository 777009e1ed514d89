"""One Record for a whole call that has its own backward, whatever its number of outputs.

The engine knows ops with one output.  A call with several becomes one Record for the call, and in
front of it one small Record per output that says which output its gradient belongs to:

    x ──┐                  ┌── output 0 ── y₀
        ├── the whole call ┤
    w ──┘                  └── output 1 ── y₁
"""

from functools import cache
from typing import Any

import numpy as np

from micrograd_lab.engine import Record, mode, user_line
from micrograd_lab.errors import GradError, ShapeError
from micrograd_lab.ops.op import Op, sum_to_shape
from micrograd_lab.tensor import Tensor, new_record, next_serial, wrap

OBJECT = np.dtype(object)


class Bundle:
    """One gradient per output of a call, None where none has arrived."""

    __slots__ = ("parts",)
    dtype = OBJECT
    shape = ()

    def __init__(self, parts: list[Any]) -> None:
        self.parts = parts

    def __add__(self, other: "Bundle") -> "Bundle":
        pairs = zip(self.parts, other.parts, strict=True)
        return Bundle([b if a is None else a if b is None else a + b for a, b in pairs])

    def __array__(self, dtype: Any = None, copy: Any = None) -> Any:
        given = [x.array if isinstance(x, Tensor) else x for x in self.parts if x is not None]
        return np.concatenate([x.ravel() for x in given])


def _bundled(g: Any, y: Any, x: Any, index: int, count: int) -> Bundle:
    return Bundle([g if k == index else None for k in range(count)])


OUTPUT = Op("output", "by hand", lambda x, index, count: x, (_bundled,), (), ((0, 0),))


class Call:
    """What a Record of a whole call remembers; subclasses say how its gradients are found."""

    outputs: list[tuple[tuple[int, ...], Any]]  # (shape, dtype) of each output
    inputs: list[Any]  # the shape of each input, None for what is no tensor
    name = "call"
    _last: tuple[Any, list[Any]] | None = None  # the upstream gradient, and what came of it

    def gradients(self, upstream: list[Any], record: Record | None) -> list[Any]:
        """A gradient (or None) for each input; upstream holds one Tensor or None per output.

        record is the call's own, where gradients are wanted as a graph.
        """
        raise NotImplementedError


def _pull(i: int, g: Any, call: Any, *xs: Any) -> Any:
    """The rule of every call: ask for all the gradients once, and hand them out one by one."""
    record = None
    if type(call) is tuple:  # from tensor.recalled: the gradients are to be a graph
        call, record = call
    if call._last is None or call._last[0] is not g:
        parts = g.parts if type(g) is Bundle else [g]
        graph = any(isinstance(part, Tensor) for part in parts)
        upstream = [p if p is None or isinstance(p, Tensor) else wrap(p) for p in parts]
        found = call.gradients(upstream, record if graph else None)
        call._last = (g, [_checked(call, k, x, graph) for k, x in enumerate(found)])
    answer = call._last[1][i]
    call._last[1][i] = None  # each is asked for once; keep nothing alive
    return answer


def _checked(call: Call, k: int, g: Any, graph: bool) -> Any:
    """A gradient in its input's shape, as an array unless a graph is wanted."""
    if g is None:
        return None
    if not isinstance(g, Tensor):
        g = wrap(np.asarray(g))
    wanted = call.inputs[k]
    if wanted is None:
        raise GradError(
            f"{call.name}.backward returned a gradient at position {k}, where forward got no tensor; "
            "return None there."
        )
    if g.shape != wanted:
        try:
            np.broadcast_to(np.empty(wanted), g.shape)
        except ValueError:
            raise ShapeError(
                f"{call.name}.backward returned a gradient of shape {g.shape} at position {k} for an "
                f"input of shape {wanted}; they must be the same."
            ) from None
        g = sum_to_shape(g, wanted)
    return g if graph else g.array.copy()  # who wrote backward may have kept it


@cache
def op_of(name: str) -> Op:
    """What the Records of calls of this name have as their op."""
    return Op(name, "by hand", _no_forward, (_pull,), (), ((0, 0),), variadic=True)


def record_call(
    call: Call, parents: list[Any], versions: list[tuple[list[int], int]], joint: bool
) -> Record:
    """The Record of the whole call.  joint: its outputs are several."""
    op = op_of(call.name)
    shape, dtype = ((), OBJECT) if joint else call.outputs[0]
    return _record(op, {}, parents, [call, *[None] * len(parents)], versions, shape, dtype)


def output_of(record: Record, call: Call, index: int) -> Record:
    """The Record that stands for one output of the call."""
    if len(call.outputs) == 1:
        return record
    shape, dtype = call.outputs[index]
    params = {"index": index, "count": len(call.outputs)}
    return _record(OUTPUT, params, [record], [None, None], [], shape, dtype)


def _record(
    op: Op, params: Any, parents: Any, saved: Any, versions: Any, shape: Any, dtype: Any
) -> Record:
    record = new_record(Record)
    record.op, record.params = op, params
    record.parents, record.saved, record.versions = parents, saved, versions
    record.serial, record.shape, record.dtype = next_serial(), shape, dtype
    record.hooks, record.label = None, ""
    record.line = user_line() if mode.anomaly else None
    return record


def _no_forward(*xs: Any, **params: Any) -> Any:
    raise GradError("this op stands for one call that has happened; call the function instead.")
