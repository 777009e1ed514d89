"""Plain layers, losses and containers against PyTorch, from PyTorch's own weights."""

import importlib
import inspect
import warnings
from collections import OrderedDict
from types import SimpleNamespace

import numpy as np
import pytest

import micrograd_lab as lab
from micrograd_lab.autograd import grad
from micrograd_lab.errors import LabError
from micrograd_lab.tensor import Tensor, wrap

torch = pytest.importorskip("torch")

FILES = """
    activation containers distance dropout embedding lazy linear loss margin_loss padding
    parameter_containers reshaping upsampling
"""
nn = SimpleNamespace()
for file in FILES.split():
    module = importlib.import_module(f"micrograd_lab.nn.{file}")
    vars(nn).update({name: getattr(module, name) for name in module.__all__})
init = importlib.import_module("micrograd_lab.nn.init")


def given(x, leaf=True):
    """The same numbers as a tensor of PyTorch and of ours; anything else as it is."""
    if not isinstance(x, np.ndarray):
        return x, x
    leaf = leaf and x.dtype.kind == "f"
    return torch.tensor(x, requires_grad=leaf), Tensor(x.copy(), requires_grad=leaf)


def both(name, args=(), kwargs=None, dtype=np.float64):
    """PyTorch's module and ours with the same numbers in them."""
    pairs = [given(x, leaf=False) for x in args]
    named = {k: given(x, leaf=False) for k, x in (kwargs or {}).items()}
    ours = getattr(nn, name)(*(b for _, b in pairs), **{k: b for k, (_, b) in named.items()})
    theirs = getattr(torch.nn, name)(
        *(a for a, _ in pairs), **{k: a for k, (a, _) in named.items()}
    )
    ours.to(np.dtype(dtype)), theirs.to(getattr(torch, np.dtype(dtype).name))
    copied(ours, theirs)
    return theirs, ours


def copied(ours, theirs):
    state = {k: wrap(x.numpy().copy()) for k, x in theirs.state_dict().items()}
    assert list(ours.state_dict()) == list(state)
    ours.load_state_dict(state)


def agree(theirs, ours, inputs, kwargs=None, seed=0):
    """Outputs, and the gradients of inputs and parameters for random upstream gradients."""
    target = type(ours).__name__ in ("PoissonNLLLoss", "SoftMarginLoss")  # which has no gradient
    pairs = [given(x, leaf=i == 0 or not target) for i, x in enumerate(inputs)]
    named = {k: given(x) for k, x in (kwargs or {}).items()}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        xs, zs = [a for a, _ in pairs], [b for _, b in pairs]
        if type(ours).__name__ == "CTCLoss":  # PyTorch's gradient is right after a log_softmax only
            xs[0], zs[0] = xs[0].log_softmax(-1), zs[0].log_softmax(-1)
        y = theirs(*xs, **{k: a for k, (a, _) in named.items()})
        z = ours(*zs, **{k: b for k, (_, b) in named.items()})
    near = 1e-9 if y.dtype == torch.float64 else 1e-4
    if type(ours).__name__ in ("CELU", "Hardsigmoid"):
        near = max(near, 1e-7)  # PyTorch has 1/alpha and 1/6 in float32 there
    assert tuple(z.shape) == tuple(y.shape)
    assert f"torch.{z.dtype}" == str(y.dtype)
    np.testing.assert_allclose(z.array, y.detach().numpy(), near, near)
    pairs = [*pairs, *named.values()]
    xs = [a for a, _ in pairs if getattr(a, "requires_grad", False)]
    zs = [b for _, b in pairs if getattr(b, "requires_grad", False)]
    xs, zs = [*xs, *theirs.parameters()], [*zs, *ours.parameters()]
    if not xs:
        return
    upstream = np.random.default_rng([seed, *z.shape]).normal(size=z.shape).astype(z.dtype)
    dx = torch.autograd.grad(y, xs, torch.tensor(upstream), allow_unused=True)
    dz = grad(z, zs, wrap(upstream), allow_unused=True)
    for a, b in zip(dx, dz, strict=True):
        assert (a is None) == (b is None)
        if a is not None:
            np.testing.assert_allclose(b.array, a.numpy(), near, near)


