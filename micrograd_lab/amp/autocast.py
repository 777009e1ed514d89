"""autocast: inside it, products are computed on halves.  Outside, nothing of it is there.

Entering it for the first time puts a look at the lists of policies.py in front of the ops and
functions that need it; leaving it for the last time takes that away again.
"""

import threading
import warnings
from collections.abc import Callable
from functools import wraps
from typing import Any

import numpy as np

import micrograd_lab
from micrograd_lab import methods as methods
from micrograd_lab.amp.halves import down, half_op
from micrograd_lab.amp.policies import LOWERED_OPS, POLICIES
from micrograd_lab.autograd.modes import Switch
from micrograd_lab.dtypes import float16
from micrograd_lab.errors import DtypeError
from micrograd_lab.nn import functional
from micrograd_lab.ops.op import Op, Traced
from micrograd_lab.ops.operators import Operators


class _Mode(threading.local):
    on = False  # in this thread


mode = _Mode()


def is_autocast_enabled(device_type: str = "cpu") -> bool:
    """Whether autocast is on in this thread."""
    return mode.on and str(device_type) == "cpu"


def is_autocast_available(device_type: str) -> bool:
    """Whether there is autocast for this kind of device: for the CPU."""
    return str(device_type) == "cpu"


def get_autocast_dtype(device_type: str = "cpu") -> np.dtype[Any]:
    """The dtype that autocast lowers to."""
    return float16


class autocast(Switch):  # noqa: N801  PyTorch's name
    """Run a block, or a function, with its products in float16.  torch.autocast.

    device_type: "cpu"; for another, which is not there, it warns and does nothing, as in PyTorch.
    enabled=False inside another autocast turns it off for a block.  cache_enabled is accepted, and
    without effect.  DtypeError for bfloat16, which NumPy does not have.
    """

    def __init__(
        self,
        device_type: str = "cpu",
        dtype: Any = None,
        enabled: bool = True,
        cache_enabled: bool | None = None,
    ) -> None:
        super().__init__()
        self.device, self.fast_dtype = str(device_type).split(":")[0], _checked(dtype)
        self._enabled = bool(enabled)
        self._modes: list[bool] = []
        if self._enabled and self.device != "cpu":
            self._give_up(f"there is no device {self.device!r}, only 'cpu'")
        if self._enabled and self.fast_dtype != float16:
            self._give_up(f"it lowers to float16, not to {self.fast_dtype}")

    def _give_up(self, reason: str) -> None:
        warnings.warn(f"autocast does nothing here: {reason}.", UserWarning, stacklevel=3)
        self._enabled = False

    def __enter__(self) -> None:
        self._modes.append(mode.on)
        _switch.enter()
        mode.on = self._enabled

    def __exit__(self, *exc: object) -> None:
        mode.on = self._modes.pop()
        _switch.leave()

    def _fresh(self) -> "autocast":
        out = autocast(enabled=False)
        out._enabled = self._enabled
        return out


def _checked(dtype: Any) -> np.dtype[Any]:
    if str(dtype).endswith("bfloat16"):
        raise DtypeError("autocast(dtype=bfloat16): NumPy has no bfloat16. Use torch.float16.")
    return float16 if dtype is None else np.dtype(dtype)


# --- what is put in front -------------------------------------------------------------------

_plain_call = Op.__call__
_halves = {op: half_op(op) for op in LOWERED_OPS}


def _call(self: Op, *inputs: Any, **params: Any) -> Any:
    """Op.__call__ while autocast is on somewhere."""
    if mode.on and self in _halves and any(isinstance(x, Traced) for x in inputs):
        return _plain_call(_halves[self], *map(down, inputs), **params)
    return _plain_call(self, *inputs, **params)


def _guarded(name: str, f: Callable[..., Any]) -> Callable[..., Any]:
    """f under its policy while this thread is in autocast."""
    inside = POLICIES[name](f)

    @wraps(f)
    def guarded(*args: Any, **kwargs: Any) -> Any:
        return inside(*args, **kwargs) if mode.on else f(*args, **kwargs)

    return guarded


class _Guards:
    """Puts the guards up for the first autocast of any thread, and takes them down after the last."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.count = 0
        self.held: list[tuple[Any, str, Any]] = []

    def enter(self) -> None:
        with self.lock:
            if not self.count:
                self._put_up()
            self.count += 1

    def leave(self) -> None:
        with self.lock:
            self.count -= 1
            if not self.count:
                Op.__call__ = _plain_call  # type: ignore[method-assign]
                for home, name, f in self.held:
                    setattr(home, name, f)
                self.held = []

    def _put_up(self) -> None:
        Op.__call__ = _call  # type: ignore[method-assign]
        for name in POLICIES:
            getattr(micrograd_lab, name, None)  # names of the package are loaded when asked for
            for home in (micrograd_lab, functional, Operators):
                if name in vars(home):
                    f = vars(home)[name]
                    self.held.append((home, name, f))
                    setattr(home, name, _guarded(name, f))


_switch = _Guards()
