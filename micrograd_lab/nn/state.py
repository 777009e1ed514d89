"""A module's numbers under their names: out as a dict of tensors, and in again, strictly."""

from collections import OrderedDict
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

import numpy as np

from micrograd_lab.engine import RemovableHandle
from micrograd_lab.errors import StateError
from micrograd_lab.nn.parameter import Parameter, Uninitialized
from micrograd_lab.tensor import Tensor

Hook = Callable[..., Any]
EXTRA = "_extra_state"  # the name of what get_extra_state() returns


class IncompatibleKeys(NamedTuple):
    """What load_state_dict did not find, and what it had no place for."""

    missing_keys: list[str]
    unexpected_keys: list[str]

    def __repr__(self) -> str:
        if not self.missing_keys and not self.unexpected_keys:
            return "<All keys matched successfully>"
        return f"IncompatibleKeys(missing={self.missing_keys}, unexpected={self.unexpected_keys})"


class Stateful:
    """state_dict() and load_state_dict() for a module, and the hooks around them."""

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
        module: Any = self
        found: dict[str, Any] = OrderedDict() if destination is None else destination
        for hook in module._hooks_for("before_state"):
            hook(module, prefix, keep_vars)
        for name, (_, _, x) in own_places(module).items():
            found[prefix + name] = x if keep_vars else x.detach()
        if _has_extra(module):
            found[prefix + EXTRA] = module.get_extra_state()
        for name, below in module._modules.items():
            if below is not None:
                below.state_dict(destination=found, prefix=f"{prefix}{name}.", keep_vars=keep_vars)
        for hook in module._hooks_for("after_state"):
            replaced = hook(module, found, prefix, {})
            found = found if replaced is None else replaced
        return found

    def load_state_dict(
        self, state_dict: Mapping[str, Any], strict: bool = True, assign: bool = False
    ) -> IncompatibleKeys:
        """Copy the numbers of state_dict into the parameters and buffers of the same names.

        strict: StateError, and nothing copied, if names are missing or too many.  A tensor of
        another shape is an error in any case.  assign: take the tensors over instead of copying
        (parameters that were shared under two names are then two).
        """
        if not isinstance(state_dict, Mapping):
            raise TypeError(
                f"load_state_dict: expected a dict of tensors, found {type(state_dict).__name__}. "
                "A file comes in by load(path)."
            )
        loading = Loading(strict)
        loading.look(self, dict(state_dict), "")
        if loading.wrong or not loading.last:
            loading.complain(self, "nothing was copied")
        for take in loading.steps:
            take(assign)
        found = IncompatibleKeys(loading.missing, loading.unexpected)
        for module, hook in loading.last:  # which may clear the lists
            if hook(module, found) is not None:
                raise TypeError(
                    "a hook after load_state_dict returns nothing: it changes the two lists in place."
                )
        loading.complain(self, "what fits was copied")
        return found

    def get_extra_state(self) -> Any:
        """What a subclass keeps in state_dict() besides tensors; there is nothing unless it says so."""
        raise NotImplementedError(
            f"{type(self).__name__}: write get_extra_state() and set_extra_state(state) together."
        )

    def set_extra_state(self, state: Any) -> None:
        """Take back what get_extra_state() returned."""
        raise NotImplementedError(
            f"{type(self).__name__} has no set_extra_state(state), but there is such a state."
        )

    def register_state_dict_pre_hook(self, hook: Hook) -> RemovableHandle:
        """hook(module, prefix, keep_vars) before its state is collected."""
        return self._hook("before_state", hook)  # type: ignore[attr-defined,no-any-return]

    def register_state_dict_post_hook(self, hook: Hook) -> RemovableHandle:
        """hook(module, state_dict, prefix, local_metadata) after; it changes the dict in place."""
        return self._hook("after_state", hook)  # type: ignore[attr-defined,no-any-return]

    def register_load_state_dict_pre_hook(self, hook: Hook) -> RemovableHandle:
        """Before loading, once a module, to rename or mend what an older program saved.

        hook(module, state_dict, prefix, local_metadata, strict, missing, unexpected, messages): the
        dict is a copy to be changed in place; it holds the names that begin with prefix.
        """
        return self._hook("before_load", hook)  # type: ignore[attr-defined,no-any-return]

    def register_load_state_dict_post_hook(self, hook: Hook) -> RemovableHandle:
        """hook(module, incompatible_keys) after copying; it may forgive: clear the lists in place."""
        return self._hook("after_load", hook)  # type: ignore[attr-defined,no-any-return]

    _register_state_dict_hook = register_state_dict_post_hook

    def _register_load_state_dict_pre_hook(
        self, hook: Hook, with_module: bool = False
    ) -> RemovableHandle:
        """As above; without the module as first argument unless with_module."""
        if with_module:
            return self.register_load_state_dict_pre_hook(hook)
        return self.register_load_state_dict_pre_hook(lambda module, *rest: hook(*rest))


