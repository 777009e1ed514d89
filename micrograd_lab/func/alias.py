"""An alias marks an input: a new node in front of the old one, at which a walk back stops.

So an inner derivative never takes an outer variable for its own, even where both are the same
tensor.
"""

import threading
from typing import Any

from micrograd_lab.engine import Record, mode
from micrograd_lab.errors import DtypeError
from micrograd_lab.forward import Dual
from micrograd_lab.ops.op import Op
from micrograd_lab.tensor import Tensor, counter_of, new_record, next_serial, wrap


def _alias_vjp(g: Any, y: Any, x: Any, stop: list[bool]) -> Any:
    return None if stop else g


ALIAS = Op("alias", "linear", lambda x, stop: x, (_alias_vjp,), (), ((0, 0),))


class Open(threading.local):
    """The aliases of the passes that are under way in this thread."""

    def __init__(self) -> None:
        self.aliases: set[Record] = set()


under_way = Open()


def alias(x: Tensor, stop: list[bool]) -> Tensor:
    """x as a new node; a walk back ends there as long as `stop` is not empty."""
    if x.dtype.kind != "f":
        raise DtypeError(
            f"func: a gradient with respect to a tensor of {x.dtype}; only floating numbers have one."
        )
    record = new_record(Record)
    record.op, record.params = ALIAS, {"stop": stop}
    record.parents = [(x._grad_fn or x) if x._requires_grad else None]
    record.saved, record.versions = [None, None], []
    record.shape, record.dtype = x.shape, x.dtype
    record.serial, record.hooks, record.label, record.line = next_serial(), None, "", None
    out = wrap(x.array)
    out._version_counter = counter_of(x)
    out._requires_grad, out._grad_fn = True, record
    under_way.aliases.add(record)
    return out


def is_alive(x: Any) -> bool:
    """Whether somebody outside can still ask for a gradient through x."""
    if isinstance(x, Dual):
        return is_alive(x.primal) or is_alive(x.tangent)
    if not isinstance(x, Tensor) or not x._requires_grad:
        return False
    if x._grad_fn is None or x._grad_fn in under_way.aliases:
        return True
    seen, todo = {x._grad_fn}, [x._grad_fn]
    while todo:
        for parent in todo.pop().parents:
            if parent is not None and parent not in seen:
                if type(parent) is not Record or parent in under_way.aliases:
                    return True
                seen.add(parent)
                todo.append(parent)
    return False


def settled(x: Any) -> Any:
    """x as the caller gets it: outside the graph if nobody can ask for a gradient through it."""
    if isinstance(x, Dual):
        return Dual(settled(x.primal), settled(x.tangent), x.level)
    if isinstance(x, Tensor) and x._requires_grad and not (mode.grad and is_alive(x)):
        return x.detach()
    return x
