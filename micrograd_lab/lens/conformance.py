"""conformance(MyValue): what an engine of your own can do, and the smallest thing it gets wrong.

Every claim is tried on your class: the same small program runs on it and on micrograd_lab's Value,
data and gradients are compared, and a program that fails is cut down until nothing can go.
"""

import html
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from micrograd_lab.lens.adapt import adapt
from micrograd_lab.lens.experiment import Experiment
from micrograd_lab.lens.naming import number
from micrograd_lab.lens.picture import Picture, draw
from micrograd_lab.lens.sheet import Grid, Sheet
from micrograd_lab.scalar import Value

Status = Literal["ok", "wrong", "missing"]
MARKS: dict[Status, str] = {"ok": "✓", "wrong": "✗", "missing": "–"}
# What goes wrong together, from what explains most to what explains least.
CAUSES: tuple[tuple[set[str], str], ...] = (
    ({"add"}, "addition itself is wrong; everything else is built on it."),
    ({"mul"}, "multiplication itself is wrong: d(ab)/da = b and d(ab)/db = a, both times the gradient from above."),
    ({"upstream"}, "an op forgets to multiply by the gradient from above (out.grad)."),
    ({"reuse", "accumulation"}, "gradients are overwritten (=) where they must be added to (+=)."),
    ({"reuse"}, "a node that is used twice by one op gets only one of its two gradients."),
    ({"order"}, "a node passes on its gradient before all of it has arrived: go through the nodes in reverse topological order, children before parents."),
    ({"sharing"}, "the walk follows every path: visit each node once, when its gradient is complete."),
    ({"second_backward"}, "set the gradients of inner nodes to zero before each backward()."),
    ({"deep_chain"}, "replace the recursion by a stack of your own."),
    (set(), "what is marked with a cross, from the top."),
)  # fmt: skip


@dataclass(frozen=True)
class Counterexample:
    """The smallest program found that goes wrong, what it should give and what it gives."""

    experiment: Experiment
    told: str  # "a.grad is 1, not 2"

    def __str__(self) -> str:
        return f"{self.experiment}: {self.told}"

    def picture(self, theme: str = "light") -> Picture:
        """The graph with the values and gradients that it should have."""
        inputs, root = self.experiment.run(Value)
        for name, node in zip(self.experiment.names, inputs, strict=False):
            node.label = name
        root.backward()
        return draw(root, theme=theme)


@dataclass(frozen=True)
class Finding:
    """What one check found."""

    name: str
    claim: str
    status: Status
    remark: str = ""
    counterexample: Counterexample | None = None


