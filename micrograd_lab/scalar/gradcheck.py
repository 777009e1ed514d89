"""An honest gradient check: what backward() says, against what happens when you nudge the input.

For each input x the slope of f is measured by central differences, (f(x+h) - f(x-h)) / 2h, whose
error has two parts: the curve bends within h (shrinks with h²) and f is rounded (grows with 1/h).
They balance near h = ∛ε · max(1, |x|), ε = 2.2e-16 (Press et al., Numerical Recipes, §5.7).  We
try that h and smaller ones, estimate both parts for each, and keep the best.  A wave much shorter
than h is seen at places that have nothing to do with one another: if the slope that backward()
claims is so steep, we look again with steps that could follow it.
"""

import math
import random
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from micrograd_lab.graph import topological_order
from micrograd_lab.scalar.domain import as_number, plain
from micrograd_lab.scalar.value import Value

EPSILON = sys.float_info.epsilon
STEP = EPSILON ** (1 / 3)

Verdict = Literal["ok", "wrong", "kink", "edge", "unsure"]
REMARKS: dict[Verdict, str] = {
    "ok": "",
    "wrong": "backward() disagrees with the slope",
    "kink": "a corner: left and right slopes differ, any slope between them will do",
    "edge": "f is not defined on both sides: nothing to compare with",
    "unsure": "f is too noisy or too curved here for a sharp comparison",
}


@dataclass(frozen=True)
class Row:
    """One input's check."""

    name: str
    x: float
    analytic: float  # what backward() says
    numeric: float  # what nudging says; 0 below what it can resolve, nan at an edge
    error: float  # relative, beyond what the measurement can resolve; nan where it means nothing
    verdict: Verdict


@dataclass(frozen=True)
class GradCheck:
    """The outcome for every input; true when no input is wrong."""

    rows: tuple[Row, ...]

    @property
    def ok(self) -> bool:
        return all(row.verdict != "wrong" for row in self.rows)

    def __bool__(self) -> bool:
        return self.ok

    def __str__(self) -> str:
        head = ("input", "at", "backward()", "nudged", "rel. error", "verdict")
        cells = [
            (
                r.name,
                f"{r.x:.6g}",
                f"{r.analytic:.6g}",
                f"{r.numeric:.6g}",
                _magnitude(r.error),
                r.verdict,
            )
            for r in self.rows
        ]
        widths = [max(map(len, column)) for column in zip(head, *cells, strict=True)]
        lines = [
            "  ".join(c.ljust(w) for c, w in zip(row, widths, strict=True))
            for row in [head, *cells]
        ]
        for verdict in dict.fromkeys(r.verdict for r in self.rows if r.verdict != "ok"):
            lines.append(f"{verdict}: {REMARKS[verdict]}")
        return "\n".join(line.rstrip() for line in lines)

    __repr__ = __str__


def gradcheck(
    f: Callable[..., Any],
    xs: Sequence[Any],
    *,
    rtol: float = 1e-6,
    engine: Callable[[float], Any] = Value,
    seed: int = 0,
) -> GradCheck:
    """Compare f's gradients by backward() with its slopes, at the point xs.

    f takes one node per entry of xs and returns one node; it must be deterministic.  xs are numbers
    or Values (whose labels then name the rows).  rtol is the relative error to forgive, on top of
    what the measurement itself cannot resolve.  engine makes a node from a number: pass your own
    class to check your own engine.  seed draws the upstream gradient.

    An `ok` row agrees; a `kink` row sits on a corner such as relu at 0 and only asks that the
    gradient lies between the two slopes.  The gradient that enters f from above is a random
    number, never 1: a rule that forgets to multiply by it would pass otherwise.
    """
    points = [as_number(plain(x)) for x in xs]
    names = [getattr(x, "label", "") or f"x{i}" for i, x in enumerate(xs)]
    upstream = random.Random(seed).uniform(1.5, 3.0)

    nodes = [engine(p) for p in points]
    root = f(*nodes) * upstream
    root.backward()
    noise = _rounding(root) / upstream

    rows = []
    for i, (name, x) in enumerate(zip(names, points, strict=True)):
        analytic = float(nodes[i].grad) / upstream
        along = _along(f, points, i, engine)
        rows.append(Row(name, x, analytic, *_judge(along, x, analytic, rtol, noise)))
    return GradCheck(tuple(rows))


def _rounding(root: Any) -> float:
    """How uncertain root.data is: every node is rounded by ε/2, and its gradient says how much
    of that reaches the root.  (Running error analysis; the backward pass does it for us.)"""
    nodes = topological_order(root) if hasattr(root, "parents") else [root]
    noise = EPSILON * sum(abs(float(node.data) * float(node.grad)) for node in nodes)
    return noise if math.isfinite(noise) else 0.0


def _along(
    f: Callable[..., Any], points: list[float], i: int, engine: Callable[[float], Any]
) -> Callable[[float], float]:
    """f as a plain function of its i-th input; nan where it is not defined."""

    def line(x: float) -> float:
        try:
            return float(f(*(engine(x if j == i else p) for j, p in enumerate(points))).data)
        except (ValueError, ArithmeticError):
            return math.nan

    return line