def normal(*shape, seed=0, scale=1.5):
    return np.asarray(np.random.default_rng([seed, *shape]).normal(size=shape) * scale)


def chance(*shape, seed=0):
    return np.random.default_rng([seed, *shape]).uniform(0.05, 0.95, shape)


def signs(*shape):
    return np.where(normal(*shape, seed=9) > 0, 1.0, -1.0)


def below(n, *shape):
    return np.random.default_rng([n, *shape]).integers(0, n, shape)


X, T = normal(4, 5), normal(4, 5, seed=1)
IMAGE = normal(2, 4, 6, 6)
CLASSES = np.array([0, 4, 2, 4])
LABELS = np.array([[1, 3, -1, 0, 2], [0, -1, 1, 1, 1], [4, 3, 2, 1, 0], [-1, 0, 0, 0, 0]])
LOG = np.log(chance(4, 5) / chance(4, 5).sum(1, keepdims=True))
W = chance(5, seed=3)
IDS = below(6, 3, 4)


STEPS = normal(6, 2, 5)
REDUCTIONS = [{}, {"reduction": "sum"}, {"reduction": "none"}]
CASES = [
    # activations
    *(
        (name, args, {}, (x,))
        for x in (X, normal(), normal(0, 3))
        for name, *args in (
            ("ReLU",), ("ReLU6",), ("ELU", 0.7), ("CELU", 1.3), ("SELU",), ("SiLU",), ("Mish",),
            ("GELU",), ("GELU", "tanh"), ("Sigmoid",), ("LogSigmoid",), ("Tanh",), ("Tanhshrink",),
            ("Softsign",), ("Softplus",), ("Softplus", 2.0, 1.0), ("LeakyReLU", 0.2), ("PReLU",),
            ("Hardtanh",), ("Hardtanh", -0.5, 2), ("Hardsigmoid",), ("Hardswish",),
            ("Hardshrink", 0.3), ("Softshrink", 0.3), ("Threshold", 0.1, 20),
        )
    ),
    *((n, (dim,), {}, (X,)) for n in ("Softmax", "LogSoftmax", "Softmin") for dim in (0, 1, -1, None)),
    ("Softmax2d", (), {}, (IMAGE,)),
    ("Softmax2d", (), {}, (IMAGE[0],)),
    ("GLU", (), {}, (normal(3, 6),)),
    ("GLU", (1,), {}, (IMAGE,)),
    ("PReLU", (4, 0.1), {}, (IMAGE,)),
    # products and tables
    ("Identity", (54, "anything"), {"unused": 0.1}, (X,)),
    *(("Linear", (5, 3), {"bias": bias}, (x,)) for bias in (True, False) for x in (X, X[0], normal(2, 0, 5), normal(2, 3, 5))),
    *(("Bilinear", (5, 3, 2), {"bias": bias}, (a, b)) for bias in (True, False) for a, b in ((X, normal(4, 3)), (X[0], normal(3)), (normal(2, 4, 5), normal(2, 4, 3)))),
    ("Embedding", (6, 3), {}, (IDS,)),
    ("Embedding", (6, 3, 2), {}, (IDS,)),
    ("Embedding", (6, 3, -1), {"scale_grad_by_freq": True}, (IDS,)),
    ("Embedding", (6, 3), {"max_norm": 0.7, "norm_type": 1.0}, (IDS,)),
    *(("EmbeddingBag", (6, 3), {"mode": mode}, (IDS,)) for mode in ("sum", "mean", "max")),
    *(("EmbeddingBag", (6, 3), {"mode": mode, "padding_idx": 1}, (below(6, 9), np.array([0, 2, 2, 7]))) for mode in ("sum", "mean", "max")),
    ("EmbeddingBag", (6, 3), {"include_last_offset": True}, (below(6, 9), np.array([0, 4, 9]))),
    ("EmbeddingBag", (6, 3), {"mode": "sum"}, (IDS, None, normal(3, 4))),
    # only moved
    ("Flatten", (), {}, (IMAGE,)),
    ("Flatten", (0, 2), {}, (IMAGE,)),
    ("Unflatten", (1, (2, 2)), {}, (IMAGE,)),
    ("Unflatten", (-1, (3, -1)), {}, (IMAGE,)),
    ("PixelShuffle", (2,), {}, (IMAGE,)),
    ("PixelUnshuffle", (3,), {}, (IMAGE,)),
    ("ChannelShuffle", (2,), {}, (IMAGE,)),
    ("Unfold", (3,), {"padding": 1, "stride": 2}, (IMAGE,)),
    ("Unfold", ((2, 3),), {"dilation": (1, 2)}, (IMAGE,)),
    ("Fold", ((5, 5), 2), {}, (normal(2, 8, 16),)),
    *(
        (f"{kind}Pad{n}d", (width, *([0.5] if kind == "Constant" else [])), {}, (normal(2, 3, *(4, 5, 6)[:n]),))
        for kind in ("Zero", "Constant", "Reflection", "Replication", "Circular")
        for n in (1, 2, 3)
        for width in (2, (1, 2, 0, 1, 2, 1)[: 2 * n])
    ),
    ("Upsample", (), {"scale_factor": 2}, (IMAGE,)),
    ("Upsample", (), {"scale_factor": (1.5, 2), "mode": "bilinear"}, (IMAGE,)),
    ("Upsample", ((9, 4),), {"mode": "bilinear", "align_corners": True}, (IMAGE,)),
    ("Upsample", (9,), {"mode": "linear"}, (IMAGE[0],)),
    ("UpsamplingNearest2d", (), {"scale_factor": 2}, (IMAGE,)),
    ("UpsamplingBilinear2d", (), {"size": (3, 8)}, (IMAGE,)),
    ("CosineSimilarity", (), {}, (X, T)),
    ("CosineSimilarity", (0, 1e-3), {}, (X, T)),
    ("PairwiseDistance", (), {}, (X, T)),
    ("PairwiseDistance", (1.0,), {"keepdim": True}, (X, T)),
    # losses
    *(
        (name, (), {**options, **reduction}, inputs)
        for reduction in REDUCTIONS
        for name, options, *inputs in (
            ("MSELoss", {}, X, T), ("L1Loss", {}, X, T),
            ("HuberLoss", {"delta": 0.8}, X, T), ("SmoothL1Loss", {"beta": 0.7}, X, T),
            ("SmoothL1Loss", {"beta": 0.0}, X, T),
            ("BCELoss", {}, chance(4, 5), chance(4, 5, seed=1)), ("BCELoss", {"weight": W}, chance(4, 5), chance(4, 5, seed=1)),
            ("BCEWithLogitsLoss", {}, X, chance(4, 5)),
            ("BCEWithLogitsLoss", {"weight": W, "pos_weight": chance(5, seed=8)}, X, chance(4, 5)),
            ("CrossEntropyLoss", {}, X, CLASSES), ("CrossEntropyLoss", {}, X[0], np.array(3)),
            ("CrossEntropyLoss", {"weight": W, "ignore_index": 4}, X, CLASSES),
            ("CrossEntropyLoss", {"weight": W, "label_smoothing": 0.2}, X, CLASSES),
            ("CrossEntropyLoss", {"label_smoothing": 0.1}, X, chance(4, 5)),
            ("CrossEntropyLoss", {}, IMAGE, below(4, 2, 6, 6)),
            ("NLLLoss", {}, LOG, CLASSES), ("NLLLoss", {"weight": W, "ignore_index": 0}, LOG, CLASSES),
            ("KLDivLoss", {}, LOG, chance(4, 5)), ("KLDivLoss", {"log_target": True}, LOG, LOG[::-1]),
            ("PoissonNLLLoss", {}, X, np.floor(np.abs(T) * 3)),
            ("PoissonNLLLoss", {"log_input": False, "full": True}, chance(4, 5), np.floor(np.abs(T) * 3)),
            ("GaussianNLLLoss", {"full": True}, X, T, chance(4, 5)),
            ("SoftMarginLoss", {}, X, signs(4, 5)), ("HingeEmbeddingLoss", {"margin": 0.6}, X, signs(4, 5)),
            ("MarginRankingLoss", {"margin": 0.4}, X, T, signs(4, 5)),
            ("CosineEmbeddingLoss", {"margin": 0.1}, X, T, signs(4)),
            ("TripletMarginLoss", {}, X, T, normal(4, 5, seed=2)),
            ("TripletMarginLoss", {"margin": 2.0, "p": 1.0, "swap": True}, X, T, normal(4, 5, seed=2)),
            ("TripletMarginWithDistanceLoss", {"swap": True}, X, T, normal(4, 5, seed=2)),
            ("MultiMarginLoss", {}, X, CLASSES), ("MultiMarginLoss", {"p": 2, "margin": 0.7, "weight": W}, X, CLASSES),
            ("MultiLabelMarginLoss", {}, X, LABELS), ("MultiLabelSoftMarginLoss", {}, X, (T > 0) * 1.0),
            ("MultiLabelSoftMarginLoss", {"weight": W}, X, (T > 0) * 1.0),
        )
    ),
    *(
        ("CTCLoss", (), {"zero_infinity": zero, **reduction}, (STEPS, 1 + below(4, 2, 3), np.array([6, 2]), np.array([3, 2])))
        for reduction in REDUCTIONS
        for zero in (False, True)
    ),
    ("KLDivLoss", (), {"reduction": "batchmean"}, (LOG, chance(4, 5))),
]  # fmt: skip


