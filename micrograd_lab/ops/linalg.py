"""Linear algebra: what solves, factors and measures matrices, each with its derivative.

Matrices lie in the last two axes, batch by batch.  In the rules dA is a nudge of the matrix and g
the upstream gradient; the rule of the tangent stands beside its transpose.
"""

from typing import Any

import numpy as np

from micrograd_lab.errors import DtypeError, ShapeError, SingularError, UndefinedError
from micrograd_lab.ops import elementwise
from micrograd_lab.ops.axes import return_type
from micrograd_lab.ops.contractions import matmul
from micrograd_lab.ops.copies import flip
from micrograd_lab.ops.diagonals import diagonal_op, tril_op, triu_op
from micrograd_lab.ops.dims import one_dim
from micrograd_lab.ops.norms import vector_norm
from micrograd_lab.ops.op import (
    Array,
    Op,
    Rule,
    broadcast_to,
    by_hand,
    constant,
    reshape,
    sum_over,
    sum_to_shape,
)
from micrograd_lab.ops.reductions import amax_op, amin_op, nonzero_or_one

Slogdet = return_type("linalg_slogdet", "sign", "logabsdet")
Eigh = return_type("linalg_eigh", "eigenvalues", "eigenvectors")
QR = return_type("linalg_qr", "Q", "R")


def wide(x: Any) -> Any:
    """One number for each matrix, ready to be multiplied by it."""
    return reshape(x, shape=(*x.shape, 1, 1))


def inner(a: Any, b: Any) -> Any:
    """Σ aᵢⱼ bᵢⱼ, matrix by matrix."""
    return sum_over(a * b, dim=(a.ndim - 2, a.ndim - 1), keepdim=False)


def diagonal(x: Any) -> Any:
    return diagonal_op(x, offset=0, dim1=x.ndim - 2, dim2=x.ndim - 1)


def eye(x: Any) -> Array:
    return np.eye(x.shape[-1], dtype=x.dtype)


def kernel(name: str, f: Rule) -> Rule:
    """f with LAPACK's complaints as ours, in the dtype of the input."""

    def forward(*xs: Array, **params: Any) -> Any:
        try:
            return f(*xs, **params).astype(xs[0].dtype, copy=False)
        except np.linalg.LinAlgError:
            raise SingularError(
                f"{name}: of the matrices of shape {xs[0].shape}, one is singular"
                + (" or not positive definite." if name == "cholesky" else ".")
                + " Look at its eigenvalues; adding a small multiple of the identity helps."
            ) from None

    return forward


# --- inverses and solutions ------------------------------------------------------------------
# fmt: off

inv_op = by_hand(
    "inv", kernel("inv", np.linalg.inv),
    (lambda g, y, A: -(y.mT @ g @ y.mT),),
    (lambda dA, y, A: -(y @ dA @ y),),
)
solve_op: Op = by_hand(  # of matrices; y solves A y = B
    "solve", kernel("solve", np.linalg.solve),
    (lambda g, y, A, B: sum_to_shape(-(solve_op(A.mT, g) @ y.mT), A.shape),
     lambda g, y, A, B: sum_to_shape(solve_op(A.mT, g), B.shape)),
    (lambda dA, y, A, B: -solve_op(A, dA @ y),
     lambda dB, y, A, B: solve_op(A, dB)),
)


def _pinv_vjp(g: Any, y: Any, A: Any, rcond: float) -> Any:
    Y, G = y.mT, g.mT
    return -(Y @ g @ Y) + (G - A @ (y @ G)) @ (y @ Y) + Y @ (y @ (G - (G @ y) @ A))


def _pinv_jvp(dA: Any, y: Any, A: Any, rcond: float) -> Any:
    Y, D = y.mT, dA.mT
    return -(y @ dA @ y) + (y @ Y) @ (D - (D @ A) @ y) + (D - y @ (A @ D)) @ (Y @ y)


pinv_op = by_hand("pinv", kernel("pinv", lambda A, rcond: np.linalg.pinv(A, rcond)), (_pinv_vjp,), (_pinv_jvp,))


# --- determinants ----------------------------------------------------------------------------


