"""Code written for micrograd runs here with only its import changed, and gives the same numbers."""

import random
from types import SimpleNamespace
from typing import Any

import graphviz
import micrograd.engine
import micrograd.nn
import numpy as np
import pytest
from sklearn.datasets import make_moons

from micrograd_lab.scalar import nn, value

OURS = SimpleNamespace(Value=value.Value, MLP=nn.MLP, Layer=nn.Layer, Neuron=nn.Neuron)
THEIRS = SimpleNamespace(
    Value=micrograd.engine.Value,
    MLP=micrograd.nn.MLP,
    Layer=micrograd.nn.Layer,
    Neuron=micrograd.nn.Neuron,
)
both_engines = pytest.mark.parametrize("engine", [OURS, THEIRS], ids=["ours", "micrograd"])


def tour_of_the_operators(engine: Any) -> list[float]:
    """Every operator micrograd has, in the manner of its README: rebinding, numbers on each side."""
    a, b = engine.Value(-4.0), engine.Value(2.0)
    c = a * b + b**3
    c += c + 1
    d = 1 + c - a
    d += d * 2 + (b + a).relu()
    d -= 3 * d - (b - a).relu()
    d *= 0.5
    e = (-d) / 4 - 2.0 * a
    f = (c - e) ** 2 / 100
    g = 5 - f + 10.0 / (f + 1) + e / 2.0
    g += sum([a, b, f]) ** -1
    g.backward()
    nodes = (a, b, c, d, e, f, g)
    return [n.data for n in nodes] + [n.grad for n in nodes]


def test_every_operator_of_micrograd_gives_micrograds_numbers():
    ours, theirs = tour_of_the_operators(OURS), tour_of_the_operators(THEIRS)
    assert len(set(theirs)) > 10  # numbers that tell something apart
    assert ours == pytest.approx(theirs, rel=1e-12)


# The manner of the lectures: a neuron by hand, backward by hand, a drawing.


def neuron_by_hand(engine: Any) -> Any:
    x1, x2 = engine.Value(2.0), engine.Value(0.0)
    w1, w2 = engine.Value(-3.0), engine.Value(1.0)
    n = x1 * w1 + x2 * w2 + 6.9
    for node, label in ((x1, "x1"), (x2, "x2"), (w1, "w1"), (w2, "w2"), (n, "n")):
        node.label = label
    o = n.relu()
    o.label = "o"
    return o


def walk(root: Any) -> list[Any]:
    """Every node after those in its `_prev`, by recursion, as in the lecture."""
    order: list[Any] = []
    visited = set()

    def build(v: Any) -> None:
        if v not in visited:
            visited.add(v)
            for child in v._prev:
                build(child)
            order.append(v)

    build(root)
    return order


def by_label(root: Any) -> dict[str, float]:
    return {v.label: v.grad for v in walk(root) if getattr(v, "label", "")}


@both_engines
def test_calling_backward_node_by_node_gives_the_same_as_backward(engine):
    by_hand, at_once = neuron_by_hand(engine), neuron_by_hand(engine)
    by_hand.grad = 1.0
    for node in reversed(walk(by_hand)):
        node._backward()
    at_once.backward()
    assert by_label(by_hand) == by_label(at_once)
    assert by_label(by_hand) == {"x1": -3, "x2": 1, "w1": 2, "w2": 0, "n": 1, "o": 1}


@both_engines
def test_backward_by_hand_adds_up_where_paths_meet(engine):
    x = engine.Value(3.0)
    y = x * x + x
    y.grad = 1.0
    for node in reversed(walk(y)):
        node._backward()
    assert x.grad == 7.0


def test_a_leaf_has_no_prev_no_op_and_nothing_to_pass_back():
    x = value.Value(3.0)
    x.grad = 5.0
    x._backward()
    assert (x._prev, x._op, x.grad) == (set(), "", 5.0)
    assert (x * x)._prev == {x}
    assert (x * 2)._op == "*"


