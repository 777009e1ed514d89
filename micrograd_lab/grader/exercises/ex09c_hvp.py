"""Exercise 09c: the gradient of a gradient, along one direction."""

import math
from random import Random
from typing import Any

from micrograd_lab.grader.spec import Exercise, Misconception, Probe, between
from micrograd_lab.graph import topological_order


class Node:
    """A number whose edges turn an upstream gradient, a Node, into the parent's share, a Node."""

    def __init__(self, data: float, parents: Any = (), pullbacks: Any = ()) -> None:
        self.data, self.parents, self.pullbacks = data, parents, pullbacks

    def __add__(self, other: Any) -> Any:
        other = other if isinstance(other, Node) else Node(other)
        return Node(self.data + other.data, (self, other), (lambda g: g, lambda g: g))

    def __mul__(self, other: Any) -> Any:
        other = other if isinstance(other, Node) else Node(other)
        edges = (lambda g: g * other, lambda g: g * self)
        return Node(self.data * other.data, (self, other), edges)

    def exp(self) -> Any:
        y = Node(math.exp(self.data), (self,))
        y.pullbacks = (lambda g: g * y,)
        return y

    def sin(self) -> Any:
        return Node(math.sin(self.data), (self,), (lambda g: g * self.cos(),))

    def cos(self) -> Any:
        return Node(math.cos(self.data), (self,), (lambda g: g * self.sin() * -1.0,))

    __radd__, __rmul__ = __add__, __mul__


def grad(root: Any, leaves: Any, cut: bool = False, add: bool = True, sort: bool = True) -> Any:
    """d(root)/d(leaf) for every leaf, as Nodes that remember where they came from."""
    grads: Any = {root: Node(1.0)}
    for node in reversed(topological_order(root)) if sort else before_its_children(root):
        if node not in grads:
            continue
        upstream = Node(grads[node].data) if cut else grads[node]
        for parent, pullback in zip(node.parents, node.pullbacks, strict=True):
            share = pullback(upstream)
            grads[parent] = grads[parent] + share if add and parent in grads else share
    return [grads.get(leaf, Node(0.0)) for leaf in leaves]


def before_its_children(root: Any) -> Any:
    """Depth first from the root: a node may come before a child that has gradient to give it."""
    order: Any = []
    stack = [root]
    while stack:
        node = stack.pop()
        if node not in order:
            order.append(node)
            stack += node.parents
    return order


def prepared(f: Any, xs: Any, **ways: Any) -> Any:
    """The leaves and the first gradient."""
    leaves = [Node(x) for x in xs]
    return leaves, grad(f(*leaves), leaves, **ways)


def along(gradient: Any, v: Any) -> Any:
    return sum(g * vi for g, vi in zip(gradient, v, strict=True))


def hvp(f: Any, xs: Any, v: Any) -> Any:
    leaves, gradient = prepared(f, xs)
    return [h.data for h in grad(along(gradient, v), leaves)]


# The mistakes.


def grad_is_float(f: Any, xs: Any, v: Any) -> Any:
    leaves, gradient = prepared(f, xs)
    slope = Node(sum(g.data * vi for g, vi in zip(gradient, v, strict=True)))
    return [h.data for h in grad(slope, leaves)]


def detaches_first_grad(f: Any, xs: Any, v: Any) -> Any:
    leaves, gradient = prepared(f, xs, cut=True)
    return [h.data for h in grad(along(gradient, v), leaves)]


def overwrites(f: Any, xs: Any, v: Any) -> Any:
    leaves, gradient = prepared(f, xs, add=False)
    return [h.data for h in grad(along(gradient, v), leaves, add=False)]


def preorder(f: Any, xs: Any, v: Any) -> Any:
    leaves, gradient = prepared(f, xs, sort=False)
    return [h.data for h in grad(along(gradient, v), leaves, sort=False)]


def v_ignored(f: Any, xs: Any, v: Any) -> Any:
    return hvp(f, xs, [1.0] * len(xs))


def diagonal_only(f: Any, xs: Any, v: Any) -> Any:
    leaves, gradient = prepared(f, xs)
    return [grad(g, [x])[0].data * vi for g, x, vi in zip(gradient, leaves, v, strict=True)]


def full_hessian(f: Any, xs: Any, v: Any) -> Any:
    leaves, gradient = prepared(f, xs)
    return [[h.data for h in grad(g, leaves)] for g in gradient]


def directional_slope(f: Any, xs: Any, v: Any) -> Any:
    return along(prepared(f, xs)[1], v).data


def gradient_times_v(f: Any, xs: Any, v: Any) -> Any:
    return [g.data * vi for g, vi in zip(prepared(f, xs)[1], v, strict=True)]


def both_gradients_added(f: Any, xs: Any, v: Any) -> Any:
    first = [g.data for g in prepared(f, xs)[1]]
    return [a + b for a, b in zip(first, hvp(f, xs, v), strict=True)]


