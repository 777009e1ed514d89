"""Sums, extremes, spreads, norms, orders and scans: right values, and right derivatives of both orders."""

import numpy as np
import pytest

import micrograd_lab.methods  # noqa: F401
from micrograd_lab.autograd import grad
from micrograd_lab.errors import DtypeError, ShapeError
from micrograd_lab.forward import jvp
from micrograd_lab.ops import norms, reductions, scans, softmax, sorting, spreads
from micrograd_lab.ops.norms import norm, vector_norm
from micrograd_lab.tensor import Tensor, wrap

INF = float("inf")

DIFFERENTIABLE = {
    "sum": lambda x: x.sum(1),
    "mean": lambda x: x.mean((0, 2)),
    "nansum": lambda x: x.nansum(-1),
    "nanmean": lambda x: x.nanmean(0, keepdim=True),
    "prod": lambda x: x.prod(2),
    "prod of all": lambda x: x.prod(),
    "var": lambda x: x.var((0, 2)),
    "std": lambda x: x.std(1, correction=0),
    "var_mean": lambda x: spreads.var_mean(x, 1)[0] * spreads.var_mean(x, 1)[1],
    "amax": lambda x: x.amax((1, 2)),
    "amin": lambda x: x.amin(keepdim=True),
    "max": lambda x: x.max(2).values,
    "min of all": lambda x: x.min(),
    "median": lambda x: x.median(1, keepdim=True).values,
    "median of all": lambda x: x.median(),
    "logsumexp": lambda x: x.logsumexp((0, 1)),
    "softmax": lambda x: x.softmax(-1),
    "log_softmax": lambda x: x.log_softmax(1),
    "softmin": lambda x: softmax.softmin(x, 0),
    "sort": lambda x: x.sort(1, descending=True).values,
    "topk": lambda x: x.topk(2, 1).values,
    "kthvalue": lambda x: x.kthvalue(2, 0).values,
    "quantile": lambda x: x.quantile(0.3, 2),
    "quantiles": lambda x: x.quantile(wrap(np.array([0.1, 0.8])), 1, keepdim=True),
    "cumsum": lambda x: x.cumsum(1),
    "cumprod": lambda x: x.cumprod(2),
    "logcumsumexp": lambda x: x.logcumsumexp(1),
    "cummax": lambda x: x.cummax(1).values,
    "norm": lambda x: norm(x, dim=1),
    "norm 1": lambda x: vector_norm(x, 1, (0, 2)),
    "norm 3": lambda x: vector_norm(x, 3, 2),
    "norm 1/2": lambda x: vector_norm(x, 0.5),
    "norm inf": lambda x: vector_norm(x, INF, 1, keepdim=True),
    "norm -inf": lambda x: vector_norm(x, -INF),
    "dist": lambda x: norms.dist(x, x * x, 2),
}


def entries(seed=0):
    """(2, 3, 4) entries that are all different, none near 0."""
    rng = np.random.default_rng(seed)
    sizes = rng.permutation(np.linspace(0.4, 1.9, 24)) * rng.choice([-1, 1], 24)
    return sizes.reshape(2, 3, 4)


def slope(f, x, v, h=1e-5):
    """The directional derivative by a central difference."""
    return (f(x + h * v) - f(x - h * v)) / (2 * h)


@pytest.mark.parametrize("name", DIFFERENTIABLE)
def test_the_gradient_is_what_differences_say_and_so_is_its_gradient(name):
    f = DIFFERENTIABLE[name]
    rng = np.random.default_rng(1)
    x, v, u = entries(), rng.standard_normal((2, 3, 4)), rng.standard_normal((2, 3, 4))
    g = rng.standard_normal(f(wrap(x)).shape)

    leaf = Tensor(x, requires_grad=True)
    (dx,) = grad(f(leaf), leaf, g, create_graph=True)
    assert (dx.array * v).sum() == pytest.approx(
        slope(lambda a: (f(wrap(a)).array * g).sum(), x, v)
    )

    def pulled(a):
        leaf = Tensor(a, requires_grad=True)
        return (grad(f(leaf), leaf, g)[0].array * v).sum()

    if dx.requires_grad:
        (ddx,) = grad(dx, leaf, v, allow_unused=True, materialize_grads=True)
        found = (ddx.array * u).sum()
    else:
        found = 0.0
    assert found == pytest.approx(slope(pulled, x, u), rel=1e-5, abs=1e-7)


@pytest.mark.parametrize("name", DIFFERENTIABLE)
def test_forward_mode_agrees_with_differences(name):
    f = DIFFERENTIABLE[name]
    x, v = entries(), np.random.default_rng(2).standard_normal((2, 3, 4))
    _, dy = jvp(f, (wrap(x),), (wrap(v),))
    np.testing.assert_allclose(dy.array, slope(lambda a: f(wrap(a)).array, x, v), 1e-6, 1e-8)


@pytest.mark.parametrize("name", ["prod", "cumprod"])
@pytest.mark.parametrize("zeros", [(), (1,), (1, 3), (0, 1, 4)], ids=str)
def test_a_product_with_zeros_has_right_gradients_of_both_orders(name, zeros):
    def f(x):
        return getattr(x, name)(0)

    rng = np.random.default_rng(3)
    x, v, u = entries().reshape(-1)[:5].copy(), rng.standard_normal(5), rng.standard_normal(5)
    x[list(zeros)] = 0
    g = rng.standard_normal(f(wrap(x)).shape)

    def pulled(a):
        leaf = Tensor(a, requires_grad=True)
        return (grad(f(leaf), leaf, g)[0].array * v).sum()

    leaf = Tensor(x, requires_grad=True)
    (dx,) = grad(f(leaf), leaf, g, create_graph=True)
    (ddx,) = grad(dx, leaf, v)
    assert pulled(x) == pytest.approx(slope(lambda a: (f(wrap(a)).array * g).sum(), x, v), abs=1e-8)
    assert (ddx.array * u).sum() == pytest.approx(slope(pulled, x, u), abs=1e-8)


