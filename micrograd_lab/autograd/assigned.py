"""What may stand in x.grad: None, or a tensor like x.  Asked when a user assigns it."""

from typing import Any

import numpy as np

from micrograd_lab.errors import DtypeError, GradError, ShapeError
from micrograd_lab.tensor import Tensor


def check_gradient(x: Tensor, g: Any) -> None:
    """Whether g has a number for each of x's, of the same kind.  DtypeError, ShapeError, GradError."""
    if not isinstance(g, Tensor):
        raise DtypeError(
            f"x.grad = {type(g).__name__}: expected a tensor, or None where none has arrived. "
            "Zeros are torch.zeros_like(x)."
        )
    if g is x:
        raise GradError("x.grad = x: a tensor cannot be its own gradient. Use x.detach().clone().")
    if g.shape != x.shape:
        raise ShapeError(
            f"x.grad = a tensor of shape {tuple(g.shape)}, where x has shape {tuple(x.shape)}: "
            f"a gradient has one number for each of x's. {_advice(x, g)}"
        )
    if g.dtype != x.dtype:
        raise DtypeError(
            f"x.grad = a tensor of {g.dtype}, where x has {x.dtype}: both must be the same kind of "
            "number. Convert it: g.to(x.dtype)."
        )


def _advice(x: Tensor, g: Tensor) -> str:
    if g.array.size == x.array.size:
        return "Are they in the order of x? Then g.reshape(x.shape)."
    try:
        np.broadcast_to(x.array, g.array.shape)
    except ValueError:
        return "Is it the gradient of another tensor?"
    return "Was x broadcast? Then add up its copies: g.sum_to_size(x.shape)."
