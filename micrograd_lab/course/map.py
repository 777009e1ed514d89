"""The map of the course: every lesson with its question, its time, and how far the learner is."""

import re
import textwrap
from dataclasses import dataclass
from html import escape

from micrograd_lab.course import presence
from micrograd_lab.course.lessons import Lesson, lessons
from micrograd_lab.course.progress import START, Progress, course_progress, next_lesson
from micrograd_lab.course.project import find_root
from micrograd_lab.errors import LabError
from micrograd_lab.grader.record import Record, load

STAGES = {"01": "One number at a time", "10": "Many numbers at once"}  # from this lesson on
GREEN, BLUE, GREY = "#12876b", "#1f83c4", "#8a8f98"  # readable on white and on black
MARKS = {"done": ("✓", GREEN), "next": ("▶", BLUE), "begun": ("◐", BLUE), "": ("○", GREY)}


@dataclass(frozen=True)
class Stop:
    """One lesson on the map."""

    lesson: Lesson
    progress: Progress
    exercise_minutes: int
    is_next: bool

    @property
    def state(self) -> str:
        if self.progress.done:
            return "done"
        return "next" if self.is_next else "begun" if self.progress.begun else ""

    @property
    def time(self) -> str:
        return f"{self.lesson.minutes} min + exercises {self.exercise_minutes} min"


@dataclass(frozen=True)
class Map:
    """All lessons; a notebook shows it without script or style sheet, so untrusted too."""

    stops: tuple[Stop, ...]
    note: str = ""

    def __str__(self) -> str:
        lines = [self.note] if self.note else []
        for stop in self.stops:
            if stop.lesson.number in STAGES:
                lines += ["", STAGES[stop.lesson.number]]
            so_far = f" · {stop.progress.so_far}" if stop.progress.begun else ""
            name = f"{stop.lesson.number} · {stop.lesson.title}"
            lines.append(f"  {MARKS[stop.state][0]} {name:<16} {stop.time}{so_far}")
            question = textwrap.fill(plain(stop.lesson.question), 88)
            lines.append(textwrap.indent(question, " " * 7))
        return "\n".join(lines).strip("\n")

    __repr__ = __str__

    def _repr_html_(self) -> str:
        parts = [f'<p style="color:{GREY}">{escape(self.note)}</p>'] if self.note else []
        for stop in self.stops:
            if stop.lesson.number in STAGES:
                stage = escape(STAGES[stop.lesson.number])
                parts.append(f'<div style="margin:18px 0 4px"><b>{stage}</b></div>')
            parts.append(card(stop))
        return f'<div style="max-width:52em">{"".join(parts)}</div>'


def course_map() -> Map:
    """The map, with the learner's progress; where nobody is there, as for a newcomer."""
    record, note = None, ""
    if presence.somebody_is_there():
        try:
            record = load()
            note = record.note
        except LabError as error:
            note = f"Your progress cannot be shown. {error}"
    root = find_root()
    return drawn(record or Record(root / "record.json"), lessons(root / "notebooks" / "src"), note)


def drawn(record: Record, found: tuple[Lesson, ...], note: str = "") -> Map:
    """The map of these lessons with the progress of one record."""
    from micrograd_lab.grader.exercises import every

    ahead = next_lesson(record)
    ahead = found[0].number if ahead == START and found else ahead
    ways = {p.number: p for p in course_progress(record)}
    minutes = {n: sum(e.minutes for e in every() if e.id[2:4] == n) for n in ways}
    return Map(
        tuple(Stop(at, ways[at.number], minutes[at.number], at.number == ahead) for at in found),
        note,
    )


def card(stop: Stop) -> str:
    """One lesson: mark, linked title, question, goals to unfold, and progress once it is begun."""
    lesson = stop.lesson
    mark, colour = MARKS[stop.state]
    goals = "".join(f"<li>{inline(goal)}</li>" for goal in lesson.goals)
    bar = ""
    if stop.progress.begun:
        width = round(100 * stop.progress.share)
        bar = (
            '<div style="background:rgba(138,143,152,0.25);height:4px;margin:5px 0 2px">'
            f'<div style="background:{colour};height:4px;width:{width}%"></div></div>'
            f'<div style="color:{GREY};font-size:85%">{stop.progress.so_far}</div>'
        )
    return (
        f'<div style="border-left:4px solid {colour};padding:3px 14px;margin:7px 0">'
        f'<div><span style="float:right;color:{GREY};font-size:85%">{stop.time}</span>'
        f'<b style="color:{colour}">{mark}</b>&ensp;'
        f'<b><a href="{lesson.stem}.ipynb">{lesson.number} · {escape(lesson.title)}</a></b></div>'
        f"<div>{inline(lesson.question)}</div>"
        f'<details style="margin:2px 0"><summary style="color:{GREY};font-size:85%">'
        f'afterwards you can</summary><ul style="margin:2px 0">{goals}</ul></details>{bar}</div>'
    )


def inline(text: str) -> str:
    """A line of Markdown as HTML: `code`, **strong**, *emphasis*."""
    return "".join(
        f"<code>{escape(part)}</code>" if i % 2 else _emphasis(escape(part, quote=False))
        for i, part in enumerate(text.split("`"))
    )


def plain(text: str) -> str:
    """A line of Markdown without its marks."""
    return "".join(
        part if i % 2 else re.sub(r"\*+([^*]+)\*+", r"\1", part)
        for i, part in enumerate(text.split("`"))
    )


def _emphasis(text: str) -> str:
    text = re.sub(r"\*\*([^*]+)\*\*", r"<b>\1</b>", text)
    return re.sub(r"\*([^*]+)\*", r"<em>\1</em>", text)
