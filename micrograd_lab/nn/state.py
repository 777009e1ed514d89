"""A module's numbers under their names: out as a dict of tensors, and in again, strictly."""

from collections import OrderedDict
from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np

from micrograd_lab.errors import StateError
from micrograd_lab.tensor import Tensor


class IncompatibleKeys(NamedTuple):
    """What load_state_dict did not find, and what it had no place for."""

    missing_keys: list[str]
    unexpected_keys: list[str]

    def __repr__(self) -> str:
        if not self.missing_keys and not self.unexpected_keys:
            return "<All keys matched successfully>"
        return f"IncompatibleKeys(missing={self.missing_keys}, unexpected={self.unexpected_keys})"


class Stateful:
    """state_dict() and load_state_dict() for a module."""

    _unsaved: set[str]

    def state_dict(
        self,
        *,
        destination: dict[str, Any] | None = None,
        prefix: str = "",
        keep_vars: bool = False,
    ) -> dict[str, Any]:
        """{dotted name: tensor} of every parameter and persistent buffer.

        The tensors share the module's memory (clone what must not change); with keep_vars they are
        the parameters themselves.
        """
        found = OrderedDict() if destination is None else destination
        for name, x in own_state(self):
            found[prefix + name] = x if keep_vars else x.detach()
        for name, module in self._modules.items():  # type: ignore[attr-defined]
            if module is not None:
                module.state_dict(destination=found, prefix=f"{prefix}{name}.", keep_vars=keep_vars)
        return found

    def load_state_dict(
        self, state_dict: Mapping[str, Any], strict: bool = True, assign: bool = False
    ) -> IncompatibleKeys:
        """Copy the numbers of state_dict into the parameters and buffers of the same names.

        strict: StateError, and nothing copied, if names are missing or too many.  A tensor of
        another shape is an error in any case.  assign: take the tensors over instead of copying.
        """
        if not isinstance(state_dict, Mapping):
            raise TypeError(
                f"load_state_dict: expected a dict of tensors, found {type(state_dict).__name__}. "
                "A file comes in by load(path)."
            )
        places = dict(all_places(self))
        missing = [name for name in places if name not in state_dict]
        unexpected = [name for name in state_dict if name not in places]
        wrong = [
            f"{name}: the module has {tuple(have.shape)}, the state {_found(state_dict[name])}"
            for name, (_, _, have) in places.items()
            if name in state_dict and not _fits(have, state_dict[name])
        ]
        complaints = (
            _complaints(missing, unexpected, wrong) if strict else _complaints([], [], wrong)
        )
        if complaints:
            raise StateError(
                f"load_state_dict of {type(self).__name__}: nothing was copied.{complaints}"
            )
        for name, (home, key, have) in places.items():
            if name in state_dict:
                _take(home, key, have, state_dict[name], assign)
        return IncompatibleKeys(missing, unexpected)


def own_state(module: Any) -> list[tuple[str, Any]]:
    """The parameters and persistent buffers of one module, without those below it."""
    found = [(k, p) for k, p in module._parameters.items() if p is not None]
    return found + [
        (k, b) for k, b in module._buffers.items() if b is not None and k not in module._unsaved
    ]


def all_places(module: Any, prefix: str = "") -> list[tuple[str, Any]]:
    """(dotted name, (dict that holds it, its key in there, tensor)), shared ones under every name."""
    found = []
    for key, x in own_state(module):
        home = module._parameters if key in module._parameters else module._buffers
        found.append((prefix + key, (home, key, x)))
    for key, below in module._modules.items():
        if below is not None:
            found += all_places(below, f"{prefix}{key}.")
    return found


def _fits(have: Any, given: Any) -> bool:
    return isinstance(given, Tensor) and tuple(given.shape) == tuple(have.shape)


def _found(given: Any) -> str:
    return str(tuple(given.shape)) if isinstance(given, Tensor) else f"a {type(given).__name__}"


def _complaints(missing: list[str], unexpected: list[str], wrong: list[str]) -> str:
    return "".join(
        f"\n  {what}: {sep.join(names)}."
        for what, names, sep in (
            ("missing in the state", missing, ", "),
            ("unknown to the module", unexpected, ", "),
            ("of another shape", wrong, "; "),
        )
        if names
    ) + ("\n  strict=False loads what fits." if missing or unexpected else "")


def _take(home: dict[str, Any], key: str, have: Any, given: Tensor, assign: bool) -> None:
    if assign:
        fresh = type(have)(given.detach(), have.requires_grad) if _is_parameter(have) else given
        home[key] = fresh
    else:
        np.copyto(have.array, given.array, casting="unsafe")
        if have._version_counter is not None:
            have._version_counter[0] += 1


def _is_parameter(x: Any) -> bool:
    return type(x).__name__ == "Parameter" or x.requires_grad
