"""gradcheck: every entry of the derivative, against what happens when you nudge an input.

The Jacobian is measured column by column, (f(x + h) - f(x - h)) / 2h, and compared with what
backward (and forward mode) say.  The gradients that enter from above are random numbers, never 1:
a rule that forgets to multiply by them would pass otherwise.
"""

import warnings
from collections.abc import Callable
from typing import Any

import numpy as np

from micrograd_lab.autograd.walk import grad
from micrograd_lab.errors import DtypeError, GradcheckError, GradError
from micrograd_lab.forward import Dual, jvp
from micrograd_lab.ops.op import Array
from micrograd_lab.tensor import Tensor, wrap


class GradcheckWarning(UserWarning):
    """The check passed, but says less than it seems to."""


def gradcheck(
    func: Callable[..., Any],
    inputs: Any,
    *,
    eps: float = 1e-6,
    atol: float = 1e-5,
    rtol: float = 1e-3,
    raise_exception: bool = True,
    nondet_tol: float = 0.0,
    check_undefined_grad: bool = True,
    check_grad_dtypes: bool = False,
    check_batched_grad: bool = False,
    check_batched_forward_grad: bool = False,
    check_forward_ad: bool = False,
    check_backward_ad: bool = True,
    fast_mode: bool = False,
    masked: bool | None = None,
) -> bool:
    """Whether func's gradients are right at these inputs.  torch.autograd.gradcheck.

    inputs: a tensor or a tuple; those that require a gradient are checked, and must be float64.
    fast_mode compares one random direction in place of every entry.  At a corner (relu at 0) any
    slope between the two sides is right, and a GradcheckWarning says so; another one says where
    the true gradient is too small for the tolerance to tell it from a wrong one.  Otherwise a
    GradcheckError names input and entry, or False comes back if raise_exception is off.
    The batched checks are accepted; there is nothing to check here.
    """
    args = tuple(inputs) if isinstance(inputs, (tuple, list)) else (inputs,)
    checked = _checked(args)
    check = _Check(func, args, checked, eps, atol, rtol)
    try:
        if fast_mode:
            check.one_direction(check_forward_ad, check_backward_ad)
            return True
        measured = check.measure()
        if check_backward_ad:
            check.compare(check.by_backward(nondet_tol, check_grad_dtypes), measured, "backward")
        if check_forward_ad:
            check.compare(check.by_forward(), measured, "forward mode")
    except GradcheckError:
        if raise_exception:
            raise
        return False
    return True


def gradgradcheck(
    func: Callable[..., Any],
    inputs: Any,
    grad_outputs: Any = None,
    *,
    eps: float = 1e-6,
    atol: float = 1e-5,
    rtol: float = 1e-3,
    gen_non_contig_grad_outputs: bool = False,
    raise_exception: bool = True,
    nondet_tol: float = 0.0,
    check_undefined_grad: bool = True,
    check_grad_dtypes: bool = False,
    check_batched_grad: bool = False,
    check_fwd_over_rev: bool = False,
    check_rev_over_rev: bool = True,
    fast_mode: bool = False,
    masked: bool | None = None,
) -> bool:
    """Whether func's second derivatives are right: gradcheck of its backward.

    torch.autograd.gradgradcheck.  The upstream gradients are inputs of backward like any other;
    random ones are drawn unless grad_outputs gives them.
    """
    args = tuple(inputs) if isinstance(inputs, (tuple, list)) else (inputs,)
    count = len(args)
    wanted = _checked(args)
    outputs = _outputs(func(*args))
    if grad_outputs is None:
        draw = np.random.default_rng(0)
        upstream = []
        for y in outputs:
            values = draw.standard_normal((*y.shape, 2))[..., 0]  # every second number in memory
            values = values if gen_non_contig_grad_outputs else values.copy()
            upstream.append(Tensor(values.astype(y.dtype), requires_grad=True))
    else:
        given = grad_outputs if isinstance(grad_outputs, (tuple, list)) else (grad_outputs,)
        upstream = [g.detach().requires_grad_() for g in given]

    def pulled(*everything: Any) -> Any:
        xs, gs = everything[:count], everything[count:]
        if any(isinstance(x, Dual) for x in everything):
            return _pulled_duals(func, xs, gs, wanted)
        ys = _outputs(func(*xs))
        found = grad(ys, [xs[i] for i in wanted], gs, create_graph=True, allow_unused=True)
        return tuple(g for g in found if g is not None and g.requires_grad)

    return gradcheck(
        pulled,
        (*args, *upstream),
        eps=eps,
        atol=atol,
        rtol=rtol,
        raise_exception=raise_exception,
        nondet_tol=nondet_tol,
        check_grad_dtypes=check_grad_dtypes,
        check_forward_ad=check_fwd_over_rev,
        check_backward_ad=check_rev_over_rev,
        fast_mode=fast_mode,
    )


