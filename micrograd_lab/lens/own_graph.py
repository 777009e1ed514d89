"""A tensor engine of one's own as pictures and steps read it: records like ours, the learner's numbers."""

from collections.abc import Iterator, Sequence
from itertools import combinations
from typing import Any

import numpy as np

import micrograd_lab.namespace as _declared  # noqa: F401  (every op of the table)
from micrograd_lab.errors import GradError
from micrograd_lab.lens.naming import graph_of, name_of
from micrograd_lab.ops.op import OPS, Op
from micrograd_lab.record import Hooks, Record
from micrograd_lab.tensor import Tensor, wrap

SPELLED = {"+": "add", "-": "sub", "*": "mul", "/": "div", "**": "pow", "@": "matmul"}
SPELLED |= {"truediv": "div", "ln": "log", "σ": "sigmoid", "max": "maximum", "min": "minimum"}
SPELLED |= {"T": "permute", "transpose": "permute"}
KINKED = ("relu", "abs")  # not judged at 0, where any slope between those of the two sides is right


def as_tensors(roots: Sequence[Any], other: Any, asked: str) -> tuple[list[Any], Any]:
    """Roots of somebody's own graph, and another node or None, as tensors of ours over one graph.

    A node has `data`, `grad`, `op`, `parents`, `label` and a `vjp`: from the upstream array to one
    array per parent.  Whoever asks a tensor for a step gets what that vjp gives.  Formulas come from
    the table of ops, where it has an op of that name that computes the same; no gradient flows to
    nodes whose requires_grad is False.

    NotANodeError if one of the five is missing; `asked` says who wanted to know.
    """
    nodes = [_unwrapped(node) for node in [*roots, *([] if other is None else [other])]]
    made: dict[int, Tensor] = {}
    order = graph_of(nodes, asked)[1]  # the first one's nodes as its backward() walks them
    for serial, node in enumerate(order):
        made[id(node)] = _tensor(node, [made[id(p)] for p in node.parents], serial)
    tensors = [made[id(node)] for node in nodes]
    return tensors[: len(roots)], None if other is None else tensors[-1]


def _unwrapped(node: Any) -> Any:
    """What stands in the graph for a wrapper around a node."""
    inner = getattr(node, "node", None)
    return inner if hasattr(inner, "vjp") else node


def _tensor(node: Any, parents: list[Tensor], serial: int) -> Tensor:
    out = wrap(np.asarray(node.data))
    out._grad = None if node.grad is None else wrap(np.asarray(node.grad))  # of any shape
    out._requires_grad = bool(getattr(node, "requires_grad", True))
    if parents and out._requires_grad:
        out._grad_fn = _record(node, parents, serial, out)
    if node.label:
        out.label = node.label
    return out


def _record(node: Any, parents: list[Tensor], serial: int, out: Tensor) -> Record:
    """As an op of ours would have left it, with everything saved."""
    record: Record = object.__new__(Record)
    record.parents = [(p._grad_fn or p) if p._requires_grad else None for p in parents]
    xs = [
        p.array.item() if q is None and not p.label and _is_plain(p.array) else p.array
        for p, q in zip(parents, record.parents, strict=True)
    ]
    record.op, record.params = _op(node, out.array, xs)
    record.saved, record.versions = [out.array, *xs], []
    record.shape, record.dtype, record.serial = out.array.shape, out.array.dtype, serial
    record.label, record.line, record.hooks = "", None, Hooks()
    record.hooks.retain = lambda: out  # nodes of one's own keep their gradients
    named = {k: (p.label, None) for k, p in enumerate(parents) if p.label and not p._requires_grad}
    if named:
        record.cuts = named
    return record


def _is_plain(x: Any) -> bool:
    """Whether this was a number in somebody's program, such as the 2 of 2 * x."""
    return not x.shape and float(f"{x:.4g}") == x


class OwnOp(Op):
    """Somebody's op: arrays go through their vjp, names through the rule of ours, if there is one."""

    __slots__ = ("node", "ours", "word")

    def __init__(self, node: Any, ours: Op | None) -> None:
        self.word = name_of(node.op)  # as they call it
        like = ours or Op(self.word, "own", lambda *xs: None)
        rules = (like.vjps, like.jvps, like.reads, like.variadic)
        super().__init__(like.name, like.kind, like.forward, *rules)
        self.node = node
        self.ours = ours
        self.pull = self._pull

    def _pull(self, parents: Any, g: Any, *values: Any, **params: Any) -> list[Any]:
        word = f"The vjp of {self.word!r}"
        if not callable(self.node.vjp):
            raise GradError(
                f"{word} is {self.node.vjp!r}. Every op needs one: a function from the upstream "
                "gradient to a tuple, one gradient per parent."
            )
        parts = self.node.vjp(np.array(g))  # a copy: what they do to it stays with them
        if not isinstance(parts, (tuple, list)) or len(parts) != len(parents):
            found = len(parts) if isinstance(parts, (tuple, list)) else f"a {type(parts).__name__}"
            raise GradError(
                f"{word} should give a tuple of {len(parents)}, one gradient per parent; found "
                f"{found}. A tuple of one is written (g,)."
            )
        return [None if part is None else np.asarray(part) for part in parts]

    def agrees(self, argument: int, g: Any, part: Any, values: Sequence[Any], params: Any) -> bool:
        """Whether what their vjp gave is what our rule gives; True where there is nothing to compare."""
        if self.ours is None:
            return True
        y, *xs = values
        try:
            with np.errstate(all="ignore"):
                right = np.asarray(self.ours.vjp(argument, g, y, xs, params))
        except Exception:  # shapes that went wrong before
            return True
        if right.shape != part.shape:
            return False
        same = np.isclose(part, right, rtol=1e-5, atol=1e-8, equal_nan=True)
        return bool((same | (xs[0] == 0) if self.name in KINKED else same).all())


def _op(node: Any, y: Any, xs: list[Any]) -> tuple[OwnOp, dict[str, Any]]:
    """Their op; and the options under which ours of that name computes the same."""
    word = name_of(node.op).strip("_")
    ours = OPS.get(SPELLED.get(word, word))
    if ours is None:
        return OwnOp(node, None), {}
    for params in _options(ours, y, xs):
        try:
            with np.errstate(all="ignore"):
                mine = np.asarray(ours.forward(*xs, **params))
        except Exception:  # other arguments, other options
            continue
        if mine.shape == y.shape and np.allclose(mine, y, rtol=1e-5, equal_nan=True):
            return OwnOp(node, ours), params
    return OwnOp(node, None), {}


def _options(ours: Op, y: Any, xs: list[Any]) -> Iterator[dict[str, Any]]:
    """The options that the shapes of x and y leave open."""
    n = np.ndim(xs[0])
    if ours.kind == "reduction" or ours.name in ("sum", "mean"):
        for some in range(n, -1, -1):
            for dim in combinations(range(n), some):
                yield {"dim": dim, "keepdim": y.ndim == n and some > 0}
    elif ours.name == "permute":
        yield {"dims": tuple(reversed(range(n)))}
    elif ours.name == "reshape":
        yield {"shape": y.shape}
    else:
        yield {}
