"""The ledger of a tensor: one line per op that used it, with shapes and norms; or of one entry."""

from itertools import islice
from typing import Any

import numpy as np

from micrograd_lab.errors import DrawingError
from micrograd_lab.lens.arrivals import along, arrivals, key_of, nodes_of, op_names
from micrograd_lab.lens.entries import entries_of
from micrograd_lab.lens.ledger_base import Ledger
from micrograd_lab.lens.ledger_scalar import ScalarLedger
from micrograd_lab.lens.naming import name_of, number
from micrograd_lab.lens.paths import Path, Paths
from micrograd_lab.lens.picture import Picture
from micrograd_lab.lens.routes import LIMIT, routes_source
from micrograd_lab.lens.sheet import Grid, Sheet
from micrograd_lab.lens.theme import theme_named

WALKED = 64  # so many paths are walked one by one, to sort them by norm


def explain_entry(x: Any, root: Any, index: Any, top: int) -> ScalarLedger:
    """The ledger of x.grad[index]."""
    order, entry = entries_of(root, x, index)
    return ScalarLedger(order, entry, {id(node): node.label for node in order}, entry.grad, top)


def explain_tensor(x: Any, root: Any, top: int) -> "TensorLedger":
    return TensorLedger(x, root, top)


class _Linked:
    """A node of a tensor graph as the path counter wants it: every edge present, none known zero."""

    def __init__(self, node: Any, made: "dict[Any, _Linked]") -> None:
        self.node = node
        uses = [(k, p) for k, p in enumerate(node.parents) if p is not None and p in made]
        self.arguments = [k for k, _ in uses]
        self.parents = tuple(made[p] for _, p in uses)
        self.local_grads = tuple(1.0 for _ in uses)


