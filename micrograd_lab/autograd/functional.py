"""Jacobians, Hessians and their products with vectors, of a function of tensors.

torch.autograd.functional: func takes one tensor or several (`inputs` is a tensor or a tuple) and
returns one or several; results are nested the same way.  With create_graph the results can be
differentiated again; strict makes it an error if an output does not depend on an input.
`vectorize` and the strategies of PyTorch are accepted; they change no result.
"""

from collections.abc import Callable
from typing import Any

import numpy as np

from micrograd_lab.autograd.modes import enable_grad
from micrograd_lab.autograd.walk import grad
from micrograd_lab.errors import DtypeError, GradError, ShapeError, SizeError
from micrograd_lab.ops.op import reshape, sum_over
from micrograd_lab.tensor import Tensor, wrap

Tensors = Any  # a Tensor or a tuple of them


def jacobian(
    func: Callable[..., Any],
    inputs: Tensors,
    create_graph: bool = False,
    strict: bool = False,
    vectorize: bool = False,
    strategy: str = "reverse-mode",
) -> Any:
    """d func / d inputs: for each pair a tensor of shape (*output, *input)."""
    with enable_grad():
        xs, one_in = marked(inputs, create_graph)
        ys, one_out = results(func, xs, "jacobian")
        table = []
        for y in ys:
            size = y.array.size
            rows = [
                grads([y], xs, [wrap(e.reshape(y.shape))], create_graph, strict, "jacobian")
                for e in np.eye(size, dtype=y.dtype)
            ]
            table.append(
                tuple(
                    _stacked([row[i] for row in rows], (*y.shape, *x.shape), x)
                    for i, x in enumerate(xs)
                )
            )
    nest = [row[0] if one_in else row for row in table]
    return _as_given(nest, one_out)


def hessian(
    func: Callable[..., Any],
    inputs: Tensors,
    create_graph: bool = False,
    strict: bool = False,
    vectorize: bool = False,
    outer_jacobian_strategy: str = "reverse-mode",
) -> Any:
    """The second derivatives of a func with one number as its result."""

    def slope(*xs: Any) -> Any:
        _, gs = slope_of(func, list(xs), strict, "hessian")
        return gs[0] if len(gs) == 1 else tuple(gs)

    one_in = not isinstance(inputs, (tuple, list))
    found = jacobian(slope, inputs, create_graph, strict)
    return ((found,),) if not one_in and len(inputs) == 1 and isinstance(found, Tensor) else found


def vjp(
    func: Callable[..., Any],
    inputs: Tensors,
    v: Tensors | None = None,
    create_graph: bool = False,
    strict: bool = False,
) -> tuple[Any, Any]:
    """(func(inputs), vᵀ · Jacobian)."""
    with enable_grad():
        xs, one_in = marked(inputs, create_graph)
        ys, one_out = results(func, xs, "vjp")
        vs = vectors(v, ys, "vjp", "output")
        found = grads(ys, xs, vs, create_graph, strict, "vjp")
    return _as_given(plain(ys, create_graph), one_out), _as_given(found, one_in)


def jvp(
    func: Callable[..., Any],
    inputs: Tensors,
    v: Tensors | None = None,
    create_graph: bool = False,
    strict: bool = False,
) -> tuple[Any, Any]:
    """(func(inputs), Jacobian · v), by transposing the pullback."""
    with enable_grad():
        xs, _ = marked(inputs, create_graph)
        vs = vectors(v, xs, "jvp", "input")
        ys, one_out = results(func, xs, "jvp")
        us = [Tensor(np.zeros_like(y.array), requires_grad=True) for y in ys]
        pulled = grads(ys, xs, us, True, strict, "jvp")
        found = grads(pulled, us, vs, create_graph, False, "jvp")
    return _as_given(plain(ys, create_graph), one_out), _as_given(found, one_out)


def vhp(
    func: Callable[..., Any],
    inputs: Tensors,
    v: Tensors | None = None,
    create_graph: bool = False,
    strict: bool = False,
) -> tuple[Any, Any]:
    """(func(inputs), vᵀ · Hessian): two backward passes."""
    with enable_grad():
        xs, one_in = marked(inputs, create_graph)
        vs = vectors(v, xs, "vhp", "input")
        y, slope = slope_of(func, xs, strict, "vhp")
        found = grads(slope, xs, vs, create_graph, strict, "vhp")
    return plain([y], create_graph)[0], _as_given(found, one_in)


def hvp(
    func: Callable[..., Any],
    inputs: Tensors,
    v: Tensors | None = None,
    create_graph: bool = False,
    strict: bool = False,
) -> tuple[Any, Any]:
    """(func(inputs), Hessian · v).  The Hessian is symmetric, so this is vhp."""
    return vhp(func, inputs, v, create_graph, strict)


