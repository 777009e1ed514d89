"""The older way to compute a weight from others: before every forward, by a hook on the layer.

The formulas, and the ones to use in new programs, are in nn.utils.parametrizations.  These keep the
names that saved states of many models have: weight_g and weight_v; weight_orig, weight_u, weight_v.
"""

from typing import Any

from micrograd_lab.autograd import no_grad
from micrograd_lab.errors import OptionError
from micrograd_lab.nn import functional as F
from micrograd_lab.nn.convolution import ConvTranspose1d, ConvTranspose2d, ConvTranspose3d
from micrograd_lab.nn.module import Module
from micrograd_lab.nn.parameter import Parameter
from micrograd_lab.nn.utils.parametrizations import _SpectralNorm, _WeightNorm
from micrograd_lab.ops.contractions import mv


class _Before:
    """A forward pre-hook that sets module.<name>, a tensor that is in no parameters()."""

    kind: str
    name: str

    def __init__(self, module: Module, name: str) -> None:
        weight = module._parameters.get(name)
        for hook, _ in module._hooks_for("before"):
            if isinstance(hook, _Before) and (type(hook), hook.name) == (type(self), name):
                raise OptionError(
                    f"{self.kind}: {name!r} of {type(module).__name__} has one already."
                )
        if weight is None:
            raise OptionError(f"{self.kind}: {type(module).__name__} has no parameter {name!r}.")
        self.name = name
        self.start(module, weight)
        del module._parameters[name]
        with no_grad():  # without a history a module can be copied
            self(module, ())
        self.handle = module.register_forward_pre_hook(self)

    def __call__(self, module: Any, args: Any) -> None:
        object.__setattr__(module, self.name, self.value(module))

    def start(self, module: Module, weight: Parameter) -> None:
        """Register what the weight is made of."""
        raise NotImplementedError

    def value(self, module: Any) -> Any:
        """The weight."""
        raise NotImplementedError

    def end(self, module: Any) -> None:
        """An ordinary parameter again, with the value it has now."""
        with no_grad():
            weight = self.value(module)
        for part in [n for n in (*module._parameters, *module._buffers) if self.owns(n)]:
            delattr(module, part)
        self.handle.remove()
        delattr(module, self.name)
        module.register_parameter(self.name, Parameter(weight.detach()))

    def owns(self, part: str) -> bool:
        return part in {f"{self.name}_{end}" for end in ("g", "v", "u", "orig")}


class _WeightNormed(_Before):
    kind = "weight_norm"

    def __init__(self, module: Module, name: str, dim: int | None) -> None:
        self.rule = _WeightNorm(dim)
        super().__init__(module, name)

    def start(self, module: Module, weight: Parameter) -> None:
        g, v = self.rule.right_inverse(weight.detach())
        module.register_parameter(f"{self.name}_g", Parameter(g))
        module.register_parameter(f"{self.name}_v", Parameter(v))

    def value(self, module: Any) -> Any:
        return self.rule(*(getattr(module, f"{self.name}_{end}") for end in "gv"))


class _StartsFromU(_SpectralNorm):
    @no_grad()
    def _iterate(self, matrix: Any, times: int) -> None:
        for _ in range(times):
            self._v = F.normalize(mv(matrix.T, self._u), dim=0, eps=self.eps)
            self._u = F.normalize(mv(matrix, self._v), dim=0, eps=self.eps)


class _SpectralNormed(_Before):
    kind = "spectral_norm"

    def __init__(self, module: Module, name: str, rounds: int, eps: float, dim: int) -> None:
        self.how = (rounds, dim, eps)
        super().__init__(module, name)

    def start(self, module: Module, weight: Parameter) -> None:
        if weight.ndim < 2:
            raise OptionError(f"spectral_norm: {self.name!r} is a vector; its norm is its length.")
        self.rule = _StartsFromU(weight, *self.how)
        module.register_parameter(f"{self.name}_orig", weight)
        for end in "uv":
            module.register_buffer(f"{self.name}_{end}", getattr(self.rule, f"_{end}"))

    def value(self, module: Any) -> Any:
        self.rule.training = module.training
        for end in "uv":
            setattr(self.rule, f"_{end}", getattr(module, f"{self.name}_{end}"))
        found = self.rule(getattr(module, f"{self.name}_orig"))
        for end in "uv":
            setattr(module, f"{self.name}_{end}", getattr(self.rule, f"_{end}"))
        return found


def weight_norm(module: Module, name: str = "weight", dim: int | None = 0) -> Module:
    """Train the lengths weight_g and directions weight_v of the weight: g · v / ‖v‖.

    dim: one length for each index of that axis; None or -1: one for the whole weight.
    """
    _WeightNormed(module, name, dim)
    return module


def spectral_norm(
    module: Module,
    name: str = "weight",
    n_power_iterations: int = 1,
    eps: float = 1e-12,
    dim: int | None = None,
) -> Module:
    """Divide the weight, weight_orig, by its largest singular value, followed by weight_u, weight_v.

    dim: the axis of the outputs; 0, or 1 for a transposed convolution, unless given.
    """
    if dim is None:
        dim = int(isinstance(module, (ConvTranspose1d, ConvTranspose2d, ConvTranspose3d)))
    _SpectralNormed(module, name, n_power_iterations, eps, dim)
    return module


def remove_weight_norm(module: Module, name: str = "weight") -> Module:
    """An ordinary parameter again, of the same value."""
    return _removed(module, name, _WeightNormed)


def remove_spectral_norm(module: Module, name: str = "weight") -> Module:
    """An ordinary parameter again, of the same value."""
    return _removed(module, name, _SpectralNormed)


def _removed(module: Module, name: str, kind: type[_Before]) -> Module:
    for hook, _ in module._hooks_for("before"):
        if isinstance(hook, kind) and hook.name == name:
            hook.end(module)
            return module
    raise OptionError(f"{kind.kind} of {name!r} not found in {type(module).__name__}.")
