"""Borders as modules: `padding` is one width for all sides, or (left, right, top, bottom, ...)."""

from typing import Any, ClassVar

from micrograd_lab.nn import functional as F
from micrograd_lab.nn.module import Module

__all__ = [
    "CircularPad1d", "CircularPad2d", "CircularPad3d", "ConstantPad1d", "ConstantPad2d",
    "ConstantPad3d", "ReflectionPad1d", "ReflectionPad2d", "ReflectionPad3d",
    "ReplicationPad1d", "ReplicationPad2d", "ReplicationPad3d", "ZeroPad1d", "ZeroPad2d",
    "ZeroPad3d",
]  # fmt: skip


class Padding(Module):
    """Widens the last `axes` axes by what its mode puts there."""

    axes: ClassVar[int]
    mode: ClassVar[str]

    def __init__(self, padding: Any) -> None:
        super().__init__()
        one = isinstance(padding, int)
        self.padding = (padding,) * (2 * self.axes) if one else tuple(padding)

    def forward(self, input: Any) -> Any:
        return F.pad(input, self.padding, self.mode)

    def extra_repr(self) -> str:
        return f"{self.padding}"


class ConstantPad(Padding):
    """By a number."""

    mode = "constant"

    def __init__(self, padding: Any, value: float) -> None:
        super().__init__(padding)
        self.value = value

    def forward(self, input: Any) -> Any:
        return F.pad(input, self.padding, self.mode, self.value)

    def extra_repr(self) -> str:
        return f"padding={self.padding}, value={self.value}"


class ConstantPad1d(ConstantPad):
    """(..., L)"""

    axes = 1


class ConstantPad2d(ConstantPad):
    """(..., H, W)"""

    axes = 2


class ConstantPad3d(ConstantPad):
    """(..., D, H, W)"""

    axes = 3


class ZeroPad1d(ConstantPad1d):
    """(..., L), by zeros."""

    def __init__(self, padding: Any) -> None:
        super().__init__(padding, 0.0)

    def extra_repr(self) -> str:
        return f"{self.padding}"


class ZeroPad2d(ConstantPad2d):
    """(..., H, W), by zeros."""

    def __init__(self, padding: Any) -> None:
        super().__init__(padding, 0.0)

    def extra_repr(self) -> str:
        return f"{self.padding}"


class ZeroPad3d(ConstantPad3d):
    """(..., D, H, W), by zeros."""

    def __init__(self, padding: Any) -> None:
        super().__init__(padding, 0.0)

    def extra_repr(self) -> str:
        return f"{self.padding}"


class ReflectionPad(Padding):
    """By its mirror image; the border itself is not repeated."""

    mode = "reflect"


class ReflectionPad1d(ReflectionPad):
    """(..., L)"""

    axes = 1


class ReflectionPad2d(ReflectionPad):
    """(..., H, W)"""

    axes = 2


class ReflectionPad3d(ReflectionPad):
    """(..., D, H, W)"""

    axes = 3


class ReplicationPad(Padding):
    """By repeating the border."""

    mode = "replicate"


class ReplicationPad1d(ReplicationPad):
    """(..., L)"""

    axes = 1


class ReplicationPad2d(ReplicationPad):
    """(..., H, W)"""

    axes = 2


class ReplicationPad3d(ReplicationPad):
    """(..., D, H, W)"""

    axes = 3


class CircularPad(Padding):
    """By what stands at the other end."""

    mode = "circular"


class CircularPad1d(CircularPad):
    """(..., L)"""

    axes = 1


class CircularPad2d(CircularPad):
    """(..., H, W)"""

    axes = 2


class CircularPad3d(CircularPad):
    """(..., D, H, W)"""

    axes = 3
