"""Modules that hold modules: one after another, in a list, in a dict."""

import operator
from collections import OrderedDict
from collections.abc import Iterable, Iterator, Mapping
from itertools import chain, groupby, pairwise
from typing import Any, Self

from micrograd_lab.errors import OptionError
from micrograd_lab.nn.joint import in_one_op
from micrograd_lab.nn.module import Module

__all__ = ["ModuleDict", "ModuleList", "Sequential"]


class Numbered(Module):
    """What Sequential and ModuleList share: modules in order, under the names "0", "1", ..."""

    def __len__(self) -> int:
        return len(self._modules)

    def __iter__(self) -> Iterator[Any]:
        return iter(self._modules.values())

    def __getitem__(self, index: Any) -> Any:
        """A module, or for a slice a container of some."""
        if isinstance(index, slice):
            return self._some(list(self._modules.items())[index])
        return self._modules[self._name(index)]

    def __setitem__(self, index: int, module: Module) -> None:
        setattr(self, self._name(index), module)

    def __delitem__(self, index: Any) -> None:
        names = list(self._modules)[index] if isinstance(index, slice) else [self._name(index)]
        for name in names:
            del self._modules[name]
        self._renumber(list(self))

    def append(self, module: Module) -> Self:
        """Add one at the end."""
        self.add_module(str(len(self)), module)
        return self

    def extend(self, modules: Iterable[Module]) -> Self:
        """Add several at the end."""
        for module in list(modules):  # a list first: extending by oneself comes to an end
            self.append(module)
        return self

    def insert(self, index: int, module: Module) -> Self:
        """Add one before number `index`; those behind it move up."""
        if not isinstance(module, Module):
            raise TypeError(f"insert: expected a module, found {type(module).__name__}.")
        if not -len(self) <= index <= len(self):
            raise IndexError(f"insert: {index} is not a place among {len(self)} modules.")
        modules = list(self)
        modules.insert(index, module)
        self._renumber(modules)
        return self

    def pop(self, key: Any) -> Any:
        """Take one out, or for a slice some."""
        taken = self[key]
        del self[key]
        return taken

    def __iadd__(self, other: Iterable[Module]) -> Self:
        return self.extend(other)

    def _name(self, index: Any) -> str:
        i = operator.index(index)
        if not -len(self) <= i < len(self):
            raise IndexError(
                f"{type(self).__name__} has {len(self)} modules; there is no number {i}."
            )
        return list(self._modules)[i]

    def _renumber(self, modules: list[Any]) -> None:
        self._modules.clear()
        self._modules.update((str(i), module) for i, module in enumerate(modules))

    def _some(self, items: list[Any]) -> Any:
        raise NotImplementedError


class Sequential(Numbered):
    """Modules one after another: each gets what the one before it returned.

    Sequential(first, second, ...), or Sequential(OrderedDict(name=module, ...)) to name them.
    """

    def __init__(self, *args: Any) -> None:
        super().__init__()
        named = len(args) == 1 and isinstance(args[0], OrderedDict)
        for name, module in args[0].items() if named else enumerate(args):
            self.add_module(str(name), module)

    def forward(self, input: Any) -> Any:
        done = False
        for module, following in pairwise((*self._modules.values(), None)):
            if done:  # in one op with the module before it
                done = False
                continue
            both = in_one_op(module, following, input)
            done = both is not None
            input = both if done else module(input)
        return input

    def __add__(self, other: Any) -> "Sequential":
        return Sequential(*self, *_checked(other))

    def __iadd__(self, other: Any) -> Self:
        return self.extend(_checked(other))

    def __mul__(self, other: int) -> "Sequential":
        """The same modules several times over; they share their parameters."""
        return Sequential(*list(self) * _times(other))

    __rmul__ = __mul__

    def __imul__(self, other: int) -> Self:
        return self.extend(list(self) * (_times(other) - 1))

    def _some(self, items: list[Any]) -> Any:
        return type(self)(OrderedDict(items))  # each keeps its name


