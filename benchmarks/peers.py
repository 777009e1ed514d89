"""The engines that are timed: ours, and the peers it is compared with."""

import sys
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from importlib import import_module
from importlib.util import find_spec
from typing import Any

from benchmarks.aims import COMPILED, EAGER
from micrograd_lab.errors import LabError

Builders = dict[str, Callable[[], Any]]


class MissingPeerError(LabError, ImportError):
    """A peer that is not installed."""


@dataclass(frozen=True)
class Engine:
    """Where its workloads are written, what brings it, and why some workloads are not there.

    A file of workloads has a table WORKLOADS: by name, what builds a timing.Training.
    """

    files: tuple[str, ...]
    extra: str = "bench"
    lacks: str = ""


ENGINES = {
    EAGER: Engine(("in_lab",)),
    COMPILED: Engine(("in_tape", "compiled")),
    "torch": Engine(("in_torch",), "torch"),
    "torch.compile step": Engine(("in_torch_step",), "torch"),
    "jax": Engine(("in_jax",)),
    "autograd": Engine(("in_autograd",)),
    "mygrad": Engine(("in_mygrad",), lacks="T7: no error function, which GELU needs"),
    "tinygrad": Engine(("in_tinygrad",), lacks="T9: its 50 unrolled steps take minutes to compile"),
    "micrograd": Engine(("in_micrograd",), lacks="T1 to T10: it has no tensors"),
}
PEERS = tuple(name for name in ENGINES if name not in (EAGER, COMPILED))

OURS = "micrograd_lab"
HOMES = {  # scalar engines; name: (where its Value lives, where its MLP lives)
    OURS: ("micrograd_lab.scalar", "micrograd_lab.scalar"),
    "micrograd": ("micrograd.engine", "micrograd.nn"),
}


def workloads(name: str) -> Builders:
    """The workloads that an engine has; raises MissingPeerError where it is not installed."""
    found: Builders = {}
    for file in ENGINES[name].files:
        if find_spec(f"benchmarks.{file}") is not None:
            found |= _import(f"benchmarks.{file}", name).WORKLOADS
    return found


def installed(names: Iterable[str]) -> dict[str, Builders]:
    """Those engines that are here, with their workloads; says what to do about the others."""
    found = {}
    for name in names:
        try:
            found[name] = workloads(name)
        except MissingPeerError as missing:
            print(missing, file=sys.stderr)
    return found


@dataclass(frozen=True)
class Scalars:
    """What a workload on scalars needs of an engine."""

    Value: Callable[[float], Any]
    MLP: Callable[[int, list[int]], Any]


def load(name: str) -> Scalars:
    """The scalar engine of that name; raises MissingPeerError where it is not installed."""
    values, networks = HOMES[name]
    return Scalars(_import(values, name).Value, _import(networks, name).MLP)


def _import(module: str, peer: str) -> Any:
    try:
        return import_module(module)
    except ModuleNotFoundError as error:
        extra = ENGINES[peer].extra if peer in ENGINES else "bench"
        raise MissingPeerError(
            f"the peer {peer} is not installed (no module {error.name}): "
            f'pip install -e ".[{extra}]" brings it. The others are timed.'
        ) from None
