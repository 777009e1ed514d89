"""The ledger of one number: its edges in the order of backward(), its paths, and those that are zero."""

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any

from micrograd_lab.errors import DrawingError
from micrograd_lab.graph import topological_order
from micrograd_lab.lens.formulas import expression, partial
from micrograd_lab.lens.ledger_base import Ledger
from micrograd_lab.lens.naming import clean, name_of, number
from micrograd_lab.lens.paths import Path, Paths
from micrograd_lab.lens.picture import Picture
from micrograd_lab.lens.reasons import why_zero
from micrograd_lab.lens.routes import LIMIT, routes_source
from micrograd_lab.lens.sheet import Grid, Sheet
from micrograd_lab.lens.theme import theme_named

LONG = 8  # factors


@dataclass(frozen=True, eq=False)
class Contribution:
    """One use of x: upstream * local = product, and before + product = after, in floats."""

    node: Any
    argument: int
    local: float
    upstream: float
    product: float
    before: float
    after: float


class ScalarLedger(Ledger):
    """The ledger of one number: a Value, a node of the learner's own, or one entry of a tensor."""

    def __init__(
        self, order: Sequence[Any], x: Any, names: dict[int, str], held: float | None, top: int
    ) -> None:
        self.order, self.x, self.root = order, x, order[-1]
        self.names = dict(names)
        if id(x) not in names or not (clean(x.label) or x.parents):
            own = clean(x.label) or "x"
            self.names[id(x)] = own if own not in names.values() else names.get(id(x), own)
        self.held = held  # what x.grad says
        self.all = Paths(order, x)
        self.edges = list(_contributions(order, x))
        self.paths: list[Path] = list(islice(self.all.largest(), top))
        self.blocks = self.all.blocks()

    @property
    def total(self) -> float:
        """The edges' contributions, added in the order of backward()."""
        if self.x is self.root:
            return 1.0
        return self.edges[-1].after if self.edges else 0.0

    @property
    def count(self) -> int:
        """How many paths lead from the root to x, however many that is."""
        return self.all.count

    @property
    def remainder(self) -> float:
        """total minus the listed paths: the other paths, or what rounding makes of it."""
        return math.fsum([self.total, *(-path.product for path in self.paths)])

    def name(self, node: Any) -> str:
        return self.names[id(node)]

    def sheet(self) -> Sheet:
        zero = self.count - self.all.count_not_zero
        title = f"∂{self.name(self.root)}/∂{self.name(self.x)} = {number(self.total)}"
        if not self.count:
            return Sheet(f"{title}: no path leads there", (), self._missing())
        title += f": {self.count:,} path{'s' * (self.count != 1)}"
        title += f", {zero:,} of them zero" if zero else ""
        grids = [self._edge_grid(), self._path_grid()] if self.edges else []
        if self.blocks:
            grids.append(self._zero_grid())
        return Sheet(title, grids, [self._verdict(), *self._where()])

    def _edge_grid(self) -> Grid:
        rows: list[tuple[str, ...]] = []
        for edge in self.edges:
            value = number(edge.local)
            formula = (
                partial(edge.node, edge.argument, self.names) if _is_word(edge.node.op) else ""
            )
            above = self._computed(edge.node)
            local = f"∂({above})/∂{self.name(self.x)} = {formula or value}"
            local += f" = {value}" if formula not in ("", value) else ""
            product = f"{number(edge.upstream)} × {_signed(edge.local)} = {number(edge.product)}"
            adding = f"{number(edge.before)} + {_signed(edge.product)} = {number(edge.after)}"
            rows.append((f"{self.name(edge.node)} → {self.name(self.x)}", local, product, adding))
        rows, foot = _few(rows)
        heads = ("from → to", "local derivative", "upstream × local", "sum so far")
        return Grid(
            "Edge by edge: what each use sends back, as backward() adds it up", heads, rows, foot
        )

    def _computed(self, node: Any) -> str:
        """What a node computes, in names: a·b; matmul(...) for an op of the table."""
        if _is_word(node.op):
            return expression(node, self.names)
        return f"{name_of(node.op)}({', '.join(map(self.name, node.parents))})"

    def _shortly(self, node: Any) -> str:
        """The same for a box; there the name of a tensor's entry says it already, unless labelled."""
        if not node.parents or _is_word(node.op):
            return self._computed(node) if node.parents else ""
        op = name_of(node.op)
        return "" if self.name(node).startswith(op) else op

    def _where(self) -> list[str]:
        """What v1, v2, ... stand for, as far as they occur above."""
        seen = {id(edge.node) for edge in self.edges[:20]} | {id(b.node) for b in self.blocks[:20]}
        seen |= {id(node) for path in self.paths for node in path.nodes}
        made = [n for n in self.order if id(n) in seen and n.parents and _is_word(n.op)]
        if not made or len(made) > 24:
            return []
        return ["where " + ", ".join(f"{self.name(n)} = {self._computed(n)}" for n in made)]

    def _path_grid(self) -> Grid:
        rows: list[tuple[str, ...]] = [
            (
                " → ".join(map(self.name, path.nodes)),
                " × ".join(map(_signed, _telling(path.factors))),
                number(path.product) + (" (too small for a float)" if not path.product else ""),
            )
            for path in self.paths
        ]
        others = self.all.count_not_zero - len(rows)
        if others:
            rows.append((f"the other {others:,} together", "", number(self.remainder)))
        elif self.remainder and math.isfinite(self.remainder):
            rows.append(
                ("rounding: the same factors, grouped differently", "", number(self.remainder))
            )
        rows.append(("sum", "", number(self.total)))
        heading = f"Path by path, the largest{f' {len(self.paths):,}' if others else ''} first"
        left_out = any(len(path.factors) > LONG for path in self.paths)
        foot = "Where a path is long, factors of 1 are left out." if left_out else ""
        return Grid(heading, ("path", "local derivatives, multiplied", "gives"), rows, foot)

    def _zero_grid(self) -> Grid:
        rows: list[tuple[str, ...]] = [
            (
                f"{self.name(block.node)} → {self.name(block.node.parents[block.argument])}",
                f"{block.paths:,}",
                why_zero(block.node, block.argument, self.names),
            )
            for block in sorted(self.blocks, key=lambda block: -block.paths)
        ]
        rows, foot = _few(rows)
        return Grid(
            "Paths that are zero, and where they stop", ("edge", "paths", "why"), rows, foot
        )

    def _verdict(self) -> str:
        who = re.sub(r"(\[[\d, ]+\])?$", r".grad\1", self.name(self.x), count=1)
        if self.held is None or (self.held == 0 and self.total != 0):
            return f"{who} holds nothing yet: backward() from {self.name(self.root)} will bring {number(self.total)}."
        if self.held == self.total or (math.isnan(self.held) and math.isnan(self.total)):
            return f"{who} is {number(self.held)}: the same, to the last bit."
        extra = self.held - self.total
        if abs(extra) <= 1e-6 * max(abs(self.held), abs(self.total)):
            return f"{who} is the same up to rounding ({number(extra)}): the engine adds in another order."
        return (
            f"{who} is {number(self.held)}, which is {number(extra)} away: it also holds what other "
            "backward() calls left there (set it to zero between them), or the engine is wrong."
        )

    def _missing(self) -> list[str]:
        root, who = self.name(self.root), self.name(self.x)
        if any(node is self.root for node in topological_order(self.x)):
            return [
                f"It is the other way round: {who} was computed from {root}. Ask explain({root}, of={who})."
            ]
        return [
            f"{root} was not computed from {who}. If it should have been: a number taken out of the graph "
            f"(as {who}.data is) leaves no trace there, and one that was made anew is another."
        ]

    def picture(self, theme: str = "light") -> Picture:
        """What lies between the root and x, with the largest path lit and dead edges dashed.

        Past 60 nodes, only the largest paths, as many as fit.
        """
        nodes = self.all.nodes
        if len(nodes) > LIMIT:
            near: set[int] = set()
            for path in self.paths:
                more = near | {id(node) for node in path.nodes}
                near = more if len(more) <= LIMIT else near
            nodes = [node for node in nodes if id(node) in near]
        if not nodes:
            raise DrawingError(
                f"explain(...).picture(): nothing to draw; of {len(self.all.nodes):,} nodes between the "
                f"root and {self.name(self.x)}, no path of at most {LIMIT} carries a gradient."
            )
        lit = {(id(node), k) for path in self.paths[:1] for node, k in path.edges}
        source = routes_source(
            nodes, self.names, lit, (self.x, self.root),
            lambda node, k: number(node.local_grads[k]), self._shortly, theme_named(theme),
        )  # fmt: skip
        return Picture(source, self.sheet().title)


