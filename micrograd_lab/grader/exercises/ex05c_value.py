"""Exercise 05c: an engine of one's own: a Value with its ops and its backward pass."""

import math
from random import Random
from typing import Any

from micrograd_lab.grader.spec import Exercise, Misconception, Probe, between
from micrograd_lab.graph import topological_order


class Engine:
    """The reference; each mistake below changes one piece of it."""

    def __init__(
        self, data: Any, parents: Any = (), local_grads: Any = (), op: Any = None, label: str = ""
    ) -> None:
        self.data, self.grad = data, 0.0
        self.parents, self.local_grads = parents, local_grads
        self.op, self.label = op, label

    def node(self, op: str, data: float, *edges: Any) -> Any:
        return type(self)(data, tuple(p for p, _ in edges), tuple(d for _, d in edges), op)

    def wrap(self, other: Any) -> Any:
        return other if isinstance(other, Engine) else type(self)(other)

    def __add__(self, other: Any) -> Any:
        b = self.wrap(other)
        return self.node("+", self.data + number(b), (self, 1.0), (b, 1.0))

    def __mul__(self, other: Any) -> Any:
        b = self.wrap(other)
        return self.node("*", self.data * number(b), (self, number(b)), (b, self.data))

    def __pow__(self, n: float) -> Any:
        return self.node(f"**{n}", self.data**n, (self, n * self.data ** (n - 1)))

    def unary(self, op: str, y: float, slope: float) -> Any:
        return self.node(op, y, (self, slope))

    def __neg__(self) -> Any:
        return self.unary("neg", -self.data, -1.0)

    def exp(self) -> Any:
        return self.unary("exp", math.exp(self.data), math.exp(self.data))

    def log(self) -> Any:
        return self.unary("log", math.log(self.data), 1 / self.data)

    def tanh(self) -> Any:
        return self.unary("tanh", math.tanh(self.data), 1 - math.tanh(self.data) ** 2)

    def sigmoid(self) -> Any:
        y = 1 / (1 + math.exp(-self.data))
        return self.unary("sigmoid", y, y * (1 - y))

    def relu(self) -> Any:
        return self.unary("relu", max(self.data, 0.0), float(self.data > 0))

    def order(self) -> Any:
        return topological_order(self)[::-1]

    def reset(self, node: Any) -> None:
        if node.parents:
            node.grad = 0.0

    def give(self, parent: Any, share: float) -> None:
        parent.grad += share

    def backward(self) -> None:
        order = self.order()
        for node in order:
            self.reset(node)
        self.grad += 1.0
        for node in order:
            for parent, local in zip(node.parents, node.local_grads, strict=True):
                self.give(parent, local * node.grad)

    def __sub__(self, other: Any) -> Any:
        return self + -other

    def __truediv__(self, other: Any) -> Any:
        return self * other**-1

    def __rsub__(self, other: Any) -> Any:
        return -self + other

    def __rtruediv__(self, other: Any) -> Any:
        return self**-1 * other

    __radd__ = __add__
    __rmul__ = __mul__


def number(x: Any) -> Any:
    return getattr(x, "data", x)


# The mistakes.


class MulSwapped(Engine):
    def __mul__(self, other: Any) -> Any:
        b = self.wrap(other)
        return self.node("*", self.data * b.data, (self, self.data), (b, b.data))


class PowForgetsN(Engine):
    def __pow__(self, n: float) -> Any:
        return self.node(f"**{n}", self.data**n, (self, self.data ** (n - 1)))


class GateMissing(Engine):
    def relu(self) -> Any:
        return self.unary("relu", max(self.data, 0.0), 1.0)


class ExpUsesInput(Engine):
    def exp(self) -> Any:
        return self.unary("exp", math.exp(self.data), self.data)


class TanhOneMinusY(Engine):
    def tanh(self) -> Any:
        return self.unary("tanh", math.tanh(self.data), 1 - math.tanh(self.data))


class SigmoidUsesInput(Engine):
    def sigmoid(self) -> Any:
        return self.unary("sigmoid", 1 / (1 + math.exp(-self.data)), self.data * (1 - self.data))


class ConstUnwrapped(Engine):
    def wrap(self, other: Any) -> Any:
        return other


class SetLosesParent(Engine):
    def node(self, op: str, data: float, *edges: Any) -> Any:
        edges = tuple(dict(edges).items())
        return Engine.node(self, op, data, *edges)


