"""The curves of activations: each one a function of a number, and its slope."""

import math
from typing import Any

import numpy as np

from micrograd_lab.ops.elementwise import clamp_max, erf, exp, sigmoid, tanh, where
from micrograd_lab.ops.gates import gate
from micrograd_lab.ops.halves import op_rounded
from micrograd_lab.ops.op import Array, Op, Rule, by_hand, elementwise
from micrograd_lab.ops.promotion import only

ROOT_HALF, ROOT_TWO_PI, ROOT_TWO_BY_PI = (
    math.sqrt(0.5),
    math.sqrt(2 * math.pi),
    math.sqrt(2 / math.pi),
)


def smooth(name: str, kernel: Rule, partial: Rule) -> Op:
    """An op on floating numbers; integers are refused, as PyTorch does."""
    return elementwise(name, only("f", kernel), partial)


# --- kernels, and the slopes that need more than a line -------------------------------------


def _elu(x: Array, alpha: float) -> Any:
    return np.where(x > 0, x, alpha * np.expm1(np.minimum(x, 0)))


def _celu(x: Array, alpha: float) -> Any:
    return np.where(x > 0, x, alpha * np.expm1(np.minimum(x, 0) / alpha))


def _gelu(x: Array) -> Any:
    return 0.5 * x * (1 + erf(x * ROOT_HALF))


def _gelu_tanh(x: Array) -> Any:
    return 0.5 * x * (1 + np.tanh(ROOT_TWO_BY_PI * (x + 0.044715 * x * x * x)))


def _gelu_tanh_slope(y: Any, x: Any) -> Any:
    t = tanh(ROOT_TWO_BY_PI * (x + 0.044715 * x * x * x))
    return 0.5 * (1 + t) + 0.5 * ROOT_TWO_BY_PI * x * (1 - t * t) * (1 + 3 * 0.044715 * x * x)


def _softplus(x: Array, beta: float, threshold: float) -> Any:
    z = x * beta
    return np.where(z > threshold, x, np.log1p(np.exp(np.minimum(z, threshold))) / beta)


def _logsigmoid(x: Array) -> Any:
    return np.minimum(x, 0) - np.log1p(np.exp(-np.abs(x)))


def _silu(x: Array) -> Any:
    return x / (1 + np.exp(-x))


def _silu_slope(y: Any, x: Any) -> Any:
    s = sigmoid(x)
    return s * (1 + x * (1 - s))


def _mish(x: Array) -> Any:
    return x * np.tanh(np.logaddexp(0, x).astype(x.dtype, copy=False))


def _mish_slope(y: Any, x: Any) -> Any:
    t = tanh(softplus_op(x, beta=1, threshold=20))
    return t + x * sigmoid(x) * (1 - t * t)


def _hardtanh(x: Any, min_val: float, max_val: float) -> Any:
    return np.minimum(np.maximum(x, x.dtype.type(min_val)), x.dtype.type(max_val))


def _threshold(x: Any, threshold: float, value: float) -> Any:
    return np.where(x > threshold, x, x.dtype.type(value))


def _hardshrink(x: Array, lambd: float) -> Any:
    return np.where(np.abs(x) <= lambd, x.dtype.type(0), x)


def _softshrink(x: Array, lambd: float) -> Any:
    return np.where(np.abs(x) <= lambd, x * 0, x - np.copysign(x.dtype.type(lambd), x))


# fmt: off
elu_op        = smooth("elu",         _elu,         lambda y, x, alpha: where(x > 0, 1, alpha * exp(clamp_max(x, 0))))
celu_op       = smooth("celu",        _celu,        lambda y, x, alpha: where(x > 0, 1, exp(clamp_max(x, 0) / alpha)))
gelu_op       = smooth("gelu",        _gelu,        lambda y, x: 0.5 * (1 + erf(x * ROOT_HALF)) + x * exp(-0.5 * x * x) / ROOT_TWO_PI)
gelu_tanh_op  = smooth("gelu_tanh",   _gelu_tanh,   _gelu_tanh_slope)
silu_op       = smooth("silu",        _silu,        _silu_slope)
mish_op       = smooth("mish",        _mish,        _mish_slope)
softplus_op   = smooth("softplus",    _softplus,    lambda y, x, beta, threshold: where(x * beta > threshold, 1, sigmoid(x * beta)))
logsigmoid    = smooth("logsigmoid",  _logsigmoid,  lambda y, x: sigmoid(-x))
hardshrink_op = gate("hardshrink",  only("f", _hardshrink),  lambda y, x, lambd: (x > lambd) | (x < -lambd))
softshrink_op = gate("softshrink",  only("f", _softshrink),  lambda y, x, lambd: (x > lambd) | (x < -lambd))
hardtanh_op   = gate("hardtanh",  only("fiu", _hardtanh), lambda y, x, min_val, max_val: (x > min_val) & (x < max_val))
threshold_op  = gate("threshold", only("fiu", _threshold), lambda y, x, threshold, value: x > threshold)
# fmt: on
for op in (gelu_op, gelu_tanh_op, silu_op, mish_op, softplus_op, logsigmoid):
    op.autocast = op_rounded


def _leaky_relu(x: Any, negative_slope: float) -> Any:
    return np.where(x > 0, x, x * negative_slope)


def _leaky_slope(g: Any, y: Any, x: Any, negative_slope: float) -> Any:
    return where(x > 0, g, g * negative_slope)


def _hardswish(x: Array) -> Any:
    return x * (np.minimum(np.maximum(x + 3, 0), 6) / 6)


def _hardswish_slope(g: Any, y: Any, x: Any) -> Any:
    return where(x < 3, where(x > -3, g * (x / 3 + 0.5), 0), g)


# By hand: factors of nothing but Python numbers would not know their dtype, and what flows towards
# the flat part of hardswish may be inf.
leaky_relu_op = by_hand("leaky_relu", only("f", _leaky_relu), (_leaky_slope,), (_leaky_slope,))
hardswish_op = by_hand("hardswish", only("f", _hardswish), (_hardswish_slope,), (_hardswish_slope,))

FUNCTIONS: tuple[str, ...] = ()
METHODS = FUNCTIONS
IN_PLACE = FUNCTIONS
