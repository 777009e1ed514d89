"""The Value a learner writes in exercise 05c drives the package's pictures, steps and networks."""

import importlib.util
import random
from pathlib import Path

import pytest

from micrograd_lab import scalar
from micrograd_lab.data import moons
from micrograd_lab.lens import draw, steps
from micrograd_lab.scalar.nn import MLP

ROOT = Path(__file__).parents[1]


@pytest.fixture(scope="module")
def own():
    path = ROOT / "solutions" / "ex05c_value.py"
    spec = importlib.util.spec_from_file_location(path.stem, path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.Value


def expression(value):
    x, y = value(2.0, label="x"), value(-3.0, label="y")
    return x * x + (x * y).tanh() * x


def train(value, epochs):
    """An MLP of `value` on moons: the loss of each epoch, and the share it tells apart rightly."""
    inputs, classes = (t.tolist() for t in moons(40, noise=0.05, seed=3))
    net = MLP(2, [6, 1], rng=random.Random(7), value=value)
    losses = []
    for epoch in range(epochs):
        scores = [net(x) for x in inputs]
        sides = [2 * c - 1 for c in classes]
        parts = [(1 - s * side).relu() for s, side in zip(scores, sides, strict=True)]
        loss = sum(parts[1:], parts[0]) / len(parts)
        net.zero_grad()
        loss.backward()
        for p in net.parameters():
            p.data -= (1.0 - 0.9 * epoch / epochs) * p.grad
        losses.append(loss.data)
    right = [(net(x).data > 0) == (c == 1) for x, c in zip(inputs, classes, strict=True)]
    return losses, sum(right) / len(right)


def test_draw_makes_the_same_picture_of_it(own):
    roots = expression(own), expression(scalar.Value)
    for root in roots:
        root.backward()
    mine, theirs = (draw(root).source for root in roots)
    assert mine == theirs


def test_steps_tells_the_same_story_of_it(own):
    assert str(steps(expression(own))) == str(steps(expression(scalar.Value)))


def test_a_network_of_it_learns_two_moons(own):
    losses, accuracy = train(own, 60)
    assert losses[-1] < 0.3 * losses[0]
    assert accuracy >= 0.9


def test_it_learns_as_the_engine_of_the_package_does(own):
    assert train(own, 5)[0] == pytest.approx(train(scalar.Value, 5)[0], rel=1e-9)
