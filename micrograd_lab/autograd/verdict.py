"""Whether two Jacobians agree: tolerances, corners, and the words for the worst disagreement."""

import warnings
from typing import Any

import numpy as np

from micrograd_lab.autograd.jacobians import Jacobians
from micrograd_lab.errors import GradcheckError
from micrograd_lab.ops.op import Array


class GradcheckWarning(UserWarning):
    """The check passed, but says less than it seems to."""


class Check(Jacobians):
    """Measured against what the rules say, at one point."""

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
            f"gradcheck: input {i} sits on a corner at {entry_name(self.args[i], j)}: the slopes are "
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
            f"{wrong.size} entries. Worst: d output{entry_name(self.outputs[k], int(r))} / "
            f"d input{entry_name(self.args[i], int(c))} is {s:.6g} by the rules, {m:.6g} by nudging.{hint}"
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


def entry_name(x: Any, j: int) -> str:
    return (
        "[" + ", ".join(str(int(n)) for n in np.unravel_index(j, x.shape)) + "]" if x.shape else ""
    )
