"""The workloads in PyTorch, eager: the very lines that ours runs."""

from functools import partial

import torch

from benchmarks import cores
from benchmarks.networks import NETWORKS, Network

torch.set_num_threads(cores.threads())

WORKLOADS = {
    name: partial(Network, build, steps, torch) for name, (build, steps, _) in NETWORKS.items()
}
