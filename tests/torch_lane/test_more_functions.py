"""Special functions, strides, counting, sequences, decompositions, pooling and CTC agree with PyTorch."""

import warnings

import numpy as np
import pytest

torch = pytest.importorskip("torch")

import micrograd_lab as lab  # noqa: E402
import micrograd_lab.nn.functional as F  # noqa: E402
from micrograd_lab import linalg  # noqa: E402
from micrograd_lab.errors import LabError  # noqa: E402

INF = float("inf")
FORCE = {True: {"force": True}, False: {}}  # torch keeps zeros that are no array


class Ours:
    """The library under test, with tensors made the same way on both sides."""

    force, nn, linalg = False, lab.nn, linalg

    def __getattr__(self, name):
        return getattr(lab, name)

    def make(self, x, grad):
        return lab.tensor(x.copy(), requires_grad=grad)


class Theirs:
    force, nn, linalg = True, torch.nn, torch.linalg

    def __getattr__(self, name):
        return getattr(torch, name)

    def make(self, x, grad):
        return torch.tensor(x.copy(), requires_grad=grad)


def parts(y):
    if isinstance(y, (tuple, list)):
        return [q for p in y for q in parts(p)]
    return [y] if hasattr(y, "dtype") else []


def run(T, f, arrays):
    floats = [x.dtype.kind == "f" for x in arrays]
    xs = [T.make(x, g) for x, g in zip(arrays, floats, strict=True)]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        ys = parts(f(T, *xs))
    rng = np.random.default_rng(5)
    out = [
        (str(y.dtype).replace("torch.", ""), y.detach().numpy(**FORCE[T.force]).copy()) for y in ys
    ]
    weights = [
        rng.normal(size=a.shape).astype(a.dtype) if a.dtype.kind == "f" else None for _, a in out
    ]
    roots = [
        (y, T.make(w, False))
        for y, w in zip(ys, weights, strict=True)
        if w is not None and y.requires_grad
    ]
    leaves = [x for x in xs if x.requires_grad]
    if not roots or not leaves:
        return out, [], []
    how = {"allow_unused": True, "materialize_grads": True}
    total = sum((y * w).sum() for y, w in roots)
    firsts = T.autograd.grad(total, leaves, create_graph=True, **how)
    alive = [g for g in firsts if g.requires_grad]
    seconds = []
    if alive:
        again = sum(
            (
                g
                * T.make(
                    rng.normal(size=tuple(g.shape)).astype(str(g.dtype).replace("torch.", "")),
                    False,
                )
            ).sum()
            for g in alive
        )
        try:
            seconds = T.autograd.grad(again, leaves, **how)
        except RuntimeError:
            seconds = []
    plain = lambda gs: [g.detach().numpy(**FORCE[T.force]) for g in gs]
    return out, plain(firsts), plain(seconds)


def compare(f, *arrays, second=True, rtol=1e-6, atol=1e-8):
    try:
        theirs = run(Theirs(), f, arrays)
    except (RuntimeError, IndexError, ValueError, TypeError):
        with pytest.raises((LabError, TypeError)):
            run(Ours(), f, arrays)
        return
    ours = run(Ours(), f, arrays)
    assert len(ours[0]) == len(theirs[0])
    if arrays and arrays[0].dtype == np.float32:
        rtol, atol = 2e-4, 2e-5
    for (dtype, a), (wanted, b) in zip(ours[0], theirs[0], strict=True):
        assert dtype == wanted
        assert a.shape == b.shape
        np.testing.assert_allclose(a, b, rtol=rtol, atol=atol)
    for k in (1, 2) if second else (1,):
        if ours[k] and theirs[k]:
            for a, b in zip(ours[k], theirs[k], strict=True):
                np.testing.assert_allclose(a, b, rtol=max(rtol, 1e-5) * 10, atol=atol * 100)


def normal(*shape, dtype=np.float64, seed=0):
    return np.random.default_rng([seed, *shape]).normal(size=shape).astype(dtype)


def whole(*shape, low=-3, high=4, seed=0):
    return np.random.default_rng([seed, *shape]).integers(low, high, shape)


