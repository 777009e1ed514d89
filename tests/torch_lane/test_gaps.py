"""Averages, lazy layers, line searches and other names, next to PyTorch's: the same programs on both."""

import copy
import importlib
import inspect
import warnings

import numpy as np
import pytest

import micrograd_lab as lab

torch = pytest.importorskip("torch")
BOTH = (torch, lab)


def numbers(t, *shape, seed=0, dtype="float64"):
    array = np.random.default_rng([seed, *shape]).normal(size=shape)
    return t.tensor(array, dtype=getattr(t, dtype))


def quietly(f, *args, **kwargs):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return f(*args, **kwargs)


def state(module):
    """Names and numbers; None for what has no shape yet."""
    return {
        name: None if "Uninitialized" in type(x).__name__ else np.asarray(x.detach().tolist())
        for name, x in module.state_dict().items()
    }


def same_state(ours, theirs, tolerance=1e-9):
    a, b = state(ours), state(theirs)
    assert list(a) == list(b)
    for name, x in b.items():
        assert (a[name] is None) == (x is None), name
        if x is not None:
            np.testing.assert_allclose(a[name], x, tolerance, tolerance, err_msg=name)


def filled(t, module):
    """The module in float64, with numbers that its parameters' names settle."""
    module.double()
    with t.no_grad():
        for k, (_, p) in enumerate(module.named_parameters()):
            p.copy_(numbers(t, *p.shape, seed=k))
    return module


# --- names, arguments, defaults ---------------------------------------------------------------

NAMES = (
    *("nn.LazyLinear", "nn.LazyConv1d", "nn.LazyConv2d", "nn.LazyConv3d"),
    *("nn.LazyConvTranspose1d", "nn.LazyConvTranspose2d", "nn.LazyConvTranspose3d"),
    *("nn.LazyBatchNorm1d", "nn.LazyBatchNorm2d", "nn.LazyBatchNorm3d"),
    *("nn.LazyInstanceNorm1d", "nn.LazyInstanceNorm2d", "nn.LazyInstanceNorm3d"),
    *("nn.AdaptiveLogSoftmaxWithLoss", "nn.DataParallel", "nn.utils.weight_norm"),
    *("nn.utils.remove_weight_norm", "nn.utils.spectral_norm", "nn.utils.remove_spectral_norm"),
    *("optim.ASGD", "optim.Adafactor", "optim.LBFGS", "optim.swa_utils.AveragedModel"),
    *("optim.swa_utils.SWALR", "optim.swa_utils.update_bn", "optim.swa_utils.get_swa_avg_fn"),
    *("optim.swa_utils.get_ema_avg_fn", "optim.swa_utils.get_swa_multi_avg_fn"),
    "optim.swa_utils.get_ema_multi_avg_fn",
)


@pytest.mark.parametrize("name", NAMES)
def test_arguments_and_defaults_are_pytorchs(name):
    found = []
    for t in BOTH:
        thing = t
        for part in name.split("."):
            thing = getattr(thing, part)
        found.append(inspect.signature(thing).parameters.values())
    theirs, ours = ([(p.name, p.kind, p.default) for p in side] for side in found)
    assert ours == theirs


def test_every_file_of_nn_modules_has_the_layers_it_has_there():
    theirs = {
        n: m for n, m in vars(torch.nn.modules).items() if inspect.ismodule(m) and n[0] != "_"
    }
    ours = {n: m for n, m in vars(lab.nn.modules).items() if n in theirs}
    assert set(theirs) - set(ours) == {"linear_cross_entropy_options", "utils"}
    for file, there in theirs.items():
        if file not in ours:
            continue
        imported = importlib.import_module(f"micrograd_lab.nn.modules.{file}")
        assert imported is ours[file]
        public = {
            n
            for n, c in vars(there).items()
            if inspect.isclass(c) and c.__module__ == there.__name__ and hasattr(lab.nn, n)
        }
        assert public <= set(vars(imported)), file


# --- lazy layers ------------------------------------------------------------------------------

