"""Random networks: up to eight layers with random options, next to PyTorch's with the same numbers.

A layer that one of the two refuses, the other refuses too; the network goes on without it.
"""

import warnings

import numpy as np
import pytest

import micrograd_lab as lab
from micrograd_lab.errors import LabError, ModifiedError
from micrograd_lab.tensor import Tensor, wrap

torch = pytest.importorskip("torch")

ANYWHERE = """
ReLU ReLU6 LeakyReLU ELU SELU CELU GELU SiLU Mish Sigmoid LogSigmoid Tanh Tanhshrink Softsign
Softplus Hardtanh Hardswish Hardshrink Softshrink PReLU Identity Softmax LogSoftmax Softmin GLU
"""
NEAR = 1e-8
OF_ONE_RANK = (  # refusals of PyTorch's for one number of axes, where it allows the same for others
    "smaller than kernel size",  # avg_pool3d, whatever the padding
    "Calculated output W: 0",  # padding one axis away
)


class Choices:
    """Random options, most of them sensible."""

    def __init__(self, seed):
        self.rng = np.random.default_rng(seed)

    def __call__(self, *options):
        return options[self.rng.integers(len(options))]

    def layer(self, shape):
        """(name, arguments, options) of a layer that is likely to fit this shape."""
        n, wide = len(shape) - 2, shape[1] if len(shape) > 1 else 1
        plain = [self.anywhere, self.linear, self.moved]
        spatial = [self.convolution, self.transposed, self.pool, self.norm, self.pad, self.upsample]
        if len(shape) not in (3, 4, 5):
            return self(*plain, *[self.flat_norm] * (len(shape) == 2))(shape, n, wide)
        if len(shape) == 3:
            return self(*plain, *spatial, self.recurrent, self.attention)(shape, n, wide)
        return self(*plain, *spatial, *spatial)(shape, n, wide)

    def sizes(self, n, *options):
        """One for every axis, or one for all."""
        return self(*options) if self(True, False) else tuple(self(*options) for _ in range(n))

    def anywhere(self, shape, n, wide):
        name = self(*ANYWHERE.split())
        if name in ("Softmax", "LogSoftmax", "Softmin", "GLU"):
            return name, (self(*range(-len(shape), len(shape))),), {}
        if name == "PReLU":
            return name, (self(1, wide),), {}
        if name in ("ELU", "CELU", "LeakyReLU", "Hardshrink", "Softshrink"):
            return name, (self(0.3, 1.0, 1.7) if name != "CELU" else self(0.5, 2.0),), {}
        inplace = {"inplace": self(True, False)} if name in ("ReLU", "SiLU", "Hardswish") else {}
        return name, (), inplace | ({"approximate": self("none", "tanh")} if name == "GELU" else {})

    def linear(self, shape, n, wide):
        return "Linear", (shape[-1], self(1, 3, 6)), {"bias": self(True, False)}

    def moved(self, shape, n, wide):
        if self(True, False, False):
            return "Flatten", (self(0, 1, -2), self(-1, 1, 2)), {}
        if len(shape) == 4:
            return self(
                ("PixelShuffle", (self(1, 2),), {}),
                ("PixelUnshuffle", (2,), {}),
                ("ChannelShuffle", (self(1, 2, 3),), {}),
                (
                    "Unfold",
                    (self.sizes(2, 1, 2, 3),),
                    {"stride": self(1, 2), "padding": self(0, 1)},
                ),
            )
        return "Unflatten", (self(1, -1), (self(1, 2, 3), -1)), {}

    def flat_norm(self, shape, n, wide):
        return self(
            ("BatchNorm1d", (wide,), {"affine": self(True, False), "momentum": self(0.1, None)}),
            ("LayerNorm", (wide,), {"bias": self(True, False)}),
            ("RMSNorm", (wide,), {}),
            ("GroupNorm", (self(1, 2, wide), wide), {}),
        )

    def convolution(self, shape, n, wide):
        options = {
            "stride": self.sizes(n, 1, 1, 2, 3),
            "padding": self(0, 1, self.sizes(n, 0, 1, 2), "same", "valid"),
            "dilation": self.sizes(n, 1, 1, 2),
            "groups": self(1, 1, 2, wide),
            "bias": self(True, False),
            "padding_mode": self("zeros", "zeros", "reflect", "replicate", "circular"),
        }
        return f"Conv{n}d", (wide, self(2, 4, 6, wide), self.sizes(n, 1, 2, 3)), options

    def transposed(self, shape, n, wide):
        options = {
            "stride": self.sizes(n, 1, 2),
            "padding": self.sizes(n, 0, 1),
            "output_padding": self(0, 0, 1),
            "groups": self(1, 1, 2),
            "dilation": 1,
            "bias": self(True, False),
        }
        if options["output_padding"] and options["stride"] != 2:
            options["output_padding"] = 0  # PyTorch allows it below the dilation too
        return f"ConvTranspose{n}d", (wide, self(2, 4), self.sizes(n, 1, 2, 3)), options

    def pool(self, shape, n, wide):
        k = self(1, 2, 3)
        how = {"stride": self(None, 1, 2), "ceil_mode": self(True, False)}
        how["padding"] = self(0, 0, 1, 2)
        return self(
            (f"MaxPool{n}d", (k,), how | {"dilation": self(1, 1, 2)}),
            (f"AvgPool{n}d", (k,), how | {"count_include_pad": self(True, False)}),
            (f"AdaptiveAvgPool{n}d", (self(1, 2, 3, 5),), {}),
            (f"AdaptiveMaxPool{n}d", (self(1, 2, 3, 5),), {}),
        )

    def norm(self, shape, n, wide):
        affine = {"affine": self(True, False)}
        tracked = affine | {"track_running_stats": self(True, False), "momentum": self(0.1, 0.5)}
        return self(
            (f"BatchNorm{n}d", (wide,), tracked),
            (f"InstanceNorm{n}d", (wide,), tracked),
            ("GroupNorm", (self(1, 2, 3, wide), wide), affine),
            ("LayerNorm", (list(shape[self(1, 2, -1) :]),), {}),
            ("RMSNorm", (list(shape[self(1, 2, -1) :]),), {}),
            ("LocalResponseNorm", (self(1, 2, 3),), {}),
        )

    def pad(self, shape, n, wide):
        kind = self("Zero", "Constant", "Reflection", "Replication", "Circular")
        most = 1 if kind == "Circular" else 2  # nor more than is left after cutting off
        width = self(0, 1, most, tuple(self(0, 1, most, -1) for _ in range(2 * n)))
        return f"{kind}Pad{n}d", (width, 0.7) if kind == "Constant" else (width,), {}

    def upsample(self, shape, n, wide):
        mode = self("nearest", "nearest-exact", ["linear", "bilinear", "trilinear"][n - 1], "area")
        if n == 2 and self(True, False, False):
            mode = "bicubic"
        how = {"align_corners": self(True, False)} if mode.endswith(("linear", "cubic")) else {}
        to = self({"scale_factor": self(2, 1.5, 0.7)}, {"size": self(1, 3, 4)})
        return "Upsample", (), {"mode": mode} | how | to

    def recurrent(self, shape, n, wide):
        options = {
            "num_layers": self(1, 2),
            "bias": self(True, False),
            "batch_first": self(True, False),
            "bidirectional": self(True, False),
        }
        return self("RNN", "LSTM", "GRU"), (shape[-1], self(2, 3)), options

    def attention(self, shape, n, wide):
        heads = self(1, 2, 3)
        options = {"norm_first": self(True, False), "batch_first": self(True, False)}
        options |= {"activation": self("relu", "gelu"), "bias": self(True, False)}
        return "TransformerEncoderLayer", (shape[-1], heads, self(3, 8), 0.0), options


