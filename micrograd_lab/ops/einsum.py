"""Einstein's sums: any product of tensors whose axes are matched by name, and its gradients.

A tensor's axes carry labels.  Two tensors are multiplied wherever shared labels agree and summed
over every label that the result does not have.  The transpose of such a map is such a map again,
so one bilinear op, `contract`, is its own gradient.
"""

import functools
import math
from typing import Any

import numpy as np

from micrograd_lab.errors import DtypeError, ShapeError
from micrograd_lab.ops.contractions import matmul
from micrograd_lab.ops.dims import one_dim
from micrograd_lab.ops.op import Array, Op, bilinear, linear, reshape, sum_to_shape

ndarray = np.ndarray
Labels = tuple[Any, ...]


# --- one tensor: diagonals, sums and an order of the axes ------------------------------------


def _diagonal_sum(x: Array, labels: Labels, out: Labels, shape: tuple[int, ...]) -> Any:
    number = {k: i for i, k in enumerate(dict.fromkeys(labels))}
    return np.einsum(x, [number[k] for k in labels], [number[k] for k in out]).copy()


def _spread_diagonal(g: Array, labels: Labels, out: Labels, shape: tuple[int, ...]) -> Any:
    """Zeros of `shape`, with g on the diagonals, repeated along the labels that were summed."""
    x: Array = np.zeros(shape, g.dtype)
    number = {k: i for i, k in enumerate(dict.fromkeys(labels))}
    summed = [i for k, i in number.items() if k not in out]
    np.einsum(x, [number[k] for k in labels], [*summed, *(number[k] for k in out)])[...] = g
    return x


# fmt: off
diagonal_sum        = linear("einsum_diagonal", _diagonal_sum,
                             lambda g, x, labels, out, shape: spread_diagonal(g, labels=labels, out=out, shape=shape))
spread_diagonal: Op = linear("einsum_spread", _spread_diagonal,
                             lambda g, x, labels, out, shape: diagonal_sum(g, labels=labels, out=out, shape=shape))
# fmt: on


def rearranged(x: Any, labels: Labels, out: Labels) -> Any:
    """x with axes labelled `labels` as a tensor with axes labelled `out`."""
    if labels == out:
        return x
    return diagonal_sum(x, labels=labels, out=out, shape=tuple(x.shape))


# --- two tensors -----------------------------------------------------------------------------


def _contract(a: Array, b: Array, in_a: Labels, in_b: Labels, out: Labels) -> Any:
    """One matrix product: axes of both kept are its batch, those of both summed its inner axis."""
    batch = [k for k in in_a if k in in_b and k in out]
    inner = [k for k in in_a if k in in_b and k not in out]
    rows = [k for k in in_a if k not in in_b]
    columns = [k for k in in_b if k not in in_a]
    size = dict(zip(in_a, a.shape, strict=True)) | dict(zip(in_b, b.shape, strict=True))
    n = [math.prod([size[k] for k in group]) for group in (batch, rows, inner, columns)]
    a = a.transpose([in_a.index(k) for k in batch + rows + inner])
    b = b.transpose([in_b.index(k) for k in batch + inner + columns])
    if not batch:
        y = np.dot(a.reshape(n[1], n[2]), b.reshape(n[2], n[3]))
    elif not inner:
        y = a.reshape(n[0], n[1], 1) * b.reshape(n[0], 1, n[3])
    else:
        y = np.matmul(a.reshape(n[0], n[1], n[2]), b.reshape(n[0], n[2], n[3]))
    made = batch + rows + columns
    return y.reshape([size[k] for k in made]).transpose([made.index(k) for k in out])


# Every label of one input occurs in the other or in the result, and none twice in one place.
# fmt: off
contract: Op = bilinear(
    "einsum", _contract,
    lambda g, a, b, in_a, in_b, out: contract(g, b, in_a=out, in_b=in_b, out=in_a),
    lambda g, a, b, in_a, in_b, out: contract(g, a, in_a=out, in_b=in_a, out=in_b),
)
# fmt: on


def contract_all(operands: list[tuple[Any, Labels]], out: Labels) -> Any:
    """Any number of labelled tensors, two at a time: first the two whose product is the smallest."""
    while len(operands) > 1:
        size = {k: n for x, labels in operands for k, n in zip(labels, x.shape, strict=True)}
        best: tuple[int, int, int, Labels] | None = None
        for j in range(1, len(operands)):
            for i in range(j):
                elsewhere = set(out).union(
                    *(labels for k, (_, labels) in enumerate(operands) if k not in (i, j))
                )
                pair = dict.fromkeys(operands[i][1] + operands[j][1])
                kept = out if len(operands) == 2 else tuple(k for k in pair if k in elsewhere)
                cost = math.prod(size[k] for k in kept)
                if best is None or cost < best[0]:
                    best = (cost, i, j, kept)
        assert best is not None
        _, i, j, kept = best
        (b, in_b), (a, in_a) = operands.pop(j), operands.pop(i)
        a, in_a = _needed(a, in_a, {*in_b, *kept})
        b, in_b = _needed(b, in_b, {*in_a, *kept})
        operands.append((contract(a, b, in_a=in_a, in_b=in_b, out=kept), kept))
    return rearranged(*operands[0], out)


def _needed(x: Any, labels: Labels, needed: set[Any]) -> tuple[Any, Labels]:
    """Diagonals taken, and labels that nobody else has summed at once."""
    kept = tuple(k for k in dict.fromkeys(labels) if k in needed)
    return rearranged(x, labels, kept), kept


