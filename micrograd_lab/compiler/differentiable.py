"""A compiled function that others differentiate: one op, whose rule is the compiled backward."""

from typing import Any

from micrograd_lab.autograd.function import Function
from micrograd_lab.tensor import Tensor, wrap


def differentiable(ready: Any) -> type[Function]:
    """The compiled forward as one op, whose rule is the compiled backward."""
    back = ready.back
    count = len(ready.arguments)
    places = []
    k = count
    for x in back.inputs:
        if not isinstance(x, int):
            places.append(k)
            k += 1
        else:
            places.append(x)
    results = len(ready.main.program.results) - len(ready.saved)

    class CompiledCall(Function):
        @staticmethod
        def forward(ctx: Any, *inputs: Tensor) -> Any:
            numbers = [v.value() for v in ready.calls]
            arrays, _ = ready.main.call(*(x.array for x in inputs[:count]), *numbers)
            ctx.arrays = arrays[results:]
            ctx.count = len(inputs)
            outs = [wrap(y) for y in arrays[:results]]
            ctx.mark_non_differentiable(
                *(
                    y
                    for k, y in enumerate(outs)
                    if k not in back.outputs or y.array.dtype.kind != "f"
                )
            )
            return tuple(outs)

        @staticmethod
        def backward(ctx: Any, *upstream: Any) -> Any:
            given = [upstream[k].array for k in back.outputs]
            _, grads = ready.after.call(*ctx.arrays, *given)
            found: list[Any] = [None] * ctx.count
            for place, g in zip(places, grads, strict=True):
                found[place] = wrap(g)
            return tuple(found)

    return CompiledCall
