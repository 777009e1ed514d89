"""In a Sequential, a Linear and the activation behind it are one op, and nobody sees a difference."""

import numpy as np
import pytest

import micrograd_lab as torch
from micrograd_lab import nn
from micrograd_lab.ops.activated import linear_relu, linear_sigmoid, linear_tanh
from micrograd_lab.ops.op import OPS

ACTIVATIONS = {nn.ReLU: linear_relu, nn.Tanh: linear_tanh, nn.Sigmoid: linear_sigmoid}


def network(activation, bias=True, dtype=torch.float64):
    torch.manual_seed(0)
    return nn.Sequential(
        nn.Linear(3, 5, bias=bias, dtype=dtype), activation(), nn.Linear(5, 2, dtype=dtype)
    )


def one_by_one(net, x):
    for module in net:
        x = module(x)
    return x


def ops_of(y):
    names, node = [], y.grad_fn
    while hasattr(node, "op") and node.op is not None:
        names.append(node.op.name)
        node = next((p for p in node.parents if p is not None and p.op is not None), None)
    return names[::-1]


@pytest.mark.parametrize("bias", [True, False])
@pytest.mark.parametrize("activation", ACTIVATIONS)
@pytest.mark.parametrize("shape", [(3,), (4, 3), (2, 4, 3), (0, 3)])
def test_two_modules_in_one_op_give_the_same_bits(activation, bias, shape):
    net = network(activation, bias)
    numbers = np.random.default_rng(0).normal(size=shape)
    found = []
    for run in (net, lambda x: one_by_one(net, x)):
        x = torch.tensor(numbers, requires_grad=True)
        y = run(x)
        net.zero_grad()
        (y * y).sum().backward()
        found.append([y, x.grad, *(p.grad for p in net.parameters())])
    for a, b in zip(*found, strict=True):
        np.testing.assert_array_equal(a.detach().numpy(), b.detach().numpy())


@pytest.mark.parametrize("numbers", [[np.nan, 1, 2], [np.inf, 0, 1], [-np.inf, np.inf, 0]])
@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_nan_and_inf_go_the_same_way(activation, numbers):
    net = network(activation, dtype=torch.float32)
    grads = []
    for run in (net, lambda x: one_by_one(net, x)):
        x = torch.tensor([numbers, [0.5, -0.25, 1.0]], requires_grad=True)
        with np.errstate(invalid="ignore"):
            run(x).sum().backward()
        grads.append(x.grad.numpy())
    np.testing.assert_array_equal(*grads)


@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_its_rules_are_the_derivatives_to_the_second_order(activation):
    op = ACTIVATIONS[activation]
    draw = np.random.default_rng(1)
    inputs = [
        torch.tensor(draw.normal(size=shape), requires_grad=True)
        for shape in ((4, 3), (2, 3), (2,))
    ]
    assert torch.autograd.gradcheck(op, inputs)
    assert torch.autograd.gradgradcheck(op, inputs)


@pytest.mark.parametrize("op", ACTIVATIONS.values(), ids=str)
def test_a_tangent_goes_through_both(op):
    draw = np.random.default_rng(2)
    xs = tuple(torch.tensor(draw.normal(size=shape)) for shape in ((4, 3), (2, 3), (2,)))
    dxs = tuple(torch.tensor(draw.normal(size=x.shape)) for x in xs)
    activation = OPS[op.name.split()[-1]]
    two = lambda *xs: activation(nn.functional.linear(*xs))
    for a, b in zip(torch.func.jvp(op, xs, dxs), torch.func.jvp(two, xs, dxs), strict=True):
        np.testing.assert_allclose(a.numpy(), b.numpy(), rtol=1e-12)


def test_a_picture_says_both_names():
    y = network(nn.ReLU)(torch.zeros(2, 3, dtype=torch.float64))
    assert ops_of(y) == ["linear · relu", "linear"]
    assert y.grad_fn.parents[0].name == "LinearReluBackward0"


def hooked(net):
    net[0].register_forward_hook(lambda module, args, y: None)


def hooked_behind(net):
    net[1].register_forward_pre_hook(lambda module, args: None)


def of_its_own(net):
    net[0].forward = lambda x: nn.functional.linear(x, net[0].weight, net[0].bias)


def derived(net):
    net[1] = type("Mine", (nn.ReLU,), {})()


@pytest.mark.parametrize("change", [hooked, hooked_behind, of_its_own, derived])
def test_where_somebody_looks_inside_they_stay_two(change):
    net = network(nn.ReLU)
    change(net)
    assert ops_of(net(torch.zeros(2, 3, dtype=torch.float64))) == ["linear", "relu", "linear"]


def test_by_hand_they_are_two():
    x, w = torch.zeros(2, 3), torch.ones(4, 3, requires_grad=True)
    assert ops_of(nn.functional.linear(x, w).relu()) == ["linear", "relu"]
