"""Linear layers, tables, activations, dropout and losses, against NumPy and against their promises."""

import math

import numpy as np
import pytest

import micrograd_lab as torch
from micrograd_lab.errors import LabError
from micrograd_lab.nn import activation, dropout, loss, margin_loss, padding, reshaping, upsampling
from micrograd_lab.nn.containers import Sequential
from micrograd_lab.nn.distance import CosineSimilarity, PairwiseDistance
from micrograd_lab.nn.embedding import Embedding, EmbeddingBag
from micrograd_lab.nn.lazy import LazyLinear
from micrograd_lab.nn.linear import Bilinear, Identity, Linear
from micrograd_lab.nn.parameter import Parameter
from micrograd_lab.tensor import wrap

RNG = np.random.default_rng


def near(found, wanted, at=1e-6):
    np.testing.assert_allclose(np.asarray(getattr(found, "array", found)), wanted, at, at)


# --- products ---------------------------------------------------------------------------------------


def test_linear_is_a_product_and_a_sum():
    torch.manual_seed(0)
    f, x = Linear(3, 2), torch.randn(4, 5, 3)
    near(f(x), np.einsum("abi,oi->abo", x.array, f.weight.array) + f.bias.array)
    upstream = torch.randn(4, 5, 2)
    f(x).backward(upstream)
    near(f.weight.grad, np.einsum("abo,abi->oi", upstream.array, x.array), 1e-5)
    near(f.bias.grad, upstream.array.sum((0, 1)), 1e-5)
    assert Linear(3, 2, bias=False).bias is None
    assert Linear(3, 2, dtype=torch.float64).weight.dtype == torch.float64


def test_linear_starts_within_one_over_the_root_of_its_inputs():
    torch.manual_seed(0)
    f = Linear(100, 50)
    for p in f.parameters():
        assert 0.09 < np.abs(p.array).max() <= 0.1
    assert Linear(0, 3)(torch.ones(2, 0)).shape == (2, 3)


def test_lazy_linear_learns_its_inputs_from_the_first_one():
    torch.manual_seed(0)
    net = Sequential(LazyLinear(4), LazyLinear(2, bias=False))
    optimised = list(net.parameters())
    y = net(torch.randn(5, 7))
    assert y.shape == (5, 2)
    assert [type(f) for f in net] == [Linear, Linear]
    assert [p.shape for p in net.parameters()] == [(4, 7), (4,), (2, 4)]
    assert all(p is q for p, q in zip(net.parameters(), optimised, strict=True))
    assert 0.2 < np.abs(net[0].weight.array).max() <= 1 / math.sqrt(7)
    y.sum().backward()
    assert all(p.grad.shape == p.shape for p in optimised)
    assert repr(net[0]) == "Linear(in_features=7, out_features=4, bias=True)"


def test_bilinear_has_a_matrix_for_each_output():
    torch.manual_seed(0)
    f, a, b = Bilinear(3, 4, 2), torch.randn(5, 3), torch.randn(5, 4)
    wanted = [[a[n].array @ f.weight.array[o] @ b[n].array for o in range(2)] for n in range(5)]
    near(f(a, b), np.array(wanted) + f.bias.array)


def test_identity_gives_back_the_very_thing():
    x = object()
    assert Identity(3, "whatever", option=1)(x) is x


# --- tables -----------------------------------------------------------------------------------------


def test_embedding_looks_up_rows_and_collects_their_gradients():
    torch.manual_seed(0)
    table = Embedding(5, 3, padding_idx=-1)
    assert table.padding_idx == 4
    assert table.weight.tolist()[4] == [0, 0, 0]
    ids = torch.tensor([[0, 2, 2], [4, 0, 2]])
    near(table(ids), table.weight.array[ids.array])
    upstream = torch.randn(2, 3, 3)
    table(ids).backward(upstream)
    wanted = np.zeros((5, 3))
    np.add.at(wanted, ids.array, upstream.array)
    wanted[4] = 0
    near(table.weight.grad, wanted)


