"""A small example call of every op, for formulas and tables.

Most ops take any numbers.  For the others a list of calls of public functions is run once, with
arrays that note which ops act on them, forward and in the rules: so the examples are real calls.
"""

import inspect
import warnings
from contextlib import suppress
from functools import cache
from types import SimpleNamespace
from typing import Any

import numpy as np

from micrograd_lab import methods
from micrograd_lab.errors import OptionError
from micrograd_lab.forward import borrowed, bound
from micrograd_lab.ops.op import OPS, Op
from micrograd_lab.ops.operators import Operators

# fmt: off
PARAMS: dict[str, Any] = {  # a param means the same in every op
    "alpha": 0.5, "beta": 2.0, "causal": False, "centred": True, "correction": 1, "decimals": 0, "delta": 0.5, "dim0": 0,
    "dim1": 1, "dtype": np.dtype("float64"), "eps": 1e-5, "keepdim": False, "lambd": 0.25,
    "live": None, "max_val": 0.75, "min_val": 0.25, "nan": 0.0, "neginf": None, "negative_slope": 0.01, "p": 3.0,
    "n": 1, "posinf": None, "reverse": False, "scale": 0.5, "skip_nan": False, "threshold": 0.5, "value": 0.5,
}
SHAPES: dict[str, tuple[Any, ...]] = {  # where (2, 3) for every input will not do
    "matmul": ((2, 3), (3, 4)),
    "attention": ((2, 3), (4, 3), (4, 2)),
    "linear": ((2, 3), (4, 3), (4,)),
    "rnn_tanh": ((3, 2, 4), (2, 4), (4, 4)),
    "rnn_relu": ((3, 2, 4), (2, 4), (4, 4)),
    "lstm": ((3, 2, 8), (2, 2), (2, 2), (8, 2)),
    "gru": ((3, 2, 6), (2, 2), (6, 2), (6,)),
}
INDEX = np.array([[0, 1, 0], [1, 0, 1]])

CALLS = (  # on x of (2, 3), t of (2, 3), v of (3,), square (3, 3), positive definite, line (1, 2, 6), image (1, 2, 4, 4)
    lambda f, a: f.where(a.x > 0.5, a.x, a.t),
    lambda f, a: a.x[:, 1:],
    lambda f, a: a.x[INDEX[0]],
    lambda f, a: f.gather(a.x, 1, INDEX),
    lambda f, a: f.repeat_interleave(INDEX[0, :2]),
    lambda f, a: f.scatter(a.x, 1, INDEX, a.t),
    lambda f, a: f.scatter_add(a.x, 1, INDEX, a.t),
    lambda f, a: [f.scatter_reduce(a.x, 1, INDEX, a.t, how) for how in ("amax", "amin", "prod")],
    lambda f, a: f.index_put(a.x, (INDEX[0],), a.t[:1]),
    lambda f, a: f.index_select(a.x, 1, INDEX[0]),
    lambda f, a: f.broadcast_to(a.v, (2, 3)),
    lambda f, a: a.v.expand(2, 3),
    lambda f, a: f.sum(a.x * a.v),
    lambda f, a: a.x + a.v,
    lambda f, a: f.reshape(a.x, (3, 2)),
    lambda f, a: a.x.view(3, 2),
    lambda f, a: f.squeeze(f.unsqueeze(a.x, 0)),
    lambda f, a: f.permute(a.x, (1, 0)),
    lambda f, a: f.flip(a.x, (1,)),
    lambda f, a: f.roll(a.x, 1, 1),
    lambda f, a: f.repeat_interleave(a.x, 2, 1),
    lambda f, a: a.x.repeat(2, 1),
    lambda f, a: f.diagonal(a.square),
    lambda f, a: f.diag_embed(a.v),
    lambda f, a: f.tril(a.square),
    lambda f, a: f.triu(a.square),
    lambda f, a: f.pad(a.x, (1, 1)),
    lambda f, a: f.cat((a.x, a.t), 1),
    lambda f, a: f.stack((a.x, a.t), 0),
    lambda f, a: f.cross_entropy(a.x, INDEX[:, 0]),
    lambda f, a: f.one_hot(a.index),
    lambda f, a: f.einsum("ij,jk->ik", a.x, a.square),
    lambda f, a: f.einsum("ii->i", a.square),
    lambda f, a: f.embedding(INDEX, a.x),
    lambda f, a: f.conv1d(a.line, a.kernel),
    lambda f, a: f.unfold(a.image, 2),
    lambda f, a: f.fold(f.unfold(a.image, 2), (4, 4), 2),
    lambda f, a: f.max_pool1d(a.line, 2),
    lambda f, a: f.avg_pool1d(a.line, 2),
    lambda f, a: f.adaptive_max_pool1d(a.line, 3),
    lambda f, a: f.adaptive_avg_pool1d(a.line, 3),
    lambda f, a: f.interpolate(a.image, scale_factor=2, mode="bilinear", align_corners=False),
    lambda f, a: f.interpolate(a.image, scale_factor=2),
    lambda f, a: f.grid_sample(a.image, a.grid, align_corners=False),
    lambda f, a: [f.sort(a.x), f.argsort(a.x), f.topk(a.x, 2), f.kthvalue(a.x, 2), f.median(a.x, 1), f.mode(a.x)],
    lambda f, a: [f.cummax(a.x, 1), f.cummin(a.x, 1), f.nonzero(a.x), f.unique(a.x)],
    lambda f, a: [f.max(a.x, 1), f.argmax(a.x, 1), f.argmin(a.x, 1), f.all(a.x, 1), f.any(a.x, 1)],
    lambda f, a: [f.amax(a.x, 1), f.amin(a.x, 1), f.count_nonzero(a.x, 1), f.isclose(a.x, a.t)],
    lambda f, a: f.searchsorted(a.v, a.x),
    lambda f, a: f.cumprod(a.x, 1),
    lambda f, a: [f.matrix_rank(a.square), f.inv(a.square), f.solve(a.square, a.v), f.pinv(a.square)],
    lambda f, a: [f.det(a.square), f.slogdet(a.square), f.cholesky(a.square), f.eigh(a.square)],
    lambda f, a: [f.qr(a.square), f.svdvals(a.square), f.right_vectors(a.square), f.eigvalsh(a.square)],
    lambda f, a: f.repeat_interleave(a.index[0], 2),
    lambda f, a: f.cross(a.x, a.t, dim=1),
    lambda f, a: [a.x.unfold(1, 2, 1), f.as_strided(a.x, (2, 2), (1, 1))],
    lambda f, a: [f.linalg_svd(a.square[:, :2]), f.qr(a.square[:, :2], "complete"), f.frexp(a.x)],
    lambda f, a: [f.heaviside(a.x, a.t), f.histc(a.x, 3), f.bincount(a.index[0]), f.isin(a.x, a.t)],
    lambda f, a: [f.unique_consecutive(a.x), f.fractional_max_pool2d(a.image, 2, 2, _random_samples=np.full((1, 2, 2), 0.5))],
    lambda f, a: [f.gcd(a.index, a.index), f.lcm(a.index, a.index), f.nextafter(a.x, a.t)],
)
# fmt: on


