"""What autocast does to an op or a function, said where that is defined: PyTorch's lists for its CPU.

    lowered    32-bit inputs become halves, and so does the result: the products
    raised     halves become 32 bits wide: losses, and what easily overflows
    rounded    halves stay halves, but what happens inside is computed in 32 bits

All others take what comes; where a half meets a single, the result is single.  An op is told how
to run as another: `matmul.autocast = op_lowered`.  A function that is more than one op is
decorated: `@raised`.
"""

import functools
from collections.abc import Callable
from typing import Any, TypeVar

import numpy as np

from micrograd_lab.dtypes import float16, float32
from micrograd_lab.ops.casting import blocks, mode
from micrograd_lab.ops.conversions import astype
from micrograd_lab.ops.op import Op, Rule, Traced

Function = TypeVar("Function", bound=Callable[..., Any])
Inputs = tuple[Any, ...]


def is_half(x: Any) -> bool:
    return isinstance(x, np.ndarray | Traced) and getattr(x, "dtype", None) == float16


def is_single(x: Any) -> bool:
    return isinstance(x, np.ndarray | Traced) and getattr(x, "dtype", None) == float32


def up(x: Any) -> Any:
    """A half in 32 bits; everything else as it is."""
    return astype(x, float32) if is_half(x) else x


def down(x: Any) -> Any:
    """A single in 16 bits; everything else as it is, doubles too."""
    return astype(x, float16) if is_single(x) else x


def in_singles(rule: Rule) -> Rule:
    """The rule, with halves computed in 32 bits and its result rounded to 16 again."""

    def in_between(*xs: Any, **params: Any) -> Any:
        if not any(map(is_half, xs)):
            return rule(*xs, **params)
        y = rule(*map(up, xs), **params)
        return down(np.asarray(y) if isinstance(y, np.generic) else y)  # a sum of all is no array

    return in_between


# --- ops --------------------------------------------------------------------------------------


@functools.cache
def half_op(op: Op) -> Op:
    """op for halves: it computes in 32 bits, and what it saves for backward stays 16 bits wide.

    NumPy has no products of halves worth having.
    """
    return Op(
        op.name,
        op.kind,
        in_singles(op.forward),
        tuple(map(in_singles, op.vjps)),
        tuple(map(in_singles, op.jvps)),
        op.reads,
        op.variadic,
    )


def op_lowered(op: Op, inputs: Inputs) -> tuple[Op, Inputs]:
    """What runs in place of op(*inputs): on halves."""
    return half_op(op), tuple(map(down, inputs))


def op_rounded(op: Op, inputs: Inputs) -> tuple[Op, Inputs]:
    """What runs in place of op(*inputs): if one of them is half, in 32 bits."""
    return half_op(op) if any(map(is_half, inputs)) else op, inputs


# --- functions --------------------------------------------------------------------------------


def lowered(f: Function) -> Function:
    """Decorates a function: under autocast it is given halves."""
    return _given(down, f)


def raised(f: Function) -> Function:
    """Decorates a function: under autocast it is given singles."""
    return _given(up, f)


def rounded(f: Function) -> Function:
    """Decorates a function: under autocast it computes halves in 32 bits."""
    inside = in_singles(f)

    @functools.wraps(f)
    def either(*args: Any, **kwargs: Any) -> Any:
        return inside(*args, **kwargs) if blocks and mode.on else f(*args, **kwargs)

    return either  # type: ignore[return-value]


def _given(change: Callable[[Any], Any], f: Function) -> Function:
    @functools.wraps(f)
    def either(*args: Any, **kwargs: Any) -> Any:
        if blocks and mode.on:
            args = _deep(change, args)
            kwargs = {key: _deep(change, x) for key, x in kwargs.items()}
        return f(*args, **kwargs)

    return either  # type: ignore[return-value]


def _deep(change: Callable[[Any], Any], x: Any) -> Any:
    """change, also inside a list or tuple of tensors."""
    return type(x)(_deep(change, y) for y in x) if type(x) in (list, tuple) else change(x)
