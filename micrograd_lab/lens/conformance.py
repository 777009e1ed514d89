"""conformance(MyValue): what an engine of your own can do, and the smallest thing it gets wrong.

Every claim is tried on your class: the same small program runs on it and on micrograd_lab's Value
or Tensor, data and gradients are compared, and a program that fails is cut down until nothing can go.
"""

import html
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

from micrograd_lab.lens.adapt import adapt
from micrograd_lab.lens.bench import Bench, NotYetError, said
from micrograd_lab.lens.experiment import Experiment
from micrograd_lab.lens.picture import Picture, draw
from micrograd_lab.lens.sheet import Grid, Sheet

Status = Literal["ok", "wrong", "missing", "waiting"]
MARKS: dict[Status, str] = {"ok": "✓", "wrong": "✗", "missing": "–", "waiting": "·"}
WORDS = {"ok": "right", "wrong": "wrong", "missing": "not there", "waiting": "waits for others"}
Causes = tuple[tuple[set[str], str], ...]
# What goes wrong together, from what explains most to what explains least.
CAUSES: Causes = (
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
        inputs, root = self.experiment.reference()
        for name, node in zip(self.experiment.names, inputs, strict=False):
            node.label = name
        return draw(self.experiment.pulled_back(root), theme=theme)


@dataclass(frozen=True)
class Finding:
    """What one check found."""

    name: str
    claim: str
    status: Status
    remark: str = ""
    counterexample: Counterexample | None = None
    needed: bool = False  # an engine without it cannot be used

    @property
    def in_the_way(self) -> bool:
        return self.status == "wrong" or (self.status == "missing" and self.needed)


@dataclass(frozen=True)
class Conformance:
    """The findings about one engine; true if nothing is wrong."""

    engine: str
    findings: Sequence[Finding]
    causes: Causes = CAUSES

    @property
    def ok(self) -> bool:
        """Nothing is wrong; ops that are not there yet are no mistake, if an engine can be without."""
        return not any(finding.in_the_way for finding in self.findings)

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
        if wrong:
            return next((words for signs, words in self.causes if wrong & signs == signs), "")
        absent = next((f for f in self.findings if f.in_the_way), None)
        return f"{absent.name} ({absent.claim}) is not there yet." if absent else ""

    def sheet(self) -> Sheet:
        rows = [(MARKS[f.status], f.name, f.claim) for f in self.findings]
        there = {"ok", "wrong", "missing", *(f.status for f in self.findings)}
        legend = "   ".join(f"{m} {WORDS[s]}" for s, m in MARKS.items() if s in there)
        grid = Grid(legend, ("", "check", "claim"), rows)
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
        shown, found, picture = self.sheet().html(), self.first, self.picture()
        if found and picture:
            caption = f"The counterexample of {found.name}, with the gradients that are right"
            shown += f"<p>{caption} after one backward():</p>{picture.img()}"
        return shown

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, str]:
        try:
            shown = self.html()
        except Exception:  # a display must never stop a lesson
            shown = f"<pre>{html.escape(str(self))}</pre>"
        return {"text/html": shown, "text/plain": str(self)}


def conformance(engine: Any, *, seed: int = 0) -> Conformance:
    """Try an engine on everything that a scalar engine should do, or a tensor engine.

        conformance(MyValue)
        conformance(MyTensor)
        conformance(lambda array: torch.tensor(array, requires_grad=True))

    engine: the class, or a function that makes a node from a number, or a tensor from an array.  A
    tensor engine is known by keeping an array as it is given; leaves are made with
    requires_grad=True where it takes that.  `data`, `grad` and parents may have other names, as
    adapt() finds them.  seed: of the random points and graphs.

    Where an engine's backward() takes retain_graph, as PyTorch's does, the second call of it is
    made with that.  NotANodeError if a scalar engine has not all that adapt() needs.
    """
    from micrograd_lab.lens.checks import checks
    from micrograd_lab.lens.tensor_bench import bench_of

    bench: Any = bench_of(engine)
    if bench is None:
        kind = engine if isinstance(engine, type) else type(engine(1.0))
        return _report(Bench(engine, adapt(kind).names), kind, checks(seed), CAUSES)
    from micrograd_lab.lens.tensor_checks import TENSOR_CAUSES, tensor_checks

    return _report(bench, bench.kind, tensor_checks(seed), TENSOR_CAUSES)


def _report(bench: Any, kind: type, checks: Any, causes: Causes) -> Conformance:
    """What every check finds, in their order: each sees what those before it found."""
    findings: list[Finding] = []
    for name, claim, check in checks:
        try:
            status, remark, counterexample = check(bench, findings)
        except NotYetError:
            status, remark, counterexample = "waiting", "", None
        except NotImplementedError as error:
            status, remark, counterexample = "missing", said(error), None
        except Exception as error:  # an engine that is half done still gets its report
            status, remark, counterexample = "wrong", said(error), None
        needed = bench.needs(name, remark)
        findings.append(Finding(name, claim, status, remark, counterexample, needed))
    module = "" if kind.__module__ == "__main__" else f"{kind.__module__}."
    return Conformance(f"{module}{kind.__name__}", findings, causes)
