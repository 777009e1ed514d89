"""What an op is: a function, and one derivative rule for each of its inputs.

Near a point every input of an op acts through a linear map.  `jvps[i]` pushes a tangent forward
through the i-th one, `vjps[i]` pulls an upstream gradient back; each is the transpose of the other.

    forward(*xs, **params)            -> y
    jvps[i](dx, y, *xs, **params)     -> dy    contribution of input i
    vjps[i](g,  y, *xs, **params)     -> dx    gradient for input i

Nobody writes these by hand if one of four shapes fits; then one line is enough:

    elementwise   y = f(x₁, x₂, …) entry by entry        give the partial derivatives
    reduction     y = f(entries of x along some axes)    give the partial derivative
    linear        y = A x                                give the transpose
    bilinear      y = B(a, b), linear in each            give the two transposes

A rule is ordinary code over ops.  On arrays it computes a gradient; on Tensors, a gradient that can
be differentiated again; on Duals, a derivative of a derivative; on Symbols it writes itself down.
"""

import dis
import functools
import math
from collections.abc import Callable
from typing import Any

import numpy as np

from micrograd_lab.ops.casting import blocks, mode

ndarray = np.ndarray
Array = np.ndarray[Any, Any]
Rule = Callable[..., Any]

SHAPE_ONLY = frozenset({"shape", "ndim", "dtype", "size"})
NOTHING, SHAPE, ALL = 0, 1, 2  # how much of a value a rule reads
# whether y is kept; which inputs, and how much of each; which want a gradient; how many values
Plan = tuple[bool, tuple[tuple[int, int], ...], tuple[int, ...], int]


class Traced:
    """A value that wants to know which ops act on it: a Tensor, a Dual, a Symbol."""

    __slots__ = ()
    level: float = 0  # where kinds are mixed, the highest level decides
    __array_ufunc__ = None  # array + traced must call our __radd__, not loop over the entries

    def apply(self, op: "Op", inputs: tuple[Any, ...], params: dict[str, Any]) -> Any:
        raise NotImplementedError


class Op:
    """A differentiable function, declared once.  Call it on arrays, or on anything Traced."""

    __slots__ = (
        *("add_into", "autocast", "forward", "is_view", "jvps", "kind", "name", "plans", "pull"),
        *("reads", "variadic", "vjps"),
    )

    def __init__(
        self,
        name: str,
        kind: str,
        forward: Rule,
        vjps: tuple[Rule, ...] = (),
        jvps: tuple[Rule, ...] = (),
        reads: tuple[tuple[int, ...], ...] = (),
        variadic: bool = False,
        is_view: bool = False,
    ) -> None:
        self.name = name
        self.kind = kind
        self.forward = forward
        self.vjps = vjps
        self.jvps = jvps
        self.reads = reads  # per vjp: how much it reads of (y, *xs)
        self.variadic = variadic  # one rule serves every input: vjps[0](i, g, y, *xs)
        self.is_view = is_view  # the result shares the memory of x
        self.plans: dict[tuple[int, int], Plan] = {}
        # On arrays, all the vjps in one call, if that is faster: pull(parents, g, y, *xs, **params),
        # where parents says which gradients are wanted.
        self.pull: Rule | None = None
        # On arrays, where the vjp is zeros but for a part: add that to a gradient there is already,
        # add_into(dx, g, **params).  The vjp must return an array of its own.
        self.add_into: Rule | None = None
        # Which op runs in its place while autocast is on, and on what: autocast(op, inputs).
        self.autocast: Callable[[Op, tuple[Any, ...]], tuple[Op, tuple[Any, ...]]] | None = None

    def __call__(self, *inputs: Any, **params: Any) -> Any:
        top = None
        for x in inputs:
            if isinstance(x, Traced) and (top is None or x.level > top.level):
                top = x
        if top is None:
            return self.forward(*inputs, **params)
        if blocks and mode.on and self.autocast is not None:
            return top.apply(*self.autocast(self, inputs), params)
        return top.apply(self, inputs, params)

    def vjp(self, i: int, g: Any, y: Any, xs: Any, params: dict[str, Any]) -> Any:
        """The upstream gradient g, pulled back to input i."""
        if self.variadic:
            return self.vjps[0](i, g, y, *xs, **params)
        return self.vjps[i](g, y, *xs, **params)

    def jvp(self, i: int, dx: Any, y: Any, xs: Any, params: dict[str, Any]) -> Any:
        """The tangent dx of input i, pushed forward."""
        if self.variadic:
            return self.jvps[0](i, dx, y, *xs, **params)
        return self.jvps[i](dx, y, *xs, **params)

    def rules(self, count: int) -> list[Rule]:
        """The vjps of a variadic op for `count` inputs."""
        return [functools.partial(self.vjps[0], i) for i in range(count)]

    @property
    def differentiable(self) -> bool:
        return bool(self.vjps)

    def plan(self, wanted: int, count: int) -> Plan:
        """What to keep of (y, *xs) for backward, if the inputs whose bits are set want a gradient."""
        keep = [NOTHING] * (1 + count)
        wants = [i for i in range(count) if wanted >> i & 1]
        for i in wants:
            row = self.reads[0 if self.variadic else i]
            for k in range(1 + count):
                keep[k] = max(keep[k], row[min(k, len(row) - 1)])
        keeps = tuple((k, how) for k, how in enumerate(keep[1:]) if how != NOTHING)
        size = 1 + max(count, len(self.vjps))  # inputs at the end may be left out
        plan = self.plans[wanted, count] = (keep[0] == ALL, keeps, tuple(wants), size)
        return plan

    def __repr__(self) -> str:
        return f"<op {self.name}>"

    __str__ = __repr__


