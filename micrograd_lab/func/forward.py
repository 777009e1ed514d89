"""Forward mode: jvp, linearize, the Jacobian column by column, and the Hessian."""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from micrograd_lab import forward
from micrograd_lab.errors import DtypeError, SizeError
from micrograd_lab.forward import new_level
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
from micrograd_lab.func.reverse import jacrev, vjp
from micrograd_lab.tensor import Tensor, wrap
from micrograd_lab.trees import leaves_of, rebuild, tree_map


def jvp(
    f: Callable[..., Any],
    primals: Any,
    tangents: Any,
    *,
    strict: bool = False,
    has_aux: bool = False,
) -> tuple[Any, ...]:
    """(f(*primals), its derivative along the tangents).  torch.func.jvp.

    Primals and tangents are tuples, of nests if you like; with has_aux aux comes third.
    """
    if not isinstance(primals, tuple) or not isinstance(tangents, tuple):
        raise DtypeError("func.jvp: primals and tangents are tuples, one entry per argument of f.")
    count, given = len(leaves_of(primals)), len(leaves_of(tangents))
    if count != given or len(primals) != len(tangents):
        raise SizeError(f"func.jvp: {count} primals but {given} tangents; give one each.")
    with new_level() as level:
        moving = tree_map(
            lambda p, t: forward.make_dual(tensor_of(p), tensor_of(t), level), primals, tangents
        )
        y, aux = parts(f(*moving), has_aux, "jvp")
        out, moved = forward.parted(y, level)
        if has_aux:
            return out, moved, forward.parted(aux, level)[0]
        return out, moved


def linearize(f: Callable[..., Any], *primals: Any) -> tuple[Any, Callable[..., Any]]:
    """(f(*primals), the linear map tangents -> derivative of f along them).  torch.func.linearize.

    f's derivative is recorded once, as the transpose of its pullback; the map runs no f again.
    """
    y, pull = vjp(f, *primals)
    zero = tree_map(lambda out: wrap(np.zeros(out.shape, out.dtype)), y)
    one = len(primals) == 1
    pullback = Pullback(lambda *gs: pull(rebuild(y, list(gs))), leaves_of(zero))
    marked = leaves_of(pullback.result)

    def push(*tangents: Any) -> Any:
        if len(tangents) != len(primals):
            raise SizeError(f"linearize: {len(primals)} primals, {len(tangents)} tangents.")
        given = leaves_of(tangents[0] if one else tangents)
        for t, p in zip(given, leaves_of(primals), strict=True):
            check_shape("linearize", "the tangent", t.shape, "the primal", p.shape)
        return rebuild(y, pullback.pull(marked, [tensor_of(t) for t in given]))

    return y, push


def jacfwd(
    f: Callable[..., Any],
    argnums: int | Sequence[int] = 0,
    has_aux: bool = False,
    *,
    randomness: str = "error",
) -> Callable[..., Any]:
    """The Jacobian, one forward pass per entry of the argument: shape (*result, *argument).

    torch.func.jacfwd.  randomness is accepted.
    """

    def run(*args: Any, **kwargs: Any) -> Any:
        chosen = pick(args, argnums)
        inputs = [tensor_of(x) for x in leaves_of(chosen)]

        def line(*xs: Any) -> Any:
            return f(*put(args, argnums, rebuild(chosen, list(xs))), **kwargs)

        def along(i: int, e: Tensor) -> tuple[Any, ...]:
            still = [wrap(np.zeros(x.shape, x.dtype)) for x in inputs]
            still[i] = e
            return jvp(line, tuple(inputs), tuple(still), has_aux=has_aux)

        runs = [[along(i, e) for e in basis(x)] for i, x in enumerate(inputs)]
        some = next((run[0] for run in runs if run), None)
        if some is None:
            some = jvp(
                line, tuple(inputs), tuple(forward.still(x) for x in inputs), has_aux=has_aux
            )
        y = some[0]
        blocks = []
        for k, out in enumerate(leaves_of(y)):
            columns = [
                stacked([leaves_of(r[1])[k] for r in runs[i]], -1, (*out.shape, *x.shape), out)
                for i, x in enumerate(inputs)
            ]
            blocks.append(rebuild(chosen, columns))
        jacobian = rebuild(y, blocks)
        return (jacobian, some[2]) if has_aux else jacobian

    return named(run, f)


def hessian(f: Callable[..., Any], argnums: int | Sequence[int] = 0) -> Callable[..., Any]:
    """The matrix of second derivatives: forward over reverse.  torch.func.hessian."""
    return jacfwd(jacrev(f, argnums), argnums)