SHAPES = [(), (1,), (0,), (4,), (3, 2), (2, 0, 3), (2, 3, 4)]

# fmt: off
UNARY = {
    "lgamma": lambda T, x: T.lgamma(abs(x) + 0.1), "digamma": lambda T, x: T.digamma(x.exp()),
    "polygamma": lambda T, x: T.polygamma(1, x.exp()), "erfinv": lambda T, x: T.erfinv(x.tanh() * 0.9),
    "i0": lambda T, x: T.i0(x), "sinc": lambda T, x: T.sinc(x),
    "sgn": lambda T, x: T.sgn(x), "frexp": lambda T, x: T.frexp(x), "ldexp": lambda T, x: T.ldexp(x, x.round()),
    "logaddexp2": lambda T, x: T.logaddexp2(x, -x), "copysign": lambda T, x: T.copysign(x, -x),
    "copysign_number": lambda T, x: T.copysign(x, -1.0), "nextafter": lambda T, x: T.nextafter(x, x + 1),
    "heaviside": lambda T, x: T.heaviside(x.detach().round(), x.detach()),
    "diff": lambda T, x: T.diff(x), "diff_0": lambda T, x: T.diff(x, dim=0, n=2),
    "diff_ends": lambda T, x: T.diff(x, dim=0, prepend=x, append=x),
    "trapezoid": lambda T, x: T.trapezoid(x, dx=0.5, dim=0), "cumulative": lambda T, x: T.cumulative_trapezoid(x),
    "trapezoid_x": lambda T, x: T.trapezoid(x, x.detach().cumsum(-1)),
    "cov": lambda T, x: T.cov(x), "cov_0": lambda T, x: T.cov(x, correction=0), "corrcoef": lambda T, x: T.corrcoef(x),
    "combinations": lambda T, x: T.combinations(x), "combinations_3": lambda T, x: T.combinations(x, 3, True),
    "vander": lambda T, x: T.vander(x.detach()), "vander_up": lambda T, x: T.vander(x.detach(), 3, increasing=True),
    "renorm": lambda T, x: T.renorm(x, 2, 0, 1.0), "renorm_1": lambda T, x: x.renorm(1, -1, 0.5),
    "unique_consecutive": lambda T, x: T.unique_consecutive(x.detach().round(), return_inverse=True, return_counts=True),
    "unique_dim": lambda T, x: T.unique_consecutive(x.detach().round(), True, True, dim=0),
    "histc": lambda T, x: T.histc(x.detach(), 5), "histc_range": lambda T, x: T.histc(x.detach(), 4, -1, 1),
    "isin": lambda T, x: T.isin(x.detach().round(), x.detach().round()[:1]),
    "unfold": lambda T, x: x.unfold(0, 2, 1), "unfold_last": lambda T, x: x.unfold(-1, 3, 2), "unfold_far": lambda T, x: x.unfold(1, 9, 1),
    "as_strided": lambda T, x: x.as_strided((2, 3), (1, 2)), "as_strided_0": lambda T, x: T.as_strided(x, (3, 2), (0, 1), 1),
    "sum_to_size": lambda T, x: x.sum_to_size(x.shape), "sum_to_1": lambda T, x: x.sum_to_size(1), "sum_to_no": lambda T, x: x.sum_to_size(7),
    "pdist": lambda T, x: T.pdist(x), "pdist_1": lambda T, x: T.nn.functional.pdist(x, 1.5),
    "vecdot": lambda T, x: T.linalg.vecdot(x, x + 1), "diagonal_scatter": lambda T, x: x.diagonal_scatter(T.diagonal(x) * 2),
    "put": lambda T, x: x.put(T.tensor([0, -1]), x.reshape(-1)[:2] * 2), "put_add": lambda T, x: x.put(T.tensor([0, 0]), x.reshape(-1)[:2], True),
    "vander_linalg": lambda T, x: T.linalg.vander(x, N=3),
    "lp_pool1d": lambda T, x: T.nn.functional.lp_pool1d(x.abs(), 3, 2), "lp_pool1d_inf": lambda T, x: T.nn.functional.lp_pool1d(x, 2, 2, 1, True),
}
# fmt: on


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("name", UNARY)
def test_functions_of_one_tensor(name, dtype):
    for shape in SHAPES:
        compare(UNARY[name], normal(*shape, dtype=dtype))


