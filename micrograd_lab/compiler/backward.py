"""Backward while it is recorded: the rules run on tensors, so that the ops they are made of are seen.

The rule of an op that loops can be made of is opened: its steps are fused with those around them.
All others stay closed: one step computes all gradients, by the same kernel as in eager mode.
"""

from heapq import heappop, heappush
from itertools import zip_longest
from typing import Any

import numpy as np

from micrograd_lab.compiler.trace import Recorder
from micrograd_lab.engine import Record, mode
from micrograd_lab.ops.conversions import astype, clone
from micrograd_lab.ops.op import OPS, Op
from micrograd_lab.tensor import Tensor, wrap

ndarray = np.ndarray

# fmt: off
OPENED = frozenset((
    "add", "sub", "mul", "div", "neg", "abs", "square", "sqrt", "rsqrt", "reciprocal", "exp", "log", "tanh",
    "sigmoid", "relu", "sin", "cos", "log1p", "maximum", "minimum", "clamp_min", "clamp_max", "clamp", "where", "pow",
    "sum", "mean", "sum_to", "broadcast_to", "linear", "matmul", "reshape", "view", "squeeze", "unsqueeze",
    "expand", "transpose", "permute", "astype", "clone",
))
# fmt: on


def pulled_back(recorder: Recorder, original: Any) -> Any:
    """pull_back (engine.py) for a recorder; see there for what the arguments are."""

    @np.errstate(all="ignore")
    def pull_back(
        roots: Any,
        upstream: Any,
        arrive: Any,
        *,
        wrap: Any = None,
        keep: bool = False,
        watched: Any = (),
        through: Any = None,
    ) -> None:
        if mode.anomaly:
            recorder.refuse("detect_anomaly() looks at every gradient")
        if (
            wrap is not None or watched or mode.anomaly
        ):  # gradients that are graphs: tensors already
            original(
                roots, upstream, arrive, wrap=wrap, keep=keep, watched=watched, through=through
            )
            return
        walk(recorder, roots, upstream, arrive, keep, through)

    return pull_back


def walk(
    recorder: Recorder,
    roots: Any,
    upstream: Any,
    arrive: Any,
    keep: bool,
    through: Any,
    stops: Any = (),
) -> None:
    """The latest record goes first, as in eager mode; what flows are tensors without a history.

    Whatever is among `stops` is treated as a leaf.
    """
    pending: dict[Any, Tensor] = {}
    heap: list[tuple[int, Any]] = []
    passed: Any = [(node, as_tensor(g)) for node, g in zip(roots, upstream, strict=True)]
    while True:
        for node, g in passed:
            if node in pending:
                pending[node] = pending[node] + g
            else:
                pending[node] = g
                if type(node) is Record and node not in stops:
                    heappush(heap, (-node.serial, node))
        if not heap:
            break
        node = heappop(heap)[1]
        g = pending.pop(node)
        recorder.gradient(node, g)
        if node.hooks is not None:
            recorder.refuse("a hook looks at a gradient")
            g = as_tensor(through(node, g.array))
        values = node.recall()
        passed = pull(recorder, node, g, values)
        if node.hooks is not None and node.hooks.after:
            recorder.refuse("a hook looks at what an op passes on")
        if not keep and node.versions:
            node.saved = None
    for leaf, g in pending.items():
        recorder.gradient(leaf, g)
        if stops:
            arrive(leaf, g)
            continue
        if leaf._more is not None and leaf._more.hooks:
            recorder.refuse("a hook looks at a gradient")
            g = as_tensor(through(leaf, g.array))
        if leaf.grad is not None and id(leaf.grad.array) not in recorder.known:
            recorder.refuse(
                "gradients are added to those of an earlier call: call zero_grad() within the step"
            )
        recorder.var(leaf)
        recorder.touched[leaf] = None
        arrive(leaf, own(g))


def pull(recorder: Recorder, node: Record, g: Tensor, values: list[Any]) -> list[Any]:
    """(parent, its part of the gradient) for each parent that wants one."""
    op, params, parents = node.op, node.params, node.parents
    if op.name in OPENED and op.name in OPS:
        saved = [wrap(v) if type(v) is ndarray else v for v in values]
        rules = op.rules(len(parents)) if op.variadic else op.vjps
        parts = [
            None if parent is None else rule(g, *saved, **params)
            for parent, rule in zip(parents, rules, strict=False)
        ]
    else:
        if OPS.get(op.name) is not op:
            recorder.refuse(f"{op.name} has a backward of its own")
        arrays = gradients(op, tuple(p is not None for p in parents), g.array, *values, **params)
        recorder.back(op, gradients, g.array, values, params, parents, arrays)
        parts = [None if part is None else wrap(part) for part in arrays]
    return [
        (parent, astype(part, dtype_of(parent)))
        for parent, part in zip_longest(parents, parts)
        if parent is not None and part is not None
    ]


def gradients(op: Op, wanted: tuple[bool, ...], g: Any, *values: Any, **params: Any) -> list[Any]:
    """All gradients of an op on arrays, as eager mode computes them; one for each input."""
    parents = [True if want else None for want in wanted]
    if op.pull is not None:
        parts = list(op.pull(parents, g, *values, **params))
    else:
        rules = op.rules(len(parents)) if op.variadic else op.vjps
        pairs = zip(parents, rules, strict=False)
        parts = [None if p is None else rule(g, *values, **params) for p, rule in pairs]
    return only(parts, wanted)


def only(parts: Any, wanted: tuple[bool, ...]) -> list[Any]:
    """The gradients that are wanted, as arrays; None for the others."""
    pairs = zip_longest(wanted, parts[: len(wanted)])
    return [np.asarray(part) if want and part is not None else None for want, part in pairs]


def as_tensor(g: Any) -> Tensor:
    return g if isinstance(g, Tensor) else wrap(g)


def own(g: Tensor) -> Tensor:
    """A gradient that a leaf can keep: in memory of its own."""
    return clone(g)  # type: ignore[no-any-return]


def dtype_of(parent: Any) -> Any:
    return parent.dtype if type(parent) is Record else parent.array.dtype