LAZY = {
    "LazyLinear(3)": (4, 5),
    "LazyLinear(3, bias=False)": (2, 4, 5),
    "LazyConv1d(4, 3, 2, 1, groups=2)": (2, 6, 9),
    "LazyConv2d(4, (3, 2), padding=1, padding_mode='reflect')": (2, 3, 5, 5),
    "LazyConv2d(4, 3, padding='same')": (3, 5, 5),
    "LazyConv3d(2, 2, dilation=2, bias=False)": (1, 3, 4, 4, 4),
    "LazyConvTranspose1d(4, 3, 2, output_padding=1, groups=2)": (2, 6, 5),
    "LazyConvTranspose2d(2, 3)": (3, 4, 4),
    "LazyConvTranspose3d(2, 2, dilation=2)": (1, 3, 2, 2, 3),
    "LazyBatchNorm1d()": (5, 3),
    "LazyBatchNorm1d(momentum=None)": (5, 3, 2),
    "LazyBatchNorm2d(affine=False)": (2, 3, 4, 4),
    "LazyBatchNorm3d(track_running_stats=False, bias=False)": (2, 3, 2, 2, 3),
    "LazyInstanceNorm1d()": (2, 3, 5),
    "LazyInstanceNorm2d(affine=False)": (2, 3, 4, 4),
    "LazyInstanceNorm3d(track_running_stats=False)": (2, 3, 2, 2, 3),
}


@pytest.mark.parametrize("case", LAZY)
def test_lazy_layers_say_and_hold_the_same_before_and_after(case):
    shape, pair, outputs = LAZY[case], [], []
    for t in BOTH:
        module = eval(f"nn.{case}", {"nn": t.nn})
        pair.append(module)
    theirs, ours = pair
    assert repr(ours) == repr(theirs)
    same_state(ours, theirs)
    for name in ("weight", "bias"):
        assert repr(getattr(ours, name)) == repr(getattr(theirs, name))
    for t, module in zip(BOTH, pair, strict=True):
        module.double()(numbers(t, *shape))
        filled(t, module)
        if hasattr(module, "reset_running_stats"):
            module.reset_running_stats()
        outputs.append(module(numbers(t, *shape)))
    assert repr(ours) == repr(theirs)
    same_state(ours, theirs)
    np.testing.assert_allclose(outputs[1].tolist(), outputs[0].tolist(), 1e-9, 1e-9)


@pytest.mark.parametrize("case", [c for c in LAZY if "Instance" not in c])  # an error there
def test_a_state_loaded_first_gives_the_same_outputs(case):
    shape, outputs = LAZY[case], []
    for t in BOTH:
        made = eval(f"nn.{case}", {"nn": t.nn}).double()
        made(numbers(t, *shape))
        held = filled(t, made).state_dict()
        lazy = eval(f"nn.{case}", {"nn": t.nn}).double()
        lazy.load_state_dict(held)
        outputs.append(quietly(lazy.eval(), numbers(t, *shape)).tolist())
    np.testing.assert_allclose(outputs[1], outputs[0], 1e-9, 1e-9)


@pytest.mark.parametrize("t", BOTH, ids=["torch", "lab"])
def test_what_a_lazy_layer_cannot_do(t):
    weight = t.nn.LazyLinear(3).weight
    for act in (
        lambda: weight.shape,
        lambda: weight.numel(),
        lambda: weight.sum(),
        lambda: t.nn.Linear(4, 3).load_state_dict(t.nn.LazyLinear(3).state_dict()),
        lambda: t.nn.LazyLinear(3).load_state_dict({"weight": t.ones(3, 4)}),
        lambda: t.nn.LazyConv2d(4, 3)(t.ones(2, 2)),
        lambda: t.nn.LazyConv2d(4, 3, groups=2)(t.ones(2, 3, 5, 5)),
        lambda: t.nn.LazyBatchNorm1d()(t.ones(2, 3, 4, 4)),
    ):
        with pytest.raises((RuntimeError, ValueError)):
            act()


# --- other modules ----------------------------------------------------------------------------

