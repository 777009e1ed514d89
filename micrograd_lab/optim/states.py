"""An optimiser's memory as a dict: numbers in the place of parameters, so that it can be saved."""

import copy
from typing import Any

from micrograd_lab.errors import StateError
from micrograd_lab.tensor import Tensor, wrap


def packed(optimizer: Any) -> dict[str, Any]:
    """The state by number of the parameter, counted through the groups, and the groups' settings."""
    number: dict[int, int] = {}
    groups = []
    for group in optimizer.param_groups:
        for p in group["params"]:
            number[id(p)] = len(number)
        settings = {key: value for key, value in group.items() if key != "params"}
        groups.append(settings | {"params": [number[id(p)] for p in group["params"]]})
    state = {number.get(id(p), p): held for p, held in optimizer.state.items() if held}
    return {"state": state, "param_groups": groups}


def unpack(optimizer: Any, given: dict[str, Any]) -> None:
    """Put a copy of what packed() gave into an optimiser of the same groups, or say what differs."""
    problem = _difference(optimizer, given)
    if problem:
        raise StateError(
            f"load_state_dict of {type(optimizer).__name__}: nothing was changed. {problem}"
        )
    by_number: dict[int, Tensor] = {}
    groups = []
    for group, saved in zip(optimizer.param_groups, given["param_groups"], strict=True):
        by_number.update(zip(saved["params"], group["params"], strict=True))
        settings = {k: copy.deepcopy(v) for k, v in saved.items() if k not in _OWN}
        groups.append(group | settings)
    state = {}
    for key, held in given["state"].items():
        p = by_number.get(key)
        state[key if p is None else p] = {
            name: _copied(name, value, p) for name, value in held.items()
        }
    optimizer.param_groups[:] = groups
    optimizer.state.clear()
    optimizer.state.update(state)


_OWN = ("params", "param_names")  # what stays the optimiser's own


def _copied(name: str, value: Any, p: Tensor | None) -> Any:
    """A copy, in the parameter's dtype unless it counts steps."""
    if not isinstance(value, Tensor):
        return copy.deepcopy(value)
    array = value.array.copy()
    if p is not None and name != "step" and array.ndim and array.dtype.kind == "f":
        array = array.astype(p.array.dtype)
    return wrap(array)


def _difference(optimizer: Any, given: Any) -> str:
    """What keeps `given` from fitting; empty if nothing does."""
    if not isinstance(given, dict) or not {"state", "param_groups"} <= given.keys():
        return "Expected a dict with 'state' and 'param_groups', as state_dict() gives it."
    have, want = optimizer.param_groups, given["param_groups"]
    if len(have) != len(want):
        return f"The optimiser has {len(have)} parameter groups, the state {len(want)}."
    for i, (group, saved) in enumerate(zip(have, want, strict=True)):
        if len(group["params"]) != len(saved["params"]):
            return (
                f"Group {i} of the optimiser has {len(group['params'])} parameters, that of the "
                f"state {len(saved['params'])}."
            )
        missing = [name for name in optimizer.defaults if name not in saved]
        if missing:
            return (
                f"Group {i} of the state does not say {', '.join(missing)}: it is of another kind "
                "of optimiser."
            )
        for k, p in zip(saved["params"], group["params"], strict=True):
            held = given["state"].get(k)
            for name, fresh in optimizer._fresh(p.array, saved).items() if held else ():
                if name not in held:
                    return f"The state of parameter {k} lacks {name}."
                if isinstance(fresh, Tensor) and tuple(fresh.shape) != tuple(held[name].shape):
                    return (
                        f"Parameter {k} has shape {tuple(p.shape)}, its {name} in the state "
                        f"{tuple(held[name].shape)}."
                    )
    return ""
