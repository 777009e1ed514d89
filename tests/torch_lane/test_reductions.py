"""Reductions, norms, sorting and scans agree with PyTorch: values, dtypes, shapes, errors, gradients."""

import itertools
import warnings
from types import SimpleNamespace

import numpy as np
import pytest

torch = pytest.importorskip("torch")

import micrograd_lab.methods  # noqa: E402, F401
from micrograd_lab.autograd import grad  # noqa: E402
from micrograd_lab.errors import LabError  # noqa: E402
from micrograd_lab.ops import norms, quantiles, reductions, scans, softmax, sorting, spreads  # noqa: E402
from micrograd_lab.ops.plain import plain  # noqa: E402
from micrograd_lab.tensor import Tensor, wrap  # noqa: E402

lab = SimpleNamespace(
    **{
        name: getattr(m, name)
        for m in (reductions, softmax, spreads, sorting, quantiles, scans, norms)
        for name in m.FUNCTIONS
    },
    vector_norm=norms.vector_norm,
)
peer = SimpleNamespace(**{name: getattr(torch, name) for name in vars(lab) if hasattr(torch, name)})
peer.vector_norm = torch.linalg.vector_norm

SHAPES = [(), (1,), (0,), (5,), (2, 3), (0, 3), (3, 0), (2, 3, 4), (1, 4, 1)]
INF = float("inf")


def arrays(dtype, shape, kind, seed):
    """One input: distinct entries, ties and zeros, or nan and inf among them; every third not contiguous."""
    rng = np.random.default_rng(seed)
    wide = (*shape[:-1], 2 * shape[-1]) if shape and seed % 3 == 0 else shape
    if dtype == "bool":
        x = rng.random(wide) < 0.5
    elif dtype == "int64":
        x = rng.integers(-3, 4, wide)
    elif kind == "ties":
        x = rng.integers(-1, 3, wide).astype(dtype)
    else:
        x = np.asarray(rng.standard_normal(wide), dtype)
        if kind == "special" and x.size:
            flat = x.reshape(-1)
            flat[rng.integers(0, x.size, 2)] = rng.choice([np.nan, np.inf, -np.inf], 2)
            x = flat.reshape(wide)
    x = np.asarray(x)
    return x[..., ::2] if wide != shape else x


def dims(shape, several):
    """A call's dim arguments: none, each axis from both ends, one too many, pairs."""
    n = len(shape)
    yield {}
    for d in range(-n - 1, n + 1):
        yield {"dim": d}
    if several:
        yield {"dim": ()}
        for pair in itertools.permutations(range(n), 2):
            yield {"dim": pair}
        yield {"dim": (0, 0)}


def calls(shape):
    """(name, args, keywords) of every function, for an input of this shape."""
    for keep in ({}, {"keepdim": True}):
        for how in dims(shape, several=True):
            for name in ("amax", "amin", "var", "std"):
                yield name, (), {**how, **keep}
            yield "std", (), {**how, **keep, "correction": 2}
            if how or not keep:  # PyTorch refuses keepdim without dim for these; we do not
                for name in ("sum", "mean", "nansum", "nanmean"):
                    yield name, (), {**how, **keep}
                yield "var", (), {**how, **keep, "unbiased": False}
                yield "sum", (), {**how, **keep, "dtype": "float64"}
                yield "mean", (), {**how, **keep, "dtype": "float32"}
            for name in ("all", "any"):
                yield name, (), {**how, **keep}
            for p in (2, 1, 3, 0.5, 0, INF, -INF):
                yield "vector_norm", (p,), {**how, **keep}
            yield "norm", (), {**how, **keep}
            if how.get("dim", ()) != ():
                yield "logsumexp", (), {**how, **keep}
        for how in dims(shape, several=False):
            for name in (
                "argmax",
                "argmin",
                "aminmax",
                "max",
                "min",
                "median",
                "nanmedian",
                "mode",
            ):
                if how or not keep or name in ("argmax", "argmin", "aminmax", "mode"):
                    yield name, (), {**how, **keep}
            if how or not keep:
                yield "prod", (), {**how, **keep}
            yield "kthvalue", (2,), {**how, **keep}
            yield "quantile", (0.3,), {**how, **keep}
    for how in dims(shape, several=True):
        yield "count_nonzero", (), how
    for how in dims(shape, several=False):
        yield "sort", (), {**how, "stable": True}
        yield "sort", (), {**how, "stable": True, "descending": True}
        yield "argsort", (), {**how, "stable": True}
        for k in (0, 1, 2):
            yield "topk", (k,), how
        yield "topk", (2,), {**how, "largest": False}
        if how:
            for name in ("cumsum", "cumprod", "logcumsumexp", "cummax", "cummin"):
                yield name, (), how
            for name in ("softmax", "log_softmax"):
                yield name, (), how
                yield name, (), {**how, "dtype": "float64"}


def run(library, name, x, args, named):
    """The results as a tuple, or the error."""
    if "dtype" in named:
        dtype = named["dtype"]
        named = {**named, "dtype": getattr(torch, dtype) if library is peer else np.dtype(dtype)}
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore" if library is peer else "error")
            y = getattr(library, name)(x, *args, **named)
    except (RuntimeError, IndexError, TypeError, ValueError) as error:
        if library is lab and not isinstance(error, (LabError, TypeError)):
            raise
        return error
    return tuple(y) if isinstance(y, tuple) else (y,)


