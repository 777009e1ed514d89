"""The Tensor a learner writes in exercise 13e, inside the library: its graph, the table's ops."""

import importlib.util
from pathlib import Path

import numpy as np
import pytest

import micrograd_lab as lab
from micrograd_lab.course.own_tensors import THEIRS, Library, OwnTensor
from micrograd_lab.errors import GradError
from micrograd_lab.graph import topological_order
from micrograd_lab.ops.op import OPS
from tensor.test_op_table import DIFFERENTIABLE, cases, leaves

FILE = Path(__file__).parents[2] / "solutions" / "ex13e_tensor.py"


@pytest.fixture(scope="module")
def own():
    spec = importlib.util.spec_from_file_location(FILE.stem, FILE)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.Tensor


@pytest.fixture(scope="module")
def torch(own):
    return Library(own)


@pytest.mark.parametrize("name", DIFFERENTIABLE)
def test_every_op_of_the_table_runs_on_tensors_of_ones_own(name, own):
    for op, xs, params, moving, rng in cases(name):
        theirs = leaves(xs, moving)
        expected = op(*theirs, **params)
        upstream = rng.normal(size=expected.shape)
        expected.backward(lab.tensor(upstream))

        mine = [
            OwnTensor(own(x.copy(), requires_grad=True)) if k in moving else x
            for k, x in enumerate(xs)
        ]
        y = op(*mine, **params)
        y.backward(upstream)
        np.testing.assert_allclose(y.numpy(), expected.array, rtol=1e-12)
        for k in moving:
            np.testing.assert_allclose(mine[k].grad, theirs[k].grad, rtol=1e-9, atol=1e-12)


def test_what_a_class_can_do_it_does_itself(own, torch):
    asked = []

    class Watched(own):
        def __mul__(self, other):
            asked.append("*")
            return super().__mul__(other)

        def relu(self):
            asked.append("relu")
            return super().relu()

    x = Library(Watched).tensor([1.0, -2.0], requires_grad=True)
    x * 2.0
    x.relu()
    assert asked == ["*", "relu"]
    assert all(name in OPS for name in THEIRS)
    assert all(hasattr(own, method) for method, _ in THEIRS.values())


def test_so_a_mistake_of_ones_own_shows(own):
    class Wrong(own):
        def relu(self):
            return type(self)(np.maximum(self.data, 0), (self,), "relu", lambda g: (g,))

    x = Library(Wrong).tensor([1.0, -2.0], requires_grad=True)
    x.relu().sum().backward()
    assert x.grad.tolist() == [1, 1]


def test_an_op_that_the_class_lacks_is_one_node_in_its_graph(own, torch):
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    y = x.exp()
    assert float(y[0]) == np.exp(1.0)
    assert [node.op for node in topological_order(y.node)] == [None, "exp"]
    assert type(y.node) is own


def test_what_wants_no_gradient_stays_the_packages(torch):
    assert type(torch.tensor([1.0])) is lab.Tensor
    assert type(torch.zeros(3, requires_grad=True)) is OwnTensor
    assert type(torch.tensor([1.0, 2.0], requires_grad=True) > 1) is lab.Tensor
    assert torch.nn is lab.nn


def test_constants_may_stand_on_either_side(torch):
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    ones = lab.ones(2)
    for y in [ones + x, x + ones, 1 + x, np.ones(2) + x]:
        assert type(y) is OwnTensor
        assert y.tolist() == [2, 3]


def network(torch):
    """200 steps of a two-layer net on XOR: its losses."""
    torch.manual_seed(1)
    x = torch.tensor([[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]], dtype=torch.float64)
    labels = torch.tensor([0, 1, 1, 0])
    W1, W2 = (
        torch.randn(*shape, dtype=torch.float64, requires_grad=True) for shape in [(2, 8), (8, 2)]
    )
    b = torch.zeros(8, dtype=torch.float64, requires_grad=True)
    losses = []
    for _ in range(200):
        loss = torch.nn.functional.cross_entropy((x @ W1 + b).tanh() @ W2, labels)
        W1.grad = W2.grad = b.grad = None
        loss.backward()
        with torch.no_grad():
            for p in [W1, W2, b]:
                p -= 0.5 * p.grad
        losses.append(loss.item())
    return losses


def test_a_network_learns_step_for_step_as_on_the_packages_tensors(torch):
    mine, theirs = network(torch), network(lab)
    np.testing.assert_allclose(mine, theirs, rtol=1e-9)
    assert mine[-1] < 0.05 < 0.5 < mine[0]


def test_a_change_in_place_outside_no_grad_is_refused(torch):
    x = torch.tensor([1.0], requires_grad=True)
    with pytest.raises(GradError, match=r"t = t \* …"):
        x *= 2.0
    assert x.tolist() == [1]


def test_a_detached_one_is_a_constant(torch):
    x = torch.tensor([3.0], requires_grad=True)
    (x * x.detach()).sum().backward()
    assert x.grad.tolist() == [3]


def test_an_unknown_name_is_said_by_the_package(torch):
    with pytest.raises(AttributeError, match="nonsense"):
        torch.nonsense
    with pytest.raises(AttributeError, match="nonsense"):
        torch.tensor([1.0], requires_grad=True).nonsense