class First(torch.nn.Module):
    """The output of a recurrent layer without its state."""

    def __init__(self, layer):
        super().__init__()
        self.layer = layer

    def forward(self, x):
        return self.layer(x)[0]


class OurFirst(lab.nn.Module):
    __init__ = First.__init__
    forward = First.forward


def tensor_to_tensor(layer):
    """As both sides need it."""
    if type(layer).__name__ not in ("RNN", "LSTM", "GRU"):
        return layer
    kind = First if isinstance(layer, torch.nn.Module) else OurFirst
    found = kind.__new__(kind)
    kind.__bases__[0].__init__(found)
    found.layer = layer
    return found


def network(seed):
    """Both networks, layer by layer, and the shape of what they take."""
    choose = Choices(seed)
    shape = choose((4, 6), (3, 4, 6), (2, 4, 7), (2, 4, 6, 5), (2, 2, 7, 7), (1, 2, 4, 5, 4))
    x = torch.tensor(choose.rng.normal(size=shape))
    theirs, ours, words = [], [], []
    for _ in range(choose(2, 4, 6, 8)):
        name, args, options = choose.layer(tuple(x.shape))
        words.append(f"{name}({args}, {options}) on {tuple(x.shape)}")
        try:
            layer = tensor_to_tensor(getattr(torch.nn, name)(*args, **options)).double()
            with torch.no_grad():
                y = layer(x.clone())
        except (RuntimeError, ValueError, IndexError, AssertionError) as error:
            if any(text in str(error) for text in OF_ONE_RANK):
                continue
            with pytest.raises(LabError):
                tensor_to_tensor(getattr(lab.nn, name)(*args, **options)).double()(
                    wrap(x.numpy().copy())
                )
            continue
        if not y.numel() or y.numel() > 4000 or not y.isfinite().all():
            continue  # not finite: a maximum of nothing but padding
        layer = tensor_to_tensor(
            getattr(torch.nn, name)(*args, **options)
        ).double()  # no running statistics
        with torch.no_grad():
            for p in layer.parameters():
                p.copy_(torch.tensor(choose.rng.normal(size=tuple(p.shape)) * 0.6))
        x = y
        theirs.append(layer)
        ours.append(tensor_to_tensor(getattr(lab.nn, name)(*args, **options)).double())
    return torch.nn.Sequential(*theirs), lab.nn.Sequential(*ours), shape, "\n".join(words)


