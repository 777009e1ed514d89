"""Graphs of numbers."""

import random
from typing import Any

from micrograd_lab.lens import conformance, draw, explain, steps
from micrograd_lab.scalar import MLP, Value


def before_backward(theme: str = "light") -> Any:
    """What did the forward pass write down?

    Each box is a number, and its badge the op that made it. Nobody has called backward(), so no
    gradient is shown: zero would be a lie.
    """
    x, w, b = Value(2.0, label="x"), Value(3.0, label="w"), Value(1.0, label="b")
    return draw((x * w + b) ** 2, theme=theme)


def after_backward(theme: str = "light") -> Any:
    """Who is to blame for the result?

    Orange runs backwards: the number on an arrow is the local gradient, and it multiplies what comes
    from the right. Where two arrows leave one box, as from `b`, what they bring back is added.
    """
    a, b = Value(2.0, label="a"), Value(-3.0, label="b")
    y = a * b + b
    y.label = "y"
    y.backward()
    return draw(y, theme=theme)


def neuron(theme: str = "light") -> Any:
    """Which way does most of the gradient go?

    An arrow is as thick as the gradient that it carries: most goes through w1, hardly any to w2.
    """
    x1, x2 = Value(2.0, label="x1"), Value(0.1, label="x2")
    w1, w2 = Value(-0.5, label="w1"), Value(1.0, label="w2")
    y = (x1 * w1 + x2 * w2 + Value(0.3, label="b")).tanh()
    y.label = "y"
    y.backward()
    return draw(y, theme=theme)


def network(theme: str = "light") -> Any:
    """What does a whole network look like?

    Two neurons feed a third. Find the ReLU whose box says 0: no gradient gets past it, and what stands
    before it learns nothing from this example.
    """
    net = MLP(2, [2, 1], random.Random(1))
    y = net([Value(1.0, label="x1"), Value(-2.0, label="x2")])
    y.backward()
    return draw(y, direction="TB", theme=theme)


def around(theme: str = "light") -> Any:
    """What is near one weight of a large network?

    Of a graph of hundreds of nodes only what is at most two arrows from this weight; dotted lines
    lead to the rest.
    """
    net = MLP(2, [8, 8, 1], random.Random(0))
    y = net([Value(1.0, label="x1"), Value(-2.0, label="x2")])
    y.backward()
    return draw(y, around=net.layers[1].neurons[1].w[1], theme=theme)


def repeated(theme: str = "light") -> Any:
    """How does a loop of fifty rounds fit on a page?

    Ops that come again and again are drawn once, in a frame that says how often.
    """
    x, rate = Value(1.0, label="x"), Value(0.1, label="rate")
    for _ in range(50):
        x = x - rate * x**3
    x.backward()
    return draw(x, fold=True, theme=theme)


def backward_graph(theme: str = "light") -> Any:
    """What does backward() compute, and in which order?

    The gradients themselves as a graph: it starts with ∂loss/∂loss = 1 and ends at the leaves.
    """
    x, w, b = Value(2.0, label="x"), Value(3.0, label="w"), Value(1.0, label="b")
    loss = (x * w + b) ** 2
    loss.label = "loss"
    loss.backward()
    return draw(loss, kind="backward", theme=theme)


def chain_rule(theme: str = "light") -> Any:
    """What happens at each step of backward()?

    One edge at a time: local × upstream, added to what is already there. As a picture the steps play by
    themselves; in a notebook you leaf through them with buttons or arrow keys.
    """
    a, b = Value(2.0, label="a"), Value(-3.0, label="b")
    y = a * b + b
    y.label = "y"
    return steps(y, theme=theme)


def paths() -> Any:
    """Which paths make up a gradient?

    Each path from the loss to `w` gives the product of its factors, and their sum is w.grad to the
    last digit. The path through the ReLU that is off brings nothing, and it says why.
    """
    x, w = Value(2.0, label="x"), Value(0.5, label="w")
    h = (w * x).tanh()
    off = (w * x - 3).relu()
    loss = (h + off + w) ** 2
    h.label, off.label, loss.label = "h", "off", "loss"
    loss.backward()
    return explain(w, of=loss)


class Mine:
    """An engine as one writes it the first time; it has one mistake."""

    def __init__(self, data: float, parents: tuple[Any, ...] = (), op: str | None = None):
        self.data, self.parents, self.op = data, parents, op
        self.grad, self.label = 0.0, ""
        self.step: Any = lambda: None

    def __add__(self, other: Any) -> "Mine":
        other = other if isinstance(other, Mine) else Mine(other)
        out = Mine(self.data + other.data, (self, other), "+")

        def step() -> None:
            self.grad = out.grad
            other.grad = out.grad

        out.step = step
        return out

    def __mul__(self, other: Any) -> "Mine":
        other = other if isinstance(other, Mine) else Mine(other)
        out = Mine(self.data * other.data, (self, other), "*")

        def step() -> None:
            self.grad = other.data * out.grad
            other.grad = self.data * out.grad

        out.step = step
        return out

    def backward(self) -> None:
        order: list[Mine] = []

        def visit(node: Mine) -> None:
            if node not in order:
                for parent in node.parents:
                    visit(parent)
                order.append(node)

        visit(self)
        self.grad = 1.0
        for node in reversed(order):
            node.step()


def own_engine() -> Any:
    """What can my own engine do, and what is the smallest thing that it gets wrong?

    Every claim is tried on it; below "Begin here" stands what most of the crosses have in common. The
    picture is the smallest program that goes wrong, with the gradients that it should have.
    """
    return conformance(Mine)
