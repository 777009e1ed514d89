"""Convolution and pooling layers next to PyTorch's, with PyTorch's weights: outputs, gradients, texts."""

import itertools
import warnings

import numpy as np
import pytest

from micrograd_lab import nn
from micrograd_lab.errors import LabError
from micrograd_lab.nn import convolution, normalisation, pooling
from micrograd_lab.tensor import Tensor, wrap

torch = pytest.importorskip("torch")

OURS = {k: v for m in (convolution, pooling, normalisation) for k, v in vars(m).items()}


def both(name, *args, **how):
    """PyTorch's layer and ours with its numbers, in float64."""
    theirs = getattr(torch.nn, name)(*args, **how).double()
    ours = OURS[name](*args, **how).double()
    with torch.no_grad():
        for p in theirs.parameters():
            p.copy_(torch.randn(p.shape, generator=torch.Generator().manual_seed(p.numel())))
    state = {k: wrap(v.numpy().copy()) for k, v in theirs.state_dict().items()}
    assert list(ours.state_dict()) == list(state)
    assert str(ours.load_state_dict(state)) == "<All keys matched successfully>"
    assert repr(ours) == repr(theirs)
    return theirs, ours


def same(theirs, ours, shape, seed=0, tol=1e-9, **call):
    """One call: both refuse, or outputs, gradients and buffers are the same."""
    rng = np.random.default_rng(seed)
    array = rng.normal(size=shape)
    x = torch.tensor(array, requires_grad=True)
    z = Tensor(array.copy(), requires_grad=True)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            y = theirs(x, **call)
        except (RuntimeError, ValueError, IndexError):
            with pytest.raises(LabError):
                ours(z, **call)
            return
        w = ours(z, **call)
    indices = isinstance(y, tuple)
    if indices:
        np.testing.assert_array_equal(w[1].array, y[1].numpy())
        y, w = y[0], w[0]
    upstream = rng.normal(size=tuple(y.shape))
    theirs.zero_grad()
    ours.zero_grad()
    close(w, y, tol)
    y.backward(torch.tensor(upstream))
    w.backward(wrap(upstream))
    close(z.grad, x.grad, tol)
    for (k, p), (_, q) in zip(theirs.named_parameters(), ours.named_parameters(), strict=True):
        close(q.grad, p.grad, tol, k)
    for (k, p), (_, q) in zip(theirs.named_buffers(), ours.named_buffers(), strict=True):
        close(q, p, tol, k)
        assert f"torch.{q.dtype}" == str(p.dtype)


def close(ours, theirs, tol, what=""):
    found, expected = ours.array, theirs.detach().numpy()
    assert found.shape == expected.shape, what
    np.testing.assert_allclose(found, expected, rtol=tol, atol=tol, err_msg=what)


SHAPES = {1: (2, 4, 9), 2: (2, 4, 7, 8), 3: (1, 4, 5, 4, 6)}


@pytest.mark.parametrize("n", [1, 2, 3])
def test_convolutions(n):
    for k, stride, padding, dilation, groups in itertools.product(
        [1, 3], [1, 2], [0, 1, "same", "valid"], [1, 2], [1, 2]
    ):
        if padding == "same" and stride > 1:
            continue
        how = {"stride": stride, "padding": padding, "dilation": dilation, "groups": groups}
        layers = both(f"Conv{n}d", 4, 6, k, bias=padding == 1, **how)
        same(*layers, SHAPES[n])
        same(*layers, SHAPES[n][1:])


@pytest.mark.parametrize("mode", ["reflect", "replicate", "circular"])
def test_borders_that_repeat_the_input(mode):
    for padding, k in itertools.product([0, 1, 2, "same", "valid"], [2, 3, (3, 2)]):
        same(*both("Conv2d", 4, 6, k, padding=padding, padding_mode=mode), SHAPES[2])
    same(*both("Conv1d", 4, 2, 4, padding="same", dilation=2, padding_mode=mode), SHAPES[1])
    same(*both("Conv2d", 4, 2, 3, padding=(2, 1), padding_mode=mode), SHAPES[2])
    same(*both("Conv2d", 4, 2, 3, padding=(2, 1), padding_mode=mode), SHAPES[2][1:])
    same(*both("Conv2d", 4, 2, 3, padding=9, padding_mode=mode), SHAPES[2])
    same(*both("Conv3d", 4, 2, 2, padding=1, padding_mode=mode), SHAPES[3])