def narrowed(x, dtype):
    return x.astype(dtype) if isinstance(x, np.ndarray) and x.dtype.kind == "f" else x


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@pytest.mark.parametrize(
    "case", range(len(CASES)), ids=[f"{c[0]}-{i}" for i, c in enumerate(CASES)]
)
def test_outputs_and_gradients_agree(case, dtype):
    name, args, kwargs, inputs = CASES[case]
    args = [narrowed(x, dtype) for x in args]
    kwargs = {k: narrowed(x, dtype) for k, x in kwargs.items()}
    theirs, ours = both(name, args, kwargs, dtype)
    assert repr(ours) == repr(theirs)
    agree(theirs, ours, [narrowed(x, dtype) for x in inputs])


DROPOUTS = ["Dropout", "Dropout1d", "Dropout2d", "Dropout3d", "AlphaDropout", "FeatureAlphaDropout"]


@pytest.mark.parametrize("name", [*DROPOUTS, "RReLU"])
def test_what_is_random_agrees_where_nothing_is_left_to_chance(name):
    x = normal(2, 3, 4, 5, 6)[..., 0, 0] if name == "Dropout1d" else normal(2, 3, 4, 5, 6)
    x = x if name != "Dropout2d" else x[..., 0]
    theirs, ours = both(name)
    assert repr(ours) == repr(theirs)
    agree(theirs.eval(), ours.eval(), [x])
    if name != "RReLU":
        for p in (0.0, 1.0):
            agree(*both(name, (p, False)), [x])
    else:
        agree(*both(name, (0.25, 0.25)), [x])


