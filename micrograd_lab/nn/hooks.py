"""Calling a module, and who is told about it: before and after forward, and in backward."""

from collections.abc import Callable
from typing import Any

from micrograd_lab.autograd import Function
from micrograd_lab.engine import RemovableHandle
from micrograd_lab.tensor import Tensor

Hook = Callable[..., Any]


class Hooked:
    """What makes module(x) run forward(x), between the hooks that were registered."""

    _hooks: dict[str, list[Any]] | None

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        self.__dict__["_hooks"] = None  # few modules have any
        super().__init__(*args, **kwargs)

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        if not self.__dict__.get("_hooks"):
            return self.forward(*args, **kwargs)  # type: ignore[attr-defined]
        return self._call_between_hooks(args, kwargs)

    def _call_between_hooks(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        hooks = self._hooks or {}
        for hook, with_kwargs in list(hooks.get("before", ())):
            if with_kwargs:
                replaced = hook(self, args, kwargs)
                if replaced is not None:
                    args, kwargs = replaced
            else:
                replaced = hook(self, args)
                if replaced is not None:
                    args = replaced if isinstance(replaced, tuple) else (replaced,)
        backward = None
        if hooks.get("backward") or hooks.get("before_backward"):
            backward = Passing(self, hooks.get("before_backward", []), hooks.get("backward", []))
            args = backward.arriving(args)
        result = None
        done = False
        try:
            result = self.forward(*args, **kwargs)  # type: ignore[attr-defined]
            done = True
        finally:
            for hook, with_kwargs, always in list(hooks.get("after", ())):
                if done or always:
                    replaced = (
                        hook(self, args, kwargs, result)
                        if with_kwargs
                        else hook(self, args, result)
                    )
                    result = result if replaced is None else replaced
        return result if backward is None else backward.leaving(result)

    def _hook(self, when: str, entry: Any, prepend: bool) -> RemovableHandle:
        if self._hooks is None:
            self.__dict__["_hooks"] = {}
        hooks = self._hooks.setdefault(when, [])  # type: ignore[union-attr]
        hooks.insert(0 if prepend else len(hooks), entry)
        return RemovableHandle(hooks, entry)

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


class Passing:
    """Two gates around a module: gradients go through the one behind it, then the one before it."""

    def __init__(self, module: Any, before: list[Hook], after: list[Hook]) -> None:
        self.module = module
        self.before = list(before)
        self.after = list(after)
        self.grad_output: tuple[Any, ...] = ()
        self.has_inputs = False

    def arriving(self, args: tuple[Any, ...]) -> tuple[Any, ...]:
        where = [i for i, x in enumerate(args) if isinstance(x, Tensor)]
        self.has_inputs = any(args[i].requires_grad for i in where)
        if not self.has_inputs:
            return args
        passed = _as_tuple(Gate.apply(self._inputs, *(args[i] for i in where)))
        spread = list(args)
        for i, x in zip(where, passed, strict=True):
            spread[i] = x
        return tuple(spread)

    def leaving(self, result: Any) -> Any:
        outputs = result if isinstance(result, tuple) else (result,)
        where = [i for i, x in enumerate(outputs) if isinstance(x, Tensor)]
        if not any(outputs[i].requires_grad for i in where):
            return result
        passed = _as_tuple(Gate.apply(self._outputs, *(outputs[i] for i in where)))
        spread = list(outputs)
        for i, x in zip(where, passed, strict=True):
            spread[i] = x
        return tuple(spread) if isinstance(result, tuple) else spread[0]

    def _outputs(self, grads: tuple[Any, ...]) -> tuple[Any, ...]:
        for hook in self.before:
            replaced = hook(self.module, grads)
            if replaced is not None:
                grads = _as_tuple(replaced)
        self.grad_output = grads
        if not self.has_inputs:
            for hook in self.after:
                hook(self.module, (None,), grads)
        return grads

    def _inputs(self, grads: tuple[Any, ...]) -> tuple[Any, ...]:
        for hook in self.after:
            replaced = hook(self.module, grads, self.grad_output)
            if replaced is not None:
                grads = _as_tuple(replaced)
        return grads


class Gate(Function):
    """Tensors pass unchanged; their gradients are shown to `seen`, which returns those that go on."""

    @staticmethod
    def forward(ctx: Any, seen: Any, *xs: Any) -> Any:
        ctx.seen = seen
        return tuple(x.view_as(x) for x in xs) if len(xs) > 1 else xs[0].view_as(xs[0])

    @staticmethod
    def backward(ctx: Any, *grads: Any) -> Any:
        return None, *ctx.seen(grads)


def _as_tuple(x: Any) -> tuple[Any, ...]:
    return x if isinstance(x, tuple) else (x,)
