"""A module: parameters, buffers and other modules under names, and a forward() that uses them."""

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from micrograd_lab.attributes import check_device
from micrograd_lab.errors import DtypeError
from micrograd_lab.nn.hooks import Hooked
from micrograd_lab.nn.parameter import Buffer, Parameter
from micrograd_lab.nn.state import Stateful
from micrograd_lab.tensor import Tensor

Named = Iterator[tuple[str, Any]]


class Module(Hooked, Stateful):
    """The base of every layer and network; PyTorch's nn.Module.

    A subclass calls super().__init__(), sets its parts as attributes and defines forward().  Those
    that are a Parameter, a Buffer or a Module are found by parameters(), state_dict() and the like.
    """

    training: bool
    _parameters: dict[str, Parameter | None]
    _buffers: dict[str, Tensor | None]
    _modules: dict[str, "Module | None"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        self.__dict__["_parameters"] = {}
        self.__dict__["_buffers"] = {}
        self.__dict__["_modules"] = {}
        self.__dict__["_unsaved"] = set()  # names of buffers that are not in the state_dict
        self.__dict__["training"] = True
        super().__init__(*args, **kwargs)

    def forward(self, *inputs: Any, **kwargs: Any) -> Any:
        raise NotImplementedError(
            f"{type(self).__name__} has no forward(): define what it does with its inputs."
        )

    # --- parts under names ----------------------------------------------------------------

    def __setattr__(self, name: str, value: Any) -> None:
        registered = isinstance(value, (Parameter, Module, Buffer))
        if "_parameters" not in self.__dict__:
            if registered:
                raise AttributeError(
                    f"{type(self).__name__}: call super().__init__() before setting {name!r}: there "
                    "is nowhere to register it yet."
                )
            object.__setattr__(self, name, value)
            return
        home = self._home(name)
        if registered:
            self._forget(name)
            kind = self._home_for(value)
            kind[name] = value
            if isinstance(value, Buffer) and not value.persistent:
                self._unsaved.add(name)
        elif home is None:
            object.__setattr__(self, name, value)
        elif value is None or (home is self._buffers and isinstance(value, Tensor)):
            home[name] = value
        else:
            what = "parameter" if home is self._parameters else "module"
            what = "buffer" if home is self._buffers else what
            raise TypeError(
                f"{type(self).__name__}.{name} is a {what}; it cannot become a "
                f"{type(value).__name__}. Wrap a tensor in nn.Parameter(...), or del it first."
            )

    def __getattr__(self, name: str) -> Any:
        # Python asks here only for what is no ordinary attribute.
        for home in ("_parameters", "_buffers", "_modules"):
            parts = self.__dict__.get(home)
            if parts is not None and name in parts:
                return parts[name]
        raise AttributeError(f"{type(self).__name__!r} object has no attribute {name!r}")

    def __delattr__(self, name: str) -> None:
        if self._home(name) is not None:
            self._forget(name)
        else:
            object.__delattr__(self, name)

    def __dir__(self) -> list[str]:
        return sorted({*super().__dir__(), *self._parameters, *self._buffers, *self._modules})

    def _home(self, name: str) -> dict[str, Any] | None:
        for home in (self._parameters, self._buffers, self._modules):
            if name in home:
                return home
        return None

    def _home_for(self, value: Any) -> dict[str, Any]:
        if isinstance(value, Parameter):
            return self._parameters
        return self._modules if isinstance(value, Module) else self._buffers

    def _forget(self, name: str) -> None:
        self.__dict__.pop(name, None)
        home = self._home(name)
        if home is not None:
            del home[name]
        self._unsaved.discard(name)

    def register_parameter(self, name: str, param: Parameter | None) -> None:
        """Add a parameter; None keeps a place for one that is not there (bias=False)."""
        self._check_name(name, param, Parameter)
        self._parameters[name] = param

    def register_buffer(self, name: str, tensor: Tensor | None, persistent: bool = True) -> None:
        """Add a tensor that is kept but not trained; unless persistent, it is not in state_dict()."""
        if not self.__dict__.get("_buffers") or name not in self._buffers:
            self._check_name(name, tensor, Tensor)
        self._buffers[name] = tensor
        (self._unsaved.discard if persistent else self._unsaved.add)(name)

    def register_module(self, name: str, module: "Module | None") -> None:
        """Add a module; the name may then hold what is not a Python name, such as "0"."""
        self._check_name(name, module, Module)
        self._modules[name] = module

    add_module = register_module

    def _check_name(self, name: str, value: Any, kind: type) -> None:
        if "_parameters" not in self.__dict__:
            raise AttributeError(f"{type(self).__name__}: call super().__init__() first.")
        if value is not None and not isinstance(value, kind):
            hint = " Wrap it: nn.Parameter(tensor)." if kind is Parameter else ""
            raise TypeError(
                f"{name!r} must be a {kind.__name__}, found {type(value).__name__}.{hint}"
            )
        if not isinstance(name, str) or not name or "." in name:
            raise KeyError(f"{name!r} is no name for a part: a text without dots, not empty.")
        if self._home(name) is None and hasattr(self, name):
            raise KeyError(f"{type(self).__name__} already has an attribute {name!r}.")

    # --- all that is below ----------------------------------------------------------------

    def children(self) -> Iterator["Module"]:
        """The modules that are its direct parts, each once."""
        return (module for _, module in self.named_children())

    def named_children(self) -> Named:
        seen = set()
        for name, module in self._modules.items():
            if module is not None and module not in seen:
                seen.add(module)
                yield name, module

    def modules(self) -> Iterator["Module"]:
        """Itself and every module below it, each once."""
        return (module for _, module in self.named_modules())

    def named_modules(
        self, memo: set[Any] | None = None, prefix: str = "", remove_duplicate: bool = True
    ) -> Named:
        """(dotted name, module); its own name is the prefix."""
        seen = set() if memo is None else memo
        if self in seen:
            return
        if remove_duplicate:
            seen.add(self)
        yield prefix, self
        for name, module in self._modules.items():
            if module is not None:
                below = f"{prefix}.{name}" if prefix else name
                yield from module.named_modules(seen, below, remove_duplicate)

    def parameters(self, recurse: bool = True) -> Iterator[Parameter]:
        """Every parameter, each once: what an optimiser is made with."""
        return (p for _, p in self.named_parameters(recurse=recurse))

    def named_parameters(
        self, prefix: str = "", recurse: bool = True, remove_duplicate: bool = True
    ) -> Named:
        """(dotted name, parameter); one that is shared has the first of its names."""
        return self._named("_parameters", prefix, recurse, remove_duplicate)

    def buffers(self, recurse: bool = True) -> Iterator[Tensor]:
        return (b for _, b in self.named_buffers(recurse=recurse))

    def named_buffers(
        self, prefix: str = "", recurse: bool = True, remove_duplicate: bool = True
    ) -> Named:
        """(dotted name, buffer)"""
        return self._named("_buffers", prefix, recurse, remove_duplicate)

    def _named(self, home: str, prefix: str, recurse: bool, remove_duplicate: bool) -> Named:
        seen = set()
        places = self.named_modules(prefix=prefix, remove_duplicate=remove_duplicate)
        for where, module in places if recurse else [(prefix, self)]:
            for name, x in getattr(module, home).items():
                if x is None or x in seen:
                    continue
                if remove_duplicate:
                    seen.add(x)
                yield f"{where}.{name}" if where else name, x

    def get_submodule(self, target: str) -> "Module":
        """The module of that dotted name; "" is this one."""
        module: Any = self
        for name in target.split(".") if target else ():
            below = module._modules.get(name)
            if below is None:
                raise AttributeError(
                    f"{type(module).__name__} has no module {name!r}; it has "
                    f"{', '.join(module._modules) or 'none'}."
                )
            module = below
        return module  # type: ignore[no-any-return]

    def get_parameter(self, target: str) -> Parameter:
        """The parameter of that dotted name."""
        return self._get(target, "_parameters", "parameter")  # type: ignore[no-any-return]

    def get_buffer(self, target: str) -> Tensor:
        """The buffer of that dotted name."""
        return self._get(target, "_buffers", "buffer")  # type: ignore[no-any-return]

    def _get(self, target: str, home: str, what: str) -> Any:
        where, _, name = target.rpartition(".")
        parts = getattr(self.get_submodule(where), home)
        if parts.get(name) is None:
            raise AttributeError(
                f"{target!r} is no {what}; there are {', '.join(parts) or 'none'}."
            )
        return parts[name]

    # --- the whole at once ----------------------------------------------------------------

    def apply(self, fn: Callable[["Module"], Any]) -> "Module":
        """fn(module) for every module below, and last for this one: to set first weights."""
        for module in self.children():
            module.apply(fn)
        fn(self)
        return self

    def train(self, mode: bool = True) -> "Module":
        """Training behaviour for all of it: dropout drops, batch norm uses the batch."""
        if not isinstance(mode, bool):
            raise ValueError(f"train(mode): True or False, found {mode!r}.")
        self.training = mode
        for module in self.children():
            module.train(mode)
        return self

    def eval(self) -> "Module":
        """train(False)"""
        return self.train(False)

    def requires_grad_(self, requires_grad: bool = True) -> "Module":
        """Freeze (False) or unfreeze every parameter."""
        for p in self.parameters():
            p.requires_grad_(requires_grad)
        return self

    def zero_grad(self, set_to_none: bool = True) -> None:
        """Forget the gradients: None, or with set_to_none=False zeros in the same memory."""
        for p in self.parameters():
            if p.grad is not None:
                if set_to_none:
                    p.grad = None
                else:
                    p.grad = p.grad.detach().zero_()

    def to(self, *what: Any, dtype: Any = None, device: Any = None, **kw: Any) -> "Module":
        """The parameters and buffers that are floating in another dtype, in place."""
        for w in what:
            if isinstance(w, Tensor):
                dtype = w.dtype
            elif isinstance(w, str):
                check_device(w)
            elif w is not None and not isinstance(w, bool):
                dtype = w
        check_device(device)
        if dtype is not None:
            if np.dtype(dtype).kind != "f":
                raise DtypeError(f"to({dtype}): a module's numbers can only become floating ones.")
            for module in self.modules():
                module._convert(np.dtype(dtype))
        return self

    def _convert(self, dtype: Any) -> None:
        for x in (*self._parameters.values(), *self._buffers.values()):
            if x is not None and x.array.dtype.kind == "f":
                x.array = x.array.astype(dtype, copy=False)
                if x.grad is not None:
                    x.grad.array = x.grad.array.astype(dtype, copy=False)

    def float(self) -> "Module":
        return self.to(np.float32)

    def double(self) -> "Module":
        return self.to(np.float64)

    def half(self) -> "Module":
        return self.to(np.float16)

    def type(self, dst_type: Any) -> "Module":
        return self.to(dst_type)

    def cpu(self) -> "Module":
        """Itself: it is there already."""
        return self

    def cuda(self, device: Any = None) -> "Module":
        """A DeviceError: there is no GPU here."""
        check_device("cuda")
        return self

    # --- as text --------------------------------------------------------------------------

    def extra_repr(self) -> str:
        """What stands between the brackets of its repr: its sizes and options."""
        return ""

    def _get_name(self) -> str:
        return type(self).__name__

    def __repr__(self) -> str:
        extra = self.extra_repr()
        below = [f"({name}): {_indented(repr(m))}" for name, m in self._modules.items()]
        if not below:
            return f"{self._get_name()}({_indented(extra)})"
        lines = "\n  ".join([*extra.split("\n"), *below] if extra else below)
        return f"{self._get_name()}(\n  {lines}\n)"


def _indented(text: str) -> str:
    return text.replace("\n", "\n  ")
