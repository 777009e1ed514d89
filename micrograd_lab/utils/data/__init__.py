"""Datasets, samplers and loaders, under the names of torch.utils.data."""

import sys

from micrograd_lab import methods as methods  # so that x[i] is there, whoever comes first
from micrograd_lab.utils.data import datasets as dataset
from micrograd_lab.utils.data import loader as dataloader
from micrograd_lab.utils.data import sampling as sampler
from micrograd_lab.utils.data.collating import default_collate as default_collate
from micrograd_lab.utils.data.collating import default_convert as default_convert
from micrograd_lab.utils.data.datasets import ChainDataset as ChainDataset
from micrograd_lab.utils.data.datasets import ConcatDataset as ConcatDataset
from micrograd_lab.utils.data.datasets import Dataset as Dataset
from micrograd_lab.utils.data.datasets import IterableDataset as IterableDataset
from micrograd_lab.utils.data.datasets import StackDataset as StackDataset
from micrograd_lab.utils.data.datasets import Subset as Subset
from micrograd_lab.utils.data.datasets import TensorDataset as TensorDataset
from micrograd_lab.utils.data.info import WorkerInfo as WorkerInfo
from micrograd_lab.utils.data.info import get_worker_info as get_worker_info
from micrograd_lab.utils.data.loader import DataLoader as DataLoader
from micrograd_lab.utils.data.sampling import BatchSampler as BatchSampler
from micrograd_lab.utils.data.sampling import RandomSampler as RandomSampler
from micrograd_lab.utils.data.sampling import Sampler as Sampler
from micrograd_lab.utils.data.sampling import SequentialSampler as SequentialSampler
from micrograd_lab.utils.data.sampling import SubsetRandomSampler as SubsetRandomSampler
from micrograd_lab.utils.data.sampling import WeightedRandomSampler as WeightedRandomSampler
from micrograd_lab.utils.data.splitting import random_split as random_split

# Programs also say `from torch.utils.data.dataset import Dataset`.
for name, module in (("dataset", dataset), ("dataloader", dataloader), ("sampler", sampler)):
    sys.modules[f"{__name__}.{name}"] = module
