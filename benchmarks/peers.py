"""The engines that are timed: ours, and the peers it is compared with."""

from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module
from typing import Any

from micrograd_lab.errors import LabError

OURS = "micrograd_lab"


class MissingPeerError(LabError, ImportError):
    """A peer that is not installed."""


@dataclass(frozen=True)
class Engine:
    """What a workload on scalars needs of an engine."""

    name: str
    Value: Callable[[float], Any]
    MLP: Callable[[int, list[int]], Any]


HOMES = {  # name: (where its Value lives, where its MLP lives)
    OURS: ("micrograd_lab.scalar", "micrograd_lab.scalar"),
    "micrograd": ("micrograd.engine", "micrograd.nn"),
}


def load(name: str) -> Engine:
    """The engine of that name; raises MissingPeerError where it is not installed."""
    values, networks = HOMES[name]
    try:
        return Engine(name, import_module(values).Value, import_module(networks).MLP)
    except ModuleNotFoundError as error:
        raise MissingPeerError(
            f"the peer {name} is not installed (no module {error.name}): "
            'pip install -e ".[bench]" brings it. Timing ours alone.'
        ) from None
