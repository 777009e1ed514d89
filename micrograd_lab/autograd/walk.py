"""backward() and grad(): start the walk, and say what happens to what arrives."""

from typing import Any

import numpy as np

from micrograd_lab.engine import Record, mode, pull_back
from micrograd_lab.errors import GradError, OptionError, ShapeError
from micrograd_lab.tensor import Tensor, recalled, wrap

ndarray = np.ndarray


def backward(
    tensors: Any,
    grad_tensors: Any = None,
    retain_graph: bool | None = None,
    create_graph: bool = False,
    inputs: Any = None,
) -> None:
    """Add the gradients of the tensors to the `grad` of every leaf (or of `inputs` alone).

    torch.autograd.backward; grad_tensors are the upstream gradients, one per tensor.
    """
    outputs = [tensors] if isinstance(tensors, Tensor) else list(tensors)
    upstream = _upstream(outputs, _list(grad_tensors, len(outputs)), create_graph)
    keep = create_graph if retain_graph is None else retain_graph
    if inputs is None:
        _walk(outputs, upstream, accumulate, (), pass_hooks, keep, create_graph)
        return
    only = {_key(x) for x in _list(inputs)}
    interior: dict[Any, Any] = {x._grad_fn: x for x in _list(inputs, 0) if x._grad_fn is not None}

    def arrive(leaf: Tensor, g: Any) -> None:
        if leaf in only:
            accumulate(leaf, g)

    def through(node: Any, g: Any) -> Any:
        g = pass_hooks(node, g)
        if node in interior:
            _retain(interior[node], g)
        return g

    _walk(outputs, upstream, arrive, only, through, keep, create_graph)


def grad(
    outputs: Any,
    inputs: Any,
    grad_outputs: Any = None,
    retain_graph: bool | None = None,
    create_graph: bool = False,
    allow_unused: bool | None = None,
    is_grads_batched: bool = False,
    materialize_grads: bool = False,
) -> tuple[Any, ...]:
    """The gradients of the outputs with respect to the inputs, touching no `grad`.

    torch.autograd.grad.  An input that the outputs do not depend on is a GradError, unless
    allow_unused (then its gradient is None) or materialize_grads (then zero).
    """
    outs, ins = _list(outputs), _list(inputs)
    if materialize_grads and allow_unused is False:
        raise OptionError(
            "grad: materialize_grads=True gives zeros for inputs that were not used, and "
            "allow_unused=False refuses them: choose one."
        )
    for x in ins:
        if not x.requires_grad:
            raise GradError(
                "grad: one of the inputs does not require a gradient. Call requires_grad_() on it "
                "before it is used."
            )
    keep = create_graph if retain_graph is None else retain_graph
    upstream = _upstream(outs, _list(grad_outputs, len(outs)), create_graph)
    found: dict[Any, Any] = {}
    wanted = {_key(x) for x in ins}

    def arrive(leaf: Tensor, g: Any) -> None:
        if leaf in wanted:
            found[leaf] = found[leaf] + g if leaf in found else g

    def through(node: Any, g: Any) -> Any:
        g = pass_hooks(node, g)
        if type(node) is Record and node in wanted:
            found[node] = g
        return g

    _walk(outs, upstream, arrive, wanted, through, keep, create_graph)
    gradients: list[Any] = []
    for x in ins:
        g = found.get(_key(x))
        if g is None:
            if materialize_grads:
                gradients.append(wrap(np.zeros_like(x.array)).requires_grad_(create_graph))
                continue
            if not allow_unused:
                raise GradError(
                    "grad: one of the inputs was not used to compute the outputs, so it has no "
                    "gradient. Pass allow_unused=True to get None for it."
                )
            gradients.append(None)
        else:
            gradients.append(g if isinstance(g, Tensor) else wrap(g))
    return tuple(gradients)


