"""Dropout as modules: in training entries or channels are dropped at random, in eval none."""

from typing import Any

from micrograd_lab.errors import UndefinedError
from micrograd_lab.nn import functional as F
from micrograd_lab.nn.module import Module

__all__ = [
    "AlphaDropout", "Dropout", "Dropout1d", "Dropout2d", "Dropout3d", "FeatureAlphaDropout",
]  # fmt: skip


class Dropping(Module):
    """What they share: the probability p of being dropped."""

    def __init__(self, p: float = 0.5, inplace: bool = False) -> None:
        super().__init__()
        if not 0 <= p <= 1:
            name = type(self).__name__
            raise UndefinedError(f"{name}: p={p} is not a probability; it lies between 0 and 1.")
        self.p = p
        self.inplace = inplace

    def extra_repr(self) -> str:
        return f"p={self.p}, inplace={self.inplace}"


class Dropout(Dropping):
    """Entries are dropped, and the others grow by 1/(1-p)."""

    def forward(self, input: Any) -> Any:
        return F.dropout(input, self.p, self.training, self.inplace)


class Dropout1d(Dropping):
    """Whole channels are dropped.  (N, C, L) or (C, L)"""

    def forward(self, input: Any) -> Any:
        return F.dropout1d(input, self.p, self.training, self.inplace)


class Dropout2d(Dropping):
    """Whole channels are dropped.  (N, C, H, W)"""

    def forward(self, input: Any) -> Any:
        return F.dropout2d(input, self.p, self.training, self.inplace)


class Dropout3d(Dropping):
    """Whole channels are dropped.  (N, C, D, H, W)"""

    def forward(self, input: Any) -> Any:
        return F.dropout3d(input, self.p, self.training, self.inplace)


class AlphaDropout(Dropping):
    """For SELU: dropped entries become its lowest value; mean and variance stay 0 and 1."""

    def forward(self, input: Any) -> Any:
        return F.alpha_dropout(input, self.p, self.training, self.inplace)


class FeatureAlphaDropout(Dropping):
    """AlphaDropout of whole channels.  (N, C, ...)"""

    def forward(self, input: Any) -> Any:
        return F.feature_alpha_dropout(input, self.p, self.training, self.inplace)