def _pulled_duals(func: Any, xs: Any, gs: Any, wanted: list[int]) -> Any:
    """The same backward, of inputs that move: forward over reverse."""
    from micrograd_lab import func as functions

    def of_wanted(*chosen: Any) -> Any:
        full = list(xs)
        for i, x in zip(wanted, chosen, strict=True):
            full[i] = x
        return tuple(_outputs(func(*full)))

    _, pull = functions.vjp(of_wanted, *(xs[i] for i in wanted))
    found = pull(tuple(gs))
    return found if isinstance(found, tuple) else (found,)


class _Check:
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
        self.outputs = _outputs(func(*args))
        if not self.outputs:
            raise GradError("gradcheck: the function returned no floating tensor to differentiate.")

    # --- measuring --------------------------------------------------------------------------

    def values(self) -> list[Array]:
        """What the function gives now, as flat arrays of our own."""
        return [y.array.astype("float64").ravel() for y in _outputs(self.func(*self.args))]

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
            table.append(
                [
                    np.stack([c[k] for c in columns], axis=1)
                    if columns
                    else np.zeros((y.array.size, 0))
                    for k, y in enumerate(self.outputs)
                ]
            )
        return table

    # --- what the rules say -------------------------------------------------------------------

    def pull(self, k: int, upstream: Array, dtypes: bool = False) -> list[Array]:
        """The gradient for each checked input of <upstream, output k>, run afresh."""
        xs = [self.args[i] for i in self.checked]
        y = _outputs(self.func(*self.args))[k]
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
            return tuple(_outputs(self.func(*self.args[:i], moving, *self.args[i + 1 :])))

        _, moved = jvp(along, (x,), (wrap(direction.reshape(x.shape)),))
        return [t.array.ravel() for t in moved]

    def by_forward(self) -> list[list[Array]]:
        table = []
        for n, i in enumerate(self.checked):
            columns = []
            for e in np.eye(self.args[i].array.size):
                scale = self.draw.uniform(1.5, 3.0)
                columns.append([t / scale for t in self.push(n, e * scale)])
            table.append(
                [
                    np.stack([c[k] for c in columns], axis=1)
                    if columns
                    else np.zeros((y.array.size, 0))
                    for k, y in enumerate(self.outputs)
                ]
            )
        return table

    # --- the verdict --------------------------------------------------------------------------

    def compare(self, said: list[list[Array]], measured: list[list[Array]], who: str) -> None:
        for n, i in enumerate(self.checked):
            for k in range(len(self.outputs)):
                s, m = said[n][k], measured[n][k]
                wrong = ~(np.abs(s - m) <= self.atol + self.rtol * np.abs(m))
                wrong &= ~(np.isnan(s) & np.isnan(m))
                for r, c in np.argwhere(wrong):
                    if self.is_corner(i, int(c), k, int(r), float(s[r, c])):
                        wrong[r, c] = False
                if wrong.any():
                    raise GradcheckError(self.report(i, k, s, m, wrong, who))
            self.warn_if_blind(i, said[n], measured[n])

    def is_corner(self, i: int, j: int, k: int, r: int, said: float) -> bool:
        """Whether left and right slopes stay apart as the step shrinks, and `said` lies between."""
        here = self.values()[k][r]

        def sides(h: float) -> tuple[float, float]:
            above, below = self.at(i, j, h)[k][r], self.at(i, j, -h)[k][r]
            return (here - below) / h, (above - here) / h

        wide, narrow = sides(1e-4), sides(1.25e-5)
        gap = abs(narrow[1] - narrow[0])
        if not (gap > 0.5 * abs(wide[1] - wide[0]) and gap > 10 * self.atol):
            return False
        slack = self.atol + self.rtol * max(map(abs, narrow))
        if not min(narrow) - slack <= said <= max(narrow) + slack:
            return False
        warnings.warn(
            f"gradcheck: input {i} sits on a corner at {_entry(self.args[i], j)}: the slopes are "
            f"{narrow[0]:.4g} on the left and {narrow[1]:.4g} on the right; {said:.4g} lies between, "
            "and nothing more can be said there.",
            GradcheckWarning,
            stacklevel=4,
        )
        return True

    def warn_if_blind(self, i: int, said: list[Array], measured: list[Array]) -> None:
        largest = max((np.abs(b).max() for b in (*said, *measured) if b.size), default=0.0)
        if 0 < largest <= self.atol:
            warnings.warn(
                f"gradcheck: no gradient of input {i} is larger than {largest:.2g}, below atol="
                f"{self.atol:g}: a wrong rule could pass here. Check at another point, weigh the "
                "outputs with random numbers, or scale the function up.",
                GradcheckWarning,
                stacklevel=4,
            )

    def report(self, i: int, k: int, said: Array, measured: Array, wrong: Array, who: str) -> str:
        gaps = np.where(wrong, np.abs(said - measured), -1.0)
        gaps[wrong & np.isnan(gaps)] = np.inf
        r, c = np.unravel_index(int(np.argmax(gaps)), gaps.shape)
        s, m = said[r, c], measured[r, c]
        hint = ""
        if np.isfinite(s) and np.isfinite(m) and s and m and abs(s / m - round(s / m, 3)) < 1e-6:
            hint = f" It is {s / m:.4g} times the slope."
        return (
            f"gradcheck: {who} is wrong for input {i}, output {k}, in {int(wrong.sum())} of "
            f"{wrong.size} entries. Worst: d output{_entry(self.outputs[k], int(r))} / "
            f"d input{_entry(self.args[i], int(c))} is {s:.6g} by the rules, {m:.6g} by nudging.{hint}"
        )

    # --- fast mode ----------------------------------------------------------------------------

    def one_direction(self, forward: bool, backward: bool) -> None:
        """One random direction for each input, one random upstream gradient for each output."""
        for n, i in enumerate(self.checked):
            x = self.args[i]
            u = self.draw.standard_normal(x.array.size)
            u /= np.linalg.norm(u) or 1.0
            step = self.eps * u.reshape(x.shape)
            before = x.array.copy()
            try:
                x.array[...] = before + step
                above = self.values()
                x.array[...] = before - step
                below = self.values()
            finally:
                x.array[...] = before
            for k, y in enumerate(self.outputs):
                v = self.draw.standard_normal(y.array.size)
                measured = v @ ((above[k] - below[k]) / (2 * self.eps))
                found = {}
                if backward:
                    found["backward"] = self.pull(k, v.astype(y.dtype))[n] @ u
                if forward:
                    found["forward mode"] = v @ self.push(n, u)[k]
                for who, said in found.items():
                    if not abs(said - measured) <= self.atol + self.rtol * abs(measured):
                        raise GradcheckError(
                            f"gradcheck: {who} is wrong for input {i}, output {k}: along a random "
                            f"direction {said:.6g} by the rules, {measured:.6g} by nudging. Without "
                            "fast_mode the message names the entry."
                        )


