"""A coin: 1 with a probability, else 0."""

from functools import cached_property
from typing import Any

import numpy as np

from micrograd_lab import random
from micrograd_lab.distributions.distribution import Distribution, one_of, together
from micrograd_lab.from_data import tensor
from micrograd_lab.nn import functional as F


class Bernoulli(Distribution):
    """1 with probability probs = sigmoid(logits); give one of the two."""

    has_enumerate_support = True

    def __init__(
        self, probs: Any = None, logits: Any = None, validate_args: bool | None = None
    ) -> None:
        if one_of("Bernoulli", probs, logits):
            (self.__dict__["probs"],) = together(probs)
        else:
            (self.__dict__["logits"],) = together(logits)
        self.PARAMETERS = ("logits",) if probs is None else ("probs",)  # the other is made of it
        self._given: Any = self.__dict__[self.PARAMETERS[0]]
        super().__init__(self._given.shape, (), validate_args)

    def _promises(self) -> list[tuple[str, Any, str]]:
        if self._given is not self.__dict__.get("probs"):
            return [("logits", self._given == self._given, "numbers")]
        p: Any = self._given
        return [("probs", (p >= 0) & (p <= 1), "between 0 and 1")]

    @cached_property
    def probs(self) -> Any:
        return self._given.sigmoid()

    @cached_property
    def logits(self) -> Any:
        eps = float(np.finfo(self._given.dtype).eps)  # away from log(0)
        p = self._given.clamp(eps, 1 - eps)
        return p.log() - (-p).log1p()

    @property
    def mean(self) -> Any:
        return self.probs

    @property
    def mode(self) -> Any:
        """1 or 0, whichever is likelier; nan if both are."""
        likelier = (self.probs >= 0.5).to(self.probs.dtype)
        return likelier.masked_fill(self.probs == 0.5, float("nan"))

    @property
    def variance(self) -> Any:
        return self.probs * (1 - self.probs)

    def sample(self, sample_shape: Any = ()) -> Any:
        return random.bernoulli(self.probs.detach().expand(self._extended(sample_shape)))

    def log_prob(self, value: Any) -> Any:
        value = self._checked(value, lambda v: (v == 0) | (v == 1), "0 or 1")
        logits, value = together(self.logits, value)
        return -F.binary_cross_entropy_with_logits(logits, value, reduction="none")

    def entropy(self) -> Any:
        return F.binary_cross_entropy_with_logits(self.logits, self.probs, reduction="none")

    def enumerate_support(self, expand: bool = True) -> Any:
        """0 and 1, along a new first axis."""
        values: Any = tensor([0.0, 1.0], dtype=self._given.dtype)
        values = values.reshape(2, *(1,) * len(self.batch_shape))
        return values.expand(2, *self.batch_shape) if expand else values
