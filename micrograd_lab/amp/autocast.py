"""autocast: inside it, products are computed on halves.

It is a switch and no more: what happens to which op or function is said where that is defined, in
the words of ops/halves.py.
"""

import warnings
from typing import Any

import numpy as np

from micrograd_lab.autograd.modes import Switch
from micrograd_lab.dtypes import float16
from micrograd_lab.errors import DtypeError
from micrograd_lab.ops import casting


def is_autocast_enabled(device_type: str = "cpu") -> bool:
    """Whether autocast is on in this thread."""
    return casting.mode.on and str(device_type) == "cpu"


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
        self._modes.append(casting.enter(self._enabled))

    def __exit__(self, *exc: object) -> None:
        casting.leave(self._modes.pop())

    def _fresh(self) -> "autocast":
        out = autocast(enabled=False)
        out._enabled = self._enabled
        return out


def _checked(dtype: Any) -> np.dtype[Any]:
    if str(dtype).endswith("bfloat16"):
        raise DtypeError("autocast(dtype=bfloat16): NumPy has no bfloat16. Use torch.float16.")
    return float16 if dtype is None else np.dtype(dtype)
