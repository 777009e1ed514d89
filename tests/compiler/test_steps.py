"""Whole steps of training, compiled: losses, gradients and parameters are those of eager mode."""

import numpy as np
import pytest

import micrograd_lab as torch
from micrograd_lab.compiler import part
from micrograd_lab.kernels import swift
from micrograd_lab.nn import functional as F

nn = torch.nn


@pytest.fixture(params=["numpy", "numba"], autouse=True)
def lane(request, monkeypatch):
    """Every test on generated NumPy, and on generated loops."""
    if request.param == "numba" and not swift.switched_on():
        pytest.skip("without Numba")
    monkeypatch.setattr(part, "switched_on", lambda: request.param == "numba")


def batches(count, *shape, classes=None):
    rng = np.random.default_rng(3)
    for _ in range(count):
        x = torch.tensor(rng.standard_normal(shape).astype("f"))
        y = (
            rng.integers(0, classes, shape[0])
            if classes
            else rng.standard_normal((shape[0], 1)).astype("f")
        )
        yield x, torch.tensor(y)


def network(*extra):
    torch.manual_seed(0)
    return nn.Sequential(nn.Linear(4, 8), nn.ReLU(), *extra, nn.Linear(8, 3))


def trainer(make_model, make_optimizer, clip=None):
    """(step, model, optimizer) made anew."""
    model = make_model()
    optimizer = make_optimizer(model.parameters())

    def step(x, y):
        loss = F.cross_entropy(model(x), y)
        optimizer.zero_grad()
        loss.backward()
        if clip is not None:
            nn.utils.clip_grad_norm_(model.parameters(), clip)
        optimizer.step()
        return loss

    return step, model, optimizer


def same_training(make_model, make_optimizer, steps=20, clip=None, seed=None):
    """Train twice; returns the compiled step."""
    eager, one, _ = trainer(make_model, make_optimizer, clip)
    plain, two, _ = trainer(make_model, make_optimizer, clip)
    compiled = torch.compile(plain)
    states = []
    for step in (eager, compiled):
        torch.manual_seed(seed or 0)
        losses = [float(step(x, y)) for x, y in batches(steps, 6, 4, classes=3)]
        states.append((losses, torch.get_rng_state().tolist()))
    np.testing.assert_allclose(states[0][0], states[1][0], rtol=2e-4)
    assert states[0][1] == states[1][1], "another number of random draws"
    for p, q in zip(one.parameters(), two.parameters(), strict=True):
        np.testing.assert_allclose(p.grad.numpy(), q.grad.numpy(), rtol=1e-3, atol=1e-5)
        np.testing.assert_allclose(p.detach().numpy(), q.detach().numpy(), rtol=1e-3, atol=1e-4)
    for p, q in zip(one.buffers(), two.buffers(), strict=True):
        np.testing.assert_allclose(p.numpy(), q.numpy(), rtol=1e-4, atol=1e-6)
    assert compiled.cache_info() == {"signatures": 1, "compiled": 1}, compiled.explain()
    return compiled


OPTIMISERS = {
    "sgd": lambda ps: torch.optim.SGD(ps, lr=0.1),
    "momentum": lambda ps: torch.optim.SGD(ps, lr=0.1, momentum=0.9, weight_decay=0.01),
    "nesterov": lambda ps: torch.optim.SGD(ps, lr=0.1, momentum=0.9, nesterov=True),
    "dampened": lambda ps: torch.optim.SGD(ps, lr=0.1, momentum=0.9, dampening=0.5, maximize=True),
    "adam": lambda ps: torch.optim.Adam(ps, lr=0.01),
    "adamw": lambda ps: torch.optim.AdamW(ps, lr=0.01, weight_decay=0.1),
    "amsgrad": lambda ps: torch.optim.Adam(ps, lr=0.01, amsgrad=True, weight_decay=0.1),
    "rmsprop": lambda ps: torch.optim.RMSprop(ps, lr=0.01),
    "adagrad": lambda ps: torch.optim.Adagrad(ps, lr=0.01),
}


