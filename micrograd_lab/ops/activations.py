"""Activations: what a unit of a network does with the number it has added up."""

import math
from typing import Any

from micrograd_lab.errors import DtypeError, ShapeError
from micrograd_lab.ops import elementwise as maths
from micrograd_lab.ops.curves import (
    celu_op,
    elu_op,
    gelu_op,
    gelu_tanh_op,
    hardshrink_op,
    hardswish_op,
    hardtanh_op,
    leaky_relu_op,
    mish_op,
    silu_op,
    softplus_op,
    softshrink_op,
    threshold_op,
)
from micrograd_lab.ops.curves import logsigmoid as logsigmoid
from micrograd_lab.ops.dims import one_dim
from micrograd_lab.ops.elementwise import abs, sigmoid, tanh, where
from micrograd_lab.ops.op import reshape
from micrograd_lab.ops.promotion import refuse

SELU_ALPHA, SELU_SCALE = 1.6732632423543772848170429916717, 1.0507009873554804934193349852946


def run(op: Any, input: Any, inplace: bool, **params: Any) -> Any:
    """op of input; or, in place, of what input was, into input."""
    return input.copy_(op(input.clone(), **params)) if inplace else op(input, **params)


def relu(input: Any, inplace: bool = False) -> Any:
    """max(0, x)"""
    return run(maths.relu, input, True) if inplace else maths.relu(input)


def relu6(input: Any, inplace: bool = False) -> Any:
    """min(max(0, x), 6)"""
    return run(hardtanh_op, input, inplace, min_val=0, max_val=6)


def leaky_relu(input: Any, negative_slope: float = 0.01, inplace: bool = False) -> Any:
    """x where it is positive, negative_slope · x elsewhere."""
    return run(leaky_relu_op, input, inplace, negative_slope=negative_slope)


def prelu(input: Any, weight: Any) -> Any:
    """leaky_relu with a learnt slope: one for all, or one per channel (dimension 1)."""
    refuse("prelu", "biu", input, weight)
    count = math.prod(weight.shape)
    if count != 1:
        channels = input.shape[1] if input.ndim > 1 else 1
        if weight.ndim > 1 or channels != count:
            raise ShapeError(
                f"prelu: weight of shape {tuple(weight.shape)} for an input of shape "
                f"{tuple(input.shape)}. It needs one number, or one for each of {channels} channels."
            )
        weight = reshape(weight, shape=(count,) + (1,) * (input.ndim - 2))
    elif weight.ndim > input.ndim or weight.ndim:
        weight = reshape(weight, shape=())
    return where(input > 0, input, weight * input)


def rrelu(
    input: Any,
    lower: float = 1 / 8,
    upper: float = 1 / 3,
    training: bool = False,
    inplace: bool = False,
) -> Any:
    """leaky_relu with slopes drawn from [lower, upper); when not training, with their mean."""
    if lower > upper:
        raise DtypeError(f"rrelu: lower must not be above upper, found {lower} and {upper}.")
    if not training:
        return leaky_relu(input, (lower + upper) / 2, inplace)
    from micrograd_lab.random import rand_like

    slopes = where(input > 0, 1, rand_like(input.detach()) * (upper - lower) + lower)
    return input.mul_(slopes) if inplace else input * slopes


def elu(input: Any, alpha: float = 1.0, inplace: bool = False) -> Any:
    """x where it is positive, alpha · (eˣ - 1) elsewhere."""
    return run(elu_op, input, inplace, alpha=alpha)


def selu(input: Any, inplace: bool = False) -> Any:
    """elu with the two constants that keep mean 0 and variance 1 through many layers."""
    y = SELU_SCALE * elu_op(input.clone() if inplace else input, alpha=SELU_ALPHA)
    return input.copy_(y) if inplace else y


def celu(input: Any, alpha: float = 1.0, inplace: bool = False) -> Any:
    """x where it is positive, alpha · (exp(x / alpha) - 1) elsewhere: smooth for every alpha."""
    return run(celu_op, input, inplace, alpha=alpha)