OPS: dict[str, Op] = {}


def declare(op: Op) -> Op:
    """Enter an op into the table."""
    assert op.name not in OPS, f"{op.name} is declared twice"
    OPS[op.name] = op
    return op


def reads_of(rule: Rule, skip: int = 0) -> tuple[int, ...]:
    """How much a rule reads of each of its positional parameters after the first `skip`.

    This decides what is saved for backward, so it is read off the rule itself: a parameter that is
    only ever asked for its shape needs no data kept alive, one that never occurs needs nothing.
    A `*xs` at the end stands for all the inputs there are.
    """
    code = rule.__code__
    count = code.co_argcount
    names = list(code.co_varnames[:count])
    if code.co_flags & 0x04:  # *args
        names.append(code.co_varnames[count + code.co_kwonlyargcount])
    found = dict.fromkeys(names, NOTHING)
    instructions = list(dis.get_instructions(code))
    for here, after in zip(instructions, [*instructions[1:], None], strict=True):
        if not here.opname.startswith(
            ("LOAD_FAST", "LOAD_DEREF", "LOAD_CLOSURE", "LOAD_CLASSDEREF")
        ):
            continue
        loaded = here.argval if isinstance(here.argval, tuple) else (here.argval,)
        for k, name in enumerate(loaded):
            if name not in found:
                continue
            is_last = k == len(loaded) - 1
            asked = after.argval if is_last and after and after.opname == "LOAD_ATTR" else None
            found[name] = max(found[name], SHAPE if asked in SHAPE_ONLY else ALL)
    return tuple(found[name] for name in names[skip:])


# --- the four shapes ------------------------------------------------------------------------


def elementwise(name: str, forward: Rule, *partials: Rule) -> Op:
    """y = f(x₁, x₂, …) entry by entry, with broadcasting; partials[i](y, *xs) is ∂y/∂xᵢ."""
    vjps = tuple(_elementwise_vjp(i, len(partials), partial) for i, partial in enumerate(partials))
    jvps = tuple(_elementwise_jvp(partial) for partial in partials)
    reads = []
    for i, partial in enumerate(partials):
        row = list(reads_of(partial))
        row[1 + i] = max(row[1 + i], SHAPE)  # to undo the broadcasting
        reads.append(tuple(row))
    return declare(Op(name, "elementwise", forward, vjps, jvps, tuple(reads)))


