"""Convolution: one trilinear form in an input, a weight and an output, read in three directions.

Σ y · conv(x, w) is linear in each of x, w and y.  Take away y and what is left is a convolution;
take away x, its transpose; take away w, the gradient of a weight.  The derivatives of each of the
three are the other two, so nothing new is needed for gradients of any order.
"""

import math
from typing import Any

import numpy as np

from micrograd_lab.errors import DtypeError, ShapeError
from micrograd_lab.ops.halves import lowered, op_lowered
from micrograd_lab.ops.op import Array, Op, bilinear, broadcast_to, by_hand, reshape, sum_over
from micrograd_lab.ops.windows import Pads, Sizes, batched, columns, counts, laid_back, sizes, span

# --- kernels: x (N, C, ...), w (K, C/groups, *kernel), y (N, K, ...) --------------------------


def _grouped(w: Array, groups: int) -> Array:
    """(groups, K/groups, C/groups · kernel)"""
    return w.reshape(groups, w.shape[0] // groups, math.prod(w.shape[1:]))


def _conv(
    x: Array,
    w: Array,
    bias: Any = None,
    *,
    stride: Sizes,
    padding: Pads,
    dilation: Sizes,
    groups: int,
) -> Any:
    kernel = w.shape[2:]
    count = counts("conv", x.shape[2:], kernel, stride, padding, dilation)
    cols = columns(x, kernel, stride, padding, dilation)
    w = _grouped(w, groups)
    cols = cols.reshape(len(x), groups, w.shape[2], math.prod(count))
    y = np.matmul(w, cols).reshape(len(x), groups * w.shape[1], *count)
    if bias is not None:
        y += _along_channels(bias, len(count))
    return y


def _along_channels(bias: Any, n: int) -> Any:
    """(K,) -> (K, 1, ...), as wide as n axes of windows."""
    return reshape(bias, shape=(*bias.shape, *(1,) * n))


def _conv_input(
    y: Array, w: Array, size: Sizes, stride: Sizes, padding: Pads, dilation: Sizes, groups: int
) -> Any:
    kernel, channels = w.shape[2:], w.shape[1] * groups
    w = _grouped(w, groups)
    windows = math.prod(y.shape[2:])
    y = np.ascontiguousarray(y)  # an expanded gradient would miss BLAS
    cols = np.matmul(w.mT, y.reshape(len(y), groups, w.shape[1], windows))
    cols = cols.reshape(len(y), channels * math.prod(kernel), windows)
    return laid_back(cols, size, kernel, stride, padding, dilation)


def _conv_weight(
    y: Array, x: Array, kernel: Sizes, stride: Sizes, padding: Pads, dilation: Sizes, groups: int
) -> Any:
    cols = columns(x, kernel, stride, padding, dilation)
    n, windows = len(x), cols.shape[2]
    cols = cols.reshape(n, groups, cols.shape[1] // groups, windows)
    y = np.ascontiguousarray(y).reshape(n, groups, y.shape[1] // groups, windows)
    w = np.add.reduce(np.matmul(y, cols.mT), axis=0)
    return w.reshape(groups * y.shape[2], x.shape[1] // groups, *kernel)


# By hand: linear in x and in w, and a bias that is added in place, not in a pass of its own.
# fmt: off
conv: Op         = by_hand("conv", _conv, (
    lambda g, y, x, w, bias=None, **how: conv_input(g, w, size=x.shape[2:], **how),
    lambda g, y, x, w, bias=None, **how: conv_weight(g, x, kernel=w.shape[2:], **how),
    lambda g, y, x, w, bias=None, **how: sum_over(g, dim=(0, *range(2, g.ndim)), keepdim=False),
), (
    lambda dx, y, x, w, bias=None, **how: conv(dx, w, **how),
    lambda dw, y, x, w, bias=None, **how: conv(x, dw, **how),
    lambda db, y, x, w, bias=None, **how:
        broadcast_to(_along_channels(db, y.ndim - 2), shape=y.shape),
))
conv_input: Op   = bilinear("conv_input", _conv_input,
                            lambda x, y, w, size, **how: conv(x, w, **how),
                            lambda x, y, w, size, **how: conv_weight(y, x, kernel=w.shape[2:], **how))
conv_weight: Op  = bilinear("conv_weight", _conv_weight,
                            lambda w, y, x, kernel, **how: conv(x, w, **how),
                            lambda w, y, x, kernel, **how: conv_input(y, w, size=x.shape[2:], **how))
# fmt: on
conv.autocast = conv_input.autocast = op_lowered


# --- the functions ---------------------------------------------------------------------------


def _convolution(
    n: int, x: Any, w: Any, bias: Any, stride: Any, padding: Any, dilation: Any, groups: int
) -> Any:
    name = f"conv{n}d"
    x, alone = batched(name, x, n)
    _check(name, x, w, bias, n, groups)
    stride = sizes(name, "stride", stride, n, least=1)
    dilation = sizes(name, "dilation", dilation, n, least=1)
    kernel = tuple(w.shape[2:])
    pads = _padding(name, padding, n, kernel, stride, dilation)
    counts(name, tuple(x.shape[2:]), kernel, stride, pads, dilation)
    inputs = (x, w) if bias is None else (x, w, bias)
    y = conv(*inputs, stride=stride, padding=pads, dilation=dilation, groups=groups)
    return reshape(y, shape=tuple(y.shape[1:])) if alone else y


def _transposed(
    n: int,
    y: Any,
    w: Any,
    bias: Any,
    stride: Any,
    padding: Any,
    output_padding: Any,
    groups: int,
    dilation: Any,
) -> Any:
    name = f"conv_transpose{n}d"
    y, alone = batched(name, y, n)
    _check(name, y, w, bias, n, groups)
    stride = sizes(name, "stride", stride, n, least=1)
    dilation = sizes(name, "dilation", dilation, n, least=1)
    padding = sizes(name, "padding", padding, n)
    extra = sizes(name, "output_padding", output_padding, n)
    if any(e >= s for e, s in zip(extra, stride, strict=True)):
        raise ShapeError(
            f"{name}: output_padding={extra} must be smaller than the stride {stride}: it chooses "
            "among the sizes that a convolution would have made this one of."
        )
    reach = span(tuple(w.shape[2:]), dilation)
    size = tuple(
        (m - 1) * s - 2 * p + r + e
        for m, s, p, r, e in zip(y.shape[2:], stride, padding, reach, extra, strict=True)
    )
    if min(size) < 1 or 0 in y.shape[1:]:
        raise ShapeError(f"{name}: an input of size {tuple(y.shape[2:])} would give one of {size}.")
    pads = tuple((p, p) for p in padding)
    x = conv_input(y, w, size=size, stride=stride, padding=pads, dilation=dilation, groups=groups)
    if bias is not None:
        x = x + _along_channels(bias, n)
    return reshape(x, shape=tuple(x.shape[1:])) if alone else x


def _padding(
    name: str, padding: Any, n: int, kernel: Sizes, stride: Sizes, dilation: Sizes
) -> Pads:
    if padding == "valid":
        return ((0, 0),) * n
    if padding == "same":
        if set(stride) != {1}:
            raise ShapeError(
                f"{name}: padding='same' keeps the size only with stride 1, not {stride}."
            )
        return tuple(((r - 1) // 2, r - 1 - (r - 1) // 2) for r in span(kernel, dilation))
    return tuple((p, p) for p in sizes(name, "padding", padding, n))


def _check(name: str, x: Any, w: Any, bias: Any, n: int, groups: int) -> None:
    """Shapes and dtypes, before a kernel trips over them."""
    if len(w.shape) != n + 2:
        raise ShapeError(f"{name}: the weight needs {n + 2} axes, found shape {tuple(w.shape)}.")
    layout, takes, makes = "(out, in/groups, *kernel)", w.shape[1] * groups, w.shape[0]
    if "transpose" in name:
        layout, takes, makes = "(in, out/groups, *kernel)", w.shape[0], w.shape[1] * groups
    if groups < 1 or w.shape[0] % groups or x.shape[1] != takes or 0 in w.shape:
        raise ShapeError(
            f"{name}: input {tuple(x.shape)}, weight {tuple(w.shape)}, groups={groups}: the weight is "
            f"{layout}, so {takes} input channels were expected, found {x.shape[1]}; groups must "
            "divide the channels on both sides."
        )
    dtypes = {x.dtype, w.dtype} if bias is None else {x.dtype, w.dtype, bias.dtype}
    if len(dtypes) > 1:
        raise DtypeError(
            f"{name}: input, weight and bias must share one dtype, found "
            f"{' and '.join(sorted(map(str, dtypes)))}. Convert them."
        )
    if bias is not None and tuple(bias.shape) != (makes,):
        raise ShapeError(f"{name}: the bias needs shape ({makes},), found {tuple(bias.shape)}.")


# fmt: off
@lowered
def conv1d(input: Any, weight: Any, bias: Any = None, stride: Any = 1, padding: Any = 0,
           dilation: Any = 1, groups: int = 1) -> Any:
    """(N, C, L), (K, C/groups, l) -> (N, K, L')"""
    return _convolution(1, input, weight, bias, stride, padding, dilation, groups)


@lowered
def conv2d(input: Any, weight: Any, bias: Any = None, stride: Any = 1, padding: Any = 0,
           dilation: Any = 1, groups: int = 1) -> Any:
    """(N, C, H, W), (K, C/groups, h, w) -> (N, K, H', W'); padding may be "same" or "valid"."""
    return _convolution(2, input, weight, bias, stride, padding, dilation, groups)


@lowered
def conv3d(input: Any, weight: Any, bias: Any = None, stride: Any = 1, padding: Any = 0,
           dilation: Any = 1, groups: int = 1) -> Any:
    """(N, C, D, H, W), (K, C/groups, d, h, w) -> (N, K, D', H', W')"""
    return _convolution(3, input, weight, bias, stride, padding, dilation, groups)


@lowered
def conv_transpose1d(input: Any, weight: Any, bias: Any = None, stride: Any = 1, padding: Any = 0,
                     output_padding: Any = 0, groups: int = 1, dilation: Any = 1) -> Any:
    """The transpose of conv1d's linear map: (N, K, L'), (K, C/groups, l) -> (N, C, L)"""
    return _transposed(1, input, weight, bias, stride, padding, output_padding, groups, dilation)


@lowered
def conv_transpose2d(input: Any, weight: Any, bias: Any = None, stride: Any = 1, padding: Any = 0,
                     output_padding: Any = 0, groups: int = 1, dilation: Any = 1) -> Any:
    """The transpose of conv2d's linear map: (N, K, H', W'), (K, C/groups, h, w) -> (N, C, H, W)"""
    return _transposed(2, input, weight, bias, stride, padding, output_padding, groups, dilation)


@lowered
def conv_transpose3d(input: Any, weight: Any, bias: Any = None, stride: Any = 1, padding: Any = 0,
                     output_padding: Any = 0, groups: int = 1, dilation: Any = 1) -> Any:
    """The transpose of conv3d's linear map."""
    return _transposed(3, input, weight, bias, stride, padding, output_padding, groups, dilation)
# fmt: on


FUNCTIONS = (
    "conv1d", "conv2d", "conv3d",
    "conv_transpose1d", "conv_transpose2d", "conv_transpose3d",
)  # fmt: skip
METHODS: tuple[str, ...] = ()
IN_PLACE: tuple[str, ...] = ()
