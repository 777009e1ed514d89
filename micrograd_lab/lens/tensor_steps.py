"""The chain rule of a tensor graph, one edge at a time: shapes, the vjp, and small arrays in full."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from heapq import heappop, heappush
from typing import Any

import numpy as np

from micrograd_lab.errors import FreedGraphError, GradError
from micrograd_lab.lens.arrivals import parts_of
from micrograd_lab.lens.cells import LARGEST, Panel, cells, ghosts
from micrograd_lab.lens.chain import Edge
from micrograd_lab.lens.formulas import grouped, latex_name
from micrograd_lab.lens.marks import constant_of, norm, shape_text
from micrograd_lab.lens.naming import name_of, number
from micrograd_lab.lens.tensor_formulas import CONSTANT, gradient, result
from micrograd_lab.lens.theme import Theme
from micrograd_lab.record import Record, Shape

HEADS = ("step", "from → to", "gradient by the op's own rule", "upstream → passed on", "sum so far")


@dataclass(frozen=True, eq=False)
class TensorStep(Edge):
    """An op passes its gradient to one input; step 0 gives the root its gradient of 1.

    before + product = after, entry by entry, in the dtype and the order of backward().
    """

    index: int
    node: Any  # the Record of the op that passes on
    parent: Any  # who receives: a Record or a leaf Tensor
    argument: int
    upstream: Any  # d(root)/d(node) as an array, complete by now
    product: Any  # what this edge contributes, in the parent's shape
    before: Any  # None: nothing had arrived
    after: Any
    names: Mapping[int, str] = field(repr=False)
    data: Mapping[int, Any] = field(repr=False)  # what the nodes computed, as far as it is kept
    saved: Sequence[Any] = field(repr=False)  # (y, *xs) as the rule saw them

    @property
    def expression(self) -> str:
        """What the node computes, in names: x @ w."""
        return self.node_name if self.is_seed else result(self.node, self.saved, self.names)

    @property
    def formula(self) -> str:
        """The gradient passed on, by the rule itself: dw = xᵀ @ dv1."""
        if self.is_seed:
            name = grouped(self.node_name)
            return f"d{self.node_name} = ∂{name}/∂{name} = 1"
        text = gradient(self.node, self.argument, self.saved, self.names)
        sign = "=" if self.is_right else "≠"
        return f"d{self.parent_name} {sign} {text or f'vjp of {self.op.name} (d{self.node_name})'}"

    derived = formula

    @cached_property
    def is_right(self) -> bool:
        """Whether this is what the formula says; somebody's own vjp may give something else."""
        agrees = getattr(self.op, "agrees", None)
        asked = (self.argument, self.upstream, self.product, self.saved)
        return agrees is None or self.is_seed or agrees(*asked, self.node.params)

    @property
    def latex(self) -> str:
        r"""The same for a typesetter: \bar{w} = x^{\top} \bar{v_{1}}."""
        from micrograd_lab.formula.forms import TEX

        to, of = latex_name(self.parent_name), latex_name(self.node_name)
        if self.is_seed:
            return rf"\bar{{{of}}} = \frac{{\partial {of}}}{{\partial {of}}} = 1"
        text = gradient(self.node, self.argument, self.saved, self.names, TEX)
        sign = "=" if self.is_right else r"\neq"
        return rf"\bar{{{to}}} {sign} " + (text or rf"\mathrm{{vjp}}(\bar{{{of}}})")

    @property
    def multiplied(self) -> str:
        """2×3 ‖4.5‖ → 3 ‖2.1‖: shapes and norms."""
        return f"{brief(self.upstream)} → {brief(self.product)}"

    @property
    def added(self) -> str:
        """What had arrived, and what is there now."""
        if self.before is None or self.product.shape != self.before.shape:
            return brief(self.after)
        if self.after.size == 1:
            return f"{brief(self.before)} + {brief(self.product)} = {brief(self.after)}"
        return f"{brief(self.after)}, summed"

    @property
    def stretched(self) -> bool:
        """Whether the op used the parent's entries several times, by broadcasting."""
        return (
            not self.is_seed
            and self.op.kind == "elementwise"
            and tuple(self.parent.shape) != tuple(self.node.shape)
        )

    @property
    def sentence(self) -> str:
        """The step in words."""
        if self.is_seed:
            return (
                f"It starts at the end: when {self.node_name} moves by a little, {self.node_name} "
                "moves by just as much, so its gradient is 1."
            )
        text = (
            f"{self.node_name} = {self.expression} passes its gradient to {self.to}: {self.formula}"
        )
        if self.stretched:
            have, used = shape_text(self.parent) or "one number", shape_text(self.node)
            text += f". Broadcasting stretched {have} to {used}: what the copies receive is summed"
        if not self.is_right:
            text += f". The vjp of {name_of(self.op)} gave something else: {brief(self.product)}"
        after = "the first to arrive" if self.before is None else "added to what had arrived"
        return f"{text}; {after}."

    def panels(self) -> list[list[Panel]]:
        """The arrays of the step: what went in, and what comes back."""
        name, shape = self.node_name, self.node.shape
        if self.is_seed:
            return [[Panel(f"d{name}", self.after, "grad")]]
        forward, wide = [], None
        for k, parent in enumerate(self.node.parents):
            held = self.saved[k + 1]
            value = held if isinstance(held, np.ndarray) else self.data.get(id(parent))
            if value is None:
                continue
            title = self.names[id(parent)] if parent is not None else constant_of(self.node, k)[0]
            title = title or CONSTANT
            ghost = None
            if self.op.kind == "elementwise" and value.shape != shape:
                title += f": {shape_text(value) or 'one number'}, stretched"
                ghost, value = ghosts(value.shape, shape), np.broadcast_to(value, shape)
            forward.append(Panel(title, value, "data", "", ghost))
        value = self.data.get(id(self.node))
        if value is not None and forward:
            forward.append(Panel(name, value, "data", "→"))
        backward = [Panel(f"d{name} (upstream)", self.upstream, "grad")]
        passed = "passed on" if self.before is None else "this edge"
        if self.stretched and self.is_right and (wide := _unsummed(self)) is not None:
            backward.append(
                Panel("for each copy", wide, "grad", "→", ghosts(tuple(self.parent.shape), shape))
            )
            passed = "copies summed"
        backward.append(Panel(f"d{self.parent_name} ({passed})", self.product, "grad", "→"))
        if self.before is not None:
            backward.append(Panel("had arrived", self.before, "grad", "+"))
            backward.append(Panel(f"d{self.parent_name} so far", self.after, "grad", "="))
        return [forward, backward]

    def cells(self, theme: Theme) -> str:
        """The arrays as grids, an SVG."""
        return cells(self.panels(), theme, self.formula)


