"""Elementwise ops against PyTorch: values, dtypes, shapes, errors, gradients, and their gradients."""

from itertools import product

import numpy as np
import pytest

torch = pytest.importorskip("torch")
import torch.nn.functional as TF  # noqa: E402

from micrograd_lab import methods  # noqa: E402, F401
from micrograd_lab.autograd import grad  # noqa: E402
from micrograd_lab.ops import activations, arithmetic, comparisons, elementwise  # noqa: E402
from micrograd_lab.tensor import Tensor  # noqa: E402

pytestmark = pytest.mark.filterwarnings("ignore")

SHAPES = ((3, 4), (), (1,), (0,), (2, 1, 3))
PAIRS = (
    ((3, 4), (3, 4)), ((3, 4), (4,)), ((3, 1), (1, 4)), ((), (2, 3)), ((2, 3), ()), ((), ()), ((1,), ()),
    ((0, 3), (3,)), ((2, 3), (3, 2)), ((4,), "number"), ((), "number"), ("number", (2, 2)),
)  # fmt: skip
DTYPES = ("float32", "float64", "int64", "bool")
MORE_DTYPES = (*DTYPES, "uint8", "int32", "float16", "int8")


def of(name, *homes):
    return next(getattr(home, name) for home in homes if hasattr(home, name))


def ours_of(name):
    return of(name, arithmetic, elementwise, comparisons)


def make(rng, shape, dtype, strided=False):
    """Numbers from -3 to 3, with some zeros, ones and repeats among them."""
    if shape == "number":
        return {"f": float(rng.choice([-2.0, 0.0, 0.5, 1.0, 2.0, 3.0])), "b": True}.get(
            np.dtype(dtype).kind, int(rng.choice([0, 1, 2, 3]))
        )
    full = (*shape[:-1], 2 * shape[-1]) if strided and shape else shape
    x = rng.normal(0, 1.5, full)
    whole = rng.random(full) < 0.3
    x = np.where(whole, np.round(x), x) + 0.0  # no -0.0
    x = np.abs(x) if np.dtype(dtype).kind == "u" else x
    x = np.asarray(x).astype(dtype) if dtype != "bool" else np.asarray(x > 0)
    return x[..., ::2] if strided and shape else x


KINKED = {
    "elu",
    "selu",
    "celu",
    "prelu",
    "atan2",
}  # at 0 their second derivative is anyone's choice
LOOSE = {"float16": 4e-3, "float32": 3e-5, "float64": 1e-10}


def close(a, b, dtype, where):
    a, b = np.asarray(a), np.asarray(b)
    assert a.shape == b.shape, f"{where}: shape {a.shape}, PyTorch {b.shape}"
    assert a.dtype == b.dtype, f"{where}: dtype {a.dtype}, PyTorch {b.dtype}"
    loose = LOOSE.get(str(dtype), 0)
    with np.errstate(all="ignore"):
        np.testing.assert_allclose(a, b, rtol=loose, atol=loose, err_msg=where)


def attempt(f, *xs, **params):
    try:
        return f(*xs, **params), None
    except Exception as error:  # whatever PyTorch raises, we must raise something too
        return None, error