class ForgetsOp(Engine):
    def node(self, op: str, data: float, *edges: Any) -> Any:
        return type(self)(data, tuple(p for p, _ in edges), tuple(d for _, d in edges))


class Overwrites(Engine):
    def give(self, parent: Any, share: float) -> None:
        parent.grad = share


class NoSeed(Engine):
    def reset(self, node: Any) -> None:
        node.grad = -1.0 if node is self else node.grad * (not node.parents)


class NotReversed(Engine):
    def order(self) -> Any:
        return topological_order(self)


class RecursionLimit(Engine):
    def order(self) -> Any:
        order, seen = [], set()

        def visit(node: Any) -> None:
            if node not in seen:
                seen.add(node)
                for parent in node.parents:
                    visit(parent)
                order.append(node)

        visit(self)
        return order[::-1]


class InteriorAdds(Engine):
    def reset(self, node: Any) -> None:
        if node is self:
            node.grad = 0.0


class SeedAdds(Engine):
    def reset(self, node: Any) -> None:
        pass


class BackwardWipes(Engine):
    def reset(self, node: Any) -> None:
        node.grad = 0.0


# The questions.


def arithmetic(Value: Any, a: float, b: float, c: float) -> Any:
    x, y, z = Value(a), Value(b), Value(c)
    root = (x * y + z) * 2.0 - y / z
    root.backward()
    return [root.data, x.grad, y.grad, z.grad]


def powers(Value: Any, a: float, n: int) -> Any:
    x, y = Value(a), Value(a)
    up, down = x**n * 3.0, y**-2
    up.backward()
    down.backward()
    return [up.data, x.grad, down.data, y.grad]


def numbers(Value: Any, a: float, k: float) -> Any:
    x = [Value(a) for _ in range(7)]
    y = [x[0] + k, k + x[1], k * x[2], x[3] - k, k - x[4], x[5] / k, -x[6]]
    for node in y:
        node.backward()
    return [[node.data, leaf.grad] for leaf, node in zip(x, y, strict=True)]


def one(Value: Any, name: str, a: float) -> Any:
    """The op called `name` at a, with an upstream gradient of 3."""
    x = Value(a)
    y = getattr(x, name)()
    (y + y + y).backward()
    return [y.data, x.grad]


def gate(Value: Any, a: float, b: float) -> Any:
    return [one(Value, "relu", a), one(Value, "relu", b)]


def shared(Value: Any, a: float) -> Any:
    """y = tanh(x) is used three times; so is x."""
    x = Value(a)
    y = x + x
    c = y + y + y + x
    c.backward()
    return [c.data, x.grad, y.grad]


def again(Value: Any, a: float) -> Any:
    """c = b + b with b = a + a, backward twice, then through another root."""
    x = Value(a)
    y = x + x
    c, d = y + y, y + y + y
    c.backward()
    c.backward()
    first = [x.grad, y.grad, c.grad]
    d.backward()
    return [*first, x.grad, y.grad]


def contract(Value: Any, a: float) -> Any:
    """What draw(root) and steps(root) need to find in every node."""
    x = Value(a, label="x")
    root = x + x + Value(1.0, label="one")
    stack, problems = [root], set()
    while stack:
        node = stack.pop()
        if (node.op is None) != (not node.parents):
            problems.add("op is None for a leaf, and a text for all others")
        if len(node.local_grads) != len(node.parents):
            problems.add("one local gradient per parent")
        if not all(isinstance(number, (int, float)) for number in (node.data, node.grad)):
            problems.add("data and grad are plain numbers")
        if not isinstance(node.label, str):
            problems.add("a label is a text")
        stack += node.parents
    return [sorted(problems), x.label, len(root.parents)]


def deep(Value: Any, length: int) -> Any:
    x = Value(0.5)
    total = x
    for _ in range(length):
        total = total + x
    total.backward()
    return x.grad


def moons(Value: Any, points: list[list[float]], weights: list[float], steps: int) -> Any:
    """A small network on points of two moons: the hinge loss before each step of training."""
    w = [Value(number) for number in weights]
    losses = []
    for _ in range(steps):
        loss = Value(0.0)
        for x1, x2, side in points:
            hidden = [(w[i] * x1 + w[i + 1] * x2 + w[i + 2]).tanh() for i in (0, 3, 6)]
            score = sum((v * h for v, h in zip(w[9:12], hidden, strict=True)), w[12])
            loss = loss + (1 - score * side).relu()
        loss = loss / len(points)
        for p in w:
            p.grad = 0.0
        loss.backward()
        for p in w:
            p.data -= 0.3 * p.grad
        losses.append(loss.data)
    return losses