def draw_dot(root: Any) -> graphviz.Digraph:
    """The lecture's kind of picture: a record for every number, an oval for every op."""
    dot = graphviz.Digraph(graph_attr={"rankdir": "LR"})
    for v in walk(root):
        uid = str(id(v))
        dot.node(uid, label=f"{{ data {v.data:.4f} | grad {v.grad:.4f} }}", shape="record")
        if v._op:
            dot.node(uid + v._op, label=v._op)
            dot.edge(uid + v._op, uid)
        for child in v._prev:
            dot.edge(str(id(child)), uid + v._op)
    return dot


def test_the_usual_drawing_helper_draws_both_engines_graphs_alike():
    def shape_of(engine: Any) -> tuple[int, int, list[str]]:
        root = neuron_by_hand(engine)
        root.backward()
        body = draw_dot(root).body
        numbers = sorted(line.split("label=")[1] for line in body if "shape=record" in line)
        return len(body), sum(" -> " in line for line in body), numbers

    assert shape_of(OURS) == shape_of(THEIRS)
    assert shape_of(OURS)[1] == 5 + 9  # five ops: an edge out of each, and an edge per parent
    assert '"{ data 0.9000 | grad 1.0000 }" shape=record' in str(draw_dot_of_ours())


def draw_dot_of_ours() -> graphviz.Digraph:
    root = neuron_by_hand(OURS)
    root.backward()
    return draw_dot(root)


# Networks: the same names, the same start, the same training.


@pytest.mark.parametrize("sizes", [(2, [16, 16, 1]), (3, [4, 4, 1]), (1, [1]), (5, [2, 3])])
def test_networks_start_and_print_as_micrograds_do(sizes):
    def describe(engine: Any) -> tuple[str, list[float], int]:
        random.seed(1337)
        model = engine.MLP(*sizes)
        return repr(model), [p.data for p in model.parameters()], len(model.parameters())

    assert describe(OURS) == describe(THEIRS)


def test_the_moons_network_prints_as_it_always_did():
    model = nn.MLP(2, [16, 16, 1])
    assert len(model.parameters()) == 337
    assert repr(model.layers[2]) == "Layer of [LinearNeuron(16)]"
    assert repr(model).startswith("MLP of [Layer of [ReLUNeuron(2), ReLUNeuron(2), ")


def train_on_moons(
    engine: Any, points: int, steps: int
) -> tuple[list[float], list[float], list[float]]:
    """micrograd's demonstration: hinge loss, a little L2, a falling learning rate."""
    np.random.seed(1337)  # noqa: NPY002  (the demonstration's own seeding)
    random.seed(1337)
    X, y = make_moons(n_samples=points, noise=0.1)
    y = y * 2 - 1
    model = engine.MLP(2, [16, 16, 1])

    losses, accuracies = [], []
    for k in range(steps):
        inputs = [list(map(engine.Value, row)) for row in X]
        scores = list(map(model, inputs))
        margins = [(1 + -yi * score).relu() for yi, score in zip(y, scores, strict=True)]
        data_loss = sum(margins) * (1.0 / len(margins))
        alpha = 1e-4
        total_loss = data_loss + alpha * sum(p * p for p in model.parameters())

        model.zero_grad()
        total_loss.backward()
        learning_rate = 1.0 - 0.9 * k / 100
        for p in model.parameters():
            p.data -= learning_rate * p.grad

        right = [(yi > 0) == (s.data > 0) for yi, s in zip(y, scores, strict=True)]
        losses.append(float(total_loss.data))
        accuracies.append(sum(right) / len(right))
    return losses, accuracies, [float(p.data) for p in model.parameters()]


def test_the_moons_demonstration_trains_as_in_micrograd_step_by_step():
    ours, theirs = (train_on_moons(engine, points=20, steps=12) for engine in (OURS, THEIRS))
    losses, accuracies, parameters = ours
    assert losses == pytest.approx(theirs[0], rel=1e-9)
    assert accuracies == theirs[1]
    assert parameters == pytest.approx(theirs[2], rel=1e-9, abs=1e-12)
    assert losses[-1] < losses[0]


def test_the_moons_demonstration_separates_every_point():
    losses, accuracies, _ = train_on_moons(OURS, points=40, steps=60)
    assert accuracies[0] < 0.7
    assert max(accuracies[-10:]) == 1.0
    assert losses[-1] < 0.05 < losses[0]
