"""What linear algebra shares: batches of matrices in the last two axes, and LAPACK's complaints as ours.

In the rules dA is a nudge of the matrix and g the upstream gradient; the rule of the tangent
stands beside its transpose.
"""

from typing import Any

import numpy as np

from micrograd_lab.errors import DtypeError, ShapeError, SingularError
from micrograd_lab.ops.diagonals import diagonal_op
from micrograd_lab.ops.op import Array, Rule, reshape, sum_over


def wide(x: Any) -> Any:
    """One number for each matrix, ready to be multiplied by it."""
    return reshape(x, shape=(*x.shape, 1, 1))


def row(x: Any) -> Any:
    """A vector for each matrix, ready to multiply its columns."""
    return reshape(x, shape=(*x.shape[:-1], 1, x.shape[-1]))


def inner(a: Any, b: Any) -> Any:
    """Σ aᵢⱼ bᵢⱼ, matrix by matrix."""
    return sum_over(a * b, dim=(a.ndim - 2, a.ndim - 1), keepdim=False)


def diagonal(x: Any) -> Any:
    return diagonal_op(x, offset=0, dim1=x.ndim - 2, dim2=x.ndim - 1)


def eye(x: Any) -> Array:
    return np.eye(x.shape[-1], dtype=x.dtype)


def symmetric(x: Any) -> Any:
    return (x + x.mT) * 0.5


def gaps(w: Any) -> Any:
    """1 / (wⱼ - wᵢ), and 0 on the diagonal."""
    apart = reshape(w, shape=(*w.shape[:-1], 1, w.shape[-1])) - reshape(w, shape=(*w.shape, 1))
    same = np.eye(w.shape[-1], dtype=w.dtype)
    return (1 - same) / (apart + same)


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


def matrix(name: str, A: Any, square: bool = True) -> Any:
    if A.ndim < 2:
        raise ShapeError(f"{name}: expected a matrix, or a batch of them, found {tuple(A.shape)}.")
    if square and A.shape[-1] != A.shape[-2]:
        raise ShapeError(f"{name}: the matrices must be square, found shape {tuple(A.shape)}.")
    if A.dtype not in (np.float32, np.float64):
        raise DtypeError(
            f"{name} of {A.dtype}: it works on float32 and float64. Convert: A.float()."
        )
    return A
