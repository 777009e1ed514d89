"""What the course must teach, idea by idea, and the place in the course where it does.

python -m micrograd_lab.course.coverage            writes docs/coverage.md from coverage.toml
python -m micrograd_lab.course.coverage --check    writes nothing; status 1 if it would change
"""

import argparse
import re
import sys
import tomllib
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from micrograd_lab.course import questions
from micrograd_lab.course.project import find_root
from micrograd_lab.errors import CourseError, ExerciseError
from micrograd_lab.files import replace_file
from micrograd_lab.grader.exercises import find_one

DATA = Path(__file__).with_suffix(".toml")
HEADING = re.compile(r"^## (.+)$|<summary>(.+?)</summary>", re.MULTILINE)


@dataclass(frozen=True)
class Home:
    """Where an idea is taught, as the page writes it."""

    text: str
    coming: bool = False


@dataclass
class Course:
    """The lessons under `root`, and those still to come, as far as homes can name them."""

    root: Path
    coming: dict[str, str]  # number -> stem
    lessons: dict[str, Path] = field(init=False)

    def __post_init__(self) -> None:
        found = sorted((self.root / "notebooks" / "src").glob("[0-9][0-9]_*.py"))
        self.lessons = {path.stem[:2]: path for path in found}

    def home(self, name: str) -> Home:
        """The home that `name` means.  CourseError, with what there is, if it is not there."""
        if match := re.fullmatch(r"coming (\d\d)", name):
            return self._coming(match[1])
        if re.fullmatch(r"ex\d\d[a-z]", name):
            return self._exercise(name)
        if match := re.fullmatch(r"(\d\d)\.[\w-]+", name):
            return self._question(name, match[1])
        if match := re.fullmatch(r"(\d\d): (.+?)(?: \| (.+))?", name):
            return self._passage(match[1], match[2], match[3] or "")
        raise CourseError(
            'not a home. I know "04: A heading", "04: A heading | words in it", "04.question", '
            '"ex04a" and "coming 16".'
        )

    def _coming(self, number: str) -> Home:
        if number in self.lessons:
            raise CourseError(f"lesson {number} is here now; say where in it.")
        if number not in self.coming:
            raise CourseError(f"no such lesson is planned; there are {', '.join(self.coming)}.")
        return Home(f"coming: lesson {number}, *{self.coming[number]}*", coming=True)

    def _exercise(self, id: str) -> Home:
        try:
            exercise = find_one(id)
        except ExerciseError as error:
            raise CourseError(str(error)) from None
        if f'check("{id}")' not in self._source(id[2:4]):
            raise CourseError(f"lesson {id[2:4]} does not ask for this exercise.")
        file = f"exercises/{exercise.name}.py"
        if not (self.root / file).exists():
            raise CourseError(f"{file} is missing.")
        return Home(f"[{id}](../{file}), {exercise.title}")

    def _question(self, name: str, number: str) -> Home:
        self._source(number)
        sheet = questions.sheet(number)
        for kind, word in ((sheet.predict, "prediction"), (sheet.quiz, "quiz")):
            if name in kind:
                return Home(f"{self._link(number)}, {word} `{name}`")
        known = ", ".join([*sheet.predict, *sheet.quiz])
        raise CourseError(f"no such question. There are {known}.")

    def _passage(self, number: str, heading: str, words: str) -> Home:
        passages = parts(self._source(number))
        if squeeze(heading) not in passages:
            raise CourseError(f"no such heading. Lesson {number} has {'; '.join(passages)}.")
        if squeeze(words) not in passages[squeeze(heading)]:
            raise CourseError(f"{words!r} does not stand there.")
        shown = heading.replace("*", r"\*")
        return Home(f"{self._link(number)}, “{shown}”")

    def _source(self, number: str) -> str:
        if number not in self.lessons:
            raise CourseError(f"there is no lesson {number}.")
        return self.lessons[number].read_text(encoding="utf-8")

    def _link(self, number: str) -> str:
        title = re.search(r"^# # (.+)$", self._source(number), re.MULTILINE)
        stem = self.lessons[number].stem
        return f"[{title[1] if title else stem}](../notebooks/{stem}.ipynb)"


def squeeze(text: str) -> str:
    """The words alone: without marks of emphasis, every gap one space."""
    return " ".join(re.sub(r"[`*]", "", text).split())


