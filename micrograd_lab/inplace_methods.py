"""The in-place methods: x.add_(y), x += y, x[i] = v; every name_ is the op called name, by change()."""

from collections.abc import Callable
from typing import Any

import numpy as np

from micrograd_lab.engine import mode
from micrograd_lab.errors import ShapeError
from micrograd_lab.filling import FILLING
from micrograd_lab.inplace import change, put, restride
from micrograd_lab.ops.indices import parse
from micrograd_lab.tensor import Tensor, counter_of

ndarray = np.ndarray
RESHAPING = frozenset({"squeeze", "unsqueeze", "transpose", "swapaxes", "swapdims", "t"})
Method = Callable[..., Tensor]
BLOCK = 16384  # entries that fit the processor's cache twice


def method_of(name: str, function: Callable[..., Any]) -> Method:
    """name_: what `function` returns, in place."""
    how = restride if name in RESHAPING else change

    def method(self: Tensor, *args: Any, **params: Any) -> Tensor:
        return how(self, function, args, params)

    return _named(method, name)


def _named(method: Method, name: str) -> Method:
    method.__name__ = method.__qualname__ = f"{name}_"
    method.__doc__ = f"{name}() in place."
    return method


# --- arithmetic without a graph: straight into the memory -----------------------------------


def fast(name: str, ufunc: Any, function: Callable[..., Any], floats: bool = False) -> Method:
    """name_(x, other) where nothing records it: one ufunc, no temporary; otherwise by change()."""

    def method(self: Tensor, other: Any, **params: Any) -> Tensor:
        a = self.array
        if not mode.grad and not params:
            b = other.array if isinstance(other, Tensor) else other
            kind = type(b)
            if a.dtype.kind == "f":
                direct = kind is float or kind is int or (kind is ndarray and b.dtype is a.dtype)
            else:
                direct = False
            if direct:
                try:
                    ufunc(a, b, out=a)
                except ValueError as error:
                    raise refuse(name, self, b) from error
                counter = self._version_counter
                if counter is None:
                    counter = counter_of(self)
                counter[0] += 1
                return self
        return change(self, function, (other,), params)

    return _named(method, name)


def fast_scaled(name: str, ufunc: Any, function: Callable[..., Any]) -> Method:
    """add_ and sub_, which know `alpha` as well."""
    plain = fast(name, ufunc, function)

    def step(scale: float, scratch: Any, x: Any, a: Any) -> None:
        ufunc(x, np.multiply(a, scale, scratch), x)

    def method(self: Tensor, other: Any, *, alpha: Any = 1) -> Tensor:
        if alpha == 1:
            return plain(self, other)
        if mode.grad or not alike(self, other):
            return change(self, function, (other,), {"alpha": alpha})

        return direct_step(name, step, alpha, self, other)

    return _named(method, name)


def fast_fused(name: str, ufunc: Any, function: Callable[..., Any]) -> Method:
    """addcmul_ and addcdiv_: x += value * (a op b)."""

    def step(scale: float, scratch: Any, x: Any, a: Any, b: Any) -> None:
        term = ufunc(a, b, scratch)
        np.add(x, term if scale == 1 else np.multiply(term, scale, scratch), x)

    def method(self: Tensor, tensor1: Any, tensor2: Any, *, value: Any = 1) -> Tensor:
        if mode.grad or not alike(self, tensor1, tensor2):
            return change(self, function, (tensor1, tensor2), {"value": value})
        return direct_step(name, step, value, self, tensor1, tensor2)

    return _named(method, name)


def fast_lerp(function: Callable[..., Any]) -> Method:
    """lerp_: x += weight * (end - x)."""

    def step(scale: float, scratch: Any, x: Any, end: Any) -> None:
        np.add(x, np.multiply(np.subtract(end, x, scratch), scale, scratch), x)

    def method(self: Tensor, end: Any, weight: Any) -> Tensor:
        if mode.grad or type(weight) is not float or weight >= 0.5 or not alike(self, end):
            return change(self, function, (end, weight), {})
        return direct_step("lerp", step, weight, self, end)

    return _named(method, "lerp")


