"""Factors of matrices: Cholesky's, eigenvectors, and Q with R, each with its derivative."""

from typing import Any

import numpy as np

from micrograd_lab.errors import UndefinedError
from micrograd_lab.ops.axes import return_type
from micrograd_lab.ops.diagonals import tril_op, triu_op
from micrograd_lab.ops.inverses import solve_op
from micrograd_lab.ops.joining import cat
from micrograd_lab.ops.matrices import diagonal, eye, gaps, kernel, matrix, row, symmetric
from micrograd_lab.ops.op import by_hand, constant

Eigh = return_type("linalg_eigh", "eigenvalues", "eigenvectors")
QR = return_type("linalg_qr", "Q", "R")

# The factors below are those of A's symmetric part.  PyTorch reads one triangle, but passes the
# gradient to both: so what is missing in the other one is added first, and counts as constant.
mirror = constant("mirror", lambda A: np.tril(A) + np.tril(A, -1).mT - A)


def lower_half(x: Any) -> Any:
    """The lower triangle, with half of the diagonal."""
    return tril_op(x, diagonal=0) - x * (eye(x) * 0.5)


def _cholesky_vjp(g: Any, y: Any, A: Any) -> Any:
    middle = lower_half(y.mT @ tril_op(g, diagonal=0))
    return symmetric(solve_op(y.mT, solve_op(y.mT, middle.mT).mT))


def _cholesky_jvp(dA: Any, y: Any, A: Any) -> Any:
    return y @ lower_half(solve_op(y, solve_op(y, symmetric(dA)).mT))


cholesky_op = by_hand(
    "cholesky",
    kernel("cholesky", lambda A: np.linalg.cholesky(symmetric(A))),
    (_cholesky_vjp,),
    (_cholesky_jvp,),
)


def _eigenvectors_vjp(g: Any, y: Any, A: Any) -> Any:
    return symmetric(y @ (gaps(eigenvalues(A)) * (y.mT @ g)) @ y.mT)


def _eigenvectors_jvp(dA: Any, y: Any, A: Any) -> Any:
    return y @ (gaps(eigenvalues(A)) * (y.mT @ symmetric(dA) @ y))


def _eigenvalues_vjp(g: Any, y: Any, A: Any) -> Any:
    V = eigenvectors(A)
    return (V * row(g)) @ V.mT


def _eigenvalues_jvp(dA: Any, y: Any, A: Any) -> Any:
    V = eigenvectors(A)
    return diagonal(V.mT @ symmetric(dA) @ V)


# fmt: off
eigenvalues  = by_hand("eigvalsh", kernel("eigh", lambda A: np.linalg.eigvalsh(symmetric(A))), (_eigenvalues_vjp,), (_eigenvalues_jvp,))
eigenvectors = by_hand("eigenvectors", kernel("eigh", lambda A: np.linalg.eigh(symmetric(A))[1]),
                       (_eigenvectors_vjp,), (_eigenvectors_jvp,))
# fmt: on


def skew(x: Any) -> Any:
    """The skew-symmetric matrix with x's entries below the diagonal."""
    low = tril_op(x, diagonal=-1)
    return low - low.mT


def over(x: Any, R: Any) -> Any:
    """x R⁻¹"""
    return solve_op(R.mT, x.mT).mT


def _q_vjp(g: Any, y: Any, A: Any) -> Any:
    R = y.mT @ A
    inside = y.mT @ g
    turned = tril_op(inside - inside.mT, diagonal=-1)
    return over(y @ turned + g - y @ inside, R.mT)


def _q_jvp(dA: Any, y: Any, A: Any) -> Any:
    scaled = over(dA, y.mT @ A)
    inside = y.mT @ scaled
    return y @ skew(inside) + scaled - y @ inside


def _r_vjp(g: Any, y: Any, A: Any) -> Any:
    Q = over(A, y)
    g = triu_op(g, diagonal=0)
    middle = g @ y.mT
    low = tril_op(middle.mT - middle, diagonal=-1)
    return Q @ (g + over(low, y.mT))


def _r_jvp(dA: Any, y: Any, A: Any) -> Any:
    Q = over(A, y)
    inside = Q.mT @ dA
    return inside - skew(over(inside, y)) @ y


Q_op = by_hand("qr_q", kernel("qr", lambda A: np.linalg.qr(A).Q), (_q_vjp,), (_q_jvp,))
R_op = by_hand("qr_r", kernel("qr", lambda A: np.linalg.qr(A).R), (_r_vjp,), (_r_jvp,))
rest_of_q = constant(
    "qr_rest", kernel("qr", lambda A: np.linalg.qr(A, "complete").Q[..., A.shape[-1] :])
)


# --- the functions ---------------------------------------------------------------------------


def cholesky(A: Any, *, upper: bool = False) -> Any:
    """L, lower triangular with L Lᵀ = A, of which only the lower triangle is read; or Lᵀ."""
    A = matrix("cholesky", A)
    L = cholesky_op(A + mirror(A))
    return L.mT if upper else L


def eigh(A: Any, UPLO: str = "L") -> Any:
    """Eigenvalues in ascending order, and eigenvectors as columns, of symmetric matrices."""
    A = _one_triangle("eigh", A, UPLO)
    return Eigh(eigenvalues(A), eigenvectors(A))


def eigvalsh(A: Any, UPLO: str = "L") -> Any:
    """The eigenvalues of symmetric matrices, in ascending order."""
    return eigenvalues(_one_triangle("eigvalsh", A, UPLO))


def _one_triangle(name: str, A: Any, triangle: str) -> Any:
    if triangle.upper() not in ("L", "U"):
        raise UndefinedError(f"{name}: UPLO={triangle!r}: which triangle counts is 'L' or 'U'.")
    A = matrix(name, A) if triangle.upper() == "L" else matrix(name, A).mT
    return A + mirror(A)


def qr(A: Any, mode: str = "reduced") -> Any:
    """Q with orthonormal columns and R upper triangular, A = Q R.

    mode: "complete" makes Q square (what completes it counts as constant in the gradient), "r" leaves
    Q empty.
    """
    A = matrix("qr", A, square=False)
    if mode not in ("reduced", "complete", "r"):
        raise UndefinedError(f"qr: mode={mode!r}: use 'reduced', 'complete' or 'r'.")
    rows, columns = A.shape[-2:]
    if rows < columns:  # Q comes from the first columns alone
        first = A[..., :rows]
        Q, R = Q_op(first), cat([R_op(first), Q_op(first).mT @ A[..., rows:]], -1)
    else:
        Q, R = Q_op(A), R_op(A)
    if mode == "r":
        return QR(Q[..., :0].reshape((0,)), R)
    if mode == "complete" and rows > columns:
        below = np.zeros((*A.shape[:-2], rows - columns, columns), A.dtype)
        return QR(cat([Q, rest_of_q(A)], -1), cat([R, below], -2))
    return QR(Q, R)


FUNCTIONS: tuple[str, ...] = ()
METHODS = FUNCTIONS
IN_PLACE = FUNCTIONS