NAMES = sorted(vars(nn))
# size_average and reduce are deprecated since 2018; Hardtanh's other names since 2019; __init__'s
# of modules without options says *args, **kwargs.
LEFT_OUT = {"size_average", "reduce", "min_value", "max_value", "args", "kwargs", "self"}


@pytest.mark.parametrize("name", NAMES)
def test_arguments_have_the_same_names_and_defaults(name):
    def arguments(cls):
        found = inspect.signature(cls.__init__).parameters.values()
        return {p.name: p.default for p in found if p.name not in LEFT_OUT}

    assert arguments(getattr(nn, name)) == arguments(getattr(torch.nn, name))


def test_no_plain_layer_of_pytorch_is_missing():
    files = """activation adaptive channelshuffle container distance dropout flatten fold linear loss
        padding pixelshuffle sparse upsampling"""
    there = set()
    for file in files.split():
        module = importlib.import_module(f"torch.nn.modules.{file}")
        there |= set(getattr(module, "__all__", ())) & set(dir(torch.nn))
    left_out = {
        "AdaptiveLogSoftmaxWithLoss",  # a loss for vocabularies larger than a laptop's
        "Container",  # deprecated
        "LinearCrossEntropyLoss",  # nn.functional has no linear_cross_entropy
        "MultiheadAttention",  # with the transformers
        "NLLLoss2d",  # deprecated
    }
    assert there - set(NAMES) <= left_out


