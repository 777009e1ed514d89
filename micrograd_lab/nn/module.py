"""A module: parameters, buffers and other modules under names, and a forward() that uses them."""

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from micrograd_lab.attributes import as_dtype, check_device
from micrograd_lab.errors import DeviceError, DtypeError
from micrograd_lab.nn.hooks import Hooked
from micrograd_lab.nn.parameter import Parameter
from micrograd_lab.nn.parts import Parted
from micrograd_lab.nn.state import Stateful
from micrograd_lab.tensor import Tensor

Named = Iterator[tuple[str, Any]]


class Module(Parted, Hooked, Stateful):
    """The base of every layer and network; PyTorch's nn.Module.

    A subclass calls super().__init__(), sets its parts as attributes and defines forward().  Those
    that are a Parameter, a Buffer or a Module are found by parameters(), state_dict() and the like.
    """

    def __init__(self) -> None:
        Parted.__init__(self)
        Hooked.__init__(self)

    def forward(self, *inputs: Any, **kwargs: Any) -> Any:
        raise NotImplementedError(
            f"{type(self).__name__} has no forward(): define what it does with its inputs."
        )

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

    def set_submodule(self, target: str, module: "Module", strict: bool = False) -> None:
        """Put a module where that dotted name is; strict: only where there is one already."""
        where, _, name = target.rpartition(".")
        if not target:
            raise ValueError("set_submodule: the name is empty; a module cannot replace itself.")
        home = self.get_submodule(where)
        if strict:
            self.get_submodule(target)
        elif name not in home._modules and hasattr(home, name):
            raise AttributeError(f"set_submodule: {target!r} is there, and is no module.")
        home._modules[name] = module

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
                if p.grad.requires_grad:
                    p.grad = p.grad.detach()
                p.grad = None if set_to_none else p.grad.zero_()

    def to(
        self,
        *what: Any,
        dtype: Any = None,
        device: Any = None,
        non_blocking: bool = False,
        memory_format: Any = None,
    ) -> "Module":
        """The parameters and buffers that are floating in another dtype, in place."""
        for w in what:
            if isinstance(w, Tensor):
                dtype = w.dtype
            elif isinstance(w, str):
                check_device(w)
            elif w is not None and not isinstance(w, bool):
                dtype = w
        check_device(device)
        if dtype is None:
            return self
        found = as_dtype(dtype)
        if found.kind != "f":
            raise DtypeError(f"to({found}): a module's numbers can only become floating ones.")
        return self._apply(lambda x: x.to(found) if x.is_floating_point() else x)

    def _apply(self, fn: Callable[[Any], Any], recurse: bool = True) -> "Module":
        """fn of the numbers of each parameter, its gradient and each buffer, in their places."""
        if recurse:
            for module in self.children():
                module._apply(fn)
        for x in (*self._parameters.values(), *self._buffers.values()):
            if x is not None:
                x.data = fn(x.data)
                if x.grad is not None:
                    x.grad.data = fn(x.grad.data)
        return self

    def float(self) -> "Module":
        return self.to(np.float32)

    def double(self) -> "Module":
        return self.to(np.float64)

    def half(self) -> "Module":
        return self.to(np.float16)

    def bfloat16(self) -> "Module":
        raise DtypeError("bfloat16(): NumPy has no such numbers; use half(), which is float16.")

    def type(self, dst_type: Any) -> "Module":
        found = as_dtype(dst_type)
        return self._apply(lambda x: x.to(found))

    def cpu(self) -> "Module":
        """Itself: it is there already."""
        return self

    def cuda(self, device: Any = None) -> "Module":
        """A DeviceError: there is no GPU here."""
        check_device("cuda")
        return self

    def to_empty(self, *, device: Any, recurse: bool = True) -> "Module":
        """Itself: memory that is there need not be made again."""
        check_device(device)
        return self

    def share_memory(self) -> "Module":
        """A DeviceError: processes share nothing here; give them a state_dict() in a file."""
        raise DeviceError(
            "share_memory(): tensors are not shared between processes here. Save the state_dict() "
            "to a file, and load it in the other process."
        )

    def compile(self, *args: Any, **kwargs: Any) -> None:
        """Nothing: it runs as it is."""

    # --- as text --------------------------------------------------------------------------

    def extra_repr(self) -> str:
        """What stands between the brackets of its repr: its sizes and options."""
        return ""

    def _get_name(self) -> str:
        return type(self).__name__

    def __repr__(self) -> str:
        extra = self.extra_repr()
        lines = extra.split("\n") if extra else []
        lines += [f"({name}): {_indented(repr(m))}" for name, m in self._modules.items()]
        inside = "\n  ".join(["", *lines]) + "\n" if lines and lines != [extra] else extra
        return f"{self._get_name()}({inside})"


def _indented(text: str) -> str:
    return text.replace("\n", "\n  ")
