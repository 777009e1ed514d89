"""All parameters as one vector, and back: for optimisers and plots that see a point in space."""

from collections.abc import Iterable
from typing import Any

from micrograd_lab.errors import ShapeError
from micrograd_lab.ops.joining import cat
from micrograd_lab.tensor import Tensor


def parameters_to_vector(parameters: Iterable[Any]) -> Tensor:
    """The entries of all of them in order.  Gradients flow back to the parameters."""
    return cat([p.reshape(-1) for p in parameters])  # type: ignore[no-any-return]


def vector_to_parameters(vec: Tensor, parameters: Iterable[Any]) -> None:
    """Give the parameters the entries of vec, in order.  ShapeError if there are too few.

    They get a copy, outside the graph: neither vec nor a graph already recorded is affected.
    """
    if not isinstance(vec, Tensor):
        raise TypeError(f"vector_to_parameters: vec must be a Tensor, found {type(vec).__name__}.")
    ps = list(parameters)
    wanted = sum(p.array.size for p in ps)
    if vec.ndim != 1 or vec.array.size < wanted:
        raise ShapeError(
            f"vector_to_parameters: the parameters have {wanted} entries in all, vec has shape "
            f"{tuple(vec.shape)}: a vector of as many was expected."
        )
    start = 0
    for p in ps:
        stop = start + p.array.size
        p.data = vec.array[start:stop].reshape(p.shape).copy()
        start = stop
