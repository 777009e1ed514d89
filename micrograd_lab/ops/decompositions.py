"""Singular vectors with their derivatives, least squares, and what a Cholesky factor solves."""

from typing import Any

import numpy as np

from micrograd_lab.errors import DtypeError, ShapeError
from micrograd_lab.ops.axes import return_type
from micrograd_lab.ops.contractions import matmul
from micrograd_lab.ops.copies import flip
from micrograd_lab.ops.inverses import inv, pinv, solve_triangular
from micrograd_lab.ops.joining import cat
from micrograd_lab.ops.matrices import eye, gaps, kernel, matrix, row
from micrograd_lab.ops.op import Array, by_hand, constant, reshape, sum_over
from micrograd_lab.ops.plain import plain
from micrograd_lab.ops.reductions import nonzero_or_one
from micrograd_lab.ops.singular import matrix_rank, right_vectors, singular_values, square

SVD = return_type("linalg_svd", "U", "S", "Vh")
OldSVD = return_type("svd", "U", "S", "V")
Lstsq = return_type("linalg_lstsq", "solution", "residuals", "rank", "singular_values")


def _left_vjp(g: Any, y: Any, A: Any) -> Any:
    s = singular_values(A)
    turned = y.mT @ g
    inside = gaps(square(s)) * turned
    outside = (g - y @ turned) / row(nonzero_or_one(s))
    return y @ (inside + inside.mT) @ (y.mT @ A) + outside @ right_vectors(A).mT


def _left_jvp(dA: Any, y: Any, A: Any) -> Any:
    s = singular_values(A)
    inside = y.mT @ dA @ (A.mT @ y)
    outside = dA @ right_vectors(A)
    return (
        y @ (gaps(square(s)) * (inside + inside.mT))
        + (outside - y @ (y.mT @ outside)) / row(nonzero_or_one(s))
    )  # fmt: skip


def _rest(A: Array) -> Array:
    """Columns that complete the left singular vectors to a square orthogonal matrix."""
    return np.linalg.svd(A, full_matrices=True).U[..., A.shape[-1] :]


# In ascending order, of matrices with at least as many rows as columns; signs as in right_vectors.
left_vectors = by_hand(
    "left_vectors",
    kernel("svd", lambda A: np.linalg.svd(A, full_matrices=False).U[..., ::-1]),
    (_left_vjp,),
    (_left_jvp,),
)
rest_op = constant("left_rest", kernel("svd", _rest))


def linalg_svd(A: Any, full_matrices: bool = True, *, driver: Any = None) -> Any:
    """A = U diag(S) Vh: orthonormal columns, singular values in descending order, orthonormal rows.

    full_matrices: U and Vh are square; what completes them counts as constant in the gradient.
    The gradient of U and Vh grows without bound where singular values come close to each other.
    """
    A = matrix("svd", A, square=False)
    if A.shape[-2] < A.shape[-1]:
        V, S, Uh = linalg_svd(A.mT, full_matrices)
        return SVD(Uh.mT, S, V.mT)
    U = flip(left_vectors(A), (-1,))
    if full_matrices and A.shape[-2] > A.shape[-1]:
        U = cat([U, rest_op(A)], -1)
    return SVD(U, flip(singular_values(A), (-1,)), flip(right_vectors(A), (-1,)).mT)


def svd(input: Any, some: bool = True, compute_uv: bool = True) -> Any:
    """linalg.svd in its older form: it returns V, not its transpose."""
    U, S, Vh = linalg_svd(input, not some)
    return OldSVD(U, S, Vh.mT)


def lstsq(A: Any, B: Any, rcond: float | None = None, *, driver: Any = None) -> Any:
    """(solution, residuals, rank, singular_values): the X for which A X is nearest to B.

    residuals: the squared distances, if a driver is named ("gels", "gelsd", "gelss") and they are
    determined (more rows than columns, full rank); as in PyTorch, whose default driver has none.
    """
    A = matrix("lstsq", A, square=False)
    if A.dtype != B.dtype:
        raise DtypeError(f"lstsq: A holds {A.dtype}, B {B.dtype}. Convert one of them.")
    vectors = B.ndim == A.ndim - 1 and tuple(B.shape) == tuple(A.shape[:-1])
    columns = reshape(B, shape=(*B.shape, 1)) if vectors else B
    if columns.ndim < 2 or columns.shape[-2] != A.shape[-2]:
        raise ShapeError(f"lstsq: A {tuple(A.shape)} and B {tuple(B.shape)} do not fit.")
    X = matmul(pinv(A, rtol=rcond), columns)
    rank = matrix_rank(A)
    rows, unknowns = A.shape[-2:]
    residuals = nothing = reshape(columns, shape=(-1,))[:0]
    known = driver in ("gels", "gelsd", "gelss") and rows > unknowns
    if known and (plain(rank) == unknowns).all():
        residuals = sum_over(square(matmul(A, X) - columns), dim=(X.ndim - 2,), keepdim=False)
    solution = reshape(X, shape=tuple(X.shape[:-1])) if vectors else X
    return Lstsq(solution, residuals, rank, nothing)


def cholesky_solve(B: Any, L: Any, upper: bool = False) -> Any:
    """X with A X = B, where L is the Cholesky factor of A."""
    if upper:
        return solve_triangular(L, solve_triangular(L.mT, B, upper=False), upper=True)
    return solve_triangular(L.mT, solve_triangular(L, B, upper=False), upper=True)


def cholesky_inverse(L: Any, upper: bool = False) -> Any:
    """The inverse of A, where L is the Cholesky factor of A."""
    L = matrix("cholesky_inverse", L)
    return inv(matmul(L.mT, L) if upper else matmul(L, L.mT))


def matrix_exp(A: Any) -> Any:
    """e to the power of a matrix: Σ Aᵏ / k!, of A halved until it is small, then squared again."""
    A = matrix("matrix_exp", A)
    size = np.abs(plain(A)).sum(-1).max(initial=0.0)
    halvings = int(np.ceil(np.log2(size / 0.5))) if np.isfinite(size) and size > 0.5 else 0
    small = A * 0.5**halvings
    one = eye(A)
    y = one + small * (1 / 18)
    for k in range(17, 0, -1):  # Horner's scheme
        y = one + matmul(small, y) * (1 / k)
    for _ in range(halvings):
        y = matmul(y, y)
    return y


def linalg_diagonal(A: Any, *, offset: int = 0, dim1: int = -2, dim2: int = -1) -> Any:
    """A view of a diagonal of each matrix."""
    from micrograd_lab.ops.diagonals import diagonal

    return diagonal(A, offset, dim1, dim2)


def linalg_vander(x: Any, *, N: int | None = None) -> Any:
    """The powers 0 to N - 1 of each entry, along a new last dim."""
    from micrograd_lab.ops.joining import stack
    from micrograd_lab.ops.views import atleast_1d

    x = atleast_1d(x)
    return stack([x**k for k in range(x.shape[-1] if N is None else N)], -1)


def pinverse(input: Any, rcond: float = 1e-15) -> Any:
    """linalg.pinv, under its older name."""
    return pinv(input, rtol=rcond)


FUNCTIONS = ("cholesky_inverse", "cholesky_solve", "matrix_exp", "pinverse", "svd")
METHODS = FUNCTIONS
IN_PLACE: tuple[str, ...] = ()
