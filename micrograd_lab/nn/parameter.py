"""What training changes, and what a module merely keeps; and both of a shape that is not known yet."""

from typing import Any

import numpy as np

from micrograd_lab.attributes import as_dtype
from micrograd_lab.dtypes import get_default_dtype
from micrograd_lab.errors import ShapeError
from micrograd_lab.tensor import Tensor, fill, wrap


class Parameter(Tensor):
    """A leaf that belongs to a module: what an optimiser is given to change.

    data: a tensor, whose memory it shares; None for an empty one.  An attribute of a module that
    is a Parameter is in its parameters() and its state_dict().  A deep copy starts without its grad.
    """

    __slots__ = ()

    def __init__(self, data: Any = None, requires_grad: bool = True) -> None:
        fill(self, _array(data))
        if requires_grad:
            self.requires_grad_()

    def __repr__(self) -> str:
        return f"Parameter containing:\n{super().__repr__()}"

    __str__ = __repr__

    def __deepcopy__(self, memo: dict[int, Any]) -> "Parameter":
        out = Parameter(wrap(self.array.copy()), self._requires_grad)
        if self.label:
            out.label = self.label
        memo[id(self)] = out
        return out


class Buffer(Tensor):
    """A tensor that a module keeps and does not train: a running mean, a mask.

    persistent: whether it is in the module's state_dict().
    """

    __slots__ = ("persistent",)

    def __init__(self, data: Any = None, *, persistent: bool = True) -> None:
        fill(self, _array(data))
        self.persistent = persistent

    def __deepcopy__(self, memo: dict[int, Any]) -> "Buffer":
        out = Buffer(wrap(self.array.copy()), persistent=self.persistent)
        if self.label:
            out.label = self.label
        memo[id(self)] = out
        return out


# --- of a shape that is not known yet ---------------------------------------------------------

HELD: Any = vars(Tensor)["array"]  # where a tensor has its array; what is below hides it


class Uninitialized(Tensor):
    """A tensor that has a dtype and no shape, nor numbers, until materialize(shape) makes them.

    It is the same object then, so that an optimiser may have it already.
    """

    __slots__ = ()

    cls_to_become: type[Tensor]

    def _start(self, requires_grad: bool, dtype: Any) -> None:
        dtype = get_default_dtype() if dtype is None else as_dtype(dtype)
        HELD.__set__(self, np.empty(0, dtype))
        self._grad = self._grad_fn = self._version_counter = self._more = None
        self._requires_grad = requires_grad

    def materialize(self, shape: Any, device: Any = None, dtype: Any = None) -> None:
        """Give it this shape, and numbers that are still to be set."""
        dtype = self.dtype if dtype is None else as_dtype(dtype)
        self.__class__ = self.cls_to_become  # type: ignore[assignment]
        HELD.__set__(self, np.empty(tuple(shape), dtype))

    @property
    def array(self) -> Any:  # type: ignore[override]
        raise ShapeError(
            "this tensor belongs to a lazy module that has seen no input: it has no shape and no "
            "numbers. Call the module once, or load a state_dict into it."
        )

    @property
    def dtype(self) -> Any:
        return HELD.__get__(self).dtype

    @property
    def data(self) -> Tensor:
        """Nothing, in its dtype."""
        return wrap(HELD.__get__(self))

    @data.setter
    def data(self, other: Any) -> None:
        HELD.__set__(self, np.empty(0, other.dtype))

    def detach(self) -> Tensor:
        """Itself: there are no numbers to share."""
        return self

    def __repr__(self) -> str:
        return f"<{type(self).__name__}>"

    __str__ = __repr__

    def __deepcopy__(self, memo: dict[int, Any]) -> "Uninitialized":
        out = type(self).__new__(type(self))
        out._start(self._requires_grad, self.dtype)
        memo[id(self)] = out
        return out


class UninitializedParameter(Uninitialized, Parameter):  # type: ignore[misc]
    """A Parameter without a shape; what a lazy module has before its first input."""

    __slots__ = ()

    cls_to_become = Parameter

    def __init__(self, requires_grad: bool = True, device: Any = None, dtype: Any = None) -> None:
        self._start(requires_grad, dtype)


class UninitializedBuffer(Uninitialized):
    """A tensor without a shape, to be a module's buffer."""

    __slots__ = ()

    cls_to_become = Tensor

    def __init__(self, requires_grad: bool = False, device: Any = None, dtype: Any = None) -> None:
        self._start(requires_grad, dtype)


def is_lazy(param: Any) -> bool:
    """Whether it waits for its shape."""
    return isinstance(param, Uninitialized)


def _array(data: Any) -> Any:
    if data is None:
        return wrap([]).array.astype("float32")
    if isinstance(data, Tensor):
        return data.array
    raise TypeError(
        f"a Parameter or Buffer is made from a tensor, found {type(data).__name__}. "
        "Make one first: tensor(...)."
    )
