"""Which file of a submission is which exercise; whatever is none is reported, never dropped."""

import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from micrograd_lab.errors import FolderError
from micrograd_lab.grader.classroom.archives import is_junk, read
from micrograd_lab.grader.exercises import every
from micrograd_lab.grader.spec import Exercise

NOT_THEIRS = {"solutions", "micrograd_lab", "tests", "site-packages"}  # of a whole course handed in


@dataclass(frozen=True)
class Submission:
    """One student's work, in memory."""

    key: str  # the name of the folder or zip
    files: dict[str, str]  # by exercise: the text to grade
    notes: tuple[str, ...] = ()  # how a file with another name was understood
    problems: tuple[str, ...] = ()  # what was not graded, and why: somebody should look

    @property
    def student(self) -> str:
        return self.key.removesuffix(".zip")

    @property
    def fingerprint(self) -> str:
        """Changes when anything that was handed in does."""
        text = repr((self.key, sorted(self.files.items()), self.notes, self.problems))
        return hashlib.sha256(text.encode("utf-8", "backslashreplace")).hexdigest()[:32]


def entries(folder: Path, but: Path | None = None) -> tuple[list[Path], list[str]]:
    """The submissions in a folder, one folder or zip each, and what else lies there.

    `but` is a folder to pass over: that of the results.  Raises FolderError if there are none.
    """
    try:
        found = sorted(p for p in folder.iterdir() if not is_junk(p.name))
    except OSError as error:
        raise FolderError(f"grade: {folder} cannot be read: {error.strerror}.") from None
    found = [p for p in found if but is None or p.resolve() != but.resolve()]
    mine = [p for p in found if p.is_symlink() or p.is_dir() or p.suffix.lower() == ".zip"]
    strays = [
        f"{p.name}: belongs to no student, not graded. Put it into a folder with the student's "
        "name, or into a zip."
        for p in found
        if p not in mine
    ]
    if not mine:
        raise FolderError(
            f"grade: no submissions in {folder}. There should be one folder or one zip per student"
            + (f"; there are only loose files, such as {found[0].name}." if found else ".")
        )
    return mine, strays


def collect(paths: list[Path], exercises: tuple[Exercise, ...]) -> Iterator[Submission]:
    """Read the submissions one after the other, so that only one is in memory here."""
    for path in paths:
        yield _submission(path, exercises)


def _submission(path: Path, exercises: tuple[Exercise, ...]) -> Submission:
    contents = read(path)
    files: dict[str, str] = {}
    notes: list[str] = []
    problems = list(contents.problems)
    unknown: dict[str, str] = {}
    origins: dict[str, str] = {}
    for name in sorted(contents.python, key=_rank):
        try:
            text = contents.python[name].decode("utf-8-sig")
        except UnicodeDecodeError:
            problems.append(f"{name}: not text in UTF-8, not graded.")
            continue
        if NOT_THEIRS & set(PurePosixPath(name).parts[:-1]):
            continue
        exercise = by_name(name)
        if exercise is None:
            unknown[name] = text
        elif exercise not in exercises:
            notes.append(f"{name}: {exercise.id} was not asked for.")
        elif exercise.name in files:
            problems.append(f"{name}: not graded, {origins[exercise.name]} is {exercise.id} too.")
        else:
            files[exercise.name], origins[exercise.name] = text, name
            if PurePosixPath(name).name != f"{exercise.name}.py":
                notes.append(f"{name}: graded as {exercise.id}, by its name.")
    for name, text in unknown.items():
        open_ones = tuple(e for e in exercises if e.name not in files)
        by_what = [e for e in open_ones if _defines(text, e.entry_point)]
        if len(by_what) == 1:
            files[by_what[0].name] = text
            notes.append(
                f"{name}: graded as {by_what[0].id}, because it defines `{by_what[0].entry_point}`."
            )
        else:
            asked = " or ".join(e.id for e in by_what)
            problems.append(
                f"{name}: no exercise has that name, not graded."
                + (f" It could be {asked}." if asked else "")
            )
    if packed := [name for name in contents.others if re.search(r"\.(zip|tar|t?gz|7z|rar)$", name)]:
        problems += [f"{name}: an archive inside the submission, not opened." for name in packed]
    if not files:
        others = ", ".join(contents.others[:5])
        problems.append("No exercise was found." + (f" There are: {others}." if others else ""))
    return Submission(path.name, files, tuple(notes), tuple(problems))


def _rank(name: str) -> tuple[object, ...]:
    """The files most likely to be meant come first: the exact name, in exercises/, further up."""
    path = PurePosixPath(name)
    exact = any(path.name == f"{e.name}.py" for e in every())
    return (not exact, "exercises" not in path.parts, len(path.parts), name)


def by_name(name: str) -> Exercise | None:
    """The exercise that a file's name means: Ex01a.py, ada-ex1a (2).py, central_difference.py."""
    stem = PurePosixPath(name.lower()).stem
    if known := re.search(r"(?<![a-z])ex[ _-]?(\d{1,2})[ _-]?([a-z])(?![a-z])", stem):
        wanted = f"ex{int(known[1]):02}{known[2]}"
        return next((e for e in every() if e.id == wanted), None)
    plain = re.sub(r"[\W_]+", "_", stem)
    meant = [e for e in every() if e.name.partition("_")[2] == plain]
    return meant[0] if len(meant) == 1 else None


def _defines(text: str, name: str) -> bool:
    """Whether a text looks as if it defined `name`; looked at as text, never parsed."""
    return re.search(rf"^(?:def|class) {re.escape(name)}\b", text, re.MULTILINE) is not None
