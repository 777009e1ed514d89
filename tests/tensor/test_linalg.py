"""Linear algebra: what each function promises of its result, and clear refusals."""

import numpy as np
import pytest

import micrograd_lab as lab
from micrograd_lab import linalg
from micrograd_lab.errors import DtypeError, ShapeError, SingularError

RNG = np.random.default_rng(5)


def t(*shape):
    return lab.tensor(RNG.normal(size=shape))


def close(a, b):
    np.testing.assert_allclose(np.asarray(a), np.asarray(b), atol=1e-10)


def test_inverses_and_solutions_undo_the_matrix():
    A, B = t(2, 4, 4), t(2, 4, 3)
    close(linalg.inv(A) @ A, np.broadcast_to(np.eye(4), (2, 4, 4)))
    close(A @ linalg.solve(A, B), B)
    close(linalg.solve(A, B.mT, left=False) @ A, B.mT)


def test_factors_multiply_to_the_matrix():
    A = t(2, 5, 3)
    Q, R = linalg.qr(A)
    close(Q @ R, A)
    symmetric = A.mT @ A
    L = linalg.cholesky(symmetric)
    close(L @ L.mT, symmetric)
    values, vectors = linalg.eigh(symmetric)
    close((vectors * values[:, None, :]) @ vectors.mT, symmetric)
    close(linalg.svdvals(A) ** 2, lab.flip(values, (-1,)))


def test_determinants_agree_with_each_other():
    A = t(3, 4, 4)
    sign, size = linalg.slogdet(A)
    close(sign * lab.exp(size), linalg.det(A))


def test_the_determinant_of_a_singular_matrix_has_a_gradient():
    A = lab.tensor([[1.0, 2.0], [2.0, 4.0]], requires_grad=True)
    lab.det(A).backward()
    np.testing.assert_allclose(A.grad.numpy(), [[4, -2], [-2, 1]], atol=1e-5)


@pytest.mark.parametrize(
    "f", [linalg.inv, linalg.det, linalg.cholesky, linalg.eigh, linalg.slogdet]
)
def test_a_matrix_must_be_square(f):
    with pytest.raises(ShapeError, match=r"must be square, found shape \(2, 3\)"):
        f(t(2, 3))


def test_singular_and_indefinite_matrices_are_named():
    with pytest.raises(SingularError, match="inv: of the matrices of shape"):
        linalg.inv(lab.zeros(2, 2))
    with pytest.raises(SingularError, match="solve"):
        linalg.solve(lab.zeros(2, 2), lab.ones(2))
    with pytest.raises(SingularError, match="not positive definite"):
        linalg.cholesky(-lab.eye(2))


def test_integers_are_refused():
    with pytest.raises(DtypeError, match=r"Convert: A.float\(\)"):
        linalg.inv(lab.eye(2, dtype=lab.int64))
