"""The engines that are timed: ours, and the peers it is compared with."""

from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module
from typing import Any

from threadpoolctl import threadpool_limits

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


HOMES = {  # scalar engines; name: (where its Value lives, where its MLP lives)
    OURS: ("micrograd_lab.scalar", "micrograd_lab.scalar"),
    "micrograd": ("micrograd.engine", "micrograd.nn"),
}


TENSORS = (OURS, "torch")  # packages with the same names in them
EXTRA = {"micrograd": "bench", "torch": "torch"}  # what brings a peer


def load(name: str) -> Engine:
    """The scalar engine of that name; raises MissingPeerError where it is not installed."""
    values, networks = HOMES[name]
    return Engine(name, _import(values, name).Value, _import(networks, name).MLP)


def load_tensors(name: str) -> Any:
    """The package of tensors of that name, on one thread; raises MissingPeerError likewise."""
    package = _import(name, name)
    if name == "torch":
        package.set_num_threads(1)
    else:
        limits.append(threadpool_limits(1))
    return package


limits: list[Any] = []  # held for as long as the process lives


def _import(module: str, peer: str) -> Any:
    try:
        return import_module(module)
    except ModuleNotFoundError as error:
        raise MissingPeerError(
            f"the peer {peer} is not installed (no module {error.name}): "
            f'pip install -e ".[{EXTRA[peer]}]" brings it. Timing ours alone.'
        ) from None