# --- containers -------------------------------------------------------------------------------------


def layers(lib, n, start=1):
    """Linear layers whose sizes tell them apart."""
    return [lib.Linear(i, 1) for i in range(start, start + n)]


SEQUENCES = {
    "append": lambda c, m: c.append(m[0]),
    "extend": lambda c, m: c.extend(m),
    "extend by itself": lambda c, m: c.extend(list(c)),
    "insert first": lambda c, m: (c.insert(0, m[0]), None)[1],
    "insert in the middle": lambda c, m: (c.insert(2, m[0]), None)[1],
    "insert last": lambda c, m: (c.insert(len(c), m[0]), None)[1],
    "pop": lambda c, m: c.pop(1),
    "pop last": lambda c, m: c.pop(-1),
    "pop none": lambda c, m: c.pop(9),
    "delete": lambda c, m: c.__delitem__(-2),
    "delete some": lambda c, m: c.__delitem__(slice(0, 3, 2)),
    "slice": lambda c, m: c[1:3],
    "slice backwards": lambda c, m: c[::-1],
    "item": lambda c, m: c[-1],
    "no item": lambda c, m: c[4],
    "set": lambda c, m: c.__setitem__(-1, m[0]),
    "set none": lambda c, m: c.__setitem__(7, m[0]),
    "set a number": lambda c, m: c.__setitem__(0, 3),
    "add in place": lambda c, m: c.__iadd__(type(c)(*m) if type(c).__name__ == "Sequential" else m),
    "add": lambda c, m: c + (type(c)(*m) if type(c).__name__ == "Sequential" else m),
    "length": lambda c, m: len(c),
    "same twice": lambda c, m: c.append(c[0]),
    "contains": lambda c, m: (c[0] in c, m[0] in c),
    "dir": lambda c, m: [name for name in dir(c) if name.isdigit()],
}
PRODUCTS = {
    "times": lambda c, m: c * 2,
    "times, from the left": lambda c, m: 2 * c,
    "times in place": lambda c, m: c.__imul__(3),
    "no times": lambda c, m: c * 0,
    "half times": lambda c, m: c * 0.5,
    "add a list": lambda c, m: c + m,
}


def outcome(f, container, modules):
    """What it says of itself afterwards; the kind of error if there was one."""
    try:
        found = f(container, modules)
    except (LabError, RuntimeError, LookupError, TypeError, ValueError, AttributeError) as e:
        return next(
            c for c in (KeyError, IndexError, TypeError, ValueError, Exception) if isinstance(e, c)
        )
    return repr(found), repr(container), list(container.state_dict())


@pytest.mark.parametrize("do", SEQUENCES)
@pytest.mark.parametrize("kind", ["Sequential", "ModuleList"])
def test_sequences_do_what_pytorchs_do(kind, do):
    def run(lib):
        make = getattr(lib, kind)
        container = make(*layers(lib, 4)) if kind == "Sequential" else make(layers(lib, 4))
        return outcome(SEQUENCES[do], container, layers(lib, 2, start=7))

    assert run(nn) == run(torch.nn)