def accumulate(leaf: Tensor, g: Any) -> None:
    """leaf.grad += g, where None counts as nothing."""
    if not leaf._requires_grad:  # switched off since it was used
        return
    held = leaf._grad
    if isinstance(g, Tensor):  # create_graph: the gradient is part of a graph
        leaf._grad = g if held is None else held + g
    elif held is None:
        leaf._grad = wrap(g if g.base is None else g.copy())
    elif held._grad_fn is None:
        held.array += g  # in place, as PyTorch does: whoever holds the gradient sees it grow
    else:
        leaf._grad = held + wrap(g)


def _walk(
    outputs: list[Tensor],
    upstream: list[Any],
    arrive: Any,
    watched: Any,
    through: Any,
    keep: bool,
    create_graph: bool,
) -> None:
    before = mode.grad
    mode.grad = create_graph
    try:
        pull_back(
            [y._grad_fn or y for y in outputs],
            upstream,
            arrive,
            wrap=recalled if create_graph else None,
            keep=keep,
            watched=watched,
            through=through,
        )
    finally:
        mode.grad = before


def _key(x: Tensor) -> Any:
    return x if x._grad_fn is None else x._grad_fn


def _list(x: Any, count: int = 1) -> list[Any]:
    if x is None:
        return [None] * count
    return list(x) if isinstance(x, (list, tuple)) else [x]


def _upstream(outputs: list[Tensor], given: list[Any], create_graph: bool) -> list[Any]:
    """One upstream gradient per output, checked; ones for a single element."""
    upstream: list[Any] = []
    for y, g in zip(outputs, given, strict=True):
        if not y._requires_grad:
            raise GradError(
                "backward from a tensor that does not require a gradient: nothing it was made of "
                "requires one, or it was made under no_grad() or from detach()ed values."
            )
        array = y.array
        if g is None:
            if array.size != 1:
                raise GradError(
                    f"backward from a tensor of shape {y.shape}: a gradient starts from one number. "
                    "Reduce it first (y.sum() or y.mean()), or pass gradient= of that shape."
                )
            ones = np.empty_like(array)
            ones.fill(1)
            upstream.append(wrap(ones) if create_graph else ones)
            continue
        if not isinstance(g, Tensor):
            g = wrap(np.asarray(g, array.dtype))
        if g.shape != y.shape:
            raise ShapeError(
                f"backward: the upstream gradient has shape {g.shape}, the tensor {y.shape}; "
                "they must be the same."
            )
        if g.dtype != array.dtype:
            g = g.astype(array.dtype)  # type: ignore[attr-defined]
        if create_graph:
            upstream.append(g)
        else:  # a leaf keeps what arrives: that must not be the caller's own array
            upstream.append(g.array if y._grad_fn is not None else g.array.copy())
    return upstream


def pass_hooks(node: Any, g: Any) -> Any:
    """A complete gradient on its way through a record, or at a leaf: its hooks may replace it."""
    if type(node) is not Record:
        return g if node._more is None else _call_hooks(node._more.hooks, g)
    hooks = node.hooks
    if hooks is not None:
        g = _call_hooks(hooks.of_tensor, g)
        for hook in list(hooks.before):
            replaced = hook((g if isinstance(g, Tensor) else wrap(g),))
            if replaced is not None:
                g = replaced[0] if isinstance(g, Tensor) else replaced[0].array
        owner = None if hooks.retain is None else hooks.retain()
        if owner is not None:
            _retain(owner, g)
    return g


def _retain(owner: Tensor, g: Any) -> None:
    """Keep an interior gradient in the grad of its tensor, which asked for it."""
    kept = g if isinstance(g, Tensor) else wrap(g.copy())
    owner._grad = kept if owner._grad is None else owner._grad + kept


def _call_hooks(hooks: list[Any], g: Any) -> Any:
    for hook in list(hooks):
        seen = g if isinstance(g, Tensor) else wrap(g)
        replaced = hook(seen)
        if replaced is not None:
            g = replaced if isinstance(g, Tensor) else replaced.array
    return g