def _checked(other: Any) -> Sequential:
    if not isinstance(other, Sequential):
        raise OptionError(
            f"Sequential + {type(other).__name__}: only a Sequential can be added; append() adds a "
            "module."
        )
    return other


def _times(count: Any) -> int:
    if not isinstance(count, int):
        raise TypeError(f"Sequential * {type(count).__name__}: how often is an integer.")
    if count < 1:
        raise OptionError(f"Sequential * {count}: at least once.")
    return count


class ModuleList(Numbered):
    """Modules in a list, so that they are found; what is done with them is up to forward()."""

    def __init__(self, modules: Iterable[Module] | None = None) -> None:
        super().__init__()
        self.extend(() if modules is None else modules)

    def extend(self, modules: Iterable[Module]) -> Self:
        """Add several at the end."""
        if not isinstance(modules, Iterable):
            raise TypeError(
                f"ModuleList: expected modules in a list or the like, found {type(modules).__name__}."
            )
        return super().extend(modules)

    def __add__(self, other: Iterable[Module]) -> "ModuleList":
        return ModuleList(chain(self, other))

    def _some(self, items: list[Any]) -> Any:
        return type(self)(module for _, module in items)

    def __repr__(self) -> str:
        """Neighbours that look alike stand in one line: (0-2): 3 x Linear(...)."""
        lines = []
        for text, group in groupby(enumerate(map(repr, self)), key=operator.itemgetter(1)):
            numbers = [i for i, _ in group]
            times = len(numbers)
            line = f"({numbers[0]}): {text}"
            if times > 1:
                line = f"({numbers[0]}-{numbers[-1]}): {times} x {text}"
            lines.append("\n  " + line.replace("\n", "\n  "))
        return f"{self._get_name()}({''.join(lines)}{chr(10) if lines else ''})"


class ModuleDict(Module):
    """Modules in a dict, in the order in which they came."""

    def __init__(self, modules: Any = None) -> None:
        super().__init__()
        self.update(() if modules is None else modules)

    def __len__(self) -> int:
        return len(self._modules)

    def __iter__(self) -> Iterator[str]:
        return iter(self._modules)

    def __contains__(self, key: object) -> bool:
        return key in self._modules

    def __getitem__(self, key: str) -> Any:
        return self._modules[key]

    def __setitem__(self, key: str, module: Module) -> None:
        self.add_module(key, module)

    def __delitem__(self, key: str) -> None:
        del self._modules[key]

    def keys(self) -> Any:
        return self._modules.keys()

    def values(self) -> Any:
        return self._modules.values()

    def items(self) -> Any:
        return self._modules.items()

    def update(self, modules: Any) -> None:
        """Take over a dict's modules, or those of (name, module) pairs."""
        for key, module in pairs_of("ModuleDict", modules):
            self[key] = module

    def pop(self, key: str) -> Any:
        """Take one out."""
        module = self[key]
        del self[key]
        return module

    def clear(self) -> None:
        self._modules.clear()


def pairs_of(name: str, given: Any) -> list[tuple[str, Any]]:
    """The items of a dict or of something like it, or a sequence of pairs as it is."""
    if isinstance(given, Mapping) or (hasattr(given, "keys") and hasattr(given, "items")):
        return list(given.items())
    if not isinstance(given, Iterable):
        raise TypeError(f"{name}: expected a dict or (name, value) pairs, found {given!r:.60}.")
    pairs = list(given)
    for pair in pairs:
        if not isinstance(pair, Iterable):
            raise TypeError(f"{name}: each entry is a (name, value) pair, found {pair!r:.60}.")
        if len(tuple(pair)) != 2:
            raise OptionError(f"{name}: each entry is a (name, value) pair, found {pair!r:.60}.")
    return [(key, value) for key, value in pairs]