class TensorLedger(Ledger):
    """What each use of a tensor adds to its gradient, in the order of backward()."""

    def __init__(self, x: Any, root: Any, top: int) -> None:
        self.x, self.root, self.top = x, root, top
        target, start = key_of(x), key_of(root)
        self.target, self.start = target, start
        order = nodes_of(root)
        self.names = op_names(order)
        self.names[id(target)] = target.label or self.names.get(id(target), "x").replace(
            "leaf", "x"
        )
        self.cut = sum(parent is None for node in order for parent in _inputs(node))
        self.uses = list(arrivals(root, target))
        made: dict[Any, _Linked] = {}
        for node in order:
            made[node] = _Linked(node, made)
        linked = made.get(target, _Linked(target, {}))
        self.all = Paths(list(made.values()), linked)
        found: list[tuple[Path, Any]] = []
        if self.all.count <= WALKED:
            found = [(path, along(root, self._edges(path))) for path in self.all.largest()]
            found.sort(key=lambda pair: -_norm(pair[1]))
        self.paths = list(islice(found, top))

    def _edges(self, path: Path) -> tuple[tuple[Any, int], ...]:
        return tuple((node.node, node.arguments[k]) for node, k in path.edges)

    @property
    def total(self) -> Any:
        """The gradient as an array: the contributions, added in the order of backward()."""
        if self.target is self.start:
            return np.ones_like(self.root.array)
        return self.uses[-1].after if self.uses else np.zeros(self.x.shape, self.x.dtype)

    @property
    def count(self) -> int:
        """How many paths of ops lead from the root to x."""
        return self.all.count

    def name(self, node: Any) -> str:
        return self.names[id(node)]

    def sheet(self) -> Sheet:
        who = f"∂{self.name(self.start)}/∂{self.name(self.target)}"
        if not self.count:
            return Sheet(f"{who} = 0: no path leads there", (), self._missing())
        title = f"{who} has shape {_shape(self.total)} and norm {_norm_text(self.total)}: {self.count:,} path{'s' * (self.count != 1)}"
        rows = [
            (
                f"{self.name(use.node)} → {self.name(self.target)}",
                f"vjp of {name_of(use.node.op)}, input {use.argument + 1}",
                f"{_shape(use.upstream)}, {_norm_text(use.upstream)}",
                f"{_shape(use.product)}, {_norm_text(use.product)}{_zero(use.product)}",
                _norm_text(use.after),
            )
            for use in self.uses
        ]
        heads = (
            "from → to",
            "rule",
            "upstream: shape, norm",
            "contribution: shape, norm",
            "norm so far",
        )
        grids = [Grid("Use by use, as backward() adds them up", heads, rows)] if rows else []
        if self.paths and rows:
            listed = [
                (" → ".join(self.name(n.node) for n in path.nodes), _norm_text(part) + _zero(part))
                for path, part in self.paths
            ]
            grids.append(
                Grid("Path by path, the largest first", ("path", "contribution: norm"), listed,
                     "Norms do not add up (arrays do): contributions of opposite sign cancel.")
            )  # fmt: skip
        remarks = [self._verdict()]
        if self.count > WALKED:
            remarks.append(f"More than {WALKED} paths are counted, not walked.")
        remarks.append("One entry, path by path: explain(x, of=root, index=(0, 0)).")
        return Sheet(title, grids, remarks)

    def _verdict(self) -> str:
        who, held = self.name(self.target), self.x.grad
        if held is None:
            if self.x.grad_fn is not None and not self.x.retains_grad:
                return f"{who} is the result of an op: it keeps its gradient only after {who}.retain_grad()."
            return f"{who}.grad is None: backward() has not brought anything yet."
        if np.array_equal(held.array, self.total, equal_nan=True):
            return f"{who}.grad is the same, to the last bit."
        gap = np.abs(held.array - self.total).max()
        if gap <= 1e-5 * np.abs(self.total).max():
            return f"{who}.grad is the same up to rounding (at most {number(gap)})."
        return (
            f"{who}.grad differs by up to {number(gap)}: it also holds what other backward() calls left "
            "there (zero_grad() between them), or a hook changed it on its way."
        )

    def _missing(self) -> list[str]:
        who = self.name(self.target)
        if not self.x.requires_grad:
            return [f"{who} does not require a gradient: {who}.requires_grad_() before it is used."]
        text = f"The root was not computed from {who}, or the path was cut on the way."
        if self.cut:
            text += (
                f" {self.cut} input{'s' * (self.cut != 1)} of ops in this graph take no gradient back: "
                "constants, or what came out of detach(), no_grad(), .data or .item()."
            )
        return [text]

    def _shortly(self, node: Any) -> str:
        op = name_of(node.op) if node.op else ""
        return "" if self.name(node).startswith(op) else op

    def picture(self, theme: str = "light") -> Picture:
        """The ops between the root and x, the path of the largest contribution lit."""
        nodes = [linked.node for linked in self.all.nodes]
        if not nodes or len(nodes) > LIMIT:
            raise DrawingError(
                f"explain(...).picture(): {len(nodes):,} ops lie on the paths; 1 to {LIMIT} can be drawn."
            )
        edges = self._edges(self.paths[0][0]) if self.paths else ()
        lit = {(id(node), k) for node, k in edges}
        ends = (self.target, self.start)
        source = routes_source(
            nodes, self.names, lit, ends, lambda node, k: None, self._shortly, theme_named(theme)
        )
        return Picture(source, self.sheet().title)


def _inputs(node: Any) -> Any:
    return getattr(node, "parents", ()) if hasattr(node, "saved") else ()


def _shape(array: Any) -> str:
    return "×".join(map(str, array.shape)) or "one number"


def _norm(array: Any) -> float:
    norm = float(np.linalg.norm(array.astype(float)))
    return norm if norm == norm else float("inf")  # what is broken comes first


def _norm_text(array: Any) -> str:
    return number(np.linalg.norm(array.astype(float)))


def _zero(array: Any) -> str:
    return "" if array.any() else " (all 0)"