def _judge(
    f: Callable[[float], float], x: float, analytic: float, rtol: float, noise: float
) -> tuple[float, float, Verdict]:
    """(numeric slope, relative error, verdict) for one input."""
    scale = max(1.0, abs(x))
    steps = [STEP * scale, STEP * scale / 8, STEP * scale / 64]
    if 0 < abs(x) < 1:
        steps.append(STEP * abs(x))  # close to 0, log and sqrt change on the scale of x itself
    found = _compare(f, x, analytic, rtol, noise, steps)
    if found[2] not in ("wrong", "kink") or not _torn(f, x, steps):
        return found
    fine = _step_for(
        analytic, max(abs(f(x + side * h)) for h in steps for side in (-1, 0, 1)), noise
    )
    if not 0 < fine < min(steps):  # a slope that these steps can follow
        return found
    steps = [8 * fine, fine, fine / 8]
    again = _compare(f, x, analytic, rtol, noise, steps) if fine > 64 * EPSILON * abs(x) else None
    if again is None or (again[2] == "wrong" and _torn(f, x, steps)):
        return found[0], math.nan, "unsure"  # numbers are not dense enough here for any step
    return found if again[2] == "wrong" else again


def _torn(f: Callable[[float], float], x: float, steps: list[float]) -> bool:
    """Whether steps of different sizes see different slopes: then none of them sees the curve."""
    slopes = [_central(f, x, h) for h in steps]
    return max(slopes) - min(slopes) > max(map(abs, slopes)) / 2


def _step_for(slope: float, reach: float, noise: float) -> float:
    """The best h for a curve of height `reach` that has this slope, and so bends within reach / slope."""
    noise = max(noise, EPSILON * reach)
    return math.cbrt(noise * reach / slope * reach / slope / abs(slope)) if slope else math.inf


def _compare(
    f: Callable[[float], float],
    x: float,
    analytic: float,
    rtol: float,
    noise: float,
    steps: list[float],
) -> tuple[float, float, Verdict]:
    """What _judge gives, by steps of these sizes."""
    scale = max(1.0, abs(x))
    uncertainty, numeric = min(_slope(f, x, h, noise) for h in steps)
    if not math.isfinite(uncertainty):
        return math.nan, math.nan, "edge"

    left, right = _corner(f, x, steps[1], steps[2], noise)
    if left < right:
        inside = left - rtol * abs(left) <= analytic <= right + rtol * abs(right)
        return numeric, math.nan, "kink" if inside else "wrong"

    blur = 4 * uncertainty
    gap, size = abs(analytic - numeric), max(abs(analytic), abs(numeric))
    error = max(0.0, gap - blur) / size if size > 0 else gap
    shown = numeric if abs(numeric) > blur else 0.0
    if not gap <= rtol * size + blur or math.isinf(gap):  # written so that a nan gradient is wrong
        return shown, error, "wrong"
    blind = gap > 0 and blur > 1e-3 * max(size, 1e-6 * abs(f(x)) / scale)
    return shown, error, "unsure" if blind else "ok"


def _slope(f: Callable[[float], float], x: float, h: float, noise: float) -> tuple[float, float]:
    """(uncertainty, slope) of f at x by central differences with h and h / 2, extrapolated."""
    wide, narrow = _central(f, x, h), _central(f, x, h / 2)
    rounding = max(noise, EPSILON * abs(f(x + h)), EPSILON * abs(f(x - h)))
    uncertainty = abs(wide - narrow) / 3 + 4 * rounding / h
    if not math.isfinite(uncertainty):
        return math.inf, math.nan
    return uncertainty, (4 * narrow - wide) / 3  # Richardson: cancels the h² term


def _central(f: Callable[[float], float], x: float, h: float) -> float:
    above, below = x + h, x - h
    return (f(above) - f(below)) / (above - below)  # the step that was really taken


def _corner(
    f: Callable[[float], float], x: float, h: float, smaller: float, noise: float
) -> tuple[float, float]:
    """The two one-sided slopes, in order, if they stay apart as h shrinks; (0, 0) on a smooth curve.

    On a smooth curve the gap between them is h · f'' and shrinks with h; at a corner it stays.
    """

    def sides(h: float) -> tuple[float, float]:
        return (f(x) - f(x - h)) / h, (f(x + h) - f(x)) / h

    before, after = sides(h)
    left, right = sides(smaller)
    rounding = 50 * max(noise, EPSILON * abs(f(x))) / smaller
    gap = abs(right - left)
    if gap > 0.5 * abs(after - before) and gap > rounding + 1e-4 * max(abs(left), abs(right)):
        return min(left, right), max(left, right)
    return 0.0, 0.0


def _magnitude(error: float) -> str:
    """Errors of rounding differ from machine to machine; only their size is worth printing."""
    if math.isnan(error):
        return "–"
    return "< 1e-8" if error < 1e-8 else f"{error:.1e}"
