"""Products that sum: matmul of every rank, and the affine map of a layer."""

import math
from typing import Any, NoReturn

import numpy as np

from micrograd_lab import threads
from micrograd_lab.errors import DtypeError, ShapeError
from micrograd_lab.ops.elementwise import where
from micrograd_lab.ops.halves import lowered, op_lowered
from micrograd_lab.ops.op import (
    Array,
    bilinear,
    reshape,
    sum_over,
    sum_to_shape,
)

ndarray = np.ndarray


def product(a: Any, b: Any) -> Any:
    """a @ b inside a rule; for arrays the fastest way to say it."""
    if type(a) is not ndarray or type(b) is not ndarray:
        return a @ b
    if b.ndim == 2:
        if a.ndim == 2:  # np.dot has half of matmul's overhead
            return threads.dot(a, b)
        return threads.dot(as_rows(a), b).reshape(*a.shape[:-1], b.shape[1])
    return np.matmul(spelled_out(a), spelled_out(b))


def spelled_out(x: Array) -> Array:
    """x in memory of its own if it is an expanded view, of which BLAS knows nothing."""
    return np.ascontiguousarray(x) if 0 in x.strides else x


def as_rows(x: Any) -> Any:
    """(..., n) -> (N, n)."""
    if x.ndim == 2:
        return x
    return reshape(x, shape=(math.prod(x.shape[:-1]), x.shape[-1]))


# --- matmul ---------------------------------------------------------------------------------


def _matmul(a: Array, b: Array) -> Any:
    if type(a) is not ndarray or type(b) is not ndarray or a.dtype is not b.dtype:
        check_dtypes("matmul", a, b)
    try:
        if b.ndim == 2 and a.flags.c_contiguous:
            if a.ndim == 2:
                return threads.dot(a, b)
            if a.ndim > 2 and a.size:  # one product of tall matrices instead of many small ones
                return threads.dot(a.reshape(-1, a.shape[-1]), b).reshape(
                    *a.shape[:-1], b.shape[-1]
                )
        return np.matmul(a, b)
    except ValueError as error:
        _refuse_shapes("matmul", a, b, error)


def _matmul_left(g: Any, a: Any, b: Any) -> Any:
    """Aᵀ of a -> a @ b."""
    if b.ndim == 1:  # every row of a met the same b
        return g * b if a.ndim == 1 else reshape(g, shape=(*g.shape, 1)) * b
    if a.ndim == 1:  # a is one row
        g = reshape(g, shape=(*g.shape[:-1], 1, g.shape[-1]))
    return sum_to_shape(product(g, b.mT), a.shape)


def _matmul_right(g: Any, a: Any, b: Any) -> Any:
    """Aᵀ of b -> a @ b."""
    if a.ndim == 1:
        if b.ndim == 1:
            return g * a
        g = reshape(g, shape=(*g.shape[:-1], 1, g.shape[-1]))
        return sum_to_shape(reshape(a, shape=(*a.shape, 1)) * g, b.shape)
    if b.ndim == 1:
        g = reshape(g, shape=(*g.shape, 1))
    if b.ndim <= 2:
        dx = product(as_rows(a).mT, as_rows(g))
        return dx if b.ndim == 2 else reshape(dx, shape=b.shape)
    return sum_to_shape(product(a.mT, g), b.shape)


matmul = bilinear("matmul", _matmul, _matmul_left, _matmul_right)
matmul.autocast = op_lowered


# --- products of tensors with a fixed number of axes ----------------------------------------


def _need_axes(name: str, *given: tuple[Any, int]) -> None:
    for x, n in given:
        if x.ndim != n:
            kind = ("number", "vector", "matrix", "batch of matrices")[n]
            raise ShapeError(
                f"{name}: expected a {kind} ({n} ax{'i' if n == 1 else 'e'}s), found shape "
                f"{tuple(x.shape)}. matmul takes every number of axes."
            )


def mm(input: Any, mat2: Any) -> Any:
    """(n, k) @ (k, m) -> (n, m)"""
    _need_axes("mm", (input, 2), (mat2, 2))
    return matmul(input, mat2)


def mv(input: Any, vec: Any) -> Any:
    """(n, k) @ (k,) -> (n,)"""
    _need_axes("mv", (input, 2), (vec, 1))
    return matmul(input, vec)


def bmm(input: Any, mat2: Any) -> Any:
    """(B, n, k) @ (B, k, m) -> (B, n, m); batches are not broadcast."""
    _need_axes("bmm", (input, 3), (mat2, 3))
    if input.shape[0] != mat2.shape[0]:
        raise ShapeError(
            f"bmm: {tuple(input.shape)} @ {tuple(mat2.shape)}: batches of {input.shape[0]} and "
            f"{mat2.shape[0]} matrices. matmul broadcasts them where one is 1."
        )
    return matmul(input, mat2)


