"""Many nodes in one box: all that a module did in one call.

A folded graph is a graph of Nodes again, so whatever draws nodes can draw it.
"""

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from micrograd_lab.lens.marks import Row, Sight, kind_of, norm, record_of
from micrograd_lab.lens.naming import number


@dataclass(eq=False)
class Folded:
    """Some nodes that stand as one; the last of them is what others see."""

    nodes: list[Any]
    op: Any
    label: str
    data: Any = None
    grad: Any = None
    parents: tuple[Any, ...] = ()
    drawn_as: str = "op"
    rows: tuple[Row, ...] | None = None  # None: as for any node
    frames: tuple[tuple[int, str], ...] = ()  # what is drawn around it, outermost first
    back: tuple[int, ...] = ()  # which parents belong to the time before


def fold_modules(
    order: Sequence[Any], roots: Sequence[Any], model: Any, depth: int, sight: Sight
) -> tuple[list[Any], list[Any]]:
    """(order, roots) with one box for each call of a module at most `depth` names deep.

    Which module ran an op, nobody wrote down.  But the parameters say whose they are, and what runs
    between two layers belongs to the innermost module that holds both.
    """
    ran = sorted_as_run(order)
    users: dict[int, set[int]] = {}
    calls = _calls(ran, roots, depth, sight)
    group: dict[int, int] = {}  # of each node, by id: its box
    for number_, (_, nodes) in enumerate(calls):
        group.update((id(node), number_) for node in nodes)
    for node in ran:
        for parent in node.parents:
            if parent is not None and not parent.parents:
                users.setdefault(id(parent), set()).add(group[id(node)])
    boxes: list[Any] = []
    for k, (path, nodes) in enumerate(calls):
        own = [n for n in order if not n.parents and n.op is None and users.get(id(n)) == {k}]
        own = [n for n in own if sight.names.get(id(n), "").startswith(f"{path}.")]
        if not path or len(nodes) + len(own) < 2:
            boxes += [Folded([n], None, "") for n in nodes]  # stands for itself
            continue
        group.update((id(n), k) for n in own)
        boxes.append(_module_box(model, path, nodes, own))
    boxes += [Folded([n], None, "") for n in order if id(n) not in group]
    return _quotient(order, roots, boxes, sight)


def module_depths(order: Sequence[Any], sight: Sight) -> int:
    """How many names deep the modules are."""
    names = (sight.names.get(id(node), "") for node in order)
    return max((name.count(".") for name in names), default=0)


def sorted_as_run(order: Sequence[Any]) -> list[Any]:
    """The ops in the order in which they ran, if they know it; else parents first."""
    ran = [node for node in order if node.parents or node.op is not None]
    records = [record_of(node) for node in ran]
    if all(record is not None for record in records):
        ran.sort(key=lambda node: record_of(node).serial)
    return ran


def _calls(
    ran: Sequence[Any], roots: Sequence[Any], depth: int, sight: Sight
) -> list[tuple[str, list[Any]]]:
    """[(dotted name cut to `depth`, the ops of one call)] in the order in which they ran."""
    paths: list[list[str] | None] = []
    uses = Counter(id(parent) for node in ran for parent in node.parents)
    for node in ran:
        own = [p for p in node.parents if id(p) in sight.names]
        own.sort(key=lambda p: uses[id(p)])  # a parameter that is shared says the least
        paths.append(sight.names[id(own[0])].split(".")[:-1] if own else None)
    known = [k for k, path in enumerate(paths) if path is not None]
    calls: list[tuple[str, list[Any]]] = []
    after = 0
    for k, node in enumerate(ran):
        path = paths[k]
        if path is None:
            while after < len(known) and known[after] < k:
                after += 1
            between = known[after - 1 : after + 1] if 0 < after < len(known) else []
            path = _common([paths[i] or [] for i in between])
        name = ".".join(path[:depth])
        if name and calls and calls[-1][0] == name:
            calls[-1][1].append(node)
        else:
            calls.append((name, [node]))
    return calls


def _common(paths: Sequence[Sequence[str]]) -> list[str]:
    shared: list[str] = []
    for parts in zip(*paths, strict=False):
        if len(set(parts)) > 1:
            break
        shared.append(parts[0])
    return shared


def _module_box(model: Any, path: str, nodes: list[Any], own: list[Any]) -> Folded:
    try:
        kind = type(model.get_submodule(path)).__name__
    except AttributeError:
        kind = "module"
    count = sum(_size(p.data) for p in own)
    text = f"{len(nodes)} op{'s' * (len(nodes) != 1)}"
    rows = [Row("inside", text, "ink")]
    length: float | None = None
    if own:
        rows.append(Row("params", f"{count:,}", "ink"))
        grads = [p.grad for p in own if p.grad is not None]
        if grads:
            length = math.hypot(*map(norm, grads))
            rows.append(Row("grad", f"norm {number(length)}", "grad", not math.isfinite(length)))
    box = Folded([*own, *nodes], kind, path, nodes[-1].data, drawn_as="module", rows=tuple(rows))
    box.grad = length
    return box


def _size(x: Any) -> int:
    return math.prod(getattr(x, "shape", ()))


def _quotient(
    order: Sequence[Any], roots: Sequence[Any], boxes: Sequence[Folded], sight: Sight
) -> tuple[list[Any], list[Any]]:
    """The boxes, joined as the nodes inside them are; a box of one node is that node's stand-in."""
    home = {id(node): box for box in boxes for node in box.nodes}
    place = {id(node): k for k, node in enumerate(order)}
    for box in boxes:
        if len(box.nodes) == 1:
            only = box.nodes[0]
            box.op, box.label, box.grad = only.op, sight.title(only), only.grad
            box.data, box.drawn_as = sight.data(only), kind_of(only, sight)
        box.parents = tuple(
            dict.fromkeys(
                home[id(p)]
                for node in box.nodes
                for p in node.parents
                if p is not None and id(p) in home and home[id(p)] is not box
            )
        )
    ranked = sorted(boxes, key=lambda box: max(place[id(node)] for node in box.nodes))
    return list(ranked), list(dict.fromkeys(home[id(root)] for root in roots))


def depth_that_fits(
    order: Sequence[Any], roots: Sequence[Any], model: Any, sight: Sight, page: int
) -> tuple[list[Any], list[Any]]:
    """Folded by module, as deep as fits on a page."""
    folded = fold_modules(order, roots, model, 1, sight)
    for depth in range(2, module_depths(order, sight) + 1):
        deeper = fold_modules(order, roots, model, depth, sight)
        if len(deeper[0]) > page:
            break
        folded = deeper
    return folded
