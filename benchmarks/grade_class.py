"""How long a class takes to grade: python benchmarks/grade_class.py 500 --jobs 2

Makes a class of made-up students out of solutions and of the misconceptions the specs know, each
exercise right, wrong in one of the known ways, not begun or missing; then grades it and says the
time and the most memory that a process of the grader held.
"""

import argparse
import ast
import resource
import sys
import tempfile
import time
import zipfile
from pathlib import Path
from random import Random

from micrograd_lab.course.exercises import stub
from micrograd_lab.grader.classroom import terminal
from micrograd_lab.grader.exercises import every
from micrograd_lab.grader.spec import Exercise, Misconception

ROOT = Path(__file__).resolve().parents[1]


def solution(exercise: Exercise) -> str:
    return (ROOT / "solutions" / f"{exercise.name}.py").read_text(encoding="utf-8")


class Aside(ast.NodeTransformer):
    """Renames the right implementation, so that a wrong one may take its name."""

    def __init__(self, name: str) -> None:
        self.name = name

    def visit(self, node: ast.AST) -> ast.AST:
        for field in ("id", "name"):
            if getattr(node, field, None) == self.name:
                setattr(node, field, f"right_{self.name}")
        return self.generic_visit(node)


def mistaken(exercise: Exercise, misconception: Misconception) -> str:
    """A submission that holds a misconception: the specification without what the grader adds."""
    tree = ast.parse(source_of(misconception.wrong.__module__))
    parts = ["from __future__ import annotations"]
    for node in map(Aside(exercise.entry_point).visit, tree.body):
        text = ast.unparse(node)
        if isinstance(node, ast.ImportFrom) and node.module in exercise.without:
            parts.append(source_of(node.module))  # not there for a submission: written out
        elif "micrograd_lab.grader" not in text and "EXERCISE = " not in text:
            parts.append(text)
    name = misconception.wrong.__name__
    name = f"right_{name}" if name == exercise.entry_point else name
    return "\n".join([*parts, f"{exercise.entry_point} = {name}", ""])


def source_of(module: str) -> str:
    return Path(sys.modules[module].__file__ or "").read_text(encoding="utf-8")


def students(folder: Path, count: int, exercises: tuple[Exercise, ...], rng: Random) -> None:
    """One folder or zip per student."""
    for number in range(count):
        files = {}
        for exercise in exercises:
            kind = rng.choices(("right", "mistaken", "stub", "missing"), (60, 30, 5, 5))[0]
            if kind == "right":
                text = solution(exercise)
            elif kind == "mistaken":
                text = mistaken(exercise, rng.choice(exercise.misconceptions))
            elif kind == "stub":
                text = stub(solution(exercise), exercise.name)
            else:
                continue
            files[f"exercises/{exercise.name}.py"] = text
        name = f"student{number:04}"
        if rng.random() < 0.5:
            with zipfile.ZipFile(folder / f"{name}.zip", "w", zipfile.ZIP_DEFLATED) as archive:
                for path, text in files.items():
                    archive.writestr(path, text)
        else:
            for path, text in files.items():
                (folder / name / path).parent.mkdir(parents=True, exist_ok=True)
                (folder / name / path).write_text(text, encoding="utf-8")


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    options.add_argument("students", type=int)
    options.add_argument("--jobs", type=int, default=2)
    options.add_argument("--exercises", type=int, default=10)
    options.add_argument("--keep", type=Path, help="where to leave class and results")
    chosen = options.parse_args()
    exercises = every()[: chosen.exercises]
    with tempfile.TemporaryDirectory() as scratch:
        folder = chosen.keep or Path(scratch)
        handed_in = folder / "submissions"
        handed_in.mkdir(parents=True, exist_ok=True)
        students(handed_in, chosen.students, exercises, Random(0))
        start = time.perf_counter()
        ids = [e.id for e in exercises]
        terminal.grade(handed_in, folder / "results", ids, processes=chosen.jobs, seed=0)
        seconds = time.perf_counter() - start
    memory = max(
        resource.getrusage(who).ru_maxrss
        for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)
    )
    print(
        f"{chosen.students} students x {len(exercises)} exercises, {chosen.jobs} processes: "
        f"{seconds:.1f} s, {1000 * seconds / chosen.students / len(exercises):.0f} ms an exercise, "
        f"at most {memory / 1024:.0f} MB in a process"
    )


if __name__ == "__main__":
    main()