def test_a_pretrained_table_is_frozen_unless_asked_otherwise():
    rows = torch.arange(6.0).reshape(3, 2)
    table = Embedding.from_pretrained(rows)
    assert not table.weight.requires_grad
    assert table(torch.tensor(1)).tolist() == [2, 3]
    assert np.shares_memory(table.weight.array, rows.array)
    assert Embedding.from_pretrained(rows, freeze=False, padding_idx=0).weight.requires_grad
    bag = EmbeddingBag.from_pretrained(rows, mode="sum")
    assert bag(torch.tensor([[0, 2], [1, 1]])).tolist() == [[4, 6], [4, 6]]
    assert not bag.weight.requires_grad
    assert isinstance(bag.weight, Parameter)


def test_bags_are_summed_averaged_or_their_largest_taken():
    ids, starts = torch.tensor([0, 1, 3, 3, 2]), torch.tensor([0, 2, 2])
    for mode, join in (("sum", np.sum), ("mean", np.mean), ("max", np.max)):
        bag = EmbeddingBag(4, 3, mode=mode)
        rows = bag.weight.array[ids.array]
        near(bag(ids, starts), [join(rows[:2], 0), np.zeros(3), join(rows[2:], 0)])


# --- activations ------------------------------------------------------------------------------------

X = RNG(0).normal(size=(3, 4)) * 3
SIGMOID = 1 / (1 + np.exp(-X))
# fmt: off
FORMULAS = {
    "ReLU":        ((),         np.maximum(X, 0)),
    "ReLU6":       ((),         X.clip(0, 6)),
    "LeakyReLU":   ((0.1,),     np.where(X > 0, X, 0.1 * X)),
    "PReLU":       ((),         np.where(X > 0, X, 0.25 * X)),
    "ELU":         ((0.5,),     np.where(X > 0, X, 0.5 * np.expm1(X))),
    "CELU":        ((2.0,),     np.where(X > 0, X, 2 * np.expm1(X / 2))),
    "SELU":        ((),         1.0507009873554805 * np.where(X > 0, X, 1.6732632423543772 * np.expm1(X))),
    "SiLU":        ((),         X * SIGMOID),
    "Mish":        ((),         X * np.tanh(np.log1p(np.exp(X)))),
    "GELU":        ((),         X * np.vectorize(lambda x: (1 + math.erf(x / math.sqrt(2))) / 2)(X)),
    "Sigmoid":     ((),         SIGMOID),
    "LogSigmoid":  ((),         np.log(SIGMOID)),
    "Softplus":    ((2.0,),     np.log1p(np.exp(2 * X)) / 2),
    "Softsign":    ((),         X / (1 + np.abs(X))),
    "Tanh":        ((),         np.tanh(X)),
    "Tanhshrink":  ((),         X - np.tanh(X)),
    "Hardtanh":    ((-2, 1),    X.clip(-2, 1)),
    "Hardsigmoid": ((),         (X + 3).clip(0, 6) / 6),
    "Hardswish":   ((),         X * (X + 3).clip(0, 6) / 6),
    "Hardshrink":  ((1.0,),     np.where(np.abs(X) > 1, X, 0)),
    "Softshrink":  ((1.0,),     np.sign(X) * np.maximum(np.abs(X) - 1, 0)),
    "Threshold":   ((0.5, 9.0), np.where(X > 0.5, X, 9)),
    "Softmax":     ((0,),       np.exp(X) / np.exp(X).sum(0)),
    "LogSoftmax":  ((1,),       X - np.log(np.exp(X).sum(1, keepdims=True))),
    "Softmin":     ((1,),       np.exp(-X) / np.exp(-X).sum(1, keepdims=True)),
    "GLU":         ((),         X[:, :2] * SIGMOID[:, 2:]),
}
# fmt: on


@pytest.mark.parametrize("name", FORMULAS)
def test_activations_are_their_formulas(name):
    args, wanted = FORMULAS[name]
    f = getattr(activation, name)(*args)
    near(f.double()(wrap(X)), wanted, 1e-6)  # where beta · x > 20, softplus is x itself


def test_every_activation_has_a_formula_here():
    others = {"RReLU", "Softmax2d"}
    assert set(activation.__all__) - others == set(FORMULAS)