@pytest.mark.parametrize("n", [1, 2, 3])
def test_transposed_convolutions(n):
    for k, stride, padding, extra, groups, dilation in itertools.product(
        [2, 3], [1, 2, 3], [0, 1], [0, 1], [1, 2], [1, 2]
    ):
        if extra >= stride:  # PyTorch allows it below the dilation; no convolution gives that size
            continue
        how = {"stride": stride, "padding": padding, "output_padding": extra}
        layers = both(f"ConvTranspose{n}d", 4, 6, k, groups=groups, dilation=dilation, **how)
        same(*layers, (2, 4, 4, 3, 5)[: n + 2])


def test_sizes_that_a_transposed_convolution_can_be_asked_for():
    layers = both("ConvTranspose2d", 4, 3, 3, stride=(2, 3), padding=1, dilation=(1, 2))
    for size in [(9, 14), (10, 16), (10, 15), (8, 14), (9, 17), (2, 3, 9, 14), (9,), (2, 9, 14)]:
        same(*layers, (2, 4, 5, 5), output_size=size)
        same(*layers, (4, 5, 5), output_size=size)


def test_layers_refuse_what_pytorch_s_refuse():
    for name, args, how in [
        ("Conv2d", (4, 6, 3), {"groups": 3}),
        ("Conv2d", (4, 6, 3), {"groups": 0}),
        ("Conv2d", (4, 6, 3), {"padding": "full"}),
        ("Conv2d", (4, 6, 3), {"padding": "same", "stride": 2}),
        ("Conv2d", (4, 6, 3), {"padding_mode": "mirror"}),
        ("ConvTranspose2d", (4, 6, 3), {"padding_mode": "reflect"}),
        ("GroupNorm", (3, 4), {}),
    ]:
        with pytest.raises(ValueError):  # noqa: PT011
            getattr(torch.nn, name)(*args, **how)
        with pytest.raises(LabError) as caught:
            OURS[name](*args, **how)
        assert isinstance(caught.value, ValueError)
    for shape in [(2, 3, 7, 8), (4, 8), (2, 4, 1, 8), (1, 2, 4, 7, 8)]:
        same(*both("Conv2d", 4, 6, 3), shape)
        same(*both("ConvTranspose2d", 4, 6, 3), shape)


@pytest.mark.parametrize("n", [1, 2, 3])
def test_pools(n):
    for k, stride, padding, ceil in itertools.product([2, 3], [None, 1, 2], [0, 1], [False, True]):
        how = {"stride": stride, "padding": padding, "ceil_mode": ceil}
        same(*both(f"MaxPool{n}d", k, **how), SHAPES[n])
        same(*both(f"MaxPool{n}d", k, dilation=2, return_indices=True, **how), SHAPES[n])
        for include in (True, False):
            same(*both(f"AvgPool{n}d", k, count_include_pad=include, **how), SHAPES[n])
            same(*both(f"AvgPool{n}d", k, count_include_pad=include, **how), SHAPES[n][1:])
    if n > 1:
        same(*both(f"AvgPool{n}d", 2, divisor_override=3), SHAPES[n])
        same(*both(f"MaxPool{n}d", (3, 2, 1)[:n], (1, 2, 1)[:n], (1, 0, 0)[:n]), SHAPES[n])


@pytest.mark.parametrize("n", [1, 2, 3])
def test_adaptive_pools(n):
    for size in [1, 2, 3, (2, 3, 1)[:n], [3] * n]:
        same(*both(f"AdaptiveAvgPool{n}d", size), SHAPES[n])
        same(*both(f"AdaptiveMaxPool{n}d", size), SHAPES[n])
        same(*both(f"AdaptiveMaxPool{n}d", size, return_indices=True), SHAPES[n][1:])
    if n > 1:
        same(*both(f"AdaptiveAvgPool{n}d", (None, 2, 2)[:n]), SHAPES[n])


