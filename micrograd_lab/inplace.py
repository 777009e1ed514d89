"""Changing numbers in place: what that does to the memory, to its version, and to the graph.

    memory    the new numbers go where the old ones were; every view of that memory sees them
    version   the counter of the memory goes up, so that backward notices a saved value that is gone
    history   the tensor now comes from the op that ran; so does the base whose memory it is a part
              of, and from that base every other view of it comes anew

The leaves that want a gradient are not to be changed while the graph is recorded: their gradient
would belong to numbers that nobody has any more.
"""

from collections.abc import Callable
from typing import Any

import numpy as np

from micrograd_lab.dtypes import CATEGORY
from micrograd_lab.engine import Record, mode
from micrograd_lab.errors import DtypeError, GradError, ShapeError
from micrograd_lab.ops.indexing import set_op, slice_op
from micrograd_lab.ops.indices import Index, index_error, region
from micrograd_lab.ops.op import Array, Op, Traced
from micrograd_lab.tensor import Tensor, counter_of, next_serial, remember, wrap

ndarray = np.ndarray


def change(
    x: Tensor, f: Callable[..., Any], args: tuple[Any, ...], params: dict[str, Any]
) -> Tensor:
    """x becomes f(x, *args, **params): the in-place form of every function of ops."""
    if not mode.grad:
        y = f(x, *args, **params)
        write(x, y)
        return x
    may_change(x)
    old, since = alias(x), next_serial()
    y = f(old, *args, **params)
    if old._version_counter is not None and isinstance(y, Tensor):
        keep_old(y, old, since)
    write(x, y)
    if x._requires_grad and not y._requires_grad:
        y = set_op(old, y, view=None, pick=None)
    if y._requires_grad and y._grad_fn is not x._grad_fn:
        if y.array.dtype != x.array.dtype:
            y = y.astype(x.array.dtype)
        adopt(x, y)
    return x


def put(x: Tensor, v: Any, view: Index | None = None, pick: Index | None = None) -> Tensor:
    """x[view][pick] = v, with v broadcast; all of x if there is neither."""
    array = v
    wanted = 0
    if isinstance(v, Traced):
        if not isinstance(v, Tensor):
            raise GradError(
                f"x[...] = {type(v).__name__}: a Tensor cannot hold what is traced at a higher level. "
                "Use where() or index_put(), which make a new one."
            )
        array = v.array
        wanted = 2 * v._requires_grad
    if mode.grad:
        if x._requires_grad or wanted:
            may_change(x)
            if x.array.dtype.kind != "f":
                wanted = 0
        wanted += x._requires_grad
    else:
        wanted = 0
    if pick is not None and type(array) is ndarray and array.dtype != x.array.dtype:
        raise DtypeError(
            f"x[index] = v: x holds {x.dtype}, v {array.dtype}; with index tensors or masks they must "
            "be the same. Convert v first."
        )
    target, index = region(x.array, view, pick)
    try:
        target[index] = array
    except OverflowError:
        target[index] = _wrapped_round(array, x.array.dtype)
    except IndexError as error:
        raise index_error(error, x.shape) from error
    except ValueError as error:
        raise _unwritable(x, np.shape(array), error) from error
    counter_of(x)[0] += 1
    if wanted:
        inputs = (alias(x), v)
        adopt(x, recorded(x.array, set_op, inputs, wanted, {"view": view, "pick": pick}))
    return x


# --- memory ---------------------------------------------------------------------------------


def write(x: Tensor, y: Any) -> None:
    """The numbers of y, into the memory of x."""
    if not isinstance(y, Tensor):
        raise GradError(
            f"an in-place op on a Tensor with a {type(y).__name__}: a Tensor cannot hold what is "
            "traced at a higher level. Use the out-of-place form."
        )
    a, b = x.array, y.array
    if b.dtype is not a.dtype and CATEGORY[b.dtype.kind] > CATEGORY[a.dtype.kind]:
        raise DtypeError(
            f"an in-place op on a tensor of {a.dtype}: the result is {b.dtype}, which cannot be cast to "
            f"{a.dtype}. Use the out-of-place form, or convert the tensor first."
        )
    if b.shape != a.shape:
        raise ShapeError(
            f"an in-place op on a tensor of shape {a.shape}: the result has shape {b.shape}, but a "
            "tensor cannot change its shape in place. Use the out-of-place form."
        )
    try:
        np.copyto(a, b, casting="unsafe")
    except ValueError as error:
        raise _unwritable(x, b.shape, error) from error
    counter_of(x)[0] += 1


def _wrapped_round(number: Any, dtype: np.dtype[Any]) -> Any:
    """-1 in uint8 is 255, as in C; what does not fit even so is a DtypeError."""
    most = np.iinfo(dtype).max
    if dtype.kind != "u" or not -most <= number < 0:
        raise DtypeError(
            f"x[index] = {number}: x holds {dtype}, whose largest number is {most}. "
            "Convert x to a wider dtype first."
        )
    return number + most + 1


def _unwritable(x: Tensor, shape: tuple[int, ...], error: ValueError) -> ShapeError:
    if not x.array.flags.writeable:
        return ShapeError(
            f"an in-place op on a tensor of shape {x.shape} that shares one number between several "
            "entries (it was expanded), or whose memory is read-only. Use clone() first."
        )
    return ShapeError(
        f"an in-place op on a tensor of shape {x.shape}: shape {shape} does not broadcast to what is "
        f"written to ({error})."
    )


# --- history --------------------------------------------------------------------------------


