"""Optimisers: groups, state in and out, hooks, what is in place, and what is refused."""

import copy

import numpy as np
import pytest

import micrograd_lab as lab
from micrograd_lab import nn, optim
from micrograd_lab.errors import GradError, ModifiedError, OptionError, StateError
from micrograd_lab.optim.entrywise import BLOCK

ALL = (
    "SGD",
    "Adam",
    "AdamW",
    "NAdam",
    "RAdam",
    "Adamax",
    "Adadelta",
    "RMSprop",
    "Adagrad",
    "Rprop",
)
BUSY = {"SGD": {"momentum": 0.9, "nesterov": True}, "RMSprop": {"momentum": 0.5, "centered": True}}


def numbers(*shape, seed=0):
    return np.random.default_rng(seed).normal(size=shape)


def made(name, params, **options):
    return getattr(optim, name)(params, **{"lr": 0.05, **BUSY.get(name, {}), **options})


def descend(x, optimizer, steps, scale=1.0):
    for k in range(steps):
        optimizer.zero_grad()
        ((x - k * 0.1) ** 4).sum().mul(scale).backward()
        optimizer.step()


@pytest.mark.parametrize("name", ALL)
def test_every_optimiser_makes_a_bowl_smaller(name):
    x = lab.tensor(numbers(5), requires_grad=True)
    optimizer = made(name, [x], lr=1.0 if name == "Adadelta" else 0.01)
    before = (x * x).sum().item()
    for _ in range(200):
        optimizer.zero_grad()
        (x * x).sum().backward()
        optimizer.step()
    assert (x * x).sum().item() < 0.9 * before


@pytest.mark.parametrize("name", ALL)
def test_the_blocks_of_a_large_parameter_change_as_a_small_one_does(name):
    many = BLOCK * 2 + 7
    whole = lab.tensor(numbers(many), requires_grad=True)
    descend(
        whole, made(name, [whole], weight_decay=0.1) if name != "Rprop" else made(name, [whole]), 3
    )
    for part in (slice(0, 9), slice(BLOCK - 4, BLOCK + 4), slice(many - 9, many)):
        x = lab.tensor(numbers(many)[part], requires_grad=True)
        descend(x, made(name, [x], weight_decay=0.1) if name != "Rprop" else made(name, [x]), 3)
        np.testing.assert_array_equal(whole.detach().numpy()[part], x.detach().numpy())


@pytest.mark.parametrize("name", ALL)
def test_a_step_writes_into_the_parameters_own_memory_and_leaves_the_gradient(name):
    for array in (numbers(4, 3), numbers(3, 4).T, numbers()):
        x = lab.tensor(0.0)
        x.data = np.asarray(array)
        x.requires_grad_()
        memory = x.array
        x.grad = lab.tensor(np.asarray(numbers(*array.shape, seed=1)))
        kept = x.grad.numpy().copy()
        made(name, [x], maximize=True).step()
        assert x.array is memory
        np.testing.assert_array_equal(x.grad.numpy(), kept)


@pytest.mark.parametrize("name", ALL)
@pytest.mark.parametrize("dtype", ["float16", "float32", "float64"])
def test_parameters_and_their_state_keep_their_dtype(name, dtype):
    x = lab.tensor(numbers(4).astype(dtype), requires_grad=True)
    optimizer = made(name, [x], lr=np.float64(0.01))
    descend(x, optimizer, 2)
    held = [v for v in optimizer.state[x].values() if v.ndim]
    assert {str(v.dtype) for v in (x, *held)} == {dtype}


def test_backward_notices_that_a_step_changed_what_it_needs():
    x = lab.tensor([1.0, 2.0], requires_grad=True)
    y = (x * x).sum()
    x.grad = lab.ones(2)
    optim.SGD([x], 0.1).step()
    with pytest.raises(ModifiedError, match="modified in place"):
        y.backward()