def check(name, ours, theirs, arrays, params, second):
    """One case: both must fail, or both give the same, and so must every gradient."""
    where = f"{name}({', '.join(f'{x.dtype}{x.shape}' if hasattr(x, 'dtype') else repr(x) for x in arrays)}, {params})"
    floats = [hasattr(x, "dtype") and x.dtype.kind == "f" for x in arrays]
    mine = [
        Tensor(x, requires_grad=f) if hasattr(x, "dtype") else x
        for x, f in zip(arrays, floats, strict=True)
    ]
    peer = [
        torch.from_numpy(np.ascontiguousarray(x).reshape(x.shape)).requires_grad_(f)
        if hasattr(x, "dtype")
        else x
        for x, f in zip(arrays, floats, strict=True)
    ]
    want, failed = attempt(theirs, *peer, **params)
    got, error = attempt(ours, *mine, **params)
    if isinstance(failed, TypeError):  # PyTorch wants a tensor where a number is as clear to us
        return
    if failed is not None or error is not None:
        assert (failed is None) == (error is None), f"{where}: we {error!r}, PyTorch {failed!r}"
        assert isinstance(error, (TypeError, ValueError, RuntimeError, ArithmeticError)), where
        return
    if not hasattr(want, "detach"):
        assert got == want, where
        return
    loosest = min(
        (x.dtype for x, f in zip(arrays, floats, strict=True) if f),
        key=lambda d: d.itemsize,
        default=got.dtype,
    )
    close(got.array, want.detach().numpy(), loosest, where)
    if not want.requires_grad:
        assert not got.requires_grad, f"{where}: requires_grad"
        return
    assert got.requires_grad, f"{where}: requires no grad"
    rng = np.random.default_rng(7)
    g = rng.normal(size=got.shape).astype(got.dtype)
    ins, peers = ([x for x, f in zip(xs, floats, strict=True) if f] for xs in (mine, peer))
    try:
        theirs_grads = torch.autograd.grad(
            want, peers, torch.from_numpy(np.array(g)), create_graph=True, allow_unused=True
        )
    except RuntimeError:  # floor_divide and isclose have no derivative there; ours is zero
        return
    ours_grads = grad(got, ins, Tensor(g), create_graph=True, allow_unused=True)
    plain = grad(ours(*mine, **params), ins, Tensor(g), allow_unused=True)
    for k, (a, p, b) in enumerate(zip(ours_grads, plain, theirs_grads, strict=True)):
        assert (a is None) == (b is None), f"{where}: gradient {k} is {a}, PyTorch {b}"
        if a is not None:
            close(a.array, b.detach().numpy(force=True), loosest, f"{where}: gradient {k}")
            close(
                p.array, b.detach().numpy(force=True), loosest, f"{where}: gradient {k} on arrays"
            )
    pairs = [
        (a, b)
        for a, b in zip(ours_grads, theirs_grads, strict=True)
        if a is not None and b.requires_grad
    ]
    if got.array.size == 0 or (name in KINKED and (arrays[0] == 0).any()):
        return
    finite = all(bool(torch.isfinite(t).all()) for t in (want, *theirs_grads) if t is not None)
    if not second or not pairs or not finite or any(x.dtype == np.float16 for x in ins):
        return
    vs = [rng.normal(size=a.shape).astype(a.dtype) for a, _ in pairs]
    try:
        seconds = torch.autograd.grad(
            [b for _, b in pairs],
            peers,
            [torch.from_numpy(np.array(v)) for v in vs],
            allow_unused=True,
        )
    except RuntimeError:  # hardsigmoid has no second derivative there
        return
    curved = [
        (a, Tensor(v)) for (a, _), v in zip(pairs, vs, strict=True) if a.requires_grad
    ]  # not flat
    mine2 = [None] * len(ins)
    if curved:
        mine2 = grad([a for a, _ in curved], ins, [v for _, v in curved], allow_unused=True)
    for k, (a, b) in enumerate(zip(mine2, seconds, strict=True)):
        a = np.zeros_like(ins[k].array) if a is None else a.array
        b = np.zeros_like(ins[k].array) if b is None else b.numpy(force=True)
        close(a, b, loosest, f"{where}: second derivative {k}")


FOUND = {"cases": 0, "disagreements": []}


def compare(name, ours, theirs, arrays, params=(), second=True):
    """check, and go on after a disagreement; `settle` fails for all of them together."""
    FOUND["cases"] += 1
    try:
        check(name, ours, theirs, arrays, dict(params), second)
    except AssertionError as error:
        FOUND["disagreements"].append(" ".join(str(error).split(" assert ")[0].split())[:200])


@pytest.fixture(autouse=True)
def settle():
    FOUND["disagreements"] = []
    yield
    found = FOUND["disagreements"]  # FOUND["cases"] counts them all
    assert not found, f"{len(found)} disagree with PyTorch:\n" + "\n".join(found[:4])


UNARY = [
    "neg",
    "abs",
    "square",
    "sqrt",
    "rsqrt",
    "reciprocal",
    "exp",
    "exp2",
    "expm1",
    "log",
    "log2",
    "log10",
    "log1p",
    "sin",
    "cos",
    "tan",
    "asin",
    "acos",
    "atan",
    "sinh",
    "cosh",
    "tanh",
    "asinh",
    "acosh",
    "atanh",
    "sigmoid",
    "relu",
    "erf",
    "erfc",
    "deg2rad",
    "rad2deg",
    "sign",
    "floor",
    "ceil",
    "trunc",
    "round",
    "frac",
    "nan_to_num",
    "logit",
    "positive",
    "isnan",
    "isinf",
    "isfinite",
    "isposinf",
    "isneginf",
    "signbit",
    "logical_not",
    "bitwise_not",
]
BINARY = [
    "add",
    "sub",
    "mul",
    "div",
    "pow",
    "fmod",
    "remainder",
    "floor_divide",
    "maximum",
    "minimum",
    "fmax",
    "fmin",
    "hypot",
    "atan2",
    "logaddexp",
    "xlogy",
    "eq",
    "ne",
    "lt",
    "le",
    "gt",
    "ge",
    "logical_and",
    "logical_or",
    "logical_xor",
    "bitwise_and",
    "bitwise_or",
    "bitwise_xor",
    "isclose",
    "rsub",
    "float_power",
    "clamp_min",
    "clamp_max",
]


