"""Real handwritten digits, described by few enough numbers for a scalar engine to carry."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Digits:
    """Some images, (N, 8, 8) with ink from 0 to 1, and the digit that each one shows, (N,)."""

    images: Array
    answers: NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.answers)

    def first(self, n: int) -> "Digits":
        return Digits(self.images[:n], self.answers[:n])


def load() -> tuple[Digits, Digits]:
    """(to learn from, held out): scikit-learn's 1,797 digits, the same split every time.

    A quarter of each digit's images is held out, so that both parts have the same mix of digits
    and no image is in both.  The same people wrote the images of both parts.
    """
    from sklearn.datasets import load_digits

    from micrograd_lab.data.digits import parts

    data: Any = load_digits()
    images, answers = data.images / 16, data.target.astype(np.int64)
    learn, test = parts(answers)
    return Digits(images[learn], answers[learn]), Digits(images[test], answers[test])


@dataclass(frozen=True)
class Patterns:
    """A few 8×8 patterns; an image is described by how much of each pattern is in it.

    They are the principal components of the images they were found in: no other `count` patterns
    lose less of those images.  mean: (64,), patterns: (count, 64).  Dividing by `scale` makes the
    descriptions of those images one unit large on average.
    """

    mean: Array
    patterns: Array
    scale: float

    @classmethod
    def found_in(cls, images: Array, count: int) -> "Patterns":
        """images: (N, 8, 8), with N ≥ count."""
        flat = images.reshape(-1, 64)
        mean = flat.mean(axis=0)
        _, strengths, patterns = np.linalg.svd(flat - mean, full_matrices=False)
        patterns = patterns[:count]
        largest = np.abs(patterns).argmax(axis=1)  # a pattern and its negative are equally good:
        patterns *= np.sign(patterns[np.arange(count), largest])[:, None]  # choose the positive one
        scale = np.sqrt((strengths[:count] ** 2).sum() / (len(flat) * count))
        return cls(mean, patterns, float(scale))

    def describe(self, images: Array) -> Array:
        """(N, 8, 8) -> (N, count)"""
        return (images.reshape(-1, 64) - self.mean) @ self.patterns.T / self.scale

    def in_pixels(self, weights: Array) -> Array:
        """Weights on the description as weights on the pixels.  (M, count) -> (M, 8, 8)"""
        return (weights @ self.patterns / self.scale).reshape(-1, 8, 8)