IN_PLACE = [name for name in activation.__all__ if name not in ("PReLU",)]
IN_PLACE = [
    n for n in IN_PLACE if "inplace" in getattr(activation, n).__init__.__code__.co_varnames
]


@pytest.mark.parametrize("name", IN_PLACE)
def test_in_place_overwrites_the_input_and_says_so(name):
    cls = getattr(activation, name)
    args = (0.0, 1.0) if name == "Threshold" else ()
    x = wrap(X.copy())
    wanted = cls(*args).eval()(x)
    f = cls(*args, inplace=True).eval()
    assert f(x) is x
    near(x, wanted.array)
    assert ("inplace=True" in repr(f)) == (name not in ("Hardsigmoid", "Hardswish"))


def test_rrelu_draws_slopes_in_training_and_takes_the_middle_in_eval():
    torch.manual_seed(0)
    x = torch.full((1000,), -1.0)
    f = activation.RReLU(0.2, 0.4)
    slopes = -f(x).array
    assert 0.2 <= slopes.min() < 0.21
    assert 0.39 < slopes.max() <= 0.4
    near(f.eval()(x), -0.3)


def test_prelu_learns_a_slope_for_each_channel():
    f, x = activation.PReLU(2, 0.5), torch.tensor([[[-1.0, 2.0], [-3.0, -4.0]]])
    y = f(x)
    assert y.tolist() == [[[-0.5, 2.0], [-1.5, -2.0]]]
    y.sum().backward()
    assert f.weight.grad.tolist() == [-1, -7]


def test_softmax_without_dim_says_which_axis_it_took():
    for shape, axis in (((3,), 0), ((2, 3), 1), ((2, 3, 4), 0), ((2, 3, 4, 5), 1)):
        with pytest.warns(UserWarning, match=f"took dim={axis}"):
            y = activation.Softmax()(torch.randn(*shape))
        near(y.array.sum(axis), 1, 1e-5)
    near(activation.Softmax2d()(torch.randn(3, 4, 5)).array.sum(0), 1, 1e-5)


# --- dropout ----------------------------------------------------------------------------------------


def test_dropout_drops_in_training_only_and_keeps_the_mean():
    torch.manual_seed(0)
    f, x = dropout.Dropout(0.3), torch.ones(100, 100)
    y = f(x).array
    assert set(np.unique(y)) == {0.0, np.float32(1 / 0.7)}
    assert abs((y == 0).mean() - 0.3) < 0.02
    assert f.eval()(x) is x
    assert repr(f) == "Dropout(p=0.3, inplace=False)"


@pytest.mark.parametrize(("name", "axes"), [("Dropout1d", 1), ("Dropout2d", 2), ("Dropout3d", 3)])
def test_channels_are_dropped_whole(name, axes):
    torch.manual_seed(0)
    y = getattr(dropout, name)(0.5)(torch.ones(20, 30, *(4,) * axes)).array.reshape(600, -1)
    assert (y == y[:, :1]).all()
    assert 0.4 < (y[:, 0] == 0).mean() < 0.6


@pytest.mark.parametrize("name", ["AlphaDropout", "FeatureAlphaDropout"])
def test_alpha_dropout_keeps_mean_and_variance(name):
    torch.manual_seed(0)
    y = getattr(dropout, name)(0.3)(torch.randn(200, 200, 2)).array
    assert abs(y.mean()) < 0.03
    assert abs(y.std() - 1) < 0.03
    values, counts = np.unique(y, return_counts=True)
    assert abs(counts.max() / y.size - 0.3) < 0.03
    assert values[counts.argmax()] < -0.5


# --- moved ------------------------------------------------------------------------------------------


def test_what_is_moved_comes_back():
    x = torch.randn(2, 12, 6, 6)
    flat = Sequential(reshaping.Flatten(), reshaping.Unflatten(1, (12, 6, 6)))
    shuffled = Sequential(reshaping.PixelShuffle(2), reshaping.PixelUnshuffle(2))
    dealt = Sequential(reshaping.ChannelShuffle(3), reshaping.ChannelShuffle(4))
    windows = Sequential(reshaping.Unfold(3, stride=3), reshaping.Fold((6, 6), 3, stride=3))
    for net in (flat, shuffled, dealt, windows):
        assert torch.equal(net(x), x)
    assert reshaping.Flatten()(x).shape == (2, 432)
    assert reshaping.PixelShuffle(2)(x).shape == (2, 3, 12, 12)