# --- small things -------------------------------------------------------------------------------


def marked(inputs: Tensors, create_graph: bool) -> tuple[list[Tensor], bool]:
    """Fresh tensors to differentiate for, in the old graph if create_graph; and if there is one."""
    from micrograd_lab.ops.op import broadcast_to

    one = not isinstance(inputs, (tuple, list))
    xs = []
    for x in [inputs] if one else inputs:
        if not isinstance(x, Tensor):
            raise DtypeError(
                f"autograd.functional: inputs must be tensors, not {type(x).__name__}."
            )
        if create_graph and x._requires_grad:
            xs.append(broadcast_to(x, shape=x.shape))
        else:
            xs.append(x.detach().requires_grad_())
    return xs, one


def results(func: Callable[..., Any], xs: list[Tensor], name: str) -> tuple[list[Tensor], bool]:
    y = func(*xs)
    one = not isinstance(y, (tuple, list))
    ys = [y] if one else list(y)
    for found in ys:
        if not isinstance(found, Tensor):
            raise DtypeError(
                f"autograd.functional.{name}: func must return tensors, not {type(found).__name__}."
            )
    return ys, one


def one_number(func: Callable[..., Any], xs: Any, name: str) -> Tensor:
    ys, one = results(func, xs, name)
    if not one or ys[0].array.size != 1:
        found = f"a tensor of shape {ys[0].shape}" if one else f"{len(ys)} results"
        raise GradError(f"autograd.functional.{name}: func must return one number, not {found}.")
    y = ys[0]
    return y if y.shape == () else sum_over(y, dim=tuple(range(y.ndim)), keepdim=False)


def slope_of(
    func: Callable[..., Any], xs: list[Tensor], strict: bool, name: str
) -> tuple[Tensor, list[Any]]:
    """func's one number, and its gradient, which can be differentiated again."""
    y = one_number(func, xs, name)
    return y, grads([y], xs, [None], True, strict, name)


def vectors(v: Tensors | None, like: list[Tensor], name: str, what: str) -> list[Any]:
    """One vector per tensor, of its shape; 1 may be left out for a single number."""
    if v is None:
        if len(like) != 1 or like[0].array.size != 1:
            raise GradError(
                f"autograd.functional.{name}: give v, one tensor per {what} and of its shape; "
                "it can be left out for a single number only."
            )
        return [wrap(np.ones_like(like[0].array))]
    vs = list(v) if isinstance(v, (tuple, list)) else [v]
    if len(vs) != len(like):
        raise SizeError(
            f"autograd.functional.{name}: v has {len(vs)} parts for {len(like)} {what}s."
        )
    for part, x in zip(vs, like, strict=True):
        if part.shape != x.shape:
            raise ShapeError(
                f"autograd.functional.{name}: v has shape {part.shape}, the {what} {x.shape}; "
                "they must be the same."
            )
    return vs


def grads(
    ys: list[Tensor], xs: list[Tensor], gs: list[Any], create_graph: bool, strict: bool, name: str
) -> list[Any]:
    """Gradients for xs, zero where nothing flows; with strict that is an error."""
    live = [(y, g) for y, g in zip(ys, gs, strict=True) if y._requires_grad]
    if strict and len(live) < len(ys):
        raise GradError(
            f"autograd.functional.{name}: an output does not depend on any input (strict=True)."
        )
    found: list[Any] = [None] * len(xs)
    if live:
        tops, tips = [y for y, _ in live], [g for _, g in live]
        found = list(
            grad(tops, xs, tips, retain_graph=True, create_graph=create_graph, allow_unused=True)
        )
    if strict and any(g is None for g in found):
        raise GradError(
            f"autograd.functional.{name}: the result does not depend on input "
            f"{found.index(None)} (strict=True)."
        )
    return [
        wrap(np.zeros_like(x.array)) if g is None else g for g, x in zip(found, xs, strict=True)
    ]


def plain(ys: list[Tensor], create_graph: bool) -> list[Any]:
    return ys if create_graph else [y.detach() for y in ys]


def _as_given(found: Any, one: bool) -> Any:
    return found[0] if one else tuple(found)


def _stacked(rows: list[Any], shape: tuple[int, ...], x: Tensor) -> Any:
    if not rows:
        return wrap(np.zeros(shape, x.dtype))
    if any(row._requires_grad for row in rows):
        from micrograd_lab.ops.joining import stack

        return reshape(stack(rows), shape=shape)
    return wrap(np.stack([row.array for row in rows]).reshape(shape))