def numbers(y):
    return y.detach().numpy(force=True) if isinstance(y, torch.Tensor) else plain(y)


def close(ours, theirs, what):
    ours, theirs = numbers(ours), numbers(theirs)
    assert ours.dtype == theirs.dtype, f"{what}: {ours.dtype}, not {theirs.dtype}"
    assert ours.shape == theirs.shape, f"{what}: {ours.shape}, not {theirs.shape}"
    tolerance = 1e-12 if ours.dtype == "float64" else 2e-5
    np.testing.assert_allclose(ours, theirs, tolerance, tolerance, equal_nan=True, err_msg=what)


def agree(name, x, args, named, distinct, second):
    """Run both; compare results, then gradients, then gradients of gradients."""
    what = f"{name}{args}{named} of {x.dtype}{x.shape}\n{x}"
    floating = x.dtype.kind == "f"
    ours = Tensor(x.copy(order="K"), requires_grad=floating)
    theirs = torch.tensor(x).requires_grad_(floating)
    y, t = run(lab, name, ours, args, named), run(peer, name, theirs, args, named)
    if isinstance(y, Exception) or isinstance(t, Exception):
        assert type(y) is not tuple, f"{what}: {t!r}"
        assert type(t) is not tuple, f"{what}: {y!r}"
        return
    assert len(y) == len(t)
    for k, (a, b) in enumerate(zip(y, t, strict=True)):
        if k == 0 or distinct or plain(a).dtype.kind == "f":
            close(a, b, what)
        assert a.requires_grad == b.requires_grad, what
    if not floating or not y[0].requires_grad or (len(y) > 1 and not distinct):
        return
    if gradient_differs(name, args, named, x):
        return
    rng = np.random.default_rng(x.size)
    for a, b in zip(y, t, strict=True):
        if not b.requires_grad:
            continue
        g = np.asarray(rng.standard_normal(b.shape), plain(a).dtype)
        ga, gb = Tensor(g, requires_grad=True), torch.tensor(g, requires_grad=True)
        (da,) = grad(a, ours, ga, create_graph=second, retain_graph=True)
        (db,) = torch.autograd.grad(
            b,
            theirs,
            gb,
            create_graph=second,
            retain_graph=True,
            allow_unused=True,
            materialize_grads=True,
        )
        close(da, db, f"gradient of {what}")
        if second and db.requires_grad and x.size:
            v = np.asarray(rng.standard_normal(x.shape), plain(da).dtype)
            ours2 = grad(da, (ours, ga), wrap(v), allow_unused=True, materialize_grads=True)
            theirs2 = torch.autograd.grad(
                db, (theirs, gb), torch.tensor(v), allow_unused=True, materialize_grads=True
            )
            for p, q in zip(ours2, theirs2, strict=True):
                close(p, q, f"gradient of the gradient of {what}")


@pytest.mark.parametrize("shape", SHAPES, ids=str)
@pytest.mark.parametrize(
    ("dtype", "kind"),
    [("float32", "distinct"), ("float64", "distinct"), ("float64", "ties"), ("float64", "special"),
     ("int64", "ties"), ("bool", "ties")],
)  # fmt: skip
def test_every_call_agrees(shape, dtype, kind):
    with np.errstate(all="ignore" if kind == "special" else "warn"):
        check(shape, dtype, kind)


def check(shape, dtype, kind):
    every = 1 if len(shape) < 2 else 2 if len(shape) < 3 else 4  # enough of so many calls
    for seed, (name, args, named) in list(enumerate(calls(shape)))[::every]:
        x = arrays(dtype, shape, kind, seed)
        if known_difference(name, named, x):
            continue
        agree(
            name, x, args, named, distinct=kind == "distinct",
            second=dtype == "float64" and kind == "distinct",
        )  # fmt: skip


def known_difference(name, named, x):
    """Where we differ from PyTorch 2.13 on purpose, or it from itself."""
    dim = named.get("dim")
    return (
        # an empty tensor goes through unchecked: any dim, any dtype
        (x.size == 0 and name in ("cummax", "cummin") and not -x.ndim <= dim < x.ndim)
        or (x.size == 0 and x.dtype.kind != "f" and name in ("softmax", "log_softmax"))
        or (x.size == 0 and x.dtype == bool and name in ("median", "nanmedian"))
        # its mode has no order for nan
        or (name == "mode" and np.isnan(x).any())
    )


def gradient_differs(name, args, named, x):
    """Where only the gradients do."""
    dim = named.get("dim")
    axes = (dim,) if isinstance(dim, int) else dim or range(x.ndim)
    count = np.prod([(x.shape or (1,))[d] for d in axes])
    spread = name in ("var", "std")
    return (
        (spread and dim == ())  # forward over all axes, but backward over none
        or (spread and count <= named.get("correction", 1))  # 0/0, once inf and once nan
        or (name in ("amax", "amin", "aminmax") and np.isnan(x).any())  # ours: to the nan; its: nan
        or (name in ("prod", "cumprod") and not np.isfinite(x).all())  # it divides inf by inf
        or (name in ("nanmean", "vector_norm") and np.isnan(x).any())
        or (name == "logcumsumexp" and not np.isfinite(x).all())  # ours: 0 where exp(x) is 0
        or (name == "quantile" and len(np.unique(x)) < x.size)  # which of equal entries, is free
    )