ADAPTIVE = [
    ((16, 20, [5, 10]), (6, 16), [0, 4, 5, 12, 19, 9]),
    ((8, 20, [3], 2.0, True), (4, 8), [0, 1, 2, 0]),
    ((16, 40, [2, 5, 11, 30], 1.5), (5, 16), [39, 38, 1, 10, 10]),
    ((8, 20, [5, 10], 2.0), (8,), 11),
]


@pytest.mark.parametrize(("args", "shape", "target"), ADAPTIVE, ids=str)
def test_the_adaptive_softmax_agrees(args, shape, target):
    seen, pair = [], []
    for t in BOTH:
        m = filled(t, t.nn.AdaptiveLogSoftmaxWithLoss(*args))
        x = numbers(t, *shape).requires_grad_()
        output, loss = m(x, t.tensor(target))
        loss.backward()
        rows = x.detach().reshape(-1, shape[-1])
        found = [output, loss, x.grad, m.log_prob(rows), m.predict(rows)]
        grads = [None if p.grad is None else p.grad.tolist() for p in m.parameters()]
        seen.append(([y.tolist() for y in found], grads, m.cutoffs, m.head_size))
        pair.append(m)
    (theirs, g, *rest), (ours, h, *mine) = seen
    assert repr(pair[1]) == repr(pair[0])
    same_state(pair[1], pair[0])
    assert rest == mine
    for a, b in zip((*theirs, *g), (*ours, *h), strict=True):
        assert (a is None) == (b is None)
        if a is not None:
            np.testing.assert_allclose(b, a, 1e-9, 1e-9)


def test_data_parallel_agrees():
    theirs, ours = (t.nn.DataParallel(filled(t, t.nn.Linear(3, 2))) for t in BOTH)
    assert repr(ours) == repr(theirs)
    assert ours.device_ids == theirs.device_ids
    same_state(ours, theirs)
    a, b = theirs(numbers(torch, 4, 3)), ours(numbers(lab, 4, 3))
    np.testing.assert_allclose(b.tolist(), a.tolist())


NORMED = [
    ("Linear(4, 3)", {}, (5, 4)),
    ("Linear(4, 3)", {"dim": None}, (5, 4)),
    ("Linear(4, 3)", {"dim": -1}, (5, 4)),
    ("Linear(4, 3)", {"dim": 1}, (5, 4)),
    ("Linear(4, 3)", {"name": "bias"}, (5, 4)),
    ("Conv2d(2, 3, 2)", {}, (1, 2, 4, 4)),
    ("ConvTranspose1d(2, 3, 2)", {"dim": 1}, (1, 2, 4)),
]


@pytest.mark.parametrize(("layer", "options", "shape"), NORMED, ids=str)
def test_weight_norm_by_its_older_name_agrees(layer, options, shape):
    pair, seen = [], []
    for t in BOTH:
        m = eval(f"nn.{layer}", {"nn": t.nn}).double()
        quietly(t.nn.utils.weight_norm, m, **options)
        filled(t, m)
        y = m(numbers(t, *shape))
        (y * y).sum().backward()
        seen.append([y.tolist(), *(p.grad.tolist() for p in m.parameters())])
        pair.append(m)
    theirs, ours = pair
    assert repr(ours) == repr(theirs)
    same_state(ours, theirs)
    for a, b in zip(*seen, strict=True):
        np.testing.assert_allclose(b, a, 1e-9, 1e-9)
    for t, m in zip(BOTH, pair, strict=True):
        t.nn.utils.remove_weight_norm(m, options.get("name", "weight"))
    same_state(ours, theirs)