@pytest.mark.parametrize("name", UNARY)
def test_functions_of_one_number_agree(name):
    rng = np.random.default_rng(0)
    for shape, dtype, strided in product(SHAPES, MORE_DTYPES, (False, True)):
        compare(name, ours_of(name), getattr(torch, name), [make(rng, shape, dtype, strided)])


@pytest.mark.parametrize("name", BINARY)
def test_functions_of_two_numbers_agree(name):
    rng = np.random.default_rng(1)
    for pair, dtypes in product(PAIRS, product(DTYPES, DTYPES)):
        if (
            name in ("pow", "clamp_min", "clamp_max")
            and dtypes == ("bool", "bool")
            and "number" in pair
        ):
            continue  # PyTorch takes tensors and refuses numbers there, or the other way round
        arrays = [make(rng, shape, dtype) for shape, dtype in zip(pair, dtypes, strict=True)]
        compare(name, ours_of(name), getattr(torch, name), arrays)


ACTIVATIONS = {
    "relu": [{}], "relu6": [{}], "leaky_relu": [{}, {"negative_slope": 0.3}, {"negative_slope": -0.3}],
    "rrelu": [{}, {"lower": 0.2, "upper": 0.3}], "elu": [{}, {"alpha": 0.7}], "selu": [{}],
    "celu": [{}, {"alpha": 2.0}], "gelu": [{}, {"approximate": "tanh"}, {"approximate": "x"}],
    "silu": [{}], "mish": [{}], "softplus": [{}, {"beta": 2.5, "threshold": 3.0}], "softsign": [{}],
    "hardtanh": [{}, {"min_val": -0.5, "max_val": 2.0}, {"min_val": 1.0, "max_val": 0.0}],
    "hardsigmoid": [{}], "hardswish": [{}], "tanhshrink": [{}], "softshrink": [{}, {"lambd": 1.0}, {"lambd": -1.0}],
    "hardshrink": [{}, {"lambd": 1.0}], "threshold": [{"threshold": 1.0, "value": 0.25}],
    "logsigmoid": [{}], "glu": [{}, {"dim": 0}, {"dim": -2}], "sigmoid": [{}], "tanh": [{}],
}  # fmt: skip


@pytest.mark.parametrize("name", ACTIVATIONS)
def test_activations_agree(name):
    rng = np.random.default_rng(2)
    for params, shape, dtype, strided in product(
        ACTIVATIONS[name], (*SHAPES, (4, 6)), DTYPES, (False, True)
    ):
        x = make(rng, shape, dtype, strided)
        x = x if dtype == "bool" else (x * 2).astype(dtype)
        if name == "hardsigmoid" and dtype == "float64":  # PyTorch's sixth is a float32 one
            continue
        compare(name, getattr(activations, name), getattr(TF, name), [x], params)


@pytest.mark.parametrize("name", ACTIVATIONS)
def test_activations_agree_at_their_corners_and_far_out(name):
    corners = np.array([-80, -30, -6, -3, -1, -0.5, 0, 0.5, 1, 3, 6, 20, 30, 80.0])
    dtypes = ("float32",) if name == "hardsigmoid" else ("float32", "float64")
    for params, dtype in product(ACTIVATIONS[name], dtypes):
        compare(
            name,
            getattr(activations, name),
            getattr(TF, name),
            [corners.astype(dtype)],
            params,
            name != "softplus",
        )


@pytest.mark.parametrize(
    "shapes",
    [
        ((3, 4), (4,)),
        ((3, 4), (1,)),
        ((3,), (1,)),
        ((), (1,)),
        ((2, 3, 2), (3,)),
        ((3, 4), (3,)),
        ((0, 3), (3,)),
        ((3,), (3,)),
        ((2, 2), ()),
        ((2, 3), (1, 3)),
    ],
)
def test_prelu_agrees(shapes):
    rng = np.random.default_rng(3)
    for dtype in DTYPES:
        compare("prelu", activations.prelu, TF.prelu, [make(rng, s, dtype) for s in shapes])