@pytest.mark.parametrize("name", ALL)
def test_a_state_that_was_saved_to_a_file_goes_on_bit_by_bit(name, tmp_path):
    x, y = (lab.tensor(numbers(3), requires_grad=True) for _ in range(2))
    one = made(name, [x])
    descend(x, one, 4)
    lab.save({"x": x, "optimizer": one.state_dict()}, tmp_path / "state.npz")
    descend(x, one, 4, 0.5)
    held = lab.load(tmp_path / "state.npz")
    with lab.no_grad():
        y.copy_(held["x"])
    two = made(name, [y], lr=7)
    two.load_state_dict(held["optimizer"])
    descend(y, two, 4, 0.5)
    np.testing.assert_array_equal(x.detach().numpy(), y.detach().numpy())


def test_a_loaded_state_is_a_copy():
    x = lab.tensor(numbers(3), requires_grad=True)
    one, two = made("Adam", [x]), made("Adam", [x])
    descend(x, one, 2)
    state = one.state_dict()
    two.load_state_dict(state)
    kept = copy.deepcopy(state["state"][0]["exp_avg"].numpy())
    descend(x, two, 2)
    np.testing.assert_array_equal(state["state"][0]["exp_avg"].numpy(), kept)


def test_a_state_that_does_not_fit_says_how_and_changes_nothing():
    x, y = (lab.tensor(numbers(n), requires_grad=True) for n in (3, 4))
    adam = made("Adam", [x])
    descend(x, adam, 1)
    before = repr(adam.state_dict())

    def state(*params, name="Adam"):
        other = made(name, list(params))
        for p in params:
            p.grad = lab.ones_like(p)
        other.step()
        return other.state_dict()

    for wrong, words in [
        (state(x, y), "1 parameters, that of the state 2"),
        (state(y), r"shape \(3,\), its exp_avg in the state \(4,\)"),
        (state(x, name="SGD"), "does not say betas"),
        ({"state": {}, "param_groups": []}, "1 parameter groups, the state 0"),
        ({}, "Expected a dict"),
    ]:
        with pytest.raises(StateError, match=words):
            adam.load_state_dict(wrong)
        assert repr(adam.state_dict()) == before


def test_groups_have_settings_of_their_own_and_names():
    model = nn.Module()
    model.w, model.b = nn.Parameter(lab.ones(2)), nn.Parameter(lab.ones(2))
    groups = [{"params": [model.w], "weight_decay": 0.5}, {"params": [model.b]}]
    optimizer = optim.AdamW(groups, lr=0.1, weight_decay=0)
    assert [g["weight_decay"] for g in optimizer.param_groups] == [0.5, 0]
    named = optim.SGD(model.named_parameters(), lr=0.1)
    assert named.param_groups[0]["param_names"] == ["w", "b"]
    assert named.state_dict()["param_groups"][0]["params"] == [0, 1]


def test_the_same_parameter_twice_is_refused():
    x = lab.ones(2, requires_grad=True)
    for groups in ([x, x], [{"params": x}, {"params": [x]}]):
        with pytest.raises(OptionError, match="given twice"):
            optim.SGD(groups, lr=0.1)


def test_an_iterator_that_was_read_before_is_explained():
    params = iter([lab.ones(2, requires_grad=True)])
    list(params)
    with pytest.raises(OptionError, match="read before"):
        optim.SGD(params, lr=0.1)


def test_steps_that_could_be_differentiated_are_refused():
    x = lab.ones(2, requires_grad=True)
    with pytest.raises(GradError, match="create_graph=True"):
        optim.Adam([x], differentiable=True)
    with pytest.raises(OptionError, match="CUDA"):
        optim.Adam([x], capturable=True)
    optim.Adam([x], fused=True)
    optim.SGD([x], foreach=True)


def test_a_rate_in_a_tensor_is_read_at_each_step():
    x = lab.ones(2, requires_grad=True)
    rate = lab.tensor(0.5)
    optimizer = optim.SGD([x], lr=rate)
    x.grad = lab.ones(2)
    optimizer.step()
    rate.fill_(0.25)
    optimizer.step()
    assert x.tolist() == [0.25, 0.25]