@pytest.mark.parametrize("do", PRODUCTS)
def test_only_sequential_can_be_multiplied_as_pytorchs_can(do):
    def run(lib):
        return outcome(PRODUCTS[do], lib.Sequential(*layers(lib, 2)), layers(lib, 2, start=7))

    assert run(nn) == run(torch.nn)


def test_a_named_sequential_keeps_its_names_as_pytorchs_does():
    def run(lib):
        names = OrderedDict(zip("abc", layers(lib, 3), strict=True))
        net = lib.Sequential(names)
        part = net[1:]
        net.append(lib.ReLU())
        return repr(net), repr(part), list(net.state_dict()), net.b.in_features

    assert run(nn) == run(torch.nn)


@pytest.mark.parametrize(
    "kinds", ["", "a", "aa", "aaa", "aab", "abb", "abab", "aabbb", "nn", "nna"]
)
def test_module_lists_fold_what_repeats_as_pytorchs_do(kinds):
    def run(lib):
        make = {
            "a": lambda: lib.Linear(2, 3),
            "b": lambda: lib.Linear(3, 2, bias=False),
            "n": lambda: lib.Sequential(lib.Linear(1, 1), lib.ModuleList([lib.ReLU()] * 2)),
        }
        return repr(lib.Sequential(lib.ModuleList(make[k]() for k in kinds), lib.Tanh()))

    assert run(nn) == run(torch.nn)


DICTS = {
    "set": lambda c, m: c.__setitem__("z", m[0]),
    "replace": lambda c, m: c.__setitem__("a", m[0]),
    "update": lambda c, m: c.update({"z": m[0], "y": m[1]}),
    "update by pairs": lambda c, m: c.update([("z", m[0]), ("b", m[1])]),
    "update by itself": lambda c, m: c.update(c),
    "update by an ordered dict": lambda c, m: c.update(OrderedDict(z=m[0], y=m[1])),
    "update by a number": lambda c, m: c.update(3),
    "update by triples": lambda c, m: c.update([(1, 2, 3)]),
    "delete": lambda c, m: c.__delitem__("a"),
    "delete none": lambda c, m: c.__delitem__("q"),
    "pop": lambda c, m: (c.pop("b"), len(c)),
    "clear": lambda c, m: c.clear(),
    "list": lambda c, m: (
        list(c),
        list(c.keys()),
        len(list(c.values())),
        [k for k, _ in c.items()],
    ),
    "contains": lambda c, m: ("a" in c, "q" in c),
    "a dot": lambda c, m: c.__setitem__("p.q", m[0]),
    "no text": lambda c, m: c.__setitem__(3, m[0]),
}
MORE = {
    "get": lambda c, m: (len(c.get("a")), c.get("q"), c.get("q", 4)),
    "set default": lambda c, m: (len(c.setdefault("z", m[0])), len(c.setdefault("a", m[0]))),
    "pop item": lambda c, m: (c.popitem()[0], c.popitem()[0], list(c)),
    "copy": lambda c, m: (c.copy(), c.copy()["a"] is c["a"]),
    "or": lambda c, m: c | type(c)(OrderedDict(z=m[0], a=m[1])),
    "or in place": lambda c, m: c.__ior__(type(c)({"z": m[0]})),
    "reversed": lambda c, m: list(reversed(c)),
    "from keys": lambda c, m: c.fromkeys(["p", "q"], 3),
    "a number": lambda c, m: c.__setitem__("z", 3),
    "call": lambda c, m: c(3),
}


ABSENT = {  # where a ParameterDict of PyTorch's raises AttributeError
    "pop none": lambda c, m: c.pop("q"),
    "get none": lambda c, m: c["q"],
}


@pytest.mark.parametrize("do", [*DICTS, *ABSENT])
def test_module_dicts_do_what_pytorchs_do(do):
    def run(lib):
        named = dict(zip("ba", layers(lib, 2), strict=True))
        return outcome((DICTS | ABSENT)[do], lib.ModuleDict(named), layers(lib, 2, start=7))

    assert run(nn) == run(torch.nn)