TERNARY = {
    "where": ("bool", "any", "any"), "lerp": ("any",) * 3, "addcmul": ("any",) * 3, "addcdiv": ("any",) * 3,
    "clamp": ("any",) * 3,
}  # fmt: skip
TRIPLES = (
    ((3, 4), (3, 4), (3, 4)), ((3, 1), (4,), (3, 4)), ((3, 4), (), (4,)), ((), (), ()), ((0, 2), (2,), (1, 2)),
    ((2, 3), (2, 3), "number"), ((2, 3), "number", (3,)), ((2, 3), "number", "number"), ((2,), (3,), (2,)),
)  # fmt: skip


@pytest.mark.parametrize("name", TERNARY)
def test_functions_of_three_agree(name):
    rng = np.random.default_rng(4)
    for shapes, a, b in product(TRIPLES, DTYPES, DTYPES):
        if "number" in shapes[:2] and name in ("addcmul", "addcdiv"):
            continue
        if name in ("addcmul", "addcdiv") and "number" in shapes:
            continue
        if name == "lerp" and a in ("int64", "bool"):
            continue  # of integers it depends on the weight's shape in PyTorch; we always refuse
        kinds = ("bool", a, b) if name == "where" else (a, a, b)
        arrays = [make(rng, s, d) for s, d in zip(shapes, kinds, strict=True)]
        if name == "addcdiv" and b.startswith("float"):
            arrays[2] = arrays[2] + 5  # at a zero the order of 0 · inf decides
        compare(name, ours_of(name), getattr(torch, name), arrays)


@pytest.mark.parametrize(
    "name",
    ["add", "sub", "div", "round", "clamp", "nan_to_num", "logit", "addcmul", "addcdiv", "isclose"],
)
def test_options_agree(name):
    rng = np.random.default_rng(5)
    options = {
        "add": [{"alpha": 2}, {"alpha": 0.5}, {"alpha": True}], "sub": [{"alpha": -3}, {"alpha": 0.1}],
        "div": [{"rounding_mode": "floor"}, {"rounding_mode": "trunc"}, {"rounding_mode": "up"}],
        "round": [{"decimals": 1}, {"decimals": -1}, {"decimals": 3}],
        "clamp": [{"min": 0}, {"max": 0.5}, {"min": -1, "max": 1.5}, {"min": 1, "max": 0}, {}],
        "nan_to_num": [{"nan": 2.0}, {"posinf": 1.0, "neginf": -1.0}],
        "logit": [{"eps": 0.1}], "addcmul": [{"value": 0.3}], "addcdiv": [{"value": -2}],
        "isclose": [{"rtol": 0.5}, {"atol": 2.0}, {"equal_nan": True}, {"rtol": -1}],
    }[name]  # fmt: skip
    count = {"round": 1, "clamp": 1, "nan_to_num": 1, "logit": 1, "addcmul": 3, "addcdiv": 3}.get(
        name, 2
    )
    for params, dtype, shape in product(options, DTYPES, SHAPES):
        arrays = [make(rng, shape, dtype) for _ in range(count)]
        if dtype.startswith("float") and name in ("nan_to_num", "isclose") and shape == (3, 4):
            for x in arrays:
                x[0, :3] = [np.nan, np.inf, -np.inf]
        if (name, params.get("value"), arrays[0].dtype.kind) == ("addcmul", 0.3, "i"):
            continue  # PyTorch makes 0.3 a silent 0 there; we refuse
        second = name != "logit"  # PyTorch's is nan where the clamp is flat
        compare(name, ours_of(name), getattr(torch, name), arrays, params, second)


def test_masked_fill_agrees():
    rng = np.random.default_rng(6)
    for shape, mask, dtype, value in product(
        ((3, 4), (), (4,), (0,)),
        ((3, 4), (4,), ()),
        DTYPES,
        (0, 2.5, -np.inf, True, "tensor", "vector"),
    ):
        if value == "tensor" and not dtype.startswith("float"):
            continue
        x, m = make(rng, shape, dtype), make(rng, mask, "bool")
        value = (
            make(rng, () if value == "tensor" else (4,), "float32")
            if isinstance(value, str)
            else value
        )
        compare("masked_fill", arithmetic.masked_fill, torch.masked_fill, [x, m, value])
