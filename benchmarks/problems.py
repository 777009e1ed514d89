"""The numbers that every engine is given: data and first weights of T1 to T10, from the same seeds."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from benchmarks.points import half_moons

Rng = np.random.Generator
Arrays = dict[str, Any]
SEED = 1337


def floats(rng: Rng, *shape: int) -> Any:
    return rng.standard_normal(shape).astype(np.float32)


def images(batch: int, *shape: int) -> Callable[[Rng], Arrays]:
    return lambda rng: {"x": floats(rng, batch, *shape), "y": rng.integers(0, 10, batch)}


def moons(rng: Rng) -> Arrays:
    points, signs = half_moons(100)
    return {"x": points.astype(np.float32), "y": signs[:, None].astype(np.float32)}


def words(below: int, *shape: int) -> Callable[[Rng], Arrays]:
    return lambda rng: {name: rng.integers(0, below, shape) for name in ("ids", "following")}


def sequences(rng: Rng) -> Arrays:
    return {"x": floats(rng, 50, 32, 128), "g": floats(rng, 50, 32, 128)}


DATA: dict[str, Callable[[Rng], Arrays]] = {
    "T1": moons,
    "T2": images(64, 784),
    "T3": images(512, 784),
    "T4": images(64, 1, 28, 28),
    "T5": lambda rng: {},
    "T6a": lambda rng: {"y": rng.integers(0, 1000, 4096)},
    "T6b": lambda rng: {"g": floats(rng, 8192, 512)},
    "T7": words(65, 16, 64),
    "T8": sequences,
    "T9": sequences,
    "T10": words(10_000, 256),
}

OPTIMIZERS = {  # and its learning rate; the others only differentiate
    "T1": ("SGD", 0.05), "T2": ("Adam", 1e-4), "T3": ("Adam", 1e-4), "T4": ("SGD", 0.01),
    "T7": ("Adam", 1e-4), "T8": ("SGD", 1e-4), "T9": ("SGD", 1e-4), "T10": ("SGD", 0.1),
}  # fmt: skip

STEPS = {  # in one timed block
    "S1": 3, "S2": 1, "T1": 200, "T2": 20, "T3": 2, "T4": 5, "T5": 3, "T6a": 3, "T6b": 3,
    "T7": 3, "T8": 5, "T9": 3, "T10": 2,
}  # fmt: skip


def first_weights(rng: Rng, name: str, shape: tuple[int, ...]) -> Any:
    """Weights that keep the size of what flows through; norms start at 1 and biases at 0.

    What is no weight of a layer but an input (x, logits) is drawn from the normal distribution.
    """
    if "weight" not in name and "bias" not in name:
        return floats(rng, *shape)
    if len(shape) < 2:
        return np.full(shape, float(name.endswith("weight")), np.float32)
    return (rng.uniform(-1, 1, shape) * (3 / np.prod(shape[1:])) ** 0.5).astype(np.float32)


@dataclass(frozen=True)
class Problem:
    """A workload for a library without modules: names and layouts are those of a state_dict."""

    weights: Arrays
    data: Arrays
    optimizer: tuple[str, float] | None
    steps: int


def problem(name: str) -> Problem:
    """The numbers of a workload, as the networks of ours and of PyTorch start with them."""
    import micrograd_lab
    from benchmarks.networks import NETWORKS

    rng = np.random.default_rng(SEED)
    model, _, _ = NETWORKS[name][0](micrograd_lab, rng)  # which draws its data from rng
    shapes = {key: tuple(p.shape) for key, p in model.state_dict().items()}
    weights = {key: first_weights(rng, key, shape) for key, shape in shapes.items()}
    data = DATA[name](np.random.default_rng(SEED))
    return Problem(weights, data, OPTIMIZERS.get(name), STEPS[name])


def sample(gradients: Any) -> list[float]:
    """A thousand entries of each gradient, at most."""
    found: list[float] = []
    for g in gradients:
        flat = np.asarray(g).reshape(-1)
        found += flat[:: max(1, flat.size // 1000)].tolist()
    return found
