"""Neural networks: their functions (nn.functional), and later their modules."""

from micrograd_lab import methods as methods  # so that x.mT and x[i] are there, whoever comes first
from micrograd_lab.nn import functional as functional