def parts(source: str) -> dict[str, str]:
    """What stands under each heading of a lesson, and under each question of its expert corner."""
    text = re.sub(r"^# ?", "", source, flags=re.MULTILINE)
    marks = list(HEADING.finditer(text))
    found: dict[str, str] = {}
    for i, mark in enumerate(marks):
        # A heading lasts until the next heading, a question until the next of either.
        later = [m.start() for m in marks[i + 1 :] if m[1] or not mark[1]]
        end = later[0] if later else len(text)
        found[squeeze(mark[1] or mark[2])] = squeeze(text[mark.end() : end])
    return found


def read(path: Path = DATA) -> dict[str, Any]:
    """The data.  CourseError that says which table is wrong, and how."""
    try:
        data = tomllib.loads(path.read_text(encoding="utf-8"))
    except tomllib.TOMLDecodeError as error:
        raise CourseError(f"{path.name}: {error}.") from None
    _fields(data, {"coming", "document"}, path.name)
    for document in data["document"]:
        where = f"{path.name}: document {document.get('title', 'without a title')!r}"
        _fields(document, {"title", "about", "section"}, where)
        for section in document["section"]:
            _fields(section, {"name", "ideas"}, f"{where}, {section.get('name', 'no name')!r}")
    return data


def _fields(table: dict[str, Any], needed: set[str], where: str) -> None:
    """Every field is there and says something, and there are no others, so typos are found."""
    if empty := sorted(name for name in needed if not table.get(name)):
        raise CourseError(f"{where}: {empty[0]!r} is missing or empty.")
    if extra := sorted(set(table) - needed):
        raise CourseError(f"{where}: unknown field {extra[0]!r}; needed are {sorted(needed)}.")


def page(data: dict[str, Any], root: Path) -> str:
    """The page as Markdown.  CourseError with every section or home that is not there."""
    course = Course(root, data["coming"])
    wrong: list[str] = []
    body: list[str] = []
    sections = ideas = here = waiting = 0
    for document in data["document"]:
        body += ["", f"## {document['title']}", "", document["about"], ""]
        body += ["| section | idea | where |", "| :-- | :-- | :-- |"]
        for section in document["section"]:
            sections += 1
            where = f"{document['title']}, {section['name']}"
            name = section["name"]
            for idea, *names in section["ideas"]:
                ideas += 1
                if not names:
                    wrong.append(f"{where}, {idea!r}: no home.")
                homes: list[Home] = []
                for named in names:
                    try:
                        homes.append(course.home(named))
                    except CourseError as error:
                        wrong.append(f"{where}, {idea!r}: {named!r}: {error}")
                here += any(not home.coming for home in homes)
                waiting += any(home.coming for home in homes)
                body.append(f"| {name} | {idea} | {'<br>'.join(h.text for h in homes)} |")
                name = ""  # once, at its first idea
    if wrong:
        raise CourseError("\n".join(wrong))
    both = here + waiting - ideas
    head = [
        "# What is taught where",
        "",
        f"What {len(data['document'])} older texts on this subject teach, in words of our own: "
        f"{sections} sections, {ideas} ideas, and where the course teaches each. "
        f"{here - both} are taught, {both} have begun and go on in a later lesson, "
        f"{waiting - both} wait for theirs. (The texts' lists of sources have no row.)",
        "",
        "Built by `python -m micrograd_lab.course.coverage`; a test follows every link to its "
        "heading, question or exercise.",
    ]
    return "\n".join([*head, *body]) + "\n"


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m micrograd_lab.course.coverage")
    parser.description = "docs/coverage.md from coverage.toml: what is taught where."
    parser.add_argument("--check", action="store_true", help="write nothing; 1 if it would change")
    options = parser.parse_args(arguments)
    try:
        root = find_root()
        text = page(read(), root)
    except CourseError as error:
        print(error, file=sys.stderr)
        return 1
    target = root / "docs" / "coverage.md"
    same = target.exists() and target.read_text(encoding="utf-8") == text
    if options.check:
        if not same:
            print("docs/coverage.md: differs from its data; build it.", file=sys.stderr)
        return 0 if same else 1
    if not same:
        replace_file(target, text.encode())
    print("Nothing changed." if same else "built docs/coverage.md")
    return 0


if __name__ == "__main__":
    sys.exit(main())
