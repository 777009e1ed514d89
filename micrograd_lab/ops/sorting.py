"""Entries in order, and which one stands where: max, min, sort, topk, mode.

The order itself has no derivative.  It says which entries are picked; the gradient goes to those.
"""

from typing import Any

import numpy as np

from micrograd_lab.errors import ShapeError
from micrograd_lab.ops import elementwise, indexing
from micrograd_lab.ops.axes import (
    EVERY,
    axis_of,
    refuse_dtype,
    refuse_empty,
    return_type,
    takes_dim,
)
from micrograd_lab.ops.conversions import clone
from micrograd_lab.ops.op import Array, Op, Traced, constant, reshape
from micrograd_lab.ops.plain import plain
from micrograd_lab.ops.reductions import (
    amax_op,
    amin_op,
    argmax_op,
    argmin_op,
)

fields = ("values", "indices")
Max, Min, Sort, Topk, Kthvalue, Mode = (
    return_type(name, *fields) for name in ("max", "min", "sort", "topk", "kthvalue", "mode")
)
AMinMax = return_type("aminmax", "min", "max")

# --- kernels --------------------------------------------------------------------------------


def _order(x: Array, dim: int, descending: bool) -> Any:
    """The stable order of the entries along dim; nan counts as the largest."""
    if x.ndim == 0:
        return np.zeros((), np.int64)
    if not descending:
        return np.argsort(x, axis=dim, kind="stable")
    flipped = np.argsort(np.flip(x, dim), axis=dim, kind="stable")
    return x.shape[dim] - 1 - np.flip(flipped, dim)


def _mode(x: Array, dim: int) -> Array:
    """Where the most frequent entry stands last, dim kept; the smallest of equally frequent ones."""
    order = np.moveaxis(np.argsort(x, axis=dim, kind="stable"), dim, -1)
    inorder = np.take_along_axis(np.moveaxis(x, dim, -1), order, -1)
    at = np.arange(x.shape[dim])
    begins = np.ones(inorder.shape, bool)
    begins[..., 1:] = inorder[..., 1:] != inorder[..., :-1]
    run = at - np.maximum.accumulate(np.where(begins, at, 0), axis=-1)
    last = np.argmax(run, axis=-1, keepdims=True)
    return np.moveaxis(np.take_along_axis(order, last, -1), -1, dim)


# --- the table ------------------------------------------------------------------------------

order_op = constant("argsort", _order)
kth_op = constant(
    "kth_index", lambda x, dim, k: np.take(np.argsort(x, axis=dim, kind="stable"), [k - 1], dim)
)
mode_op = constant("mode_index", _mode)
first_op = constant("first", lambda x, dim, k: x[(slice(None),) * dim + (slice(k),)])


def picked(x: Any, indices: Any, dim: int) -> Any:
    """The entries of x at these indices along dim."""
    if x.ndim == 0:
        return clone(x)
    return indexing.gather_op(x, dim=dim, index=plain(indices))


def without(x: Any, dim: int, keepdim: bool) -> Any:
    """x, of size 1 along dim, without that axis unless keepdim."""
    return x if keepdim or not x.ndim else reshape(x, shape=(*x.shape[:dim], *x.shape[dim + 1 :]))


def choose(result: Any, op: Op, x: Any, dim: int, keepdim: bool, params: dict[str, Any]) -> Any:
    """(values, indices) of the one entry along dim that op points to."""
    if x.ndim == 0:
        return choose(result, op, reshape(x, shape=(1,)), 0, False, params)
    indices = op(x, dim=dim, **params)
    return result(without(picked(x, indices, dim), dim, keepdim), without(indices, dim, keepdim))


# --- extremes -------------------------------------------------------------------------------


@takes_dim
def max(input: Any, dim: Any = None, keepdim: bool = False, *, other: Any = None) -> Any:
    """The largest entry; with dim: (values, indices) along it; with another tensor: maximum(x, other).

    Without dim, entries that tie share the gradient; with dim, the one at the index gets it.
    """
    return _extreme("max", input, dim, keepdim, other)


@takes_dim
def min(input: Any, dim: Any = None, keepdim: bool = False, *, other: Any = None) -> Any:
    """The smallest entry; with dim: (values, indices) along it; with another tensor: minimum(x, other).

    Without dim, entries that tie share the gradient; with dim, the one at the index gets it.
    """
    return _extreme("min", input, dim, keepdim, other)


