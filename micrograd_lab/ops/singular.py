"""Singular values, with their derivatives, and what they measure: rank, condition, matrix norms."""

from typing import Any

import numpy as np

from micrograd_lab.errors import DtypeError, ShapeError, UndefinedError
from micrograd_lab.ops import elementwise
from micrograd_lab.ops.copies import flip
from micrograd_lab.ops.dims import one_dim
from micrograd_lab.ops.inverses import inv
from micrograd_lab.ops.matrices import gaps, kernel, matrix, row
from micrograd_lab.ops.norms import vector_norm
from micrograd_lab.ops.op import by_hand, constant, reshape, sum_over
from micrograd_lab.ops.reductions import amax_op, amin_op, nonzero_or_one


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


# fmt: off
# In ascending order, of matrices with at least as many rows as columns.
right_vectors   = by_hand("right_vectors", kernel("svdvals", lambda A: np.linalg.svd(A, full_matrices=False).Vh[..., ::-1, :].mT),
                          (_right_vjp,), (_right_jvp,))
singular_values = by_hand("svdvals", kernel("svdvals", lambda A: np.linalg.svd(A, compute_uv=False)[..., ::-1]),
                          (_singular_vjp,), (_singular_jvp,))
# fmt: on
rank_of = constant(
    "matrix_rank", lambda A, tol: np.asarray(np.linalg.matrix_rank(A, tol), np.int64)
)


# --- the functions ---------------------------------------------------------------------------


def svdvals(A: Any) -> Any:
    """The singular values, in descending order: (..., m, n) -> (..., min(m, n))"""
    A = matrix("svdvals", A, square=False)
    return flip(singular_values(A if A.shape[-2] >= A.shape[-1] else A.mT), (-1,))


def matrix_rank(A: Any, tol: Any = None) -> Any:
    """How many singular values exceed tol; a whole number without a gradient."""
    return rank_of(matrix("matrix_rank", A, square=False), tol=tol)


def cond(A: Any, p: Any = None) -> Any:
    """How much relative errors may grow: norm(A) · norm(A⁻¹); for p None or 2, of singular values."""
    if p in (None, 2, -2):
        s = svdvals(matrix("cond", A, square=False))
        largest, smallest = s[..., 0], s[..., -1]
        return largest / smallest if p != -2 else smallest / largest
    return matrix_norm(matrix("cond", A), p) * matrix_norm(inv(A), p)


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


FUNCTIONS: tuple[str, ...] = ()
METHODS = FUNCTIONS
IN_PLACE = FUNCTIONS
