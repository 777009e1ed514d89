"""Functions beside the common ones: what each of them promises, without PyTorch to ask."""

import itertools
import math

import numpy as np
import pytest

import micrograd_lab as lab
import micrograd_lab.nn.functional as F
from micrograd_lab import linalg
from micrograd_lab.autograd import gradcheck
from micrograd_lab.errors import DtypeError, ShapeError

rng = np.random.default_rng(3)


def t(*shape, low=-1.0, high=1.0):
    return lab.tensor(rng.uniform(low, high, shape), requires_grad=True)


# --- strides --------------------------------------------------------------------------------


def test_windows_of_unfold_collect_the_gradients_of_their_overlaps():
    x = lab.arange(5.0).requires_grad_()
    y = x.unfold(0, 3, 1)
    assert y.tolist() == [[0, 1, 2], [1, 2, 3], [2, 3, 4]]
    y.sum().backward()
    assert x.grad.tolist() == [1, 2, 3, 2, 1]


def test_as_strided_reads_any_steps_through_the_memory_and_no_further():
    x = lab.arange(6.0)
    assert x.as_strided((2, 2), (3, 1), 1).tolist() == [[1, 2], [4, 5]]
    with pytest.raises(ShapeError, match="entry 7"):
        x.as_strided((2, 2), (3, 3), 1)
    with pytest.raises(ShapeError, match="contiguous"):
        x.reshape(2, 3).T.as_strided((2,), (1,))


def test_views_by_strides_are_for_reading():
    with pytest.raises(ShapeError, match="clone"):
        lab.arange(4.0).unfold(0, 2, 1).add_(1)


@pytest.mark.parametrize(
    "through",
    [lambda c: c, lambda c: c[1:], lambda c: c.view(2, 2).T[1]],
    ids=["all", "part", "column"],
)
@pytest.mark.parametrize(
    "view",
    [lambda c: c.unfold(0, 2, 1), lambda c: c.contiguous().as_strided((2,), (1,))],
    ids=["unfold", "as_strided"],
)
def test_views_by_strides_come_anew_from_a_base_that_was_changed(through, view):
    b = lab.arange(4.0).requires_grad_()
    c = b * 1
    w = view(through(c))
    before = w.tolist()
    c.mul_(3)
    changed = w.tolist() != before  # unless the view had to be of a copy
    w.sum().backward()
    (wanted,) = lab.autograd.grad(view(through(b)).sum(), b)
    np.testing.assert_array_equal(b.grad.array, wanted.array * (3 if changed else 1))


def test_sum_to_size_undoes_broadcasting():
    assert lab.ones(2, 3).sum_to_size(1, 3).tolist() == [[2, 2, 2]]
    assert lab.ones(2, 3).sum_to_size(3).tolist() == [2, 2, 2]
    with pytest.raises(ShapeError, match="broadcast"):
        lab.ones(2, 3).sum_to_size(2)


# --- counting -------------------------------------------------------------------------------


def test_unique_consecutive_keeps_the_first_of_each_run():
    x = lab.tensor([1, 1, 2, 2, 2, 1])
    values, run, length = x.unique_consecutive(return_inverse=True, return_counts=True)
    assert (values.tolist(), run.tolist()) == ([1, 2, 1], [0, 0, 1, 1, 1, 2])
    assert length.tolist() == [2, 3, 1]


def test_bincount_counts_or_adds_weights():
    x = lab.tensor([0, 2, 2])
    assert x.bincount().tolist() == [1, 0, 2]
    assert lab.bincount(x, lab.tensor([0.5, 1.0, 2.0]), 4).tolist() == [0.5, 0, 3, 0]
    with pytest.raises(ShapeError, match="negative"):
        lab.bincount(lab.tensor([-1]))
    with pytest.raises(DtypeError):
        lab.bincount(lab.tensor([1.0]))


def test_isin_takes_numbers_and_tensors():
    x = lab.tensor([1, 2, 3])
    assert lab.isin(x, lab.tensor([1, 3])).tolist() == [True, False, True]
    assert lab.isin(x, 2, invert=True).tolist() == [True, False, True]
    assert lab.isin(2, x).item() is True


