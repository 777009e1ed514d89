"""Gradients kept in bounds before a step: all of them shortened together, or each entry by itself."""

import math
from typing import Any

from micrograd_lab.autograd import no_grad
from micrograd_lab.errors import GradError
from micrograd_lab.ops.joining import stack
from micrograd_lab.ops.norms import vector_norm
from micrograd_lab.patterns import zeros
from micrograd_lab.tensor import Tensor


@no_grad()
def get_total_norm(
    tensors: Any, norm_type: float = 2.0, error_if_nonfinite: bool = False, foreach: Any = None
) -> Tensor:
    """The norm of all entries together, as if the tensors were one vector; 0-d.

    norm_type: the p of the p-norm; inf is the largest |entry|.  GradError, with
    error_if_nonfinite, if it is nan or inf.  foreach: PyTorch's, without effect.
    """
    xs = [tensors] if isinstance(tensors, Tensor) else list(tensors)
    if not xs:
        return zeros(())
    # The norm of the norms: (Σ (‖x‖ₚ)ᵖ)^(1/p) is the norm of it all.
    total = vector_norm(stack([vector_norm(x, norm_type) for x in xs]), norm_type)
    if error_if_nonfinite and not math.isfinite(total.item()):
        raise GradError(
            f"the gradients' norm of order {norm_type} is {total.item()}: they cannot be scaled to "
            "a length. Find the first nan or inf with autograd.detect_anomaly(), or leave out "
            "error_if_nonfinite=True."
        )
    return total  # type: ignore[no-any-return]


@no_grad()
def clip_grads_with_norm_(
    parameters: Any, max_norm: float, total_norm: Any, foreach: Any = None
) -> None:
    """Scale the gradients in place by max_norm / total_norm, if that is less than 1."""
    share = float(max_norm) / (float(total_norm) + 1e-6)
    if not share >= 1:  # also a nan, so that it is seen
        for g in _grads(parameters):
            g.mul_(share)


@no_grad()
def clip_grad_norm_(
    parameters: Any,
    max_norm: float,
    norm_type: float = 2.0,
    error_if_nonfinite: bool = False,
    foreach: Any = None,
) -> Tensor:
    """Shorten the gradients in place, all by one factor, so that their norm is at most max_norm.

    Their direction stays.  Returns the norm that they had.  parameters: a tensor or several; those
    without a gradient are passed over.
    """
    ps = [parameters] if isinstance(parameters, Tensor) else list(parameters)
    total = get_total_norm(_grads(ps), norm_type, error_if_nonfinite)
    clip_grads_with_norm_(ps, max_norm, total)
    return total  # type: ignore[no-any-return]


clip_grad_norm = clip_grad_norm_  # its older name


@no_grad()
def clip_grad_value_(parameters: Any, clip_value: float, foreach: Any = None) -> None:
    """Clamp each entry of the gradients in place to [-clip_value, clip_value]."""
    bound = float(clip_value)
    for g in _grads(parameters):
        g.clamp_(-bound, bound)


def _grads(parameters: Any) -> list[Any]:
    ps = [parameters] if isinstance(parameters, Tensor) else parameters
    return [p.grad for p in ps if p.grad is not None]
