"""Many distributions as one: the last axes of the batch become the event."""

from typing import Any

from micrograd_lab.distributions.distribution import Distribution
from micrograd_lab.errors import ShapeError


class Independent(Distribution):
    """Independent(Normal(loc, scale), 1): one vector, whose log_prob is the sum over its entries."""

    def __init__(
        self,
        base_distribution: Any,
        reinterpreted_batch_ndims: int,
        validate_args: bool | None = None,
    ) -> None:
        own = base_distribution.batch_shape
        if not 0 <= reinterpreted_batch_ndims <= len(own):
            raise ShapeError(
                f"Independent: reinterpreted_batch_ndims={reinterpreted_batch_ndims} of a batch of "
                f"shape {tuple(own)}: choose 0 to {len(own)}."
            )
        self.base_dist = base_distribution
        self.reinterpreted_batch_ndims = reinterpreted_batch_ndims
        cut = len(own) - reinterpreted_batch_ndims
        self.has_rsample = base_distribution.has_rsample
        super().__init__(own[:cut], (*own[cut:], *base_distribution.event_shape), validate_args)

    @property
    def mean(self) -> Any:
        return self.base_dist.mean

    @property
    def mode(self) -> Any:
        return self.base_dist.mode

    @property
    def variance(self) -> Any:
        return self.base_dist.variance

    def sample(self, sample_shape: Any = ()) -> Any:
        return self.base_dist.sample(sample_shape)

    def rsample(self, sample_shape: Any = ()) -> Any:
        return self.base_dist.rsample(sample_shape)

    def log_prob(self, value: Any) -> Any:
        return self.summed(self.base_dist.log_prob(value))

    def entropy(self) -> Any:
        return self.summed(self.base_dist.entropy())

    def summed(self, x: Any) -> Any:
        """The sum over the axes that now belong to the event."""
        n = self.reinterpreted_batch_ndims
        return x.sum(tuple(range(-n, 0))) if n else x

    def expand(self, batch_shape: Any) -> Any:
        n = self.reinterpreted_batch_ndims
        own = self.base_dist.batch_shape
        return Independent(self.base_dist.expand((*batch_shape, *own[len(own) - n :])), n)

    def __repr__(self) -> str:
        return f"Independent({self.base_dist}, {self.reinterpreted_batch_ndims})"