@pytest.mark.parametrize("layer", ["Linear(4, 3)", "Conv2d(2, 3, 2)", "ConvTranspose1d(2, 3, 2)"])
@pytest.mark.parametrize("rounds", [1, 3])
def test_spectral_norm_by_its_older_name_agrees(layer, rounds):
    shape = {"L": (5, 4), "C": (1, 2, 4, 4)}[layer[0]][: 3 if "1d" in layer else 4]
    pair, seen = [], []
    for t in BOTH:
        m = eval(f"nn.{layer}", {"nn": t.nn}).double()
        quietly(t.nn.utils.spectral_norm, m, n_power_iterations=rounds)
        filled(t, m)
        for end in "uv":
            vector = numbers(t, *getattr(m, f"weight_{end}").shape, seed=7)
            getattr(m, f"weight_{end}").copy_(vector / (vector * vector).sum() ** 0.5)
        outputs = []
        for training in (True, True, False):
            y = m.train(training)(numbers(t, *shape))
            (y * y).sum().backward()
            outputs.append(y.tolist())
        seen.append([*outputs, *(p.grad.tolist() for p in m.parameters())])
        pair.append(m)
    theirs, ours = pair
    assert repr(ours) == repr(theirs)
    same_state(ours, theirs)
    for a, b in zip(*seen, strict=True):
        np.testing.assert_allclose(b, a, 1e-9, 1e-9)
    for t, m in zip(BOTH, pair, strict=True):
        t.nn.utils.remove_spectral_norm(m)
    same_state(ours, theirs)


# --- optimisers -------------------------------------------------------------------------------

OPTIMISERS = [
    ("ASGD", {}),
    ("ASGD", {"lr": 0.1, "lambd": 0.1, "alpha": 0.3, "t0": 5}),
    ("ASGD", {"weight_decay": 0.1, "maximize": True}),
    ("Adafactor", {}),
    ("Adafactor", {"lr": 0.5, "d": 2.0, "beta2_decay": -0.5}),
    ("Adafactor", {"eps": (0.1, 0.1), "weight_decay": 0.1, "maximize": True}),
]
SHAPES = ((5, 4), (4,), (), (2, 3, 4))


@pytest.mark.parametrize("dtype", ["float64", "float32"])
@pytest.mark.parametrize(("name", "options"), OPTIMISERS, ids=str)
def test_twenty_steps_agree(name, options, dtype):
    seen, reprs = [], []
    for t in BOTH:
        ps = [numbers(t, *s, dtype=dtype).requires_grad_() for s in SHAPES]
        optimizer = getattr(t.optim, name)(ps, **options)
        for k in range(20):
            for p in ps:
                p.grad = p.detach() + numbers(t, *p.shape, seed=k + 1, dtype=dtype)
            optimizer.step()
        held = optimizer.state_dict()
        reprs.append((repr(optimizer), optimizer.defaults, held["param_groups"]))
        kept = {f"{k} {n}": x.tolist() for k, s in held["state"].items() for n, x in s.items()}
        seen.append({f"p{k}": p.tolist() for k, p in enumerate(ps)} | kept)
    assert reprs[1] == reprs[0]
    assert list(seen[1]) == list(seen[0])
    near = 1e-9 if dtype == "float64" else 2e-5
    for key, x in seen[0].items():
        np.testing.assert_allclose(seen[1][key], x, near, near, err_msg=key)


@pytest.mark.parametrize(
    ("name", "options"),
    [
        ("ASGD", {"lr": -1}),
        ("ASGD", {"weight_decay": -1}),
        ("Adafactor", {"lr": -1}),
        ("Adafactor", {"beta2_decay": 0.1}),
        ("Adafactor", {"eps": (-1, 0.1)}),
        ("Adafactor", {"d": 0.5}),
        ("LBFGS", {"lr": -1}),
    ],
    ids=str,
)
def test_what_pytorch_refuses_is_refused(name, options):
    for t in BOTH:
        with pytest.raises((ValueError, RuntimeError)):
            getattr(t.optim, name)([t.zeros(2, requires_grad=True)], **options)


# --- a line search ----------------------------------------------------------------------------


def rosenbrock(t):
    def loss(x):
        return (100 * (x[1:] - x[:-1] ** 2) ** 2 + (1 - x[:-1]) ** 2).sum()

    return loss, [-1.2, 1.0, -1.2, 1.0]


def regression(t):
    a, b = numbers(t, 30, 4, seed=1), numbers(t, 30, seed=2)

    def loss(w):
        return (((a.tanh() @ w).tanh() - b) ** 2).mean() + 1e-3 * (w * w).sum()

    return loss, [0.0] * 4


def logistic(t):
    a, b = numbers(t, 40, 3, seed=3), (numbers(t, 40, seed=4) > 0).double()

    def loss(w):
        return t.nn.functional.binary_cross_entropy_with_logits(a @ w, b)

    return loss, [1.0, -2.0, 3.0]


