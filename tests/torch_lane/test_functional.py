"""nn.functional against PyTorch: values, dtypes, gradients, gradients of gradients, errors."""

import warnings

import numpy as np
import pytest

from micrograd_lab.autograd import grad
from micrograd_lab.nn import functional as F
from micrograd_lab.tensor import Tensor, wrap

torch = pytest.importorskip("torch")
TF = torch.nn.functional
RNG = np.random.default_rng


def theirs(x, leaf):
    x = np.array(x) if isinstance(x, np.generic) else x
    if not isinstance(x, np.ndarray):
        return x
    t = torch.from_numpy(x.copy())
    return t.requires_grad_() if leaf and x.dtype.kind == "f" else t


def ours(x, leaf):
    x = np.array(x) if isinstance(x, np.generic) else x
    if not isinstance(x, np.ndarray):
        return x
    return Tensor(x.copy(), requires_grad=leaf and x.dtype.kind == "f")


def dense(g, like):
    return np.zeros(like.shape) if g is None else np.asarray(getattr(g, "array", g), float)


def compare(name, *args, constant=(), double=True, seed=0, tolerance=None, **kwargs):
    """F.name(*args, **kwargs) in both; arrays of floats (unless `constant`) get gradients."""
    keys = [*range(len(args)), *kwargs]
    given = {**dict(enumerate(args)), **kwargs}
    a = {k: theirs(given[k], k not in constant) for k in keys}
    b = {k: ours(given[k], k not in constant) for k in keys}
    n = len(args)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        y = getattr(TF, name)(*[a[k] for k in range(n)], **{k: a[k] for k in kwargs})
        z = getattr(F, name)(*[b[k] for k in range(n)], **{k: b[k] for k in kwargs})
    assert z.shape == tuple(y.shape)
    assert str(z.dtype) == str(y.dtype).removeprefix("torch.")
    tolerance = tolerance or (1e-10 if y.dtype == torch.float64 else 2e-5)

    def close(p, q, what):
        np.testing.assert_allclose(p, q, tolerance, tolerance, err_msg=f"{name}: {what}")

    close(z.array, y.detach().numpy(), "value")
    xs = [x for x in a.values() if isinstance(x, torch.Tensor) and x.requires_grad]
    ts = [x for x in b.values() if isinstance(x, Tensor) and x.requires_grad]
    assert len(xs) == len(ts)
    if not xs or not y.requires_grad:
        return
    assert z.requires_grad
    rng = RNG(seed)
    upstream = np.asarray(rng.normal(size=z.shape), z.dtype)
    u, v = theirs(upstream, True), ours(upstream, True)
    gx = torch.autograd.grad(y, xs, u, create_graph=double, allow_unused=True)
    gt = grad(z, ts, v, create_graph=double, allow_unused=True)
    for p, q, x in zip(gt, gx, ts, strict=True):
        close(dense(p, x), np.zeros(x.shape) if q is None else q.numpy(force=True), "gradient")
    if not double:
        return
    pairs = [(p, q) for p, q in zip(gt, gx, strict=True) if q is not None and q.requires_grad]
    if not pairs:
        return
    vs = [np.asarray(rng.normal(size=p.shape), p.dtype) for p, _ in pairs]
    sx = sum((q * torch.from_numpy(w)).sum() for (_, q), w in zip(pairs, vs, strict=True))
    gx = torch.autograd.grad(sx, [*xs, u], allow_unused=True)
    kept = [(p, wrap(w)) for (p, _), w in zip(pairs, vs, strict=True) if p.requires_grad]
    gt = [None] * len(gx)
    if kept:  # otherwise the gradient is constant
        roots, weights = zip(*kept, strict=True)
        gt = grad(roots, [*ts, v], weights, allow_unused=True)
    for p, q, x in zip(gt, gx, [*ts, v], strict=True):
        close(dense(p, x), np.zeros(x.shape) if q is None else q.numpy(force=True), "second")