def gelu(input: Any, approximate: str = "none") -> Any:
    """x · Φ(x), where Φ is the normal distribution's; approximate="tanh" is the older formula."""
    if approximate not in ("none", "tanh"):
        raise DtypeError(f"gelu: approximate must be 'none' or 'tanh', found {approximate!r}.")
    return gelu_op(input) if approximate == "none" else gelu_tanh_op(input)


def silu(input: Any, inplace: bool = False) -> Any:
    """x · sigmoid(x)"""
    return run(silu_op, input, inplace)


def mish(input: Any, inplace: bool = False) -> Any:
    """x · tanh(softplus(x))"""
    return run(mish_op, input, inplace)


def softplus(input: Any, beta: float = 1.0, threshold: float = 20.0) -> Any:
    """log(1 + exp(beta · x)) / beta; x itself where beta · x is above the threshold."""
    return softplus_op(input, beta=beta, threshold=threshold)


def softsign(input: Any) -> Any:
    """x / (1 + |x|)"""
    return input / (1 + abs(input))


def hardtanh(input: Any, min_val: float = -1.0, max_val: float = 1.0, inplace: bool = False) -> Any:
    """x, cut off at min_val and max_val; no gradient at or beyond them."""
    if min_val > max_val:
        raise DtypeError(f"hardtanh: min_val {min_val} must not be above max_val {max_val}.")
    return run(hardtanh_op, input, inplace, min_val=min_val, max_val=max_val)


def hardsigmoid(input: Any, inplace: bool = False) -> Any:
    """A sigmoid of three straight pieces: (x + 3) / 6 between 0 and 1."""
    refuse("hardsigmoid", "biu", input)
    y = hardtanh_op((input.clone() if inplace else input) + 3.0, min_val=0, max_val=6) / 6.0
    return input.copy_(y) if inplace else y


def hardswish(input: Any, inplace: bool = False) -> Any:
    """x · hardsigmoid(x)"""
    return run(hardswish_op, input, inplace)


def tanhshrink(input: Any) -> Any:
    """x - tanh(x)"""
    return input - tanh(input)


def softshrink(input: Any, lambd: float = 0.5) -> Any:
    """x moved towards 0 by lambd, and 0 where that would pass it."""
    if lambd < 0:
        raise DtypeError(f"softshrink: lambd must not be negative, found {lambd}.")
    return softshrink_op(input, lambd=lambd)


def hardshrink(input: Any, lambd: float = 0.5) -> Any:
    """x where |x| > lambd, 0 elsewhere."""
    return hardshrink_op(input, lambd=lambd)


def threshold(input: Any, threshold: float, value: float, inplace: bool = False) -> Any:
    """x where x > threshold, value elsewhere."""
    return run(threshold_op, input, inplace, threshold=threshold, value=value)


def glu(input: Any, dim: int = -1) -> Any:
    """The first half along dim, times the sigmoid of the second half: a gate."""
    from micrograd_lab.ops.joining import chunk

    refuse("glu", "biu", input)
    if input.ndim == 0 or input.shape[one_dim("glu", dim, input.ndim)] % 2:
        raise ShapeError(
            f"glu: dimension {dim} of shape {tuple(input.shape)} must split into two equal halves."
        )
    a, b = chunk(input, 2, dim)
    return a * sigmoid(b)


# fmt: off
ACTIVATIONS = (
    "relu", "relu6", "leaky_relu", "prelu", "rrelu", "elu", "selu", "celu", "gelu", "silu", "mish",
    "softplus", "softsign", "hardtanh", "hardsigmoid", "hardswish", "tanhshrink", "softshrink",
    "hardshrink", "threshold", "logsigmoid", "glu", "sigmoid", "tanh",
)
FUNCTIONS = ("prelu", "rrelu", "selu", "celu", "hardshrink", "threshold")
METHODS   = ("prelu", "hardshrink")
IN_PLACE  = ()
# fmt: on