def _cofactors(A: Array) -> Any:
    """The derivative of the determinant, from the singular values: right for singular matrices too."""
    if A.size == 0:
        return np.zeros_like(A)
    U, s, Vh = np.linalg.svd(A)
    others = np.stack([np.delete(s, i, -1).prod(-1) for i in range(s.shape[-1])], -1)
    sign = np.linalg.det(U) * np.linalg.det(Vh)
    return sign[..., None, None] * ((U * others[..., None, :]) @ Vh)


def _cofactors_vjp(g: Any, y: Any, A: Any) -> Any:
    inverse = inv_op(A).mT
    return wide(inner(g, y)) * inverse - inverse @ g.mT @ y


def _cofactors_jvp(dA: Any, y: Any, A: Any) -> Any:
    inverse = inv_op(A).mT
    return wide(inner(dA, inverse)) * y - y @ dA.mT @ inverse


cofactors = by_hand("cofactors", kernel("det", _cofactors), (_cofactors_vjp,), (_cofactors_jvp,))
det_op    = by_hand("det", kernel("det", np.linalg.det),
                    (lambda g, y, A: wide(g) * cofactors(A),),
                    (lambda dA, y, A: inner(dA, cofactors(A)),))
logabsdet = by_hand("logabsdet", kernel("slogdet", lambda A: np.linalg.slogdet(A)[1]),
                    (lambda g, y, A: wide(g) * inv_op(A).mT,),
                    (lambda dA, y, A: inner(dA, inv_op(A).mT),))
sign_of_det = constant("sign_of_det", kernel("slogdet", lambda A: np.linalg.slogdet(A)[0]))


# --- factors ---------------------------------------------------------------------------------


def lower_half(x: Any) -> Any:
    """The lower triangle, with half of the diagonal."""
    return tril_op(x, diagonal=0) - x * (eye(x) * 0.5)


def symmetric(x: Any) -> Any:
    return (x + x.mT) * 0.5


# The factors below are those of A's symmetric part.  PyTorch reads one triangle, but passes the
# gradient to both: so what is missing in the other one is added first, and counts as constant.
mirror = constant("mirror", lambda A: np.tril(A) + np.tril(A, -1).mT - A)


def _cholesky_vjp(g: Any, y: Any, A: Any) -> Any:
    middle = lower_half(y.mT @ tril_op(g, diagonal=0))
    return symmetric(solve_op(y.mT, solve_op(y.mT, middle.mT).mT))


def _cholesky_jvp(dA: Any, y: Any, A: Any) -> Any:
    return y @ lower_half(solve_op(y, solve_op(y, symmetric(dA)).mT))


cholesky_op = by_hand("cholesky", kernel("cholesky", lambda A: np.linalg.cholesky(symmetric(A))), (_cholesky_vjp,), (_cholesky_jvp,))


def gaps(w: Any) -> Any:
    """1 / (wⱼ - wᵢ), and 0 on the diagonal."""
    apart = reshape(w, shape=(*w.shape[:-1], 1, w.shape[-1])) - reshape(w, shape=(*w.shape, 1))
    same = np.eye(w.shape[-1], dtype=w.dtype)
    return (1 - same) / (apart + same)


def _eigenvectors_vjp(g: Any, y: Any, A: Any) -> Any:
    return symmetric(y @ (gaps(eigenvalues(A)) * (y.mT @ g)) @ y.mT)


def _eigenvectors_jvp(dA: Any, y: Any, A: Any) -> Any:
    return y @ (gaps(eigenvalues(A)) * (y.mT @ symmetric(dA) @ y))


def _eigenvalues_vjp(g: Any, y: Any, A: Any) -> Any:
    V = eigenvectors(A)
    return (V * reshape(g, shape=(*g.shape[:-1], 1, g.shape[-1]))) @ V.mT


def _eigenvalues_jvp(dA: Any, y: Any, A: Any) -> Any:
    V = eigenvectors(A)
    return diagonal(V.mT @ symmetric(dA) @ V)