def draw_three(rng: Random) -> dict[str, Any]:
    return {"a": between(rng, 2, 3), "b": between(rng, -6, -4), "c": between(rng, 7, 9)}


def draw_power(rng: Random) -> dict[str, Any]:
    return {"a": between(rng, 1.2, 2), "n": rng.choice([3, 4])}


def draw_number(rng: Random) -> dict[str, Any]:
    return {"a": between(rng, 2, 3), "k": between(rng, 4, 6)}


def draw_exp(rng: Random) -> dict[str, Any]:
    return {"name": "exp", "a": between(rng, -1.5, 1.5)}


def draw_log(rng: Random) -> dict[str, Any]:
    return {"name": "log", "a": between(rng, 2, 4)}


def draw_tanh(rng: Random) -> dict[str, Any]:
    return {"name": "tanh", "a": between(rng, 0.3, 1.2)}


def draw_sigmoid(rng: Random) -> dict[str, Any]:
    return {"name": "sigmoid", "a": between(rng, 1.2, 2.5)}


def draw_gate(rng: Random) -> dict[str, Any]:
    return {"a": between(rng, 1, 3), "b": between(rng, -3, -1)}


def draw_a(rng: Random) -> dict[str, Any]:
    return {"a": between(rng, 2, 3)}


def draw_deep(rng: Random) -> dict[str, Any]:
    return {"length": rng.randint(3000, 4000)}


def draw_moons(rng: Random) -> dict[str, Any]:
    points = []
    for i in range(8):
        angle, side = rng.uniform(0, math.pi), 1 - 2 * (i % 2)
        x1, x2 = side * math.cos(angle) + i % 2, side * math.sin(angle) + 0.5 * (i % 2)
        points.append([round(x1, 2), round(x2, 2), side])
    weights = [between(rng, -1, 1) for _ in range(13)]
    return {"points": points, "weights": weights, "steps": rng.randint(4, 6)}


CALL = "y = x.{name}() at x = {a}, then (y + y + y).backward(): y.data and x.grad"

