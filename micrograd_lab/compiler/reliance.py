"""What a program takes for granted about an optimiser: its settings, and where its averages are."""

from typing import Any

import numpy as np

from micrograd_lab.tensor import Tensor, wrap

LIVE = frozenset(("params", "lr", "initial_lr", "param_names"))  # looked up anew, or no setting


class Reliance:
    """One group of an optimiser as it was recorded."""

    def __init__(self, optimizer: Any, k: int, params: list[Tensor]) -> None:
        self.optimizer, self.k, self.params = optimizer, k, params
        self.take()

    def take(self) -> None:
        """Remember what is there now."""
        self.group = self.optimizer.param_groups[self.k]
        self.settings = [(key, x) for key, x in self.group.items() if key not in LIVE]
        self.states = [(p, self.optimizer.state[p]) for p in self.params]
        self.entries = [(s, name, x) for _, s in self.states for name, x in s.items()]

    def holds(self) -> bool:
        """Whether all of it is still the same objects."""
        if self.optimizer.param_groups[self.k] is not self.group:
            return False
        for key, x in self.settings:
            if self.group.get(key) is not x:
                return False
        state = self.optimizer.state
        for p, known in self.states:
            if state.get(p) is not known:
                return False
        return all(known.get(name) is x for known, name, x in self.entries)

    def renew(self) -> bool:
        """Rely on what is there now instead; False if other settings ask for another program."""
        group = self.optimizer.param_groups[self.k]
        if any(group.get(key) != x for key, x in self.settings):
            return False
        for p in self.params:
            state = self.optimizer.state[p]
            if not state:  # back before its first step
                state.update(self.optimizer._fresh(p.array, group))
                if group.get("momentum"):
                    if group["dampening"]:  # the first velocity is another formula
                        return False
                    state["momentum_buffer"] = wrap(np.zeros(p.array.shape, p.array.dtype))
        self.take()
        return True
