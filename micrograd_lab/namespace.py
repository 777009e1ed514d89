"""Everything that micrograd_lab offers under PyTorch's names, gathered from where it is defined."""

import math
from importlib import import_module
from typing import Any

import numpy as np

from micrograd_lab import dtypes, methods
from micrograd_lab.size import Size
from micrograd_lab.tensor import Tensor

# Modules of which only these names are PyTorch's; the others say so themselves, in FUNCTIONS.
CHOSEN = {
    "dtypes": (
        "uint8 int8 int16 short int32 int64 long float16 half float32 float64 double "
        "get_default_dtype set_default_dtype result_type"
    ),
    "amp": "autocast get_autocast_dtype is_autocast_available is_autocast_enabled",
    "autograd": (
        "no_grad enable_grad set_grad_enabled inference_mode is_grad_enabled "
        "is_inference_mode_enabled"
    ),
}
DECLARED = (
    *("attributes", "creation", "random", "printing", "serialization", "devices", "threads"),
    "typed",
)

NAMES: dict[str, Any] = {
    "Size": Size,
    "Tensor": Tensor,
    "bool": dtypes.bool_,
    "e": math.e,
    "finfo": np.finfo,
    "float": dtypes.float32,
    "iinfo": np.iinfo,
    "inf": math.inf,
    "int": dtypes.int32,
    "nan": math.nan,
    "newaxis": None,
    "pi": math.pi,
}
for module in methods.tables():
    NAMES |= {name: getattr(module, name) for name in module.FUNCTIONS}
for home in DECLARED:
    module = import_module(f"micrograd_lab.{home}")
    NAMES |= {name: getattr(module, name) for name in module.FUNCTIONS}
for home, names in CHOSEN.items():
    module = import_module(f"micrograd_lab.{home}")
    NAMES |= {name: getattr(module, name) for name in names.split()}
