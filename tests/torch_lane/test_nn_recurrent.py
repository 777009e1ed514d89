"""Recurrent layers and cells from PyTorch's weights: outputs, states, gradients and theirs."""

import itertools
import warnings

import numpy as np
import pytest

from micrograd_lab.autograd import grad
from micrograd_lab.nn import cells, recurrent
from micrograd_lab.tensor import Tensor, wrap
from torch_lane.agreement import close

torch = pytest.importorskip("torch")
# PyTorch's own, about an LSTM with projections
pytestmark = pytest.mark.filterwarnings("ignore:.*projections is not supported:UserWarning")


def pair(name, home, *args, dtype=np.float64, **kwargs):
    """PyTorch's module and ours, with PyTorch's weights."""
    torch.manual_seed(len(str(args)) + len(str(kwargs)))
    theirs = getattr(torch.nn, name)(*args, **kwargs).to(getattr(torch, np.dtype(dtype).name))
    ours = getattr(home, name)(*args, **kwargs).to(dtype)
    assert repr(ours) == repr(theirs)
    assert list(ours.state_dict()) == list(theirs.state_dict())
    ours.load_state_dict({k: wrap(v.numpy()) for k, v in theirs.state_dict().items()})
    return theirs, ours


def flat(out):
    """The tensors in a nest of tuples, and in packed sequences."""
    if hasattr(out, "batch_sizes"):
        return [out.data]
    return [x for part in out for x in flat(part)] if isinstance(out, tuple) else [out]


def same(theirs, ours, call, arrays, second=True, atol=1e-9, dtype=np.float64):
    """Outputs, gradients with random upstream ones, and the gradients of these."""
    rng = np.random.default_rng(1)
    xs = [torch.tensor(a.astype(dtype), requires_grad=True) for a in arrays]
    zs = [Tensor(a.astype(dtype), requires_grad=True) for a in arrays]
    y, z = flat(call(theirs, *xs)), flat(call(ours, *zs))
    assert len(y) == len(z)
    for a, b in zip(z, y, strict=True):
        assert a.shape == tuple(b.shape)
        close(a, b, atol)
    upstream = [rng.normal(size=a.shape).astype(dtype) for a in z]
    end = sum((a * torch.tensor(u)).sum() for a, u in zip(y, upstream, strict=True))
    goal = sum((a * wrap(u)).sum() for a, u in zip(z, upstream, strict=True))
    inputs, targets = [*xs, *theirs.parameters()], [*zs, *ours.parameters()]
    dx = torch.autograd.grad(end, inputs, create_graph=second, materialize_grads=True)
    dz = grad(goal, targets, create_graph=second, materialize_grads=True)
    for a, b in zip(dz, dx, strict=True):
        close(a, b, atol)
    if not second:
        return
    weights = [rng.normal(size=a.shape).astype(dtype) for a in dz]
    end = sum((a * torch.tensor(u)).sum() for a, u in zip(dx, weights, strict=True))
    goal = sum((a * wrap(u)).sum() for a, u in zip(dz, weights, strict=True))
    ddx = torch.autograd.grad(end, inputs, materialize_grads=True, allow_unused=True)
    ddz = grad(goal, targets, materialize_grads=True, allow_unused=True)
    for a, b in zip(ddz, ddx, strict=True):
        close(a, b, atol * 10)


KINDS = [("RNN", {}), ("RNN", {"nonlinearity": "relu"}), ("LSTM", {}), ("GRU", {}), ("LSTM", {"proj_size": 2})]  # fmt: skip
OPTIONS = [
    dict(zip(("num_layers", "bias", "batch_first", "bidirectional"), v, strict=True))
    for v in itertools.product((1, 2), (True, False), (True, False), (True, False))
]


def states_for(name, kwargs, options, batch, rng):
    count = options["num_layers"] * (1 + options["bidirectional"])
    sizes = [kwargs.get("proj_size", 4), 4] if name == "LSTM" else [4]
    return [rng.normal(size=(count, *batch, size)) for size in sizes]


def run(m, x, *states):
    hx = states[0] if len(states) == 1 else tuple(states) if states else None
    return m(x, hx) if states else m(x)


@pytest.mark.parametrize(
    "options", OPTIONS, ids=lambda o: "-".join(str(int(v)) for v in o.values())
)
@pytest.mark.parametrize(("name", "kwargs"), KINDS, ids=str)
def test_a_layer_agrees_to_second_order(name, kwargs, options):
    rng = np.random.default_rng(0)
    theirs, ours = pair(name, recurrent, 3, 4, **kwargs, **options)
    x = rng.normal(size=(2, 5, 3))
    batch = 2 if options["batch_first"] else 5
    given = states_for(name, kwargs, options, (batch,), rng)
    same(theirs, ours, run, [x], second=False)
    same(theirs, ours, run, [x, *given])
    same(theirs, ours, run, [rng.normal(size=(3, 3))], second=False)  # no batch
    same(theirs, ours, run, [x[0], *states_for(name, kwargs, options, (), rng)], second=False)


