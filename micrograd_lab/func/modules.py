"""A module as a function of its parameters, so that grad, vmap and the others can work on it."""

from collections.abc import Mapping
from typing import Any

from micrograd_lab.errors import SizeError, StateError
from micrograd_lab.ops.joining import stack

KINDS = ("_parameters", "_buffers")


def functional_call(
    module: Any,
    parameter_and_buffer_dicts: Any,
    args: Any = None,
    kwargs: dict[str, Any] | None = None,
    *,
    tie_weights: bool = True,
    strict: bool = False,
) -> Any:
    """module(*args, **kwargs), with these tensors in place of its parameters and buffers, by name.

    torch.func.functional_call.  What is not named stays the module's own; strict: everything must be
    named.  tie_weights: a parameter with several names is replaced under all of them.
    """
    given = parameter_and_buffer_dicts
    if not isinstance(given, Mapping):
        given = {name: x for tensors in given for name, x in tensors.items()}
    own = _own(module)
    unknown, missing = sorted(given.keys() - own.keys()), sorted(own.keys() - given.keys())
    if unknown or (strict and missing):
        raise StateError(
            f"functional_call of {type(module).__name__}: "
            + (f"it has no {', '.join(unknown)}. " if unknown else "")
            + (
                f"{', '.join(missing)} must be given where strict=True. "
                if strict and missing
                else ""
            )
            + f"Its names are {', '.join(own) or 'none'}."
        )
    wanted = dict(given)
    if tie_weights:
        tied = {id(own[name][2]): x for name, x in given.items()}
        wanted |= {name: tied[id(own[name][2])] for name in missing if id(own[name][2]) in tied}
    args = () if args is None else args if isinstance(args, tuple) else (args,)
    try:
        for name, x in wanted.items():
            parts, last, _ = own[name]
            parts[last] = x
        return module(*args, **(kwargs or {}))
    finally:
        for name in wanted:
            parts, last, before = own[name]
            parts[last] = before


def _own(module: Any) -> dict[str, tuple[Any, str, Any]]:
    """dotted name -> (the parts that hold the tensor, its name there, the tensor)"""
    return {
        f"{where}.{name}" if where else name: (getattr(below, kind), name, x)
        for where, below in module.named_modules(remove_duplicate=False)
        for kind in KINDS
        for name, x in getattr(below, kind).items()
        if x is not None
    }


def stack_module_state(models: Any) -> tuple[dict[str, Any], dict[str, Any]]:
    """(parameters, buffers) of models that are built alike, each stacked along a new first dim."""
    if not models:
        raise SizeError("stack_module_state: at least one model is needed.")
    if len({type(model) for model in models}) > 1:
        raise SizeError("stack_module_state: the models must all be of the same class.")
    stacks = []
    for kind in ("named_parameters", "named_buffers"):
        rows = [dict(getattr(model, kind)()) for model in models]
        stacks.append({name: stack([row[name].detach() for row in rows]) for name in rows[0]})
    for name, x in stacks[0].items():
        x.requires_grad_(dict(models[0].named_parameters())[name].requires_grad)
    return stacks[0], stacks[1]
