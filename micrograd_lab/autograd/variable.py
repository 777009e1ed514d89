"""Variable: what a tensor with a gradient was called until 2018; programs of that time still say it."""

from typing import Any

from micrograd_lab.errors import DtypeError
from micrograd_lab.tensor import Tensor


def Variable(data: Any, requires_grad: bool = False) -> Tensor:  # noqa: N802  PyTorch's name
    """A leaf with data's numbers, not copied: data.detach(), which may ask for a gradient."""
    if not isinstance(data, Tensor):
        raise DtypeError(
            f"Variable({type(data).__name__}): it takes a tensor. Write tensor(data, "
            f"requires_grad={requires_grad}), which takes numbers and lists."
        )
    leaf = data.detach()
    return leaf.requires_grad_() if requires_grad else leaf
