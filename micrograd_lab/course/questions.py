"""The questions of the lessons: what is asked, the options, and why each is right or wrong.

They live in questions/NN_stem.toml, so that no answer stands in the cell a learner reads:

    [[predict]]                    # or [[quiz]]
    id = "w-or-b"                  # predict("01.w-or-b")
    ask = "Whose gradient is larger?"
    code = "y = x * w + b"         # optional
    answer = "w"
    [[predict.options]]
    key = "w"                      # what the learner types
    text = "w"
    why = "It arrives times x."    # why it is right, or what is wrong with it
    misconception = "NAME"         # optional
"""

import re
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from micrograd_lab.errors import CourseError

FOLDER = Path(__file__).with_suffix("")


@dataclass(frozen=True)
class Option:
    key: str
    text: str
    why: str
    misconception: str = ""


@dataclass(frozen=True)
class Question:
    id: str  # with its lesson: "01.w-or-b"
    ask: str
    answer: str  # the key of the right option
    options: tuple[Option, ...]
    code: str = ""

    def __getitem__(self, key: str) -> Option:
        return next(option for option in self.options if option.key == key)


@dataclass(frozen=True)
class Sheet:
    """All questions of one lesson, by id."""

    number: str
    predict: dict[str, Question]
    quiz: dict[str, Question]


def sheet(number: str, folder: Path = FOLDER) -> Sheet:
    """The questions of lesson `number`.  CourseError if there is no such lesson, or its file is wrong."""
    paths = sorted(folder.glob("*.toml"))
    for path in paths:
        if number in (path.stem[:2], path.stem):
            return read(path)
    known = ", ".join(path.stem[:2] for path in paths)
    raise CourseError(f"lesson {number!r}: there is no such lesson. There are: {known}.")


def prediction(name: str) -> Question:
    """The prediction "01.w-or-b".  CourseError, with the known ones, if there is none of that name."""
    known = sheet(name.partition(".")[0]).predict
    if name not in known:
        raise CourseError(f"predict({name!r}): no such prediction. There are: {', '.join(known)}.")
    return known[name]


def read(path: Path) -> Sheet:
    """The sheet in a TOML file.  CourseError that names the file and the question if it is wrong."""
    try:
        content = tomllib.loads(path.read_text(encoding="utf-8"))
    except tomllib.TOMLDecodeError as error:
        raise CourseError(f"{path.name}: {error}.") from None
    if extra := set(content) - {"predict", "quiz"}:
        raise CourseError(f"{path.name}: {min(extra)!r}: only [[predict]] and [[quiz]] go here.")
    number, seen = path.stem[:2], set[str]()
    kinds: dict[str, dict[str, Question]] = {"predict": {}, "quiz": {}}
    for kind, questions in kinds.items():
        for entry in content.get(kind, []):
            where = f"{path.name}: [[{kind}]] {entry.get('id', 'without an id')!r}"
            question = _question(entry, number, where)
            if question.id in seen:
                raise CourseError(f"{where}: this id is taken; ids are unique in a lesson.")
            seen.add(question.id)
            questions[question.id] = question
    return Sheet(number, **kinds)


def _question(entry: dict[str, Any], number: str, where: str) -> Question:
    _fields(entry, {"id", "ask", "answer", "options"}, {"code"}, where)
    options = []
    for i, option in enumerate(entry["options"], start=1):
        _fields(option, {"key", "text", "why"}, {"misconception"}, f"{where}, option {i}")
        options.append(Option(**option))
        if not re.fullmatch(r"([A-Z][A-Z0-9_]+)?", options[-1].misconception):
            raise CourseError(f"{where}, option {i}: a misconception is named in UPPER_CASE.")
    keys = [option.key.casefold() for option in options]
    if len(keys) < 2 or len(set(keys)) < len(keys):
        raise CourseError(f"{where}: needs at least two options with different keys; found {keys}.")
    if entry["answer"] not in [option.key for option in options]:
        raise CourseError(f"{where}: answer {entry['answer']!r} is not among its options {keys}.")
    return Question(**{**entry, "id": f"{number}.{entry['id']}", "options": tuple(options)})


def _fields(entry: dict[str, Any], needed: set[str], optional: set[str], where: str) -> None:
    """Every needed field is there and says something; no other than these, so typos are found."""
    empty = sorted(field for field in needed if not entry.get(field))
    if empty:
        raise CourseError(f"{where}: {empty[0]!r} is missing or empty.")
    if extra := sorted(set(entry) - needed - optional):
        raise CourseError(
            f"{where}: unknown field {extra[0]!r}; did you mean one of these: "
            f"{', '.join(sorted(needed | optional))}?"
        )
    if wrong := sorted(f for f in entry if f != "options" and not isinstance(entry[f], str)):
        raise CourseError(f"{where}: {wrong[0]!r} must be text in quotes.")
