"""What a Tensor tells about its array, and how its numbers get out: item, numpy, tolist, float(x)."""

# ruff: noqa: N807  (these functions become methods)

import copy
from collections.abc import Iterator
from typing import Any

import numpy as np

from micrograd_lab.devices import device
from micrograd_lab.dtypes import is_floating
from micrograd_lab.errors import DtypeError, GradError, ShapeError
from micrograd_lab.ops import conversions
from micrograd_lab.ops.dims import one_dim
from micrograd_lab.ops.plain import plain
from micrograd_lab.size import Size
from micrograd_lab.tensor import Tensor

CPU = device("cpu")


def check_device(where: Any) -> None:
    """DeviceError unless it is the CPU, or nothing in particular."""
    if where is not None and where != "cpu":
        device(where)


def as_dtype(dtype: Any) -> Any:
    """A dtype however it is named: float32, np.float32, "float32", float.  DtypeError for no dtype."""
    try:
        held = getattr(dtype, "dtype", None)  # a LongTensor's is int64; np.float64's is no dtype
        found = np.dtype(held if isinstance(held, np.dtype) else dtype)
    except TypeError:
        found = None
    if found is None or found.kind not in "biuf" or dtype is None:
        raise DtypeError(
            f"dtype={dtype!r}: choose float16, float32, float64, int8 to int64, uint8 or bool."
        )
    return found


# --- the numbers, outside ------------------------------------------------------------------------


def item(self: Tensor) -> Any:
    """The one number of a one-element tensor, as Python's float, int or bool."""
    if self.array.size != 1:
        raise ShapeError(
            f"item() of a tensor of shape {self.shape}: it has {self.array.size} numbers, not one. "
            "Use tolist(), or pick one: x[0].item()."
        )
    return self.array.item()


def tolist(self: Tensor) -> Any:
    """Nested lists of Python numbers; one number for a 0-d tensor."""
    return self.array.tolist()


def numpy(self: Tensor, *, force: bool = False) -> np.ndarray[Any, Any]:
    """The array itself, not a copy.  GradError if the tensor requires a gradient, unless `force`."""
    if self._requires_grad and not force:
        raise GradError(
            "numpy() of a tensor that requires a gradient: NumPy would change it or compute with it "
            "unseen by autograd. Use x.detach().numpy()."
        )
    return self.array


def __array__(self: Tensor, dtype: Any = None, copy: bool | None = None) -> np.ndarray[Any, Any]:
    array = numpy(self)
    if dtype is not None and array.dtype != dtype:
        if copy is False:
            raise ValueError(f"the tensor holds {array.dtype}: as {dtype} it must be copied.")
        return array.astype(dtype)
    return array.copy() if copy else array


def __float__(self: Tensor) -> float:
    return float(item(self))


def __int__(self: Tensor) -> int:
    return int(item(self))


def __index__(self: Tensor) -> int:
    if self.array.dtype.kind == "f" or self.array.size != 1:
        raise TypeError(
            f"a tensor of {self.dtype} and shape {self.shape} is no index: only one integer is."
        )
    return int(item(self))


def __format__(self: Tensor, spec: str) -> str:
    return format(item(self), spec) if not self.array.shape else object.__format__(self, spec)


def __len__(self: Tensor) -> int:
    if not self.array.shape:
        raise TypeError("len() of a 0-d tensor: it is one number and has no length.")
    return int(self.array.shape[0])


def __iter__(self: Tensor) -> Iterator[Any]:
    if not self.array.shape:
        raise TypeError("iteration over a 0-d tensor: it is one number. Use item().")
    return iter([self[i] for i in range(self.array.shape[0])])


def __contains__(self: Tensor, element: Any) -> bool:
    element = element.array if isinstance(element, Tensor) else element
    return bool((self.array == element).any())


# --- what it is ------------------------------------------------------------------------------------


def size(self: Any, dim: int | None = None) -> Any:
    """The shape, or the length along one dimension."""
    return Size(self.shape) if dim is None else self.shape[one_dim("size", dim, len(self.shape))]


def dim(self: Any) -> int:
    """How many dimensions."""
    return len(self.shape)


def numel(self: Any) -> int:
    """How many entries."""
    return plain(self).size


ndimension, nelement = dim, numel


def element_size(self: Any) -> int:
    """Bytes of one entry."""
    return int(self.dtype.itemsize)


