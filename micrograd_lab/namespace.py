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
        "bfloat16 get_default_dtype set_default_dtype result_type promote_types can_cast"
    ),
    "amp": "autocast get_autocast_dtype is_autocast_available is_autocast_enabled",
    "autograd": (
        "no_grad enable_grad set_grad_enabled inference_mode is_grad_enabled "
        "is_inference_mode_enabled"
    ),
}
# What PyTorch offers both at the top and in nn.functional.
CHOSEN["nn.functional"] = (
    "adaptive_avg_pool1d adaptive_max_pool1d alpha_dropout avg_pool1d bilinear celu celu_ "
    "channel_shuffle conv1d conv2d conv3d conv_transpose1d conv_transpose2d conv_transpose3d "
    "cosine_similarity dropout feature_alpha_dropout group_norm "
    "layer_norm max_pool1d max_pool2d max_pool3d pairwise_distance pdist pixel_shuffle "
    "pixel_unshuffle prelu relu_ rms_norm rrelu rrelu_ selu selu_ threshold threshold_"
)
CHOSEN["func"] = "vmap"
DECLARED = (
    *("attributes", "creation", "random", "printing", "serialization", "devices", "threads"),
    "typed",
)

NAMES: dict[str, Any] = {
    "Size": Size,
    "Tensor": Tensor,
    "bool": dtypes.bool_,
    "dtype": np.dtype,
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