@pytest.fixture
def one_thread():
    """Small networks, many of them: PyTorch's threads would only wait for each other."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


@pytest.mark.usefixtures("one_thread")
@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("first", range(0, 300, 20))
def test_random_networks_agree(first):
    for seed in range(first, first + 20):
        check(seed)


def check(seed):
    theirs, ours, shape, words = network(seed)
    state = {k: wrap(v.numpy().copy()) for k, v in theirs.state_dict().items()}
    assert list(ours.state_dict()) == list(state), words
    ours.load_state_dict(state)
    assert repr(ours).replace("OurFirst", "First") == repr(theirs)
    for training in (True, False):
        theirs.train(training), ours.train(training)
        compare(theirs, ours, shape, seed, words)


def compare(theirs, ours, shape, seed, words):
    """Output, gradients and buffers; or both refuse, where one layer overwrites what another keeps."""
    rng = np.random.default_rng([seed, 1])
    array = rng.normal(size=shape)
    a, b = torch.tensor(array, requires_grad=True), Tensor(array.copy(), requires_grad=True)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        y, z = theirs(a * 1), ours(b * 1)
    close(z, y, NEAR, words)
    xs, zs = [a, *theirs.parameters()], [b, *ours.parameters()]
    if not y.requires_grad:
        return
    upstream = rng.normal(size=tuple(y.shape))
    try:
        dx = torch.autograd.grad(y, xs, torch.tensor(upstream), allow_unused=True)
    except RuntimeError:
        with pytest.raises(ModifiedError):
            lab.autograd.grad(z, zs, wrap(upstream), allow_unused=True)
        return
    dz = lab.autograd.grad(z, zs, wrap(upstream), allow_unused=True)
    for p, q in zip(dx, dz, strict=True):
        assert (p is None) == (q is None), words
        if p is not None:
            close(q, p, NEAR, words)
    for (k, p), (_, q) in zip(theirs.named_buffers(), ours.named_buffers(), strict=True):
        close(q, p, NEAR, f"{k}\n{words}")


def close(ours, theirs, near, words):
    expected = theirs.detach().numpy()
    assert ours.shape == expected.shape, words
    scale = max(1.0, np.abs(expected).max(initial=0))
    np.testing.assert_allclose(ours.array, expected, near, near * scale, err_msg=words)
