"""The rules of an op, run on Symbols: they write themselves down."""

import warnings
from collections.abc import Callable
from typing import Any

import numpy as np

from micrograd_lab.errors import GradError, LabError, OptionError
from micrograd_lab.formula.forms import PLAIN, TEX
from micrograd_lab.formula.symbol import Symbol, known_names, written
from micrograd_lab.ops.op import Op
from micrograd_lab.samples import example_of

MATRICES = frozenset({"matmul", "linear"})
NAMES = {1: ("x",), 2: ("a", "b"), 3: ("a", "b", "c")}


def symbols_of(op: Op) -> tuple[list[Symbol], Symbol, Symbol, dict[str, Any]]:
    """(inputs, y, the upstream gradient ȳ, params) for an op, as Symbols."""
    inputs, params = example_of(op)
    names = NAMES.get(len(inputs), tuple(f"x_{i}" for i in range(len(inputs))))
    if op.name in MATRICES:
        names = tuple(name.upper() for name in names)
    xs = [Symbol(name, value) for name, value in zip(names, inputs, strict=True)]
    with np.errstate(all="ignore"), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        y = np.asarray(op.forward(*inputs, **params))
    name = "Y" if op.name in MATRICES else "y"
    return xs, Symbol(name, y), Symbol((rf"\bar{{{name}}}", f"d{name}"), np.ones(y.shape)), params


def vjp_formulas(op: Op, style: int = TEX) -> list[tuple[str, str]]:
    """[(gradient of the input, its formula)], from the op's own vjp rules.

    With x the inputs, y the result and ȳ the gradient that comes from above.  Inputs of one shape:
    broadcasting would only add sums.

    GradError for a rule that is not made of ops; OptionError if no example call of op is known.
    """
    xs, y, g, params = symbols_of(op)
    found = []
    for i, x in enumerate(xs if op.differentiable else ()):
        if x.dtype.kind != "f":
            continue
        with knowing(xs, y, params):
            result = _asked("vjp", op, i, g, y, xs, params)
            if result is None:
                continue
            text = written(result, style)[0]
        name = (rf"\bar{{{x.name[TEX]}}}", f"d{x.name[PLAIN]}")
        found.append((name[style], text))
    return found


def jvp_formula(op: Op, style: int = TEX) -> str:
    """ẏ, how fast the result moves when every input moves, from the op's own jvp rules.

    GradError for a rule that is not made of ops; OptionError if no example call of op is known.
    """
    xs, y, _, params = symbols_of(op)
    with knowing(xs, y, params):
        total: Any = None
        for i, x in enumerate(xs):
            if x.dtype.kind == "f" and op.jvps:
                dot = Symbol((rf"\dot{{{x.name[TEX]}}}", f"d{x.name[PLAIN]}"), np.ones(x.shape))
                part = _asked("jvp", op, i, dot, y, xs, params)
                total = part if total is None else total + part
        return written(total, style)[0]


def _asked(kind: str, op: Op, i: int, move: Symbol, y: Symbol, xs: Any, params: Any) -> Any:
    """What the op's rule for input i answers to Symbols: it must be made of ops."""
    cause: Exception | None = None
    try:
        found = getattr(op, kind)(i, move, y, xs, params)
        if not isinstance(found, np.ndarray):
            return found
    except LabError:
        raise
    except (TypeError, ValueError, AttributeError) as error:
        cause = error
    raise GradError(
        f"the {kind} formula of {op.name}: its rule for input {i} cannot be run on Symbols, which "
        f"only ops accept: {cause or 'it returned an array'}. Write the rule with the lab's ops, such as exp(x), not np.exp(x); "
        "then it has a formula, and second derivatives too."
    ) from cause


def forward_formula(op: Op, style: int = TEX) -> str:
    """The op itself, on its inputs."""
    try:
        xs, y, _, params = symbols_of(op)
    except OptionError:  # an op of the engine room, that nobody calls with tensors
        xs, y, params = [Symbol("x", np.zeros(()))], Symbol("y", np.zeros(())), {}
    with knowing(xs, y, params):
        return written(Symbol("", y.example, op, tuple(xs), params), style)[0]


def latex(f: Callable[..., Any], *names: str, shape: tuple[int, ...] = ()) -> str:
    """Any function of ops, as it acts on Symbols of these names: latex(lambda x: x * x, "x")."""
    draw = np.random.default_rng(0)
    y = f(*(Symbol(name, draw.uniform(0.3, 0.9, shape)) for name in names))
    return written(y, TEX)[0]


class knowing:  # noqa: N801
    """While a formula is written: what its params and shapes are called."""

    def __init__(self, xs: list[Symbol], y: Symbol, params: dict[str, Any]) -> None:
        self.names = [(value, name) for name, value in params.items()]
        self.names += [(x.shape, f"shape of {x.name[PLAIN]}") for x in xs if x.ndim]
        self.names += [(y.shape, "shape of y")] if y.ndim else []

    def __enter__(self) -> None:
        self.before = known_names[:]
        known_names[:] = self.names

    def __exit__(self, *exc: object) -> None:
        known_names[:] = self.before