class Spy(Operators):
    """An array that notes the first call of every op that acts on it."""

    __slots__ = ("array", "seen")
    level = 98

    def __init__(self, array: Any, seen: dict[str, Any]) -> None:
        self.array = np.asarray(array)
        self.seen = seen

    def apply(self, op: Op, inputs: tuple[Any, ...], params: dict[str, Any]) -> Any:
        arrays = [x.array if isinstance(x, Spy) else x for x in inputs]
        y = np.asarray(op(*arrays, **params))
        if op.name not in self.seen:
            self.seen[op.name] = (arrays, params)
            for i in range(_rules(op, len(arrays))):
                g = Spy(np.ones(y.shape), self.seen)
                op.vjp(i, g, Spy(y, self.seen), [self.like(x) for x in arrays], params)
        return Spy(y, self.seen)

    def like(self, x: Any) -> Any:
        return Spy(x, self.seen) if isinstance(x, np.ndarray) else x

    @property
    def shape(self) -> tuple[int, ...]:
        return self.array.shape

    @property
    def dtype(self) -> np.dtype[Any]:
        return self.array.dtype

    @property
    def ndim(self) -> int:
        return self.array.ndim

    @property
    def size(self) -> int:
        return self.array.size

    def __getitem__(self, index: Any) -> Any:
        return borrowed("__getitem__")(self, index)

    def __getattr__(self, name: str) -> Any:
        return bound(borrowed(name), self)


def _rules(op: Op, count: int) -> int:
    """For how many of the inputs there is a rule."""
    return count if op.variadic else len(op.vjps)


def public() -> dict[str, Any]:
    """Every function that an ops module defines: those of nn.functional too."""
    modules = list(methods.tables())
    found = {
        n: f
        for m in modules
        for n, f in vars(m).items()
        if inspect.isfunction(f) or isinstance(f, Op)
    }
    return found | {n: getattr(m, n) for m in modules for n in m.FUNCTIONS}