# The questions.


def product(hvp: Any, xs: list[float], v: list[float]) -> Any:
    return hvp(lambda a, b: a * a * b, xs, v)


def waves(hvp: Any, xs: list[float], v: list[float]) -> Any:
    return hvp(lambda a, b: (a * b).sin() + (0.5 * a).exp() * b, xs, v)


def shared(hvp: Any, xs: list[float], v: list[float]) -> Any:
    def f(a: Any, b: Any, c: Any) -> Any:
        s = a * b + c
        return s * s * s + s * c

    return hvp(f, xs, v)


def straight(hvp: Any, xs: list[float], v: list[float]) -> Any:
    """Curved in a; straight in b, which no other input changes."""
    return hvp(lambda a, b: a * a * a + 3 * b, xs, v)


def draw_two(rng: Random) -> dict[str, Any]:
    return {
        "xs": [between(rng, 1.2, 1.6), between(rng, 2, 3)],
        "v": [between(rng, 2, 3), between(rng, -5, -4)],
    }


def draw_three(rng: Random) -> dict[str, Any]:
    two = draw_two(rng)
    return {"xs": [*two["xs"], between(rng, 3, 4)], "v": [*two["v"], between(rng, 6, 7)]}


EXERCISE = Exercise(
    name="ex09c_hvp",
    title="The gradient of a gradient",
    entry_point="hvp",
    reference=hvp,
    probes=(
        Probe("a product", product, 3, draw_two, "hvp(f, {xs}, {v}) with f(a, b) = a²b",
              "the slopes 2ab and a² are functions of a and b: 2b·v[0] + 2a·v[1], and 2a·v[0]"),
        Probe("sin and exp", waves, 3, draw_two,
              "hvp(f, {xs}, {v}) with f(a, b) = sin(ab) + exp(a/2)·b",
              "local gradients such as cos(ab) move with a and b too"),
        Probe("a node used several times", shared, 3, draw_three,
              "hvp(f, {xs}, {v}) with f(a, b, c) = s³ + s·c, s = ab + c",
              "shares from all paths add, in the first gradient and in the second"),
        Probe("an input in which f is straight", straight, 1, draw_two,
              "hvp(f, {xs}, {v}) with f(a, b) = a³ + 3b",
              "the slope 3 never changes: its second derivative is 0, and a number is still due"),
    ),
    misconceptions=(
        Misconception(
            grad_is_float,
            "Your first gradient is a plain number, or a new Value made of one, and has forgotten "
            "where it came from; all its derivatives are 0. Keep the Values that the pullbacks give.",
        ),
        Misconception(
            detaches_first_grad,
            "The gradient is cut off from its graph on its way down: a new Value is made of its "
            "number at each node, so only the last edge is differentiated. Hand on the Value.",
        ),
        Misconception(
            overwrites,
            "Where paths meet, the last share covers the others. Add: grads[parent] + share.",
        ),
        Misconception(
            preorder,
            "Some nodes pass on their gradient before all of it has arrived. Children come before "
            "parents: reversed(topological_order(root)).",
        ),
        Misconception(
            v_ignored,
            "v is ignored: the answer is the one for all ones. Weigh the first gradient's entries "
            "by v before you differentiate their sum.",
        ),
        Misconception(
            diagonal_only,
            "Each slope is differentiated by its own input alone. It moves with the others too: "
            "differentiate the sum v[0]·g[0] + v[1]·g[1] + ... by every input.",
        ),
        Misconception(
            full_hessian,
            "That is the whole Hessian, one backward pass per input. Its product with v takes a "
            "single one: differentiate the sum of v[i]·g[i].",
        ),
        Misconception(
            directional_slope,
            "That is the slope along v, the sum of v[i]·g[i]: half way. Differentiate it once more, "
            "by every input.",
        ),
        Misconception(
            gradient_times_v,
            "That is the first gradient, entry by entry times v. Nothing has been differentiated "
            "twice yet.",
        ),
        Misconception(
            both_gradients_added,
            "The first gradient is still in your answer: both were collected in one place. Start "
            "the second pass with an empty dict.",
        ),
    ),
    hints=(
        "A gradient is a function of the inputs like any other. If it comes as a Value with its "
        "graph, the same function grad() can differentiate it.",
        "In grad: a dict from node to gradient, with Value(1.0) for the root. The shares are "
        "pullback(grads[node]), Values, and + adds them.",
        "In hvp: leaves, f, grad; then a single Value, the sum of v[i] * g[i]; then grad again.",
        "slope = sum(vi * g for vi, g in zip(v, grad(f(*leaves), leaves))); return [h.data for h "
        "in grad(slope, leaves)]",
    ),
    difficulty=3,
    minutes=30,
    without=(
        "micrograd_lab.tensor", "micrograd_lab.func", "micrograd_lab.autograd", "micrograd_lab.ops",
        "micrograd_lab.engine",
    ),
)  # fmt: skip
