"""The same numbers in the same memory under another shape; the transpose goes back to the old one."""

# ruff: noqa: N802, N816  (T, mT and H are PyTorch's names)

import math
from typing import Any

import numpy as np

from micrograd_lab.errors import ShapeError
from micrograd_lab.ops.dims import all_dims, one_dim, sizes_of
from micrograd_lab.ops.op import Array, Op, linear, sum_to_shape
from micrograd_lab.ops.plain import plain


def _inverse(dims: tuple[int, ...]) -> tuple[int, ...]:
    back = [0] * len(dims)
    for to, source in enumerate(dims):
        back[source] = to
    return tuple(back)


def _as(x: Array, shape: tuple[int, ...]) -> Any:
    return x.reshape(shape)


# --- the ops: their results share the memory of x --------------------------------------------
# fmt: off

view_op: Op      = linear("view",      _as, lambda g, x, shape: view_op(g, shape=x.shape), is_view=True)
squeeze_op: Op   = linear("squeeze",   _as, lambda g, x, shape: view_op(g, shape=x.shape), is_view=True)
unsqueeze_op: Op = linear("unsqueeze", _as, lambda g, x, shape: view_op(g, shape=x.shape), is_view=True)
expand_op: Op    = linear("expand",    np.broadcast_to, lambda g, x, shape: sum_to_shape(g, x.shape), is_view=True)
transpose_op: Op = linear("transpose", lambda x, dim0, dim1: x.swapaxes(dim0, dim1),
                                   lambda g, x, dim0, dim1: transpose_op(g, dim0=dim0, dim1=dim1), is_view=True)
permute_op: Op   = linear("permute",   lambda x, dims: x.transpose(dims),
                                   lambda g, x, dims: permute_op(g, dims=_inverse(dims)), is_view=True)
# fmt: on

# --- one shape for another ---------------------------------------------------------------------


def reshape(input: Any, *shape: Any) -> Any:
    """The entries, in order, under another shape: a view where memory allows, else a copy.

    One size may be -1: whatever is left over.
    """
    sizes = sizes_of("reshape", shape)
    try:
        return view_op(input, shape=sizes)
    except ValueError:
        raise _unfitting("reshape", input, sizes) from None


def _unfitting(op: str, x: Any, sizes: tuple[int, ...]) -> ShapeError:
    count = math.prod(x.shape)
    known = math.prod(n for n in sizes if n != -1)
    if min(sizes, default=0) < -1 or sizes.count(-1) > 1:
        why = "sizes are at least 0, and one of them may be -1"
    elif -1 in sizes:
        why = f"{count} entries are no multiple of {known}" if known else "-1 could be any number"
    else:
        why = f"it has {count} entries, the new shape {known}"
    return ShapeError(f"{op}: a tensor of shape {tuple(x.shape)} to {sizes}: {why}.")


def view(input: Any, *shape: Any) -> Any:
    """reshape that never copies.  ShapeError where the entries' order in memory does not allow it."""
    sizes = sizes_of("view", shape)
    try:
        out = view_op(input, shape=sizes)
    except ValueError:
        raise _unfitting("view", input, sizes) from None
    new, old = plain(out), plain(input)
    shared = new.base is not None and (new.base is old or new.base is old.base)
    if new.size and not shared:
        raise ShapeError(
            f"view: a tensor of shape {tuple(input.shape)} cannot be seen as {sizes} without moving "
            "its entries in memory (it was transposed, expanded or sliced). Use reshape."
        )
    return out


def view_as(input: Any, other: Any) -> Any:
    return view(input, other.shape)


def reshape_as(input: Any, other: Any) -> Any:
    return reshape(input, other.shape)


def flatten(input: Any, start_dim: int = 0, end_dim: int = -1) -> Any:
    """The dimensions from start_dim to end_dim (with it) as one."""
    shape = input.shape
    first, last = (one_dim("flatten", d, len(shape)) for d in (start_dim, end_dim))
    if first > last:
        raise ShapeError(f"flatten: start_dim={start_dim} comes after end_dim={end_dim}.")
    if first == last and shape:
        return input
    return view_op(
        input, shape=(*shape[:first], math.prod(shape[first : last + 1]), *shape[last + 1 :])
    )


def ravel(input: Any) -> Any:
    """All entries in one dimension."""
    return reshape(input, -1)