@pytest.mark.parametrize("seed", range(4))
def test_products_of_zeros_have_pytorchs_second_gradients(seed):
    for shape, name, named in (
        ((4,), "prod", {}), ((2, 3), "prod", {}), ((2, 3), "prod", {"dim": 1}),
        ((3, 2), "prod", {"dim": 0, "keepdim": True}), ((5,), "cumprod", {"dim": 0}),
        ((3, 2), "cumprod", {"dim": -2}), ((2, 3, 2), "cumprod", {"dim": 1}),
    ):  # fmt: skip
        x = np.random.default_rng(seed).integers(-1, 3, shape).astype("float64")
        agree(name, x, (), named, distinct=True, second=True)


@pytest.mark.parametrize("interpolation", ["linear", "lower", "higher", "nearest", "midpoint"])
def test_quantiles_agree(interpolation):
    rng = np.random.default_rng(0)
    for name, dim, keepdim in itertools.product(("quantile", "nanquantile"), (None, 0, -1), (0, 1)):
        x = rng.standard_normal((4, 5))
        if name == "nanquantile":
            x[rng.random((4, 5)) < 0.3] = np.nan
        q = np.array([0.0, 0.3, 0.5, 1.0])
        ours, theirs = Tensor(x, requires_grad=True), torch.tensor(x, requires_grad=True)
        how = {"dim": dim, "keepdim": bool(keepdim), "interpolation": interpolation}
        y = getattr(lab, name)(ours, wrap(q), **how)
        t = getattr(torch, name)(theirs, torch.tensor(q), **how)
        close(y, t, f"{name} {how}")
        g = rng.standard_normal(t.shape)
        (da,) = grad(y, ours, g)
        (db,) = torch.autograd.grad(t, theirs, torch.tensor(g))
        close(da, db, f"gradient of {name} {how}")


@pytest.mark.parametrize("dtype", ["uint8", "int8", "int16", "int32", "float16"])
def test_other_dtypes_agree(dtype):
    x = np.array([[3, 1, 4], [1, 5, 9]], dtype)
    for name, args, named in calls((2, 3)):
        if dtype == "float16" and name in ("std", "var", "vector_norm", "norm", "logcumsumexp"):
            continue  # half precision differs in the last place, which these blow up
        ours, theirs = (
            run(lab, name, wrap(x), args, named),
            run(peer, name, torch.tensor(x), args, named),
        )
        what = f"{name}{args}{named} of {dtype}: {ours} {theirs}"
        assert isinstance(ours, Exception) == isinstance(theirs, Exception), what
        if isinstance(ours, tuple):
            a, b = numbers(ours[0]), numbers(theirs[0])
            assert a.dtype == b.dtype, what
            np.testing.assert_allclose(a, b, 2e-3, 2e-3, err_msg=what)


def test_a_long_half_precision_sum_does_not_get_stuck():
    x = np.ones((5000, 2), "float16")
    assert numbers(lab.mean(wrap(x), 0)).tolist() == torch.tensor(x).mean(0).tolist()
    assert numbers(lab.sum(wrap(x), 0)).tolist() == torch.tensor(x).sum(0).tolist()


def test_pairs_and_methods_agree():
    x = np.random.default_rng(0).standard_normal((3, 4))
    for name, args, named in [
        ("var_mean", (), {}), ("std_mean", (0,), {"keepdim": True}), ("var_mean", (1, False), {}),
        ("std_mean", (), {"dim": (0, 1), "correction": 0}), ("max", (), {"other": -x}),
        ("min", (-x,), {}), ("dist", (x * x, 3), {}), ("msort", (), {}), ("norm", ("fro", (0, 1)), {}),
        ("norm", (1, 0), {}), ("norm", (None,), {}), ("std", (False,), {}), ("var", (0, False, True), {}),
    ]:  # fmt: skip

        def as_torch(v):
            return torch.tensor(v) if isinstance(v, np.ndarray) else v

        def as_lab(v):
            return wrap(v) if isinstance(v, np.ndarray) else v

        theirs = getattr(torch, name)(
            torch.tensor(x), *map(as_torch, args), **{k: as_torch(v) for k, v in named.items()}
        )
        ours = getattr(lab, name)(
            wrap(x), *map(as_lab, args), **{k: as_lab(v) for k, v in named.items()}
        )
        for a, b in zip(
            *((y if isinstance(y, tuple) else (y,)) for y in (ours, theirs)), strict=True
        ):
            close(a, b, name)
        if name not in ("var_mean", "std_mean"):
            again = getattr(wrap(x), name)(
                *map(as_lab, args), **{k: as_lab(v) for k, v in named.items()}
            )
            assert type(again) is type(ours)