def test_new_weights_have_pytorch_s_distribution():
    """Uniform within the same bounds: the largest of many draws is close to the bound on both sides."""
    for name, args in [("Conv2d", (8, 64, 5)), ("ConvTranspose1d", (64, 8, 9))]:
        theirs, ours = getattr(torch.nn, name)(*args), OURS[name](*args)
        for p, q in zip(theirs.parameters(), ours.parameters(), strict=True):
            assert q.shape == tuple(p.shape)
        a, b = theirs.weight.abs().max().item(), float(np.abs(ours.weight.array).max())
        assert abs(a - b) < 0.01 * a


def test_a_conv_net_trains_along_the_same_path():
    """Twenty steps of plain gradient descent from the same weights, batch norm and all."""

    def net(kind, conv):
        class Net(kind):
            def __init__(self):
                super().__init__()
                self.a, self.b = conv["Conv2d"](1, 4, 3, padding=1), conv["Conv2d"](4, 3, 3)
                self.norm = conv["BatchNorm2d"](4)
                self.pool, self.all = conv["MaxPool2d"](2), conv["AdaptiveAvgPool2d"](1)

            def forward(self, x):
                x = self.pool(self.norm(self.a(x)).relu())
                return self.all(self.b(x).tanh()).flatten(1)

        return Net()

    theirs = net(torch.nn.Module, vars(torch.nn)).double()
    ours = net(nn.Module, OURS).double()
    ours.load_state_dict({k: wrap(v.numpy().copy()) for k, v in theirs.state_dict().items()})
    rng = np.random.default_rng(0)
    for step in range(20):
        x, goal = rng.normal(size=(6, 1, 8, 8)), rng.normal(size=(6, 3))
        losses = []
        for model, make in ((theirs, torch.tensor), (ours, wrap)):
            model.zero_grad()
            loss = ((model(make(x)) - make(goal)) ** 2).mean()
            loss.backward()
            for p in model.parameters():
                p.data -= 0.1 * p.grad
            losses.append(loss.item())
        assert abs(losses[0] - losses[1]) < 1e-9, step
    theirs.eval(), ours.eval()
    same(theirs, ours, (3, 1, 8, 8))


@pytest.mark.parametrize("n", [1, 2, 3])
def test_power_pools_and_the_way_back_from_maxima(n):
    for p, stride, ceil in itertools.product([2, 3.0], [None, 2], [False, True]):
        same(*both(f"LPPool{n}d", p, 3, stride=stride, ceil_mode=ceil), SHAPES[n])
    unpools = both(f"MaxUnpool{n}d", 2)
    x = np.random.default_rng(0).normal(size=(2, 3, 6, 4, 6)[: n + 2])
    y, at = getattr(torch.nn, f"MaxPool{n}d")(2, return_indices=True)(torch.tensor(x))
    z, where = OURS[f"MaxPool{n}d"](2, return_indices=True)(wrap(x))
    close(unpools[1](z, where), unpools[0](y, at), 0)
    wide = tuple(k + 1 for k in x.shape[2:])
    close(unpools[1](z, where, output_size=wide), unpools[0](y, at, output_size=wide), 0)


@pytest.mark.parametrize("n", [2, 3])
def test_pools_at_random_places_that_were_drawn_before(n):
    shape = (2, 3, 7, 8, 9)[: n + 2]
    draws = np.random.default_rng(1).random((2, 3, n))
    for how in ({"output_size": 3}, {"output_ratio": 0.6}):
        name, x = f"FractionalMaxPool{n}d", np.random.default_rng(0).normal(size=shape)
        theirs = getattr(torch.nn, name)(2, **how, _random_samples=torch.tensor(draws))
        ours = OURS[name](2, **how, _random_samples=wrap(draws))
        close(ours(wrap(x)), theirs(torch.tensor(x)), 0)
        assert repr(ours) == repr(theirs)
    for wrong in ({}, {"output_size": 3, "output_ratio": 0.6}, {"output_ratio": 1.5}):
        with pytest.raises(ValueError):  # noqa: PT011
            getattr(torch.nn, name)(2, **wrong)
        with pytest.raises(LabError):
            OURS[name](2, **wrong)