EXTREMES = {
    "max": (amax_op, argmax_op, elementwise.maximum, Max),
    "min": (amin_op, argmin_op, elementwise.minimum, Min),
}


def _extreme(name: str, x: Any, dim: Any, keepdim: bool, other: Any) -> Any:
    of_all, place_of, of_two, result = EXTREMES[name]
    if other is not None or isinstance(dim, (Traced, np.ndarray)):
        return of_two(x, dim if other is None else other)
    if dim is None:
        refuse_empty(name, x, EVERY[x.ndim])
        return of_all(x, dim=EVERY[x.ndim], keepdim=False)
    axis = axis_of(name, x, dim)
    refuse_empty(name, x, (axis,) if x.ndim else ())
    return choose(result, place_of, x, axis, keepdim, {"keepdim": True})


@takes_dim
def aminmax(input: Any, *, dim: int | None = None, keepdim: bool = False) -> Any:
    """(min, max) along dim, or of all.  Entries that tie share the gradient."""
    axes = EVERY[input.ndim]
    if dim is not None and (axis := axis_of("aminmax", input, dim)) < input.ndim:
        axes = (axis,)
    refuse_empty("aminmax", input, axes)
    return AMinMax(
        amin_op(input, dim=axes, keepdim=keepdim), amax_op(input, dim=axes, keepdim=keepdim)
    )


# --- orders ---------------------------------------------------------------------------------


@takes_dim
def sort(input: Any, dim: int = -1, descending: bool = False, stable: bool = False) -> Any:
    """(values, indices) in order along dim; always stable, with nan as the largest."""
    axis = axis_of("sort", input, dim)
    indices = order_op(input, dim=axis, descending=bool(descending))
    return Sort(picked(input, indices, axis), indices)


@takes_dim
def argsort(input: Any, dim: int = -1, descending: bool = False, stable: bool = False) -> Any:
    """The indices that put the entries in order along dim."""
    axis = axis_of("argsort", input, dim)
    return order_op(input, dim=axis, descending=bool(descending))


@takes_dim
def msort(input: Any) -> Any:
    """The entries in order along the first dim."""
    return sort(input, 0).values


@takes_dim
def topk(input: Any, k: int, dim: int = -1, largest: bool = True, sorted: bool = True) -> Any:
    """(values, indices) of the k largest (or smallest) entries along dim, in order."""
    axis = axis_of("topk", input, dim)
    if input.dtype.kind == "b":
        refuse_dtype("topk", input, "numbers")
    _check_k("topk", input, k, axis, 0)
    order = order_op(input, dim=axis, descending=bool(largest))
    indices = first_op(order, dim=axis, k=k) if input.ndim else order
    return Topk(picked(input, indices, axis), indices)


@takes_dim
def kthvalue(input: Any, k: int, dim: int = -1, keepdim: bool = False) -> Any:
    """(values, indices) of the k-th smallest entry along dim; k counts from 1."""
    axis = axis_of("kthvalue", input, dim)
    if input.dtype.kind == "b":
        refuse_dtype("kthvalue", input, "numbers")
    _check_k("kthvalue", input, k, axis, 1)
    return choose(Kthvalue, kth_op, input, axis, keepdim, {"k": k})


def _check_k(name: str, x: Any, k: int, axis: int, low: int) -> None:
    n = x.shape[axis] if x.ndim else 1
    if not low <= k <= n:
        raise ShapeError(
            f"{name}: k={k} of the {n} entries along dim {axis} of shape {tuple(x.shape)}: "
            f"k goes from {low} to {n}."
        )


@takes_dim
def mode(input: Any, dim: int = -1, keepdim: bool = False) -> Any:
    """(values, indices) of the most frequent entry along dim; the smallest of equally frequent ones."""
    axis = axis_of("mode", input, dim)
    refuse_empty("mode", input, (axis,) if input.ndim else ())
    return choose(Mode, mode_op, input, axis, keepdim, {})


FUNCTIONS = ("aminmax", "argsort", "kthvalue", "max", "min", "mode", "msort", "sort", "topk")
METHODS = FUNCTIONS
IN_PLACE: tuple[str, ...] = ()
