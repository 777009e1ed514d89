"""Forward mode under PyTorch's names: dual_level, make_dual, unpack_dual.

with dual_level():
    x = make_dual(primal, tangent)
    y = (x * x).sum()
    unpack_dual(y).tangent       # the derivative of y along the tangent
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, NamedTuple

from micrograd_lab import forward
from micrograd_lab.errors import GradError
from micrograd_lab.forward import Dual, levels
from micrograd_lab.tensor import Tensor

_open: list[int] = []


class UnpackedDualTensor(NamedTuple):
    """A value and how fast it is moving; tangent None if it stands still."""

    primal: Any
    tangent: Any


@contextmanager
def dual_level() -> Iterator[int]:
    """The block in which duals may be made.  Its end is the end of their motion."""
    with forward.new_level() as level:
        _open.append(level)
        try:
            yield level
        finally:
            _open.pop()


def _current(level: int | None, name: str) -> int:
    if not _open or levels.depth == 0:
        raise GradError(f"{name} outside a forward pass: put it inside `with dual_level():`.")
    return _open[-1] if level is None else level


def make_dual(tensor: Any, tangent: Any, *, level: int | None = None) -> Dual:
    """A tensor that moves along the tangent, of the same shape and dtype."""
    return forward.make_dual(tensor, tangent, _current(level, "make_dual"))


def unpack_dual(tensor: Any, *, level: int | None = None) -> UnpackedDualTensor:
    """(primal, tangent)"""
    if isinstance(tensor, Dual) and _open and tensor.level == _current(level, "unpack_dual"):
        return UnpackedDualTensor(tensor.primal, tensor.tangent)
    if not isinstance(tensor, (Tensor, Dual)):
        raise GradError(f"unpack_dual takes a tensor, not {type(tensor).__name__}.")
    return UnpackedDualTensor(tensor, None)