def both_refuse(name, *args, **kwargs):
    errors = (RuntimeError, ValueError, IndexError, TypeError, AssertionError)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for functional, made in ((TF, theirs), (F, ours)):
            a, b = [made(x, False) for x in args], {k: made(x, False) for k, x in kwargs.items()}
            with pytest.raises(errors):
                getattr(functional, name)(*a, **b)


def normal(*shape, dtype=np.float64, seed=0):
    return np.asarray(RNG(seed + sum(shape)).normal(size=shape), dtype)


def probabilities(*shape, seed=0):
    return RNG(seed).uniform(0.02, 0.98, shape)


REDUCTIONS = ("mean", "sum", "none")
SHAPES = ((4, 3), (7,), (), (2, 3, 2), (0, 3), (1,))


@pytest.mark.parametrize("reduction", REDUCTIONS)
@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_entrywise_losses(shape, reduction, dtype):
    x, t = normal(*shape, dtype=dtype) * 2, normal(*shape, dtype=dtype, seed=9)
    how = {"reduction": reduction}
    compare("mse_loss", x, t, **how)
    compare("l1_loss", x, t, **how)
    compare("huber_loss", x, t, delta=0.7, **how)
    compare("smooth_l1_loss", x, t, **how)
    compare("smooth_l1_loss", x, t, beta=0.5, **how)
    compare("smooth_l1_loss", x, t, beta=0.0, **how)
    p, q = (np.asarray(probabilities(*shape, seed=s), dtype) for s in (1, 2))
    loose = {"tolerance": 2e-4 if dtype == np.float32 else None}
    compare("binary_cross_entropy", p, q, **how, **loose)
    compare("binary_cross_entropy", p, q, weight=p + 1, constant=("weight",), **how, **loose)
    compare("binary_cross_entropy_with_logits", x * 5, q, **how, **loose)
    compare("binary_cross_entropy_with_logits", x, q, weight=q, pos_weight=p, constant=("weight", "pos_weight"), **how)  # fmt: skip
    compare("kl_div", np.log(p), q, **how)
    compare("kl_div", np.log(p), np.log(q), log_target=True, **how)
    signs = np.where(t > 0, 1, -1).astype(dtype)
    compare("soft_margin_loss", x, signs, constant=(1,), **how)
    compare("hinge_embedding_loss", x, signs, margin=0.8, constant=(1,), **how)
    compare("margin_ranking_loss", x, t, signs, margin=0.3, constant=(2,), **how)
    compare("gaussian_nll_loss", x, t, np.asarray(p), full=True, **how)
    compare("poisson_nll_loss", x, np.round(np.abs(t) * 3), full=True, constant=(1,), **how)
    compare("poisson_nll_loss", p, np.round(np.abs(t) * 3), log_input=False, constant=(1,), **how)


def test_entrywise_losses_at_their_edges():
    edge = np.array([0.0, 1.0, 0.0, 1.0])
    compare(
        "binary_cross_entropy", edge, np.array([0.0, 0.0, 1.0, 1.0]), double=False, tolerance=1e-7
    )
    compare("binary_cross_entropy_with_logits", np.array([1e4, -1e4, 800.0]), np.array([0.0, 1.0, 1.0]))  # fmt: skip
    compare("kl_div", normal(4), np.array([0.0, 0.5, 0.5, 0.0]), reduction="batchmean", constant=(1,))  # fmt: skip
    compare("mse_loss", np.array([1.0, np.nan, np.inf]), np.zeros(3))
    compare("huber_loss", np.array([1.0, -1.0, 0.0, 3.0]), np.zeros(4), double=False)
    compare("gaussian_nll_loss", normal(4, 3), normal(4, 3, seed=1), np.array([[0.0], [0.5], [2.0], [1e-9]]), double=False)  # fmt: skip
    compare("gaussian_nll_loss", normal(4, 3), normal(4, 3, seed=1), probabilities(4))
    compare("gaussian_nll_loss", normal(4, 3), normal(4, 3, seed=1), 0.5)
    compare("mse_loss", normal(4, 3), normal(4, 3, seed=1), weight=probabilities(4, 3), constant=("weight",))  # fmt: skip
    both_refuse("binary_cross_entropy", np.array([1.2]), np.array([1.0]))
    both_refuse("binary_cross_entropy", normal(3), normal(3, 1))
    both_refuse("binary_cross_entropy_with_logits", normal(3), normal(3, 1))
    both_refuse("mse_loss", normal(3), normal(4))
    both_refuse("mse_loss", normal(3), normal(3), reduction="average")
    both_refuse("huber_loss", normal(3), normal(3), delta=0.0)
    both_refuse("smooth_l1_loss", normal(3), normal(3), beta=-1.0)
    both_refuse("gaussian_nll_loss", normal(3), normal(3), -probabilities(3))


