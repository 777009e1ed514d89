"""What goes into an op: PyTorch's promotion of dtypes, and errors for what cannot go in."""

from typing import Any

import numpy as np

from micrograd_lab.dtypes import get_default_dtype, result_type
from micrograd_lab.errors import DtypeError, ShapeError
from micrograd_lab.ops.op import Array, Rule

ndarray = np.ndarray
Number = (bool, int, float)
PLAIN = frozenset((int, float))

# fmt: off
PYTORCH = {"multiply": "mul", "subtract": "sub", "divide": "div", "arctan2": "atan2", "less": "lt",
           "less_equal": "le", "greater": "gt", "greater_equal": "ge", "equal": "eq", "not_equal": "ne",
           "arcsin": "asin", "arccos": "acos", "arctan": "atan", "arcsinh": "asinh",
           "arccosh": "acosh", "arctanh": "atanh"}
# fmt: on


# 1/0 is inf and log(-1) is nan, without a word, as in PyTorch: detect_anomaly is there to ask.
quiet = np.errstate(all="ignore")


def promoted(kernel: Rule, floats: bool = False, refused: str = "", mixed: bool = True) -> Rule:
    """A kernel of two arrays after PyTorch's promotion of their dtypes.

    floats: integers become floating, always; refused: kinds of dtype that the result cannot have;
    mixed=False: booleans are refused even where they would become numbers.
    """
    name = name_of(kernel)
    takes_all = mixed and not floats and not refused

    def forward(a: Any, b: Any) -> Any:
        try:
            if type(a) is ndarray:
                if type(b) is ndarray:
                    if a.dtype is b.dtype and (takes_all or a.dtype.kind == "f"):
                        return kernel(a, b)
                elif type(b) in PLAIN and a.dtype.kind == "f":
                    return kernel(a, b)
            elif type(a) in PLAIN and type(b) is ndarray and b.dtype.kind == "f":
                return kernel(a, b)
            dtype = result_type(as_input(name, a), as_input(name, b))
            if dtype.kind in refused:
                raise DtypeError(
                    f"{name} of {dtype}: not with this dtype. Convert first: x.float()."
                )
            if not mixed:
                refuse(name, "b", *(np.asarray(x) for x in (a, b)))
            if floats and dtype.kind != "f":
                dtype = get_default_dtype()
            return kernel(as_dtype(a, dtype), as_dtype(b, dtype))
        except ValueError as error:
            raise mismatch(name, a, b) or error from None

    return forward


def floating(kernel: Rule) -> Rule:
    """A kernel of one array, which becomes floating first if it holds integers."""
    name = name_of(kernel)
    kernel = quiet(kernel)

    def forward(x: Any, **params: Any) -> Any:
        if type(x) is not ndarray:
            as_tensor(name, x)
        return kernel(x if x.dtype.kind == "f" else x.astype(get_default_dtype()), **params)

    return forward


def whole(kernel: Rule) -> Rule:
    """A kernel of one array that has nothing to do where the numbers are whole already."""
    name = name_of(kernel)

    def forward(x: Any) -> Any:
        if as_tensor(name, x).dtype.kind == "f":
            return kernel(x)
        refuse(name, "b", x)
        return x.copy()

    return forward


def only(kinds: str, kernel: Rule) -> Rule:
    """A kernel of one array whose dtype is of these kinds: "f" floating, "iu" integers, "b" bool."""
    name = name_of(kernel)
    refused = "".join(kind for kind in "biuf" if kind not in kinds)

    def forward(x: Any, **params: Any) -> Any:
        if type(x) is not ndarray or x.dtype.kind not in kinds:
            refuse(name, refused, as_tensor(name, x))
        return kernel(x, **params) if params else kernel(x)

    return forward


def refuse(name: str, kinds: str, *xs: Any) -> None:
    """DtypeError if one of the inputs is of such a kind."""
    for x in xs:
        if hasattr(x, "dtype") and x.dtype.kind in kinds:
            hint = "for integers and booleans only" if kinds == "f" else "convert first: x.float()"
            raise DtypeError(f"{name} of {x.dtype}: not with this dtype; {hint}.")


def name_of(kernel: Rule) -> str:
    """What PyTorch calls what NumPy calls so."""
    name = kernel.__name__.strip("_").removesuffix("_kernel")
    return PYTORCH.get(name, name)


def as_dtype(x: Any, dtype: Any) -> Array:
    """x as an array of that dtype, which may wrap around."""
    return np.asarray(x).astype(dtype, copy=False)


def as_float(x: Any, dtype: Any) -> Any:
    """x in a rule: if its numbers are whole, make them as precise as dtype before dividing."""
    return x if isinstance(x, Number) or x.dtype.kind == "f" else x.astype(dtype)


def as_input(name: str, x: Any) -> Any:
    """x, if an op can take it: an array or a number.  DtypeError for anything else."""
    return x if isinstance(x, Number) else as_tensor(name, x)


def as_tensor(name: str, x: Any) -> Any:
    """x, if it is an array of real numbers.  DtypeError for anything else."""
    if getattr(getattr(x, "dtype", None), "kind", "") in ("b", "u", "i", "f"):
        return x
    if hasattr(x, "parents"):
        raise DtypeError(
            f"{name}: a scalar Value cannot meet a Tensor, they are two engines. Build everything "
            "from Tensors, or pass the number itself: value.data."
        )
    what = f"an array of {x.dtype}" if hasattr(x, "dtype") else type(x).__name__
    raise DtypeError(
        f"{name}: expected a tensor of real numbers, found {what}. Make one first: tensor(...)."
    )


def mismatch(name: str, *xs: Any) -> ShapeError | None:
    """The error for shapes that do not broadcast, if that is what is wrong."""
    shapes = [np.shape(x) for x in xs]
    try:
        np.broadcast_shapes(*shapes)
    except ValueError:
        found = " and ".join(map(str, shapes))
        return ShapeError(
            f"{name}: shapes {found} do not broadcast. Counted from the right, sizes must be equal "
            "or 1; reshape or unsqueeze one of them."
        )
    return None
