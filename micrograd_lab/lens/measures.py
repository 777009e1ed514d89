"""What a Recorder measures of an array, quickly enough to be done at every step."""

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]


@np.errstate(all="ignore")
def norm(x: Array) -> float:
    """The length of x as a vector, as fast as a dot product, and right for tiny and huge ones too."""
    flat = x.reshape(-1)
    if flat.dtype.itemsize > 2:
        square = float(np.dot(flat, flat))
        if 1e-30 < square < 1e30:
            return math.sqrt(square)
        if square == 0 and not flat.any():
            return 0.0
    wide = flat.astype(np.float64)
    top = float(np.max(np.abs(wide), initial=0.0))
    return top * float(np.linalg.norm(wide / top)) if 0 < top < np.inf else top


@np.errstate(all="ignore")
def moments(x: Array) -> tuple[float, float]:
    """(mean, standard deviation), as fast as a sum and a dot product where those are exact enough."""
    flat = x.reshape(-1)
    if flat.dtype.itemsize > 2:
        mean = float(np.add.reduce(flat)) / flat.size
        square = float(np.dot(flat, flat)) / flat.size
        if 1e-30 < square < 1e30 and square - mean * mean > 0.01 * square:
            return mean, math.sqrt(square - mean * mean)
    wide = flat.astype(np.float64)
    return float(wide.mean()), float(wide.std())


@np.errstate(all="ignore")
def binned(x: Array, edges: Array | None = None) -> tuple[Array, Array]:
    """How many of the finite entries lie between evenly spaced edges; by default 40 parts of their range.

    What lies beyond the edges is counted in the first or last part.
    """
    flat = x.reshape(-1)
    if not np.isfinite(flat).all():
        flat = flat[np.isfinite(flat)]
    if edges is None:
        low, high = (float(flat.min()), float(flat.max())) if flat.size else (0.0, 0.0)
        room = 0.0 if low < high else 0.5 * max(abs(low), 1.0)
        edges = np.linspace(low - room, high + room, 41)
    parts = len(edges) - 1  # np.histogram allows uneven ones, and takes four times as long
    scale = parts / (edges[-1] - edges[0])
    place = ((flat - flat.dtype.type(edges[0])) * flat.dtype.type(scale)).clip(0, parts - 1)
    return np.bincount(place.astype(np.intp), minlength=parts), edges
