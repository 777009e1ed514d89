"""What happened in a training run: the loss of each step, and the results of each epoch."""

from dataclasses import asdict, dataclass, field
from typing import Any


@dataclass
class History:
    """losses and rates (learning rates) have an entry a step; epochs a dict an epoch.

    An epoch's dict holds "epoch" (from 1), "step" (how many were made), "loss" (mean over its
    examples), and of the validation "val_loss" and "val_" with the name of each metric.
    """

    losses: list[float] = field(default_factory=list)
    rates: list[float] = field(default_factory=list)
    epochs: list[dict[str, Any]] = field(default_factory=list)

    @property
    def last(self) -> dict[str, Any]:
        """The results of the last epoch; empty before there is one."""
        return self.epochs[-1] if self.epochs else {}

    def __getitem__(self, name: str) -> list[Any]:
        """One result, epoch by epoch: history["val_loss"]."""
        if not any(name in epoch for epoch in self.epochs):
            known = ", ".join(self.last) or "none yet"
            raise KeyError(f"no result {name!r}; there are: {known}.")
        return [epoch.get(name) for epoch in self.epochs]

    def state_dict(self) -> dict[str, Any]:
        """All of it, as plain data."""
        return asdict(self)

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Take back what state_dict() gave."""
        self.losses = list(state["losses"])
        self.rates = list(state["rates"])
        self.epochs = [dict(epoch) for epoch in state["epochs"]]

    def __repr__(self) -> str:
        results = ", ".join(f"{name} {shown(x)}" for name, x in self.last.items())
        return f"History({len(self.losses)} steps; {results or 'no epoch yet'})"


def shown(x: Any) -> str:
    """A result as a short text."""
    return f"{x:.4g}" if isinstance(x, float) else str(x)
