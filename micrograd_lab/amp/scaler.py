"""Loss scaling: halves smaller than 6e-8 are 0, so gradients are made large, and small again before a step."""

import warnings
from typing import Any

import numpy as np

from micrograd_lab.dtypes import float16
from micrograd_lab.errors import GradError, OptionError, StateError
from micrograd_lab.tensor import Tensor, counter_of, wrap

READY, UNSCALED, STEPPED = "ready", "unscaled", "stepped"


class GradScaler:
    """Multiplies the loss, so that small gradients survive in float16.  torch.amp.GradScaler.

        scaler.scale(loss).backward()
        scaler.unscale_(optimizer)          # only to clip or look at the gradients
        scaler.step(optimizer)              # left out if a gradient is inf or nan
        scaler.update()

    The scale is multiplied by backoff_factor after a step that was left out, and by growth_factor
    after growth_interval good ones.  With enabled=False everything passes through.
    """

    def __init__(
        self,
        device: str = "cuda",
        init_scale: float = 2.0**16,
        growth_factor: float = 2.0,
        backoff_factor: float = 0.5,
        growth_interval: int = 2000,
        enabled: bool = True,
    ) -> None:
        self._enabled = enabled
        if enabled and str(device).split(":")[0] != "cpu":
            warnings.warn(
                f"GradScaler({str(device)!r}) does nothing here: tensors live on the CPU. Write "
                'GradScaler("cpu").',
                UserWarning,
                stacklevel=2,
            )
            self._enabled = False
        if growth_factor <= 1 or not 0 < backoff_factor < 1:
            raise OptionError(
                f"GradScaler: growth_factor={growth_factor} must be above 1, and "
                f"backoff_factor={backoff_factor} between 0 and 1."
            )
        self._scale = np.float32(init_scale)
        self._used = False  # whether anything was scaled
        self._growth_factor = growth_factor
        self._backoff_factor = backoff_factor
        self._growth_interval = growth_interval
        self._growth_tracker = 0
        # of each optimiser since the last update: how far it is, whether a gradient was inf or nan
        self._stages: dict[int, tuple[str, bool]] = {}

    def scale(self, outputs: Any) -> Any:
        """outputs · scale: of a tensor, or of each in a list, tuple or other iterable."""
        if not self._enabled:
            return outputs
        if isinstance(outputs, Tensor):
            self._used = True
            return outputs * wrap(np.array(self._scale))
        if isinstance(outputs, list | tuple):
            return type(outputs)(self.scale(x) for x in outputs)
        if hasattr(outputs, "__iter__"):
            return map(self.scale, outputs)
        raise OptionError(f"scale: expected tensors, found {type(outputs).__name__}.")

    def unscale_(self, optimizer: Any) -> None:
        """Divide the gradients of the optimiser's parameters by the scale, in place."""
        if not self._enabled:
            return
        self._check_used("unscale_")
        stage, _ = self._stages.get(id(optimizer), (READY, False))
        if stage == UNSCALED:
            raise GradError(
                "unscale_() a second time for this optimiser: its gradients are unscaled already. "
                "Call it once between backward() and update()."
            )
        if stage == STEPPED:
            raise GradError("unscale_() after step(): call it before, and update() at the end.")
        grads = [p.grad for g in optimizer.param_groups for p in g["params"] if p.grad is not None]
        if any(g.array.dtype == float16 for g in grads):
            raise OptionError(
                "unscale_: a parameter, and so its gradient, is float16. Keep parameters in float32 "
                "and let autocast lower what it may."
            )
        if not grads:
            return
        inverse = float(np.float32(1 / np.float64(self._scale)))
        overflow = not all(np.isfinite(g.array).all() for g in grads)
        with np.errstate(all="ignore"):
            for g in grads:
                g.array *= inverse
                counter_of(g)[0] += 1
        self._stages[id(optimizer)] = (UNSCALED, overflow)

    def step(self, optimizer: Any, *args: Any, **kwargs: Any) -> Any:
        """Unscale, unless that was done; then optimizer.step(), unless a gradient is inf or nan."""
        if not self._enabled:
            return optimizer.step(*args, **kwargs)
        if "closure" in kwargs:
            raise GradError("GradScaler.step() takes no closure: scale the loss and call backward.")
        self._check_used("step")
        stage, _ = self._stages.get(id(optimizer), (READY, False))
        if stage == STEPPED:
            raise GradError("step() a second time for this optimiser since the last update().")
        if stage == READY:
            self.unscale_(optimizer)
        if id(optimizer) not in self._stages:
            raise GradError(
                "step: no parameter of this optimiser has a gradient. Call "
                "scaler.scale(loss).backward() first."
            )
        overflow = self._stages[id(optimizer)][1]
        out = None if overflow else optimizer.step(*args, **kwargs)
        self._stages[id(optimizer)] = (STEPPED, overflow)
        return out

    def update(self, new_scale: Any = None) -> None:
        """Choose the next scale, at the end of an iteration; or set it to new_scale."""
        if not self._enabled:
            return
        self._check_used("update")
        if new_scale is not None:
            self._scale = np.float32(float(new_scale))
        elif not self._stages:
            raise GradError("update: no gradients were checked. Call step(optimizer) before.")
        elif any(overflow for _, overflow in self._stages.values()):
            self._scale = np.float32(float(self._scale) * self._backoff_factor)
            self._growth_tracker = 0
        else:
            self._growth_tracker += 1
            if self._growth_tracker == self._growth_interval:
                self._grow()
                self._growth_tracker = 0
        self._stages = {}

    def _grow(self) -> None:
        larger = float(self._scale) * self._growth_factor
        if larger <= np.finfo(np.float32).max:
            self._scale = np.float32(larger)

    def _check_used(self, name: str) -> None:
        if not self._used:
            raise GradError(
                f"{name}: nothing was scaled yet. Call scaler.scale(loss).backward() first."
            )

    def is_enabled(self) -> bool:
        """Whether it does anything."""
        return self._enabled

    def get_scale(self) -> float:
        """The factor that losses are multiplied by; 1 if it is not enabled."""
        return float(self._scale) if self._enabled else 1.0

    def get_growth_factor(self) -> float:
        return self._growth_factor

    def set_growth_factor(self, new_factor: float) -> None:
        self._growth_factor = new_factor

    def get_backoff_factor(self) -> float:
        return self._backoff_factor

    def set_backoff_factor(self, new_factor: float) -> None:
        self._backoff_factor = new_factor

    def get_growth_interval(self) -> int:
        return self._growth_interval

    def set_growth_interval(self, new_interval: int) -> None:
        self._growth_interval = new_interval

    def state_dict(self) -> dict[str, Any]:
        """What is needed to go on, after update(); empty if it is not enabled."""
        if not self._enabled:
            return {}
        return {
            "scale": self.get_scale(),
            "growth_factor": self._growth_factor,
            "backoff_factor": self._backoff_factor,
            "growth_interval": self._growth_interval,
            "_growth_tracker": self._growth_tracker,
        }

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """Take over what state_dict() gave.  StateError if entries are missing."""
        if not self._enabled:
            return
        missing = [name for name in self.state_dict() if name not in state_dict]
        if missing:
            raise StateError(
                f"load_state_dict of GradScaler: the state lacks {', '.join(missing)}; an empty one "
                "comes from a scaler that was not enabled."
            )
        self._scale = np.float32(state_dict["scale"])
        self._growth_factor = state_dict["growth_factor"]
        self._backoff_factor = state_dict["backoff_factor"]
        self._growth_interval = state_dict["growth_interval"]
        self._growth_tracker = state_dict["_growth_tracker"]
