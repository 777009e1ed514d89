"""Every optimiser and option, next to PyTorch's: the same 20 steps from the same start."""

import itertools

import numpy as np
import pytest

import micrograd_lab as lab

torch = pytest.importorskip("torch")

SHAPES = ((5, 4), (4,), (3, 4), ())
WD, MAX = ({}, {"weight_decay": 0.1}), ({}, {"maximize": True})
ADAM = [{}, {"amsgrad": True}, {"betas": (0.5, 0.7), "eps": 1e-3}]
DECOUPLED = [{}, {"decoupled_weight_decay": True}]
OPTIONS = {
    "SGD": [
        {"lr": 0.02},
        {"lr": 0.02, "momentum": 0.9},
        {"lr": 0.02, "momentum": 0.9, "dampening": 0.3},
        {"lr": 0.02, "momentum": 0.9, "nesterov": True},
    ],
    "Adam": [a | b for a, b in itertools.product(ADAM, DECOUPLED)],
    "AdamW": ADAM,
    "NAdam": [a | b for a, b in itertools.product([{}, {"momentum_decay": 0.1}], DECOUPLED)],
    "RAdam": [*DECOUPLED, {"betas": (0.5, 0.7)}],
    "Adamax": [{}, {"betas": (0.5, 0.7), "eps": 1e-3}],
    "Adadelta": [{}, {"rho": 0.5, "lr": 0.3}],
    "RMSprop": [
        {"alpha": 0.9, "eps": 1e-3} | a | b
        for a, b in itertools.product([{}, {"momentum": 0.8}], [{}, {"centered": True}])
    ],
    "Adagrad": [{}, {"lr_decay": 0.1}, {"initial_accumulator_value": 0.5}],
    "Rprop": [{}, {"etas": (0.4, 1.5), "step_sizes": (1e-3, 0.1)}],
}
CASES = [
    (name, options | penalty | sign)
    for name, many in OPTIONS.items()
    for options, penalty, sign in itertools.product(many, WD if name != "Rprop" else ({},), MAX)
]


def loss_of(w, x, np_like):
    a, b, c, d = w
    h = np_like.tanh(x @ a + b)
    return ((h @ c.T - 1) ** 2).mean() + d * d


def start(dtype, seed=0):
    rng = np.random.default_rng(seed)
    arrays = [np.array(rng.normal(size=s), dtype) for s in SHAPES]
    batches = rng.normal(size=(20, 6, 5)).astype(dtype)
    theirs = [torch.tensor(a, requires_grad=True) for a in arrays]
    ours = [lab.tensor(a, requires_grad=True) for a in arrays]
    return theirs, ours, batches


def train(w, batches, optimizer, module, scheduler=None):
    for x in batches:
        optimizer.zero_grad()
        loss_of(w, module.tensor(x), module).backward()
        optimizer.step()
        if scheduler is not None:
            scheduler.step()


def same(ours, theirs, dtype):
    tolerance = 1e-9 if dtype == "float64" else 1e-4
    for z, y in zip(ours, theirs, strict=True):
        assert str(z.dtype) == dtype
        np.testing.assert_allclose(
            z.detach().numpy(), y.detach().numpy(), rtol=tolerance, atol=tolerance
        )


def same_state(ours, theirs, dtype):
    a, b = ours.state_dict(), theirs.state_dict()
    assert [g["params"] for g in a["param_groups"]] == [g["params"] for g in b["param_groups"]]
    assert [sorted(g) for g in a["param_groups"]] == [sorted(g) for g in b["param_groups"]]
    assert a["state"].keys() == b["state"].keys()
    for k, held in b["state"].items():
        assert a["state"][k].keys() == held.keys()
        same(
            [v for v in a["state"][k].values() if v.ndim],
            [held[name] for name in a["state"][k] if a["state"][k][name].ndim],
            dtype,
        )


