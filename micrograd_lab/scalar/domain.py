"""At the door of the scalar engine: what counts as a number, and what an op cannot do."""

import functools
import numbers
from collections.abc import Callable
from typing import Any, ParamSpec, TypeVar

from micrograd_lab.errors import (
    DivisionByZeroError,
    LabError,
    NotANumberError,
    TooLargeError,
    UndefinedError,
)

P = ParamSpec("P")
R = TypeVar("R")
V = TypeVar("V")


def as_number(x: Any) -> float:
    """x as a float: an int, float, bool, fraction, NumPy scalar or zero-dimensional array.

    Raises NotANumberError for everything else, text and complex numbers included.
    """
    if isinstance(x, float):  # nearly always, so it comes first and asks no more
        return float(x)
    dtype = getattr(getattr(x, "dtype", None), "kind", "f")
    if dtype in "biuf" and (isinstance(x, numbers.Real) or getattr(x, "shape", None) == ()):
        try:
            return float(x)
        except OverflowError:
            raise TooLargeError(
                f"Value({short(x)}): this number is larger than the largest float, about 1.8e308."
            ) from None
        except TypeError:  # a zero-dimensional array of something that is not a real number
            pass
    raise NotANumberError(f"Value({short(x)}): a Value holds one number; found {kind(x)}.{hint(x)}")


def operand(x: Any, op: str, partner: V) -> V:
    """The other side of an arithmetic expression, as a new leaf of the graph."""
    if hasattr(x, "requires_grad"):  # taken as a number, it would lose its gradient unseen
        raise NotANumberError(
            f"{name(partner)} {op} {short(x)}: a scalar Value cannot meet a Tensor, they are two "
            "engines. Build everything from Tensors, or pass the number itself: x.item()."
        )
    try:
        return type(partner)(x)  # type: ignore[call-arg]
    except NotANumberError:
        raise NotANumberError(
            f"{name(partner)} {op} {short(x)}: the other side must be a Value or one number; "
            f"found {kind(x)}.{hint(x)}"
        ) from None


def real(op: Callable[P, R]) -> Callable[P, R]:
    """Turn Python's `math domain error` into an error that names the node and says what to do."""

    @functools.wraps(op)
    def checked(*args: P.args, **kwargs: P.kwargs) -> R:
        try:
            return op(*args, **kwargs)
        except LabError:
            raise
        except (ValueError, ZeroDivisionError, OverflowError):
            raise explain(op.__name__, *args) from None

    return checked


def explain(op: str, x: Any, other: Any = None) -> LabError:
    """The error for `op` applied to x (and other) outside the numbers it is defined for."""
    a, b = x.data, plain(other)
    what = f"{op}({name(x)})"
    if op == "log":
        why = "minus infinity" if a == 0 else "not a real number"
        return UndefinedError(
            f"{what}: log needs a number above 0; found {a!r}, whose logarithm is {why}. "
            "If it is a probability, work with its logarithm from the start."
        )
    if op == "sqrt":
        return UndefinedError(f"{what}: sqrt needs a number of at least 0; found {a!r}.")
    if op in ("sin", "cos"):
        return UndefinedError(f"{what}: {op} needs a finite number; found {a!r}.")
    if op == "exp":
        return TooLargeError(
            f"{what}: exp({a!r}) is larger than the largest float; exp overflows above 709.78. "
            "Subtract the largest exponent first, or keep the logarithm."
        )
    if op == "__truediv__":
        return DivisionByZeroError(
            f"{name(x)} / {name(other)}: division by zero; found {b!r} below."
        )
    what = f"{name(x)} ** {name(other)}"
    if a == 0 and b < 0:
        return DivisionByZeroError(
            f"{what}: 0 to a negative power divides by zero; found {a!r} ** {b!r}."
        )
    if a < 0 and isinstance(other, type(x)):
        return UndefinedError(
            f"{what}: {a!r} to a power that is a Value has no derivative, because the result stops "
            "being real as soon as the power moves. Use a plain number as the power."
        )
    if a < 0 and b != int(b):
        return UndefinedError(
            f"{what}: {a!r} ** {b!r} is not a real number; "
            "a negative base needs a whole number as its power."
        )
    return TooLargeError(f"{what}: {a!r} ** {b!r}, or its slope, is larger than the largest float.")


def name(x: Any) -> str:
    """How to call a node in a message: its label, else the op that made it, else its number."""
    if not hasattr(x, "data") or not hasattr(x, "op"):
        return repr(x)
    if x.label:
        return str(x.label)
    return f"<{x.op} = {x.data:.6g}>" if x.op else f"{x.data:.6g}"


def plain(x: Any) -> Any:
    """The number in a node; everything else as it is.

    A NumPy scalar has a `data` too, its bytes: the `shape` tells it from a node.
    """
    return x if hasattr(x, "shape") else getattr(x, "data", x)


def short(x: Any) -> str:
    """repr(x), cut to a length that fits into a message."""
    try:
        text = " ".join(repr(x).split())
    except ValueError:  # Python refuses to print an integer of thousands of digits
        text = f"{type(x).__name__} of thousands of digits"
    return text if len(text) <= 40 else text[:37] + "..."


def kind(x: Any) -> str:
    """What x is, in words, for the middle of a message."""
    shape = getattr(x, "shape", None)
    if shape:
        return f"an array of shape {shape}"
    return "None" if x is None else f"a {type(x).__name__}"


def hint(x: Any) -> str:
    """What to do instead, where it is clear."""
    if isinstance(x, str):
        return " Convert it first: float(text)."
    if isinstance(x, complex):
        return " Only real numbers have a gradient here."
    if isinstance(x, (list, tuple)) or getattr(x, "shape", None):
        return " Make one Value per entry: [Value(v) for v in numbers]."
    if hasattr(x, "op"):
        return " It is a node already: use it as it is."
    return ""