def tensor_chain(
    root: Record | Any, names: Mapping[int, str], data: Mapping[int, Any], around: Any = None
) -> Iterator[TensorStep]:
    """Every step from the root to the leaves, in the order and the arithmetic of backward().

    Nothing is changed, and hooks are not called.  It ends early at a gradient of a shape with which
    nobody could go on.  FreedGraphError after a backward() that freed.
    """
    seed = np.ones(tuple(root.shape), root.dtype)
    pending: dict[Any, Any] = {root: seed}
    if around is None or around is root:
        yield TensorStep(0, root, root, 0, seed, seed, None, seed, names, data, ())
    heap = [(-root.serial, root)] if type(root) is Record else []
    index = 0
    while heap:
        node = heappop(heap)[1]
        upstream = pending[node]
        saved = [kept(x) for x in node.saved or ()]
        for argument, parent, product in _parts(node, upstream):
            index += 1
            before = pending.get(parent)
            if before is None and type(parent) is Record:
                heappush(heap, (-parent.serial, parent))
            adds_up = before is None or before.shape == product.shape
            after = product if before is None or not adds_up else before + product
            pending[parent] = after
            if around is None or around is node or around is parent:
                found = (index, node, parent, argument, upstream, product, before, after)
                yield TensorStep(*found, names, data, saved)
            if not adds_up or (type(parent) is Record and product.shape != parent.shape):
                return  # a vjp of somebody's own got the shape wrong: no rule could go on from there


def seeded(root: Any) -> Any:
    """The node to start from.  GradError if the root is not one number, or has no graph."""
    if not root.requires_grad or root.array.size != 1:
        found = "one without a graph" if not root.requires_grad else f"shape {tuple(root.shape)}"
        raise GradError(
            f"steps(root): the chain rule starts from one number that requires a gradient; found "
            f"{found}. Reduce it first: steps(y.sum()), of inputs with requires_grad=True."
        )
    return root.grad_fn or root


def kept(x: Any) -> Any:
    """A small array as it is now: an optimiser may change it in place before anybody looks."""
    return x.copy() if isinstance(x, np.ndarray) and x.size <= LARGEST**2 else x


def brief(array: Any) -> str:
    """A number, or shape and norm: 2×3 ‖4.5‖."""
    if array.size == 1:
        return number(array.item())
    return f"{shape_text(array)} ‖{number(norm(array))}‖"


def _parts(node: Record, upstream: Any) -> Sequence[tuple[int, Any, Any]]:
    try:
        return parts_of(node, upstream)
    except FreedGraphError as error:
        raise FreedGraphError(
            f"steps(root): {node.op.name} no longer has the values its rule needs, because "
            "backward() freed the graph as it passed. Call steps before backward(), or "
            "root.backward(retain_graph=True)."
        ) from error


def _unsummed(step: TensorStep) -> Any:
    """What each copy of a stretched input receives: the same rule, for an input already wide."""
    node, shape = step.node, step.node.shape
    y, *xs = step.saved
    held = xs[step.argument]
    wide = np.broadcast_to(held, shape) if isinstance(held, np.ndarray) else None
    xs[step.argument] = Shape(np.empty(shape, node.dtype)) if wide is None else wide
    try:
        return node.op.vjp(step.argument, step.upstream, y, xs, node.params)
    except Exception:  # a rule of one's own
        return None