@pytest.mark.parametrize("reduction", REDUCTIONS)
@pytest.mark.parametrize("shape", [(5, 4), (4,), (3, 4, 2), (2, 4, 3, 2), (0, 4), (1, 1)])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_cross_entropy(shape, reduction, dtype):
    x = normal(*shape, dtype=dtype) * 3
    classes = shape[min(1, len(shape) - 1)]
    places = shape[:1] + shape[2:] if len(shape) > 1 else ()
    t = np.asarray(RNG(1).integers(0, classes, places))
    weight = np.asarray(probabilities(classes), dtype)
    double = {"double": shape not in ((0, 4), (1, 1))}  # not where the mean of nothing is nan
    for how in (
        {},
        {"weight": weight},
        {"ignore_index": 0},
        {"ignore_index": 0, "weight": weight},
        {"label_smoothing": 0.2},
        {"label_smoothing": 0.2, "weight": weight, "ignore_index": 0},
        {"label_smoothing": 1.0},
    ):
        compare("cross_entropy", x, t, reduction=reduction, constant=("weight",), **how, **double)
        if "label_smoothing" not in how:
            log_p = x - np.log(np.exp(x).sum(min(1, x.ndim - 1), keepdims=True))
            compare(
                "nll_loss", log_p, t, reduction=reduction, constant=("weight",), **how, **double
            )
    q = np.exp(normal(*shape, dtype=dtype, seed=5))
    for how in (
        {},
        {"weight": weight},
        {"label_smoothing": 0.3},
        {"label_smoothing": 0.3, "weight": weight},
    ):
        compare("cross_entropy", x, q, reduction=reduction, constant=("weight",), **how, **double)


def test_cross_entropy_at_its_edges():
    t = np.array([0, -100, 2])
    compare("cross_entropy", normal(3, 4), t)
    compare("cross_entropy", normal(3, 4), t, reduction="none")
    compare("cross_entropy", normal(3, 4), np.full(3, -100), double=False)
    compare("cross_entropy", normal(3, 4) * 1e4, np.array([0, 1, 2]), double=False)
    x = normal(3, 4)
    x[:, 3] = -np.inf
    compare("cross_entropy", x, np.array([0, 1, 2]), double=False)
    compare("cross_entropy", np.ascontiguousarray(normal(4, 3)).T, np.array([0, 1, 2]))
    both_refuse("cross_entropy", normal(3, 4), np.array([0, 1, 4]))
    both_refuse("cross_entropy", normal(3, 4), np.array([0, -1, 2]))
    both_refuse("cross_entropy", normal(3, 4), np.array([0, 1]))
    both_refuse("cross_entropy", normal(3, 4), normal(3))
    both_refuse("cross_entropy", normal(3, 4), np.array([0, 1, 2]), weight=normal(3))
    both_refuse("cross_entropy", normal(3, 4), np.array([0, 1, 2]), label_smoothing=1.5)
    both_refuse("cross_entropy", normal(3, 4), np.ones((3, 4), np.int64))
    both_refuse("cross_entropy", normal(), np.array(0))


