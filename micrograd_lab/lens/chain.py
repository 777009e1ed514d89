"""The chain rule, one edge at a time: what backward() does, written down instead of done."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from micrograd_lab.errors import NotANodeError
from micrograd_lab.lens.formulas import expression, grouped, latex, partial
from micrograd_lab.lens.naming import name_of, number


class Edge:
    """What a step says of its edge, whether a number or an array goes along it."""

    index: int
    node: Any
    parent: Any
    argument: int
    names: Mapping[int, str]

    @property
    def op(self) -> Any:
        """The op whose rule this step applies."""
        return self.node.op

    @property
    def node_name(self) -> str:
        return self.names[id(self.node)]

    @property
    def parent_name(self) -> str:
        return self.names[id(self.parent)]

    @property
    def is_seed(self) -> bool:
        """Whether this is step 0, where everything starts."""
        return self.index == 0

    @property
    def to(self) -> str:
        """The receiving parent; which one of the two, where a node uses it twice."""
        twice = sum(parent is self.parent for parent in self.node.parents) > 1
        return (
            f"{self.parent_name} ({nth(self.argument)})"
            if twice and not self.is_seed
            else self.parent_name
        )


@dataclass(frozen=True, eq=False)
class Step(Edge):
    """A node passes its gradient to one parent; step 0 gives the root its gradient of 1.

    upstream * local = product, and before + product = after, in floats as in backward().
    """

    index: int
    node: Any
    parent: Any  # who receives
    argument: int  # which argument of the node the parent is; 0 is the first
    local: Any  # d(node)/d(parent) as a number
    upstream: Any  # d(root)/d(node), complete by now
    product: Any  # what this edge contributes
    before: Any  # what the parent had received so far
    after: Any
    names: Mapping[int, str] = field(repr=False)  # of every node, by id

    @property
    def expression(self) -> str:
        """What the node computes, in names: a·b."""
        return self.node_name if self.is_seed else expression(self.node, self.names)

    @property
    def derivative(self) -> str:
        """Of that, by the parent: b.  Empty if the op is not in the table of formulas."""
        return "1" if self.is_seed else partial(self.node, self.argument, self.names)

    @property
    def latex(self) -> str:
        r"""The local derivative for a typesetter: \frac{\partial \left(a \cdot b\right)}{\partial a} = b."""
        return latex(self.node, None if self.is_seed else self.argument, self.names)

    @property
    def formula(self) -> str:
        """The local derivative in names: ∂(a·b)/∂a = b."""
        if self.is_seed or not self.derivative:
            return (
                f"∂{grouped(self.node_name)}/∂{grouped(self.parent_name)}" + " = 1" * self.is_seed
            )
        brackets_of_its_own = re.fullmatch(r"\w+\([^()]*\)|\|[^|]*\|", self.expression)
        above = self.expression if brackets_of_its_own else f"({self.expression})"
        return f"∂{above}/∂{grouped(self.parent_name)} = {self.derivative}"

    @property
    def derived(self) -> str:
        """The local derivative in names and as a number: ∂(a·b)/∂a = b = 2."""
        value = number(self.local)
        done = self.is_seed or self.formula.endswith(f"= {value}")
        return self.formula if done else f"{self.formula} = {value}"

    @property
    def multiplied(self) -> str:
        """16 × 2 = 32"""
        return f"{number(self.upstream)} × {_signed(self.local)} = {number(self.product)}"

    @property
    def added(self) -> str:
        """0 + 32 = 32"""
        return f"{number(self.before)} + {_signed(self.product)} = {number(self.after)}"

    @property
    def sentence(self) -> str:
        """The step in words: c = a·b passes its gradient to a: 6 × b = 6 × 2 = 12, ..."""
        if self.is_seed:
            return (
                f"It starts at the end: when {self.node_name} moves by a little, {self.node_name} "
                "moves by just as much, so its gradient is 1."
            )
        in_names = ""
        if self.derivative and self.derivative != number(self.local):
            in_names = f"{number(self.upstream)} × {grouped(self.derivative)} = "
        return (
            f"{self.node_name} = {self.expression} passes its gradient to {self.to}: "
            f"{in_names}{self.multiplied}, added to {number(self.before)} → {number(self.after)}."
        )


def chain_rule(
    order: Sequence[Any], names: Mapping[int, str], around: Any = None
) -> Iterator[Step]:
    """Every step from the root, which is last in `order`, down to the leaves.

    The same order and the same arithmetic as Value.backward() from clean gradients, so each last
    `after` is the gradient itself, to the bit.  No node is changed.  With `around`, only the steps
    that start or end there are handed out.
    """
    root = order[-1]
    totals: dict[int, Any] = {id(root): 1.0}
    if around is None or around is root:
        yield Step(0, root, root, 0, 1.0, 1.0, 1.0, 0.0, 1.0, names)
    index = 0
    for node in reversed(order):  # children first: a gradient is complete before it moves on
        upstream = totals[id(node)]
        for argument, (parent, local) in enumerate(
            zip(node.parents, local_grads(node), strict=True)
        ):
            index += 1
            product = local * upstream
            before = totals.get(id(parent), 0.0)
            totals[id(parent)] = after = before + product
            if around is None or around is node or around is parent:
                yield Step(
                    index, node, parent, argument, local, upstream, product, before, after, names
                )


def local_grads(node: Any) -> tuple[Any, ...]:
    """d(node)/d(parent) for each parent; NotANodeError if the engine does not keep them."""
    if not node.parents:
        return ()
    if not hasattr(node, "local_grads"):
        raise NotANodeError(
            f"steps(root): the node made by {name_of(node.op)!r} does not say how much each parent "
            "matters. It needs an attribute `local_grads`, one number per parent, as a Value has; "
            "draw(root) shows any graph."
        )
    return tuple(node.local_grads)


def _signed(x: Any) -> str:
    text = number(x)
    return f"({text})" if text.startswith("−") else text


def nth(argument: int) -> str:
    return {0: "1st", 1: "2nd", 2: "3rd"}.get(argument, f"{argument + 1}th")
