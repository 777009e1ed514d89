"""Why a local gradient is zero: the op's own reason, with the numbers that made it so."""

import re
from collections.abc import Mapping
from typing import Any

from micrograd_lab.lens.naming import name_of, number

PRODUCTS = {"*", "mul"}
SPELLED = {"**": "pow", "maximum": "max", "minimum": "min"}


def why_zero(node: Any, argument: int, names: Mapping[int, str]) -> str:
    """One sentence about d(node)/d(its argument) = 0."""
    parent = node.parents[argument]
    x, y, who = _float(parent.data), _float(node.data), names[id(parent)]
    others = [p for k, p in enumerate(node.parents) if k != argument]
    op = name_of(node.op).lower()
    power = re.fullmatch(r"\*\*(.+)", op)
    op = SPELLED.get(op, op)
    at = who if x is None or number(x) == who else f"{who} = {number(x)}"
    if op == "relu":
        if x is not None:
            return f"dead relu: its input {at} {'< 0' if x < 0 else 'is at 0, not above it'}"
        return "dead relu: its input was not above 0"
    if op in ("clamp", "relu6", "hardtanh"):
        return f"{op}: its input {at} lies outside of what it lets through"
    if op in PRODUCTS:
        if others:
            return f"multiplied by {names[id(others[0])]}, which is 0"
        return "multiplied by 0: a mask, a dropped entry or a constant"
    if op in ("max", "min") and others:
        return f"{op} took the other one, {_at(others[0], names)}, not {at}"
    if op in ("tanh", "sigmoid") and y is not None:
        return f"{op} is saturated: it gives {number(y)} at {at}, and moving that changes no digit"
    if op == "where":
        return f"where() chose the other one, not {at}"
    if op in ("amax", "amin", "max_pool2d", "sort", "topk"):
        return f"{op} chose others, not {at}"
    if power and power[1] == "0":
        return f"{who} to the power 0 is 1, whatever {who} is"
    if op == "abs" or power or op == "pow":
        return f"{name_of(node.op)} is flat here: {at}"
    return f"the slope of {name_of(node.op)} is 0 at {at}"


def _at(node: Any, names: Mapping[int, str]) -> str:
    name, value = names[id(node)], number(node.data)
    return name if name == value or node.data is None else f"{name} = {value}"


def _float(x: Any) -> float | None:
    try:
        return float(x)
    except (TypeError, ValueError, RuntimeError):
        return None