@pytest.mark.parametrize("do", [*DICTS, *MORE])
def test_parameter_dicts_do_what_pytorchs_do(do):
    def run(torch_or_lab, kind):
        numbers = [torch_or_lab.ones(n, 2) for n in range(1, 5)]
        named = dict(zip("ba", numbers, strict=False))
        f = (DICTS | MORE)[do]
        return outcome(f, kind(named), numbers[2:])

    assert run(lab, nn.ParameterDict) == run(torch, torch.nn.ParameterDict)


LISTS = {
    "append": lambda c, m: c.append(m[0]),
    "extend": lambda c, m: c.extend(m),
    "extend by a tensor": lambda c, m: c.extend(m[0]),
    "add in place": lambda c, m: c.__iadd__(m),
    "set": lambda c, m: c.__setitem__(-1, m[0]),
    "set none": lambda c, m: c.__setitem__(5, m[0]),
    "slice": lambda c, m: c[1:],
    "slice backwards": lambda c, m: c[::-1],
    "item": lambda c, m: tuple(c[-1].shape),
    "no item": lambda c, m: c[2],
    "length": lambda c, m: (len(c), len(list(c))),
    "a number": lambda c, m: c.append(3),
    "call": lambda c, m: c(3),
}


@pytest.mark.parametrize("do", LISTS)
def test_parameter_lists_do_what_pytorchs_do(do):
    def run(lib, kind):
        numbers = [lib.ones(n, 2) for n in range(1, 5)]
        return outcome(LISTS[do], kind(numbers[:2]), numbers[2:])

    assert run(lab, nn.ParameterList) == run(torch, torch.nn.ParameterList)


# --- first weights ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "shape", [(3, 4), (3, 4, 5), (2, 3, 4, 5), (6, 1, 2, 2, 2), (0, 3), (3,), ()]
)
def test_fans_are_pytorchs(shape):
    theirs, ours = torch.zeros(shape), lab.zeros(shape)
    try:
        wanted = torch.nn.init._calculate_fan_in_and_fan_out(theirs)
    except ValueError:
        with pytest.raises(ValueError, match="at least 2 axes"):
            init._calculate_fan_in_and_fan_out(ours)
    else:
        assert init._calculate_fan_in_and_fan_out(ours) == wanted


GAINS = ["linear", "conv1d", "conv_transpose3d", "sigmoid", "tanh", "relu", "leaky_relu", "selu"]


@pytest.mark.parametrize("name", [*GAINS, "gelu"])
@pytest.mark.parametrize("param", [None, 0, 0.3, True, "much"])
def test_gains_are_pytorchs(name, param):
    try:
        wanted = torch.nn.init.calculate_gain(name, param)
    except ValueError:
        with pytest.raises(ValueError, match="calculate_gain"):
            init.calculate_gain(name, param)
    else:
        assert init.calculate_gain(name, param) == wanted


@pytest.mark.parametrize(
    ("shape", "groups"),
    [
        ((3, 3, 3), 1),
        ((4, 2, 3, 4), 1),
        ((4, 2, 3, 3), 2),
        ((6, 3, 1, 2, 5), 3),
        ((3, 3), 1),
        ((4, 2, 3), 3),
    ],
)
def test_dirac_is_pytorchs(shape, groups):
    try:
        wanted = torch.nn.init.dirac_(torch.ones(shape), groups)
    except ValueError:
        with pytest.raises(LabError):
            init.dirac_(lab.ones(*shape), groups)
    else:
        np.testing.assert_array_equal(init.dirac_(lab.ones(*shape), groups).array, wanted.numpy())


