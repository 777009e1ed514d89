"""Every schedule, next to PyTorch's: 60 rates from generated configurations, groups and combinations."""

import warnings

import numpy as np
import pytest

import micrograd_lab as lab

torch = pytest.importorskip("torch")


def draw(seed):
    """One configuration of every schedule: (name, how it is made of the module's schedules)."""
    rng = np.random.default_rng(seed)
    n = lambda low, high: int(rng.integers(low, high))
    f = lambda low, high: float(rng.uniform(low, high))
    step, gamma, stones = n(1, 9), f(0.3, 1.1), sorted(n(1, 60) for _ in range(n(1, 6)))
    factor, end, iters, power = f(0.1, 1), f(0, 1), n(1, 40), f(0.5, 3)
    top, low, t0, mult = n(3, 50), f(0, 0.01), n(1, 12), n(1, 4)
    up, down, mode = n(1, 12), n(1, 12), ("triangular", "triangular2", "exp_range")[n(0, 3)]
    share, strategy, three = f(0.2, 0.45), ("cos", "linear")[n(0, 2)], bool(n(0, 2))
    slope, cut, total = f(0.8, 1.0), n(2, 30), n(61, 90)
    return [
        lambda s, o: s.StepLR(o, step, gamma),
        lambda s, o: s.MultiStepLR(o, stones, gamma),
        lambda s, o: s.ExponentialLR(o, slope),
        lambda s, o: s.ConstantLR(o, factor, iters),
        lambda s, o: s.LinearLR(o, factor, end, iters),
        lambda s, o: s.PolynomialLR(o, iters, power),
        lambda s, o: s.LambdaLR(o, lambda t: slope**t + t / 100),
        lambda s, o: s.LambdaLR(o, [lambda t: 1 / (1 + t), lambda t: slope**t]),
        lambda s, o: s.MultiplicativeLR(o, lambda t: 1 - 1 / (t + 2)),
        lambda s, o: s.CosineAnnealingLR(o, top, low),
        lambda s, o: s.CosineAnnealingWarmRestarts(o, t0, mult, low),
        lambda s, o: s.CyclicLR(o, 0.001, 0.1, up, down, mode, slope),
        lambda s, o: s.CyclicLR(o, [0.001, 0.01], 0.1, up, scale_fn=lambda x: 0.9**x),
        lambda s, o: s.OneCycleLR(o, [0.1, 0.2], total, pct_start=share, anneal_strategy=strategy, three_phase=three),
        lambda s, o: s.OneCycleLR(o, 0.1, epochs=7, steps_per_epoch=10, cycle_momentum=False),
        lambda s, o: s.ChainedScheduler([s.ConstantLR(o, factor, iters), s.ExponentialLR(o, slope), s.StepLR(o, step, 0.9)]),
        lambda s, o: s.SequentialLR(o, [s.LinearLR(o, factor, 1.0, cut), s.CosineAnnealingLR(o, top, low)], [cut]),
        lambda s, o: s.SequentialLR(o, [s.ConstantLR(o, factor, 3), s.StepLR(o, step, gamma), s.ExponentialLR(o, slope)], [cut, cut + 9]),
        lambda s, o: s.SequentialLR(o, [s.ChainedScheduler([s.LinearLR(o, factor), s.StepLR(o, step, gamma)]), s.PolynomialLR(o, iters, power)], [cut]),
    ]  # fmt: skip


COUNT = len(draw(0))


def optimizer_of(module, kind):
    x = [module.zeros(2, requires_grad=True), module.zeros(3, requires_grad=True)]
    groups = [{"params": x[:1], "lr": 0.05}, {"params": x[1:]}]
    return (
        module.optim.SGD(groups, 0.1, momentum=0.5)
        if kind == "SGD"
        else module.optim.Adam(groups, 0.1)
    )


def rates(module, make, kind, steps=60):
    optimizer = optimizer_of(module, kind)
    out = []
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        scheduler = make(module.optim.lr_scheduler, optimizer)
        for _ in range(steps):
            out.append(row(optimizer))
            assert scheduler.get_last_lr() == [g["lr"] for g in optimizer.param_groups]
            optimizer.step()
            scheduler.step()
    return np.array([*out, row(optimizer)])


