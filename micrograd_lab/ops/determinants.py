"""Determinants, their signs and logarithms, with derivatives that singular matrices have too."""

from typing import Any

import numpy as np

from micrograd_lab.ops import elementwise
from micrograd_lab.ops.axes import return_type
from micrograd_lab.ops.inverses import inv_op
from micrograd_lab.ops.matrices import inner, kernel, matrix, wide
from micrograd_lab.ops.op import Array, by_hand, constant

Slogdet = return_type("linalg_slogdet", "sign", "logabsdet")


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


# fmt: off
cofactors = by_hand("cofactors", kernel("det", _cofactors), (_cofactors_vjp,), (_cofactors_jvp,))
det_op    = by_hand("det", kernel("det", np.linalg.det),
                    (lambda g, y, A: wide(g) * cofactors(A),),
                    (lambda dA, y, A: inner(dA, cofactors(A)),))
logabsdet = by_hand("logabsdet", kernel("slogdet", lambda A: np.linalg.slogdet(A)[1]),
                    (lambda g, y, A: wide(g) * inv_op(A).mT,),
                    (lambda dA, y, A: inner(dA, inv_op(A).mT),))
sign_of_det = constant("sign_of_det", kernel("slogdet", lambda A: np.linalg.slogdet(A)[0]))
# fmt: on


def det(A: Any) -> Any:
    """The determinant: (..., n, n) -> (...)"""
    return det_op(matrix("det", A))


def slogdet(A: Any) -> Any:
    """The determinant's sign, and the logarithm of its size."""
    A = matrix("slogdet", A)
    return Slogdet(sign_of_det(A), logabsdet(A))


def logdet(input: Any) -> Any:
    """log(det); nan where the determinant is negative."""
    sign, size = slogdet(input)
    return elementwise.where(sign < 0, np.nan, size)


FUNCTIONS = ("det", "slogdet", "logdet")
METHODS = FUNCTIONS
IN_PLACE: tuple[str, ...] = ()
