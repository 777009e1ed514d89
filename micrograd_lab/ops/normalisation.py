"""Activations brought to one scale: (x - mean) / standard deviation, over some of the axes.

Which axes is the whole difference between the norms: layer_norm takes the last ones of each example,
batch_norm everything but the channels, group_norm a group of channels of each example.
"""

import math
from typing import Any

import numpy as np

from micrograd_lab.errors import DtypeError, ShapeError, UndefinedError
from micrograd_lab.ops import elementwise as ew
from micrograd_lab.ops import shapes
from micrograd_lab.ops.halves import rounded
from micrograd_lab.ops.op import Array, Op, broadcast_to, by_hand, sum_over, sum_to_shape
from micrograd_lab.ops.plain import plain, rewrite

ndarray = np.ndarray

# --- the fused op ---------------------------------------------------------------------------
# Composed it is six nodes, with four arrays of the input's size kept alive; fused, x alone is kept (y
# is free to be changed in place), and forward and backward together take 0.75 of the composed time on (256, 512) float32 and about
# half on (8, 16), where the nodes themselves cost more than the arithmetic.  Its Jacobian is
# symmetric, so one rule pulls gradients back and pushes tangents forward.


def _standardise(x: Array, dim: tuple[int, ...], eps: float, centred: bool) -> Any:
    y, deviation = _centred_and_deviation(x, dim, eps, centred)
    y = y * (1 / deviation) if y is x else np.multiply(y, 1 / deviation, out=y)
    return y.astype(x.dtype, copy=False)


def _centred_and_deviation(
    x: Array, dim: tuple[int, ...], eps: float, centred: bool
) -> tuple[Array, Array]:
    x = x.astype(np.float32) if x.dtype == np.float16 else x
    if centred:
        x = x - _average(x, dim)
    return x, np.sqrt(_average_product(x, x, dim) + eps)


def _average(x: Any, dim: tuple[int, ...]) -> Any:
    return sum_over(x, dim=dim, keepdim=True) * (1 / max(math.prod(x.shape[k] for k in dim), 1))