eigenvalues  = by_hand("eigvalsh", kernel("eigh", lambda A: np.linalg.eigvalsh(symmetric(A))), (_eigenvalues_vjp,), (_eigenvalues_jvp,))
eigenvectors = by_hand("eigenvectors", kernel("eigh", lambda A: np.linalg.eigh(symmetric(A))[1]),
                       (_eigenvectors_vjp,), (_eigenvectors_jvp,))


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


def row(x: Any) -> Any:
    """A vector for each matrix, ready to multiply its columns."""
    return reshape(x, shape=(*x.shape[:-1], 1, x.shape[-1]))


def _right_vjp(g: Any, y: Any, A: Any) -> Any:
    inside = y @ (gaps(square(singular_values(A))) * (y.mT @ g)) @ y.mT
    return A @ (inside + inside.mT)


def _right_jvp(dA: Any, y: Any, A: Any) -> Any:
    return y @ (gaps(square(singular_values(A))) * (y.mT @ (dA.mT @ A + A.mT @ dA) @ y))


def square(x: Any) -> Any:
    return x * x


def _left(y: Any, V: Any, A: Any) -> Any:
    """The left singular vectors, A V / σ; 0 where σ is."""
    return (A @ V) / row(nonzero_or_one(y))


def _singular_vjp(g: Any, y: Any, A: Any) -> Any:
    V = right_vectors(A)
    return (_left(y, V, A) * row(g)) @ V.mT


def _singular_jvp(dA: Any, y: Any, A: Any) -> Any:
    V = right_vectors(A)
    return sum_over(_left(y, V, A) * (dA @ V), dim=(A.ndim - 2,), keepdim=False)


# In ascending order, of matrices with at least as many rows as columns.
right_vectors   = by_hand("right_vectors", kernel("svdvals", lambda A: np.linalg.svd(A, full_matrices=False).Vh[..., ::-1, :].mT),
                          (_right_vjp,), (_right_jvp,))
singular_values = by_hand("svdvals", kernel("svdvals", lambda A: np.linalg.svd(A, compute_uv=False)[..., ::-1]),
                          (_singular_vjp,), (_singular_jvp,))
rank_of = constant("matrix_rank", lambda A, tol: np.asarray(np.linalg.matrix_rank(A, tol), np.int64))
# fmt: on


# --- the functions ---------------------------------------------------------------------------


def _matrix(name: str, A: Any, square: bool = True) -> Any:
    if A.ndim < 2:
        raise ShapeError(f"{name}: expected a matrix, or a batch of them, found {tuple(A.shape)}.")
    if square and A.shape[-1] != A.shape[-2]:
        raise ShapeError(f"{name}: the matrices must be square, found shape {tuple(A.shape)}.")
    if A.dtype not in (np.float32, np.float64):
        raise DtypeError(
            f"{name} of {A.dtype}: it works on float32 and float64. Convert: A.float()."
        )
    return A


def inv(A: Any) -> Any:
    """The inverse: (..., n, n) -> (..., n, n).  SingularError if there is none."""
    return inv_op(_matrix("inv", A))


def inverse(input: Any) -> Any:
    """inv, under its older name."""
    return inv(input)


def _is_vectors(A: Any, B: Any) -> bool:
    """Whether B holds one right-hand side per matrix, as PyTorch decides it."""
    return B.ndim == 1 or (B.ndim == A.ndim - 1 and tuple(B.shape) == tuple(A.shape[:-1]))


def solve(A: Any, B: Any, *, left: bool = True) -> Any:
    """X with A X = B (or X A = B if not left); B holds columns, or is one vector per matrix."""
    return _solve("solve", _matrix("solve", A), B, left, _is_vectors(A, B))