# fmt: off
WHOLE = {
    "bincount": lambda T, x: T.bincount(x), "bincount_min": lambda T, x: T.bincount(x.abs(), minlength=9),
    "gcd": lambda T, x: T.gcd(x, x + 3), "lcm": lambda T, x: T.lcm(x, x + 3), "diff": lambda T, x: T.diff(x),
    "unravel": lambda T, x: T.unravel_index(x.abs(), (2, 4)), "lgamma": lambda T, x: T.lgamma(x.abs() + 1),
    "sinc": lambda T, x: T.sinc(x), "combinations": lambda T, x: T.combinations(x), "vander": lambda T, x: T.vander(x),
    "copysign": lambda T, x: T.copysign(x, -x), "heaviside": lambda T, x: T.heaviside(x, x + 5), "histc": lambda T, x: T.histc(x.float()),
    "isin": lambda T, x: T.isin(x, T.tensor([1, 2]), invert=True), "unique": lambda T, x: T.unique_consecutive(x), "frexp": lambda T, x: T.frexp(x),
    "nextafter": lambda T, x: T.nextafter(x, x), "cov": lambda T, x: T.cov(x.double())
}
# fmt: on


@pytest.mark.parametrize("name", WHOLE)
def test_functions_of_whole_numbers(name):
    for shape in [(), (1,), (0,), (6,), (3, 4)]:
        compare(WHOLE[name], whole(*shape))
    compare(WHOLE[name], whole(7, low=0))


def test_weights_of_bincount_and_cov():
    x, w = whole(6, low=0), np.abs(normal(6))
    for weights in (w, w.astype(np.float32), whole(6, low=1)):
        compare(lambda T, x, w: T.bincount(x, w.detach()), x, weights)
    compare(lambda T, m, w: T.cov(m, aweights=w.detach()), normal(3, 6), w)
    compare(lambda T, m, n: T.cov(m, fweights=n), normal(3, 6), whole(6, low=1))
    compare(
        lambda T, m, n, w: T.cov(m, fweights=n, aweights=w.detach(), correction=0),
        normal(3, 6),
        whole(6, low=1),
        w,
    )


@pytest.mark.parametrize("reduce", ["prod", "mean", "amax", "amin", "sum"])
@pytest.mark.parametrize("own", [True, False])
def test_index_reduce(reduce, own):
    def f(T, x, s):
        return x.index_reduce(1, T.tensor([2, 0, 2]), s, reduce, include_self=own)

    compare(f, normal(3, 4), normal(3, 3, seed=1))
    compare(f, normal(3, 4), normal(3, 2))


@pytest.mark.parametrize("shape", [(4, 3), (3, 4), (3, 3), (2, 4, 3), (2, 3, 5), (0, 3), (3, 0)])
def test_qr_in_every_mode(shape):
    for mode in ("reduced", "complete", "r"):

        def signed(T, A, mode=mode):
            Q, R = T.linalg.qr(A, mode=mode)
            if mode == "complete" and shape[-2] > shape[-1]:
                return Q.detach() @ R.detach(), Q[..., : shape[-1]].abs().detach()
            return (Q @ R, Q.abs(), R.abs()) if mode == "reduced" else R.abs().detach()

        compare(signed, normal(*shape), second=False)


