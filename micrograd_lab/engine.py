"""The walk back over the record of what ran, which pulls gradients through it."""

from collections.abc import Callable, Container, Sequence
from heapq import heappop, heappush
from typing import Any

import numpy as np

from micrograd_lab.errors import AnomalyError
from micrograd_lab.record import Hooks as Hooks
from micrograd_lab.record import Record as Record
from micrograd_lab.record import RemovableHandle as RemovableHandle
from micrograd_lab.record import Shape as Shape
from micrograd_lab.record import hooks_of as hooks_of
from micrograd_lab.record import mode as mode
from micrograd_lab.record import register as register
from micrograd_lab.record import user_line as user_line


def after_backward(node: Record, g: Any, passed: list[tuple[Any, Any]]) -> None:
    """Under detect_anomaly: stops at the first gradient with a nan or an inf."""
    for _, part in passed:
        if not _is_finite(part):
            came = "made from a finite one" if _is_finite(g) else "as it had received one"
            raise AnomalyError(
                f"backward: {node.op.name} passed on a gradient that is not finite, {came}."
                f"{node.where()}"
            )


def _is_finite(g: Any) -> bool:
    array = np.asarray(getattr(g, "array", g))
    return array.dtype.kind != "f" or bool(np.isfinite(array).all())


def ways_to(roots: Sequence[Any], watched: Container[Any]) -> dict[Any, bool]:
    """The nodes on a way from the roots to something watched: True where the way goes on from there."""
    seen: set[Any] = set()
    stack = list(roots)
    while stack:
        node = stack.pop()
        if node is not None and node not in seen:
            seen.add(node)
            if type(node) is Record:
                stack += node.parents
    ways = {node: False for node in seen if node in watched}
    for node in sorted((n for n in seen if type(n) is Record), key=lambda n: n.serial):
        if any(parent in ways for parent in node.parents if parent is not None):
            ways[node] = True
    return ways


@np.errstate(all="ignore")  # 1/0 is inf, as in PyTorch; detect_anomaly is there to ask
def pull_back(
    roots: Sequence[Any],
    upstream: Sequence[Any],
    arrive: Callable[[Any, Any], None],
    *,
    wrap: Callable[[Record, list[Any]], list[Any]] | None = None,
    keep: bool = False,
    watched: Container[Any] = (),
    through: Callable[[Record, Any], Any] | None = None,
) -> None:
    """Pull gradients back from the roots, and call arrive(leaf, gradient) for each that gets to a leaf.

    roots are Records or leaves, with an upstream gradient each.  Without `wrap` the rules see
    arrays and the walk leaves no trace; with it they see what wrap makes of the saved arrays
    (Tensors that know their history), so the gradients can be differentiated again.  Complete
    gradients of nodes that are `watched` or have hooks are shown to `through`, which may replace
    them; if anything is watched, the walk goes only where it leads to that.  Unless `keep`, each
    Record drops what it saved as soon as it has passed its gradient on.

    The latest Record goes first: whatever it could still receive was made later, and is done.
    """
    pending: dict[Any, Any] = {}
    own: set[Any] = set()  # whose pending array is the walk's alone, which so adds to it in place
    heap: list[tuple[int, Any]] = []
    watching = mode.anomaly or bool(watched)
    ways = ways_to(roots, watched) if watched else None
    g: Any = None
    fresh = False  # whether what the node passed on is an array that nobody else holds
    passed: Any = zip(roots, upstream, strict=True)
    while True:
        for parent, part in passed:
            if parent is None or part is None or (ways is not None and parent not in ways):
                continue
            is_record = type(parent) is Record
            dtype = parent.dtype if is_record else parent.array.dtype
            if part.dtype is not dtype and part.dtype != dtype:
                part = part.astype(dtype)
            elif part is g and not is_record and wrap is None:
                part = part.copy()  # a leaf adds to the gradient it holds
            if not is_record and parent._more is None:
                arrive(parent, part)
            elif parent in own:
                np.add(pending[parent], part, out=pending[parent])
            elif parent in pending:
                pending[parent] = total = pending[parent] + part
                if type(total) is np.ndarray:
                    own.add(parent)
            else:  # a record waits for its turn, a leaf that may have hooks until all is there
                pending[parent] = part
                if fresh:
                    own.add(parent)
                if is_record:
                    heappush(heap, (-parent.serial, parent))
        if not heap:
            break
        node = heappop(heap)[1]
        g = pending.pop(node)
        if through is not None and (node.hooks is not None or watching):
            g = through(node, g)
        passed = ()
        if ways is not None and not ways[node]:
            continue
        values = node.saved
        for counter, version in node.versions:
            if values is None or counter[0] != version:
                values = node.recall()  # raises, and says why
        if wrap is not None:
            values = wrap(node, values)
        op, params, parents = node.op, node.params, node.parents
        fresh = op.add_into is not None and wrap is None and not (watching or node.hooks)
        if fresh and parents[0] in own:  # not zeros around a slice, and a sum of it all
            op.add_into(pending[parents[0]], g, **params)
            continue
        if op.pull is not None and wrap is None:
            passed = zip(parents, op.pull(parents, g, *values, **params), strict=False)
        else:
            rules = op.rules(len(parents)) if op.variadic else op.vjps
            passed = [
                (parent, rule(g, *values, **params))
                for parent, rule in zip(parents, rules, strict=False)
                if parent is not None
            ]
        if node.hooks is not None and node.hooks.after:
            passed = _after(node, g, _there(passed))
        if watching and mode.anomaly and mode.check_nan:
            passed = _there(passed)
            after_backward(node, g, passed)
        if not keep and node.versions:  # an op that saved nothing can be walked again
            node.saved = None
    for leaf, g in pending.items():
        arrive(leaf, g if through is None else through(leaf, g))


def _there(passed: Any) -> list[tuple[Any, Any]]:
    """Those that somebody waits for."""
    return [(parent, part) for parent, part in passed if parent is not None and part is not None]


def _after(node: Record, g: Any, passed: list[tuple[Any, Any]]) -> list[tuple[Any, Any]]:
    """The node's own hooks see what it passes on, and may replace it."""
    for hook in list(node.hooks.after if node.hooks else ()):
        replaced = hook(tuple(part for _, part in passed), (g,))
        if replaced is not None:
            passed = [(p, r) for (p, _), r in zip(passed, replaced, strict=True)]
    return passed
