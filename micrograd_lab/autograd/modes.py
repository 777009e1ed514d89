"""Switches of the recording: each one a context manager, and a decorator of functions and generators."""

import functools
import inspect
from collections.abc import Callable, Generator
from typing import Any

from micrograd_lab.engine import mode


def is_grad_enabled() -> bool:
    """Whether ops that run now are recorded for backward."""
    return mode.grad


def is_inference_mode_enabled() -> bool:
    """Whether inference_mode is on."""
    return mode.inference


class Switch:
    """Sets engine.mode while a `with` block, a call or a generator's step runs, then sets it back."""

    def __init__(self) -> None:
        self._before: list[tuple[bool, bool]] = []

    def _state(self) -> tuple[bool, bool]:
        """What (mode.grad, mode.inference) become."""
        raise NotImplementedError

    def _fresh(self) -> "Switch":
        """One like it: a decorated function may be entered many times at once."""
        return type(self)()

    def __enter__(self) -> None:
        self._before.append((mode.grad, mode.inference))
        mode.grad, mode.inference = self._state()

    def __exit__(self, *exc: object) -> None:
        mode.grad, mode.inference = self._before.pop()

    def __call__(self, f: Callable[..., Any]) -> Any:
        """f, run in this mode.  A generator is in it only while it runs, not while it waits."""
        if inspect.isclass(f):
            raise TypeError(
                f"{type(self).__name__}() cannot decorate the class {f.__name__}: decorate its "
                "__init__, or the functions that make it."
            )
        if inspect.isgeneratorfunction(f):
            return _decorated_generator(f, self._fresh)

        @functools.wraps(f)
        def decorated(*args: Any, **kwargs: Any) -> Any:
            with self._fresh():
                return f(*args, **kwargs)

        return decorated


def _decorated_generator(f: Callable[..., Any], fresh: Callable[[], Switch]) -> Any:
    @functools.wraps(f)
    def decorated(*args: Any, **kwargs: Any) -> Generator[Any, Any, Any]:
        generator = f(*args, **kwargs)
        step: Callable[[], Any] = functools.partial(next, generator)
        while True:
            try:
                with fresh():
                    item = step()
            except StopIteration as stop:
                return stop.value
            try:
                sent = yield item
            except GeneratorExit:
                with fresh():
                    generator.close()
                raise
            except BaseException as error:
                step = functools.partial(generator.throw, error)
            else:
                step = functools.partial(generator.send, sent)

    return decorated


class _Bare(Switch):
    """A switch without arguments may decorate without parentheses: @no_grad."""

    def __new__(cls, f: Callable[..., Any] | None = None) -> Any:
        return super().__new__(cls) if f is None else cls()(f)

    def __init__(self, f: Callable[..., Any] | None = None) -> None:
        super().__init__()


class no_grad(_Bare):  # noqa: N801
    """Record nothing: results do not require gradients.  torch.no_grad."""

    def _state(self) -> tuple[bool, bool]:
        return False, mode.inference


class enable_grad(_Bare):  # noqa: N801
    """Record again, inside no_grad.  torch.enable_grad."""

    def _state(self) -> tuple[bool, bool]:
        return not mode.inference, mode.inference


class inference_mode(Switch):  # noqa: N801
    """no_grad, with the promise that the results never meet a graph.  torch.inference_mode.

    inference_mode(False) inside it turns recording back on.
    """

    def __new__(cls, mode: Any = True) -> Any:
        return super().__new__(cls) if isinstance(mode, bool) else cls()(mode)

    def __init__(self, mode: bool = True) -> None:
        super().__init__()
        self.mode = mode

    def _state(self) -> tuple[bool, bool]:
        return (False, True) if self.mode else (True, False)

    def _fresh(self) -> Switch:
        return inference_mode(self.mode)


class set_grad_enabled(Switch):  # noqa: N801
    """Record or not from now on; as a context manager, until the block ends.

    torch.set_grad_enabled: calling it is enough, `with` only limits how long it lasts.
    """

    def __init__(self, mode: bool) -> None:
        super().__init__()
        self.mode = bool(mode)
        self._at_call = _switch_grad(self.mode)

    def _state(self) -> tuple[bool, bool]:
        return self.mode, mode.inference

    def __enter__(self) -> None:
        self._before.append((self._at_call, mode.inference))
        mode.grad = self.mode

    def __call__(self, f: Callable[..., Any]) -> Any:
        mode.grad = self._at_call  # as a decorator it acts in the calls alone
        return super().__call__(f)

    def _fresh(self) -> Switch:
        return set_grad_enabled(self.mode)


def _switch_grad(value: bool) -> bool:
    """Set mode.grad, and return what it was."""
    before, mode.grad = mode.grad, value
    return before
