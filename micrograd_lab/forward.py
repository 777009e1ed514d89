"""Forward mode: an op as a moving point.  A Dual is a value and how fast it is moving.

Every op pushes tangents forward by its jvp rules, which run on whatever the Dual holds: arrays,
Tensors (then the derivative can be differentiated by backward), or Duals of a lower level (then it
is a derivative of a derivative).  Levels keep nested passes apart: a Dual of level 2 sees one of
level 1 as a constant that happens to move for somebody else.
"""

import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from types import FunctionType, MethodType
from typing import Any

import numpy as np

from micrograd_lab.errors import DtypeError, GradError, ShapeError, SizeError
from micrograd_lab.ops.op import Op, Traced, broadcast_to
from micrograd_lab.ops.operators import Operators
from micrograd_lab.tensor import Tensor, wrap
from micrograd_lab.trees import leaves_of, rebuild


class Dual(Operators):
    """primal + tangent · ε, where ε² = 0 and each level has its own ε.

    The tangent has the primal's shape and dtype.  Whatever is a method of Tensor is one of Dual.
    """

    __slots__ = ("level", "primal", "tangent")

    primal: Any
    tangent: Any
    level: int

    def __init__(self, primal: Any, tangent: Any, level: int) -> None:
        self.primal = primal
        self.tangent = tangent
        self.level = level

    def apply(self, op: Op, inputs: tuple[Any, ...], params: dict[str, Any]) -> Any:
        """Run the op on the primals, and its jvp rules on the tangents."""
        level = self.level
        primals = tuple(primal_of(x, level) for x in inputs)
        y = op(*primals, **params)
        if not op.differentiable or y.dtype.kind != "f":
            return y
        tangent = None
        for i, x in enumerate(inputs):
            if type(x) is Dual and x.level == level:
                part = push(op, i, x.tangent, y, primals, params)
                tangent = part if tangent is None else tangent + part
        return Dual(y, like(tangent, y), level)

    @property
    def shape(self) -> tuple[int, ...]:
        return self.primal.shape  # type: ignore[no-any-return]

    @property
    def dtype(self) -> np.dtype[Any]:
        return self.primal.dtype  # type: ignore[no-any-return]

    @property
    def ndim(self) -> int:
        return len(self.primal.shape)

    @property
    def data(self) -> Any:
        """The primal, outside every graph."""
        return self.primal.data if isinstance(self.primal, (Tensor, Dual)) else self.primal

    @property
    def requires_grad(self) -> bool:
        parts = (self.primal, self.tangent)
        return any(isinstance(x, (Tensor, Dual)) and x.requires_grad for x in parts)

    def detach(self) -> Any:
        """The same numbers, standing still."""
        return self.primal.detach() if isinstance(self.primal, (Tensor, Dual)) else self.primal

    def item(self) -> Any:
        return self.primal.item()

    def tolist(self) -> Any:
        return self.primal.tolist()

    def __len__(self) -> int:
        return len(self.primal)

    def __bool__(self) -> bool:
        return bool(self.primal)

    def __float__(self) -> float:
        return float(self.primal)

    def __int__(self) -> int:
        return int(self.primal)

    def __index__(self) -> int:
        return self.primal.__index__()  # type: ignore[no-any-return]

    def __iter__(self) -> Iterator[Any]:
        return (self[i] for i in range(len(self)))

    def __getitem__(self, index: Any) -> Any:
        return borrowed("__getitem__")(self, index)

    def __setitem__(self, index: Any, value: Any) -> None:
        raise GradError(
            "x[...] = value on a Dual: forward mode has no in-place writes. Build the result with "
            "where, index_put or cat."
        )

    def __getattr__(self, name: str) -> Any:
        return bound(borrowed(name), self)

    def __repr__(self) -> str:
        return f"Dual({self.primal!r}, tangent={self.tangent!r}, level={self.level})"


