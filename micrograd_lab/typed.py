"""LongTensor, FloatTensor and their like: how older programs name a dtype and make a tensor of it."""

from typing import Any

import numpy as np

from micrograd_lab import dtypes
from micrograd_lab.from_data import tensor
from micrograd_lab.patterns import empty
from micrograd_lab.size import Size
from micrograd_lab.tensor import Tensor


class TypedTensor:
    """A constructor for one dtype: LongTensor([1, 2]) from numbers, LongTensor(2, 3) of a shape.

    It also stands for the dtype: x.type(LongTensor), isinstance(x, LongTensor).
    """

    def __init__(self, name: str, dtype: Any) -> None:
        self.name = name
        self.dtype = np.dtype(dtype)

    def __call__(self, *data: Any) -> Tensor:
        if len(data) == 1 and not isinstance(data[0], int | Size):
            return tensor(np.asarray(data[0], self.dtype))
        return empty(*data, dtype=self.dtype) if data else empty(0, dtype=self.dtype)

    def __instancecheck__(self, x: Any) -> bool:
        return isinstance(x, Tensor) and x.dtype == self.dtype

    def __repr__(self) -> str:
        return f"<class 'torch.{self.name}'>"


FloatTensor = TypedTensor("FloatTensor", dtypes.float32)
DoubleTensor = TypedTensor("DoubleTensor", dtypes.float64)
HalfTensor = TypedTensor("HalfTensor", dtypes.float16)
LongTensor = TypedTensor("LongTensor", dtypes.int64)
IntTensor = TypedTensor("IntTensor", dtypes.int32)
ShortTensor = TypedTensor("ShortTensor", dtypes.int16)
CharTensor = TypedTensor("CharTensor", dtypes.int8)
ByteTensor = TypedTensor("ByteTensor", dtypes.uint8)
BoolTensor = TypedTensor("BoolTensor", dtypes.bool_)

FUNCTIONS = (
    "FloatTensor", "DoubleTensor", "HalfTensor", "LongTensor", "IntTensor", "ShortTensor",
    "CharTensor", "ByteTensor", "BoolTensor",
)  # fmt: skip
