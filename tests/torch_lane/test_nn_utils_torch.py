"""nn.utils next to PyTorch's: clipping by norm and by value, vectors of parameters, packed sequences."""

import itertools

import numpy as np
import pytest

from micrograd_lab.errors import LabError
from micrograd_lab.nn import utils
from micrograd_lab.nn.parameter import Parameter
from micrograd_lab.tensor import Tensor, wrap

torch = pytest.importorskip("torch")
from torch_lane.test_nn_conv import OURS  # noqa: E402

U = torch.nn.utils
INF = float("inf")


def parameters(scale=1.0, dtype=np.float64):
    """Three with a gradient and one without, on both sides."""
    rng = np.random.default_rng(0)
    arrays = [rng.normal(size=shape).astype(dtype) for shape in [(3, 4), (5,), (), (2,)]]
    theirs = [torch.nn.Parameter(torch.tensor(a)) for a in arrays]
    ours = [Parameter(wrap(a.copy())) for a in arrays]
    for p, q in zip(theirs[:3], ours[:3], strict=True):
        g = (rng.normal(size=tuple(p.shape)) * scale).astype(dtype)
        p.grad, q.grad = torch.tensor(g), wrap(np.array(g))
    return theirs, ours


def close(ours, theirs):
    assert ours.shape == tuple(theirs.shape)
    assert f"torch.{ours.dtype}" == str(theirs.dtype)
    tol = 1e-12 if theirs.dtype == torch.float64 else 1e-6
    np.testing.assert_allclose(ours.array, theirs.detach().numpy(), rtol=tol, atol=tol)


@pytest.mark.parametrize("norm_type", [2, 2.0, 1, 3.5, INF, -INF, 0.5])
def test_clipping_by_norm(norm_type):
    for max_norm, scale, dtype in itertools.product(
        [0.0, 0.5, 4.0, 1e4], [1e-8, 1.0, 100.0], [np.float32, np.float64]
    ):
        theirs, ours = parameters(scale, dtype)
        a = U.clip_grad_norm_(theirs, max_norm, norm_type)
        b = utils.clip_grad_norm_(iter(ours), max_norm, norm_type)
        close(b, a)
        for p, q in zip(theirs[:3], ours[:3], strict=True):
            close(q.grad, p.grad)
        assert ours[3].grad is None


@pytest.mark.filterwarnings("ignore:invalid value:RuntimeWarning")  # inf · 0
@pytest.mark.parametrize("bad", [float("nan"), INF])
def test_clipping_what_is_not_finite(bad):
    theirs, ours = parameters()
    theirs[1].grad[0] = bad
    ours[1].grad.array[0] = bad
    for function, ps in ((U.clip_grad_norm_, theirs), (utils.clip_grad_norm_, ours)):
        with pytest.raises(RuntimeError):
            function(ps, 1.0, error_if_nonfinite=True)
    close(utils.clip_grad_norm_(ours, 1.0), U.clip_grad_norm_(theirs, 1.0))
    for p, q in zip(theirs[:3], ours[:3], strict=True):
        close(q.grad, p.grad)


def test_one_parameter_none_at_all_and_in_two_parts():
    theirs, ours = parameters()
    close(utils.clip_grad_norm_(ours[0], 0.5), U.clip_grad_norm_(theirs[0], 0.5))
    close(ours[0].grad, theirs[0].grad)
    close(utils.clip_grad_norm_([], 0.5), U.clip_grad_norm_([], 0.5))
    close(utils.clip_grad_norm_(ours[3:], 0.5), U.clip_grad_norm_(theirs[3:], 0.5))
    a = U.get_total_norm([p.grad for p in theirs[:3]])
    b = utils.get_total_norm([p.grad for p in ours[:3]])
    close(b, a)
    U.clip_grads_with_norm_(theirs, 0.2, a)
    utils.clip_grads_with_norm_(ours, 0.2, b)
    for p, q in zip(theirs[:3], ours[:3], strict=True):
        close(q.grad, p.grad)


def test_the_total_norm_is_outside_the_graph():
    assert not U.get_total_norm(torch.ones(2, requires_grad=True)).requires_grad
    assert not utils.get_total_norm(Tensor(np.ones(2), requires_grad=True)).requires_grad


def test_clipping_by_value():
    for bound, scale in itertools.product([0.0, 0.3, 5], [1.0, 10.0]):
        theirs, ours = parameters(scale)
        U.clip_grad_value_(theirs, bound)
        utils.clip_grad_value_(iter(ours), bound)
        for p, q in zip(theirs[:3], ours[:3], strict=True):
            close(q.grad, p.grad)


