"""Reverse mode: vjp, grad, and the Jacobian row by row."""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from micrograd_lab.errors import GradError, SizeError
from micrograd_lab.func.alias import settled
from micrograd_lab.func.arguments import (
    basis,
    check_shape,
    named,
    parts,
    pick,
    put,
    stacked,
    tensor_of,
)
from micrograd_lab.func.pullback import Pullback
from micrograd_lab.tensor import wrap
from micrograd_lab.trees import leaves_of, rebuild, tree_map


def vjp(f: Callable[..., Any], *primals: Any, has_aux: bool = False) -> tuple[Any, ...]:
    """(f(*primals), pullback); pullback(g) is the gradient of <g, f> for each primal.

    torch.func.vjp.  Primals, result and g may be nests; the pullback returns a tuple, one gradient
    for each primal.  With has_aux f returns (result, aux), and aux comes third.
    """
    pullback = Pullback(lambda *xs: f(*rebuild(primals, list(xs))), leaves_of(primals))
    y, aux = parts(pullback.result, has_aux, "vjp")
    outputs = leaves_of(y)

    def pull(*cotangents: Any) -> Any:
        given = cotangents[0] if len(cotangents) == 1 else cotangents
        gs = leaves_of(given)
        if len(gs) != len(outputs):
            raise SizeError(f"vjp: f has {len(outputs)} results, but {len(gs)} cotangents came.")
        for g, out in zip(gs, outputs, strict=True):
            check_shape("vjp", "the cotangent", g.shape, "the result", out.shape)
        return rebuild(primals, pullback.pull(outputs, [tensor_of(g) for g in gs]))

    y = tree_map(settled, y)
    return (y, pull, tree_map(settled, aux)) if has_aux else (y, pull)


def grad_and_value(
    f: Callable[..., Any], argnums: int | Sequence[int] = 0, has_aux: bool = False
) -> Callable[..., Any]:
    """A function that returns (gradient, f's result) or (gradient, (result, aux)).

    torch.func.grad_and_value.  f returns one number (a tensor of shape ()).
    """

    def run(*args: Any, **kwargs: Any) -> tuple[Any, Any]:
        chosen = pick(args, argnums)
        pullback = Pullback(
            lambda *xs: f(*put(args, argnums, rebuild(chosen, list(xs))), **kwargs),
            leaves_of(chosen),
        )
        y, aux = parts(pullback.result, has_aux, "grad")
        if not hasattr(y, "shape") or y.shape != ():
            found = f"one of shape {y.shape}" if hasattr(y, "shape") else type(y).__name__
            raise GradError(
                f"func.grad: the function must return one number (a tensor of shape ()), not "
                f"{found}. Reduce it (.sum() or .mean()), or use func.jacrev."
            )
        g = wrap(np.ones((), y.dtype))
        gradients = rebuild(chosen, pullback.pull([y], [g]))
        value = settled(y)
        return gradients, (value, tree_map(settled, aux)) if has_aux else value

    return named(run, f)


def grad(
    f: Callable[..., Any], argnums: int | Sequence[int] = 0, has_aux: bool = False
) -> Callable[..., Any]:
    """The function x -> df/dx.  torch.func.grad.

    argnums: which arguments (an int, or a tuple for a tuple of gradients).  Nests are fine.
    """
    both = grad_and_value(f, argnums, has_aux)

    def run(*args: Any, **kwargs: Any) -> Any:
        gradients, value = both(*args, **kwargs)
        return (gradients, value[1]) if has_aux else gradients

    return named(run, f)


def jacrev(
    f: Callable[..., Any],
    argnums: int | Sequence[int] = 0,
    *,
    has_aux: bool = False,
    chunk_size: int | None = None,
) -> Callable[..., Any]:
    """The Jacobian, one backward pass per entry of the result: shape (*result, *argument).

    torch.func.jacrev.  chunk_size is accepted; rows are always made one at a time.
    """

    def run(*args: Any, **kwargs: Any) -> Any:
        chosen = pick(args, argnums)
        pullback = Pullback(
            lambda *xs: f(*put(args, argnums, rebuild(chosen, list(xs))), **kwargs),
            leaves_of(chosen),
        )
        y, aux = parts(pullback.result, has_aux, "jacrev")

        def block(out: Any) -> Any:
            rows = [pullback.pull([out], [e]) for e in basis(out)]
            blocks = [
                stacked([row[i] for row in rows], 0, (*out.shape, *x.shape), x)
                for i, x in enumerate(leaves_of(chosen))
            ]
            return rebuild(chosen, blocks)

        jacobian = tree_map(block, y)
        return (jacobian, tree_map(settled, aux)) if has_aux else jacobian

    return named(run, f)