NUMPYS = {"Zero": "constant", "Reflection": "reflect", "Replication": "edge", "Circular": "wrap"}


@pytest.mark.parametrize("kind", NUMPYS)
@pytest.mark.parametrize("axes", [1, 2, 3])
def test_borders_are_numpys(kind, axes):
    x = RNG(axes).normal(size=(2, 3, *(4, 5, 6)[:axes]))
    width = [(1, 2), (0, 1), (2, 1)][:axes]  # of the last axis first
    f = getattr(padding, f"{kind}Pad{axes}d")(sum(width, ()))
    near(f(wrap(x)), np.pad(x, [(0, 0), (0, 0), *width[::-1]], NUMPYS[kind]))
    near(
        getattr(padding, f"{kind}Pad{axes}d")(1)(wrap(x)),
        np.pad(x, [(0, 0)] * 2 + [(1, 1)] * axes, NUMPYS[kind]),
    )


def test_upsampling_repeats_or_draws_lines():
    x = torch.tensor([[[[0.0, 2.0]]]])
    assert upsampling.Upsample(scale_factor=2)(x).tolist() == [[[[0, 0, 2, 2]] * 2]]
    near(upsampling.UpsamplingBilinear2d(size=(1, 5))(x), [[[[0, 0.5, 1, 1.5, 2]]]])
    assert repr(upsampling.Upsample(scale_factor=2)) == "Upsample(scale_factor=2.0, mode='nearest')"


# --- losses -----------------------------------------------------------------------------------------


def test_reductions_of_every_loss_belong_together():
    x, t = wrap(RNG(1).normal(size=(4, 5))), wrap(RNG(2).normal(size=(4, 5)))
    signs, p = wrap(np.sign(t.array)), wrap(RNG(3).uniform(0.1, 0.9, (4, 5)))
    classes, labels = torch.tensor([0, 4, 2, 4]), torch.tensor([[1, -1, 0, 0, 0]] * 4)
    # fmt: off
    inputs = {
        "L1Loss": (x, t), "MSELoss": (x, t), "HuberLoss": (x, t), "SmoothL1Loss": (x, t),
        "PoissonNLLLoss": (x, p), "GaussianNLLLoss": (x, t, p), "CrossEntropyLoss": (x, classes),
        "NLLLoss": (x, classes), "BCELoss": (p, p), "BCEWithLogitsLoss": (x, p), "KLDivLoss": (x, p),
        "SoftMarginLoss": (x, signs), "HingeEmbeddingLoss": (x, signs),
        "MarginRankingLoss": (x, t, signs), "CosineEmbeddingLoss": (x, t, signs[:, 0]),
        "TripletMarginLoss": (x, t, p), "TripletMarginWithDistanceLoss": (x, t, p),
        "MultiMarginLoss": (x, classes), "MultiLabelMarginLoss": (x, labels),
        "MultiLabelSoftMarginLoss": (x, p),
    }
    # fmt: on
    assert set(inputs) == {*loss.__all__, *margin_loss.__all__} - {"CTCLoss"}
    for name, xs in inputs.items():
        cls = getattr(loss, name, None) or getattr(margin_loss, name)
        each = cls(reduction="none")(*xs).array
        near(cls(reduction="sum")(*xs), each.sum())
        near(cls()(*xs), each.mean())
        with pytest.raises(LabError, match="most"):
            cls(reduction="most")(*xs)


