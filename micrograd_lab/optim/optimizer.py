"""What every optimiser is: groups of parameters with their settings, a state for each, and a step."""

from collections import defaultdict
from collections.abc import Callable
from functools import wraps
from typing import Any

import numpy as np

from micrograd_lab.autograd import enable_grad
from micrograd_lab.engine import RemovableHandle, register
from micrograd_lab.errors import GradError, OptionError
from micrograd_lab.ops.op import Array
from micrograd_lab.optim import states
from micrograd_lab.tensor import Tensor, counter_of, wrap

Group = dict[str, Any]


class Optimizer:
    """Changes parameters, step by step, so that a loss becomes small.  torch.optim.Optimizer.

    params: parameters, or (name, parameter) pairs, or dicts {"params": ..., settings of their own}.
    defaults: the settings of groups that have none of their own.

    A new one says what it remembers of a parameter (`_fresh`) and how it changes it (`_update`);
    or, as in PyTorch, it has a step() of its own.
    """

    def __init__(self, params: Any, defaults: dict[str, Any]) -> None:
        self.defaults = defaults
        self.state: dict[Any, dict[str, Any]] = defaultdict(dict)
        self.param_groups: list[Group] = []
        self._before: list[Callable[..., Any]] = []
        self._after: list[Callable[..., Any]] = []
        if isinstance(params, Tensor):
            raise TypeError(
                f"{type(self).__name__}: expected parameters in a list, found one tensor. "
                "Write [x], or model.parameters()."
            )
        groups = list(params)
        if not groups:
            raise OptionError(
                f"{type(self).__name__} got no parameters. An iterator (model.parameters()) that "
                "was read before is empty: make a list of it, or call it again."
            )
        for group in groups if isinstance(groups[0], dict) else [{"params": groups}]:
            self.add_param_group(group)

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        if "step" in vars(cls):
            cls.step = _with_hooks(cls.step)  # type: ignore[method-assign]

    # --- for each kind of optimiser -------------------------------------------------------

    def _fresh(self, x: Array, group: Group) -> dict[str, Any]:
        """What is remembered of a parameter before its first step: tensors by name."""
        return {}

    def _update(self, x: Array, g: Array, state: dict[str, Any], group: Group) -> None:
        """Change the parameter's array x in place, given its gradient's g."""
        raise NotImplementedError(f"{type(self).__name__} has neither _update() nor step().")

    def _update_group(self, params: list[Tensor], group: Group) -> None:
        """_update() for each parameter of a group that has a gradient."""
        for p in params:
            state = self.state[p]
            if not state:
                state.update(self._fresh(p.array, group))
            self._update(p.array, p.grad.array, state, group)
            counter_of(p)[0] += 1

    # --- what a training loop calls -------------------------------------------------------

    def step(self, closure: Callable[[], Any] | None = None) -> Any:
        """Change every parameter that has a gradient.

        closure: computes the loss again, with its gradients, and is called first.  Returns its loss.
        """
        loss = called(closure)
        self._update_groups()
        return loss

    @np.errstate(all="ignore")  # inf and nan are answers here, as in PyTorch
    def _update_groups(self) -> None:
        for group in self.param_groups:
            self._update_group([p for p in group["params"] if p.grad is not None], group)

    def zero_grad(self, set_to_none: bool = True) -> None:
        """Forget the gradients; set_to_none=False fills them with zeros instead."""
        for group in self.param_groups:
            for p in group["params"]:
                if set_to_none or p.grad is None:
                    p.grad = None
                else:
                    p.grad.detach_().zero_() if p.grad.requires_grad else p.grad.zero_()

    def add_param_group(self, param_group: Group) -> None:
        """One more group, {"params": ..., settings}; settings it leaves out are the defaults."""
        if not isinstance(param_group, dict):
            raise TypeError(f"a parameter group is a dict, found {type(param_group).__name__}.")
        group = dict(param_group)
        group["params"], names = _listed(group["params"])
        if names:
            group["param_names"] = names
        for name, value in self.defaults.items():
            if value is REQUIRED and name not in group:
                raise OptionError(f"{type(self).__name__}: a group does not say its {name}.")
            group.setdefault(name, value)
        if self.param_groups and bool(names) != ("param_names" in self.param_groups[0]):
            raise OptionError("either all groups have named parameters, or none has.")
        seen = {id(p) for before in self.param_groups for p in before["params"]}
        for p in group["params"]:
            if not p.is_leaf and not p.retains_grad:
                raise OptionError(
                    f"{type(self).__name__}: a parameter of shape {tuple(p.shape)} is the result of "
                    "an op; only leaves can be optimised. Give the tensors it was made from."
                )
            if id(p) in seen:
                raise OptionError(
                    f"{type(self).__name__}: a parameter of shape {tuple(p.shape)} was given twice, "
                    "in one group or in two; it would be changed twice."
                )
            seen.add(id(p))
        self.param_groups.append(group)

    # --- state, in and out ----------------------------------------------------------------

    def state_dict(self) -> dict[str, Any]:
        """{"state": by number of the parameter, "param_groups": settings, with numbers for params}."""
        return states.packed(self)

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """Take over a copy of what state_dict() gave.  StateError, and no change, if it does not fit."""
        states.unpack(self, state_dict)

    # --- hooks ----------------------------------------------------------------------------

    def register_step_pre_hook(self, hook: Callable[..., Any]) -> RemovableHandle:
        """Call hook(optimizer, args, kwargs) before each step; it may return other (args, kwargs)."""
        return register(self._before, hook)

    def register_step_post_hook(self, hook: Callable[..., Any]) -> RemovableHandle:
        """Call hook(optimizer, args, kwargs) after each step."""
        return register(self._after, hook)

    def __repr__(self) -> str:
        lines = [f"{type(self).__name__} ("]
        for i, group in enumerate(self.param_groups):
            lines.append(f"Parameter Group {i}")
            lines += [f"    {key}: {group[key]}" for key in sorted(group) if key != "params"]
        return "\n".join([*lines, ")"])