@pytest.mark.parametrize("reduction", REDUCTIONS)
def test_losses_of_rows(reduction):
    how = {"reduction": reduction}
    a, p, n = normal(5, 3), normal(5, 3, seed=1), normal(5, 3, seed=2)
    signs = np.array([1, -1, 1, -1, -1])
    compare("cosine_embedding_loss", a, p, signs, margin=0.1, **how)
    compare("cosine_embedding_loss", a[0], p[0], np.array(1), **how)
    for swap in (False, True):
        compare("triplet_margin_loss", a, p, n, swap=swap, **how)
        compare("triplet_margin_with_distance_loss", a, p, n, swap=swap, **how)
    compare("triplet_margin_loss", a, p, n, p=1, margin=0.4, **how)
    t = np.array([0, 2, 1, 1, 0])
    compare("multi_margin_loss", a, t, double=False, **how)
    compare("multi_margin_loss", a, t, p=2, margin=0.6, weight=probabilities(3), constant=("weight",), double=False, **how)  # fmt: skip
    compare("multi_margin_loss", a[0], np.array(1), double=False, **how)
    labels = np.array([[0, -1, 2], [-1, 0, 0], [2, 1, -1], [1, -1, -1], [0, 1, 2]])
    compare("multilabel_margin_loss", a, labels, double=False, **how)
    compare("multilabel_margin_loss", a[0], labels[0], double=False, **how)
    yes = (p > 0).astype(float)
    compare("multilabel_soft_margin_loss", a, yes, constant=(1,), **how)
    compare("multilabel_soft_margin_loss", a, yes, weight=probabilities(3), constant=(1, "weight"), **how)  # fmt: skip


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("shape", [(4, 6), (2, 6, 5), (2, 6, 3, 2), (1, 6, 2, 2, 2), (3, 1, 6)])
def test_norms(shape, dtype):
    x = normal(*shape, dtype=dtype) * 2 + 1
    c = shape[1]
    w, b = normal(c, dtype=dtype, seed=3), normal(c, dtype=dtype, seed=4)
    loose = {"tolerance": 3e-4 if dtype == np.float32 else 1e-8}
    for dims in {1, len(shape) - 1}:
        last = shape[-dims:]
        scale, shift = normal(*last, dtype=dtype, seed=5), normal(*last, dtype=dtype, seed=6)
        compare("layer_norm", x, last, **loose)
        compare("layer_norm", x, last, scale, shift, 1e-3, **loose)
        compare("rms_norm", x, last, **loose)
        compare("rms_norm", x, last, scale, 1e-2, **loose)
    for groups in (1, 2, 3, 6) if c == 6 else (1,):
        compare("group_norm", x, groups, w, b, **loose)
    compare("group_norm", x, 1, **loose)
    running = {
        "running_mean": normal(c, dtype=dtype),
        "running_var": np.asarray(probabilities(c), dtype),
    }
    still = ("running_mean", "running_var")
    compare("batch_norm", x, weight=w, bias=b, training=False, constant=still, **running, **loose)
    compare("batch_norm", x, weight=w, bias=b, training=True, constant=still, **running, **loose)
    compare("batch_norm", x, None, None, training=True, **loose)
    if len(shape) > 2:
        compare("instance_norm", x, weight=w, bias=b, constant=still, **running, **loose)
        compare("instance_norm", x, **loose)
        compare("instance_norm", x, use_input_stats=False, constant=still, **running, **loose)
        for size in (2, 3):
            compare("local_response_norm", x, size, alpha=0.5, k=2.0, **loose)


def test_norms_at_their_edges():
    compare("layer_norm", normal(0, 3), (3,))
    compare("layer_norm", normal(3, 1), (1,), double=False)
    compare("layer_norm", np.zeros((2, 4)), (4,), double=False)
    compare("layer_norm", normal(6), (6,))
    compare("layer_norm", normal(4, 6).T, (4,))
    both_refuse("layer_norm", normal(2, 4), (3,))
    both_refuse("layer_norm", np.ones((2, 4), np.int64), (4,))
    both_refuse("layer_norm", normal(2, 4), (4,), normal(3))
    both_refuse("rms_norm", normal(2, 4), (3,))
    both_refuse("group_norm", normal(2, 4), 3)
    both_refuse("batch_norm", normal(1, 4), normal(4), normal(4), training=True)
    both_refuse("batch_norm", normal(2, 4), normal(3), normal(3))
    both_refuse("batch_norm", normal(2, 4), None, None, training=False)
    both_refuse("instance_norm", normal(2, 4, 1))


