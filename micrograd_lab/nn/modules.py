"""PyTorch's other names for the layers: nn.modules.conv.Conv2d, as programs import it, is nn.Conv2d."""

import sys
from types import ModuleType
from typing import Any

from micrograd_lab.nn import (
    activation,
    adaptive_softmax,
    attention_modules,
    cells,
    containers,
    convolution,
    distance,
    dropout,
    embedding,
    lazy,
    linear,
    loss,
    margin_loss,
    normalisation,
    padding,
    parameter_containers,
    pooling,
    recurrent,
    reshaping,
    transformer,
    upsampling,
)
from micrograd_lab.nn import module as base
from micrograd_lab.nn.module import Module as Module

# PyTorch's file: our files, and what else it has.
FILES: dict[str, tuple[list[ModuleType], dict[str, Any]]] = {
    "activation": ([activation, attention_modules], {}),
    "adaptive": ([adaptive_softmax], {}),
    "batchnorm": ([normalisation, lazy], {"_BatchNorm": normalisation._BatchNorm}),
    "channelshuffle": ([reshaping], {}),
    "container": ([containers, parameter_containers], {}),
    "conv": ([convolution, lazy], {"_ConvNd": convolution._Filters}),
    "distance": ([distance], {}),
    "dropout": ([dropout], {}),
    "flatten": ([reshaping], {}),
    "fold": ([reshaping], {}),
    "instancenorm": ([normalisation, lazy], {"_InstanceNorm": normalisation._InstanceNorm}),
    "lazy": ([], {"LazyModuleMixin": lazy.LazyModuleMixin}),
    "linear": ([linear, lazy], {}),
    "loss": ([loss, margin_loss], {"_Loss": loss.Loss, "_WeightedLoss": loss.WeightedLoss}),
    "module": ([], {"Module": base.Module}),
    "normalization": ([normalisation], {}),
    "padding": ([padding], {}),
    "pixelshuffle": ([reshaping], {}),
    "pooling": ([pooling], {}),
    "rnn": ([recurrent, cells], {"RNNBase": recurrent.RNNBase}),
    "sparse": ([embedding], {}),
    "transformer": ([transformer], {}),
    "upsampling": ([upsampling], {}),
}

__path__: list[str] = []  # `import micrograd_lab.nn.modules.conv` asks for a package

for name, (ours, more) in FILES.items():
    theirs = ModuleType(f"{__name__}.{name}", f"PyTorch's nn.modules.{name}.")
    for file in ours:
        vars(theirs).update({public: getattr(file, public) for public in file.__all__})
    vars(theirs).update(more)
    globals().update({public: x for public, x in vars(theirs).items() if public[0].isupper()})
    globals()[name] = sys.modules[theirs.__name__] = theirs
del name, ours, more, theirs, file
