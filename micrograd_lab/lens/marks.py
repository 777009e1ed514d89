"""What a box says of its node: what kind it is, its name, its numbers, and what befell it."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from micrograd_lab.lens.naming import clean, is_broken, number

FEW = 4  # so many entries of a row are listed, and so many rows


@dataclass(frozen=True)
class Row:
    """A word and what it introduces: data 6."""

    word: str
    text: str
    tone: str = "ink"  # which of the theme's colours
    broken: bool = False


@dataclass(frozen=True)
class Sight:
    """What can be said of the nodes of a graph, by id, beyond what each one says of itself."""

    names: Mapping[int, str] = field(default_factory=dict)  # of parameters: what the model says
    results: Mapping[int, Any] = field(default_factory=dict)  # of records: what they computed
    called: Mapping[int, str] = field(default_factory=dict)  # what a reader sees beside a node
    constants: frozenset[str] = frozenset()  # names of inputs that no gradient can reach

    def title(self, node: Any) -> str:
        return self.names.get(id(node)) or clean(node.label)

    def letter(self, node: Any) -> str:
        """What a formula calls it: the last part of its name; nothing if it has none."""
        return _last(self.title(node) or self.called.get(id(node), ""))

    @cached_property
    def letters(self) -> frozenset[str]:
        """Everything that stands for a node in some formula, or beside one."""
        return frozenset(map(_last, (*self.names.values(), *self.called.values(), *self.constants)))

    def data(self, node: Any) -> Any:
        return self.results.get(id(node), node.data)


def _last(name: str) -> str:
    return name.rpartition(".")[2]


def sight_of(order: Sequence[Any], model: Any = None) -> Sight:
    """Names from the model, and results from what the rules saved: a record itself keeps no numbers."""
    names = {} if model is None else {id(p): name for name, p in model.named_parameters()}
    results: dict[int, Any] = {}
    constants = set()
    for node in order:
        record = record_of(node)
        if record is None:
            continue
        constants |= {constant_of(record, k)[0] for k, p in enumerate(record.parents) if p is None}
        if not record.saved:
            continue
        for parent, value in zip(record.parents, record.saved[1:], strict=False):
            if parent is not None and hasattr(parent, "saved") and is_array(value):
                results[id(parent)] = value
        if is_array(record.saved[0]):
            results[id(record)] = record.saved[0]
    called = {id(node): clean(node.label) for node in order}
    return Sight(names, results, called, frozenset(constants))


def record_of(node: Any) -> Any:
    """How a tensor was made: the record itself, or that of a tensor; None for other nodes."""
    found = node if hasattr(node, "saved") else getattr(node, "grad_fn", None)
    return found if hasattr(found, "saved") and hasattr(found, "parents") else None


def parents_of(node: Any) -> tuple[Any, ...]:
    """Its parents, argument by argument; None for an input that no gradient can reach."""
    record = record_of(node)
    return tuple(node.parents if record is None else record.parents)


def constant_of(record: Any, argument: int) -> tuple[str, Any]:
    """(name, what it was detach()ed from) of an input that no gradient can reach."""
    label, cut = getattr(record, "cuts", {}).get(argument, ("", None))
    return clean(label), cut


def keeps_vjp(node: Any) -> bool:
    """Whether this is a node of somebody's own tensor engine."""
    return hasattr(node, "vjp") and hasattr(node, "parents") and not hasattr(node, "grad_fn")


def kind_of(node: Any, sight: Sight) -> str:
    """ "op", "parameter", "input", "constant", or what a drawn node that is none of these says."""
    drawn: str | None = getattr(node, "drawn_as", None)
    if drawn is not None:
        return drawn
    if node.parents or node.op:
        return "op"
    if id(node) in sight.names or type(node).__name__ == "Parameter":
        return "parameter"
    return "input" if sight.title(node) or getattr(node, "requires_grad", False) else "constant"


def is_array(x: Any) -> bool:
    return hasattr(x, "dtype") and hasattr(x, "shape") and hasattr(x, "tolist")


def data_rows(x: Any) -> list[Row]:
    """A number; or of an array its entries, if they are few, its shape and its dtype."""
    if not (hasattr(x, "dtype") and hasattr(x, "shape")) or isinstance(x, float):
        return [] if x is None else [Row("data", number(x), "data", is_broken(x))]
    rows = [Row("data", entries(x), "data", is_broken(x))] if is_array(x) and fits(x) else []
    if is_array(x) and not rows and is_broken(x):
        rows = [Row("data", "NaN" if has_nan(x) else "inf", "data", True)]
    kind = f"{x.dtype} {shape_text(x)}".strip()
    return [*rows, Row("", kind, "faint") if rows else Row("data", kind, "data")]


def grad_row(grad: Any) -> Row:
    """A gradient: its number or few entries, else how long it is as a vector."""
    if is_array(grad) and not fits(grad):
        length = norm(grad)
        if not math.isfinite(length):
            return Row("grad", "NaN" if has_nan(grad) else "inf", "grad", True)
        return Row("grad", f"{shape_text(grad)}, norm {number(length)}", "grad")
    text = entries(grad) if is_array(grad) else number(grad)
    return Row("grad", text, "grad", is_broken(grad))


def fate_rows(node: Any) -> list[Row]:
    """That a value was overwritten which the rule of this op will read."""
    record = record_of(node)
    if record is not None and record.saved is not None:
        for counter, version in record.versions:
            if counter[0] != version:
                return [Row("saved", f"v{version}, now v{counter[0]}", "bad", True)]
    return []


def is_freed(node: Any) -> bool:
    """Whether backward() has dropped what this op's rule needs."""
    record = record_of(node)
    return record is not None and record.saved is None


def fits(x: Any) -> bool:
    shape = tuple(x.shape)
    return len(shape) < 3 and all(0 < n <= FEW for n in shape)


def entries(x: Any) -> str:
    """The entries of a small array, a line for each row."""
    listed = x.tolist()
    if len(x.shape) == 2:
        return "\n".join("  ".join(map(number, row)) for row in listed)
    return "[" + ", ".join(map(number, listed)) + "]" if len(x.shape) == 1 else number(listed)


def shape_text(x: Any) -> str:
    return "×".join(map(str, x.shape))


def norm(x: Any) -> float:
    """The Euclidean length of an array, a tensor or a number."""
    array = getattr(x, "array", x)
    try:
        if not hasattr(array, "ravel"):
            return abs(float(array))
        flat = array.astype("float64").ravel()
        return float((flat @ flat) ** 0.5)
    except (TypeError, ValueError, RuntimeError):
        return 0.0


def has_nan(x: Any) -> bool:
    array = getattr(x, "array", x)
    return bool((array != array).any())


def flow(node: Any, argument: int, parent: Any, grad: Any) -> float | None:
    """How much gradient an edge carries: |local × upstream|; for an array, what arrived at a leaf
    that was used there.  None if that is not known.
    """
    local_grads = getattr(node, "local_grads", None)
    if local_grads is None:
        arrived = grad(parent)
        return None if arrived is None else norm(arrived)
    try:
        return abs(float(local_grads[argument]) * float(grad(node)))
    except (TypeError, ValueError, OverflowError):
        return None