@pytest.mark.parametrize("sort", [True, False], ids=["sorted", "unsorted"])
@pytest.mark.parametrize("bidirectional", [False, True], ids=["forward", "both ways"])
@pytest.mark.parametrize(("name", "kwargs"), KINDS, ids=str)
def test_sequences_of_different_lengths_share_a_batch(name, kwargs, bidirectional, sort):
    from micrograd_lab.nn.utils import rnn

    options = {"num_layers": 2, "bidirectional": bidirectional}
    rng = np.random.default_rng(2)
    theirs, ours = pair(name, recurrent, 3, 4, **kwargs, **options)
    lengths = [4, 3, 1] if sort else [1, 4, 3]

    def call(m, x, *states):
        pack = rnn if m is ours else torch.nn.utils.rnn
        return run(m, pack.pack_padded_sequence(x, lengths, enforce_sorted=sort), *states)

    x = rng.normal(size=(4, 3, 3))
    given = states_for(name, kwargs, options, (3,), rng)
    same(theirs, ours, call, [x], second=False)
    same(theirs, ours, call, [x, *given])


@pytest.mark.parametrize("bias", [True, False])
@pytest.mark.parametrize(
    ("name", "kwargs"),
    [("RNNCell", {}), ("RNNCell", {"nonlinearity": "relu"}), ("LSTMCell", {}), ("GRUCell", {})],
    ids=str,
)
def test_a_cell_agrees_to_second_order(name, kwargs, bias):
    rng = np.random.default_rng(3)
    theirs, ours = pair(name, cells, 3, 4, bias=bias, **kwargs)
    states = [rng.normal(size=(2, 4)) for _ in range(1 + (name == "LSTMCell"))]
    x = rng.normal(size=(2, 3))
    same(theirs, ours, run, [x])
    same(theirs, ours, run, [x, *states])
    same(theirs, ours, run, [x[0], *(s[0] for s in states)])


@pytest.mark.parametrize(("name", "kwargs"), KINDS, ids=str)
def test_float32_agrees(name, kwargs):
    theirs, ours = pair(name, recurrent, 3, 4, num_layers=2, dtype=np.float32, **kwargs)
    x = np.random.default_rng(4).normal(size=(6, 5, 3))
    same(theirs, ours, run, [x], second=False, atol=1e-5, dtype=np.float32)


@pytest.mark.parametrize("name", ["RNN", "LSTM", "GRU"])
@pytest.mark.parametrize(
    ("x", "h"),
    [
        ((5, 2, 4), None),
        ((5,), None),
        ((1, 5, 2, 3), None),
        ((0, 2, 3), None),
        ((5, 2, 3), (1, 3, 4)),
        ((5, 2, 3), (2, 2, 4)),
        ((5, 2, 3), (1, 4)),
        ((5, 3), (1, 2, 4)),
    ],
    ids=str,
)
def test_both_refuse_what_does_not_fit(name, x, h):
    theirs, ours = pair(name, recurrent, 3, 4)
    hx = [] if h is None else [np.zeros(h)] * (1 + (name == "LSTM"))
    with pytest.raises((RuntimeError, ValueError)):
        run(theirs, torch.zeros(x, dtype=torch.float64), *map(torch.tensor, hx))
    with pytest.raises(ValueError, match=name):
        run(ours, wrap(np.zeros(x)), *map(wrap, hx))


def test_twenty_steps_of_training_follow_the_same_path():
    theirs, ours = pair("LSTM", recurrent, 3, 4, 2, bidirectional=True)
    rng = np.random.default_rng(5)
    x, goal = rng.normal(size=(6, 5, 3)), rng.normal(size=(6, 5, 8))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for _ in range(20):
            loss = ((theirs(torch.tensor(x))[0] - torch.tensor(goal)) ** 2).mean()
            theirs.zero_grad()
            loss.backward()
            end = ((ours(wrap(x))[0] - wrap(goal)) ** 2).mean()
            ours.zero_grad()
            end.backward()
            for p, q in zip(theirs.parameters(), ours.parameters(), strict=True):
                p.data -= 0.5 * p.grad
                q.data -= 0.5 * q.grad
            close(end, loss, 1e-9)