@pytest.mark.parametrize("name", OPTIMISERS)
def test_an_optimiser_goes_the_same_way(name):
    same_training(network, OPTIMISERS[name])


def test_clipping_shortens_the_same_gradients():
    same_training(network, OPTIMISERS["sgd"], clip=0.3)


def test_dropout_draws_the_same_numbers():
    compiled = same_training(lambda: network(nn.Dropout(0.5)), OPTIMISERS["adam"], seed=5)
    assert "noise" in compiled.source


def test_batch_norm_keeps_its_running_statistics():
    same_training(lambda: network(nn.BatchNorm1d(8)), OPTIMISERS["sgd"])


def test_layer_norm_and_gelu():
    same_training(lambda: network(nn.LayerNorm(8), nn.GELU()), OPTIMISERS["adam"])


def test_a_learning_rate_may_change_between_calls():
    losses = []
    for wrap in (lambda f: f, torch.compile):
        step, _, optimizer = trainer(network, OPTIMISERS["adam"])
        step = wrap(step)
        found = []
        for k, (x, y) in enumerate(batches(12, 6, 4, classes=3)):
            optimizer.param_groups[0]["lr"] = 0.05 / (1 + k)
            found.append(step(x, y).item())
        losses.append(found)
    np.testing.assert_allclose(losses[0], losses[1], rtol=1e-4)


def test_an_update_written_by_hand():
    def make():
        w = torch.tensor([[0.5, -0.25]], requires_grad=True)

        def step(x, y):
            loss = ((x @ w.T - y) ** 2).mean()
            loss.backward()
            with torch.no_grad():
                w.sub_(0.1 * w.grad)
                w.grad = None
            return loss.item()

        return step, w

    (eager, one), (plain, two) = make(), make()
    compiled = torch.compile(plain)
    for x, y in batches(8, 5, 2):
        assert eager(x, y) == pytest.approx(compiled(x, y), rel=1e-5)
        assert two.grad is None
    np.testing.assert_allclose(one.detach().numpy(), two.detach().numpy(), rtol=1e-5)
    assert compiled.cache_info()["compiled"] == 1, compiled.explain()


def test_results_are_not_overwritten_by_the_next_call():
    w = torch.tensor(np.ones((3, 4), "f"), requires_grad=True)

    def views(x):
        y = torch.tanh(x @ w.T) * 2
        return y[:, 1:], y.T, y.reshape(-1)

    compiled = torch.compile(views)
    data = [x for x, _ in batches(6, 5, 4)]
    found = [compiled(x) for x in data]
    for x, parts in zip(data, found, strict=True):
        for found_part, expected in zip(parts, views(x), strict=True):
            np.testing.assert_allclose(
                found_part.detach().numpy(), expected.detach().numpy(), rtol=1e-5
            )


def test_a_step_may_return_what_it_has_changed():
    def make():
        w = torch.ones(3)

        def step(x):
            w.mul_(0.5)
            w.add_(x)
            return w * 1, torch.softmax(w, 0)

        return step

    eager, compiled = make(), torch.compile(make())
    rng = np.random.default_rng(0)
    for _ in range(6):
        x = torch.tensor(rng.standard_normal(3).astype("f"))
        for a, b in zip(eager(x), compiled(x), strict=True):
            np.testing.assert_allclose(a.numpy(), b.numpy(), rtol=1e-5)
    assert compiled.cache_info()["compiled"] == 1, compiled.explain()


def test_a_compiled_loss_can_be_kept():
    step, *_ = trainer(network, OPTIMISERS["sgd"])
    compiled = torch.compile(step)
    losses = [compiled(x, y) for x, y in batches(6, 6, 4, classes=3)]
    assert len({loss.item() for loss in losses}) == 6


def test_versions_count_what_a_step_changes():
    step, model, _ = trainer(network, OPTIMISERS["sgd"])
    compiled = torch.compile(step)
    weight = model[0].weight
    for x, y in batches(6, 6, 4, classes=3):
        before = weight._version
        compiled(x, y)
        assert weight._version > before