def _solve(name: str, A: Any, B: Any, left: bool, vectors: bool) -> Any:
    if A.dtype != B.dtype:
        raise DtypeError(f"{name}: A holds {A.dtype}, B {B.dtype}. Convert one of them.")
    if B.ndim == 0 or (vectors and not left):
        raise ShapeError(
            f"{name}: A {tuple(A.shape)}, B {tuple(B.shape)}: B must be a matrix"
            + (" where left=False." if B.ndim else ".")
        )
    X = reshape(B, shape=(*B.shape, 1)) if vectors else B if left else B.mT
    fits = X.shape[-2] == A.shape[-1]
    try:
        np.broadcast_shapes(X.shape[:-2], A.shape[:-2])
    except ValueError:
        fits = False
    if not fits:
        raise ShapeError(f"{name}: A {tuple(A.shape)} and B {tuple(B.shape)} do not fit.")
    X = solve_op(A if left else A.mT, X)
    return reshape(X, shape=tuple(X.shape[:-1])) if vectors else X if left else X.mT


def solve_triangular(
    A: Any, B: Any, *, upper: bool, left: bool = True, unitriangular: bool = False
) -> Any:
    """solve, with only one triangle of A counting (and ones on its diagonal if unitriangular)."""
    _matrix("solve_triangular", A)
    if B.ndim < 2:
        raise ShapeError(f"solve_triangular: B must be a matrix, found shape {tuple(B.shape)}.")
    shift = int(unitriangular)
    A = triu_op(A, diagonal=shift) if upper else tril_op(A, diagonal=-shift)
    return _solve("solve_triangular", A + eye(A) if unitriangular else A, B, left, False)


def pinv(A: Any, *, rtol: float | None = None) -> Any:
    """The pseudo-inverse: (..., m, n) -> (..., n, m); singular values below rtol · largest count as 0."""
    A = _matrix("pinv", A, square=False)
    if rtol is None:
        rtol = max(A.shape[-2:]) * float(np.finfo(A.dtype).eps)
    return pinv_op(A, rcond=rtol)


def det(A: Any) -> Any:
    """The determinant: (..., n, n) -> (...)"""
    return det_op(_matrix("det", A))


def slogdet(A: Any) -> Any:
    """The determinant's sign, and the logarithm of its size."""
    A = _matrix("slogdet", A)
    return Slogdet(sign_of_det(A), logabsdet(A))


def logdet(input: Any) -> Any:
    """log(det); nan where the determinant is negative."""
    sign, size = slogdet(input)
    return elementwise.where(sign < 0, np.nan, size)


def cholesky(A: Any, *, upper: bool = False) -> Any:
    """L, lower triangular with L Lᵀ = A, of which only the lower triangle is read; or Lᵀ."""
    A = _matrix("cholesky", A)
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
    A = _matrix(name, A) if triangle.upper() == "L" else _matrix(name, A).mT
    return A + mirror(A)


def qr(A: Any, mode: str = "reduced") -> Any:
    """Q with orthonormal columns and R upper triangular, A = Q R; for at least as many rows as columns."""
    A = _matrix("qr", A, square=False)
    if mode != "reduced" or A.shape[-2] < A.shape[-1]:
        raise UndefinedError(
            f"qr: mode={mode!r} of shape {tuple(A.shape)}: only mode='reduced', of matrices with at "
            "least as many rows as columns, has derivatives."
        )
    return QR(Q_op(A), R_op(A))


def matrix_power(A: Any, n: int) -> Any:
    """A multiplied by itself n times; the inverse's power if n is negative."""
    if A.ndim < 2 or A.shape[-1] != A.shape[-2]:
        raise ShapeError(
            f"matrix_power: the matrices must be square, found shape {tuple(A.shape)}."
        )
    if n == 0:
        return broadcast_to(A * 0 + eye(A), shape=tuple(A.shape))
    if n < 0:
        A, n = inv(A), -n
    result = None
    while True:
        if n & 1:
            result = A if result is None else matmul(result, A)
        n >>= 1
        if not n:
            return result
        A = matmul(A, A)