def _outputs(result: Any) -> list[Any]:
    """The floating tensors among the results."""
    ys = result if isinstance(result, (tuple, list)) else (result,)
    return [y for y in ys if isinstance(y, (Tensor, Dual)) and y.dtype.kind == "f"]


def _checked(args: tuple[Any, ...]) -> list[int]:
    """Which inputs to check; they must be fit for it."""
    found = [i for i, x in enumerate(args) if isinstance(x, Tensor) and x.requires_grad]
    if not found:
        raise GradError(
            "gradcheck: none of the inputs requires a gradient. Make them with requires_grad=True, "
            "in float64."
        )
    for i in found:
        array = args[i].array
        if array.dtype != np.float64:
            raise DtypeError(
                f"gradcheck: input {i} is of {array.dtype}. Nudging by 1e-6 needs float64: rounding "
                "would drown the difference. Use x.double()."
            )
        if not array.flags.writeable or any(
            s == 0 and n > 1 for s, n in zip(array.strides, array.shape, strict=True)
        ):
            raise GradError(
                f"gradcheck: several entries of input {i} share memory (an expanded tensor?), so they "
                "cannot be nudged one by one. Use clone()."
            )
    return found


def _entry(x: Any, j: int) -> str:
    return (
        "[" + ", ".join(str(int(n)) for n in np.unravel_index(j, x.shape)) + "]" if x.shape else ""
    )