def test_entries_that_tie_share_the_gradient_unless_one_index_is_returned():
    def gradient(f):
        x = Tensor(np.array([1.0, 3.0, 3.0, 0.0]), requires_grad=True)
        return grad(f(x), x)[0].tolist()

    assert gradient(lambda x: x.amax()) == [0, 0.5, 0.5, 0]
    assert gradient(lambda x: x.max()) == [0, 0.5, 0.5, 0]
    assert gradient(lambda x: x.max(0).values) == [0, 1, 0, 0]
    assert gradient(lambda x: vector_norm(x, INF)) == [0, 0.5, 0.5, 0]


def test_at_its_corner_a_norm_has_gradient_zero():
    for p in (1, 2, 3, 0.5, INF):
        x = Tensor(np.zeros(3), requires_grad=True)
        assert grad(vector_norm(x, p), x)[0].tolist() == [0, 0, 0]
    x = Tensor(np.ones(3), requires_grad=True)
    assert grad(x.std(), x)[0].tolist() == [0, 0, 0]


def test_sums_of_integers_are_int64_and_their_mean_is_an_error():
    for dtype in ("bool", "uint8", "int32", "int64"):
        x = wrap(np.ones((2, 3), dtype))
        for y in (x.sum(), x.prod(), x.cumsum(0), x.cumprod(1), x.count_nonzero()):
            assert y.dtype == np.int64
        with pytest.raises(DtypeError, match=r"mean of .*float"):
            x.mean()
        assert x.mean(dtype=np.float32).dtype == np.float32
        assert x.logsumexp(0).dtype == np.float32
    assert wrap(np.ones(2, "f")).sum(dtype=np.float64).dtype == np.float64


def test_empty_reductions_give_the_neutral_element_or_an_error():
    x = wrap(np.zeros((0, 3)))
    assert x.sum().item() == 0
    assert x.prod(0).tolist() == [1, 1, 1]
    assert np.isnan(x.mean().item())
    assert x.logsumexp(0).tolist() == [-INF] * 3
    assert x.all().item()
    assert not x.any().item()
    assert x.amax(1).shape == (0,)
    for f in (x.max, x.min, x.argmax, x.amax, x.aminmax, lambda: x.max(0), lambda: x.median(0)):
        with pytest.raises(ShapeError, match="empty"):
            f()


def test_a_dim_that_does_not_exist_is_named_with_the_range_there_is():
    x = wrap(np.zeros((2, 3)))
    for f in (x.sum, x.mean, x.max, x.argmax, x.softmax, x.cumsum, x.sort, x.prod, x.std, x.mode):
        with pytest.raises(ShapeError, match=r"dim=2 .*-2 to 1"):
            f(2)
    with pytest.raises(ShapeError, match="more than once"):
        x.sum((0, -2))
    with pytest.raises(ShapeError, match="k=4"):
        x.topk(4)


def test_pairs_have_names_and_print_as_pytorch_prints_them():
    x = wrap(np.array([[1.0, 3.0], [4.0, 2.0]]))
    values, indices = largest = x.max(dim=1)
    assert largest.values is values
    assert largest.indices is indices
    assert indices.tolist() == [1, 0]
    assert repr(largest).startswith("torch.return_types.max(\nvalues=tensor(")
    assert x.aminmax().min.item() == 1


def test_numpys_words_axis_and_keepdims_are_understood():
    x = wrap(np.arange(6.0).reshape(2, 3))
    assert x.sum(axis=1, keepdims=True).tolist() == [[3], [12]]
    assert x.max(axis=0).values.tolist() == [3, 4, 5]


def test_functions_work_on_plain_arrays_and_return_arrays():
    x = np.arange(6.0).reshape(2, 3)
    for y in (
        reductions.sum(x, 1), reductions.mean(x), softmax.softmax(x, 1), spreads.var(x, 0),
        sorting.max(x, 1).values, sorting.sort(x).indices, scans.cumprod(x, 0), norm(x),
    ):  # fmt: skip
        assert isinstance(y, np.ndarray | np.generic)
    with pytest.raises(DtypeError, match=r"must be a Tensor, found list"):
        reductions.sum([1.0, 2.0])


def test_softmax_and_logsumexp_do_not_overflow():
    x = wrap(np.array([1000.0, 1001.0, -INF]))
    assert x.softmax(0).array.sum() == pytest.approx(1)
    assert x.log_softmax(0).array[1] == pytest.approx(-np.log1p(np.exp(-1)))
    assert x.logsumexp(0).item() == pytest.approx(1001 + np.log1p(np.exp(-1)))
    assert x.logcumsumexp(0).array[2] == pytest.approx(x.logsumexp(0).item())


def test_nan_is_the_largest_in_an_order_and_goes_through_extremes():
    x = wrap(np.array([1.0, np.nan, 0.0]))
    assert np.isnan(x.max().item())
    assert x.argmax().item() == 1
    assert x.sort().indices.tolist() == [2, 0, 1]
    assert np.isnan(x.median(0).values.item())
    assert x.nanmedian().item() == 0
    assert x.nansum().item() == 1
    assert x.nanmean().item() == 0.5


def test_softmax_keeps_only_its_result_and_a_sum_keeps_nothing():
    x = Tensor(np.ones((2, 3)), requires_grad=True)
    assert [v is not None for v in x.softmax(1).grad_fn.saved] == [True, False]
    assert not x.sum().grad_fn.versions
    assert not x.mean().grad_fn.versions
    assert not x.cumsum(0).grad_fn.versions
