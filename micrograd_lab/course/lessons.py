"""What each lesson says of itself: its question, what one can do afterwards, how long it takes."""

import re
from dataclasses import dataclass
from pathlib import Path

from micrograd_lab.errors import CourseError


@dataclass(frozen=True)
class Lesson:
    number: str
    stem: str  # 01_slope
    title: str
    question: str
    goals: tuple[str, ...]  # "When you have finished you can ..."
    minutes: int  # to read and to predict; exercises say their own


def lessons(folder: Path) -> tuple[Lesson, ...]:
    """The lessons whose sources are in `folder`, in order; 00, the map of them, is not one."""
    return tuple(read(p) for p in sorted(folder.glob("[0-9][0-9]_*.py")) if p.stem[:2] != "00")


def read(path: Path) -> Lesson:
    """What the first cell of a lesson's source says.  CourseError naming what it lacks."""
    source = path.read_text(encoding="utf-8")
    cell = source.removeprefix("# %% [markdown]\n").partition("\n# %%")[0]
    text = re.sub(r"^# ?", "", cell, flags=re.MULTILINE)
    number = path.stem[:2]

    def find(what: str, pattern: str) -> str:
        if found := re.search(pattern, text, re.MULTILINE | re.DOTALL):
            return found[1]
        raise CourseError(f"{path.name}: its first cell has no {what}.")

    goals = find("list `When you have finished you can`", r"^When you have .*? can$(.*?)\n\nYou")
    return Lesson(
        number,
        path.stem,
        title=find(f"title `# {number} · …`", rf"\A# {number} · ([^\n]+)"),
        question=_line(find("**question**", r"^\*\*(.*?)\*\*$")),
        goals=tuple(_line(goal).rstrip(",.") for goal in goals.split("\n- ")[1:]),
        minutes=int(find("time, `About 30 minutes`", r"About (\d+) minutes")),
    )


def _line(text: str) -> str:
    return " ".join(text.split())