def may_change(x: Tensor) -> None:
    """GradError if x may not be changed in place while the graph is recorded."""
    view = x._more.view if x._more is not None else None
    base = x if view is None else view[0]
    if base._requires_grad and base._grad_fn is None:
        what = "a leaf" if base is x else "a view of a leaf"
        raise GradError(
            f"{what} Variable that requires grad is being used in an in-place operation. "
            "Wrap the change in no_grad() if no gradient shall know of it, or use the "
            "out-of-place form (x = x + 1 instead of x += 1)."
        )
    if base._requires_grad and not x._requires_grad:
        raise GradError(
            "a view that was made under no_grad() is being modified in place while the graph is "
            "recorded: its base requires a gradient, the view does not know. Make the view outside "
            "no_grad(), or modify it inside."
        )


def alias(x: Tensor) -> Tensor:
    """x as it is now, with its history so far."""
    old = wrap(x.array)
    old._requires_grad, old._grad_fn = x._requires_grad, x._grad_fn
    return old


def recorded(array: Array, op: Op, inputs: Any, wanted: int, params: dict[str, Any]) -> Tensor:
    """What op would have made of the inputs, if it had been made in `array`."""
    out = wrap(array)
    arrays = [x.array if isinstance(x, Tensor) else x for x in inputs]
    out._requires_grad = True
    out._grad_fn = remember(out, op, inputs, arrays, wanted, params)
    return out


def keep_old(y: Tensor, old: Tensor, since: int) -> None:
    """What ran after `since` will want to see the old numbers again: give it a copy, just in time."""
    copies: dict[int, Array] = {}
    seen = set()
    stack: list[Any] = [y._grad_fn]
    while stack:
        record = stack.pop()
        if type(record) is not Record or record.serial <= since or record in seen:
            continue
        seen.add(record)
        for k, saved in enumerate(record.saved or ()):
            if type(saved) is ndarray and np.may_share_memory(saved, old.array):
                if id(saved) not in copies:
                    copies[id(saved)] = saved.copy()
                record.saved[k] = copies[id(saved)]  # type: ignore[index]
        stack += record.parents


def adopt(x: Tensor, y: Tensor) -> None:
    """x takes y's history, since it now holds what y held; and so do its base and all its views."""
    record, counter = y._grad_fn, counter_of(x)
    assert record is not None
    if record.saved and record.saved[0] is y.array and y.array is not x.array:
        record.saved[0] = x.array  # one copy is enough; and whoever overwrites x now is noticed
        record.versions = [
            (counter, counter[0]) if c is y._version_counter else (c, v) for c, v in record.versions
        ]
    view = x._more.view if x._more is not None else None
    if view is None:
        base = x
        become(x, record)
    else:
        base = view[0]
        inputs = (alias(base), y)
        wanted = 2 + base._requires_grad
        made = recorded(base.array, set_op, inputs, wanted, place_in_base(x))
        become(base, made._grad_fn)
        x._requires_grad = True
    if base._more is not None and base._more.views:
        renew_views(base)


def become(x: Tensor, record: Any) -> None:
    """Another op is now the one that made x; who retains its gradient still does."""
    before = x._grad_fn
    x._requires_grad, x._grad_fn = True, record
    hooks = None if before is None else before.hooks
    if hooks is not None and hooks.retain is not None and hooks.retain() is x:
        hooks.retain = None
        x.retain_grad()


def renew_views(base: Tensor) -> None:
    """Every living view of the base is made anew from it, as far as history goes."""
    assert base._more is not None
    knew = [view for ref in base._more.views if (view := ref()) is not None]
    for view in knew:  # in the order in which they were made: a view of a view comes after it
        _, op, params, parent = view._more.view  # type: ignore[union-attr]
        if parent._requires_grad:
            record = recorded(view.array, op, (parent,), 1, params)._grad_fn
            become(view, record)


def place_in_base(x: Tensor) -> dict[str, Any]:
    """Where the entries of a view stand in its base, as set_op wants to know it."""
    path = []
    base = x._more.view[0]  # type: ignore[union-attr]
    while x is not base:
        _, op, params, x = x._more.view  # type: ignore[union-attr]
        path.append((op, params))
    if len(path) == 1 and path[0][0] is slice_op:
        return {"view": path[0][1]["index"], "pick": None}
    if not base.array.ndim:
        return {"view": None, "pick": None}
    where = np.arange(base.array.size).reshape(base.array.shape)
    for op, params in reversed(path):
        where = op.forward(where, **params)
    return {"view": None, "pick": np.unravel_index(where, base.array.shape)}


def restride(
    x: Tensor, f: Callable[..., Any], args: tuple[Any, ...], params: dict[str, Any]
) -> Tensor:
    """squeeze_, t_, ...: the same memory, seen under another shape from now on."""
    if mode.grad and x._requires_grad:
        may_change(x)
    before = x._more.view if x._more is not None else None
    old = alias(x)
    old._version_counter = counter_of(x)
    if before is not None:
        old._more = None
    y = f(old, *args, **params)
    counter_of(x)[0] += 1
    if y is old:
        return x
    path = y._more.view if y._more is not None else None
    x.array = y.array
    if y._grad_fn is not None:
        become(x, y._grad_fn)
    if before is not None and path is not None:  # x is still a view: of a base, by one step more
        middle = old
        middle._more = None
        _note(middle, before)
        _note(x, (before[0], path[1], path[2], middle))
    elif x._more is not None:
        x._more.views = []
    return x


def _note(x: Tensor, view: Any) -> None:
    from micrograd_lab.tensor import more_of

    more_of(x).view = view