@dataclass(frozen=True)
class Conformance:
    """The findings about one engine; true if nothing is wrong."""

    engine: str
    findings: Sequence[Finding]

    @property
    def ok(self) -> bool:
        """Nothing is wrong; ops that are not there yet are no mistake."""
        return all(finding.status != "wrong" for finding in self.findings)

    @property
    def complete(self) -> bool:
        """Everything is there and right."""
        return all(finding.status == "ok" for finding in self.findings)

    def __bool__(self) -> bool:
        return self.ok

    def passed(self, name: str) -> bool:
        """Whether the check of that name went well; KeyError for a name that is none."""
        return self[name].status == "ok"

    def __getitem__(self, name: str) -> Finding:
        for finding in self.findings:
            if finding.name == name:
                return finding
        raise KeyError(f"{name!r}: the checks are {', '.join(f.name for f in self.findings)}")

    @property
    def score(self) -> str:
        """17 of 20"""
        return f"{sum(f.status == 'ok' for f in self.findings)} of {len(self.findings)}"

    @property
    def first(self) -> Finding | None:
        """The first thing that is wrong (not merely missing) and has a counterexample."""
        return next((f for f in self.findings if f.counterexample), None)

    @property
    def diagnosis(self) -> str:
        """The likely cause, where several findings point to one; empty if nothing is wrong."""
        wrong = {f.name for f in self.findings if f.status == "wrong"}
        return (
            next((words for signs, words in CAUSES if wrong & signs == signs), "") if wrong else ""
        )

    def sheet(self) -> Sheet:
        rows = [(MARKS[f.status], f.name, f.claim) for f in self.findings]
        grid = Grid("✓ right   ✗ wrong   – not there", ("", "check", "claim"), rows)
        remarks = [
            f"{MARKS[f.status]} {f.name}: {f.counterexample or f.remark}"
            for status in ("wrong", "missing")
            for f in self.findings
            if f.status == status
        ]
        if self.diagnosis:
            remarks.insert(0, f"Begin here: {self.diagnosis}")
        return Sheet(f"{self.engine}: {self.score}", [grid], remarks or ["Nothing is wrong."])

    def __str__(self) -> str:
        return self.sheet().text()

    __repr__ = __str__

    def picture(self, theme: str = "light") -> Picture | None:
        """The first counterexample, with the gradients it should have; None if there is none."""
        found = self.first
        return found.counterexample.picture(theme) if found and found.counterexample else None

    def html(self) -> str:
        picture = self.picture()
        shown = picture.img() if picture else ""
        name = self.first.name if self.first else ""
        caption = (
            f"<p>The counterexample of {name}, with the gradients that are right after one backward():</p>"
            * bool(shown)
        )
        return self.sheet().html() + caption + shown

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, str]:
        try:
            shown = self.html()
        except Exception:  # a display must never stop a lesson
            shown = f"<pre>{html.escape(str(self))}</pre>"
        return {"text/html": shown, "text/plain": str(self)}


def conformance(engine: Any, *, seed: int = 0) -> Conformance:
    """Try an engine on everything that a scalar engine should do.

    engine: the class, or a function that makes a node from a number; `data`, `grad` and parents may
    have other names, as adapt() finds them.  seed: of the random points and graphs.

    NotANodeError if nothing that adapt() needs is there.
    """
    from micrograd_lab.lens.checks import checks

    kind = engine if isinstance(engine, type) else type(engine(1.0))
    bench = Bench(engine, adapt(kind).names)
    findings: list[Finding] = []
    for name, claim, check in checks(seed):
        try:
            status, remark, counterexample = check(bench, findings)
        except Exception as error:  # an engine that is half done still gets its report
            status, remark, counterexample = "wrong", said(error), None
        findings.append(Finding(name, claim, status, remark, counterexample))
    module = "" if kind.__module__ == "__main__" else f"{kind.__module__}."
    return Conformance(f"{module}{kind.__name__}", findings)


@dataclass(frozen=True)
class Bench:
    """An engine on the test bench: make a node, read it, run it."""

    make: Callable[[float], Any]
    names: dict[str, str]

    def data(self, node: Any) -> float:
        return float(getattr(node, self.names["data"]))

    def grad(self, node: Any) -> float:
        held = getattr(node, self.names["grad"])
        return 0.0 if held is None else float(held)

    def clear(self, node: Any) -> None:
        setattr(node, self.names["grad"], 0.0)

    def differs(self, experiment: Experiment) -> str:
        """What is wrong with the engine's answers, in words; empty if nothing is."""
        expected, root = experiment.run(Value)
        root.backward()
        inputs, top = experiment.run(self.make)
        if not close(self.data(top), root.data):
            return f"the result is {number(self.data(top))}, not {number(root.data)}"
        top.backward()
        wrong = [
            f"{name}.grad is {number(self.grad(mine))}, not {number(right.grad)}"
            for name, mine, right in zip(experiment.names, inputs, expected, strict=False)
            if not close(self.grad(mine), right.grad)
        ]
        return " and ".join(wrong)


def said(error: Exception) -> str:
    """An error in one line."""
    return f"{type(error).__name__}: {' '.join(str(error).split())}"[:90]


def close(a: float, b: float, tolerance: float = 1e-5) -> bool:
    """The same up to rounding, also in single precision; a NaN is close to nothing."""
    return abs(a - b) <= tolerance * max(1.0, abs(a), abs(b))
