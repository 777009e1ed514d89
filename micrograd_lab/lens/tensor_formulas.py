"""The gradient that a recorded op passes on, as a formula: its own rule, run on the nodes' names."""

import re
import warnings
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from micrograd_lab.formula.forms import PLAIN, TEX
from micrograd_lab.formula.rules import knowing
from micrograd_lab.formula.symbol import Symbol, written
from micrograd_lab.lens.formulas import handwritten, latex_name
from micrograd_lab.lens.marks import constant_of, is_array, shape_text
from micrograd_lab.lens.naming import number
from micrograd_lab.record import Record

CONSTANT = "c"  # an array that no gradient can reach has no name


def result(record: Record, saved: Sequence[Any], names: Mapping[int, str]) -> str:
    """What the op computed, in the names of its inputs: x @ w."""
    try:
        xs, y, _ = _symbols(record, saved, names)
        with knowing([x for x in xs if isinstance(x, Symbol)], y, record.params):
            text = written(Symbol("", y.example, record.op, tuple(xs), record.params), PLAIN)[0]
    except Exception:  # an op of one's own, whose rules read what only it knows
        text = (
            f"{record.op.name}({', '.join(names[id(p)] for p in record.parents if p is not None)})"
        )
    dims = ",".join(map(str, record.params.get("dim") or ())) if record.shape else ""
    return handwritten(re.sub(r"; dim[^();]*\)$", f"; dim {dims})" if dims else ")", text))


def gradient(
    record: Record,
    argument: int,
    saved: Sequence[Any],
    names: Mapping[int, str],
    style: int = PLAIN,
) -> str:
    """The gradient of one input, by the vjp itself: x.T @ dv1.  Empty if the rule looks at numbers."""
    try:
        xs, y, upstream = _symbols(record, saved, names)
        with knowing([x for x in xs if isinstance(x, Symbol)], y, record.params):
            text = written(record.op.vjp(argument, upstream, y, xs, record.params), style)[0]
    except Exception:
        return ""
    if style == TEX:
        return text.replace(r"\mathit{shape of ", r"\text{shape of ")
    shape = shape_text(record.parents[argument]) or "one number"
    text = re.sub(r"^sum_to\((.*); [^;]*\)$", rf"\1, summed to {shape}", text)
    spread = re.fullmatch(r"broadcast_to\((.*); [^;]*\)(.*)", text)
    if spread:  # where the lost axes are put back first, the shape in between says nothing
        inner = re.sub(r"^reshape\((.*); [^;]*\)$", r"\1", spread[1])
        text = f"{inner}, spread to {shape}" if not spread[2] else f"({inner}, spread){spread[2]}"
    return handwritten(text)


def _symbols(
    record: Record, held: Sequence[Any], names: Mapping[int, str]
) -> tuple[list[Any], Symbol, Symbol]:
    """(inputs, result, upstream gradient): the rule sees names where it will see arrays."""
    xs: list[Any] = []
    for k, parent in enumerate(record.parents):
        value = held[k + 1]
        name = constant_of(record, k)[0] if parent is None else names[id(parent)]
        if not name and value is None and record.op.kind == "elementwise":
            name = CONSTANT  # an array that no rule had to keep
        if name and not isinstance(value, (int, float)):
            like = parent if parent is not None else record if value is None else value
            xs.append(Symbol((latex_name(name), name), _example(value, like)))
        elif value is None or not hasattr(value, "shape"):
            xs.append(value)
        elif is_array(value) and not value.shape:
            xs.append(Symbol(number(value), np.asarray(value)))
        else:
            xs.append(Symbol(CONSTANT, _example(value, value)))
    name = names[id(record)]
    y = Symbol((latex_name(name), name), _example(held[0], record))
    bar = (rf"\bar{{{latex_name(name)}}}", f"d{name}")
    return xs, y, Symbol(bar, np.ones(record.shape, record.dtype))


def _example(value: Any, like: Any) -> Any:
    array = getattr(value, "array", value)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return array if is_array(array) else np.ones(tuple(like.shape), like.dtype)