@pytest.mark.parametrize("name", ["batch_norm", "instance_norm"])
def test_running_statistics_move_as_they_do_there(name):
    x, m, v = normal(4, 3, 5), normal(3), probabilities(3)
    tm, tv, om, ov = torch.tensor(m), torch.tensor(v), wrap(m.copy()), wrap(v.copy())
    for step in range(3):
        how = {"training": True} if name == "batch_norm" else {}
        getattr(TF, name)(torch.tensor(x + step), tm, tv, momentum=0.3, **how)
        getattr(F, name)(wrap(x + step), om, ov, momentum=0.3, **how)
    np.testing.assert_allclose(om.array, tm.numpy(), rtol=1e-12)
    np.testing.assert_allclose(ov.array, tv.numpy(), rtol=1e-12)


def test_embedding():
    w = normal(7, 3)
    for index in (np.array([1, 3, 1, 0]), np.array([[1, 1], [6, 2]]), np.array(4)):
        compare("embedding", index, w)
        compare("embedding", index, w, padding_idx=1)
        compare("embedding", index, w, padding_idx=-1)
        compare("embedding", index, w, scale_grad_by_freq=True, double=False)
    compare("embedding", np.array([1, 3, 1]), w, max_norm=0.5, constant=(1,))
    both_refuse("embedding", np.array([7]), w)
    both_refuse("embedding", np.array([-1]), w)
    both_refuse("embedding", np.array([0.5]), w)
    both_refuse("embedding", np.array([0]), w, padding_idx=7)


@pytest.mark.parametrize("mode", ["sum", "mean", "max"])
def test_embedding_bag(mode):
    w = normal(7, 3)
    double = {"double": False}
    compare("embedding_bag", np.array([[1, 2], [1, 1]]), w, mode=mode, **double)
    flat, offsets = np.array([1, 3, 1, 0, 6]), np.array([0, 2, 2])
    compare("embedding_bag", flat, w, offsets, mode=mode, **double)
    compare("embedding_bag", flat, w, offsets, mode=mode, padding_idx=1, **double)
    compare("embedding_bag", flat, w, np.array([0, 2, 5]), mode=mode, include_last_offset=True, **double)  # fmt: skip
    if mode == "sum":
        compare(
            "embedding_bag", flat, w, offsets, mode=mode, per_sample_weights=normal(5), **double
        )


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_interpolate(dtype):
    line, picture, cube = (
        normal(*s, dtype=dtype) for s in ((2, 3, 7), (2, 2, 5, 4), (1, 2, 3, 4, 2))
    )
    for x, smooth in (
        (line, ("linear",)),
        (picture, ("bilinear", "bicubic")),
        (cube, ("trilinear",)),
    ):
        d = x.ndim - 2
        for target in (3, 9, 1, tuple(range(4, 4 + d))):
            for mode in ("nearest", "nearest-exact", "area"):
                compare("interpolate", x, target, mode=mode)
            for mode in smooth:
                for corners in (False, True):
                    compare("interpolate", x, target, mode=mode, align_corners=corners)
        for scale in (2, 0.6, 1.7, 1.0):
            for again in (None, True):
                how = {"scale_factor": scale, "recompute_scale_factor": again}
                for mode in ("nearest", "nearest-exact", "area"):
                    compare("interpolate", x, mode=mode, **how)
                for mode in smooth:
                    compare("interpolate", x, mode=mode, align_corners=False, **how)
    for mode in ("bilinear", "bicubic"):
        for size in ((2, 2), (9, 3), (1, 7)):
            compare("interpolate", picture, size, mode=mode, antialias=True)
    both_refuse("interpolate", picture)
    both_refuse("interpolate", picture, 3, 2.0)
    both_refuse("interpolate", picture, (3, 3, 3))
    both_refuse("interpolate", picture, 3, mode="linear")
    both_refuse("interpolate", picture, 3, mode="nearest", align_corners=True)
    both_refuse("interpolate", picture, 0)


