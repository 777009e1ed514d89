"""L-BFGS: steps along an estimate of the inverse Hessian, made from the last few gradients."""

from collections.abc import Callable
from typing import Any

import numpy as np

from micrograd_lab.errors import OptionError
from micrograd_lab.ops.op import Array
from micrograd_lab.optim.line_search import Point, strong_wolfe
from micrograd_lab.optim.optimizer import Optimizer, at_least_zero, called
from micrograd_lab.tensor import Tensor, counter_of, wrap

LONGEST = 25  # losses that one line search may compute


class LBFGS(Optimizer):
    """Several steps along -H g in each step(closure), H the estimate; for small, smooth problems.

    The closure clears the gradients, computes the loss, calls backward and returns the loss.
    max_iter: steps in each step(); max_eval: losses it may compute (default 1.25 · max_iter; a line
    search that has begun is then finished).
    tolerance_grad, tolerance_change: where it stops.  history_size: how many gradients are kept.
    line_search_fn: None takes steps of lr; "strong_wolfe" looks for one that satisfies Wolfe's
    conditions, from lr on, so that no step goes up.  There is one group.  torch.optim.LBFGS.
    """

    def __init__(
        self,
        params: Any,
        lr: Any = 1,
        max_iter: int = 20,
        max_eval: int | None = None,
        tolerance_grad: float = 1e-7,
        tolerance_change: float = 1e-9,
        history_size: int = 100,
        line_search_fn: str | None = None,
    ) -> None:
        at_least_zero(lr=lr)
        if line_search_fn not in (None, "strong_wolfe"):
            raise OptionError(
                f"line_search_fn={line_search_fn!r}: choose 'strong_wolfe', or None for steps of lr."
            )
        settings = {
            "lr": lr,
            "max_iter": max_iter,
            "max_eval": max_iter * 5 // 4 if max_eval is None else max_eval,
            "tolerance_grad": tolerance_grad,
            "tolerance_change": tolerance_change,
            "history_size": history_size,
            "line_search_fn": line_search_fn,
        }
        super().__init__(params, settings)
        if len(self.param_groups) != 1:
            raise OptionError("LBFGS: all parameters make one vector: give them in one group.")
        self._strict = max_eval is not None

    def step(self, closure: Callable[[], Any] | None = None) -> Any:
        """Up to max_iter steps; the loss before the first."""
        if closure is None:
            raise OptionError("LBFGS.step() needs a closure that computes the loss and gradients.")
        group, params = self.param_groups[0], self.param_groups[0]["params"]
        state = self.state[params[0]]
        state.setdefault("func_evals", 0)
        state.setdefault("n_iter", 0)
        most, least_change = group["max_eval"], group["tolerance_change"]
        first = called(closure)
        loss, evals = float(first), 1
        state["func_evals"] += 1
        g = self._gradient(params)
        if largest(g) <= group["tolerance_grad"]:
            return first
        for iteration in range(1, group["max_iter"] + 1):
            state["n_iter"] += 1
            d = self._direction(state, g, group["history_size"])
            before = loss
            state["prev_flat_grad"] = wrap(g.copy())
            lr = float(group["lr"])
            t = min(1.0, 1.0 / float(np.abs(g).sum())) * lr if state["n_iter"] == 1 else lr
            slope = float(g @ d)
            if slope > -least_change:
                break
            if group["line_search_fn"] is not None:
                start = Point(0.0, loss, slope, g)
                room = min(LONGEST, most - evals) if self._strict else LONGEST
                narrow = least_change / max(largest(d), 1e-300)
                found, calls = self._search(closure, params, d, start, t, room, narrow)
                t, loss, g = found.t, found.loss, found.gradient
                evals += calls
                state["func_evals"] += calls
            else:
                self._move(params, t, d)
                if iteration != group["max_iter"]:
                    loss = float(called(closure))
                    g = self._gradient(params)
                    evals += 1
                    state["func_evals"] += 1
            state.update(d=wrap(d), t=t, prev_loss=before)
            if (
                evals >= most
                or largest(g) <= group["tolerance_grad"]
                or largest(d * t) <= least_change
                or abs(loss - before) < least_change
            ):
                break
        return first

    def _search(
        self,
        closure: Callable[[], Any],
        params: list[Tensor],
        d: Array,
        start: Point,
        t: float,
        most: int,
        narrow: float,
    ) -> tuple[Point, int]:
        """Leave the parameters at a good point of the line; that point, and how often f was asked."""
        origin = [p.array.copy() for p in params]
        calls = 0

        def place(t: float) -> None:
            for p, x in zip(params, origin, strict=True):
                np.copyto(p.array, x)
            self._move(params, t, d)

        def f(t: float) -> Point:
            nonlocal calls
            calls += 1
            place(t)
            loss, g = float(called(closure)), self._gradient(params)
            return Point(t, loss, float(g @ d), g)

        found = strong_wolfe(f, start, t, most, narrow)
        place(found.t)
        return found, calls

    def _direction(self, state: dict[str, Any], g: Array, size: int) -> Array:
        """-H g, by the two loops over the remembered steps s and changes y of the gradient."""
        if "d" not in state:
            state.update(old_dirs=[], old_stps=[], ro=[], H_diag=1.0)
            return -g
        changes, steps, ro = state["old_dirs"], state["old_stps"], state["ro"]
        y = g - state["prev_flat_grad"].array
        s = state["d"].array * state["t"]
        curvature = float(y @ s)
        if curvature > 1e-10:
            if len(changes) == size:
                for remembered in (changes, steps, ro):
                    remembered.pop(0)
            changes.append(wrap(y))
            steps.append(wrap(s))
            ro.append(1.0 / curvature)
            state["H_diag"] = curvature / float(y @ y)
        q = -g
        shares = []
        for y, s, r in reversed(list(zip(changes, steps, ro, strict=True))):
            shares.append(r * float(s.array @ q))
            q = q - shares[-1] * y.array
        d: Array = q * state["H_diag"]
        for y, s, r in zip(changes, steps, ro, strict=True):
            d = d + (shares.pop() - r * float(y.array @ d)) * s.array
        return d

    def _gradient(self, params: list[Tensor]) -> Array:
        """All gradients in one vector."""
        parts = [
            np.zeros(p.array.size, p.array.dtype) if p.grad is None else p.grad.array.reshape(-1)
            for p in params
        ]
        return np.concatenate(parts)

    def _move(self, params: list[Tensor], t: float, d: Array) -> None:
        at = 0
        for p in params:
            part = d[at : at + p.array.size].reshape(p.array.shape)
            np.add(p.array, t * part, out=p.array)
            counter_of(p)[0] += 1
            at += p.array.size


def largest(x: Array) -> float:
    return float(np.abs(x).max()) if x.size else 0.0
