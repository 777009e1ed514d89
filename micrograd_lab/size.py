"""A shape: a tuple that prints as PyTorch's does, and knows how many numbers it stands for."""

import math
from typing import Any


class Size(tuple[int, ...]):
    """torch.Size([2, 3]); equal to (2, 3), and usable wherever that is."""

    __slots__ = ()

    def numel(self) -> int:
        """How many entries an array of this shape has."""
        return math.prod(self)

    def __repr__(self) -> str:
        return f"torch.Size({list(self)})"

    def __format__(self, spec: str) -> str:
        return format(str(tuple(self)), spec)  # in a sentence, a plain (2, 3)

    def __getitem__(self, index: Any) -> Any:
        part = tuple.__getitem__(self, index)
        return Size(part) if isinstance(index, slice) else part

    def __add__(self, other: Any) -> "Size":
        return Size(tuple.__add__(self, tuple(other)))