def _average_product(a: Any, b: Any, dim: tuple[int, ...]) -> Any:
    if type(a) is ndarray and type(b) is ndarray and a.dtype is b.dtype:
        axes = range(a.ndim)
        total = np.einsum(a, axes, b, axes, [k for k in axes if k not in dim])
        return np.expand_dims(total * (1 / max(a.size // max(total.size, 1), 1)), dim)
    return _average(a * b, dim)


def _standardise_slope(
    g: Any, y: Any, x: Any, dim: tuple[int, ...], eps: float, centred: bool
) -> Any:
    """What of g is neither a common shift nor a common stretch, over the deviation."""
    if type(g) is type(x) is ndarray:  # the same, in place
        away, deviation = _centred_and_deviation(x, dim, eps, centred)
        scale = 1 / deviation
        along = _average_product(g, away, dim) * (scale * scale)
        rest = np.multiply(away, along, out=None if away is x else away)
        np.subtract(g, rest, out=rest)
        if centred:
            rest -= _average(g, dim)
        rest *= scale
        return rest.astype(g.dtype, copy=False)
    away = x - _average(x, dim) if centred else x
    scale = ew.rsqrt(_average_product(away, away, dim) + eps)
    rest = g - away * (_average_product(g, away, dim) * (scale * scale))
    if centred:
        rest = rest - _average(g, dim)
    return rest * scale


standardise = by_hand("standardise", _standardise, (_standardise_slope,), (_standardise_slope,))


def _affine(x: Array, weight: Array, bias: Array, eps: float) -> Any:
    y = _standardise(x, _last(x, weight), eps, True)
    y *= weight
    y += bias
    return y


def _last(x: Any, weight: Any) -> tuple[int, ...]:
    return tuple(range(x.ndim - weight.ndim, x.ndim))


def _affine_slope(g: Any, y: Any, x: Any, weight: Any, bias: Any, eps: float) -> Any:
    return _standardise_slope(g * weight, None, x, _last(x, weight), eps, True)  # y is not kept


def _affine_weight(g: Any, y: Any, x: Any, weight: Any, bias: Any, eps: float) -> Any:
    dim = _last(x, weight)
    return sum_to_shape(g * standardise(x, dim=dim, eps=eps, centred=True), weight.shape)


# Layer norm with its weight and bias as one op: a row is read once, then all is done in the cache.
# fmt: off
affine: Op = by_hand(
    "layer_norm", _affine,
    (_affine_slope, _affine_weight,
     lambda g, y, x, weight, bias, eps: sum_to_shape(g, bias.shape)),
    (lambda dx, y, x, weight, bias, eps: _standardise_slope(
        dx, None, x, _last(x, weight), eps, True) * weight,
     lambda dw, y, x, weight, bias, eps: standardise(
         x, dim=_last(x, weight), eps=eps, centred=True) * dw,
     lambda db, y, x, weight, bias, eps: broadcast_to(db, shape=y.shape)),
)
# fmt: on


# --- the norms ------------------------------------------------------------------------------


@rounded
def layer_norm(
    input: Any, normalized_shape: Any, weight: Any = None, bias: Any = None, eps: float = 1e-5
) -> Any:
    """Each example by itself, over its last axes, which have normalized_shape."""
    dim = _last_axes("layer_norm", input, normalized_shape, weight, bias)
    if weight is not None and bias is not None and input.dtype == weight.dtype == bias.dtype:
        return affine(input, weight, bias, eps=eps)
    return _scaled(standardise(input, dim=dim, eps=eps, centred=True), weight, bias)


@rounded
def rms_norm(
    input: Any, normalized_shape: Any, weight: Any = None, eps: float | None = None
) -> Any:
    """layer_norm that does not take off the mean: x / sqrt(mean x²).

    eps defaults to the distance from 1 to the next number of the input's dtype.
    """
    dim = _last_axes("rms_norm", input, normalized_shape, weight, None)
    eps = float(np.finfo(input.dtype).eps) if eps is None else eps
    return _scaled(standardise(input, dim=dim, eps=eps, centred=False), weight, None)


@rounded
def group_norm(
    input: Any, num_groups: int, weight: Any = None, bias: Any = None, eps: float = 1e-5
) -> Any:
    """Each example's channels in num_groups groups.  (N, C, ...) -> (N, C, ...)"""
    _check_floating("group_norm", input)
    if input.ndim < 2:
        raise ShapeError(f"group_norm: needs (N, C, ...), found {tuple(input.shape)}.")
    channels = input.shape[1]
    if num_groups < 1 or channels % num_groups:
        raise ShapeError(
            f"group_norm: {channels} channels cannot be split into {num_groups} equal groups."
        )
    _check_per_channel("group_norm", channels, weight=weight, bias=bias)
    size = channels // num_groups * math.prod(input.shape[2:])
    if input.shape[0] * size == 1:
        raise UndefinedError(
            f"group_norm: one value per group has no spread, found shape {tuple(input.shape)} in "
            f"{num_groups} groups. Use fewer groups."
        )
    groups = shapes.reshape(input, (input.shape[0], num_groups, size))
    y = shapes.reshape(standardise(groups, dim=(2,), eps=eps, centred=True), input.shape)
    return _scaled(y, _over_channels(weight, input.ndim), _over_channels(bias, input.ndim))


@rounded
def instance_norm(
    input: Any,
    running_mean: Any = None,
    running_var: Any = None,
    weight: Any = None,
    bias: Any = None,
    use_input_stats: bool = True,
    momentum: float = 0.1,
    eps: float = 1e-5,
) -> Any:
    """Each channel of each example by itself.  (N, C, ...) -> (N, C, ...)"""
    if not use_input_stats:
        if running_mean is None or running_var is None:
            raise UndefinedError(
                "instance_norm: use_input_stats=False needs running_mean and _var."
            )
        return batch_norm(input, running_mean, running_var, weight, bias, False, momentum, eps)
    _check_floating("instance_norm", input)
    if math.prod(input.shape[2:]) == 1:
        raise UndefinedError(
            f"instance_norm: one entry per channel has no deviation; found {tuple(input.shape)}."
        )
    _check_per_channel(
        "instance_norm", input.shape[1],
        running_mean=running_mean, running_var=running_var, weight=weight, bias=bias,
    )  # fmt: skip
    _track(running_mean, running_var, input, tuple(range(2, input.ndim)), momentum)
    y = standardise(input, dim=tuple(range(2, input.ndim)), eps=eps, centred=True)
    return _scaled(y, _over_channels(weight, input.ndim), _over_channels(bias, input.ndim))


@rounded
def batch_norm(
    input: Any,
    running_mean: Any,
    running_var: Any,
    weight: Any = None,
    bias: Any = None,
    training: bool = False,
    momentum: float | None = 0.1,
    eps: float = 1e-5,
) -> Any:
    """Each channel over the whole batch.  (N, C, ...) -> (N, C, ...)

    Training uses the batch's own mean and variance, and moves the running ones towards them in
    place, by the share `momentum` (None: not at all); otherwise the running ones are used.
    """
    _check_floating("batch_norm", input)
    if input.ndim < 2:
        raise ShapeError(f"batch_norm: needs (N, C, ...), found {tuple(input.shape)}.")
    _check_per_channel(
        "batch_norm", input.shape[1],
        running_mean=running_mean, running_var=running_var, weight=weight, bias=bias,
    )  # fmt: skip
    ndim = input.ndim
    if training:
        dim = (0, *range(2, ndim))
        if math.prod(input.shape[k] for k in dim) == 1:
            raise UndefinedError(
                "batch_norm: training needs more than one value per channel, found shape "
                f"{tuple(input.shape)}. Use a larger batch, or eval mode."
            )
        if momentum is not None:
            _track(running_mean, running_var, input, dim, momentum)
        y = standardise(input, dim=dim, eps=eps, centred=True)
        return _scaled(y, _over_channels(weight, ndim), _over_channels(bias, ndim))
    if running_mean is None or running_var is None:
        raise UndefinedError("batch_norm: without training it needs running_mean and running_var.")
    deviation = np.sqrt(plain(running_var) + eps).astype(input.dtype, copy=False)
    mean = plain(running_mean).astype(input.dtype, copy=False)
    y = (input - _over_channels(mean, ndim)) * _over_channels(1 / deviation, ndim)
    return _scaled(y, _over_channels(weight, ndim), _over_channels(bias, ndim))


def local_response_norm(
    input: Any, size: int, alpha: float = 1e-4, beta: float = 0.75, k: float = 1.0
) -> Any:
    """Each entry over (k + alpha · mean of the squares in `size` neighbouring channels) ** beta."""
    from micrograd_lab.ops.resampling import mix

    if input.ndim < 3:
        raise ShapeError(f"local_response_norm: needs (N, C, L...), found {tuple(input.shape)}.")
    channel = np.arange(input.shape[1])
    ahead = channel[None, :] - channel[:, None]  # of the output's channel
    near = ((ahead >= -(size // 2)) & (ahead <= (size - 1) // 2)).astype(input.dtype)
    return input / (mix(input * input, matrix=near / size, dim=1) * alpha + k) ** beta


# --- what they share ------------------------------------------------------------------------


def _scaled(y: Any, weight: Any, bias: Any) -> Any:
    if weight is not None:
        y = y * weight
    return y if bias is None else y + bias


def _over_channels(x: Any, ndim: int) -> Any:
    """(C) -> (C, 1, ...): against axis 1 of something with ndim axes."""
    return x if x is None or ndim == 2 else shapes.reshape(x, (-1,) + (1,) * (ndim - 2))


def _track(mean: Any, var: Any, input: Any, dim: tuple[int, ...], momentum: float) -> None:
    """Move the running mean and (unbiased) variance towards those of the input, in place."""
    x = plain(input)
    over_batch = 0 not in dim  # instance_norm: then averaged over the examples
    if mean is not None:
        now = x.mean(axis=dim)
        rewrite(
            mean, (1 - momentum) * plain(mean) + momentum * (now.mean(0) if over_batch else now)
        )
    if var is not None:
        now = x.var(axis=dim, ddof=1)
        rewrite(var, (1 - momentum) * plain(var) + momentum * (now.mean(0) if over_batch else now))


def _check_floating(name: str, x: Any) -> None:
    if x.dtype.kind != "f":
        raise DtypeError(f"{name}: needs floating numbers, found {x.dtype}. Use input.float().")


def _check_per_channel(name: str, channels: int, **given: Any) -> None:
    for what, x in given.items():
        if x is not None and x.shape != (channels,):
            raise ShapeError(
                f"{name}: {what} has shape {tuple(x.shape)}, but there are {channels} channels."
            )


def _last_axes(name: str, x: Any, shape: Any, weight: Any, bias: Any) -> tuple[int, ...]:
    """The axes that normalized_shape names, checked."""
    _check_floating(name, x)
    shape = (shape,) if isinstance(shape, int) else tuple(shape)
    if not shape or x.shape[len(x.shape) - len(shape) :] != shape:
        raise ShapeError(
            f"{name}: normalized_shape {shape} must be the last sizes of the input, whose shape is "
            f"{tuple(x.shape)}."
        )
    for what, parameter in (("weight", weight), ("bias", bias)):
        if parameter is not None and parameter.shape != shape:
            raise ShapeError(
                f"{name}: {what} has shape {tuple(parameter.shape)}, normalized_shape is {shape}."
            )
    return tuple(range(x.ndim - len(shape), x.ndim))


FUNCTIONS: tuple[str, ...] = ()
METHODS: tuple[str, ...] = ()
IN_PLACE: tuple[str, ...] = ()
