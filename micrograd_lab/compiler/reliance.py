"""What a program takes for granted about an optimiser: its settings, and where its averages are."""

from itertools import chain
from operator import is_
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
        self.settings = dict(self.group)
        self.state = self.optimizer.state
        self.states = [*self.state.values()]
        self.filled = [x for x in self.states if x]
        self.entries = [*chain.from_iterable(map(dict.values, self.filled))]

    def holds(self) -> bool:
        """Whether all of it is still the same objects."""
        optimizer = self.optimizer
        state = optimizer.state
        return (
            optimizer.param_groups[self.k] is self.group
            and (self.group == self.settings or self.agrees())
            and state is self.state
            and (not self.filled or self.remembers())
        )

    def remembers(self) -> bool:
        """Whether every average is the tensor that it was."""
        return (
            len(self.state) == len(self.states)
            and all(map(is_, self.state.values(), self.states))
            and all(map(is_, chain.from_iterable(map(dict.values, self.filled)), self.entries))
        )

    def agrees(self) -> bool:
        """Whether the group there is now asks for the same program: only what is live may differ."""
        group = self.optimizer.param_groups[self.k]
        same = all(group.get(key) == x for key, x in self.settings.items() if key not in LIVE)
        if same and group is self.group:
            self.settings = dict(group)
        return same

    def renew(self) -> bool:
        """Rely on what is there now instead; False if other settings ask for another program."""
        if not self.agrees():
            return False
        group = self.optimizer.param_groups[self.k]
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