def dot(input: Any, tensor: Any) -> Any:
    """(n,) · (n,) -> ()"""
    _need_axes("dot", (input, 1), (tensor, 1))
    return matmul(input, tensor)


def vdot(input: Any, other: Any) -> Any:
    """dot, for real numbers."""
    return dot(input, other)


def outer(input: Any, vec2: Any) -> Any:
    """Every product of an entry of one with an entry of the other: (n,), (m,) -> (n, m)"""
    _need_axes("outer", (input, 1), (vec2, 1))
    return reshape(input, shape=(input.shape[0], 1)) * vec2


def ger(input: Any, vec2: Any) -> Any:
    """outer, under an older name."""
    return outer(input, vec2)


# --- and products added to something: beta · input + alpha · product ------------------------


def _added(name: str, input: Any, product: Any, beta: Any, alpha: Any) -> Any:
    for x in (beta, alpha):
        if isinstance(x, float) and product.dtype.kind != "f":
            raise DtypeError(
                f"{name}: beta and alpha must be integers for tensors of {product.dtype}."
            )
    if input.dtype != product.dtype:
        raise DtypeError(
            f"{name}: input holds {input.dtype}, the product {product.dtype}. Convert one of them."
        )
    try:
        fits = np.broadcast_shapes(input.shape, product.shape) == product.shape
    except ValueError:
        fits = False
    if not fits:
        raise ShapeError(
            f"{name}: input of shape {tuple(input.shape)} cannot be added to the product of shape "
            f"{tuple(product.shape)}: it must broadcast to that shape."
        )
    if alpha != 1:
        product = product * alpha
    if beta == 0:  # then not even a nan of the input counts
        return where(False, input, product)
    return (input if beta == 1 else input * beta) + product


@lowered
def addmm(input: Any, mat1: Any, mat2: Any, *, beta: Any = 1, alpha: Any = 1) -> Any:
    """beta · input + alpha · mat1 @ mat2"""
    return _added("addmm", input, mm(mat1, mat2), beta, alpha)


def addmv(input: Any, mat: Any, vec: Any, *, beta: Any = 1, alpha: Any = 1) -> Any:
    """beta · input + alpha · mat @ vec"""
    return _added("addmv", input, mv(mat, vec), beta, alpha)


def addr(input: Any, vec1: Any, vec2: Any, *, beta: Any = 1, alpha: Any = 1) -> Any:
    """beta · input + alpha · outer(vec1, vec2)"""
    return _added("addr", input, outer(vec1, vec2), beta, alpha)


@lowered
def baddbmm(input: Any, batch1: Any, batch2: Any, *, beta: Any = 1, alpha: Any = 1) -> Any:
    """beta · input + alpha · batch1 @ batch2, matrix by matrix"""
    return _added("baddbmm", input, bmm(batch1, batch2), beta, alpha)


@lowered
def addbmm(input: Any, batch1: Any, batch2: Any, *, beta: Any = 1, alpha: Any = 1) -> Any:
    """beta · input + alpha · Σ batch1[i] @ batch2[i]"""
    product = sum_over(bmm(batch1, batch2), dim=(0,), keepdim=False)
    return _added("addbmm", input, product, beta, alpha)


# --- what the errors say --------------------------------------------------------------------


def check_dtypes(name: str, a: Any, b: Any) -> None:
    for x in (a, b):
        if not isinstance(x, ndarray):
            raise DtypeError(
                f"{name}: expected two tensors, got {type(x).__name__}. "
                "To scale by a number use *, not @."
            )
    if a.dtype != b.dtype:
        raise DtypeError(
            f"{name}: the tensors hold {a.dtype} and {b.dtype}; a sum of products needs one "
            f"dtype. Convert one of them: x.to({a.dtype})."
        )


def _refuse_shapes(name: str, a: Array, b: Array, error: Exception) -> NoReturn:
    asked = f"{name}: {a.shape} @ {b.shape}"
    if a.ndim == 0 or b.ndim == 0:
        raise ShapeError(
            f"{asked}: both need at least one axis. To scale by a number use *."
        ) from None
    inner, other = a.shape[-1], b.shape[max(b.ndim - 2, 0)]
    if inner != other:
        hint = " Did you mean b.mT?" if b.ndim > 1 and b.shape[-1] == inner else ""
        raise ShapeError(f"{asked}: inner sizes {inner} and {other} differ.{hint}") from None
    raise ShapeError(
        f"{asked}: the batch axes {a.shape[:-2]} and {b.shape[:-2]} cannot be broadcast together."
    ) from error


FUNCTIONS = (
    "matmul", "mm", "mv", "bmm", "dot", "vdot", "outer", "ger",
    "addmm", "addmv", "addr", "addbmm", "baddbmm",
)  # fmt: skip
METHODS = FUNCTIONS
IN_PLACE = ("addmm", "addmv", "addr", "addbmm", "baddbmm")