def test_vectors():
    theirs, ours = parameters()
    a, b = U.parameters_to_vector(theirs), utils.parameters_to_vector(ours)
    close(b, a)
    a.square().sum().backward()
    (b * b).sum().backward()
    for p, q in zip(theirs, ours, strict=True):
        close(q.grad, p.grad)
    numbers = np.arange(float(a.numel()))
    U.vector_to_parameters(torch.tensor(numbers), theirs)
    utils.vector_to_parameters(wrap(numbers), ours)
    for p, q in zip(theirs, ours, strict=True):
        close(q, p)
    for short in (numbers[:-1], np.zeros(0)):
        with pytest.raises(RuntimeError):
            U.vector_to_parameters(torch.tensor(short), theirs)
        with pytest.raises(LabError):
            utils.vector_to_parameters(wrap(short), ours)


# --- sequences -------------------------------------------------------------------------------

LENGTHS = [[4, 3, 3, 1], [3], [2, 2], [1, 4, 2], [5, 1, 5, 3]]


def sequences(lengths, rest=(2,), dtype=np.float64):
    rng = np.random.default_rng(lengths)
    arrays = [(rng.normal(size=(n, *rest)) * 9).astype(dtype) for n in lengths]
    floats = np.dtype(dtype).kind == "f"
    return (
        [torch.tensor(a, requires_grad=floats) for a in arrays],
        [Tensor(a, requires_grad=floats) for a in arrays],
    )


def same_gradients(y, z, xs, zs):
    upstream = np.random.default_rng(1).normal(size=tuple(y.shape))
    y.backward(torch.tensor(upstream))
    z.backward(wrap(upstream))
    for x, w in zip(xs, zs, strict=True):
        close(w.grad, x.grad)


@pytest.mark.parametrize("lengths", LENGTHS, ids=str)
@pytest.mark.parametrize("rest", [(), (2,), (2, 3)], ids=str)
def test_padding_and_back(lengths, rest):
    for first, side in itertools.product([True, False], ["left", "right"]):
        xs, zs = sequences(lengths, rest)
        how = {"batch_first": first, "padding_value": -1.5, "padding_side": side}
        y, z = U.rnn.pad_sequence(xs, **how), utils.rnn.pad_sequence(zs, **how)
        close(z, y)
        same_gradients(y, z, xs, zs)
        if side == "right":
            a = U.rnn.unpad_sequence(y, torch.tensor(lengths), first)
            b = utils.rnn.unpad_sequence(z, wrap(np.array(lengths)), first)
            for x, w in zip(a, b, strict=True):
                close(w, x)
    xs, zs = sequences(lengths, rest, np.int64)
    close(utils.rnn.pad_sequence(zs), U.rnn.pad_sequence(xs))


def same_packed(p, q):
    close(q.data, p.data)
    for a, b in zip(q[1:], p[1:], strict=True):
        assert (a is None) == (b is None)
        if b is not None:
            close(a, b)


@pytest.mark.parametrize("lengths", LENGTHS, ids=str)
def test_packing_and_back(lengths):
    enforce = lengths == sorted(lengths, reverse=True)
    for first, sort, total in itertools.product([True, False], [enforce, False], [None, 6]):
        xs, zs = sequences(lengths)
        y, z = U.rnn.pad_sequence(xs, first), utils.rnn.pad_sequence(zs, first)
        how = {"batch_first": first, "enforce_sorted": sort}
        p = U.rnn.pack_padded_sequence(y, torch.tensor(lengths), **how)
        q = utils.rnn.pack_padded_sequence(z, lengths, **how)
        if len(set(lengths)) == len(lengths) or sort:  # PyTorch's sort is not stable
            same_packed(p, q)
        how = {"batch_first": first, "padding_value": 7.0, "total_length": total}
        (y, m), (z, n) = (
            U.rnn.pad_packed_sequence(p, **how),
            utils.rnn.pad_packed_sequence(q, **how),
        )
        close(z, y)
        close(n, m)
        same_gradients(y, z, xs, zs)
        for x, w in zip(U.rnn.unpack_sequence(p), utils.rnn.unpack_sequence(q), strict=True):
            close(w, x)


