"""Noise that networks train with: dropout, and gumbel_softmax, which draws from a distribution.

All numbers come from the generator that manual_seed sets.
"""

from typing import Any

import numpy as np

from micrograd_lab.errors import DtypeError, ShapeError, UndefinedError
from micrograd_lab.generator import numpy_of
from micrograd_lab.ops.op import Array
from micrograd_lab.ops.plain import plain
from micrograd_lab.ops.softmax import softmax


def _drops(name: str, p: float, training: bool) -> bool:
    """Whether there is anything to do."""
    if not 0 <= p <= 1:
        raise UndefinedError(f"{name}: p={p} is not a probability; it lies between 0 and 1.")
    return training and p > 0


def _kept(shape: tuple[int, ...], p: float, dtype: Any) -> Array:
    """1 where an entry is kept, 0 where it is dropped, which happens with probability p."""
    return (numpy_of().random(shape, np.float32) >= p).astype(dtype)


def _noise(shape: tuple[int, ...], p: float, dtype: Any) -> Array:
    """_kept, grown by 1/(1-p), so that the expected value stays what it was."""
    noise = _kept(shape, p, dtype)
    if p < 1:
        noise /= 1 - p
    return noise


def _multiplied(x: Any, noise: Array, shift: Any, inplace: bool) -> Any:
    if inplace:
        x.mul_(noise)
        return x if shift is None else x.add_(shift)
    return x * noise if shift is None else x * noise + shift


def _dropout(
    name: str, x: Any, p: float, training: bool, inplace: bool, shape: tuple[int, ...]
) -> Any:
    if not _drops(name, p, training):
        return x
    if x.dtype.kind != "f":
        raise DtypeError(f"{name}: needs floating numbers, found {x.dtype}. Use input.float().")
    return _multiplied(x, _noise(shape, p, x.dtype), None, inplace)


def dropout(input: Any, p: float = 0.5, training: bool = True, inplace: bool = False) -> Any:
    """Each entry is dropped with probability p, and the others grow by 1/(1-p)."""
    return _dropout("dropout", input, p, training, inplace, input.shape)


def _channels(name: str, x: Any, batched: int) -> tuple[int, ...]:
    """One number per channel; without a batch the channels are axis 0."""
    if x.ndim not in (batched - 1, batched):
        raise ShapeError(
            f"{name}: needs {batched} axes (N, C, ...), or {batched - 1} without a batch; found "
            f"{tuple(x.shape)}."
        )
    lead = x.ndim - batched + 2
    return (*x.shape[:lead], *(1,) * (x.ndim - lead))


def dropout1d(input: Any, p: float = 0.5, training: bool = True, inplace: bool = False) -> Any:
    """dropout of whole channels.  (N, C, L) or (C, L)"""
    return _dropout("dropout1d", input, p, training, inplace, _channels("dropout1d", input, 3))


def dropout2d(input: Any, p: float = 0.5, training: bool = True, inplace: bool = False) -> Any:
    """dropout of whole channels.  (N, C, H, W)"""
    shape = tuple(input.shape[:2]) + (1,) * (input.ndim - 2)
    return _dropout("dropout2d", input, p, training, inplace, shape)


def dropout3d(input: Any, p: float = 0.5, training: bool = True, inplace: bool = False) -> Any:
    """dropout of whole channels.  (N, C, D, H, W)"""
    shape = tuple(input.shape[:2]) + (1,) * (input.ndim - 2)
    return _dropout("dropout3d", input, p, training, inplace, shape)


def _alpha(
    name: str, x: Any, p: float, training: bool, inplace: bool, shape: tuple[int, ...]
) -> Any:
    if not _drops(name, p, training):
        return x
    kept = _kept(shape, p, x.dtype)
    if p == 1:
        return _multiplied(x, kept, None, inplace)
    lowest = 1.7580993408473766  # where selu flattens out: -scale · alpha
    a = ((lowest * lowest * p + 1) * (1 - p)) ** -0.5
    shift = ((kept - 1) * lowest * a + lowest * a * p).astype(x.dtype, copy=False)
    return _multiplied(x, kept * x.dtype.type(a), shift, inplace)


def alpha_dropout(input: Any, p: float = 0.5, training: bool = False, inplace: bool = False) -> Any:
    """dropout for selu: dropped entries become its lowest value; mean and variance stay 0 and 1."""
    return _alpha("alpha_dropout", input, p, training, inplace, input.shape)


def feature_alpha_dropout(
    input: Any, p: float = 0.5, training: bool = False, inplace: bool = False
) -> Any:
    """alpha_dropout of whole channels.  (N, C, ...)"""
    shape = tuple(input.shape[:2]) + (1,) * (input.ndim - 2)
    return _alpha("feature_alpha_dropout", input, p, training, inplace, shape)


def gumbel_softmax(
    logits: Any, tau: float = 1, hard: bool = False, eps: float = 1e-10, dim: int = -1
) -> Any:
    """A random choice with a gradient: softmax of the logits plus Gumbel noise, over tau.

    hard: one-hot rows, with the gradient of the soft ones.
    """
    with np.errstate(divide="ignore"):
        noise = -np.log(numpy_of().standard_exponential(logits.shape)).astype(logits.dtype)
    soft = softmax((logits + noise) / tau, dim)
    if not hard:
        return soft
    y = plain(soft)
    best = y.argmax(axis=dim, keepdims=True)
    one_hot = np.zeros_like(y)
    np.put_along_axis(one_hot, best, 1, dim)
    return soft + (one_hot - y)