def test_a_closure_is_run_with_recording_on_and_its_loss_returned():
    x = lab.tensor([3.0], requires_grad=True)
    optimizer = optim.SGD([x], lr=0.5)

    def closure():
        optimizer.zero_grad()
        loss = (x * x).sum()
        loss.backward()
        return loss

    with lab.no_grad():
        assert optimizer.step(closure).item() == 9.0
    assert x.tolist() == [0.0]


def test_zero_grad_forgets_or_fills():
    x = lab.ones(2, requires_grad=True)
    optimizer = optim.SGD([x], lr=0.5)
    x.grad = lab.ones(2)
    optimizer.zero_grad(set_to_none=False)
    assert x.grad.tolist() == [0.0, 0.0]
    optimizer.zero_grad()
    assert x.grad is None
    optimizer.step()
    assert x.tolist() == [1.0, 1.0]


def test_hooks_run_around_each_step_and_can_be_removed():
    x = lab.ones(2, requires_grad=True)
    optimizer, heard = optim.SGD([x], lr=0.5), []
    before = optimizer.register_step_pre_hook(lambda o, args, kwargs: heard.append("before"))
    optimizer.register_step_post_hook(lambda o, args, kwargs: heard.append("after"))
    optimizer.step()
    before.remove()
    optimizer.step()
    assert heard == ["before", "after", "after"]


def test_an_optimiser_of_ones_own_needs_only_a_step():
    class Plain(optim.Optimizer):
        def __init__(self, params, lr):
            super().__init__(params, {"lr": lr})

        @lab.no_grad()
        def step(self):
            for group in self.param_groups:
                for p in group["params"]:
                    p.add_(p.grad, alpha=-group["lr"])
                    self.state[p]["count"] = self.state[p].get("count", 0) + 1

    x = lab.ones(2, requires_grad=True)
    optimizer, heard = Plain([x], 0.5), []
    optimizer.register_step_post_hook(lambda *what: heard.append(what[0]))
    x.grad = lab.ones(2)
    optimizer.step()
    schedule = optim.lr_scheduler.StepLR(optimizer, 1)
    schedule.step()
    assert x.tolist() == [0.5, 0.5]
    assert heard == [optimizer]
    assert optimizer.state_dict()["state"] == {0: {"count": 1}}
    assert optimizer.param_groups[0]["lr"] == pytest.approx(0.05)


def test_lbfgs_finds_the_bottom_of_a_quadratic_bowl():
    a = lab.tensor(np.diag([1.0, 5.0, 30.0]))
    x = lab.tensor([1.0, -2.0, 3.0], dtype=lab.float64, requires_grad=True)
    optimizer = optim.LBFGS([x], lr=1, max_iter=30)

    def closure():
        optimizer.zero_grad()
        loss = x @ a @ x
        loss.backward()
        return loss

    optimizer.step(closure)
    assert (x * x).sum().item() < 1e-10
    with pytest.raises(OptionError, match="choose 'strong_wolfe'"):
        optim.LBFGS([x], line_search_fn="armijo")


def test_lbfgs_goes_on_from_a_file_bit_by_bit(tmp_path):
    def run(x, optimizer):
        def closure():
            optimizer.zero_grad()
            loss = (x**4).sum()
            loss.backward()
            return loss

        optimizer.step(closure)

    x = lab.tensor(numbers(3), requires_grad=True)
    one = optim.LBFGS([x], lr=0.1, max_iter=3)
    run(x, one)
    lab.save(one.state_dict(), tmp_path / "state.npz")
    y = lab.tensor(x.detach().numpy().copy(), requires_grad=True)
    two = optim.LBFGS([y], lr=0.1, max_iter=3)
    two.load_state_dict(lab.load(tmp_path / "state.npz"))
    run(x, one)
    run(y, two)
    np.testing.assert_array_equal(x.detach().numpy(), y.detach().numpy())