RANDOM = {
    "uniform_": [{}, {"a": -2.0, "b": 5.0}],
    "normal_": [{}, {"mean": 3.0, "std": 0.2}],
    "trunc_normal_": [
        {},
        {"mean": 1.0, "std": 0.5, "a": 0.9, "b": 1.2},
        {"std": 0.02},
        {"mean": -4.0},
    ],
    "xavier_uniform_": [{}, {"gain": 3.0}],
    "xavier_normal_": [{}, {"gain": 3.0}],
    "kaiming_uniform_": [{}, {"a": 5**0.5}, {"mode": "fan_out", "nonlinearity": "relu"}],
    "kaiming_normal_": [{}, {"nonlinearity": "tanh"}, {"mode": "fan_out", "nonlinearity": "selu"}],
}


@pytest.mark.parametrize("name", RANDOM)
def test_random_weights_come_from_pytorchs_distributions(name):
    lab.manual_seed(0), torch.manual_seed(0)
    quantiles = np.linspace(0.02, 0.98, 25)
    for options in RANDOM[name]:
        theirs = getattr(torch.nn.init, name)(torch.zeros(60, 20, 5, 5), **options).numpy()
        ours = getattr(init, name)(lab.zeros(60, 20, 5, 5), **options).array
        assert ours.dtype == np.float32
        # 30,000 numbers each: the ranks of one's quantiles in the other vary by about 0.004
        ranks = np.searchsorted(np.sort(theirs.ravel()), np.quantile(ours, quantiles)) / theirs.size
        np.testing.assert_allclose(ranks, quantiles, atol=0.025)


@pytest.mark.parametrize("name", ["Linear", "Bilinear", "Embedding", "EmbeddingBag"])
def test_layers_start_from_pytorchs_distributions(name):
    lab.manual_seed(1), torch.manual_seed(1)
    args = (40, 30, 20) if name == "Bilinear" else (200, 100)
    theirs, ours = getattr(torch.nn, name)(*args), getattr(nn, name)(*args)
    for (key, p), (same, q) in zip(ours.named_parameters(), theirs.named_parameters(), strict=True):
        assert key == same
        np.testing.assert_allclose(p.array.std(), q.detach().numpy().std(), rtol=0.25)
        assert abs(p.array.mean()) < 0.5 * p.array.std()
        np.testing.assert_allclose(np.abs(p.array).max(), q.abs().max().item(), rtol=0.3)


# --- trained ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(("dtype", "near"), [(np.float64, 1e-9), (np.float32, 1e-4)])
def test_twenty_steps_from_the_same_start_end_at_the_same_place(dtype, near):
    def net(lib):
        return lib.Sequential(
            OrderedDict(
                table=lib.Embedding(7, 4, padding_idx=0),
                flat=lib.Flatten(),
                one=lib.Linear(12, 8),
                slope=lib.PReLU(8),
                two=lib.Sequential(lib.Linear(8, 8), lib.GELU(), lib.Dropout(0.0)),
                out=lib.Linear(8, 5),
            )
        )

    theirs, ours = net(torch.nn), net(nn)
    theirs.to(getattr(torch, np.dtype(dtype).name)), ours.to(np.dtype(dtype))
    copied(ours, theirs)
    assert repr(ours) == repr(theirs)
    x, t = below(7, 16, 3), below(5, 16)
    weight = W.astype(dtype)
    a = torch.nn.CrossEntropyLoss(torch.tensor(weight), label_smoothing=0.1)
    b = nn.CrossEntropyLoss(wrap(weight), label_smoothing=0.1)
    for _ in range(20):
        ends = []
        for lib, model, loss in ((torch, theirs, a), (lab, ours, b)):
            model.zero_grad()
            y = loss(model(lib.tensor(x)), lib.tensor(t))
            y.backward()
            with lib.no_grad():
                for p in model.parameters():
                    p -= 0.5 * p.grad
            ends.append(y.item())
        np.testing.assert_allclose(*ends, rtol=near)
    for p, q in zip(ours.parameters(), theirs.parameters(), strict=True):
        np.testing.assert_allclose(p.array, q.detach().numpy(), near, near)
