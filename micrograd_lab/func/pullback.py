"""A function, run once on marked inputs, and pulled back as often as you like.

Duals go through as they are: the gradient of primal + tangent·ε is grad(primal) + grad(tangent)·ε,
which is forward over reverse.
"""

from collections.abc import Callable
from typing import Any

import numpy as np

from micrograd_lab import autograd
from micrograd_lab.engine import mode
from micrograd_lab.forward import Dual
from micrograd_lab.func.alias import alias, is_alive, settled, under_way
from micrograd_lab.func.arguments import tensor_of
from micrograd_lab.ops.op import sum_over
from micrograd_lab.tensor import Tensor, wrap


class Pullback:
    """f, run once on marked inputs; then pull() as often as you like."""

    def __init__(self, f: Callable[..., Any], inputs: list[Any]) -> None:
        self.stop: list[bool] = []
        self.marks: list[Tensor] = []
        moved = [self._mark(x) for x in inputs]
        before, mode.grad = mode.grad, not mode.inference
        try:
            self.result = f(*moved)
        finally:
            mode.grad = before
            under_way.aliases.difference_update(m._grad_fn for m in self.marks)

    def _mark(self, x: Any) -> Any:
        if isinstance(x, Dual):
            return Dual(self._mark(x.primal), x.tangent, x.level)
        self.marks.append(alias(x if isinstance(x, Tensor) else wrap(x), self.stop))
        return self.marks[-1]

    def pull(self, ys: list[Any], gs: list[Any]) -> list[Any]:
        """Σ over y of g · dy/dx, for each input x; zeros where nothing depends on it."""
        graph = mode.grad and any(is_alive(x) for x in (*ys, *gs))
        before, mode.grad = mode.grad, True
        self.stop.append(True)
        try:
            if any(isinstance(x, Dual) for x in (*ys, *gs)):
                products = [total(y * g) for y, g in zip(ys, gs, strict=True)]
                found = self._through(sum(products[1:], products[0]), graph)
            else:
                found = self._back(ys, gs, graph)
        finally:
            mode.grad = before
            self.stop.pop()
        return [settled(g) for g in found]

    def _through(self, s: Any, graph: bool) -> list[Any]:
        """The gradient of a dual number: that of its primal, and that of its tangent."""
        if isinstance(s, Dual):
            pairs = zip(
                self._through(s.primal, graph), self._through(s.tangent, graph), strict=True
            )
            return [Dual(p, t, s.level) for p, t in pairs]
        return self._back([s], [None], graph)

    def _back(self, ys: list[Any], gs: list[Any], graph: bool) -> list[Any]:
        roots = [
            (y, g)
            for y, g in zip(ys, gs, strict=True)
            if isinstance(y, Tensor) and y._requires_grad
        ]
        if not roots:
            return [wrap(np.zeros_like(m.array)) for m in self.marks]
        found = autograd.grad(
            [y for y, _ in roots],
            self.marks,
            [g for _, g in roots],
            retain_graph=True,
            create_graph=graph,
            materialize_grads=True,
        )
        return list(found)


def total(x: Any) -> Any:
    """The sum of all entries."""
    return sum_over(x, dim=tuple(range(x.ndim)), keepdim=False)


def transpose_of(f: Callable[[Any], Any], y: Any) -> Callable[[Any], Any]:
    """The transpose of a linear f whose input looks like y: one reverse pass through it."""
    bottom = y
    while isinstance(bottom, Dual):
        bottom = bottom.primal
    pullback = Pullback(f, [wrap(np.zeros(bottom.shape, bottom.dtype))])

    def transposed(dx: Any) -> Any:
        found = pullback.pull([pullback.result], [dx if isinstance(dx, Dual) else tensor_of(dx)])[0]
        return found.array if isinstance(y, np.ndarray) and isinstance(found, Tensor) else found

    return transposed