def _contributions(order: Sequence[Any], x: Any) -> list[Contribution]:
    """The uses of x, in the order and the arithmetic of Value.backward() from clean gradients."""
    totals: dict[int, float] = {id(order[-1]): 1.0}
    found = []
    for node in reversed(order):  # children first: a gradient is complete before it moves on
        upstream = totals[id(node)]
        for k, (parent, local) in enumerate(zip(node.parents, node.local_grads, strict=True)):
            before = totals.get(id(parent), 0.0)
            product = local * upstream
            totals[id(parent)] = after = before + product
            if parent is x:
                found.append(Contribution(node, k, local, upstream, product, before, after))
    return found


def _few(rows: list[tuple[str, ...]], most: int = 20) -> tuple[list[tuple[str, ...]], str]:
    more = len(rows) - most
    return rows[:most], f"... and {more:,} more" if more > 0 else ""


def _telling(factors: list[float]) -> list[float]:
    """The factors of a path, without the ones if there are many."""
    return factors if len(factors) <= LONG else [f for f in factors if f != 1] or [1.0]


def _signed(x: float) -> str:
    text = number(x)
    return f"({text})" if text.startswith("−") else text


def _is_word(op: Any) -> bool:
    """Whether an op is one of a scalar engine, which the table of formulas knows by its sign."""
    return isinstance(op, str)
