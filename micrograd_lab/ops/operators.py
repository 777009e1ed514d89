"""Python's arithmetic, for anything an op can act on: Tensors, Duals, Symbols."""

from typing import Any

from micrograd_lab.ops import comparisons, contractions, elementwise, indexing
from micrograd_lab.ops.op import Traced


class Operators(Traced):
    """The operators, each one an op of the table."""

    __slots__ = ()

    def __add__(self, other: Any) -> Any:
        return elementwise.add_op(self, other)

    def __radd__(self, other: Any) -> Any:
        return elementwise.add_op(other, self)

    def __sub__(self, other: Any) -> Any:
        return elementwise.sub_op(self, other)

    def __rsub__(self, other: Any) -> Any:
        return elementwise.sub_op(other, self)

    def __mul__(self, other: Any) -> Any:
        return elementwise.mul_op(self, other)

    def __rmul__(self, other: Any) -> Any:
        return elementwise.mul_op(other, self)

    def __truediv__(self, other: Any) -> Any:
        return elementwise.div_op(self, other)

    def __rtruediv__(self, other: Any) -> Any:
        return elementwise.div_op(other, self)

    def __floordiv__(self, other: Any) -> Any:
        return elementwise.floor_divide(self, other)

    def __rfloordiv__(self, other: Any) -> Any:
        return elementwise.floor_divide(other, self)

    def __mod__(self, other: Any) -> Any:
        return elementwise.remainder(self, other)

    def __rmod__(self, other: Any) -> Any:
        return elementwise.remainder(other, self)

    def __pow__(self, other: Any) -> Any:
        return elementwise.pow(self, other)

    def __rpow__(self, other: Any) -> Any:
        return elementwise.pow(other, self)

    def __matmul__(self, other: Any) -> Any:
        return contractions.matmul(self, other)

    def __rmatmul__(self, other: Any) -> Any:
        return contractions.matmul(other, self)

    def __neg__(self) -> Any:
        return elementwise.neg(self)

    def __getitem__(self, index: Any) -> Any:
        return indexing.getitem(self, index)

    def __pos__(self) -> Any:
        return self

    def __abs__(self) -> Any:
        return elementwise.abs(self)

    def __invert__(self) -> Any:
        return comparisons.bitwise_not(self)

    def __and__(self, other: Any) -> Any:
        return comparisons.bitwise_and(self, other)

    __rand__ = __and__

    def __or__(self, other: Any) -> Any:
        return comparisons.bitwise_or(self, other)

    __ror__ = __or__

    def __xor__(self, other: Any) -> Any:
        return comparisons.bitwise_xor(self, other)

    __rxor__ = __xor__

    def __lshift__(self, other: Any) -> Any:
        return comparisons.bitwise_left_shift(self, other)

    def __rshift__(self, other: Any) -> Any:
        return comparisons.bitwise_right_shift(self, other)

    def __lt__(self, other: Any) -> Any:
        return comparisons.lt(self, other)

    def __le__(self, other: Any) -> Any:
        return comparisons.le(self, other)

    def __gt__(self, other: Any) -> Any:
        return comparisons.gt(self, other)

    def __ge__(self, other: Any) -> Any:
        return comparisons.ge(self, other)

    def __eq__(self, other: Any) -> Any:
        return comparisons.eq(self, other)

    def __ne__(self, other: Any) -> Any:
        return comparisons.ne(self, other)

    __hash__ = object.__hash__  # a node is itself, whatever numbers it holds