def test_cross_entropy_weighs_ignores_and_smooths():
    x, t, w = RNG(0).normal(size=(5, 3)), np.array([0, 2, 1, 1, 2]), np.array([0.5, 1.0, 2.0])
    log = x - np.log(np.exp(x).sum(1, keepdims=True))
    picked = -log[np.arange(5), t]
    f = loss.CrossEntropyLoss(wrap(w))
    near(f(wrap(x), wrap(t)), (w[t] * picked).sum() / w[t].sum())
    near(loss.CrossEntropyLoss(ignore_index=1)(wrap(x), wrap(t)), picked[t != 1].mean())
    smooth = loss.CrossEntropyLoss(label_smoothing=0.3)(wrap(x), wrap(t))
    near(smooth, 0.7 * picked.mean() - 0.3 * log.mean())
    near(loss.NLLLoss(wrap(w))(wrap(log), wrap(t)), f(wrap(x), wrap(t)).array)


def test_ctc_adds_up_every_way_to_write_the_target():
    rows = RNG(0).normal(size=(3, 1, 3))
    log = rows - np.log(np.exp(rows).sum(-1, keepdims=True))
    p = np.exp(log[:, 0])
    ways = [(1, 1, 2), (1, 2, 2), (0, 1, 2), (1, 0, 2), (1, 2, 0)]  # 0 is blank
    wanted = -np.log(sum(p[0, a] * p[1, b] * p[2, c] for a, b, c in ways))
    given = (wrap(log), torch.tensor([[1, 2]]), torch.tensor([3]), torch.tensor([2]))
    near(loss.CTCLoss(reduction="sum")(*given), wanted)
    near(loss.CTCLoss()(*given), wanted / 2)  # per letter of the target


def test_weights_of_losses_are_buffers():
    f = loss.BCEWithLogitsLoss(torch.ones(3), pos_weight=torch.full((3,), 2.0))
    assert list(f.state_dict()) == ["weight", "pos_weight"]
    assert not list(f.parameters())
    assert f.double().pos_weight.dtype == torch.float64
    assert list(loss.CrossEntropyLoss().state_dict()) == []


def test_distances():
    a, b = RNG(0).normal(size=(2, 4, 3))
    cos = (a * b).sum(1) / np.linalg.norm(a, axis=1) / np.linalg.norm(b, axis=1)
    near(CosineSimilarity()(wrap(a), wrap(b)), cos)
    near(PairwiseDistance(eps=0.0)(wrap(a), wrap(b)), np.linalg.norm(a - b, axis=1))


def test_a_net_of_plain_layers_learns_what_one_layer_cannot():
    torch.manual_seed(0)
    x = torch.tensor([[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]])
    t = torch.tensor([0, 1, 1, 0])
    net = Sequential(Linear(2, 8), activation.Tanh(), Linear(8, 2))
    f = loss.CrossEntropyLoss()
    for _ in range(200):
        net.zero_grad()
        f(net(x), t).backward()
        with torch.no_grad():
            for p in net.parameters():
                p -= p.grad
    assert net(x).argmax(1).tolist() == t.tolist()
    assert f(net(x), t).item() < 0.05


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        (lambda: dropout.Dropout(1.5), "Dropout: p=1.5"),
        (lambda: activation.Hardtanh(2, 1), "min_val=2"),
        (lambda: activation.Softmax2d()(torch.ones(2, 3)), r"\(2, 3\)"),
        (lambda: Embedding(3, 2, padding_idx=3), "padding_idx=3"),
        (lambda: Embedding(3, 2, _weight=torch.ones(2, 2)), r"\(3, 2\)"),
        (lambda: Embedding.from_pretrained(torch.ones(3)), r"\(3,\)"),
        (lambda: Embedding(3, 2)(torch.ones(2)), "integers"),
        (lambda: margin_loss.MultiMarginLoss(p=3), "p=3"),
        (lambda: margin_loss.TripletMarginLoss(margin=-1.0), "margin=-1.0"),
        (lambda: Linear(3, 2)(torch.ones(2, 4)), "4"),
        (lambda: Linear(3, 2, device="cuda"), "CPU"),
    ],
)
def test_errors_say_what_was_found(wrong, words):
    with pytest.raises(LabError, match=words):
        wrong()


def test_a_size_that_is_no_size_is_refused():
    with pytest.raises(TypeError, match="tuple of sizes"):
        reshaping.Unflatten(1, 3)
