"""Random numbers that can be had again: a generator is a seed, and how far it has come."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import pairwise
from typing import Any

import numpy as np

from micrograd_lab.errors import DtypeError, OptionError
from micrograd_lab.tensor import Tensor, wrap


class Generator:
    """A source of random numbers (PCG64).  Two with the same seed give the same numbers."""

    def __init__(self, device: Any = "cpu") -> None:
        self.numpy: np.random.Generator
        self.device = device
        self.seed()

    def manual_seed(self, seed: int) -> "Generator":
        """Start over from this seed."""
        seed = int(seed)
        if not -(2**63) <= seed < 2**64:
            raise OptionError(f"manual_seed({seed}): a seed is an integer of at most 64 bits.")
        self._seed = seed % 2**64
        self.numpy = np.random.Generator(np.random.PCG64(self._seed))
        return self

    def seed(self) -> int:
        """Start over from a seed that nobody chose, and return it."""
        self.manual_seed(int.from_bytes(os.urandom(8), "little"))
        return self._seed

    def initial_seed(self) -> int:
        """The seed that it started from."""
        return self._seed

    def get_state(self) -> Tensor:
        """Where it is, as 64 bytes: seed, state, increment, and half a number that waits."""
        state = self.numpy.bit_generator.state
        inner = state["state"]
        parts = (
            (self._seed, 8), (inner["state"], 16), (inner["inc"], 16),
            (state["has_uint32"], 8), (state["uinteger"], 16),
        )  # fmt: skip
        raw = b"".join(int(n).to_bytes(size, "little") for n, size in parts)
        return wrap(np.frombuffer(raw, np.uint8).copy())

    def set_state(self, new_state: Tensor) -> "Generator":
        """Go to where get_state() was called."""
        array = getattr(new_state, "array", None)
        if array is None or array.dtype != np.uint8 or array.shape != (64,):
            raise DtypeError("set_state: expected what get_state() gave, a tensor of 64 bytes.")
        raw = array.tobytes()
        edges = (0, 8, 24, 40, 48, 64)
        seed, state, inc, has, half = (
            int.from_bytes(raw[a:b], "little") for a, b in pairwise(edges)
        )
        self.manual_seed(seed)
        self.numpy.bit_generator.state = {
            "bit_generator": "PCG64",
            "state": {"state": state, "inc": inc},
            "has_uint32": has,
            "uinteger": half,
        }
        return self

    def clone_state(self) -> "Generator":
        """Another generator, at the same point."""
        return Generator().set_state(self.get_state())


default_generator = Generator()


def numpy_of(generator: Generator | None = None) -> np.random.Generator:
    """NumPy's generator behind this one, or behind the default one."""
    return (default_generator if generator is None else generator).numpy


def manual_seed(seed: int) -> Generator:
    """Start the default generator over from this seed."""
    return default_generator.manual_seed(seed)


def seed() -> int:
    """Start the default generator over from a seed that nobody chose, and return it."""
    return default_generator.seed()


def initial_seed() -> int:
    """The seed of the default generator."""
    return default_generator.initial_seed()


def get_rng_state() -> Tensor:
    """Where the default generator is."""
    return default_generator.get_state()


def set_rng_state(new_state: Tensor) -> None:
    """Take the default generator back to get_rng_state()."""
    default_generator.set_state(new_state)


@contextmanager
def fork_rng(devices: Any = (), enabled: bool = True) -> Iterator[None]:
    """A block after which the default generator is where it was before."""
    state = get_rng_state()
    try:
        yield
    finally:
        if enabled:
            set_rng_state(state)
