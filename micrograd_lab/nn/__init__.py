"""Neural networks: their functions (nn.functional), and the modules that hold their parameters."""

from micrograd_lab import methods as methods  # so that x.mT and x[i] are there, whoever comes first
from micrograd_lab.nn import functional as functional
from micrograd_lab.nn.module import Module as Module
from micrograd_lab.nn.parameter import Buffer as Buffer
from micrograd_lab.nn.parameter import Parameter as Parameter