class Loading:
    """One load_state_dict: look through everything first, so that an error leaves all as it was."""

    def __init__(self, strict: bool) -> None:
        self.strict = strict
        self.missing: list[str] = []
        self.unexpected: list[str] = []
        self.wrong: list[str] = []  # of another shape
        self.messages: list[str] = []  # of hooks
        self.steps: list[Callable[[bool], None]] = []  # what to do once all is well
        self.last: list[tuple[Any, Hook]] = []

    def look(self, module: Any, state: dict[str, Any], prefix: str) -> None:
        """Note what fits and what does not, in this module and below it."""
        for hook in module._hooks_for("before_load"):
            hook(
                module, state, prefix, {}, True,
                self.missing, self.unexpected, self.messages,
            )  # fmt: skip
        places = own_places(module)
        for key, place in places.items():
            self._match(prefix + key, place, state)
        extra = _has_extra(module)
        if extra and prefix + EXTRA in state:
            self.steps.append(lambda assign: module.set_extra_state(state[prefix + EXTRA]))
        elif extra:
            self.missing.append(prefix + EXTRA)
        below = {key: m for key, m in module._modules.items() if m is not None}
        for name in state:
            key, _, rest = name.removeprefix(prefix).partition(".")
            known = key in below if rest else key in places or (extra and key == EXTRA)
            if name.startswith(prefix) and not known:
                self.unexpected.append(name)
        for key, child in below.items():
            inner = f"{prefix}{key}."
            self.look(child, {k: x for k, x in state.items() if k.startswith(inner)}, inner)
        self.last += [(module, hook) for hook in module._hooks_for("after_load")]

    def _match(self, name: str, place: Any, state: dict[str, Any]) -> None:
        if name not in state:
            self.missing.append(name)
            return
        home, key, have = place
        given = state[name]
        waits = isinstance(have, Uninitialized)  # for a shape; it takes any
        if isinstance(given, Uninitialized):
            if not waits:
                self.wrong.append(f"{name}: the state comes from a lazy module before its input")
        elif isinstance(given, Tensor) and (waits or given.shape == have.shape):
            self.steps.append(lambda assign: _take(home, key, have, given, assign))
        else:
            found = tuple(given.shape) if isinstance(given, Tensor) else f"a {type(given).__name__}"
            there = "no shape yet" if waits else tuple(have.shape)
            self.wrong.append(f"{name}: the module has {there}, the state {found}")

    def complain(self, module: Any, done: str) -> None:
        """StateError if there is any reason not to be content."""
        names = self.strict and bool(self.missing or self.unexpected)
        if not (names or self.wrong or self.messages):
            return
        lines = [f"load_state_dict of {type(module).__name__}: {done}."]
        if names and self.missing:
            lines.append(f"missing in the state: {', '.join(self.missing)}.")
        if names and self.unexpected:
            lines.append(f"unknown to the module: {', '.join(self.unexpected)}.")
        if self.wrong:
            lines.append(f"of another shape: {'; '.join(self.wrong)}.")
        lines += self.messages
        if names:
            lines.append("strict=False loads what fits.")
        raise StateError("\n  ".join(lines))


def own_places(module: Any) -> dict[str, tuple[Any, str, Tensor]]:
    """{name: (the dict that holds it, name, tensor)} of what one module saves, without those below it."""
    found = {}
    for home in (module._parameters, module._buffers):
        for name, x in home.items():
            if x is not None and name not in module._unsaved:
                found[name] = (home, name, x)
    return found


def _has_extra(module: Any) -> bool:
    return type(module).get_extra_state is not Stateful.get_extra_state


def _take(home: Any, name: str, have: Tensor, given: Tensor, assign: bool) -> None:
    if not assign:
        if isinstance(have, Uninitialized):
            have.materialize(given.shape)
        np.copyto(have.array, given.array, casting="unsafe")
        if have._version_counter is not None:
            have._version_counter[0] += 1
    elif isinstance(have, Parameter):
        fresh = given if isinstance(given, Parameter) else Parameter(given)
        home[name] = fresh.requires_grad_(have.requires_grad)
    else:
        home[name] = given