def test_unravel_index_undoes_flattening():
    rows, columns = lab.unravel_index(lab.tensor([0, 4, 5]), (2, 3))
    assert (rows.tolist(), columns.tolist()) == ([0, 1, 1], [0, 1, 2])


# --- sequences and special functions --------------------------------------------------------


def test_diff_undoes_cumsum_and_the_area_under_a_line_is_exact():
    x = t(5)
    np.testing.assert_allclose(
        lab.diff(x.cumsum(0), prepend=lab.zeros(1, dtype=lab.float64)).array, x.array
    )
    line = lab.linspace(0, 2, 5)
    assert lab.trapezoid(3 * line, line).item() == 6.0


def test_correlations_are_covariances_of_standardised_rows():
    x = t(3, 8)
    rows = (x - x.mean(1, keepdim=True)) / x.std(1, keepdim=True)
    np.testing.assert_allclose(lab.corrcoef(x).array, lab.cov(rows).array)


def test_frexp_takes_every_float_apart_and_ldexp_puts_it_together():
    x = lab.tensor([0.0, 1.0, -3.5, 5e-324, 1.7e308, -(2.0**-1060)], dtype=lab.float64)
    mantissa, exponent = lab.frexp(x)
    assert ((mantissa.abs() >= 0.5) | (x == 0)).all()
    np.testing.assert_array_equal(np.ldexp(mantissa.array, exponent.array), x.array)


def test_the_curvature_of_sinc_at_zero_is_known():
    x = lab.zeros(1, dtype=lab.float64).requires_grad_()
    (g,) = lab.autograd.grad(lab.sinc(x), x, create_graph=True)
    g.backward()
    assert x.grad.item() == pytest.approx(-(math.pi**2) / 3)


def test_factorials_are_gamma_functions():
    n = lab.arange(1.0, 8.0, dtype=lab.float64)
    np.testing.assert_allclose(lab.lgamma(n + 1).exp().array, np.cumprod(n.array))


# --- linear algebra -------------------------------------------------------------------------


@pytest.mark.parametrize("shape", [(4, 3), (3, 4), (2, 3, 3)])
def test_the_svd_multiplies_back_and_its_gradient_is_a_slope(shape):
    A = t(*shape)
    U, S, Vh = linalg.svd(A, full_matrices=False)
    np.testing.assert_allclose(((U * S[..., None, :]) @ Vh).array, A.array, atol=1e-12)

    def truncated(A):
        U, S, Vh = linalg.svd(A, full_matrices=False)
        return (U[..., :2] * S[..., None, :2]) @ Vh[..., :2, :]

    assert gradcheck(truncated, (A,))


def test_a_singular_matrix_still_has_orthonormal_singular_vectors():
    A = lab.ones(3, 2, dtype=lab.float64)
    U = linalg.svd(A).U
    np.testing.assert_allclose((U.mT @ U).array, np.eye(3), atol=1e-12)


@pytest.mark.parametrize("shape", [(4, 2), (2, 4), (3, 3)])
def test_qr_of_any_shape_multiplies_back_and_has_a_gradient(shape):
    A = t(*shape)
    for mode in ("reduced", "complete"):
        Q, R = linalg.qr(A, mode)
        np.testing.assert_allclose((Q @ R).array, A.array, atol=1e-12)
        np.testing.assert_allclose((Q.mT @ Q).array, np.eye(Q.shape[-1]), atol=1e-12)
    assert gradcheck(lambda A: tuple(linalg.qr(A)), (A,))


def test_least_squares_leave_nothing_along_the_columns():
    A, B = t(6, 3), t(6, 2)
    X = linalg.lstsq(A, B).solution
    np.testing.assert_allclose((A.mT @ (A @ X - B)).array, 0, atol=1e-12)
    assert gradcheck(lambda A, B: linalg.lstsq(A, B).solution, (A, B))


