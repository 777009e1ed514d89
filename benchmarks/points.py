"""Points that the workloads learn."""

from typing import Any

import numpy as np


def half_moons(points: int) -> tuple[Any, Any]:
    """Points in two interleaved half moons, and a label of 1 or -1 for each."""
    rng = np.random.default_rng(1337)
    angle = np.pi * rng.random(points)
    labels = np.resize([1, -1], points)
    upper = np.stack([np.cos(angle), np.sin(angle)], axis=1)
    lower = np.array([1.0, 0.5]) - upper
    moons = np.where(labels[:, None] > 0, upper, lower)
    return moons + rng.normal(0, 0.1, (points, 2)), labels