EXERCISE = Exercise(
    name="ex05c_value",
    title="An engine of your own",
    entry_point="Value",
    reference=Engine,
    probes=(
        Probe(
            "+ - * / together",
            arithmetic,
            2,
            draw_three,
            "r = (x * y + z) * 2.0 - y / z at {a}, {b}, {c}: r.data, then the grads of x, y, z",
            "dr/dx = 2y, dr/dy = 2x − 1/z, dr/dz = 2 + y/z²",
        ),
        Probe(
            "powers",
            powers,
            1,
            draw_power,
            "x**{n} * 3.0 and y**-2 at {a}: each its data and its slope",
            "d(xⁿ)/dx = n·xⁿ⁻¹",
        ),
        Probe(
            "plain numbers on either side",
            numbers,
            1,
            draw_number,
            "x + k, k + x, k * x, x - k, k - x, x / k, -x at x = {a}, k = {k}: each (data, slope)",
            "a plain number works like a Value that holds it",
        ),
        Probe("exp", one, 1, draw_exp, CALL, "eˣ is its own slope, times 3 from above"),
        Probe("log", one, 1, draw_log, CALL, "the slope of ln x is 1/x, times 3 from above"),
        Probe("tanh", one, 1, draw_tanh, CALL, "the slope is 1 − y², times 3 from above"),
        Probe("sigmoid", one, 1, draw_sigmoid, CALL, "the slope is y·(1 − y), times 3 from above"),
        Probe(
            "relu on both sides of 0",
            gate,
            1,
            draw_gate,
            "relu at {a}, then at {b}, upstream gradient 3: each (data, slope)",
            "open above 0, shut below",
        ),
        Probe(
            "nodes used several times",
            shared,
            2,
            draw_a,
            "y = x + x, c = y + y + y + x at x = {a}: c.data, x.grad, y.grad",
            "three edges to y; to x one edge, and two from y",
        ),
        Probe(
            "backward again, and from another root",
            again,
            2,
            draw_a,
            "y = x + x, c = y + y, d = y + y + y at x = {a}: c.backward() twice: x.grad, y.grad, "
            "c.grad; then d.backward(): x.grad, y.grad",
            "the leaf x adds up over all calls; what lies between is computed afresh by each",
        ),
        Probe(
            "what draw and steps read",
            contract,
            1,
            draw_a,
            'with x = Value({a}, label="x"), r = x + x + Value(1.0, label="one"): rules that are '
            "broken, the label of x, the number of parents of r",
            "each node has data, grad, op, parents, label and local_grads",
        ),
        Probe(
            "a sum of thousands",
            deep,
            1,
            draw_deep,
            "t = x, then t = t + x, {length} times; t.backward(): x.grad",
            "one path per term",
        ),
        Probe(
            "a network learns two moons",
            moons,
            2,
            draw_moons,
            "a small network of your Values, points {points}: its loss before each of {steps} steps",
            "the same losses as with any other right engine",
        ),
    ),
    misconceptions=(
        Misconception(
            MulSwapped,
            "In a * b the local gradients are the other way round: towards a it is b, and towards "
            "b it is a.",
        ),
        Misconception(
            PowForgetsN,
            "The slope of xⁿ has the n in front: n·xⁿ⁻¹. Yours lacks it.",
        ),
        Misconception(
            GateMissing,
            "relu lets gradient through where it let the number through: below 0 the local "
            "gradient is 0.",
        ),
        Misconception(
            ExpUsesInput,
            "The slope of eˣ is eˣ itself, the output, and not x.",
        ),
        Misconception(
            TanhOneMinusY,
            "The slope of tanh is 1 − y², with the square; yours is 1 − y.",
        ),
        Misconception(
            SigmoidUsesInput,
            "The slope of the sigmoid is y·(1 − y) in terms of its output y; yours puts in x.",
        ),
        Misconception(
            ConstUnwrapped,
            "A plain number went into `parents` as it was, and a number has no gradient to add to. "
            "Wrap it first: Value(other).",
        ),
        Misconception(
            SetLosesParent,
            "x + x lost one of its two edges to x. Keep parents and local gradients in tuples, one "
            "entry per edge; a set or a dict merges equal ones.",
        ),
        Misconception(
            ForgetsOp,
            'The results know their parents, but not what was done to them. Hand over the op, such as "+".',
        ),
        Misconception(
            Overwrites,
            "Where two paths meet, the second share covered the first. Add: parent.grad += ...",
        ),
        Misconception(
            NoSeed,
            "All gradients stay at 0. Nothing flows until the root says so: its own grad is 1.",
        ),
        Misconception(
            NotReversed,
            "backward() walks from the leaves to the root, so only the root's parents get "
            "anything. Walk the other way: reversed(order).",
        ),
        Misconception(
            RecursionLimit,
            "All is right but for the depth: a function that calls itself once per node runs into "
            "Python's recursion limit. Keep a stack of your own, a list.",
        ),
        Misconception(
            InteriorAdds,
            "A second backward() found the first one's gradients still in the nodes between, and "
            "passed them on once more. Set every node that has parents back to 0 before you start.",
        ),
        Misconception(
            SeedAdds,
            "A second backward() adds its 1 to the root's old one, and the nodes between keep "
            "theirs too. Set every node with parents back to 0 before you start.",
        ),
        Misconception(
            BackwardWipes,
            "Each backward() wipes out what the leaves had. Set back only nodes with parents: the "
            "leaves add up over calls until somebody zeroes them.",
        ),
    ),
    hints=(
        "Every op does the same: compute the number, then return Value(number, parents, "
        'local_grads, op). For + that is Value(a + b, (self, other), (1.0, 1.0), "+").',
        "The local gradients: * has (b, a); **n has n·xⁿ⁻¹; neg −1; exp y; log 1/x; tanh 1 − y²; "
        "sigmoid y(1 − y); relu 1 above 0, else 0.",
        "backward(): put the nodes in order, set those that have parents back to 0, add 1 to the "
        "root's own grad, then the chain rule along every edge, root first.",
        "for node in reversed(topological_order(self)): for parent, local in zip(node.parents, "
        "node.local_grads): parent.grad += local * node.grad",
    ),
    difficulty=3,
    minutes=40,
    helpers=(one,),
    without=("micrograd_lab.scalar",),
)