def _elementwise_vjp(i: int, count: int, partial: Rule) -> Rule:
    has_params = partial.__code__.co_argcount + partial.__code__.co_kwonlyargcount > 1 + count

    def unary(g: Any, y: Any, x: Any) -> Any:
        return g * partial(y, x)

    def binary(g: Any, y: Any, a: Any, b: Any) -> Any:
        factor = partial(y, a, b)
        dx = times(g, factor) if type(factor) is int else g * factor
        shape = (b if i else a).shape
        return dx if dx.shape == shape else sum_to_shape(dx, shape)

    def general(g: Any, y: Any, *xs: Any, **params: Any) -> Any:
        return sum_to_shape(times(g, partial(y, *xs, **params)), xs[i].shape)

    return general if has_params or count > 2 else unary if count == 1 else binary


def _elementwise_jvp(partial: Rule) -> Rule:
    def jvp(dx: Any, y: Any, *xs: Any, **params: Any) -> Any:
        return times(dx, partial(y, *xs, **params))

    return jvp


def reduction(name: str, forward: Rule, partial: Rule) -> Op:
    """y = f(entries of x along dim); partial(y, x) is ∂y/∂x, with y still as wide as x.

    forward(x, dim, keepdim, **params) gets dim as a tuple of axes, none of them negative.
    """

    def vjp(g: Any, y: Any, x: Any, dim: tuple[int, ...], keepdim: bool, **params: Any) -> Any:
        if not keepdim:
            y = y if y is None else unsqueeze_all(y, dim)
            g = unsqueeze_all(g, dim)
        return broadcast_to(g, shape=x.shape) * partial(y, x, **params)

    def jvp(dx: Any, y: Any, x: Any, dim: tuple[int, ...], keepdim: bool, **params: Any) -> Any:
        wide = y if keepdim else unsqueeze_all(y, dim)
        return sum_over(dx * partial(wide, x, **params), dim=dim, keepdim=keepdim)

    y_reads, x_reads = reads_of(partial)[:2]
    return declare(
        Op(name, "reduction", forward, (vjp,), (jvp,), ((y_reads, max(x_reads, SHAPE)),))
    )


def linear(name: str, forward: Rule, transpose: Rule, is_view: bool = False) -> Op:
    """y = A x; transpose(g, x, **params) is Aᵀ g.  A linear map is its own derivative."""

    def vjp(g: Any, y: Any, x: Any, **params: Any) -> Any:
        return transpose(g, x, **params)

    def jvp(dx: Any, y: Any, x: Any, **params: Any) -> Any:
        return op(dx, **params)

    reads = ((NOTHING, reads_of(transpose, skip=1)[0]),)
    op = declare(Op(name, "linear", forward, (vjp,), (jvp,), reads, is_view=is_view))
    return op


def bilinear(name: str, forward: Rule, left: Rule, right: Rule) -> Op:
    """y = B(a, b), linear in each input; left(g, a, b) and right(g, a, b) are the two transposes."""

    def vjp_left(g: Any, y: Any, a: Any, b: Any, **params: Any) -> Any:
        return left(g, a, b, **params)

    def vjp_right(g: Any, y: Any, a: Any, b: Any, **params: Any) -> Any:
        return right(g, a, b, **params)

    def jvp_left(da: Any, y: Any, a: Any, b: Any, **params: Any) -> Any:
        return op(da, b, **params)

    def jvp_right(db: Any, y: Any, a: Any, b: Any, **params: Any) -> Any:
        return op(a, db, **params)

    reads = tuple((NOTHING, *reads_of(rule, skip=1)[:2]) for rule in (left, right))
    op = declare(Op(name, "bilinear", forward, (vjp_left, vjp_right), (jvp_left, jvp_right), reads))
    return op


