"""Arguments in and results out: what every transformation does with them."""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from micrograd_lab.errors import ShapeError, SizeError
from micrograd_lab.forward import Dual
from micrograd_lab.ops.joining import stack
from micrograd_lab.ops.op import reshape
from micrograd_lab.tensor import Tensor, wrap


def tensor_of(x: Any) -> Any:
    """x as something an op records; Duals stay what they are."""
    return x if isinstance(x, (Tensor, Dual)) else wrap(np.asarray(x))


def pick(args: tuple[Any, ...], argnums: int | Sequence[int]) -> Any:
    """The arguments to differentiate for."""
    for n in (argnums,) if isinstance(argnums, int) else argnums:
        if not -len(args) <= n < len(args):
            raise SizeError(f"argnums={argnums}, but the function was called with {len(args)}.")
    return args[argnums] if isinstance(argnums, int) else tuple(args[n] for n in argnums)


def put(args: tuple[Any, ...], argnums: int | Sequence[int], chosen: Any) -> list[Any]:
    """The arguments with the chosen ones replaced."""
    out = list(args)
    if isinstance(argnums, int):
        out[argnums] = chosen
    else:
        for n, x in zip(argnums, chosen, strict=True):
            out[n] = x
    return out


def parts(result: Any, has_aux: bool, name: str) -> tuple[Any, Any]:
    """(result, aux)"""
    if not has_aux:
        return result, None
    if not (isinstance(result, tuple) and len(result) == 2):
        raise SizeError(f"func.{name}(has_aux=True): the function must return (result, aux).")
    return result


def basis(x: Any) -> list[Tensor]:
    """The unit tensors of x's shape, one per entry."""
    size = int(np.prod(x.shape))
    return [wrap(row.reshape(x.shape)) for row in np.eye(size, dtype=x.dtype)]


def stack_of(xs: list[Any], dim: int) -> Any:
    return stack([x if hasattr(x, "shape") else wrap(x) for x in xs], dim)


def stacked(rows: list[Any], dim: int, shape: tuple[int, ...], like: Any) -> Any:
    """The rows side by side, then in this shape."""
    if not rows:
        return wrap(np.zeros(shape, like.dtype))
    return reshape(stack_of(rows, dim), shape=shape)


def check_shape(name: str, what: str, found: Any, other: str, wanted: Any) -> None:
    if tuple(found) != tuple(wanted):
        raise ShapeError(
            f"{name}: {what} has shape {tuple(found)}, {other} {tuple(wanted)}; "
            "they must be the same."
        )


def named(run: Callable[..., Any], f: Any) -> Callable[..., Any]:
    run.__name__ = getattr(f, "__name__", "f")
    run.__doc__ = getattr(f, "__doc__", None)
    return run
