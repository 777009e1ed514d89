"""Every function of ops that is also a method: x.sum() is sum(x), for a Tensor or anything traced."""

from collections.abc import Callable, Iterator
from importlib import import_module
from pkgutil import iter_modules
from types import FunctionType, ModuleType
from typing import Any

from micrograd_lab import attributes, creation, inplace_methods, ops, random
from micrograd_lab.kernels import table as kernels_table  # noqa: F401  ops get their kernels
from micrograd_lab.ops.op import Op
from micrograd_lab.ops.operators import Operators
from micrograd_lab.tensor import Tensor


def tables() -> Iterator[ModuleType]:
    """The modules of ops that offer functions."""
    for found in iter_modules(ops.__path__, f"{ops.__name__}."):
        module = import_module(found.name)
        if hasattr(module, "FUNCTIONS"):
            yield module


def as_method(function: Any) -> Callable[..., Any]:
    """An Op as something that a class can hold; a plain function already is."""
    if isinstance(function, FunctionType):
        return function

    def method(self: Any, *inputs: Any, **params: Any) -> Any:
        return function(self, *inputs, **params)

    method.__name__ = method.__qualname__ = function.name if isinstance(function, Op) else "method"
    return method


def attach() -> None:
    """Give the methods to every traced class; what only has meaning for numbers, to Tensor."""
    for module in tables():
        for name in module.METHODS:
            setattr(Operators, name, as_method(getattr(module, name)))
        for name in getattr(module, "PROPERTIES", ()):
            setattr(Operators, name, property(getattr(module, name)))
    for module in (attributes, creation, random):
        for name in module.METHODS:
            setattr(Tensor, name, getattr(module, name))
    for name, get in attributes.PROPERTIES.items():
        setattr(Tensor, name, property(get))
    inplace_methods.attach(
        {name: getattr(module, name) for module in tables() for name in module.IN_PLACE}
    )


attach()
