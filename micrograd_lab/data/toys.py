"""Small problems with a picture: points in the plane that belong to classes, and points near a line."""

from typing import Any

import numpy as np

from micrograd_lab.errors import OptionError
from micrograd_lab.ops.op import Array
from micrograd_lab.random import Generator
from micrograd_lab.tensor import Tensor, wrap

Points = tuple[Tensor, Tensor]


def moons(n: int = 200, noise: float = 0.1, seed: int | Generator = 0) -> Points:
    """Two half circles that reach into each other.  -> x (n, 2) float32, y (n,) int64 of 0 and 1

    noise: the standard deviation of what is added to each coordinate.  seed: a number, or a
    Generator.  The same for the others.
    """
    source = _source("moons", n, noise, seed, least=2)
    y = np.arange(n) % 2
    angle = source.uniform(0, np.pi, n)
    flip = 1 - 2 * y  # the second moon is the first one turned round, and moved
    x = np.stack([y + flip * np.cos(angle), flip * np.sin(angle) + 0.5 * y], 1)
    return _points(source, x, y, noise)


def circles(
    n: int = 200, noise: float = 0.05, seed: int | Generator = 0, factor: float = 0.5
) -> Points:
    """A circle of radius 1 (class 0) around one of radius `factor` (class 1)."""
    source = _source("circles", n, noise, seed, least=2)
    if not 0 < factor < 1:
        raise OptionError(f"circles: factor={factor}: the inner radius is between 0 and 1.")
    y = np.arange(n) % 2
    angle = source.uniform(0, 2 * np.pi, n)
    radius = np.where(y, factor, 1.0)
    return _points(source, np.stack([radius * np.cos(angle), radius * np.sin(angle)], 1), y, noise)


def spirals(
    n: int = 300,
    noise: float = 0.03,
    seed: int | Generator = 0,
    classes: int = 3,
    turns: float = 0.75,
) -> Points:
    """Arms that wind out of the middle, one for each class, `turns` times around it."""
    if classes < 1:
        raise OptionError(f"spirals: classes={classes}: at least 1.")
    source = _source("spirals", n, noise, seed, least=classes)
    y = np.arange(n) % classes
    radius = np.sqrt(source.uniform(0.01, 1, n))  # so that an arm is as dense outside as inside
    angle = 2 * np.pi * (turns * radius + y / classes)
    return _points(source, np.stack([radius * np.cos(angle), radius * np.sin(angle)], 1), y, noise)


def linear(
    n: int = 200, noise: float = 0.0, seed: int | Generator = 0, margin: float = 0.1
) -> Points:
    """A square cut in two by x₁ + x₂ = 0, with no point nearer to the cut than `margin` (before noise)."""
    source = _source("linear", n, noise, seed, least=2)
    if not 0 <= margin <= 1:
        raise OptionError(f"linear: margin={margin}: between 0 and 1.")
    y = np.arange(n) % 2
    side = 2.0 * y - 1
    far = 1 - np.sqrt(source.uniform(0, 1, n))  # a triangle has less room the nearer its corner
    across = side * (margin + (np.sqrt(2) - margin) * far)
    along = (np.sqrt(2) - np.abs(across)) * source.uniform(-1, 1, n)
    x = np.stack([across + along, across - along], 1) / np.sqrt(2)
    return _points(source, x, y, noise)


def line(
    n: int = 100,
    noise: float = 0.1,
    seed: int | Generator = 0,
    slope: float = 2.0,
    intercept: float = -1.0,
) -> Points:
    """Points near y = slope · x + intercept.  -> x (n, 1) and y (n, 1), both float32"""
    source = _source("line", n, noise, seed, least=1)
    x = source.uniform(-1, 1, (n, 1))
    y = slope * x + intercept + noise * source.standard_normal((n, 1))
    return wrap(x.astype(np.float32)), wrap(y.astype(np.float32))


def _points(source: np.random.Generator, x: Array, y: Any, noise: float) -> Points:
    """In random order, so that the first half is as good as any."""
    order = source.permutation(len(y))
    x = x + noise * source.standard_normal(x.shape)
    return wrap(x[order].astype(np.float32)), wrap(y[order].astype(np.int64))


def _source(
    name: str, n: int, noise: float, seed: int | Generator, least: int
) -> np.random.Generator:
    if n < least:
        raise OptionError(f"{name}: n={n}: at least {least}, one point for each class.")
    if not (np.isfinite(noise) and noise >= 0):
        raise OptionError(f"{name}: noise={noise}: a standard deviation is at least 0.")
    return (seed if isinstance(seed, Generator) else Generator().manual_seed(seed)).numpy
