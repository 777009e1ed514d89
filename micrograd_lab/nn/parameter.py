"""What training changes, and what a module merely keeps."""

from typing import Any

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


def _array(data: Any) -> Any:
    if data is None:
        return wrap([]).array.astype("float32")
    if isinstance(data, Tensor):
        return data.array
    raise TypeError(
        f"a Parameter or Buffer is made from a tensor, found {type(data).__name__}. "
        "Make one first: tensor(...)."
    )
