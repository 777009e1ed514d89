"""gradcheck: every entry of the derivative, against what happens when you nudge an input.

The Jacobian is measured column by column, (f(x + h) - f(x - h)) / 2h, and compared with what
backward (and forward mode) say.  The gradients that enter from above are random numbers, never 1:
a rule that forgets to multiply by them would pass otherwise.
"""

from collections.abc import Callable
from typing import Any

import numpy as np

from micrograd_lab.autograd.jacobians import outputs_of
from micrograd_lab.autograd.verdict import Check
from micrograd_lab.autograd.verdict import GradcheckWarning as GradcheckWarning
from micrograd_lab.autograd.walk import grad
from micrograd_lab.errors import DtypeError, GradcheckError, GradError
from micrograd_lab.forward import Dual
from micrograd_lab.tensor import Tensor


def gradcheck(
    func: Callable[..., Any],
    inputs: Any,
    *,
    eps: float = 1e-6,
    atol: float = 1e-5,
    rtol: float = 1e-3,
    raise_exception: bool = True,
    nondet_tol: float = 0.0,
    check_undefined_grad: bool = True,
    check_grad_dtypes: bool = False,
    check_batched_grad: bool = False,
    check_batched_forward_grad: bool = False,
    check_forward_ad: bool = False,
    check_backward_ad: bool = True,
    fast_mode: bool = False,
    masked: bool | None = None,
) -> bool:
    """Whether func's gradients are right at these inputs.  torch.autograd.gradcheck.

    inputs: a tensor or a tuple; those that require a gradient are checked, and must be float64.
    fast_mode compares one random direction in place of every entry.  At a corner (relu at 0) any
    slope between the two sides is right, and a GradcheckWarning says so; another one says where
    the true gradient is too small for the tolerance to tell it from a wrong one.  Otherwise a
    GradcheckError names input and entry, or False comes back if raise_exception is off.
    The batched checks are accepted; there is nothing to check here.
    """
    args = tuple(inputs) if isinstance(inputs, (tuple, list)) else (inputs,)
    checked = checked_inputs(args)
    check = Check(func, args, checked, eps, atol, rtol)
    try:
        if fast_mode:
            check.one_direction(check_forward_ad, check_backward_ad)
            return True
        measured = check.measure()
        if check_backward_ad:
            check.compare(check.by_backward(nondet_tol, check_grad_dtypes), measured, "backward")
        if check_forward_ad:
            check.compare(check.by_forward(), measured, "forward mode")
    except GradcheckError:
        if raise_exception:
            raise
        return False
    return True


def gradgradcheck(
    func: Callable[..., Any],
    inputs: Any,
    grad_outputs: Any = None,
    *,
    eps: float = 1e-6,
    atol: float = 1e-5,
    rtol: float = 1e-3,
    gen_non_contig_grad_outputs: bool = False,
    raise_exception: bool = True,
    nondet_tol: float = 0.0,
    check_undefined_grad: bool = True,
    check_grad_dtypes: bool = False,
    check_batched_grad: bool = False,
    check_fwd_over_rev: bool = False,
    check_rev_over_rev: bool = True,
    fast_mode: bool = False,
    masked: bool | None = None,
) -> bool:
    """Whether func's second derivatives are right: gradcheck of its backward.

    torch.autograd.gradgradcheck.  The upstream gradients are inputs of backward like any other;
    random ones are drawn unless grad_outputs gives them.
    """
    args = tuple(inputs) if isinstance(inputs, (tuple, list)) else (inputs,)
    count = len(args)
    wanted = checked_inputs(args)
    outputs = outputs_of(func(*args))
    if grad_outputs is None:
        draw = np.random.default_rng(0)
        upstream = []
        for y in outputs:
            values = draw.standard_normal((*y.shape, 2))[..., 0]  # every second number in memory
            values = values if gen_non_contig_grad_outputs else values.copy()
            upstream.append(Tensor(values.astype(y.dtype), requires_grad=True))
    else:
        given = grad_outputs if isinstance(grad_outputs, (tuple, list)) else (grad_outputs,)
        upstream = [g.detach().requires_grad_() for g in given]

    def pulled(*everything: Any) -> Any:
        xs, gs = everything[:count], everything[count:]
        if any(isinstance(x, Dual) for x in everything):
            return _pulled_duals(func, xs, gs, wanted)
        ys = outputs_of(func(*xs))
        found = grad(ys, [xs[i] for i in wanted], gs, create_graph=True, allow_unused=True)
        return tuple(g for g in found if g is not None and g.requires_grad)

    return gradcheck(
        pulled,
        (*args, *upstream),
        eps=eps,
        atol=atol,
        rtol=rtol,
        raise_exception=raise_exception,
        nondet_tol=nondet_tol,
        check_grad_dtypes=check_grad_dtypes,
        check_forward_ad=check_fwd_over_rev,
        check_backward_ad=check_rev_over_rev,
        fast_mode=fast_mode,
    )


def _pulled_duals(func: Any, xs: Any, gs: Any, wanted: list[int]) -> Any:
    """The same backward, of inputs that move: forward over reverse."""
    from micrograd_lab import func as functions

    def of_wanted(*chosen: Any) -> Any:
        full = list(xs)
        for i, x in zip(wanted, chosen, strict=True):
            full[i] = x
        return tuple(outputs_of(func(*full)))

    _, pull = functions.vjp(of_wanted, *(xs[i] for i in wanted))
    return pull(tuple(gs))


def checked_inputs(args: tuple[Any, ...]) -> list[int]:
    """Which inputs to check; they must be fit for it."""
    found = [i for i, x in enumerate(args) if isinstance(x, Tensor) and x.requires_grad]
    if not found:
        raise GradError(
            "gradcheck: none of the inputs requires a gradient. Make them with requires_grad=True, "
            "in float64."
        )
    for i in found:
        array = args[i].array
        if array.dtype != np.float64:
            raise DtypeError(
                f"gradcheck: input {i} is of {array.dtype}. Nudging by 1e-6 needs float64: rounding "
                "would drown the difference. Use x.double()."
            )
        if not array.flags.writeable or any(
            s == 0 and n > 1 for s, n in zip(array.strides, array.shape, strict=True)
        ):
            raise GradError(
                f"gradcheck: several entries of input {i} share memory (an expanded tensor?), so they "
                "cannot be nudged one by one. Use clone()."
            )
    return found
