"""Forward mode: a number together with how fast it is moving.

The local gradients of reverse mode serve forward mode too; only the direction of the sum differs.
Reverse:  parent.grad  +=  local gradient · node.grad       (from the result back to the inputs)
Forward:  node.tangent  =  Σ local gradient · parent.tangent   (from the inputs on to the result)
"""

from collections.abc import Callable, Sequence
from typing import Any

from micrograd_lab.errors import SizeError
from micrograd_lab.scalar.domain import as_number
from micrograd_lab.scalar.value import Value


class Dual:
    """A primal and its tangent: x, and dx/dt while something upstream moves at unit speed.

    Everything a Value can do, a Dual can do (x * y, x.tanh(), 2 ** x, ...).  No graph is kept:
    the derivative arrives together with the result.  Numbers stand still: their tangent is 0.

        x = Dual(3.0, 1.0)
        (x * x + x).tangent       # 7.0
    """

    __slots__ = ("primal", "tangent")

    def __init__(self, primal: float, tangent: float = 0.0) -> None:
        self.primal = as_number(primal)
        self.tangent = as_number(tangent)

    @property
    def data(self) -> float:
        """The primal, under the name it has in a Value."""
        return self.primal

    def __repr__(self) -> str:
        return f"Dual(primal={self.primal!r}, tangent={self.tangent!r})"


def _lift(name: str) -> Callable[..., Dual]:
    """A Value's op as an op on Duals: the same result, the same local gradients, pushed forward."""
    on_values = getattr(Value, name)

    def on_duals(*args: Any) -> Dual:
        duals = [x if isinstance(x, Dual) else None for x in args]
        values = [Value(d.primal) if d else x for d, x in zip(duals, args, strict=True)]
        y = on_values(*values)
        tangents = {id(v): d.tangent for v, d in zip(values, duals, strict=True) if d}
        edges = zip(y.parents, y.local_grads, strict=True)
        return Dual(y.data, sum(slope * tangents.get(id(parent), 0.0) for parent, slope in edges))

    on_duals.__name__, on_duals.__doc__ = name, on_values.__doc__
    return on_duals


ARITHMETIC = "__add__ __radd__ __sub__ __rsub__ __mul__ __rmul__ __truediv__ __rtruediv__"
POWERS = "__pow__ __rpow__ __neg__ __abs__ exp log sqrt sin cos tanh sigmoid relu abs max min"
for _name in f"{ARITHMETIC} {POWERS}".split():
    setattr(Dual, _name, _lift(_name))
for _name in ("__lt__", "__le__", "__gt__", "__ge__"):  # these look at `data` alone
    setattr(Dual, _name, getattr(Value, _name))


def jvp(
    f: Callable[..., Any], primals: Sequence[float], tangents: Sequence[float]
) -> tuple[float, float]:
    """(f(primals), how fast it changes when each primal moves at the speed of its tangent).

    One run of f whatever the number of outputs, but one run per direction: cheap for few inputs,
    where reverse mode is cheap for few outputs.
    """
    if len(primals) != len(tangents):
        raise SizeError(f"jvp: {len(primals)} primals but {len(tangents)} tangents; give one each.")
    y = f(*(Dual(p, t) for p, t in zip(primals, tangents, strict=True)))
    return (y.primal, y.tangent) if isinstance(y, Dual) else (as_number(y), 0.0)