@cache
def recorded() -> dict[str, tuple[list[Any], dict[str, Any]]]:
    """name of an op -> (inputs, params) of its first call in CALLS."""
    seen: dict[str, Any] = {}
    draw = np.random.default_rng(0)

    def spy(*shape: int) -> Spy:
        return Spy(draw.uniform(0.3, 0.9, shape), seen)

    on = SimpleNamespace(
        x=spy(2, 3),
        t=spy(2, 3),
        v=spy(3),
        square=Spy(np.diag([3.0, 2.0, 1.0]) + 0.1, seen),
        line=spy(1, 2, 6),
        kernel=spy(2, 2, 3),
        image=spy(1, 2, 4, 4),
        grid=spy(1, 2, 2, 2),
        index=Spy(INDEX, seen),
    )
    named = SimpleNamespace(**public())
    for call in CALLS:
        with suppress(AttributeError):  # a function that is gone leaves its op without an example
            call(named, on)
    return seen


def example_of(op: Op) -> tuple[list[Any], dict[str, Any]]:
    """(inputs, params) of a call of this op; small, and the same each time.

    OptionError for an op that needs more than plain numbers and that no call in CALLS shows.
    """
    with np.errstate(all="ignore"), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        if is_plain(op):
            return plain_example(op)
        if op.name in recorded():
            return recorded()[op.name]
    named = (
        ", ".join(n for n in _params(op) if n not in PARAMS) or "inputs that plain numbers are not"
    )
    raise OptionError(
        f"an example call of the op {op.name}: none is known, as it takes {named}. Give its params "
        "names that the lab's own ops use (alpha, eps, dim, keepdim, ...), or let it take inputs only."
    )


def is_plain(op: Op) -> bool:
    """Whether any numbers will do, and every param has its usual meaning."""
    if op.name == "where" or op.forward.__module__.endswith(".matrices"):
        return False
    elsewhere = op.kind in ("constant", "linear in each") or (
        op.kind == "linear" and op.name != "sum"
    )
    if op.name.startswith(("bitwise", "logical", "is", "sign")) and op.name != "isclose":
        return True
    if elsewhere and op.name not in ("astype", "clone", "mean", "cumsum", "transpose"):
        return op.kind == "constant" and set(_names(op)) <= {"a", "b"}
    return op.name in SHAPES or not set(_params(op)) - {*PARAMS, "dim"}


def plain_example(op: Op) -> tuple[list[Any], dict[str, Any]]:
    draw = np.random.default_rng(0)
    count = len(op.vjps) or len([n for n in _names(op) if n in ("a", "b", "x")])
    inputs = [draw.uniform(0.3, 0.9, shape) for shape in SHAPES.get(op.name, ((2, 3),) * count)]
    if op.name.startswith(("bitwise", "logical", "gcd", "lcm")):
        inputs = [np.arange(x.size).reshape(x.shape) for x in inputs]
    if op.name == "acosh":
        inputs = [x + 1 for x in inputs]
    params = {key: _dim(op) if key == "dim" else PARAMS[key] for key in _params(op)}
    return inputs, params


def _dim(op: Op) -> Any:
    hint = str(inspect.signature(op.forward).parameters.get("dim", ""))
    return (1,) if op.kind == "reduction" or op.name in ("sum", "mean") or "tuple" in hint else 1


def _names(op: Op) -> list[str]:
    """The names of all that forward takes."""
    if isinstance(op.forward, np.ufunc):  # newer ones have a signature: out, where, casting, ...
        return ["x"] * op.forward.nin
    try:
        given = inspect.signature(op.forward).parameters
    except ValueError:  # written in C
        return ["x"]
    return [n for n, p in given.items() if p.kind is not p.VAR_KEYWORD]


def _params(op: Op) -> list[str]:
    """What an op takes besides its inputs: by its forward, and by the partial inside its rule."""
    names = _names(op)
    count = len(SHAPES.get(op.name, op.vjps)) or len([n for n in names if n in ("a", "b", "x")])
    found = ["dim", "keepdim"] if op.kind == "reduction" else []
    found += names[count:]
    for cell in (op.vjps[0].__closure__ or ()) if op.vjps else ():
        inner = cell.cell_contents
        if inspect.isfunction(inner) and op.kind in ("elementwise", "reduction"):
            code = inner.__code__
            first = 1 + len(op.vjps)
            found += code.co_varnames[first : code.co_argcount + code.co_kwonlyargcount]
    if op.kind == "by hand" and not op.variadic:
        code = op.vjps[0].__code__
        found += code.co_varnames[2 + len(op.vjps) : code.co_argcount + code.co_kwonlyargcount]
    return list(dict.fromkeys(found))


def ops_without_example() -> list[str]:
    """For a test: every op must have one."""
    return [name for name, op in OPS.items() if not is_plain(op) and name not in recorded()]