@pytest.mark.parametrize("shape", [(4, 3), (3, 4), (3, 3), (2, 4, 3), (1, 1), (2, 1)])
@pytest.mark.parametrize("full", [True, False])
def test_singular_vectors(shape, full):
    def f(T, A):
        U, S, Vh = T.linalg.svd(A, full_matrices=full)
        k = S.shape[-1]
        U, Vh = U[..., :k], Vh[..., :k, :]
        return S, U.abs(), Vh.abs(), (U * S[..., None, :].sin()) @ Vh  # signs are free

    compare(f, normal(*shape), second=not full)
    compare(lambda T, A: T.svd(A).V.abs(), normal(*shape))
    U, S, Vh = linalg.svd(lab.tensor(normal(*shape)), full_matrices=full)
    k = S.shape[-1]
    np.testing.assert_allclose(
        ((U[..., :k] * S[..., None, :]) @ Vh[..., :k, :]).array, normal(*shape), atol=1e-12
    )
    np.testing.assert_allclose(
        (U.mT @ U).array, np.broadcast_to(np.eye(U.shape[-1]), (U.mT @ U).shape), atol=1e-12
    )


# fmt: off
MATRICES = {
    "lstsq": (lambda T, A, B: tuple(T.linalg.lstsq(A, B))[:2], (5, 3), (5, 2)), "lstsq_gelsd": (lambda T, A, B: tuple(T.linalg.lstsq(A, B, driver="gelsd"))[:2], (5, 3), (5, 2)), "lstsq_wide": (lambda T, A, B: T.linalg.lstsq(A, B).solution, (3, 5), (3, 2)),
    "lstsq_batch": (lambda T, A, B: T.linalg.lstsq(A, B).solution, (2, 5, 3), (2, 5, 2)), "lstsq_rank": (lambda T, A, B: T.linalg.lstsq(A, B).rank, (5, 3), (5, 2)),
    "lstsq_no": (lambda T, A, B: T.linalg.lstsq(A, B), (5, 3), (4, 2)),
    "cholesky_solve": (lambda T, L, B: T.cholesky_solve(B, T.tril(L) + 3 * T.eye(3, dtype=T.float64)), (3, 3), (3, 2)),
    "cholesky_solve_upper": (lambda T, L, B: T.cholesky_solve(B, T.triu(L) + 3 * T.eye(3, dtype=T.float64), upper=True), (3, 3), (3, 2)),
    "matrix_exp": (lambda T, A, B: T.linalg.matrix_exp(A) @ B, (4, 4), (4, 1)), "matrix_exp_large": (lambda T, A, B: T.matrix_exp(A * 5) @ B, (2, 3, 3), (3, 1)),
    "linalg_diagonal": (lambda T, A, B: T.linalg.diagonal(A, offset=1) * B, (2, 3, 3), (2, 2)),
    "bilinear": (lambda T, A, B: T.nn.functional.bilinear(A, A, B), (4, 3), (2, 3, 3)), "bilinear_bias": (lambda T, A, B: T.nn.functional.bilinear(A, A, B, B[:, 0, 0]), (5, 4, 3), (2, 3, 3)),
    "pinverse": (lambda T, A, B: T.pinverse(A) @ B, (4, 3), (4, 1)),
    "cholesky_inverse": (lambda T, L, B: T.cholesky_inverse(T.tril(L) + 3 * T.eye(3, dtype=T.float64)) @ B, (3, 3), (3, 2)),
}
# fmt: on


@pytest.mark.parametrize("name", MATRICES)
def test_linear_algebra(name):
    f, a, b = MATRICES[name]
    compare(f, normal(*a), normal(*b, seed=1), rtol=1e-5, atol=1e-7)


@pytest.mark.parametrize("n", [1, 2, 3])
def test_max_unpool_puts_maxima_back(n):
    shape = (2, 3, 6, 7, 5)[: n + 2]
    for how in ({}, {"stride": 3}, {"padding": 1}):

        def f(T, x, how=how):
            pool, back = (
                getattr(T.nn.functional, f"{name}{n}d") for name in ("max_pool", "max_unpool")
            )
            y, where = pool(x, 3, return_indices=True, **how)
            return (
                back(y, where, 3, output_size=x.shape, **how),
                back(y, where, 3, output_size=x.shape[2:], **how),
                where,
            )

        compare(f, normal(*shape))
        compare(f, normal(*shape[1:]))
    compare(
        lambda T, x: getattr(T.nn.functional, f"max_unpool{n}d")(x, T.zeros(1), 2), normal(*shape)
    )