@pytest.mark.parametrize("corners", [False, True])
@pytest.mark.parametrize("padding", ["zeros", "border", "reflection"])
@pytest.mark.parametrize("mode", ["bilinear", "nearest", "bicubic"])
def test_grid_sample(mode, padding, corners):
    x, grid = normal(2, 3, 4, 5), RNG(1).uniform(-2.4, 2.4, (2, 6, 3, 2))
    how = {"mode": mode, "padding_mode": padding, "align_corners": corners, "double": False}
    compare("grid_sample", x, grid, **how)
    compare("grid_sample", x.astype(np.float32), grid.astype(np.float32), tolerance=2e-3, **how)
    compare("grid_sample", x[:, :, :1, :1].copy(), grid, **how)
    if mode != "bicubic":
        compare("grid_sample", normal(2, 2, 3, 4, 2), RNG(1).uniform(-2, 2, (2, 2, 3, 2, 3)), **how)
    theta = normal(2, 2, 3)
    compare("affine_grid", theta, (2, 3, 4, 5), align_corners=corners)
    compare("affine_grid", normal(2, 3, 4), (2, 1, 3, 1, 2), align_corners=corners)
    both_refuse("grid_sample", x, normal(2, 6, 3, 3), align_corners=corners)


def test_shuffles():
    compare("pixel_shuffle", normal(2, 8, 3, 2), 2)
    compare("pixel_unshuffle", normal(2, 2, 4, 6), 2)
    compare("channel_shuffle", normal(2, 6, 3), 3, constant=(0,))
    both_refuse("pixel_shuffle", normal(2, 7, 3, 2), 2)
    both_refuse("pixel_unshuffle", normal(2, 7, 3, 2), 2)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_attention(dtype):
    q, k, v = (normal(*s, dtype=dtype) for s in ((2, 3, 4, 5), (2, 3, 6, 5), (2, 3, 6, 2)))
    see = RNG(3).random((4, 6)) > 0.4
    bias = normal(2, 1, 4, 6, dtype=dtype)
    blind = see.copy()
    blind[1] = False
    compare("scaled_dot_product_attention", q, k, v)
    compare("scaled_dot_product_attention", q, k, v, scale=0.3)
    compare("scaled_dot_product_attention", q, k, v, is_causal=True)
    compare("scaled_dot_product_attention", q, k, v, attn_mask=see)
    compare("scaled_dot_product_attention", q, k, v, attn_mask=blind, double=False)
    compare("scaled_dot_product_attention", q, k, v, attn_mask=bias)
    compare("scaled_dot_product_attention", q[0, 0], k[0, 0], v[0, 0], is_causal=True)
    compare("scaled_dot_product_attention", normal(2, 6, 4, 5, dtype=dtype), k, v, enable_gqa=True)
    both_refuse("scaled_dot_product_attention", q, k, v, see, is_causal=True)
    both_refuse("scaled_dot_product_attention", q, k[..., :4].copy(), v)
    both_refuse("scaled_dot_product_attention", q, k, v, np.ones((4, 6), int))


def test_dropout_keeps_the_scale_that_it_has_there():
    x = np.ones((200, 50), np.float32)
    for name, how in (("dropout", {}), ("alpha_dropout", {"training": True})):
        for p in (0.0, 0.3, 1.0):
            y = getattr(TF, name)(torch.tensor(x), p, **how).numpy()
            z = getattr(F, name)(wrap(x), p, **how).array
            assert z.dtype == y.dtype
            np.testing.assert_allclose(np.unique(z), np.unique(y), rtol=1e-6)
    both_refuse("dropout", x, 1.5)
    both_refuse("dropout", x, -0.1)