def test_the_exponential_of_a_skew_matrix_is_a_rotation():
    angle = 2.5
    y = lab.matrix_exp(lab.tensor([[0, -angle], [angle, 0]], dtype=lab.float64))
    c, s = math.cos(angle), math.sin(angle)
    np.testing.assert_allclose(y.array, [[c, -s], [s, c]], atol=1e-12)
    assert gradcheck(lab.matrix_exp, (t(3, 3),))


def test_a_cholesky_factor_solves():
    L = lab.tril(t(3, 3)) + 2 * lab.eye(3, dtype=lab.float64)
    B = t(3, 2)
    for upper, factor in ((False, L), (True, L.mT)):
        np.testing.assert_allclose((L @ L.mT @ lab.cholesky_solve(B, factor, upper)).array, B.array)
        np.testing.assert_allclose(
            (L @ L.mT @ lab.cholesky_inverse(factor, upper)).array, np.eye(3), atol=1e-12
        )


# --- pooling, CTC, in place -----------------------------------------------------------------


def test_max_unpool_puts_each_maximum_where_it_was():
    x = t(1, 2, 4, 6)
    y, where = F.max_pool2d(x, 2, return_indices=True)
    back = F.max_unpool2d(y, where, 2)
    kept = back.array != 0
    assert kept.sum() == y.numel()
    np.testing.assert_array_equal(back.array[kept], x.array[kept])
    back.sum().backward()
    np.testing.assert_array_equal(x.grad.array, kept)


def test_fractional_windows_cover_the_input_from_end_to_end():
    x = lab.arange(49.0).reshape(1, 1, 7, 7)
    for _ in range(5):
        y, where = F.fractional_max_pool2d(x, 2, output_ratio=0.6, return_indices=True)
        assert y.shape == (1, 1, 4, 4)
        assert where.array[0, 0, -1, -1] == 48
        assert (np.diff(y.array[0, 0], axis=0) > 0).all()


def test_ctc_adds_up_every_way_to_place_the_letters():
    steps, classes, target = 4, 3, [1, 2]
    logs = F.log_softmax(t(steps, classes), 1)
    total = 0.0
    for path in itertools.product(range(classes), repeat=steps):
        read = [c for c, _ in itertools.groupby(path) if c != 0]
        if read == target:
            total += math.exp(sum(logs.array[k, c] for k, c in enumerate(path)))
    loss = F.ctc_loss(logs, lab.tensor(target), lab.tensor(steps), lab.tensor(2), reduction="sum")
    assert loss.item() == pytest.approx(-math.log(total))


def test_ctc_has_gradients_of_every_order():
    def loss(x):
        lengths = lab.tensor([5, 4]), lab.tensor([2, 1])
        return F.ctc_loss(F.log_softmax(x, 2), lab.tensor([[1, 1], [2, 0]]), *lengths)

    assert gradcheck(loss, (t(5, 2, 3),))
    assert lab.autograd.gradgradcheck(loss, (t(5, 2, 3),))


def test_ctc_of_a_target_that_does_not_fit_is_infinite_or_nothing():
    logs = F.log_softmax(t(2, 1, 3), 2)
    args = lab.tensor([[1, 1]]), lab.tensor([2]), lab.tensor([2])
    assert F.ctc_loss(logs, *args).item() == math.inf
    loss = F.ctc_loss(logs, *args, zero_infinity=True)
    loss.backward()
    assert loss.item() == 0


def test_index_reduce_and_put_change_whole_slices_and_single_entries():
    x = lab.ones(3, 2)
    y = x.index_reduce(0, lab.tensor([0, 0]), lab.tensor([[2.0, 3], [4, 5]]), "prod")
    assert y.tolist() == [[8, 15], [1, 1], [1, 1]]
    x.put_(lab.tensor([1, -1]), lab.tensor([5.0, 6.0]))
    assert x.tolist() == [[1, 5], [1, 1], [1, 6]]


def test_activations_with_an_underscore_overwrite_their_input():
    x = lab.tensor([-1.0, 2.0])
    assert F.relu_(x) is x
    assert x.tolist() == [0, 2]