# --- the notation ----------------------------------------------------------------------------


def einsum(*args: Any) -> Any:
    """einsum("bij,bjk->bik", a, b): products of entries, summed over labels not in the result.

    Without "->" the result has, in alphabetical order, the labels that occur once.  "..." stands
    for any further axes, which broadcast.  A label twice in one tensor means its diagonal.  Also
    einsum(a, [0, 1], b, [1, 2], [0, 2]) with numbers for labels.
    """
    if not isinstance(args[0], str):
        equation, operands = _from_lists(args)
    else:
        equation, *operands = args
        if len(operands) == 1 and isinstance(operands[0], (tuple, list)):
            operands = list(operands[0])
    if not operands:
        raise ShapeError("einsum: expected at least one tensor after the equation.")
    inputs, out = _labels(equation, tuple(len(x.shape) for x in operands))
    dtypes = {x.dtype for x in operands}
    if len(dtypes) > 1:
        raise DtypeError(
            f"einsum: the tensors hold {' and '.join(sorted(map(str, dtypes)))}; a sum of products "
            "needs one dtype. Convert them first."
        )
    size: dict[Any, int] = {}
    for x, labels in zip(operands, inputs, strict=True):
        own = dict(zip(labels, x.shape, strict=True))
        for k, n in zip(labels, x.shape, strict=True):
            if own[k] != n:
                raise ShapeError(
                    f"einsum {equation!r}: label {k!r} twice is a diagonal, but shape "
                    f"{tuple(x.shape)} is not square there."
                )
            if size.setdefault(k, n) != n and n != 1:
                if size[k] != 1:
                    name = k if isinstance(k, str) else "..."
                    raise ShapeError(
                        f"einsum {equation!r}: label {name!r} has size {size[k]} in one tensor and "
                        f"{n} in another (shape {tuple(x.shape)})."
                    )
                size[k] = n
    return contract_all(
        [_narrowed(x, labels, size) for x, labels in zip(operands, inputs, strict=True)], out
    )


def _narrowed(x: Any, labels: Labels, size: dict[Any, int]) -> tuple[Any, Labels]:
    """Axes of size 1 that broadcast against a longer one of their label are left out."""
    if all(n == size[k] for k, n in zip(labels, x.shape, strict=True)):
        return x, labels
    wide = [j for j, (k, n) in enumerate(zip(labels, x.shape, strict=True)) if n == size[k]]
    shape, kept = tuple(x.shape[j] for j in wide), tuple(labels[j] for j in wide)
    return reshape(x, shape=shape), kept


def _from_lists(args: Any) -> tuple[str, list[Any]]:
    """The form with lists of numbers, in letters."""
    letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"

    def word(labels: Any) -> str:
        return "".join("..." if k is Ellipsis else letters[k] for k in labels)

    try:
        equation = ",".join(word(labels) for labels in args[1::2])
        if len(args) % 2:
            equation = ",".join(word(labels) for labels in args[1:-1:2]) + "->" + word(args[-1])
    except (TypeError, IndexError):
        raise ShapeError(
            "einsum: expected an equation and tensors, or tensors each followed by a list of labels "
            "from 0 to 51."
        ) from None
    return equation, list(args[0 : len(args) - len(args) % 2 : 2])


@functools.lru_cache(256)
def _labels(equation: str, ndims: tuple[int, ...]) -> tuple[tuple[Labels, ...], Labels]:
    """The labels of each tensor's axes and of the result's; those of "..." are -1, -2, ... from the right."""
    asked = f"einsum {equation!r}"
    left, arrow, right = equation.replace(" ", "").partition("->")
    words = left.split(",")
    if len(words) != len(ndims):
        raise ShapeError(
            f"{asked}: the equation is for {len(words)} tensors, {len(ndims)} were given."
        )
    inputs = []
    dots = 0
    for word, ndim in zip(words, ndims, strict=True):
        letters = _letters(asked, word)
        free = ndim - len(letters)
        if free < 0 or (free > 0 and "..." not in word):
            raise ShapeError(
                f"{asked}: {word!r} names {len(letters)} axes of a tensor with {ndim}."
            )
        dots = max(dots, free)
        before, _, after = word.partition("...")
        inputs.append((*before, *range(-free, 0), *after))
    every = [k for labels in inputs for k in labels if isinstance(k, str)]
    if arrow:
        out = _letters(asked, right)
        if len(set(out)) < len(out) or not set(out) <= set(every):
            raise ShapeError(
                f"{asked}: each label of the result occurs there once, and in some tensor."
            )
        before, ellipsis, after = right.partition("...")
        return tuple(inputs), (*before, *(range(-dots, 0) if ellipsis else ()), *after)
    once = sorted(k for k in set(every) if every.count(k) == 1)
    return tuple(inputs), (*range(-dots, 0), *once)


def _letters(asked: str, word: str) -> str:
    letters = word.replace("...", "", 1)
    if not (letters == "" or (letters.isascii() and letters.isalpha())):
        raise ShapeError(f"{asked}: {word!r}: labels are letters, and '...' once.")
    return letters


# --- sums of products with names of their own ------------------------------------------------


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


cross_op: Op = bilinear(
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


FUNCTIONS = ("einsum", "tensordot", "inner", "trace", "kron", "cross", "chain_matmul")
METHODS = ("inner", "trace", "kron", "cross")
IN_PLACE: tuple[str, ...] = ()
