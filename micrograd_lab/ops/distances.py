"""How far apart vectors are, and how alike their directions."""

from typing import Any

import numpy as np

from micrograd_lab.errors import DtypeError, ShapeError, UndefinedError
from micrograd_lab.ops import elementwise
from micrograd_lab.ops.dims import one_dim
from micrograd_lab.ops.halves import raised
from micrograd_lab.ops.indexing import pick_op
from micrograd_lab.ops.norms import vector_norm
from micrograd_lab.ops.op import reshape, sum_over
from micrograd_lab.ops.views import broadcast_tensors


def normalize(input: Any, p: float = 2.0, dim: int = 1, eps: float = 1e-12) -> Any:
    """Vectors along dim, each divided by its p-norm (or by eps, if that is larger)."""
    return input / elementwise.maximum(vector_norm(input, p, dim, True), eps)


def cosine_similarity(x1: Any, x2: Any, dim: int = 1, eps: float = 1e-8) -> Any:
    """The cosine of the angle between vectors along dim; norms count as eps at least."""
    if x1.shape != x2.shape:  # a vector that was spread out is a longer one
        x1, x2 = broadcast_tensors(x1, x2)
    axis = one_dim("cosine_similarity", dim, max(len(x1.shape), len(x2.shape)))
    axis -= max(len(x1.shape), len(x2.shape), 1)
    products = normalize(x1, 2, axis, eps) * normalize(x2, 2, axis, eps)
    return sum_over(products, dim=(axis + len(products.shape),), keepdim=False)


def pairwise_distance(
    x1: Any, x2: Any, p: float = 2.0, eps: float = 1e-6, keepdim: bool = False
) -> Any:
    """The p-norm of x1 - x2 + eps along the last axis: (N, D), (N, D) -> (N,)"""
    return vector_norm(x1 - x2 + eps, p, -1, keepdim)


@raised
def cdist(x1: Any, x2: Any, p: float = 2.0, compute_mode: Any = None) -> Any:
    """The p-norm distance of every row of x1 to every row of x2: (..., n, d), (..., m, d) -> (..., n, m)"""
    a, b = tuple(x1.shape), tuple(x2.shape)
    if len(a) < 2 or len(b) < 2 or a[-1] != b[-1]:
        raise ShapeError(f"cdist: {a} and {b}: expected rows of the same length.")
    if x1.dtype.kind != "f" or x2.dtype.kind != "f":
        raise DtypeError(f"cdist: {x1.dtype} and {x2.dtype}: it works on floating numbers.")
    if p < 0:
        raise UndefinedError(f"cdist: p={p}: a distance needs p of at least 0.")
    rows = reshape(x1, shape=(*a[:-1], 1, a[-1]))
    columns = reshape(x2, shape=(*b[:-2], 1, *b[-2:]))
    return vector_norm(rows - columns, p, -1)


def pdist(input: Any, p: float = 2.0) -> Any:
    """The p-norm distance of each row to each later one: (n, d) -> (n (n - 1) / 2,)"""
    if input.ndim != 2:
        raise ShapeError(f"pdist: expected rows in a matrix, found shape {tuple(input.shape)}.")
    if p < 0:
        raise UndefinedError(f"pdist: p={p}: a distance needs p of at least 0.")
    first, second = np.triu_indices(input.shape[0], 1)
    return vector_norm(pick_op(input, index=(first,)) - pick_op(input, index=(second,)), p, -1)


FUNCTIONS = ("cosine_similarity", "pairwise_distance", "cdist", "pdist")
METHODS: tuple[str, ...] = ()
IN_PLACE: tuple[str, ...] = ()
