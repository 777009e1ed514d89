"""The workloads in ours, as a user writes them: eager."""

from functools import partial

import micrograd_lab
from benchmarks.networks import NETWORKS, Network
from benchmarks.peers import OURS
from benchmarks.scalars import SCALARS

WORKLOADS = {name: engines[OURS] for name, engines in SCALARS.items()} | {
    name: partial(Network, build, steps, micrograd_lab)
    for name, (build, steps, _) in NETWORKS.items()
}
