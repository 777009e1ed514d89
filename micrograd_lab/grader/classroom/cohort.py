"""What a class holds as a whole: per exercise how it went, and which mistakes how many made."""

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from micrograd_lab.grader.classroom.jobs import Outcome
from micrograd_lab.grader.exercises import every

STATES = ("passed", "known mistake", "unknown mistake", "does not run", "unfinished", "not started", "missing", "lost")  # fmt: skip


@dataclass
class Tally:
    """One exercise over the whole class."""

    name: str
    max_points: int
    points: int = 0
    states: Counter[str] = field(default_factory=Counter)
    mistakes: Counter[str] = field(default_factory=Counter)  # by name
    others: Counter[str] = field(default_factory=Counter)  # what else went wrong: "time-out"

    @property
    def id(self) -> str:
        return self.name.partition("_")[0]

    @property
    def students(self) -> int:
        return self.states.total()

    @property
    def handed_in(self) -> int:
        return self.students - self.states["missing"]

    @property
    def mean(self) -> float:
        return self.points / self.students if self.students else 0.0

    def add(self, entry: dict[str, Any]) -> None:
        self.points += entry["points"]
        self.states[entry["status"]] += 1
        self.mistakes.update(entry["names"])
        if entry["status"] in ("unknown mistake", "does not run"):
            self.others[entry.get("kind", "value")] += 1

    def ranked(self) -> list[tuple[str, int]]:
        """The mistakes, the most frequent first."""
        return sorted(self.mistakes.items(), key=lambda item: (-item[1], item[0]))


@dataclass
class Cohort:
    """The class in numbers; grows by one student at a time and keeps none of their texts."""

    students: int = 0
    totals: list[int] = field(default_factory=list)
    tallies: dict[str, Tally] = field(default_factory=dict)

    def add(self, outcome: Outcome) -> None:
        self.students += 1
        self.totals.append(sum(e["points"] for e in outcome["exercises"].values()))
        for name, entry in outcome["exercises"].items():
            tally = self.tallies.setdefault(name, Tally(name, entry["max_points"]))
            tally.add(entry)

    @property
    def max_points(self) -> int:
        return sum(tally.max_points for tally in self.tallies.values())

    def __iter__(self) -> Iterator[Tally]:
        return iter(sorted(self.tallies.values(), key=lambda tally: tally.name))

    def widest(self, count: int) -> list[tuple[Tally, str, int]]:
        """The mistakes most of the class made, over all exercises."""
        all_of_them = [(tally, name, n) for tally in self for name, n in tally.ranked()]
        return sorted(all_of_them, key=lambda item: -item[2])[:count]


def of(outcomes: Iterable[Outcome]) -> Cohort:
    """The class that these students are."""
    cohort = Cohort()
    for outcome in outcomes:
        cohort.add(outcome)
    return cohort


def sentence(exercise: str, mistake: str) -> str:
    """What sets a mistake right, in the words its students read."""
    for known in every():
        if known.name == exercise:
            return next((m.says for m in known.misconceptions if m.name == mistake), "")
    return ""


def title(exercise: str) -> str:
    return next((e.title for e in every() if e.name == exercise), exercise)