def unflatten(input: Any, dim: int, sizes: Any) -> Any:
    """One dimension as several; one of the sizes may be -1."""
    shape = input.shape
    if not shape:
        raise ShapeError("unflatten: a tensor without dimensions has none to split.")
    axis = one_dim("unflatten", dim, len(shape))
    sizes = sizes_of("unflatten", (sizes,))
    known = math.prod(n for n in sizes if n != -1)
    if sizes.count(-1) == 1 and known > 0:
        sizes = tuple(shape[axis] // known if n == -1 else n for n in sizes)
    if not sizes or min(sizes) < 0 or math.prod(sizes) != shape[axis]:
        raise ShapeError(f"unflatten: dim={dim} of size {shape[axis]} does not split into {sizes}.")
    return view_op(input, shape=(*shape[:axis], *sizes, *shape[axis + 1 :]))


def squeeze(input: Any, dim: Any = None) -> Any:
    """Without the dimensions of size 1: all of them, or those of `dim` that have it."""
    shape = input.shape
    if dim is None:
        kept = [n for n in shape if n != 1]
    else:
        axes = all_dims("squeeze", dim, len(shape))
        kept = [n for k, n in enumerate(shape) if n != 1 or k not in axes]
    return squeeze_op(input, shape=tuple(kept))


def unsqueeze(input: Any, dim: int) -> Any:
    """With a dimension of size 1 put in before `dim`."""
    shape = input.shape
    axis = one_dim("unsqueeze", dim, len(shape) + 1)
    return unsqueeze_op(input, shape=(*shape[:axis], 1, *shape[axis:]))


def atleast_1d(*tensors: Any) -> Any:
    """0-d tensors with one dimension; others as they are."""
    return _each(tensors, lambda x: x if x.shape else reshape(x, 1))


def atleast_2d(*tensors: Any) -> Any:
    """Tensors with at least two dimensions: (n,) becomes (1, n)."""
    return _each(tensors, lambda x: x if len(x.shape) > 1 else reshape(x, 1, -1))


def atleast_3d(*tensors: Any) -> Any:
    """Tensors with at least three dimensions: (n,) becomes (1, n, 1), (n, m) becomes (n, m, 1)."""

    def three(x: Any) -> Any:
        n = len(x.shape)
        return x if n > 2 else unsqueeze(x, 2) if n == 2 else reshape(x, 1, -1, 1)

    return _each(tensors, three)


def _each(tensors: tuple[Any, ...], f: Any) -> Any:
    if len(tensors) == 1 and not isinstance(tensors[0], (tuple, list)):
        return f(tensors[0])
    if len(tensors) == 1:
        tensors = tuple(tensors[0])
    return tuple(f(x) for x in tensors)


# --- axes in another order ---------------------------------------------------------------------


def transpose(input: Any, dim0: int, dim1: int) -> Any:
    """The tensor with two dimensions exchanged."""
    n = len(input.shape)
    a, b = one_dim("transpose", dim0, n), one_dim("transpose", dim1, n)
    return transpose_op(input, dim0=a, dim1=b) if n else view_op(input, shape=())


swapaxes = swapdims = transpose


def permute(input: Any, *dims: Any) -> Any:
    """The dimensions in the order given: dims[i] says which one becomes the i-th."""
    order = sizes_of("permute", dims)
    n = len(input.shape)
    if len(order) != n:
        raise ShapeError(
            f"permute: {order} names {len(order)} dimensions, the tensor of shape "
            f"{tuple(input.shape)} has {n}."
        )
    return permute_op(input, dims=all_dims("permute", order, n))


def movedim(input: Any, source: Any, destination: Any) -> Any:
    """The dimensions `source` moved to the places `destination`; the others keep their order."""
    n = len(input.shape)
    froms, tos = all_dims("movedim", source, n), all_dims("movedim", destination, n)
    if len(froms) != len(tos):
        raise ShapeError(f"movedim: {len(froms)} dimensions cannot move to {len(tos)} places.")
    if not n:
        return view_op(input, shape=())
    placed = dict(zip(tos, froms, strict=True))
    rest = iter([d for d in range(n) if d not in froms])
    return permute_op(input, dims=tuple(placed[k] if k in placed else next(rest) for k in range(n)))


moveaxis = movedim


def t(input: Any) -> Any:
    """A matrix transposed; a vector or number as it is."""
    n = len(input.shape)
    if n > 2:
        raise ShapeError(f"t: a tensor with {n} dimensions is no matrix. Use .mT or transpose.")
    return transpose_op(input, dim0=0, dim1=1) if n == 2 else view_op(input, shape=input.shape)


def T(input: Any) -> Any:
    """The dimensions in reverse order."""
    return permute_op(input, dims=tuple(range(len(input.shape)))[::-1])


def mT(input: Any) -> Any:
    """The last two dimensions exchanged: each matrix of a batch transposed."""
    n = len(input.shape)
    if n < 2:
        if n == 0:
            return input
        raise ShapeError("mT: a tensor with 1 dimension holds no matrices.")
    return transpose_op(input, dim0=n - 2, dim1=n - 1)


def adjoint(input: Any) -> Any:
    """The conjugate transpose: for the real numbers here, mT."""
    return mT(input)


def H(input: Any) -> Any:
    """The conjugate transpose of a matrix: for the real numbers here, T."""
    if len(input.shape) not in (0, 2):
        raise ShapeError(f"H: a tensor with {len(input.shape)} dimensions is no matrix. Use .mT.")
    return T(input)


# --- the same entries used many times ------------------------------------------------------------


def expand(input: Any, *sizes: Any, implicit: bool = False) -> Any:
    """Dimensions of size 1 repeated to `sizes` without a copy; -1 keeps a size."""
    wanted = sizes_of("expand", sizes)
    return expand_op(input, shape=_expanded("expand", tuple(input.shape), wanted))


def _expanded(op: str, shape: tuple[int, ...], wanted: tuple[int, ...]) -> tuple[int, ...]:
    extra = len(wanted) - len(shape)
    have = (1,) * extra + shape
    out = tuple([h if n == -1 else n for h, n in zip(have, wanted, strict=False)])
    fits = all(n >= 0 and h in (1, n) for h, n in zip(have, out, strict=False))
    if extra < 0 or not fits or -1 in wanted[:extra]:
        raise ShapeError(
            f"{op}: a tensor of shape {shape} to {wanted}: sizes are compared from the right, and only "
            "a size of 1 (or none) can become another."
        )
    return out


def expand_as(input: Any, other: Any) -> Any:
    return expand(input, other.shape)


def broadcast_to(input: Any, *sizes: Any) -> Any:
    """expand, under NumPy's name."""
    wanted = sizes_of("broadcast_to", sizes)
    return expand_op(input, shape=_expanded("broadcast_to", tuple(input.shape), wanted))


def broadcast_shapes(*shapes: Any) -> tuple[int, ...]:
    """The shape that these shapes broadcast to."""
    try:
        return np.broadcast_shapes(*shapes)
    except ValueError:
        raise ShapeError(
            f"broadcast: the shapes {', '.join(map(str, shapes))} do not fit: sizes are compared from the "
            "right, and must be equal or 1."
        ) from None


def broadcast_tensors(*tensors: Any) -> tuple[Any, ...]:
    """All of them expanded to the shape they broadcast to."""
    if len(tensors) == 1 and isinstance(tensors[0], (tuple, list)):
        tensors = tuple(tensors[0])
    shape = broadcast_shapes(*(x.shape for x in tensors))
    return tuple(expand_op(x, shape=shape) for x in tensors)


FUNCTIONS = (
    "reshape", "flatten", "ravel", "unflatten", "squeeze", "unsqueeze",
    "atleast_1d", "atleast_2d", "atleast_3d",
    "transpose", "swapaxes", "swapdims", "permute", "movedim", "moveaxis", "t", "adjoint",
    "broadcast_to", "broadcast_shapes", "broadcast_tensors",
)  # fmt: skip
METHODS = (
    "reshape", "reshape_as", "view", "view_as", "flatten", "ravel", "unflatten", "squeeze", "unsqueeze",
    "transpose", "swapaxes", "swapdims", "permute", "movedim", "moveaxis", "t", "adjoint",
    "expand", "expand_as", "broadcast_to",
)  # fmt: skip
IN_PLACE = ("squeeze", "unsqueeze", "transpose", "swapaxes", "swapdims", "t")

# Attributes without a call: x.T.
mH = mT
PROPERTIES = ("T", "mT", "H", "mH")
