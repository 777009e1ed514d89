"""A parameter that is computed from others: its constraint holds by construction, at every step.

    register_parametrization(layer, "weight", Symmetric())    # a module: numbers -> weight

From then on layer.weight is Symmetric()(original), anew at every access, and what is trained is
layer.parametrizations.weight.original.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from micrograd_lab.autograd import no_grad
from micrograd_lab.errors import OptionError, ShapeError
from micrograd_lab.nn.containers import ModuleDict, ModuleList
from micrograd_lab.nn.module import Module
from micrograd_lab.nn.parameter import Parameter
from micrograd_lab.tensor import Tensor

_cache: dict[tuple[int, str], Any] | None = None  # while `cached()` is on


class ParametrizationList(ModuleList):
    """The numbers that are trained (original, or original0, original1, ...), and what is made of them.

    A parametrization with a right_inverse(value) is asked for numbers that give the value there was;
    it may return several.  Without one, the value itself is where training starts.
    """

    def __init__(self, modules: Any, original: Tensor, name: str = "weight") -> None:
        super().__init__(modules)
        with no_grad():
            start = self._inverted(original)
        self.is_tensor = isinstance(start, Tensor)
        self.count = 1 if self.is_tensor else len(start)
        if self.is_tensor:
            kept = original  # the same Parameter, so that an optimiser goes on with it
            if start is not original:
                kept.data = start.data
            self._keep("original", kept)
        else:
            for k, part in enumerate(start):
                self._keep(f"original{k}", Parameter(part.detach().clone(), original.requires_grad))
        self._check(self(), original, name)

    def _keep(self, name: str, x: Tensor) -> None:
        if isinstance(x, Parameter):
            self.register_parameter(name, x)
        else:
            self.register_buffer(name, x)

    def _inverted(self, value: Any) -> Any:
        for module in reversed(list(self)):
            inverse = getattr(module, "right_inverse", None)
            if inverse is not None:
                value = inverse(value)
        return value

    @staticmethod
    def _check(made: Any, original: Tensor, name: str) -> None:
        if made.shape != original.shape or made.dtype != original.dtype:
            raise ShapeError(
                f"register_parametrization: {name!r} is {tuple(original.shape)} of {original.dtype}, "
                f"its parametrization gives {tuple(made.shape)} of {made.dtype}: the same was expected."
            )

    def forward(self) -> Any:
        first, *rest = list(self)
        x = first(*self._originals())
        for module in rest:
            x = module(x)
        return x

    def _originals(self) -> list[Any]:
        if self.is_tensor:
            return [self.original]
        return [getattr(self, f"original{k}") for k in range(self.count)]

    def assign(self, value: Tensor) -> None:
        """Let the originals be such that they give this value."""
        with no_grad():
            start = self._inverted(value)
            parts = [start] if isinstance(start, Tensor) else start
            for original, part in zip(self._originals(), parts, strict=True):
                original.copy_(part)


def register_parametrization(
    module: Module, tensor_name: str, parametrization: Module, *, unsafe: bool = False
) -> Module:
    """Compute module.<tensor_name> by parametrization(original) from now on; returns the module.

    A second one acts on the result of the first.  unsafe: PyTorch's, without effect.
    """
    parametrization.train(module.training)
    if is_parametrized(module, tensor_name):
        found = module.parametrizations[tensor_name]
        value = getattr(module, tensor_name).detach()
        found.append(parametrization)
        found.assign(value)
        return module
    if tensor_name not in {**module._parameters, **module._buffers}:
        raise OptionError(
            f"register_parametrization: {type(module).__name__} has no parameter or buffer "
            f"{tensor_name!r}."
        )
    made = ParametrizationList([parametrization], getattr(module, tensor_name), tensor_name)
    made.training = module.training
    delattr(module, tensor_name)
    if not is_parametrized(module):
        kind = type(module)
        module.__class__ = type(f"Parametrized{kind.__name__}", (kind,), {})
        module.parametrizations = ModuleDict()
    setattr(type(module), tensor_name, _computed(tensor_name))
    module.parametrizations[tensor_name] = made
    return module


def _computed(name: str) -> property:
    def read(module: Any) -> Any:
        made = module.parametrizations[name]
        if _cache is None:
            return made()
        key = (id(module), name)
        if key not in _cache:
            _cache[key] = made()
        return _cache[key]

    return property(read, lambda module, value: module.parametrizations[name].assign(value))


def is_parametrized(module: Module, tensor_name: str | None = None) -> bool:
    """Whether any tensor of the module, or this one, is computed by a parametrization."""
    found = getattr(module, "parametrizations", None)
    if not isinstance(found, ModuleDict):
        return False
    return bool(len(found)) if tensor_name is None else tensor_name in found


def remove_parametrizations(
    module: Module, tensor_name: str, leave_parametrized: bool = True
) -> Module:
    """An ordinary parameter again: with the value computed last, or else (False) with the original."""
    if not is_parametrized(module, tensor_name):
        raise OptionError(
            f"remove_parametrizations: {tensor_name!r} of {type(module).__name__} has none."
        )
    made = module.parametrizations[tensor_name]
    if not leave_parametrized and not made.is_tensor:
        raise OptionError(
            f"remove_parametrizations: {tensor_name!r} is made of {made.count} tensors, so there is "
            "no original to go back to. Use leave_parametrized=True."
        )
    with no_grad():
        value = made() if leave_parametrized else None
    kept = made.original if made.is_tensor else Parameter(value, made.original0.requires_grad)
    if made.is_tensor and value is not None:
        kept.data = value.data
    delattr(type(module), tensor_name)
    del module.parametrizations[tensor_name]
    if not len(module.parametrizations):
        del module.parametrizations
        module.__class__ = type(module).__mro__[1]
    if isinstance(kept, Parameter):
        module.register_parameter(tensor_name, kept)
    else:
        module.register_buffer(tensor_name, kept)
    return module


@contextmanager
def cached() -> Iterator[None]:
    """Within it each parametrized tensor is computed once: for a layer that is used many times."""
    global _cache
    before, _cache = _cache, {} if _cache is None else _cache
    try:
        yield
    finally:
        _cache = before