def borrowed(name: str) -> Any:
    """What Tensor has under this name, if it is made of ops and so works on Duals as well."""
    found = getattr(Tensor, name, None)
    own = name in OF_TENSORS_ALONE or (name.startswith("_") and name != "__getitem__")
    if own or not isinstance(found, (FunctionType, Op, property)):
        raise AttributeError(f"{name}: what stands in for a Tensor has its ops, not this")
    return found


def bound(found: Any, to: Any) -> Any:
    """A property's value, or a method, of something that is no Tensor."""
    return found.__get__(to) if isinstance(found, property) else MethodType(found, to)


# fmt: off
OF_TENSORS_ALONE = frozenset({
    "array", "grad", "grad_fn", "is_leaf", "backward", "retain_grad", "retains_grad", "register_hook",
    "requires_grad_", "numpy", "data", "op", "parents", "label",
})
# fmt: on


def primal_of(x: Any, level: int) -> Any:
    """x without its motion at this level."""
    return x.primal if type(x) is Dual and x.level == level else x


def push(op: Op, i: int, dx: Any, y: Any, xs: Any, params: dict[str, Any]) -> Any:
    """The tangent of input i through the op, as wide as y."""
    if op.jvps:
        dy = op.jvp(i, dx, y, xs, params)
    else:  # only the pullback is given: it is linear in g, and its transpose pushes forward
        from micrograd_lab.func import transpose_of

        dy = transpose_of(lambda g: op.vjp(i, g, y, xs, params), y)(dx)
    return dy if dy.shape == y.shape else broadcast_to(dy, shape=y.shape)


def like(tangent: Any, y: Any) -> Any:
    """The tangent in y's dtype."""
    return tangent if tangent.dtype == y.dtype else tangent.astype(y.dtype)


# --- jvp --------------------------------------------------------------------------------------


class Levels(threading.local):
    """How many forward passes are under way in this thread."""

    depth = 0


levels = Levels()


@contextmanager
def new_level() -> Iterator[int]:
    """A level above all that are in use."""
    levels.depth += 1
    try:
        yield levels.depth
    finally:
        levels.depth -= 1


def jvp(f: Callable[..., Any], primals: Sequence[Any], tangents: Sequence[Any]) -> tuple[Any, Any]:
    """(f(*primals), how fast it moves when each primal moves along its tangent).

    primals and tangents: arrays or Tensors, pairwise of one shape.  f may return a nest of tuples,
    lists and dicts.  One run of f whatever its number of outputs, one direction per run.
    """
    if len(primals) != len(tangents):
        raise SizeError(f"jvp: {len(primals)} primals but {len(tangents)} tangents; give one each.")
    with new_level() as level:
        moving = [make_dual(p, t, level) for p, t in zip(primals, tangents, strict=True)]
        y = f(*moving)
        return parted(y, level)


def make_dual(primal: Any, tangent: Any, level: int) -> Dual:
    """A Dual, after a look whether the two belong together."""
    if isinstance(primal, (int, float)):
        primal = np.asarray(primal, float)
    if isinstance(tangent, (int, float)):
        tangent = np.asarray(tangent, primal.dtype)
    if primal.dtype.kind != "f":
        raise DtypeError(f"jvp: a primal of {primal.dtype} cannot move; only floating numbers can.")
    if primal.shape != tangent.shape:
        raise ShapeError(
            f"jvp: the primal has shape {primal.shape}, its tangent {tangent.shape}; "
            "they must be the same."
        )
    if isinstance(primal, Tensor) and not isinstance(tangent, Traced):
        tangent = wrap(tangent)
    return Dual(primal, like(tangent, primal), level)


def parted(y: Any, level: int) -> tuple[Any, Any]:
    """(the primals, the tangents) of a nest of results; what does not move has tangent 0."""
    pairs = [
        (x.primal, x.tangent) if type(x) is Dual and x.level == level else (x, still(x))
        for x in leaves_of(y)
    ]
    return rebuild(y, [p for p, _ in pairs]), rebuild(y, [t for _, t in pairs])


def still(y: Any) -> Any:
    """The tangent of what does not move."""
    if type(y) is Dual:
        return still(y.primal)
    return wrap(np.zeros_like(y.array)) if isinstance(y, Tensor) else np.zeros_like(y)
