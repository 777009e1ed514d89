"""Sums of products that have names of their own, from tensordot to the vector product."""

import functools
from typing import Any

import numpy as np

from micrograd_lab.errors import ShapeError
from micrograd_lab.ops.contractions import matmul
from micrograd_lab.ops.dims import one_dim
from micrograd_lab.ops.einsum import einsum
from micrograd_lab.ops.halves import lowered, raised
from micrograd_lab.ops.labels import rearranged
from micrograd_lab.ops.op import Op, reshape, sum_over, sum_to_shape
from micrograd_lab.ops.op import bilinear as bilinear_op


@lowered
def tensordot(a: Any, b: Any, dims: Any = 2) -> Any:
    """Sum over the last `dims` axes of a and the first of b, or over two lists of axes."""
    m, n = len(a.shape), len(b.shape)
    if isinstance(dims, int):
        if not 0 <= dims <= min(m, n):
            raise ShapeError(f"tensordot: dims={dims} for tensors with {m} and {n} axes.")
        of_a, of_b = list(range(m - dims, m)), list(range(dims))
    else:
        of_a = [one_dim("tensordot", d, m) for d in _as_list(dims[0])]
        of_b = [one_dim("tensordot", d, n) for d in _as_list(dims[1])]
    if len(of_a) != len(of_b) or len(set(of_a)) < len(of_a) or len(set(of_b)) < len(of_b):
        raise ShapeError(f"tensordot: dims={dims}: two lists of as many different axes are needed.")
    in_a, in_b = list(range(m)), list(range(m, m + n))
    for i, j in zip(of_a, of_b, strict=True):
        in_b[j] = i
    out = [k for k in range(m + n) if (k in in_a) != (k in in_b)]
    return einsum(a, in_a, b, in_b, out)


def _as_list(dims: Any) -> list[int]:
    return [dims] if isinstance(dims, int) else [int(d) for d in dims]


def inner(input: Any, other: Any) -> Any:
    """Sum of products over the last axis of both; for numbers, their product."""
    if not input.shape or not other.shape:
        return input * other
    if input.shape[-1] != other.shape[-1]:
        raise ShapeError(
            f"inner: the last axes of {tuple(input.shape)} and {tuple(other.shape)} differ."
        )
    if len(input.shape) == 1 == len(other.shape):
        return matmul(input, other)
    return tensordot(input, other, ([-1], [-1]))


@raised
def trace(input: Any) -> Any:
    """The sum of a matrix's diagonal: (n, m) -> ()"""
    if len(input.shape) != 2:
        raise ShapeError(f"trace: expected a matrix, found shape {tuple(input.shape)}.")
    n = min(input.shape)
    if input.shape[0] != input.shape[1]:
        input = input[:n, :n]
    if input.dtype.kind != "f":
        input = input.astype(np.dtype("int64"))
    return rearranged(input, (0, 0), ())


def kron(input: Any, other: Any) -> Any:
    """Kronecker's product: a copy of `other` for each entry of `input`, times that entry."""
    n = max(len(input.shape), len(other.shape))
    a = (1,) * (n - len(input.shape)) + tuple(input.shape)
    b = (1,) * (n - len(other.shape)) + tuple(other.shape)
    wide_a = reshape(input, shape=tuple(k for size in a for k in (size, 1)))
    wide_b = reshape(other, shape=tuple(k for size in b for k in (1, size)))
    return reshape(wide_a * wide_b, shape=tuple(i * j for i, j in zip(a, b, strict=True)))


cross_op: Op = bilinear_op(
    "cross",
    lambda a, b, dim: np.cross(a, b, axis=dim),
    lambda g, a, b, dim: sum_to_shape(cross_op(b, g, dim=dim), a.shape),
    lambda g, a, b, dim: sum_to_shape(cross_op(g, a, dim=dim), b.shape),
)


def cross(input: Any, other: Any, dim: int | None = None) -> Any:
    """The vector product along `dim`, of size 3 (by default the first dim of that size)."""
    try:
        shape = np.broadcast_shapes(input.shape, other.shape)
        assert len(input.shape) == len(other.shape)
    except (ValueError, AssertionError):
        raise ShapeError(
            f"cross: the shapes {tuple(input.shape)} and {tuple(other.shape)} must have as many "
            "axes, and sizes that are equal or 1."
        ) from None
    if dim is None:
        dim = next((k for k, n in enumerate(shape) if n == 3), -1)
    axis = one_dim("cross", dim, len(shape))
    if not shape or input.shape[axis] != 3 or other.shape[axis] != 3:
        raise ShapeError(
            f"cross: {tuple(input.shape)} and {tuple(other.shape)} along dim {dim}: the size there "
            "must be 3."
        )
    return cross_op(input, other, dim=axis - len(shape))


def linalg_cross(input: Any, other: Any, *, dim: int = -1) -> Any:
    """cross along the last dim, unless another is asked for."""
    return cross(input, other, dim)


def vecdot(x: Any, y: Any, *, dim: int = -1) -> Any:
    """Sum of products along one dim of both, which broadcast."""
    products = x * y
    axis = one_dim("vecdot", dim, len(products.shape))
    return sum_over(products, dim=(axis,) if products.shape else (), keepdim=False)


def bilinear(input1: Any, input2: Any, weight: Any, bias: Any = None) -> Any:
    """x1ᵀ W[k] x2 + bias[k] for each output k: (..., i), (..., j), (k, i, j) -> (..., k)"""
    y = einsum("...i,kij,...j->...k", input1, weight, input2)
    return y if bias is None else y + bias


def chain_matmul(*matrices: Any) -> Any:
    """The product of matrices, multiplied in the order that takes the fewest multiplications."""
    if len(matrices) == 1 and isinstance(matrices[0], (tuple, list)):
        matrices = tuple(matrices[0])
    if not matrices:
        raise ShapeError("chain_matmul: expected at least one matrix.")
    n = [x.shape[0] for x in matrices] + [matrices[-1].shape[-1]]

    @functools.cache
    def best(i: int, j: int) -> tuple[int, int]:
        """The cost of the product of matrices i to j, and after which one to cut it."""
        if i == j:
            return 0, i
        return min(
            (best(i, k)[0] + best(k + 1, j)[0] + n[i] * n[k + 1] * n[j + 1], k) for k in range(i, j)
        )

    def multiply(i: int, j: int) -> Any:
        k = best(i, j)[1]
        return matrices[i] if i == j else matmul(multiply(i, k), multiply(k + 1, j))

    return multiply(0, len(matrices) - 1)


FUNCTIONS = ("tensordot", "inner", "trace", "kron", "cross", "chain_matmul", "bilinear")
METHODS = ("inner", "trace", "kron", "cross")
IN_PLACE: tuple[str, ...] = ()
