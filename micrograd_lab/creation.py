"""New tensors: from numbers that exist, from a rule, and like another."""

# ruff: noqa: F401
from micrograd_lab.from_data import as_tensor, asarray, from_numpy, tensor
from micrograd_lab.likeness import (
    empty_like,
    full_like,
    new_empty,
    new_full,
    new_ones,
    new_tensor,
    new_zeros,
    ones_like,
    zeros_like,
)
from micrograd_lab.patterns import (
    arange,
    empty,
    eye,
    full,
    linspace,
    logspace,
    ones,
    tril_indices,
    triu_indices,
    zeros,
)

FUNCTIONS = (
    "tensor", "as_tensor", "asarray", "from_numpy",
    "zeros", "ones", "empty", "full", "arange", "linspace", "logspace", "eye",
    "tril_indices", "triu_indices", "zeros_like", "ones_like", "empty_like", "full_like",
)  # fmt: skip
METHODS = ("new_zeros", "new_ones", "new_empty", "new_full", "new_tensor")