def stride(self: Any, dim: int | None = None) -> Any:
    """How many entries apart in memory two neighbours along a dimension are."""
    strides = tuple([n // self.dtype.itemsize for n in plain(self).strides])
    return strides if dim is None else strides[one_dim("stride", dim, len(strides))]


def is_contiguous(self: Any, memory_format: Any = None) -> bool:
    """Whether the entries lie in order in memory."""
    return plain(self).flags.c_contiguous


def is_floating_point(input: Any) -> bool:
    """Whether it holds numbers that can have gradients."""
    return is_floating(input.dtype)


def is_complex(input: Any) -> bool:
    return False


def is_signed(self: Tensor) -> bool:
    return self.dtype.kind in "if"


def is_tensor(obj: Any) -> bool:
    """Whether it is a Tensor."""
    return isinstance(obj, Tensor)


def is_same_size(self: Tensor, other: Tensor) -> bool:
    return self.shape == other.shape


def data_ptr(self: Tensor) -> int:
    """The address of the first entry."""
    return int(self.array.__array_interface__["data"][0])


def get_device(self: Tensor) -> int:
    return -1


# --- elsewhere -------------------------------------------------------------------------------------


def to(
    self: Any,
    *what: Any,
    dtype: Any = None,
    device: Any = None,
    copy: bool = False,
    non_blocking: bool = False,
    memory_format: Any = None,
) -> Any:
    """The tensor in another dtype: x.to(float64), x.to(other), x.to("cpu", float64)."""
    for w in what:
        if isinstance(w, Tensor):
            dtype = w.dtype
        elif isinstance(w, str):
            check_device(w)
        elif w is not None and not isinstance(w, bool):
            dtype = w
    check_device(device)
    out = self if dtype is None else conversions.astype(self, as_dtype(dtype))
    return conversions.clone(out) if copy and out is self else out


def type(self: Any, dtype: Any = None, non_blocking: bool = False) -> Any:
    """The name of its kind; with a dtype, the tensor converted to it."""
    if dtype is None:
        return TYPES[self.dtype.name]
    wanted = KINDS.get(dtype, dtype) if isinstance(dtype, str) else dtype
    return conversions.astype(self, as_dtype(wanted))


TYPES = {
    "float32": "torch.FloatTensor", "float64": "torch.DoubleTensor", "float16": "torch.HalfTensor",
    "int64": "torch.LongTensor", "int32": "torch.IntTensor", "int16": "torch.ShortTensor",
    "int8": "torch.CharTensor", "uint8": "torch.ByteTensor", "bool": "torch.BoolTensor",
}  # fmt: skip
KINDS = {kind: name for name, kind in TYPES.items()}


def cpu(self: Tensor) -> Tensor:
    """The tensor: it is there already."""
    return self


def pin_memory(self: Tensor, device: Any = None) -> Tensor:
    """The tensor: memory is pinned for copies to a GPU, and there is none."""
    return self


def cuda(self: Tensor, device: Any = None, non_blocking: bool = False) -> Tensor:
    """A DeviceError: there is no GPU here."""
    check_device("cuda")
    return self


def __deepcopy__(self: Tensor, memo: dict[int, Any]) -> Tensor:
    """A leaf of its own, with its own numbers and gradient: copy.deepcopy(model) needs it."""
    if self._grad_fn is not None:
        raise GradError(
            "deepcopy of the result of an op: its history cannot be copied. Use x.detach().clone()."
        )
    out = Tensor(self.array.copy(), requires_grad=self._requires_grad, label=self.label)
    if self.grad is not None:
        out.grad = copy.deepcopy(self.grad, memo)
    memo[id(self)] = out
    return out


FUNCTIONS = ("is_tensor", "numel", "is_floating_point", "is_complex")
METHODS = (
    "item", "tolist", "numpy", "size", "dim", "ndimension", "numel", "nelement",
    "element_size", "stride", "is_contiguous",
    "is_floating_point", "is_complex", "is_signed", "is_same_size", "data_ptr", "get_device",
    "to", "type", "cpu", "cuda", "pin_memory",
    "__array__", "__deepcopy__", "__float__", "__int__", "__index__", "__format__", "__len__", "__iter__", "__contains__",
)  # fmt: skip

# Attributes without a call: x.device.
PROPERTIES = {
    "device": lambda self: CPU,
    "is_cpu": lambda self: True,
    "is_cuda": lambda self: False,
    "is_sparse": lambda self: False,
    "nbytes": lambda self: plain(self).nbytes,
    "itemsize": lambda self: self.dtype.itemsize,
}