def matrix_norm(
    A: Any, ord: Any = "fro", dim: Any = (-2, -1), keepdim: bool = False, *, dtype: Any = None
) -> Any:
    """The norm of each matrix.

    "fro": of all its entries; inf, -inf: the largest or smallest sum of sizes in a row; 1, -1: in a column.
    2, -2: the largest and smallest singular value; "nuc": their sum.
    """
    A = A if dtype is None else A.astype(np.dtype(dtype))
    if A.ndim < 2 or not isinstance(dim, (tuple, list)) or len(dim) != 2:
        raise ShapeError(f"matrix_norm: shape {tuple(A.shape)}, dim={dim!r}: expected two axes.")
    rows, columns = (one_dim("matrix_norm", d, A.ndim) for d in dim)
    if A.dtype.kind != "f":
        raise DtypeError(f"matrix_norm of {A.dtype}: it works on floating numbers. Use A.float().")
    if rows == columns:
        raise ShapeError(f"matrix_norm: dim={dim!r} names one axis twice.")
    if ord == "fro":
        return vector_norm(A, 2, (rows, columns), keepdim)
    if ord in (2, -2, "nuc"):
        return _spectral(A, ord, rows, columns, keepdim)
    if ord not in (1, -1, np.inf, -np.inf):
        raise UndefinedError(
            f"matrix_norm: ord={ord!r}: use 'fro', 'nuc', inf, -inf, 1, -1, 2 or -2."
        )
    first, then = (rows, columns) if abs(ord) == 1 else (columns, rows)
    sums = sum_over(elementwise.abs(A), dim=(first,), keepdim=True)
    y = (amax_op if ord > 0 else amin_op)(sums, dim=(then,), keepdim=True)
    return y if keepdim else _without(y, rows, columns)


def _without(y: Any, *axes: int) -> Any:
    return reshape(y, shape=tuple(n for k, n in enumerate(y.shape) if k not in axes))


def _spectral(A: Any, ord: Any, rows: int, columns: int, keepdim: bool) -> Any:
    from micrograd_lab.ops.shapes import movedim

    shape = tuple(A.shape)
    A = movedim(A, (rows, columns), (-2, -1))
    s = svdvals(A)
    axis = s.ndim - 1
    if ord == "nuc":
        y = sum_over(s, dim=(axis,), keepdim=False)
    else:
        y = (amax_op if ord > 0 else amin_op)(s, dim=(axis,), keepdim=False)
    kept = tuple(1 if k in (rows, columns) else n for k, n in enumerate(shape))
    return reshape(y, shape=kept) if keepdim else y


def svdvals(A: Any) -> Any:
    """The singular values, in descending order: (..., m, n) -> (..., min(m, n))"""
    A = _matrix("svdvals", A, square=False)
    return flip(singular_values(A if A.shape[-2] >= A.shape[-1] else A.mT), (-1,))


def linalg_norm(
    A: Any, ord: Any = None, dim: Any = None, keepdim: bool = False, *, dtype: Any = None
) -> Any:
    """torch.linalg.norm: of all entries if nothing is asked for; else of vectors or matrices, as dim says."""
    how = {"keepdim": keepdim, "dtype": dtype}
    if dim is not None:
        matrices = isinstance(dim, (tuple, list)) and len(dim) == 2 and ord is not None
    else:
        matrices = ord is not None and A.ndim == 2
        if ord is not None and A.ndim not in (1, 2):
            raise ShapeError(
                f"norm: ord={ord!r} of shape {tuple(A.shape)}: say with dim which one or two axes hold "
                "the vectors or matrices."
            )
    if matrices:
        return matrix_norm(A, ord, (-2, -1) if dim is None else dim, **how)
    return vector_norm(A, 2 if ord is None else ord, dim, **how)


def matrix_rank(A: Any, tol: Any = None) -> Any:
    """How many singular values exceed tol; a whole number without a gradient."""
    return rank_of(_matrix("matrix_rank", A, square=False), tol=tol)


def cond(A: Any, p: Any = None) -> Any:
    """How much relative errors may grow: norm(A) · norm(A⁻¹); for p None or 2, of singular values."""
    if p in (None, 2, -2):
        s = svdvals(_matrix("cond", A, square=False))
        largest, smallest = s[..., 0], s[..., -1]
        return largest / smallest if p != -2 else smallest / largest
    return matrix_norm(_matrix("cond", A), p) * matrix_norm(inv(A), p)


FUNCTIONS = ("inverse", "det", "slogdet", "logdet", "matrix_power")
METHODS = FUNCTIONS
IN_PLACE: tuple[str, ...] = ()
