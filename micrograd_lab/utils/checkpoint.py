"""Memory for time: forget what a part of the graph saved, and run that part again in backward."""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from micrograd_lab.autograd.joint import Call, output_of, record_call
from micrograd_lab.autograd.modes import enable_grad
from micrograd_lab.autograd.walk import pass_hooks
from micrograd_lab.engine import Record, mode, pull_back
from micrograd_lab.errors import GradError, SizeError
from micrograd_lab.tensor import Tensor, counter_of, next_serial, recalled, wrap
from micrograd_lab.trees import leaves_of, rebuild


def checkpoint(
    function: Callable[..., Any],
    *args: Any,
    use_reentrant: bool | None = None,
    preserve_rng_state: bool = True,
    determinism_check: str = "default",
    debug: bool = False,
    early_stop: bool = True,
    context_fn: Any = None,
    **kwargs: Any,
) -> Any:
    """function(*args, **kwargs), of which only the inputs are kept; backward runs it again.

    torch.utils.checkpoint.checkpoint.  Arguments and results may be nests; tensors that function
    uses besides its arguments (parameters) get their gradients too.  preserve_rng_state gives the
    second run the random numbers of the first (dropout!).  The other options are accepted: both
    values of use_reentrant mean the same here.  function must do the same twice.
    """
    if not mode.grad:
        return function(*args, **kwargs)
    call = _Rerun(function, args, kwargs, random_state() if preserve_rng_state else None)
    tensors = [x for x in leaves_of([args, kwargs]) if isinstance(x, Tensor)]
    versions = [(counter, counter[0]) for counter in map(counter_of, tensors)]
    start = next_serial()
    result = function(*args, **kwargs)
    leaves = leaves_of(result)
    made = [k for k, y in enumerate(leaves) if _made_since(y, start)]
    if not made:
        return result
    call.parents = _sources([leaves[k]._grad_fn for k in made], start)
    call.inputs = [p.shape for p in call.parents]
    call.outputs = [(leaves[k].shape, leaves[k].dtype) for k in made]
    record = record_call(call, call.parents, versions, joint=len(made) > 1)
    for index, k in enumerate(made):
        y = wrap(leaves[k].array)
        y._requires_grad, y._grad_fn = True, output_of(record, call, index)
        leaves[k] = y
    return rebuild(result, leaves)  # the graph that the first run made ends here


def checkpoint_sequential(
    functions: Any,
    segments: int,
    input: Any,
    use_reentrant: bool | None = None,
    preserve_rng_state: bool = True,
) -> Any:
    """A chain of functions in `segments` parts, each but the last one checkpointed.

    torch.utils.checkpoint.checkpoint_sequential.
    """
    chain: Sequence[Any] = list(
        functions.children() if hasattr(functions, "children") else functions
    )
    if not 1 <= segments <= max(1, len(chain)):
        raise SizeError(
            f"checkpoint_sequential: {segments} segments of {len(chain)} functions; "
            f"give 1 to {len(chain)}."
        )
    size = len(chain) // segments

    def part(start: int, end: int) -> Callable[[Any], Any]:
        def run(x: Any) -> Any:
            for f in chain[start:end]:
                x = f(x)
            return x

        return run

    for k in range(segments - 1):
        input = checkpoint(
            part(k * size, (k + 1) * size), input, preserve_rng_state=preserve_rng_state
        )
    return part((segments - 1) * size, len(chain))(input)


class _Rerun(Call):
    """A call whose gradients come from running it a second time."""

    name = "checkpoint"

    def __init__(self, function: Any, args: Any, kwargs: Any, state: Any) -> None:
        self.function, self.args, self.kwargs, self.state = function, args, kwargs, state
        self.parents: list[Any] = []

    def gradients(self, upstream: list[Any], record: Record | None) -> list[Any]:
        graph = record is not None
        start = next_serial()
        result = self._again()
        ys = [y for y in leaves_of(result) if _made_since(y, start)]
        if [(y.shape, y.dtype) for y in ys] != self.outputs:
            raise GradError(
                "checkpoint: the second run gave other results than the first: "
                f"{[y.shape for y in ys]}, not {[shape for shape, _ in self.outputs]}. The function "
                "must do the same each time: no global counters, no random choices of NumPy's."
            )
        pairs = [(y, g) for y, g in zip(ys, upstream, strict=True) if g is not None]
        found: dict[Any, Any] = {}

        def arrive(end: Any, g: Any) -> None:
            key = end._grad_fn or end
            found[key] = found[key] + g if key in found else g

        cut = _cut([y._grad_fn for y, _ in pairs], start)
        pull_back(
            [y._grad_fn for y, _ in pairs],
            [g if graph else g.array for _, g in pairs],
            arrive,
            wrap=recalled if graph else None,
            keep=graph,
            through=_pass_records,
        )
        for inside, parents in cut:  # a second derivative walks on from here
            inside.parents = parents
        return [
            g if isinstance(g, Tensor) or g is None else wrap(g)
            for g in map(found.get, self.parents)
        ]

    def _again(self) -> Any:
        if self.state is None:
            with enable_grad():
                return self.function(*self.args, **self.kwargs)
        now = random_state()
        set_random_state(self.state)
        try:
            with enable_grad():
                return self.function(*self.args, **self.kwargs)
        finally:
            set_random_state(now)


def _pass_records(node: Any, g: Any) -> Any:
    """Hooks inside see gradients go by; those of a leaf wait for the walk outside, which has all."""
    return pass_hooks(node, g) if type(node) is Record else g


def _made_since(y: Any, start: int) -> bool:
    return isinstance(y, Tensor) and y._grad_fn is not None and y._grad_fn.serial > start


def _inside(roots: list[Any], start: int) -> list[Record]:
    """The Records made since `start` that the roots depend on."""
    seen, todo = dict.fromkeys(roots), list(dict.fromkeys(roots))
    while todo:
        for parent in todo.pop().parents:
            if type(parent) is Record and parent.serial > start and parent not in seen:
                seen[parent] = None
                todo.append(parent)
    return list(seen)


def _sources(roots: list[Any], start: int) -> list[Any]:
    """What the part of the graph made since `start` was made from: leaves and earlier Records."""
    inside = _inside(roots, start)
    within = set(inside)
    found = dict.fromkeys(p for r in inside for p in r.parents if p is not None and p not in within)
    return list(found)


def _cut(roots: list[Any], start: int) -> list[tuple[Record, list[Any]]]:
    """Put a Tensor in place of each earlier Record, so that the walk ends there; what was there."""
    before = []
    for record in _inside(roots, start):
        before.append((record, record.parents))
        parents = list(record.parents)
        for k, parent in enumerate(parents):
            if type(parent) is Record and parent.serial < start:
                values = record.saved or []
                kept = values[k + 1] if len(values) > k + 1 else None
                end = wrap(kept if hasattr(kept, "strides") else _empty(parent))
                end._requires_grad, end._grad_fn = True, parent
                parents[k] = end
        record.parents = parents
    return before


def _empty(parent: Record) -> Any:
    """An array of the shape and dtype, of which no entry is ever read; it takes no memory."""
    return np.broadcast_to(np.zeros((), parent.dtype), parent.shape)


def random_state() -> Any:
    from micrograd_lab.generator import get_rng_state

    return get_rng_state()


def set_random_state(state: Any) -> None:
    from micrograd_lab.generator import set_rng_state

    set_rng_state(state)
