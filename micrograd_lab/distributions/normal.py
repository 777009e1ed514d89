"""The bell curve: what sums of many small things look like."""

import math
from typing import Any

from micrograd_lab.distributions.distribution import Distribution, together
from micrograd_lab.random import randn


class Normal(Distribution):
    """Around loc, as wide as scale (its standard deviation, not the variance)."""

    PARAMETERS = ("loc", "scale")
    has_rsample = True

    def __init__(self, loc: Any, scale: Any, validate_args: bool | None = None) -> None:
        self.loc, self.scale = together(loc, scale)
        super().__init__(self.loc.shape, (), validate_args)

    def _promises(self) -> list[tuple[str, Any, str]]:
        return [("loc", self.loc == self.loc, "numbers"), ("scale", self.scale > 0, "positive")]

    @property
    def mean(self) -> Any:
        return self.loc

    mode = mean

    @property
    def stddev(self) -> Any:
        return self.scale

    @property
    def variance(self) -> Any:
        return self.scale**2

    def rsample(self, sample_shape: Any = ()) -> Any:
        """loc + scale ε: the noise is drawn apart, so gradients pass (Kingma and Welling, 2013)."""
        return self.loc + self.scale * randn(self._extended(sample_shape), dtype=self.loc.dtype)

    def log_prob(self, value: Any) -> Any:
        z = (self._checked(value) - self.loc) / self.scale
        return -(z**2) / 2 - self.scale.log() - math.log(2 * math.pi) / 2

    def cdf(self, value: Any) -> Any:
        z = (self._checked(value) - self.loc) / self.scale
        return (1 + (z / math.sqrt(2)).erf()) / 2

    def icdf(self, value: Any) -> Any:
        return self.loc + self.scale * (2 * value - 1).erfinv() * math.sqrt(2)

    def entropy(self) -> Any:
        return self.scale.log() + (1 + math.log(2 * math.pi)) / 2
