"""Only what backward needs is kept alive, and nothing is once it has passed."""

import gc
import tracemalloc
import weakref

import numpy as np
import pytest

import micrograd_lab as torch
from micrograd_lab.engine import Record
from micrograd_lab.tensor import Tensor


def leaf(n=1000):
    return torch.tensor(np.linspace(0.5, 2.0, n), requires_grad=True)


# What the rule of each op reads, seen from outside: is the op's input (which nobody names any
# more) still there before backward?  Is its output?
KEPT = {
    "x + 1": (lambda x: x + 1, False, False),
    "-x": (lambda x: -x, False, False),
    "x.sum()": (lambda x: x.sum(), False, False),
    "x.reshape(-1, 1) * 2": (lambda x: x.reshape(-1, 1) * 2, False, False),
    "x.exp()": (lambda x: x.exp(), False, True),
    "x.tanh()": (lambda x: x.tanh(), False, True),
    "x.sqrt()": (lambda x: x.sqrt(), False, True),
    "x.relu()": (lambda x: x.relu(), False, True),
    "x.log()": (lambda x: x.log(), True, False),
    "x.sin()": (lambda x: x.sin(), True, False),
    "x ** 3": (lambda x: x**3, True, False),
    "x * x": (lambda x: x * x, True, False),
}


@pytest.mark.parametrize("name", KEPT)
def test_an_op_keeps_what_its_rule_reads_and_no_more(name):
    op, keeps_input, keeps_output = KEPT[name]
    x = leaf()
    middle = x + 0.25
    y = op(middle)
    end = (y + 1).sum()
    was_input, was_output = weakref.ref(middle.array), weakref.ref(y.array)
    del middle, y
    assert (was_input() is not None, was_output() is not None) == (keeps_input, keeps_output)
    end.backward()
    assert (was_input(), was_output()) == (None, None)
    assert x.grad is not None


def test_only_the_factor_whose_partner_wants_a_gradient_is_kept():
    x, constant = leaf(), torch.tensor(np.linspace(1.0, 2.0, 1000))
    middle = x + 1
    y = middle * constant  # the gradient of middle reads constant; constant asks for none
    was_middle = weakref.ref(middle.array)
    del middle
    assert was_middle() is None
    y.sum().backward()
    np.testing.assert_allclose(x.grad.numpy(), constant.numpy())


def peak_of(f):
    """Peak bytes that f allocates."""
    gc.collect()
    tracemalloc.start()
    f()
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return peak


def test_a_chain_of_sums_needs_no_more_memory_than_a_few_links():
    x = leaf(100_000)  # 0.8 MB

    def chain(op):
        def run():
            y = x
            for _ in range(40):
                y = op(y)
            y.sum().backward()

        return run

    size = x.array.nbytes
    assert peak_of(chain(lambda y: y + 1)) < 6 * size
    assert peak_of(chain(lambda y: y.tanh())) > 38 * size  # forty outputs, each one needed


def step():
    w1, w2 = torch.randn(3, 8, requires_grad=True), torch.randn(8, 1, requires_grad=True)
    loss = ((torch.randn(5, 3) @ w1).tanh() @ w2).pow(2).mean()
    loss.backward()
    return w1.grad


def test_a_training_step_leaves_no_graph_and_no_cycle_behind():
    torch.manual_seed(0)
    step()
    gc.collect()
    gc.disable()
    try:
        before = sum(issubclass(type(o), (Record, Tensor)) for o in gc.get_objects())
        for _ in range(3):
            step()
        assert sum(issubclass(type(o), (Record, Tensor)) for o in gc.get_objects()) == before
        assert gc.collect() == 0
    finally:
        gc.enable()


def test_a_chain_of_100_000_ops_goes_forward_and_back():
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    y = x
    for _ in range(50_000):
        y = y * 1.0 + 0.0
    y.sum().backward()
    assert x.grad.tolist() == [1.0, 1.0]


def test_differentiating_a_gradient_keeps_its_graph_and_no_longer_than_it_is_named():
    x = leaf(10)
    (g,) = torch.autograd.grad((x**3).sum(), x, create_graph=True)
    (h,) = torch.autograd.grad(g.sum(), x)
    np.testing.assert_allclose(h.numpy(), 6 * x.detach().numpy())
    record = weakref.ref(g.array)
    del g
    assert record() is None


def test_a_gradient_never_shares_memory_with_what_the_caller_passed_in():
    v = torch.tensor([1.0, 2.0])
    x = torch.tensor([3.0, 4.0], requires_grad=True)
    y = torch.tensor([5.0, 6.0], requires_grad=True)
    x.backward(v)  # straight into a leaf
    (x + y).backward(v)  # through an op that passes on what it got
    x.grad.mul_(10)
    assert v.tolist() == [1.0, 2.0]
    assert y.grad.tolist() == [1.0, 2.0]
    assert x.grad.tolist() == [20.0, 40.0]