REQUIRED = object()  # a default that each group has to give


def called(closure: Callable[[], Any] | None) -> Any:
    """The loss, computed with recording on."""
    if closure is None:
        return None
    with enable_grad():
        return closure()


def _with_hooks(step: Callable[..., Any]) -> Callable[..., Any]:
    """step(), without recording, between the hooks."""

    @wraps(step)
    def hooked(self: Optimizer, *args: Any, **kwargs: Any) -> Any:
        for hook in tuple(self._before):
            changed = hook(self, args, kwargs)
            if changed is not None:
                args, kwargs = changed
        out = step(self, *args, **kwargs)
        for hook in tuple(self._after):
            hook(self, args, kwargs)
        return out

    return hooked


Optimizer.step = _with_hooks(Optimizer.step)  # type: ignore[method-assign]


def _listed(params: Any) -> tuple[list[Tensor], list[str]]:
    """Parameters in a list, and their names if they have any."""
    if isinstance(params, Tensor):
        return [params], []
    if isinstance(params, set | frozenset):
        raise TypeError("parameters came in a set, which has no order: give a list.")
    items: list[Any] = list(params)
    names = [item[0] for item in items if isinstance(item, tuple)]
    if names and len(names) < len(items):
        raise OptionError("either all parameters of a group have names, or none has.")
    found = [item[1] if isinstance(item, tuple) else item for item in items]
    for p in found:
        if not isinstance(p, Tensor):
            raise TypeError(f"an optimiser changes tensors, found {type(p).__name__}.")
    return found, names


# --- what the optimisers share --------------------------------------------------------------


def common(
    lr: Any,
    foreach: bool | None,
    maximize: bool,
    differentiable: bool,
    capturable: bool | None = None,
    fused: bool | str | None = "",
    **settings: Any,
) -> dict[str, Any]:
    """The settings of every optimiser, checked, beside its own.

    foreach and fused choose between implementations in PyTorch; here there is one.
    """
    if isinstance(lr, Tensor) and lr.array.size != 1:
        raise OptionError(f"lr has {lr.array.size} entries; a learning rate is one number.")
    if not float(lr) >= 0:
        raise OptionError(f"lr={float(lr)}: a learning rate is 0 or more.")
    if differentiable:
        raise GradError(
            "differentiable=True: steps are made in place and not recorded. To differentiate through "
            "an update, write it as x = x - lr * grad(loss, x, create_graph=True)[0]."
        )
    if capturable:
        raise OptionError("capturable=True is for CUDA graphs; there is no such device here.")
    if foreach and fused is True:
        raise OptionError("foreach and fused are two implementations: choose one, or neither.")
    settings = {"lr": lr, **settings, "foreach": foreach, "maximize": maximize}
    settings["differentiable"] = differentiable
    if capturable is not None:
        settings["capturable"] = capturable
    if fused != "":
        settings["fused"] = fused
    return settings


def at_least_zero(**given: Any) -> None:
    """OptionError for the first that is negative."""
    for name, value in given.items():
        if not float(value) >= 0:
            raise OptionError(f"{name}={value}: it is 0 or more.")


def fractions(**given: Any) -> None:
    """OptionError for the first that is not in [0, 1)."""
    for name, value in given.items():
        for x in value if isinstance(value, tuple | list) else (value,):
            if not 0 <= float(x) < 1:
                raise OptionError(f"{name}={value}: each is at least 0 and less than 1.")


def zeros_like(x: Array) -> Tensor:
    """A state of zeros for a parameter."""
    return wrap(np.zeros(x.shape, x.dtype))


def number(value: float = 0.0) -> Tensor:
    """A number in the state: a count of steps, a running product."""
    from micrograd_lab.dtypes import float32, float64, get_default_dtype

    return wrap(np.array(value, float64 if get_default_dtype() == float64 else float32))


def counted(state: dict[str, Any]) -> int:
    """One more step: its number."""
    step = state["step"]
    step.array += 1
    return int(step.array)