@pytest.mark.parametrize("name", ["sgd", "adam", "rmsprop"])
def test_state_dicts_that_are_loaded_count(name):
    step, model, optimizer = trainer(network, OPTIMISERS[name])
    start = {key: x.clone() for key, x in model.state_dict().items()}
    fresh = optimizer.state_dict()
    compiled = torch.compile(step)
    data = list(batches(8, 6, 4, classes=3))
    first = [compiled(x, y).item() for x, y in data]
    program = compiled.ready[0]
    for _ in range(2):
        model.load_state_dict(start)
        optimizer.load_state_dict(fresh)
        again = [compiled(x, y).item() for x, y in data]
        np.testing.assert_allclose(first, again, rtol=1e-4)
    assert compiled.ready == [program], "the same program goes on"


def test_other_settings_are_recorded_anew():
    step, _, optimizer = trainer(network, OPTIMISERS["momentum"])
    compiled = torch.compile(step)
    for x, y in batches(4, 6, 4, classes=3):
        compiled(x, y)
    assert compiled.cache_info()["compiled"] == 1
    optimizer.param_groups[0]["momentum"] = 0.5
    compiled(x, y)
    assert compiled.cache_info()["compiled"] == 0


def test_a_step_that_runs_eagerly_once_does_not_count_twice():
    losses = []
    for wrap in (lambda f: f, torch.compile):
        step, _, _ = trainer(
            lambda: network(nn.Dropout(0.5), nn.BatchNorm1d(8)), OPTIMISERS["adam"]
        )
        step = wrap(step)
        torch.manual_seed(1)
        found = []
        for k, (x, y) in enumerate(batches(10, 6, 4, classes=3)):
            if k == 6:
                y[2] = -100
            found.append(step(x, y).item())
        losses.append(found)
    np.testing.assert_allclose(losses[0], losses[1], rtol=1e-4)
    assert "1 calls ran eagerly" in step.explain()


@pytest.mark.parametrize("forget", [False, True])
@pytest.mark.parametrize("keep", ["tensor", "array", "view"])
def test_a_gradient_that_somebody_keeps_stays_as_it_is(keep, forget):
    step, model, _ = trainer(network, OPTIMISERS["sgd"])
    compiled = torch.compile(step)
    weight, kept, copies = model[0].weight, [], []
    for x, y in batches(8, 6, 4, classes=3):
        compiled(x, y)
        g = weight.grad
        kept.append({"tensor": g, "array": g.numpy(), "view": g[1:]}[keep])
        copies.append(np.array(kept[-1]))
        del g
        if forget:
            weight.grad = None
    assert compiled.cache_info()["compiled"] == 1
    for found, expected in zip(kept, copies, strict=True):
        np.testing.assert_array_equal(np.asarray(found), expected)


def test_gradients_that_nobody_keeps_stay_in_the_same_memory(lane):
    step, model, _ = trainer(network, OPTIMISERS["sgd"])
    compiled = torch.compile(step)
    places = set()
    for x, y in batches(8, 6, 4, classes=3):
        compiled(x, y)
        places.add(model[0].weight.grad.array.ctypes.data)
    if part.switched_on():
        assert len(places) <= 3, "two recordings, and the program"


def test_other_memory_for_a_parameter_gets_its_gradient_too():
    found = []
    for wrap in (lambda f: f, torch.compile):
        step, model, _ = trainer(network, OPTIMISERS["sgd"])
        step = wrap(step)
        gradients = []
        for k, (x, y) in enumerate(batches(10, 6, 4, classes=3)):
            if k == 6:
                model[0].weight.data = model[0].weight.data.clone()
            step(x, y)
            gradients.append(model[0].weight.grad.numpy().copy())
        found.append(gradients)
    np.testing.assert_allclose(*found, rtol=1e-3, atol=1e-6)
    assert step.cache_info() == {"signatures": 1, "compiled": 1}
