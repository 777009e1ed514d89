"""What to call a node, and how to write its number: the same words in every picture and table."""

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from micrograd_lab.errors import NotANodeError
from micrograd_lab.graph import topological_order


def number(x: Any) -> str:
    """x with four significant digits: 3, −0.3333, 12346, 1.2e−7, NaN, inf; None as None.

    Few numbers are listed; of many, or of a result that was not kept, it says the kind: float32 3×2.
    """
    if hasattr(x, "dtype") and (not hasattr(x, "item") or x.shape):
        return _numbers(x)
    try:
        value = float(x)
    except (TypeError, ValueError, RuntimeError):  # an array, None: not one number
        text = " ".join(str(x).split())
        return text if len(text) <= 24 else text[:23] + "…"
    if math.isnan(value):
        return "NaN"
    if value == 0:
        return "0"
    if math.isinf(value) or (abs(value) < 1e6 and value == int(value)) or 1e3 <= abs(value) < 1e6:
        text = f"{value:.0f}"
    else:
        text = re.sub(r"e\+?(-?)0*", r"e\1", f"{value:.4g}")
    return text.replace("-", "−")


def _numbers(x: Any) -> str:
    """A tensor, an array, or the shape that is left of one."""
    if hasattr(x, "tolist") and x.ndim == 1 and len(x) <= 4:
        return "[" + ", ".join(map(number, x.tolist())) + "]"
    return f"{x.dtype} {'×'.join(map(str, x.shape))}".strip()


def name_of(op: Any) -> str:
    """An op as a word: its name, if it is an entry of the op table."""
    return str(getattr(op, "name", op))


def clean(label: Any) -> str:
    """A label on one line, without the control characters that no picture can hold."""
    return "".join(c for c in " ".join(str(label).split()) if c.isprintable())


def is_broken(x: Any) -> bool:
    """Whether x is NaN or infinite, or an array with such an entry."""
    array = getattr(x, "array", x)
    if hasattr(array, "dtype") and hasattr(array, "ravel"):
        return not bool((abs(array) < math.inf).all())
    try:
        return not math.isfinite(x)
    except (TypeError, ValueError, OverflowError, RuntimeError):
        return False


def is_gradient(grad: Any) -> bool:
    """Whether anything has arrived: None and zero are what a node holds before backward()."""
    if grad is None:
        return False
    nonzero = getattr(grad, "array", grad) != 0
    return bool(nonzero.any() if hasattr(nonzero, "any") else nonzero)


@dataclass(frozen=True, eq=False)
class _Above:
    """A node above several roots, so that one walk finds the nodes of all of them."""

    parents: tuple[Any, ...]
    data: Any = None
    grad: Any = None
    op: Any = None
    label: str = ""


def graph_of(root: Any, asked: str) -> tuple[list[Any], list[Any]]:
    """The roots, and every node below them in topological order.

    root: a Node, or a list of them.  NotANodeError if it is something else; `asked` says in the
    message who wanted to know.
    """
    roots = list(root) if isinstance(root, Sequence) and not isinstance(root, str) else [root]
    for node in roots or [None]:
        missing = [a for a in ("data", "grad", "op", "parents", "label") if not hasattr(node, a)]
        if missing:
            raise NotANodeError(
                f"{asked}: needs a node of a graph, such as a Value, or a list of nodes; found "
                + (f"a {type(node).__name__} without {', '.join(missing)}." if roots else "none.")
            )
    top: Any = _Above(tuple(roots))
    order = topological_order(top)[:-1]
    # A tensor has a record of how it was made; where another root was made from that, it is the node.
    there = {id(node) for node in order}
    inner = {id(r): r.grad_fn for r in roots if id(getattr(r, "grad_fn", None)) in there}
    roots = [inner.get(id(root), root) for root in roots]
    return roots, [node for node in order if id(node) not in inner]


def names_of(order: Sequence[Any]) -> dict[int, str]:
    """A name for every node, by id: its label, else its number (a leaf), else v1, v2, ...

    A label that two nodes share gets a number from the second node on: x, x#2.
    """
    taken = {clean(node.label) for node in order}
    names: dict[int, str] = {}
    count: dict[str, int] = {}
    fresh = (f"v{i}" for i in range(1, 2 * len(order) + 2) if f"v{i}" not in taken)
    for node in order:
        label = clean(node.label)
        if label:
            count[label] = count.get(label, 0) + 1
            names[id(node)] = label if count[label] == 1 else f"{label}#{count[label]}"
        else:
            names[id(node)] = next(fresh) if node.parents else number(node.data)
    return names
