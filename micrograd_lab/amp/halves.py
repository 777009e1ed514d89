"""An op that keeps 16-bit numbers and computes with 32: NumPy has no products of halves worth having."""

import functools
from typing import Any

import numpy as np

from micrograd_lab.dtypes import float16, float32
from micrograd_lab.ops.conversions import astype
from micrograd_lab.ops.op import Op, Rule, Traced


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

    def rounded(*xs: Any, **params: Any) -> Any:
        if not any(is_half(x) for x in xs):
            return rule(*xs, **params)
        return down(rule(*map(up, xs), **params))

    return rounded


@functools.cache
def half_op(op: Op) -> Op:
    """op for halves: what it saves for backward stays 16 bits wide."""
    return Op(
        op.name,
        op.kind,
        in_singles(op.forward),
        tuple(map(in_singles, op.vjps)),
        tuple(map(in_singles, op.jvps)),
        op.reads,
        op.variadic,
    )
