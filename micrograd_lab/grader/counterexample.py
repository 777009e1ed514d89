"""A failed question about gradients as a picture: what arrived, and along which edge it went wrong.

The question is watched while the reference answers it: the graph is what it leaves in its variables,
which also name the nodes.  A number of the answer belongs to the node whose gradient it *is*.
"""

import copy
import sys
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from micrograd_lab.grader.compare import alike
from micrograd_lab.grader.shrink import Case
from micrograd_lab.grader.spec import Exercise
from micrograd_lab.graph import topological_order

if TYPE_CHECKING:
    from micrograd_lab.lens.picture import Picture

MOST = 9  # boxes, beyond which a picture explains less than the words


def picture(exercise: Exercise, case: Case) -> "Picture | None":
    """The graph that the question is about, with the gradients found and the wrong edge lit.

    None if the question is about no graph, about a large one, or not about its gradients.
    """
    from micrograd_lab.lens.dot import BLANK, Scene, dot_source
    from micrograd_lab.lens.marks import Sight
    from micrograd_lab.lens.naming import number
    from micrograd_lab.lens.picture import Picture
    from micrograd_lab.lens.theme import LIGHT

    if not isinstance(case.found, dict) or "answer" not in case.found:
        return None
    try:
        answer, variables = watch(exercise.probes[case.probe].question, exercise.reference, case)
    except Exception:  # a question that the reference cannot answer is not drawn
        return None
    names = dict(_named(variables))
    roots, order = _graph([node for node, _ in names.values()])
    if not 1 < len(order) <= MOST:
        return None
    title = {key: name for key, (_, name) in names.items()}
    for leaf in [n for n in order if not n.parents and not n.label]:
        leaf.label = title.get(id(leaf), "")  # a leaf with a name is an input, not a constant
    found = {
        id(node): said for value, said in _pairs(answer, case.found["answer"])
        if (node := _owner(value, order)) is not None
    }  # fmt: skip
    tol = exercise.probes[case.probe].tol
    wrong = [n for n in order if id(n) in found and not alike(found[id(n)], n.grad, tol)]
    if not wrong:
        return None
    node = wrong[-1]  # the nearest to the root: what is wrong behind it may follow from it
    lit, missing = _edge(node, found[id(node)], order, tol)
    name = title.get(id(node)) or "the node"
    caption = [
        f"{name}: its gradient should be {number(node.grad)}, not {number(found[id(node)])}."
    ]
    if missing:
        child, k = lit
        caption.append(
            f"The share along the lit edge, {number(child.local_grads[k])} × "
            f"{number(child.grad)}, is missing."
        )
    dummy = len({n.data for n in order}) == 1  # a question about gradients alone
    scene = Scene(
        LIGHT,
        title=lambda n: title.get(id(n), ""),
        grad=lambda n: found.get(id(n), BLANK),
        lit=lit,
        sight=Sight(results={id(n): None for n in order} if dummy else {}),
        caption=tuple(caption),
    )
    return Picture(dot_source(order, roots, scene), " ".join(caption))


def watch(question: Any, entry: Any, case: Case) -> tuple[Any, dict[str, Any]]:
    """What a question answers for `entry`, and the variables it has at its end and gives to it."""
    variables: dict[str, Any] = {}
    inside: dict[str, Any] = {}  # what the entry point was called with: a node without a name

    def look(frame: Any, event: str, value: Any) -> None:
        if event == "return" and frame.f_code is question.__code__:
            variables.update(
                frame.f_locals | {k: v for k, v in inside.items() if k not in frame.f_locals}
            )
        elif event == "call" and frame.f_code is getattr(entry, "__code__", None):
            inside.update(frame.f_locals)

    before = sys.getprofile()
    sys.setprofile(look)
    try:
        return question(entry, **copy.deepcopy(case.args)), variables
    finally:
        sys.setprofile(before)


def _named(variables: dict[str, Any]) -> Iterator[tuple[int, tuple[Any, str]]]:
    """Per node its id, itself, and what the question calls it: a variable, or its place in a list."""
    for value in variables.values():
        if isinstance(value, (list, tuple)):
            for i, item in enumerate(value):
                if _is_node(item):
                    yield id(item), (item, f"node {i}")
    for name, value in reversed(variables.items()):
        if _is_node(value):
            yield id(value), (value, str(getattr(value, "label", "")) or name)


def _is_node(x: Any) -> bool:
    return not isinstance(x, type) and all(
        hasattr(x, name) for name in ("parents", "local_grads", "grad", "data", "op")
    )


def _graph(nodes: list[Any]) -> tuple[list[Any], list[Any]]:
    """(roots, every node with parents first) of the graph that these nodes belong to."""
    order: dict[int, Any] = {}
    for node in nodes:
        order |= {id(n): n for n in topological_order(node) if id(n) not in order}
    used = {id(parent) for node in order.values() for parent in node.parents}
    return [n for n in order.values() if id(n) not in used], list(order.values())


def _pairs(value: Any, said: Any) -> Iterator[tuple[Any, Any]]:
    """The numbers of two answers side by side, as far as they have the same form."""
    if isinstance(value, (list, tuple)):
        if isinstance(said, list) and len(said) == len(value):
            for a, b in zip(value, said, strict=True):
                yield from _pairs(a, b)
    elif isinstance(value, float) and isinstance(said, (int, float)):
        yield value, said


def _owner(value: Any, order: list[Any]) -> Any:
    """The one node whose gradient is this very number, not just one equal to it."""
    owners = [node for node in order if node.grad is value]
    return owners[0] if len(owners) == 1 else None


def _edge(node: Any, said: float, order: list[Any], tol: float) -> tuple[tuple[Any, int], bool]:
    """The edge to light, as (child, which parent), and whether just its share is missing.

    The node alone, as (node, -1), where several edges lead to it and none explains it.
    """
    edges = [(c, k) for c in order for k, parent in enumerate(c.parents) if parent is node]
    short = node.grad - said
    alone = [(c, k) for c, k in edges if abs(c.local_grads[k] * c.grad - short) <= tol]
    if len(alone) == 1:
        return alone[0], True
    return (edges[0] if len(edges) == 1 else (node, -1)), False
