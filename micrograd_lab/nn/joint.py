"""Two modules in one op: a Linear and the activation behind it, when nobody would see the difference."""

from typing import Any

from micrograd_lab.nn.activation import ReLU, Sigmoid, Tanh
from micrograd_lab.nn.linear import Linear
from micrograd_lab.ops.activated import linear_relu, linear_sigmoid, linear_tanh
from micrograd_lab.ops.plain import readers
from micrograd_lab.tensor import Tensor

OPS = {ReLU: linear_relu, Tanh: linear_tanh, Sigmoid: linear_sigmoid}


def in_one_op(module: Any, following: Any, input: Any) -> Any:
    """following(module(input)) in one op, or None if they must be called one after the other.

    That is when they are other modules or subclasses, have hooks or a forward() of their own, or
    when the input is not a plain Tensor or the call is being recorded: then somebody looks inside.
    """
    op = OPS.get(type(following))
    if op is None or type(module) is not Linear or type(input) is not Tensor or readers:
        return None
    inside, behind = vars(module), vars(following)
    if inside["_hooks"] or behind["_hooks"] or "forward" in inside or "forward" in behind:
        return None
    weight, bias = inside["weight"], inside["bias"]
    return op(input, weight) if bias is None else op(input, weight, bias)