def row(optimizer):
    momentum = [g["betas"][0] if "betas" in g else g["momentum"] for g in optimizer.param_groups]
    return [float(g["lr"]) for g in optimizer.param_groups] + momentum


@pytest.mark.parametrize("which", range(COUNT))
def test_sixty_rates_agree(which):
    for seed in range(8):
        make = draw(seed)[which]
        kind = "SGD" if seed % 2 else "Adam"
        np.testing.assert_allclose(
            rates(lab, make, kind), rates(torch, make, kind), rtol=1e-12, atol=1e-12
        )


@pytest.mark.parametrize("which", range(COUNT))
def test_going_on_from_saved_states_is_going_on(which):
    make = draw(3)[which]
    whole = rates(lab, make, "SGD")
    first = optimizer_of(lab, "SGD")
    before = make(lab.optim.lr_scheduler, first)
    for _ in range(23):
        before.step()
    second = optimizer_of(lab, "SGD")
    after = make(lab.optim.lr_scheduler, second)
    after.load_state_dict(before.state_dict())
    second.load_state_dict(first.state_dict())
    for t in range(23, 60):
        assert row(second) == list(whole[t])
        after.step()


@pytest.mark.parametrize("seed", range(12))
def test_plateaus_are_the_same(seed):
    rng = np.random.default_rng(seed)
    options = {
        "mode": ("min", "max")[seed % 2],
        "threshold_mode": ("rel", "abs")[seed // 2 % 2],
        "factor": float(rng.uniform(0.1, 0.9)),
        "patience": int(rng.integers(0, 5)),
        "cooldown": int(rng.integers(0, 4)),
        "threshold": float(rng.uniform(0, 0.1)),
        "min_lr": [1e-3, 1e-4] if seed % 3 else 1e-3,
    }
    metrics = rng.normal(size=60)
    found = []
    for module in (torch, lab):
        optimizer = optimizer_of(module, "SGD")
        scheduler = module.optim.lr_scheduler.ReduceLROnPlateau(optimizer, **options)
        found.append([])
        for metric in metrics:
            scheduler.step(module.tensor(metric))
            found[-1].append(row(optimizer))
    np.testing.assert_allclose(found[0], found[1], rtol=1e-12)


def test_fractions_of_epochs_restart_too():
    found = []
    for module in (torch, lab):
        optimizer = optimizer_of(module, "SGD")
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            s = module.optim.lr_scheduler.CosineAnnealingWarmRestarts(optimizer, 3, 2)
            found.append([])
            for k in range(120):
                s.step(k / 4)
                found[-1].append(row(optimizer))
    np.testing.assert_allclose(found[0], found[1], rtol=1e-12, atol=1e-15)


REFUSED = [
    lambda s, o: s.StepLR("o", 3),
    lambda s, o: s.StepLR(o, 3, last_epoch=5),
    lambda s, o: s.ConstantLR(o, 2.0),
    lambda s, o: s.LinearLR(o, 0.0),
    lambda s, o: s.LambdaLR(o, [lambda t: 1.0]),
    lambda s, o: s.CosineAnnealingWarmRestarts(o, 0),
    lambda s, o: s.CyclicLR(o, 0.1, 0.2, mode="square"),
    lambda s, o: s.OneCycleLR(o, 0.1),
    lambda s, o: s.OneCycleLR(o, 0.1, 10, pct_start=2.0),
    lambda s, o: s.OneCycleLR(o, 0.1, 10, anneal_strategy="sin"),
    lambda s, o: s.SequentialLR(o, [s.StepLR(o, 3)], [2]),
    lambda s, o: s.SequentialLR(o, [], []),
    lambda s, o: s.ChainedScheduler([s.ReduceLROnPlateau(o)]),
    lambda s, o: s.ReduceLROnPlateau(o, factor=1.5),
    lambda s, o: s.ReduceLROnPlateau(o, mode="least"),
]


@pytest.mark.parametrize("which", range(len(REFUSED)))
def test_what_pytorch_refuses_is_refused(which):
    make = REFUSED[which]
    for module in (torch, lab):
        with pytest.raises((ValueError, TypeError, KeyError, RuntimeError)):
            make(module.optim.lr_scheduler, optimizer_of(module, "SGD"))