@pytest.mark.parametrize("dtype", ["float64", "float32"])
@pytest.mark.parametrize(("name", "options"), CASES, ids=str)
def test_twenty_steps_agree(name, options, dtype):
    theirs, ours, batches = start(dtype)
    one = getattr(torch.optim, name)(theirs, **options)
    two = getattr(lab.optim, name)(ours, **options)
    if "lr" not in options:
        assert one.param_groups[0]["lr"] == two.param_groups[0]["lr"]
    with np.errstate(all="ignore"):
        train(theirs, batches, one, torch)
        train(ours, batches, two, lab)
    same(ours, theirs, dtype)
    same_state(two, one, dtype)


@pytest.mark.parametrize("dtype", ["float64", "float32"])
@pytest.mark.parametrize("name", OPTIONS)
def test_groups_and_a_schedule_agree(name, dtype):
    theirs, ours, batches = start(dtype, seed=1)

    def made(module, w):
        groups = [
            {"params": w[:2], "lr": 0.02},
            {"params": w[2:], **({"weight_decay": 0.2} if name != "Rprop" else {})},
        ]
        optimizer = getattr(module.optim, name)(groups, lr=0.05)
        schedules = module.optim.lr_scheduler
        return optimizer, schedules.ChainedScheduler(
            [
                schedules.LinearLR(optimizer, 0.1, total_iters=4),
                schedules.CosineAnnealingLR(optimizer, 15),
            ]
        )

    for module, w in ((torch, theirs), (lab, ours)):
        optimizer, scheduler = made(module, w)
        train(w, batches, optimizer, module, scheduler)
    same(ours, theirs, dtype)


@pytest.mark.parametrize(("name", "options"), [(n, o[-1]) for n, o in OPTIONS.items()], ids=str)
def test_the_repr_and_the_arguments_are_pytorchs(name, options):
    import inspect

    theirs, ours, _ = start("float32")
    one = getattr(torch.optim, name)(theirs, **options)
    two = getattr(lab.optim, name)(ours, **options)
    assert repr(one) == repr(two)
    assert list(inspect.signature(getattr(torch.optim, name)).parameters) == list(
        inspect.signature(getattr(lab.optim, name)).parameters
    )
    assert one.defaults == two.defaults


@pytest.mark.parametrize("dtype", ["float64", "float32"])
def test_lbfgs_agrees(dtype):
    theirs, ours, batches = start(dtype, seed=2)

    def run(module, w):
        optimizer = module.optim.LBFGS(w, lr=0.5, max_iter=6, history_size=4)

        def closure():
            optimizer.zero_grad()
            loss = loss_of(w, module.tensor(batches[0]), module)
            loss.backward()
            return loss

        for _ in range(4):
            optimizer.step(closure)

    run(torch, theirs)
    run(lab, ours)
    same(ours, theirs, dtype)


REFUSED = [
    ("SGD", lambda p: [], {}),
    ("SGD", lambda p: p[0], {}),
    ("SGD", lambda p: [p[0] * 2], {}),
    ("SGD", lambda p: [{"params": p[:2]}, {"params": p[1:]}], {}),
    ("SGD", lambda p: [{"params": set(p)}], {}),
    ("SGD", lambda p: [1.0], {}),
    ("SGD", lambda p: p, {"lr": -1}),
    ("SGD", lambda p: p, {"nesterov": True}),
    ("SGD", lambda p: p, {"momentum": -1}),
    ("Adam", lambda p: p, {"betas": (1.0, 0.9)}),
    ("Adam", lambda p: p, {"eps": -1}),
    ("RMSprop", lambda p: p, {"alpha": -1}),
    ("Adagrad", lambda p: p, {"lr_decay": -1}),
    ("Adadelta", lambda p: p, {"rho": 2}),
    ("Rprop", lambda p: p, {"etas": (1.5, 1.2)}),
    ("SGD", lambda p: p, {"foreach": True, "fused": True}),
]


@pytest.mark.parametrize("which", range(len(REFUSED)))
def test_what_pytorch_refuses_is_refused(which):
    name, params, options = REFUSED[which]
    theirs, ours, _ = start("float32")
    for module, p in ((torch, theirs), (lab, ours)):
        with pytest.raises((ValueError, TypeError, RuntimeError)):
            getattr(module.optim, name)(params(p), **options)