@pytest.mark.parametrize("n", [2, 3])
def test_fractional_max_pool_with_given_samples(n):
    shape, rng = (2, 3, 9, 8, 7)[: n + 2], np.random.default_rng(1)

    def f(T, x, u, how):
        pool = getattr(T.nn.functional, f"fractional_max_pool{n}d")
        return pool(x, 2, _random_samples=u.detach(), return_indices=True, **how)

    u = rng.random((2, 3, n))
    for how in (
        {"output_size": 4},
        {"output_ratio": (0.5, 0.5, 0.5)[:n]},
        {"output_size": (3, 5, 2)[:n]},
        {"output_size": 1},
        {"output_size": 20},
        {},
    ):
        compare(lambda T, x, u, how=how: f(T, x, u, how), normal(*shape), u)
    assert F.fractional_max_pool2d(lab.rand(1, 1, 6, 6), 2, 3).shape == (1, 1, 3, 3)


@pytest.mark.parametrize("n", [2, 3])
def test_lp_pool_of_more_axes(n):
    for p, kernel, stride in ((1, 2, None), (2, 2, 1), (3.0, (2, 1, 2)[:n], 2)):
        compare(
            lambda T, x, p=p, k=kernel, s=stride: getattr(T.nn.functional, f"lp_pool{n}d")(
                x.abs(), p, k, s
            ),
            normal(*(2, 3, 5, 6, 4)[: n + 2]),
        )


def test_pools_with_indices_under_their_own_names():
    for name in ("max_pool1d_with_indices", "adaptive_max_pool1d_with_indices"):
        compare(lambda T, x, name=name: getattr(T.nn.functional, name)(x, 2), normal(2, 3, 6))


@pytest.mark.parametrize(
    "name", ["relu_", "elu_", "selu_", "celu_", "leaky_relu_", "hardtanh_", "rrelu_"]
)
def test_activations_in_place(name):
    def f(T, x):
        y = x * 1
        z = getattr(T.nn.functional, name)(y)
        assert z is y
        return y

    compare(f, normal(3, 4))


# --- CTC ------------------------------------------------------------------------------------


@pytest.mark.parametrize("reduction", ["none", "mean", "sum"])
@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_ctc_loss(seed, reduction, dtype):
    rng = np.random.default_rng(seed)
    steps, count, classes, longest = 9, 3, 4, 4
    x = rng.normal(size=(steps, count, classes)).astype(dtype)
    times = rng.integers(6, steps + 1, count)
    lengths = rng.integers(0, longest, count)
    blank = int(rng.integers(classes))
    letters = np.array([c for c in range(classes) if c != blank])
    targets = letters[rng.integers(0, classes - 1, (count, longest))]
    for zero in (False, True):
        for row in (
            targets,
            np.concatenate([t[:n] for t, n in zip(targets, lengths, strict=True)]),
        ):

            def f(T, x, t, times, lengths, zero=zero):
                logs = T.nn.functional.log_softmax(x, 2)
                return T.nn.functional.ctc_loss(logs, t, times, lengths, blank, reduction, zero)

            compare(f, x, row, times, lengths, second=False, rtol=1e-6)


def test_ctc_loss_of_a_target_that_cannot_be_reached():
    x, t = normal(3, 1, 4), np.array([[1, 1, 2]])
    for zero in (True, False):
        theirs, ours = (
            T.nn.functional.ctc_loss(
                T.nn.functional.log_softmax(T.make(x, False), 2),
                T.make(t, False),
                T.tensor([3]),
                T.tensor([3]),
                zero_infinity=zero,
            ).item()
            for T in (Theirs(), Ours())
        )
        assert ours == theirs == (0 if zero else INF)


def test_ctc_loss_of_one_sequence_alone():
    def f(T, x, t):
        return T.nn.functional.ctc_loss(
            T.nn.functional.log_softmax(x, 1), t, T.tensor(5), T.tensor(2), reduction="none"
        )

    compare(f, normal(5, 4), np.array([1, 3]), second=False)
