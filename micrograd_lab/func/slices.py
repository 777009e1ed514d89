"""vmap: a function of one slice as a function of all of them."""

from collections.abc import Callable
from typing import Any

from micrograd_lab.errors import DtypeError, ShapeError
from micrograd_lab.func.arguments import named, stack_of
from micrograd_lab.generator import get_rng_state, set_rng_state
from micrograd_lab.ops.indexing import select
from micrograd_lab.trees import leaves_of, rebuild


def vmap(
    f: Callable[..., Any],
    in_dims: Any = 0,
    out_dims: Any = 0,
    randomness: str = "error",
    *,
    chunk_size: int | None = None,
) -> Callable[..., Any]:
    """f over every slice of its arguments, the results stacked.  torch.func.vmap.

    in_dims: the dim to slice of each argument (None: the whole to every call); an int, or a nest
    like the arguments.  out_dims: where the new dim goes.  It is a loop over the slices, so f may
    branch on its data.  randomness="same" lets every slice see the same random numbers.
    """

    def run(*args: Any, **kwargs: Any) -> Any:
        dims = spread(in_dims, args, "in_dims")
        leaves = leaves_of(args)
        sizes = {_size(x, dim) for x, dim in zip(leaves, dims, strict=True) if dim is not None}
        if len(sizes) != 1:
            asked = f"different sizes {sorted(sizes)}" if sizes else "no dim at all"
            raise ShapeError(f"vmap: in_dims={in_dims} asks to slice along {asked}; one is needed.")
        count = sizes.pop()
        if count == 0:
            raise ShapeError("vmap: no slices: the dim to slice has size 0.")
        state = get_rng_state() if randomness == "same" else None
        results = []
        for i in range(count):
            if state is not None:
                set_rng_state(state)
            slices = [
                x if dim is None else select(x, dim, i) for x, dim in zip(leaves, dims, strict=True)
            ]
            results.append(f(*rebuild(args, slices), **kwargs))
        outs = spread(out_dims, results[0], "out_dims")
        columns = zip(*(leaves_of(r) for r in results), strict=True)
        joined = []
        for column, dim in zip(columns, outs, strict=True):
            joined.append(column[0] if dim is None else stack_of(list(column), dim))
        return rebuild(results[0], joined)

    return named(run, f)


def spread(dims: Any, tree: Any, name: str) -> list[Any]:
    """One dim per leaf of the tree, from an int, None, or a nest that reaches as deep as it likes."""
    if dims is None or isinstance(dims, int):
        return [dims] * len(leaves_of(tree))
    if isinstance(tree, dict) and isinstance(dims, dict) and tree.keys() == dims.keys():
        return [d for key, part in tree.items() for d in spread(dims[key], part, name)]
    if (
        isinstance(tree, (tuple, list))
        and isinstance(dims, (tuple, list))
        and len(tree) == len(dims)
    ):
        return [d for part, dim in zip(tree, dims, strict=True) for d in spread(dim, part, name)]
    if isinstance(dims, tuple) and len(dims) == 1 and not isinstance(tree, (tuple, list, dict)):
        return [dims[0]]
    raise ShapeError(f"vmap: {name}={dims} does not fit the nest of arguments or results.")


def _size(x: Any, dim: int) -> int:
    if not hasattr(x, "shape"):
        raise DtypeError(
            f"vmap: in_dims asks for slices of {x!r}, which is no tensor; give it None there."
        )
    if not -x.ndim <= dim < x.ndim:
        raise ShapeError(
            f"vmap: dim {dim} of a tensor of shape {x.shape}; allowed are {-x.ndim} to {x.ndim - 1}."
        )
    return int(x.shape[dim])
