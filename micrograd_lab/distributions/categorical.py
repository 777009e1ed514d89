"""A die: one of K values, each with its own probability."""

from functools import cached_property
from typing import Any

import numpy as np

from micrograd_lab import random
from micrograd_lab.distributions.distribution import Distribution, one_of
from micrograd_lab.errors import ShapeError
from micrograd_lab.ops.views import broadcast_tensors
from micrograd_lab.patterns import arange, full
from micrograd_lab.size import Size


class Categorical(Distribution):
    """k with probability probs[..., k]; probs are scaled to a sum of 1.  Or logits, for a softmax."""

    has_enumerate_support = True

    def __init__(
        self, probs: Any = None, logits: Any = None, validate_args: bool | None = None
    ) -> None:
        scaled = one_of("Categorical", probs, logits)
        given = probs if scaled else logits
        if given.ndim < 1:
            raise ShapeError(
                "Categorical: the last axis holds one entry for each value; a single number has none."
            )
        self._scaled = scaled
        self.PARAMETERS = ("probs",) if scaled else ("logits",)  # the other is made of it
        if scaled:
            self.__dict__["probs"] = self._param = given / given.sum(-1, keepdim=True)
        else:
            self.__dict__["logits"] = self._param = given - given.logsumexp(-1, keepdim=True)
        super().__init__(given.shape[:-1], (), validate_args)

    def _promises(self) -> list[tuple[str, Any, str]]:
        if self._scaled:
            return [("probs", self._param >= 0, "at least 0, and not all of them 0")]
        return [("logits", self._param == self._param, "numbers")]

    @cached_property
    def probs(self) -> Any:
        return self._param.softmax(-1)

    @cached_property
    def logits(self) -> Any:
        eps = float(np.finfo(self._param.dtype).eps)  # away from log(0)
        return self._param.clamp(eps, 1 - eps).log()

    @property
    def param_shape(self) -> Size:
        return Size(self._param.shape)

    @property
    def _num_events(self) -> int:
        return int(self._param.shape[-1])

    @property
    def mean(self) -> Any:
        """nan: the values are names, not numbers."""
        return full(self.batch_shape, float("nan"), dtype=self._param.dtype)

    variance = mean

    @property
    def mode(self) -> Any:
        return self.probs.argmax(-1)

    def sample(self, sample_shape: Any = ()) -> Any:
        rows = self.probs.detach().reshape(-1, self._num_events)
        drawn: Any = random.multinomial(rows, Size(sample_shape).numel(), True)
        return drawn.T.reshape(self._extended(sample_shape))

    def log_prob(self, value: Any) -> Any:
        def is_one(v: Any) -> Any:
            return (v >= 0) & (v < self._num_events) & (v == v.long())

        value = self._checked(value, is_one, f"a whole number from 0 to {self._num_events - 1}")
        value, logits = broadcast_tensors(value.long().unsqueeze(-1), self.logits)
        return logits.gather(-1, value[..., :1]).squeeze(-1)

    def entropy(self) -> Any:
        lowest = float(np.finfo(self._param.dtype).min)  # 0 · -inf is 0 here
        return -(self.logits.clamp(min=lowest) * self.probs).sum(-1)

    def enumerate_support(self, expand: bool = True) -> Any:
        """0, 1, ..., K - 1, along a new first axis."""
        values: Any = arange(self._num_events)
        values = values.reshape(-1, *(1,) * len(self.batch_shape))
        return values.expand(self._num_events, *self.batch_shape) if expand else values
