"""Which epoch was the best, and when to stop hoping for a better one."""

import math
from typing import Any

from micrograd_lab.errors import OptionError


class EarlyStop:
    """Stop after `patience` epochs in a row without a better result (None: never).

    monitor: a result by its name in the history; "val_loss", or "loss" if there is no validation.
    mode: "min" or "max", which of two results is better.  min_delta: by how much, at least.
    restore: whether the model ends with the weights of its best epoch.
    """

    def __init__(
        self,
        patience: int | None = 5,
        monitor: str = "",
        mode: str = "min",
        min_delta: float = 0.0,
        restore: bool = True,
    ) -> None:
        if mode not in ("min", "max"):
            raise OptionError(f"EarlyStop: mode={mode!r}: choose 'min' or 'max'.")
        if patience is not None and patience < 1:
            raise OptionError(f"EarlyStop: patience={patience}: it is at least one epoch, or None.")
        self.patience = patience
        self.monitor = monitor
        self.mode = mode
        self.min_delta = min_delta
        self.restore = restore
        self.best: float | None = None
        self.best_epoch = 0
        self.waited = 0
        self.weights: dict[str, Any] | None = None  # of the best epoch

    def look(self, results: dict[str, Any], model: Any) -> bool:
        """Whether this epoch is the best so far; if so, its weights are kept."""
        name = self.monitor or ("val_loss" if "val_loss" in results else "loss")
        if name not in results:
            raise OptionError(
                f"EarlyStop: there is no result {name!r}; there are: {', '.join(results)}."
            )
        value = float(results[name])
        gain = -math.inf
        if not math.isnan(value):
            gain = math.inf if self.best is None else value - self.best
            gain = gain if self.best is None or self.mode == "max" else -gain
        if gain <= self.min_delta:
            self.waited += 1
            return False
        self.best, self.best_epoch, self.waited = value, results["epoch"], 0
        if self.restore:
            self.weights = {
                k: x.clone() if hasattr(x, "clone") else x for k, x in model.state_dict().items()
            }
        return True

    @property
    def gave_up(self) -> bool:
        """Whether patience has run out."""
        return self.patience is not None and self.waited >= self.patience

    def finish(self, model: Any) -> None:
        """Give the model its best weights, if that was asked for."""
        if self.restore and self.weights is not None:
            model.load_state_dict(self.weights)

    def state_dict(self) -> dict[str, Any]:
        """How far it is."""
        names = ("best", "best_epoch", "waited", "weights")
        return {name: getattr(self, name) for name in names}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Take back what state_dict() gave."""
        for name, value in state.items():
            setattr(self, name, value)
