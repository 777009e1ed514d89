"""A border around the entries: zeros or a number, or the entries themselves again."""

from typing import Any

import numpy as np

from micrograd_lab.errors import OptionError, ShapeError
from micrograd_lab.ops.conversions import clone
from micrograd_lab.ops.indexing import index_select
from micrograd_lab.ops.op import Array, Op, by_hand

Widths = tuple[tuple[int, int], ...]  # before and after, per axis; a negative one cuts off

MODES = {"reflect": "reflect", "replicate": "edge", "circular": "wrap"}


def _pad(x: Array, widths: Widths, value: float) -> Any:
    shape = tuple([n + before + after for n, (before, after) in zip(x.shape, widths, strict=True)])
    out = np.full(shape, value, x.dtype) if value else np.zeros(shape, x.dtype)
    here = tuple([slice(max(b, 0), n - max(a, 0)) for n, (b, a) in zip(shape, widths, strict=True)])
    there = tuple(
        [slice(max(-b, 0), n - max(-a, 0)) for n, (b, a) in zip(x.shape, widths, strict=True)]
    )
    out[here] = x[there]
    return out


def _opposite(widths: Widths) -> Widths:
    return tuple([(-before, -after) for before, after in widths])


# By hand, because a border of something other than 0 makes it affine, not linear.
pad_op: Op = by_hand(
    "pad", _pad,
    vjps=(lambda g, y, x, widths, value: pad_op(g, widths=_opposite(widths), value=0),),
    jvps=(lambda dx, y, x, widths, value: pad_op(dx, widths=widths, value=0),),
)  # fmt: skip


def pad(input: Any, pad: Any, mode: str = "constant", value: float | None = None) -> Any:
    """A border of these widths: (left, right) of the last axis, then of the one before it, ….

    mode: "constant" (value, 0 if left out), "reflect", "replicate" or "circular".
    A negative width cuts off.
    """
    widths = tuple(int(n) for n in pad)
    shape = tuple(input.shape)
    axes = len(widths) // 2
    if len(widths) % 2 or axes > len(shape):
        raise ShapeError(
            f"pad: {widths} for a tensor of shape {shape}: two widths per axis, starting from the "
            f"last, so at most {2 * len(shape)}."
        )
    per_axis = ((0, 0),) * (len(shape) - axes) + tuple(
        (widths[2 * k], widths[2 * k + 1]) for k in reversed(range(axes))
    )
    for axis, (before, after) in enumerate(per_axis):
        if shape[axis] + min(before, 0) + min(after, 0) < 0:
            raise ShapeError(
                f"pad: {(before, after)} cuts more off axis {axis} than its size {shape[axis]}."
            )
    if mode == "constant":
        return pad_op(input, widths=per_axis, value=value or 0)
    if mode not in MODES:
        raise OptionError(f'pad: mode={mode!r}: choose "constant", {", ".join(map(repr, MODES))}.')
    if value:
        raise OptionError(f"pad: mode={mode!r} takes no value.")
    if axes not in (1, 2, 3) or len(shape) not in (axes + 1, axes + 2):
        raise ShapeError(
            f"pad: mode={mode!r} pads the last 1, 2 or 3 axes, after a channel axis and perhaps a "
            f"batch axis; found {axes} axes of a tensor of shape {shape}. Unsqueeze it first."
        )
    if mode != "circular" and 0 in shape[-axes - 1 :]:
        raise ShapeError(
            f"pad: mode={mode!r} of an empty tensor of shape {shape}: nothing to repeat."
        )
    if not any(widths):
        return clone(input)  # like every other width, a tensor of its own
    for axis, around in enumerate(per_axis):
        if around != (0, 0):
            input = index_select(input, axis, _repeated(shape[axis], *around, mode))
    return input


def _repeated(size: int, before: int, after: int, mode: str) -> Array:
    """Which entry stands at each place of a padded axis."""
    if mode == "circular" and min(before, after) < 0:  # what is cut off does not come round again
        first, last = max(-before, 0), size - max(-after, 0)
        return _repeated(last - first, max(before, 0), max(after, 0), mode) + first
    most = {"reflect": size - 1, "circular": size, "replicate": max(before, after)}[mode]
    if max(before, after) > most or not size:
        raise ShapeError(
            f"pad: mode={mode!r} with widths {(before, after)} of an axis of size {size}: it can give "
            f"at most {most}."
        )
    index = np.pad(np.arange(size), (max(before, 0), max(after, 0)), MODES[mode])  # type: ignore[call-overload]
    return np.asarray(index[max(-before, 0) : len(index) - max(-after, 0)])


FUNCTIONS = ()
METHODS = ()
IN_PLACE = ()
