"""The workloads in ours, each step compiled: the same lines as eager, and micrograd_lab.compile."""

from functools import partial
from typing import Any

import micrograd_lab
from benchmarks.networks import NETWORKS, Network


class Compiled(Network):
    """A network whose step is compiled while it is used."""

    def __init__(self, build: Any, steps: int, torch: Any) -> None:
        super().__init__(build, steps, torch)
        self.run = torch.compile(super().step)

    def step(self) -> float:
        """One step of training; returns the loss."""
        return float(self.run())


WORKLOADS = {
    name: partial(Compiled, build, steps, micrograd_lab)
    for name, (build, steps, _) in NETWORKS.items()
}
