"""Diagonals, and what lies above and below them."""

from typing import Any

import numpy as np

from micrograd_lab.errors import DtypeError, ShapeError
from micrograd_lab.ops.dims import one_dim
from micrograd_lab.ops.op import Array, Op, constant, linear
from micrograd_lab.ops.plain import plain
from micrograd_lab.ops.views import ravel


def _diagonal(x: Array, offset: int, dim1: int, dim2: int) -> Any:
    y = x.diagonal(offset, dim1, dim2)
    if x.flags.writeable:
        y.flags.writeable = True  # a view that may be written to, as PyTorch's
    return y


def _diag_embed(x: Array, shape: tuple[int, ...], offset: int, dim1: int, dim2: int) -> Any:
    out = np.zeros(shape, x.dtype)
    _diagonal(out, offset, dim1, dim2)[...] = x
    return out


# fmt: off
tril_op: Op = linear("tril", lambda x, diagonal: np.tril(x, diagonal), lambda g, x, diagonal: tril_op(g, diagonal=diagonal))
triu_op: Op = linear("triu", lambda x, diagonal: np.triu(x, diagonal), lambda g, x, diagonal: triu_op(g, diagonal=diagonal))
diagonal_op: Op = linear("diagonal", _diagonal, is_view=True, transpose=
    lambda g, x, offset, dim1, dim2: diag_embed_op(g, shape=x.shape, offset=offset, dim1=dim1, dim2=dim2))
diag_embed_op: Op = linear("diag_embed", _diag_embed,
    lambda g, x, shape, offset, dim1, dim2: diagonal_op(g, offset=offset, dim1=dim1, dim2=dim2))
one_hot_op = constant("one_hot", lambda x, num_classes: (x[..., None] == np.arange(num_classes)).astype(np.int64))
# fmt: on


def tril(input: Any, diagonal: int = 0) -> Any:
    """The entries on and below a diagonal of each matrix; zeros above."""
    _need_matrix("tril", input)
    return tril_op(input, diagonal=diagonal)


def triu(input: Any, diagonal: int = 0) -> Any:
    """The entries on and above a diagonal of each matrix; zeros below."""
    _need_matrix("triu", input)
    return triu_op(input, diagonal=diagonal)


def _need_matrix(op: str, x: Any) -> None:
    if len(x.shape) < 2:
        raise ShapeError(f"{op}: a tensor of shape {tuple(x.shape)} holds no matrices.")


def diagonal(input: Any, offset: int = 0, dim1: int = 0, dim2: int = 1) -> Any:
    """A view of a diagonal of the plane of dim1 and dim2, as the last dimension."""
    n = len(input.shape)
    a, b = one_dim("diagonal", dim1, n), one_dim("diagonal", dim2, n)
    if a == b:
        raise ShapeError(
            f"diagonal: dim1={dim1} and dim2={dim2} are the same: a diagonal needs two."
        )
    return diagonal_op(input, offset=offset, dim1=a, dim2=b)


def diag_embed(input: Any, offset: int = 0, dim1: int = -2, dim2: int = -1) -> Any:
    """Matrices, in the plane of dim1 and dim2, whose diagonals are the rows of input."""
    shape = list(input.shape)
    a, b = (one_dim("diag_embed", d, len(shape) + 1) for d in (dim1, dim2))
    if not shape or a == b:
        raise ShapeError(f"diag_embed: dim1={dim1}, dim2={dim2} of a tensor of shape {tuple(shape)}: "
                         "rows are needed, and two different dimensions.")  # fmt: skip
    size = shape.pop() + abs(offset)
    for axis in sorted((a, b)):
        shape.insert(axis, size)
    return diag_embed_op(input, shape=tuple(shape), offset=offset, dim1=a, dim2=b)


def diag(input: Any, diagonal: int = 0) -> Any:
    """A vector as a diagonal matrix; of a matrix, its diagonal."""
    n = len(input.shape)
    if n not in (1, 2):
        raise ShapeError(f"diag: a tensor with {n} dimensions; a vector or a matrix is needed.")
    if n == 1:
        return diag_embed(input, diagonal)
    from micrograd_lab.ops.conversions import clone

    return clone(diagonal_op(input, offset=diagonal, dim1=0, dim2=1))


def diagflat(input: Any, offset: int = 0) -> Any:
    """A diagonal matrix with all the entries of input."""
    return diag_embed(ravel(input), offset)


def one_hot(tensor: Any, num_classes: int = -1) -> Any:
    """A row of zeros with a 1 at the class, for each entry; -1: as many classes as it takes."""
    classes = plain(tensor)
    if classes.dtype != np.int64:
        raise DtypeError(f"one_hot: classes of {classes.dtype}; they must be int64: x.long().")
    if not classes.size and num_classes <= 0:
        raise ShapeError(
            "one_hot: how many classes? An empty tensor does not tell: pass num_classes."
        )
    least = int(classes.max(initial=0)) + 1
    if classes.min(initial=0) < 0 or -1 != num_classes < least:
        raise ShapeError(
            f"one_hot: classes from {classes.min(initial=0)} to {least - 1}, num_classes={num_classes}: "
            "every class is at least 0 and less than num_classes."
        )
    return one_hot_op(tensor, num_classes=least if num_classes == -1 else num_classes)


FUNCTIONS = ("tril", "triu", "diag", "diagonal", "diag_embed", "diagflat")
METHODS = ("tril", "triu", "diag", "diagonal", "diag_embed", "diagflat")
IN_PLACE = ("tril", "triu")
