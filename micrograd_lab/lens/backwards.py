"""The backward pass as a graph of its own: each box is a gradient, arrows go the way it travels.

∂L/∂L = 1 ──(×16)──▶ ∂L/∂d ──(×2)──▶ ∂L/∂x
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from micrograd_lab.lens.boxes import glyph
from micrograd_lab.lens.marks import Row, Sight, grad_row, parents_of, record_of, shape_text
from micrograd_lab.lens.naming import is_gradient, names_of, number
from micrograd_lab.lens.pulls import pull


@dataclass(eq=False)
class Gradient:
    """The gradient of one node; its parents are the gradients that it is computed from."""

    of: Any
    label: str
    op: Any  # whose rule passes it on
    rows: tuple[Row, ...]
    parents: tuple[Any, ...] = ()
    words: tuple[str, ...] = ()  # what happens on each arrow
    data: Any = None
    grad: Any = None
    drawn_as: str = "gradient"


def backward_graph(
    order: Sequence[Any], roots: Sequence[Any], sight: Sight, grads: bool
) -> tuple[list[Any], list[Any]]:
    """(gradients, those of the roots), each after the ones it is computed from."""
    names = names_of(order)
    names.update({id(node): sight.title(node) for node in order if sight.title(node)})
    top = names[id(roots[0])] if len(roots) == 1 else "roots"
    made: dict[int, Gradient] = {}
    incoming: dict[int, list[tuple[Gradient, str]]] = {id(node): [] for node in order}
    for node in reversed(order):
        if not _wants(node):
            continue
        here = Gradient(node, f"∂{top}/∂{names[id(node)]}", _rule(node), _rows(node, grads))
        here.parents = tuple(child for child, _ in incoming[id(node)])
        here.words = tuple(word for _, word in incoming[id(node)])
        if not node.parents and not node.op:
            here.drawn_as = "parameter" if id(node) in sight.names else "input"
        made[id(node)] = here
        local_grads = getattr(node, "local_grads", None)
        for k, parent in enumerate(parents_of(node)):
            if parent is None or id(parent) not in incoming:
                continue
            word = pull(node, k, sight) if local_grads is None else f"×{number(local_grads[k])}"
            incoming[id(parent)].append((here, word))
    return list(made.values()), [made[id(root)] for root in roots if id(root) in made]


def _wants(node: Any) -> bool:
    return bool(node.parents or node.op or getattr(node, "requires_grad", True))


def _rule(node: Any) -> Any:
    """Whose rule takes it from here: PyTorch's name for a record, the op of any other node."""
    record = record_of(node)
    if record is not None:
        return record.name
    return f"{glyph(node.op)} backward" if node.op else "into .grad"


def _rows(node: Any, grads: bool) -> tuple[Row, ...]:
    if grads and is_gradient(node.grad):
        return (grad_row(node.grad),)
    shape = getattr(node.data, "shape", ())
    return (Row("shape", shape_text(node.data), "grad"),) if shape else ()
