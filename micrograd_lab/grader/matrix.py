"""The grader proved on wrong answers: what each submission was, against what it was called.

    python -m micrograd_lab.grader.matrix            writes docs/confusion.md, 200 repeats
    python -m micrograd_lab.grader.matrix ex05b --seeds 20       only looks, at some exercises

Rows: the reference, the stub, an empty file, right answers written differently, every known
mistake.  Each is graded with many seeds.  The entries of the table say how often it was called
what; status 1 if anything was not what it should be.
"""

import argparse
import re
import runpy
import sys
from collections import Counter
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from itertools import repeat
from pathlib import Path
from random import Random
from types import ModuleType
from typing import Any

from micrograd_lab.files import replace_file
from micrograd_lab.grader.diagnose import Answers, Key, answer_key, answers, draw
from micrograd_lab.grader.exercises import every, find, find_one
from micrograd_lab.grader.grade import judge
from micrograd_lab.grader.runner import Run
from micrograd_lab.grader.spec import Exercise

ROOT = Path(__file__).parents[2]
SEEDS = 200
ENOUGH = 0.95  # of the repeats in which a mistake must get its own name
RIGHT, NAMELESS, UNWRITTEN, NO_ENTRY = "right", "no name", "not written yet", "no entry point"


@dataclass
class Line:
    """How one submission was graded, time after time."""

    name: str
    wanted: str  # what it should be called
    called: Counter[str] = field(default_factory=Counter)
    points: Counter[int] = field(default_factory=Counter)

    def share(self) -> float:
        return self.called[self.wanted] / max(1, self.called.total())

    def good(self, full: int) -> bool:
        """Whether it got its name often enough, and never the points of something else."""
        if self.wanted == RIGHT:
            return self.share() == 1 and set(self.points) == {full}
        if self.wanted in (UNWRITTEN, NO_ENTRY):
            return self.share() == 1 and set(self.points) == {0}
        wrongly = set(self.called) - {self.wanted, NAMELESS}
        return self.share() >= ENOUGH and not wrongly and max(self.points) < full


def confusion(exercise: Exercise, seeds: Sequence[int]) -> list[Line]:
    """Every submission of one exercise, graded with every seed in this process."""
    own = [Line("reference", RIGHT), Line("stub", UNWRITTEN), Line("empty file", NO_ENTRY)]
    entries: list[Any] = [exercise.reference, _entry(exercise, stub(exercise)), None]
    for number, source in enumerate(alternatives(exercise).values(), 1):
        own.append(Line(f"another right answer, {number}", RIGHT))
        entries.append(_entry(exercise, source))
    lines = own + [Line(m.name, m.name) for m in exercise.misconceptions]
    for seed in seeds:
        args = draw(exercise, Random(seed))
        key = answer_key(exercise, args)
        given = [answers(exercise, entry, args) if entry else [] for entry in entries]
        for line, found in zip(lines, [*given, *key.wrong], strict=True):
            called, points = _grade(exercise, args, found, key)
            line.called[called] += 1
            line.points[points] += 1
    return lines


def _confusion(id: str, seeds: int) -> list[Line]:
    return confusion(find_one(id), range(seeds))


def _grade(
    exercise: Exercise, args: list[dict[str, Any]], found: Answers, key: Key
) -> tuple[str, int]:
    """(what it is called, its points): the grader's judgement of what a child would have said."""
    loaded = {"failed": ""} if found else {"failed": "missing", "names": []}
    result = judge(exercise, "", args, Run(loaded, dict(enumerate(found))), 10.0, key=key)
    if result.passed:
        return RIGHT, result.points
    if not found:
        return NO_ENTRY, result.points
    if not result.started:
        return UNWRITTEN, result.points
    return " and ".join(result.names) or NAMELESS, result.points


def solution(exercise: Exercise) -> str:
    return (ROOT / "solutions" / f"{exercise.name}.py").read_text(encoding="utf-8")


def stub(exercise: Exercise) -> str:
    """The solution without its solved regions, each replaced by a raise."""
    region = r"(?m)^( *)### BEGIN SOLUTION[^\n]*\n.*?### END SOLUTION$"
    raised = r'\1raise NotImplementedError("your turn")'
    return re.sub(region, raised, solution(exercise), flags=re.S)


