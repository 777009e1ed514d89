"""Inverses and solutions of linear equations, each with its derivative."""

from typing import Any

import numpy as np

from micrograd_lab.errors import DtypeError, ShapeError
from micrograd_lab.ops.contractions import matmul
from micrograd_lab.ops.diagonals import tril_op, triu_op
from micrograd_lab.ops.matrices import eye, kernel, matrix
from micrograd_lab.ops.op import Op, broadcast_to, by_hand, reshape, sum_to_shape

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
# fmt: on


def _pinv_vjp(g: Any, y: Any, A: Any, rcond: float) -> Any:
    Y, G = y.mT, g.mT
    return -(Y @ g @ Y) + (G - A @ (y @ G)) @ (y @ Y) + Y @ (y @ (G - (G @ y) @ A))


def _pinv_jvp(dA: Any, y: Any, A: Any, rcond: float) -> Any:
    Y, D = y.mT, dA.mT
    return -(y @ dA @ y) + (y @ Y) @ (D - (D @ A) @ y) + (D - y @ (A @ D)) @ (Y @ y)


pinv_op = by_hand(
    "pinv",
    kernel("pinv", lambda A, rcond: np.linalg.pinv(A, rcond)),
    (_pinv_vjp,),
    (_pinv_jvp,),
)


# --- the functions ---------------------------------------------------------------------------


def inv(A: Any) -> Any:
    """The inverse: (..., n, n) -> (..., n, n).  SingularError if there is none."""
    return inv_op(matrix("inv", A))


def inverse(input: Any) -> Any:
    """inv, under its older name."""
    return inv(input)


def _is_vectors(A: Any, B: Any) -> bool:
    """Whether B holds one right-hand side per matrix, as PyTorch decides it."""
    return B.ndim == 1 or (B.ndim == A.ndim - 1 and tuple(B.shape) == tuple(A.shape[:-1]))


def solve(A: Any, B: Any, *, left: bool = True) -> Any:
    """X with A X = B (or X A = B if not left); B holds columns, or is one vector per matrix."""
    return _solve("solve", matrix("solve", A), B, left, _is_vectors(A, B))


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
    matrix("solve_triangular", A)
    if B.ndim < 2:
        raise ShapeError(f"solve_triangular: B must be a matrix, found shape {tuple(B.shape)}.")
    shift = int(unitriangular)
    A = triu_op(A, diagonal=shift) if upper else tril_op(A, diagonal=-shift)
    return _solve("solve_triangular", A + eye(A) if unitriangular else A, B, left, False)


def pinv(A: Any, *, rtol: float | None = None) -> Any:
    """The pseudo-inverse: (..., m, n) -> (..., n, m); singular values below rtol · largest count as 0."""
    A = matrix("pinv", A, square=False)
    if rtol is None:
        rtol = max(A.shape[-2:]) * float(np.finfo(A.dtype).eps)
    return pinv_op(A, rcond=rtol)


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


FUNCTIONS = ("inverse", "matrix_power")
METHODS = FUNCTIONS
IN_PLACE: tuple[str, ...] = ()
