"""Anywhere between two ends, no place more likely than another."""

from typing import Any

from micrograd_lab.distributions.distribution import Distribution, together
from micrograd_lab.random import rand


class Uniform(Distribution):
    """Between low and high; high itself is never drawn."""

    PARAMETERS = ("low", "high")
    has_rsample = True

    def __init__(self, low: Any, high: Any, validate_args: bool | None = None) -> None:
        self.low, self.high = together(low, high)
        super().__init__(self.low.shape, (), validate_args)

    def _promises(self) -> list[tuple[str, Any, str]]:
        return [("low", self.low < self.high, f"below high, {self.high.detach()}")]

    @property
    def mean(self) -> Any:
        return (self.high + self.low) / 2

    @property
    def variance(self) -> Any:
        return (self.high - self.low) ** 2 / 12

    def rsample(self, sample_shape: Any = ()) -> Any:
        share = rand(self._extended(sample_shape), dtype=self.low.dtype)
        return self.low + share * (self.high - self.low)

    def log_prob(self, value: Any) -> Any:
        value = self._checked(value, self._inside, "between low and high")
        inside = (self.low <= value) & (value < self.high)
        return inside.to(self.low.dtype).log() - (self.high - self.low).log()

    def _inside(self, value: Any) -> Any:
        return (self.low <= value) & (value <= self.high)

    def cdf(self, value: Any) -> Any:
        share = (self._checked(value) - self.low) / (self.high - self.low)
        return share.clamp(min=0, max=1)

    def icdf(self, value: Any) -> Any:
        return self.low + value * (self.high - self.low)

    def entropy(self) -> Any:
        return (self.high - self.low).log()