def linear_in_each(name: str, forward: Rule, transpose: Rule) -> Op:
    """y = Σᵢ Aᵢ xᵢ for any number of inputs (cat, stack); transpose(i, g, *xs, **params) is Aᵢᵀ g."""

    def vjp(i: int, g: Any, y: Any, *xs: Any, **params: Any) -> Any:
        return transpose(i, g, *xs, **params)

    def jvp(i: int, dx: Any, y: Any, *xs: Any, **params: Any) -> Any:
        return op(*(dx if k == i else _no_move(x) for k, x in enumerate(xs)), **params)

    reads = ((NOTHING, SHAPE),)
    op = declare(Op(name, "linear in each", forward, (vjp,), (jvp,), reads, variadic=True))
    return op


def _no_move(x: Any) -> Any:
    """The tangent of what stands still.  (Not x * 0, which is nan where x is inf.)"""
    return np.zeros(x.shape, x.dtype) if hasattr(x, "shape") else 0


def by_hand(name: str, forward: Rule, vjps: tuple[Rule, ...], jvps: tuple[Rule, ...] = ()) -> Op:
    """An op whose rules are written out: vjps[i](g, y, *xs, **params).  Say why, next to it."""
    reads = tuple(reads_of(vjp, skip=1) for vjp in vjps)
    return declare(Op(name, "by hand", forward, vjps, jvps, reads))


def constant(name: str, forward: Rule) -> Op:
    """No gradient flows through it: comparisons, argmax, rounding to integers."""
    return declare(Op(name, "constant", forward))


# --- what the shapes themselves are made of -------------------------------------------------


def times(g: Any, factor: Any) -> Any:
    """g · factor, without work where the factor is the number 1 or -1."""
    if type(factor) is int:
        return g if factor == 1 else -g if factor == -1 else g * factor
    return g * factor


def sum_to_shape(g: Any, shape: tuple[int, ...]) -> Any:
    """Undo broadcasting: an entry that was used many times collects many gradients."""
    if g.shape == shape:
        return g
    return _sum_to(g, shape) if type(g) is ndarray else sum_to(g, shape=shape)


def unsqueeze_all(x: Any, dim: tuple[int, ...]) -> Any:
    """Put back the axes that a reduction removed, each of size 1."""
    if not dim:
        return x
    shape = list(x.shape)
    for axis in sorted(dim):
        shape.insert(axis, 1)
    return reshape(x, shape=tuple(shape))


def _sum_to(x: Array, shape: tuple[int, ...]) -> Any:
    extra = x.ndim - len(shape)
    axes = tuple(range(extra)) + tuple(
        i + extra for i, n in enumerate(shape) if n == 1 and x.shape[i + extra] != 1
    )
    if axes == (0,) and x.ndim == 2:  # a bias: one product with ones is five times as fast
        return np.dot(np.ones(x.shape[0], x.dtype), x).reshape(shape)
    return np.add.reduce(x, axis=axes, keepdims=True).reshape(shape)


def _broadcast_to(x: Array, shape: tuple[int, ...]) -> Any:
    if x.size == 1 and math.prod(shape) < 4096:  # a view costs more than so small a copy
        wide = np.empty(shape, x.dtype)
        wide.fill(x.item())
        return wide
    return np.broadcast_to(x, shape)


def _sum(x: Array, dim: tuple[int, ...], keepdim: bool) -> Any:
    return np.add.reduce(x, axis=dim, keepdims=keepdim)  # type: ignore[call-overload]


def _spread(g: Any, x: Any, dim: tuple[int, ...], keepdim: bool) -> Any:
    return broadcast_to(g if keepdim else unsqueeze_all(g, dim), shape=x.shape)


reshape: Op = linear(
    "reshape", lambda x, shape: x.reshape(shape), lambda g, x, shape: reshape(g, shape=x.shape)
)
sum_to: Op = linear("sum_to", _sum_to, lambda g, x, shape: broadcast_to(g, shape=x.shape))
broadcast_to: Op = linear(
    "broadcast_to", _broadcast_to, lambda g, x, shape: sum_to_shape(g, x.shape)
)
sum_over: Op = linear("sum", _sum, _spread)
