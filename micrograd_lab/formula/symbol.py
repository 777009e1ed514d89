"""A Symbol stands for an array of which only the name matters, and notes the ops that act on it."""

import math
import warnings
from typing import Any

import numpy as np

from micrograd_lab.errors import GradError
from micrograd_lab.formula.forms import ATOM, FORMS, NUMERALS, PLAIN, SUM, TEX, TRANSPARENT
from micrograd_lab.forward import borrowed, bound
from micrograd_lab.ops.op import Op
from micrograd_lab.ops.operators import Operators


class Symbol(Operators):
    """A formula that ops can act on: an op and its arguments, or only a name."""

    __slots__ = ("args", "example", "name", "op", "params")
    level = 99

    def __init__(
        self, name: Any, example: Any, op: Op | None = None, args: Any = (), params: Any = None
    ) -> None:
        self.name = name if isinstance(name, tuple) else (name, name)  # in LaTeX, in plain text
        self.example = example
        self.op = op
        self.args = args
        self.params = params or {}

    def apply(self, op: Op, inputs: tuple[Any, ...], params: dict[str, Any]) -> Any:
        with np.errstate(all="ignore"), warnings.catch_warnings():
            warnings.simplefilter("ignore")
            y = np.asarray(op(*(example(x) for x in inputs), **params))
        simple = simplified(op, inputs, y)
        return Symbol("", y, op, inputs, params) if simple is None else simple

    @property
    def shape(self) -> tuple[int, ...]:
        return self.example.shape  # type: ignore[no-any-return]

    @property
    def dtype(self) -> np.dtype[Any]:
        return self.example.dtype  # type: ignore[no-any-return]

    @property
    def ndim(self) -> int:
        return int(self.example.ndim)

    @property
    def size(self) -> int:
        return int(self.example.size)

    @property
    def tex(self) -> str:
        """The formula in LaTeX."""
        return written(self, TEX)[0]

    @property
    def text(self) -> str:
        """The formula in plain text."""
        return written(self, PLAIN)[0]

    def __bool__(self) -> bool:
        raise GradError("a Symbol is neither true nor false: this rule branches on its data.")

    def __getattr__(self, name: str) -> Any:
        return bound(borrowed(name), self)

    def __len__(self) -> int:
        return len(self.example)

    def __getitem__(self, index: Any) -> Any:
        return borrowed("__getitem__")(self, index)

    def _repr_latex_(self) -> str:
        return f"${self.tex}$"

    def __repr__(self) -> str:
        return self.text


def example(x: Any) -> Any:
    return x.example if isinstance(x, Symbol) else x


def simplified(op: Op, inputs: tuple[Any, ...], y: Any) -> Any:
    """What needs no writing: 1 · x, x + 0, a change of dtype; x · x is x²."""
    name = op.name
    if name in TRANSPARENT and isinstance(inputs[0], Symbol):
        return Symbol(inputs[0].name, y, inputs[0].op, inputs[0].args, inputs[0].params)
    if name == "neg" and isinstance(inputs[0], Symbol):
        inside = inputs[0]
        return inside.args[0] if inside.op is op else None
    if name not in ("mul", "add", "sub", "pow", "div"):
        return None
    a, b = inputs
    unit = 0 if name in ("add", "sub") else 1
    if is_number(b, unit):
        return a
    if is_number(a, unit) and name in ("mul", "add"):
        return b
    if name == "mul" and is_number(b, 0):
        return Symbol("0", y)
    if name == "mul" and is_number(b, -1):
        return -a
    if name == "mul" and isinstance(b, Symbol) and b.op is not None:
        if b.op.name == "div" and is_number(b.args[0], 1):
            return a / b.args[1]
        if isinstance(a, Symbol) and same(a, b):
            return a**2
    elif name == "mul" and isinstance(a, Symbol) and isinstance(b, Symbol) and same(a, b):
        return a**2
    return None


def is_number(x: Any, value: float) -> bool:
    return isinstance(x, (int, float)) and not isinstance(x, bool) and x == value


def same(a: Any, b: Any) -> bool:
    return bool(written(a, PLAIN) == written(b, PLAIN))


# --- writing it down ------------------------------------------------------------------------------


def written(x: Any, style: int) -> tuple[str, int]:
    """(the formula, how tightly its outermost operator holds)."""
    if not isinstance(x, Symbol):
        return numeral(x, style)
    if x.op is None:
        return x.name[style], ATOM
    form = FORMS.get(x.op.name)
    if form is None:
        return call(x, style), ATOM
    template, binds, needs = form[0] if style == TEX else form[1], form[2], form[3]
    open_, close = ((r"\left(", r"\right)"), ("(", ")"))[style]
    parts = []
    for arg, need in zip(x.args, needs, strict=True):
        part, held = written(arg, style)
        free = style == TEX and x.op.name in ("div", "reciprocal")  # the bar holds it together
        parts.append(part if held > need or free else f"{open_}{part}{close}")
    return template.format(*parts), ATOM if style == TEX and r"\frac" in template else binds


def numeral(x: Any, style: int) -> tuple[str, int]:
    """A number, by its name if it has one; an array that only the rule knows is a c."""
    if x is None:
        return r"\varnothing" if style == TEX else "none", ATOM
    if np.ndim(x):
        return "c", ATOM
    value = float(x)
    for known, names in NUMERALS.items():
        if abs(value - known) < 1e-12:
            return names[style], ATOM
    if math.isinf(value):
        names = (r"\infty", "inf")
        return ("-" if value < 0 else "") + names[style], SUM if value < 0 else ATOM
    return f"{value:.6g}", ATOM if value >= 0 else SUM


def call(x: Symbol, style: int) -> str:
    """Any op without a form: name(arguments; what it was told)."""
    assert x.op is not None
    args = ", ".join(written(arg, style)[0] for arg in x.args)
    told = [word for key, value in x.params.items() if (word := param(key, value, style))]
    comma = r",\ " if style == TEX else ", "
    if told:
        args += (r";\ " if style == TEX else "; ") + comma.join(told)
    if style == PLAIN:
        return f"{x.op.name}({args})"
    return r"\operatorname{" + escape(x.op.name) + r"}\left(" + args + r"\right)"


# Under which names the formula being written knows its own params and shapes.
known_names: list[tuple[Any, str]] = []


def param(key: str, value: Any, style: int) -> str:
    """A param by its own name, if it is one of the op's; otherwise by its value, if that is short."""
    if value is None or value is False:
        return ""
    for held, name in sorted(known_names, key=lambda pair: pair[1] != key):  # its own name first
        if alike(held, value):
            return word(name, style)
    if value is True:
        return word(key, style)
    if isinstance(value, (int, float, str)):
        return f"{word(key, style)}={value}"
    if isinstance(value, tuple) and value and all(isinstance(n, int) for n in value):
        return f"{word(key, style)}={','.join(map(str, value))}"
    return word(key, style)


def alike(held: Any, value: Any) -> bool:
    """Whether two params are the same, and telling: an empty tuple is not."""
    if held is value:
        return True
    if type(held) is not type(value) or isinstance(value, np.ndarray) or value == ():
        return False
    return repr(held) == repr(value)


def word(name: str, style: int) -> str:
    return r"\mathit{" + escape(name) + "}" if style == TEX else name


def escape(name: str) -> str:
    return name.replace("_", r"\_")
