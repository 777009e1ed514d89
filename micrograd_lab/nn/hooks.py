"""Calling a module, and who is told about it: before and after forward, and in backward."""

from collections.abc import Callable
from contextlib import suppress
from typing import Any

import numpy as np

from micrograd_lab.autograd import Function
from micrograd_lab.engine import RemovableHandle
from micrograd_lab.errors import HookError
from micrograd_lab.tensor import Tensor, wrap

Hook = Callable[..., Any]


class Hooked:
    """What makes module(x) run forward(x), between the hooks that were registered."""

    _hooks: dict[str, list[Any]] | None

    def __init__(self) -> None:
        self.__dict__["_hooks"] = None  # few modules have any

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        if not self._hooks:
            return self.forward(*args, **kwargs)  # type: ignore[attr-defined]
        return self._call_between_hooks(args, kwargs)

    def _call_between_hooks(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        last = self._hooks_for("after")
        result = None
        try:
            args, kwargs = self._before(args, kwargs)
            backward = Passing(self, args)
            result = self.forward(*backward.args, **kwargs)  # type: ignore[attr-defined]
            while last:
                result = self._after(last.pop(0), args, kwargs, result)
            return backward.leaving(result)
        except Exception:
            for entry in last:
                if entry[2]:  # always_call
                    with suppress(Exception):  # the first error is the one to be seen
                        self._after(entry, args, kwargs, result)
            raise

    def _before(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        for hook, with_kwargs in self._hooks_for("before"):
            replaced = hook(self, args, kwargs) if with_kwargs else hook(self, args)
            if replaced is None:
                continue
            if not with_kwargs:
                args = _as_tuple(replaced)
            elif isinstance(replaced, tuple) and len(replaced) == 2:
                args, kwargs = replaced
            else:
                raise HookError(
                    f"a forward pre-hook of {type(self).__name__} with kwargs returns None or "
                    f"(args, kwargs), found {replaced!r:.80}."
                )
        return args, kwargs

    def _after(self, entry: Any, args: Any, kwargs: Any, result: Any) -> Any:
        hook, with_kwargs, _ = entry
        given = (args, kwargs, result) if with_kwargs else (args, result)
        replaced = hook(self, *given)
        return result if replaced is None else replaced

    def _hooks_for(self, when: str) -> list[Any]:
        """Those of one kind, in order; a copy, for a hook may remove itself."""
        return list((self._hooks or {}).get(when, ()))

    def _hook(self, when: str, entry: Any, prepend: bool = False) -> RemovableHandle:
        if self._hooks is None:
            self.__dict__["_hooks"] = {}
        hooks = self._hooks.setdefault(when, [])  # type: ignore[union-attr]
        hooks.insert(0 if prepend else len(hooks), entry)
        return ModuleHandle(self, hooks, entry)

    def register_forward_pre_hook(
        self, hook: Hook, *, prepend: bool = False, with_kwargs: bool = False
    ) -> RemovableHandle:
        """hook(module, args) before forward; what it returns replaces the arguments.

        with_kwargs: hook(module, args, kwargs), which may return both.
        """
        return self._hook("before", (hook, with_kwargs), prepend)

    def register_forward_hook(
        self,
        hook: Hook,
        *,
        prepend: bool = False,
        with_kwargs: bool = False,
        always_call: bool = False,
    ) -> RemovableHandle:
        """hook(module, args, output) after forward; what it returns replaces the output.

        with_kwargs: hook(module, args, kwargs, output); always_call: even if forward raised.
        """
        return self._hook("after", (hook, with_kwargs, always_call), prepend)

    def register_full_backward_pre_hook(self, hook: Hook, prepend: bool = False) -> RemovableHandle:
        """hook(module, grad_output) when the gradients of the outputs are complete; may replace them."""
        return self._hook("before_backward", hook, prepend)

    def register_full_backward_hook(self, hook: Hook, prepend: bool = False) -> RemovableHandle:
        """hook(module, grad_input, grad_output) when the gradients of the inputs are; may replace those."""
        return self._hook("backward", hook, prepend)

    register_backward_hook = register_full_backward_hook


class ModuleHandle(RemovableHandle):
    """A handle that leaves a module without hooks as one that never had any: called directly again."""

    def __init__(self, module: Hooked, hooks: list[Any], entry: Any) -> None:
        super().__init__(hooks, entry)
        self.module = module

    def remove(self) -> None:
        super().remove()
        if not any((self.module._hooks or {}).values()):
            self.module.__dict__["_hooks"] = None


class Passing:
    """Two gates around a module: gradients go through the one behind it, then the one before it.

    Hooks see one entry for each output, None where no gradient came, and one for each positional
    argument, None where it is no tensor and zeros where no gradient went.
    """

    def __init__(self, module: Any, args: tuple[Any, ...]) -> None:
        self.module = module
        self.before = module._hooks_for("before_backward")
        self.after = module._hooks_for("backward")
        self.active = bool(self.before or self.after)
        self.grad_output: tuple[Any, ...] = ()
        self.tensors = [(x.shape, x.dtype) if isinstance(x, Tensor) else None for x in args]
        self.has_inputs = self.active and any(map(_wants_gradient, args))
        self.args = self._gated(args, self._inputs) if self.has_inputs else args

    def leaving(self, result: Any) -> Any:
        if not self.active:
            return result
        outputs = self._gated(_as_tuple(result), self._outputs)
        return outputs if isinstance(result, tuple) else outputs[0]

    def _gated(self, xs: tuple[Any, ...], seen: Hook) -> tuple[Any, ...]:
        """xs, those that want a gradient behind a gate."""
        where = [k for k, x in enumerate(xs) if _wants_gradient(x)]
        if not where:
            return xs

        def all_seen(grads: tuple[Any, ...]) -> list[Any]:
            spread = [None] * len(xs)
            for k, g in zip(where, grads, strict=True):
                spread[k] = g
            found = seen(tuple(spread))
            # copies, for a leaf adds to the gradient it gets, and hooks may keep theirs
            return [None if found[k] is None else found[k].clone() for k in where]

        passed = list(xs)
        for k, x in zip(where, Gate.apply(all_seen, *(xs[k] for k in where)), strict=True):
            passed[k] = x
        return tuple(passed)

    def _outputs(self, grads: tuple[Any, ...]) -> tuple[Any, ...]:
        for hook in self.before:
            grads = self._replaced(hook(self.module, grads), grads, "grad_output")
        self.grad_output = grads
        if not self.has_inputs:
            nothing = (None,) * len(self.tensors)
            for hook in self.after:
                found = hook(self.module, nothing, grads)
                if found is not None and any(g is not None for g in _as_tuple(found)):
                    raise HookError(
                        f"a backward hook of {type(self.module).__name__} returned gradients, but no "
                        "input of this module wants one; return None."
                    )
        return grads

    def _inputs(self, grads: tuple[Any, ...]) -> tuple[Any, ...]:
        grads = tuple(
            wrap(np.zeros(*of)) if g is None and of is not None else g
            for g, of in zip(grads, self.tensors, strict=True)
        )
        for hook in self.after:
            grads = self._replaced(hook(self.module, grads, self.grad_output), grads, "grad_input")
        return grads

    def _replaced(self, found: Any, grads: tuple[Any, ...], what: str) -> tuple[Any, ...]:
        if found is None:
            return grads
        found = _as_tuple(found)
        if len(found) != len(grads):
            raise HookError(
                f"a backward hook of {type(self.module).__name__} returned {len(found)} gradients "
                f"for a {what} of {len(grads)}; return as many, or None."
            )
        return tuple(found)


class Gate(Function):
    """Tensors pass unchanged; their gradients are shown to `seen`, which returns those that go on."""

    @staticmethod
    def forward(ctx: Any, seen: Any, *xs: Any) -> Any:
        ctx.seen = seen
        ctx.set_materialize_grads(False)
        return tuple(x.view_as(x) for x in xs)

    @staticmethod
    def backward(ctx: Any, *grads: Any) -> Any:
        return None, *ctx.seen(grads)


def _wants_gradient(x: Any) -> bool:
    return isinstance(x, Tensor) and x.requires_grad


def _as_tuple(x: Any) -> tuple[Any, ...]:
    return x if isinstance(x, tuple) else (x,)