def test_packing_refuses_what_pytorch_refuses():
    y, z = torch.zeros(4, 2, 3), wrap(np.zeros((4, 2, 3), np.float32))
    for lengths in ([1, 2], [4], [4, 0], [5, 1], [4, -1], [4, 2, 1], []):
        if lengths != [5, 1]:  # longer than the padding: PyTorch reads on beyond it
            with pytest.raises((RuntimeError, ValueError)):
                U.rnn.pack_padded_sequence(y, torch.tensor(lengths))
        with pytest.raises(LabError):
            utils.rnn.pack_padded_sequence(z, wrap(np.array(lengths)))
    p, q = U.rnn.pack_padded_sequence(y, [4, 2]), utils.rnn.pack_padded_sequence(z, [4, 2])
    for function, packed in ((U.rnn, p), (utils.rnn, q)):
        with pytest.raises(ValueError, match="total_length"):
            function.pad_packed_sequence(packed, total_length=3)
    same_packed(p.double(), q.double())


def test_sequences_of_other_widths_are_refused():
    xs, zs = sequences([2], (2,)), sequences([3], (4,))
    with pytest.raises(RuntimeError):
        U.rnn.pad_sequence([xs[0][0], zs[0][0]])
    with pytest.raises(LabError):
        utils.rnn.pad_sequence([xs[1][0], zs[1][0]])
    with pytest.raises(LabError):
        utils.rnn.pad_sequence(xs[1], padding_side="middle")


# --- parametrizations ------------------------------------------------------------------------

LAYERS = [
    ("Conv2d", (3, 4, 2), (2, 3, 5, 5)),
    ("ConvTranspose1d", (3, 4, 2), (2, 3, 5)),
    ("LayerNorm", (6,), (2, 6)),
]


def parametrized(name, args, how, **options):
    layers = []
    for layer, u in ((getattr(torch.nn, name)(*args), U), (OURS[name](*args), utils)):
        layers.append(getattr(u.parametrizations, how)(layer.double(), **options))
    load(*layers)
    return layers


def load(theirs, ours):
    state = {k: wrap(v.numpy().copy()) for k, v in theirs.state_dict().items()}
    assert sorted(ours.state_dict()) == sorted(state)
    ours.load_state_dict(state)
    assert repr(ours) == repr(theirs)


def train_alike(theirs, ours, shape):
    """Two steps of training, then eval: outputs and gradients of the originals."""
    for step in range(3):
        if step == 2:
            theirs.eval(), ours.eval()
        x = np.random.default_rng(step).normal(size=shape)
        theirs.zero_grad(), ours.zero_grad()
        y, z = theirs(torch.tensor(x)), ours(wrap(x))
        np.testing.assert_allclose(z.array, y.detach().numpy(), rtol=1e-9, atol=1e-9)
        y.square().sum().backward()
        (z * z).sum().backward()
        mine = dict(ours.named_parameters())
        for key, p in theirs.named_parameters():
            np.testing.assert_allclose(mine[key].grad.array, p.grad.numpy(), rtol=1e-9, atol=1e-9)
            with torch.no_grad():
                p -= 0.01 * p.grad
            mine[key].data -= 0.01 * mine[key].grad


@pytest.mark.parametrize(("name", "args", "shape"), LAYERS, ids=[x[0] for x in LAYERS])
def test_weight_norm_and_spectral_norm(name, args, shape):
    for dim in (0, None, *([1, -1] if name != "LayerNorm" else [])):
        train_alike(*parametrized(name, args, "weight_norm", dim=dim), shape)
    for dim, n in itertools.product([None, 0], [1, 3]):
        how = {"dim": dim, "n_power_iterations": n}
        train_alike(*parametrized(name, args, "spectral_norm", **how), shape)


def test_parametrizations_can_be_removed_and_assigned():
    theirs, ours = parametrized("Conv2d", (3, 4, 2), "weight_norm")
    weight = np.random.default_rng(0).normal(size=(4, 3, 2, 2))
    theirs.weight, ours.weight = torch.tensor(weight), wrap(weight)
    train_alike(theirs, ours, (2, 3, 5, 5))
    for layer, u in ((theirs, U), (ours, utils)):
        assert u.parametrize.is_parametrized(layer, "weight")
        u.parametrize.remove_parametrizations(layer, "weight")
        assert not u.parametrize.is_parametrized(layer)
        with pytest.raises(ValueError):  # noqa: PT011
            u.parametrize.remove_parametrizations(layer, "weight")
    load(theirs, ours)
    train_alike(theirs, ours, (2, 3, 5, 5))
