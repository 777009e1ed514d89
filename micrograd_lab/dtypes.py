"""The kinds of numbers a tensor can hold, and which kind comes out when they meet.

The dtypes are NumPy's, under PyTorch's names.  The rules of promotion are PyTorch's: categories
are bool < integer < floating; the higher category wins; within one category, tensors with
dimensions outweigh zero-dimensional ones, and Python's numbers weigh nothing.
(https://docs.pytorch.org/docs/stable/tensor_attributes.html#type-promotion-doc)
"""

from typing import Any

import numpy as np

bool_ = np.dtype("bool")
uint8 = np.dtype("uint8")
int8 = np.dtype("int8")
int16 = short = np.dtype("int16")
int32 = np.dtype("int32")
int64 = long = np.dtype("int64")
float16 = half = np.dtype("float16")
float32 = np.dtype("float32")
float64 = double = np.dtype("float64")


class Absent:
    """A dtype that NumPy does not have.  It can be named, as in a table of choices, but not used."""

    def __init__(self, name: str) -> None:
        self.name = name

    def __repr__(self) -> str:
        return f"torch.{self.name}"


bfloat16 = Absent("bfloat16")

CATEGORY = {"b": 0, "u": 1, "i": 1, "f": 2}
_default = float32


def get_default_dtype() -> np.dtype[Any]:
    """The dtype of tensors made from Python floats, and of integers once they become floating."""
    return _default


def set_default_dtype(dtype: Any) -> None:
    """Make `dtype`, a floating one, the default.  TypeError for any other."""
    global _default
    dtype = np.dtype(dtype)
    if dtype.kind != "f":
        raise TypeError(f"set_default_dtype({dtype}): only floating dtypes can be the default.")
    _default = dtype


def promote_types(type1: Any, type2: Any) -> np.dtype[Any]:
    """The smallest dtype that both can become."""
    return joined_type(np.dtype(type1), np.dtype(type2))


def can_cast(from_: Any, to: Any) -> bool:
    """Whether numbers of one dtype may become the other without losing their category."""
    return CATEGORY[np.dtype(from_).kind] <= CATEGORY[np.dtype(to).kind]


def is_floating(dtype: Any) -> bool:
    """Whether numbers of this dtype can have gradients."""
    return bool(np.dtype(dtype).kind == "f")


def result_type(*xs: Any) -> np.dtype[Any]:
    """The dtype of an elementwise result of arrays (or things with shape and dtype) and numbers."""
    dtypes: list[Any] = [None, None, None]  # with dimensions, without, Python numbers
    for x in xs:
        dtype = getattr(x, "dtype", None)
        if dtype is None:
            rank, dtype = 2, _of_number(x)
        else:
            rank = 0 if x.shape else 1
        held = dtypes[rank]
        dtypes[rank] = dtype if held is None else joined_type(held, dtype)
    result: Any = None
    for dtype in dtypes:
        if dtype is None:
            continue
        if result is None or CATEGORY[dtype.kind] > CATEGORY[result.kind]:
            result = dtype
    return result  # type: ignore[no-any-return]


def _of_number(x: Any) -> np.dtype[Any]:
    if isinstance(x, bool):
        return bool_
    return int64 if isinstance(x, int) else _default


def joined_type(a: Any, b: Any) -> np.dtype[Any]:
    """The smallest dtype of the higher category that holds both, as PyTorch counts them."""
    if CATEGORY[a.kind] != CATEGORY[b.kind]:
        return a if CATEGORY[a.kind] > CATEGORY[b.kind] else b  # type: ignore[no-any-return]
    return np.promote_types(a, b)
