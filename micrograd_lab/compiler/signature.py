"""What a program depends on besides numbers: shapes, dtypes, flags, and Python's own arguments."""

from typing import Any

import numpy as np

from micrograd_lab import threads
from micrograd_lab.dtypes import get_default_dtype
from micrograd_lab.engine import mode
from micrograd_lab.ops import casting
from micrograd_lab.scalar.value import Value
from micrograd_lab.tensor import Tensor

PLAIN = (bool, int, float, str, type(None), np.dtype)


def signature(args: Any, kwargs: Any) -> Any:
    """A key; None where a call cannot be told from another (an array, an object of unknown state)."""
    switches = (
        *(mode.grad, mode.inference, mode.anomaly),
        *(casting.mode.on, get_default_dtype(), threads.count),
    )
    if not args and not kwargs:
        return switches
    try:
        return (*switches, *map(_of, args), *((name, _of(x)) for name, x in kwargs.items()))
    except TypeError:
        return None


def _of(x: Any) -> Any:
    if isinstance(x, Tensor):
        array = x.array
        return (array.shape, array.dtype, x._requires_grad, array.flags.c_contiguous)
    if isinstance(x, (tuple, list)):
        return (type(x), *map(_of, x))
    if isinstance(x, dict):
        return (dict, *((name, _of(value)) for name, value in x.items()))
    return _plain(x)


def form_of_numbers(args: Any, kwargs: Any) -> Any:
    """A key for a function of Values: their places, and Python's own arguments; else None."""

    def look(x: Any) -> Any:
        if isinstance(x, Value):
            return Value
        if isinstance(x, dict):
            return (dict, *((name, look(value)) for name, value in x.items()))
        return (type(x), *map(look, x)) if isinstance(x, (tuple, list)) else _plain(x)

    try:
        return look(args), look(kwargs)
    except TypeError:
        return None


def _plain(x: Any) -> Any:
    if isinstance(x, PLAIN):
        return (type(x), x)
    raise TypeError


def tensors_of(args: Any, kwargs: Any) -> list[tuple[str, Tensor]]:
    """The tensors among the arguments with a name each, in order."""
    found: list[tuple[str, Tensor]] = []

    def look(name: str, x: Any) -> None:
        if isinstance(x, Tensor):
            found.append((name, x))
        elif isinstance(x, (tuple, list)):
            for k, part in enumerate(x):
                look(f"{name}_{k}", part)
        elif isinstance(x, dict):
            for key, part in x.items():
                look(f"{name}_{key}", part)

    for k, x in enumerate(args):
        look(f"argument{k}" if len(args) > 1 else "argument", x)
    for name, x in kwargs.items():
        look(name, x)
    return found