def alternatives(exercise: Exercise) -> dict[str, str]:
    """Right answers written differently: whole submissions by what is different about them."""
    path = ROOT / "tests" / "alternatives" / f"{exercise.name}.py"
    if not path.exists():
        return {}
    found: dict[str, str] = runpy.run_path(str(path))["SOLUTIONS"]
    return found


def _entry(exercise: Exercise, source: str) -> Any:
    """The entry point of a submission of our own, run in this process."""
    module = ModuleType(exercise.name)
    sys.modules[module.__name__] = module  # as in the child: dataclasses look their module up
    exec(compile(source, exercise.name, "exec", dont_inherit=True), module.__dict__)
    return vars(module)[exercise.entry_point]


def table(exercise: Exercise, lines: Sequence[Line]) -> str:
    """One exercise as Markdown."""
    rows = [
        f"## {exercise.id} · {exercise.title}\n",
        f"| submitted | points of {exercise.points} | called so | otherwise |",
        "| :-- | --: | --: | :-- |",
    ]
    for line in lines:
        low, high = min(line.points), max(line.points)
        points = f"{low}" if low == high else f"{low} to {high}"
        others = [f"{name}: {n}" for name, n in sorted(line.called.items()) if name != line.wanted]
        name = line.name if line.wanted != line.name else f"`{line.name}`"
        so = f"{line.called[line.wanted]} of {line.called.total()}"
        mark = "" if line.good(exercise.points) else " **✗**"
        rows.append(f"| {name} | {points} | {so}{mark} | {', '.join(others)} |")
    return "\n".join(rows) + "\n"


def page(tables: Sequence[tuple[Exercise, list[Line]]], seeds: int) -> str:
    """docs/confusion.md: what it means, the sums, a table for each exercise."""
    lines = [(e, line) for e, group in tables for line in group]
    mistakes = [line for _, line in lines if line.wanted == line.name]
    right = [line for _, line in lines if line.wanted == RIGHT and line.name != "reference"]
    graded = sum(line.called.total() for _, line in lines)
    named = sum(line.called[line.wanted] for line in mistakes)
    total = sum(line.called.total() for line in mistakes)
    wrong = sum(not line.good(e.points) for e, line in lines)
    return (
        "# What the grader calls what\n\n"
        f"{len(tables)} exercises, {len(mistakes)} known mistakes, {len(right)} right answers "
        f"written differently, each graded {seeds} times with fresh questions: {graded:,} "
        "gradings. References and other right answers must earn full marks every time, stubs and "
        "empty files nothing, and a mistake must lose points and get its own name in at least "
        f"{ENOUGH:.0%} of the repeats and no other name in the rest.\n\n"
        f"- Mistakes called by their own name: {named:,} of {total:,}, "
        f"{100 * named / max(1, total):.2f}%.\n"
        f"- Submissions that miss what is asked of them: {wrong}.\n\n"
        "Built by `python -m micrograd_lab.grader.matrix`. *Called so* counts the repeats in which "
        "a submission was called what it is; *otherwise* lists what else it was called.\n\n"
        + "\n".join(table(e, group) for e, group in tables)
    )


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m micrograd_lab.grader.matrix")
    parser.add_argument("exercises", nargs="*", help="some only, and nothing is written")
    parser.add_argument("--seeds", type=int, default=SEEDS, help="repeats of each")
    parser.add_argument("--jobs", type=int, default=1, help="processes at a time")
    options = parser.parse_args(arguments)
    chosen = [e for name in options.exercises for e in find(name)] or list(every())
    with ProcessPoolExecutor(options.jobs) as pool:
        lines = pool.map(_confusion, [e.id for e in chosen], repeat(options.seeds))
        tables = list(zip(chosen, lines, strict=True))
    text = page(tables, options.seeds)
    if options.exercises:
        print(text)
    else:
        replace_file(ROOT / "docs" / "confusion.md", text.encode())
    bad = [
        f"{e.id}: {line.name}" for e, group in tables for line in group if not line.good(e.points)
    ]
    print(*bad, sep="\n", file=sys.stderr)
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