def alike(x: Tensor, *others: Any) -> bool:
    """Whether all are Tensors of the same floating dtype."""
    dtype = x.array.dtype
    if dtype.kind != "f":
        return False
    for other in others:
        if not isinstance(other, Tensor) or other.array.dtype is not dtype:
            return False
    return True


def direct_step(
    name: str, step: Callable[..., None], scale: float, x: Tensor, *others: Tensor
) -> Tensor:
    """step(scale, scratch, x, *others) on the memory; if large, in blocks that stay in the cache."""
    a = x.array
    arrays = [other.array for other in others]
    try:
        if a.size <= BLOCK or any(
            b.shape != a.shape or not b.flags.c_contiguous for b in (a, *arrays)
        ):
            step(scale, None, a, *arrays)
        else:
            flat, scratch = [b.reshape(-1) for b in (a, *arrays)], np.empty(BLOCK, a.dtype)
            for i in range(0, a.size, BLOCK):
                parts = [b[i : i + BLOCK] for b in flat]
                step(scale, scratch[: parts[0].size], *parts)
    except ValueError as error:
        raise refuse(name, x, *(b for b in arrays if b.shape != a.shape)) from error
    counter_of(x)[0] += 1
    return x


def refuse(name: str, x: Tensor, *others: Any) -> ShapeError:
    if not x.array.flags.writeable:
        return ShapeError(
            f"{name}_ on a tensor of shape {x.shape} whose entries share memory (it was expanded) or "
            "are read-only. Use clone() first."
        )
    return ShapeError(
        f"{name}_: shape {np.shape(others[0])} does not broadcast to {x.shape}; a tensor cannot grow in "
        f"place. Use the out-of-place form, x = x.{name}(...)."
    )


def set_item(self: Tensor, index: Any, value: Any) -> None:
    """x[index] = value, broadcast."""
    if type(index) is int:
        put(self, value, (index, ...), None)
    else:
        put(self, value, *parse(self.array.shape, index))


OPERATORS = {
    "__iadd__": "add_", "__isub__": "sub_", "__imul__": "mul_", "__itruediv__": "div_",
    "__ifloordiv__": "floor_divide_", "__imod__": "remainder_", "__ipow__": "pow_",
    "__iand__": "bitwise_and_", "__ior__": "bitwise_or_", "__ixor__": "bitwise_xor_",
    "__ilshift__": "bitwise_left_shift_", "__irshift__": "bitwise_right_shift_",
}  # fmt: skip


def attach(functions: dict[str, Callable[..., Any]]) -> None:
    """Give Tensor the in-place form of each of these functions, and what exists in place only."""
    for name, function in functions.items():
        setattr(Tensor, f"{name}_", method_of(name, function))
    fast_forms: dict[str, Callable[[Any], Any]] = {
        "add": lambda f: fast_scaled("add", np.add, f),
        "sub": lambda f: fast_scaled("sub", np.subtract, f),
        "subtract": lambda f: fast_scaled("subtract", np.subtract, f),
        "mul": lambda f: fast("mul", np.multiply, f),
        "multiply": lambda f: fast("multiply", np.multiply, f),
        "div": lambda f: fast("div", np.divide, f),
        "divide": lambda f: fast("divide", np.divide, f),
        "true_divide": lambda f: fast("true_divide", np.divide, f),
        "addcmul": lambda f: fast_fused("addcmul", np.multiply, f),
        "addcdiv": lambda f: fast_fused("addcdiv", np.divide, f),
        "lerp": fast_lerp,
    }
    for name, form in fast_forms.items():
        if name in functions:
            setattr(Tensor, f"{name}_", form(functions[name]))
    for method in FILLING:
        setattr(Tensor, method.__name__, method)
    for operator, name in OPERATORS.items():
        if hasattr(Tensor, name):
            setattr(Tensor, operator, getattr(Tensor, name))
    setattr(Tensor, "__setitem__", set_item)  # noqa: B010  (mypy knows no such method)