@pytest.mark.parametrize("history", [3, 100])
@pytest.mark.parametrize("lr", [0.1, 1, 10])
@pytest.mark.parametrize("problem", [rosenbrock, regression, logistic])
def test_a_line_search_ends_as_low_as_pytorchs_within_its_count(problem, lr, history):
    ends = []
    for t in BOTH:
        loss, start = problem(t)
        x = t.tensor(start, dtype=t.float64, requires_grad=True)
        optimizer = t.optim.LBFGS(
            [x], lr, 60, 200, history_size=history, line_search_fn="strong_wolfe"
        )
        calls = 0

        def closure():
            nonlocal calls
            calls += 1
            optimizer.zero_grad()  # noqa: B023
            y = loss(x)  # noqa: B023
            y.backward()
            return y

        for _ in range(2):
            optimizer.step(closure)
        held = optimizer.state_dict()
        assert calls <= 2 * 200
        assert held["state"][0]["func_evals"] == calls
        ends.append((loss(x).item(), {*held["state"][0]} - {"al"}, held["param_groups"]))
    (theirs, *a), (ours, *b) = ends
    assert ours <= theirs + 1e-8
    assert a == b


# --- averages ---------------------------------------------------------------------------------

AVERAGES = {
    "mean": lambda s: {},
    "avg_fn": lambda s: {"avg_fn": s.get_swa_avg_fn()},
    "ema": lambda s: {"avg_fn": s.get_ema_avg_fn(0.7)},
    "many": lambda s: {"multi_avg_fn": s.get_swa_multi_avg_fn()},
    "many ema": lambda s: {"multi_avg_fn": s.get_ema_multi_avg_fn(0.7)},
    "own": lambda s: {"avg_fn": lambda old, new, n: 0.5 * old + 0.5 * new + n},
}


def net(t):
    return filled(t, t.nn.Sequential(t.nn.Linear(3, 4), t.nn.BatchNorm1d(4), t.nn.Linear(4, 1)))


@pytest.mark.parametrize(
    ("how", "buffers"),
    # its mean of lists refuses the count of batches, which is an integer
    [(how, b) for how in AVERAGES for b in (False, True) if (how, b) != ("many", True)],
)
def test_averaged_models_agree(how, buffers):
    pair = []
    for t in BOTH:
        s, model = t.optim.swa_utils, net(t)
        averaged = s.AveragedModel(model, use_buffers=buffers, **AVERAGES[how](s))
        optimizer = t.optim.SGD(model.parameters(), lr=0.01)
        schedule = s.SWALR(optimizer, 0.1, 3)
        for k in range(6):
            optimizer.zero_grad()
            (model(numbers(t, 8, 3, seed=k)) ** 2).mean().backward()
            optimizer.step()
            schedule.step()
            averaged.update_parameters(model)
        pair.append(averaged)
    theirs, ours = pair
    assert repr(ours) == repr(theirs)
    same_state(ours, theirs)
    for t, averaged in zip(BOTH, pair, strict=True):
        loader = [(numbers(t, 8, 3, seed=k), k) for k in range(4)]
        t.optim.swa_utils.update_bn(loader, averaged)
        averaged.load_state_dict(copy.deepcopy(averaged.state_dict()))
    same_state(ours, theirs)
    assert ours.training == theirs.training


@pytest.mark.parametrize("more", [{}, {"anneal_strategy": "linear"}, {"anneal_epochs": 0}], ids=str)
def test_swalr_saves_what_pytorchs_saves(more):
    held = []
    for t in BOTH:
        ps = [t.zeros(2, requires_grad=True), t.zeros(3, requires_grad=True)]
        optimizer = t.optim.SGD([{"params": ps[:1], "lr": 0.05}, {"params": ps[1:]}], lr=0.2)
        schedule = t.optim.swa_utils.SWALR(optimizer, [0.01, 0.02], **more)
        for _ in range(4):
            optimizer.step()
            schedule.step()
        held.append((schedule.get_last_lr(), optimizer.param_groups[0].keys()))
    assert held[0] == held[1]
