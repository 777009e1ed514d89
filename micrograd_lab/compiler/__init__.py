"""The step compiler: a function of tensors, recorded once, and run as one program from then on."""

from micrograd_lab.compiler.compiled import Compiled
from micrograd_lab.compiler.compiling import compile

__all__ = ["Compiled", "compile"]
