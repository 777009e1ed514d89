"""The Jacobian of a function of tensors three times: by nudging, by backward, by forward mode."""

from typing import Any

import numpy as np

from micrograd_lab.autograd.walk import grad
from micrograd_lab.errors import GradcheckError, GradError
from micrograd_lab.forward import Dual, jvp
from micrograd_lab.ops.op import Array
from micrograd_lab.tensor import Tensor, wrap


def outputs_of(result: Any) -> list[Any]:
    """The floating tensors among the results."""
    ys = result if isinstance(result, (tuple, list)) else (result,)
    return [y for y in ys if isinstance(y, (Tensor, Dual)) and y.dtype.kind == "f"]


class Jacobians:
    """A function, the point, and how exact we want to be."""

    def __init__(
        self,
        func: Any,
        args: tuple[Any, ...],
        checked: list[int],
        eps: float,
        atol: float,
        rtol: float,
    ) -> None:
        self.func, self.args, self.checked = func, args, checked
        self.eps, self.atol, self.rtol = eps, atol, rtol
        self.draw = np.random.default_rng(0)
        self.outputs = outputs_of(func(*args))
        if not self.outputs:
            raise GradError("gradcheck: the function returned no floating tensor to differentiate.")

    # --- measuring --------------------------------------------------------------------------

    def values(self) -> list[Array]:
        """What the function gives now, as flat arrays of our own."""
        return [y.array.astype("float64").ravel() for y in outputs_of(self.func(*self.args))]

    def at(self, i: int, j: int, step: float) -> list[Array]:
        """The values with entry j of input i moved by step."""
        array = self.args[i].array
        where = np.unravel_index(j, array.shape)
        before = array[where]
        array[where] = before + step
        try:
            return self.values()
        finally:
            array[where] = before

    def slopes(self, i: int, j: int, step: float) -> list[Array]:
        above, below = self.at(i, j, step), self.at(i, j, -step)
        return [(a - b) / (2 * step) for a, b in zip(above, below, strict=True)]

    def measure(self) -> list[list[Array]]:
        """[input][output] -> the Jacobian (output entries, input entries)."""
        table = []
        for i in self.checked:
            columns = [self.slopes(i, j, self.eps) for j in range(self.args[i].array.size)]
            table.append(self.beside(columns))
        return table

    def beside(self, columns: list[list[Array]]) -> list[Array]:
        """For each output, a matrix with these columns."""
        return [
            np.stack([c[k] for c in columns], axis=1) if columns else np.zeros((y.array.size, 0))
            for k, y in enumerate(self.outputs)
        ]

    # --- what the rules say -------------------------------------------------------------------

    def pull(self, k: int, upstream: Array, dtypes: bool = False) -> list[Array]:
        """The gradient for each checked input of <upstream, output k>, run afresh."""
        xs = [self.args[i] for i in self.checked]
        y = outputs_of(self.func(*self.args))[k]
        if not y.requires_grad:
            return [np.zeros(x.array.size) for x in xs]
        found = grad([y], xs, [wrap(upstream.reshape(y.shape))], allow_unused=True)
        for n, (g, x) in enumerate(zip(found, xs, strict=True)):
            if g is not None and g.shape != x.shape:
                raise GradcheckError(
                    f"gradcheck: the gradient of input {self.checked[n]} has shape {g.shape}, "
                    f"the input {x.shape}."
                )
            if dtypes and g is not None and g.dtype != x.dtype:
                raise GradcheckError(
                    f"gradcheck: a gradient of {g.dtype} for an input of {x.dtype}."
                )
        return [
            np.zeros(x.array.size) if g is None else g.array.ravel().copy()
            for g, x in zip(found, xs, strict=True)
        ]

    def by_backward(self, nondet_tol: float, dtypes: bool) -> list[list[Array]]:
        table: list[list[Array]] = [[] for _ in self.checked]
        for k, y in enumerate(self.outputs):
            size = y.array.size
            rows = []
            for e in np.eye(size, dtype=y.dtype):
                scale = self.draw.uniform(1.5, 3.0)
                rows.append([g / scale for g in self.pull(k, e * scale, dtypes)])
            for n, i in enumerate(self.checked):
                block = np.zeros((size, self.args[i].array.size))
                for r, row in enumerate(rows):
                    block[r] = row[n]
                table[n].append(block)
            dense = self.draw.standard_normal(size).astype(y.dtype)
            once, twice = self.pull(k, dense), self.pull(k, dense)
            for n, (a, b) in enumerate(zip(once, twice, strict=True)):
                if a.size and not np.abs(a - b).max() <= nondet_tol and not np.isnan(a).any():
                    raise GradcheckError(
                        f"gradcheck: two runs of backward gave different gradients for input "
                        f"{self.checked[n]} (largest difference {np.abs(a - b).max():.3g}); is "
                        "something random? nondet_tol= forgives some."
                    )
                if not np.allclose(dense @ table[n][k], a, rtol=self.rtol, atol=self.atol):
                    raise GradcheckError(
                        f"gradcheck: backward to input {self.checked[n]} is not linear in the "
                        "upstream gradient: a rule does not just multiply by it."
                    )
        return table

    def push(self, n: int, direction: Array) -> list[Array]:
        """How each output moves when checked input n moves in this direction."""
        i = self.checked[n]
        x = self.args[i]

        def along(moving: Any) -> Any:
            return tuple(outputs_of(self.func(*self.args[:i], moving, *self.args[i + 1 :])))

        _, moved = jvp(along, (x,), (wrap(direction.reshape(x.shape)),))
        return [t.array.ravel() for t in moved]

    def by_forward(self) -> list[list[Array]]:
        table = []
        for n, i in enumerate(self.checked):
            columns = []
            for e in np.eye(self.args[i].array.size):
                scale = self.draw.uniform(1.5, 3.0)
                columns.append([t / scale for t in self.push(n, e * scale)])
            table.append(self.beside(columns))
        return table
