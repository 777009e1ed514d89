"""The folder of results: one file per student, written when it is known, so a stopped run goes on."""

import hashlib
import json
import re
import secrets
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from micrograd_lab import __version__
from micrograd_lab.errors import FolderError
from micrograd_lab.grader import exercises as specs
from micrograd_lab.grader.classroom.collect import Submission
from micrograd_lab.grader.classroom.jobs import Job, Outcome
from micrograd_lab.grader.home import write_text
from micrograd_lab.grader.spec import Exercise

SCHEMA = 1


class Results:
    """The results of one class.  Its seed is drawn once, so a run that goes on asks the same."""

    def __init__(self, folder: Path, seed: int, strays: list[str]) -> None:
        self.folder = folder
        self.seed = seed
        self.strays = strays  # what lay about and belongs to no student

    def file(self, key: str) -> Path:
        return self.folder / "students" / f"{file_name(key)}.json"

    def job(
        self, submission: Submission, exercises: tuple[Exercise, ...], limit: float, trust: bool
    ) -> Job:
        names = tuple(e.name for e in exercises)
        what = (submission.fingerprint, names, self.seed, limit, _version(exercises))
        fingerprint = hashlib.sha256(repr(what).encode()).hexdigest()[:32]
        return Job(submission, names, self.seed, fingerprint, limit, trust)

    def has(self, job: Job) -> bool:
        """Whether this very job is done: same files, exercises, questions and grader."""
        done = _read(self.file(job.submission.key))
        if done is None or done.get("fingerprint") != job.fingerprint:
            return False
        return all(e["status"] != "lost" for e in done["exercises"].values())

    def keep(self, outcome: Outcome) -> None:
        _write(self.file(outcome["key"]), outcome)

    def keep_strays(self, strays: list[str]) -> None:
        self.strays = strays
        self._save()

    def _save(self) -> None:
        _write(
            self.folder / "class.json",
            {"schema": SCHEMA, "seed": self.seed, "strays": self.strays},
        )

    def __iter__(self) -> Iterator[Outcome]:
        """Every student's outcome in the order of their names, one in memory at a time."""
        for path in sorted((self.folder / "students").glob("*.json")):
            if (outcome := _read(path)) is not None:
                yield outcome


def create(folder: Path, seed: int | None = None) -> Results:
    """The results in `folder`, begun if need be.  FolderError if something else is in it."""
    if (folder / "class.json").exists():
        results = load(folder)
        if seed is not None and seed != results.seed:
            results.seed = seed
            results._save()
        return results
    try:
        folder.mkdir(parents=True, exist_ok=True)
        if any(folder.iterdir()):
            raise FolderError(f"grade: {folder} holds other things. Let --out name a new folder.")
        results = Results(folder, secrets.randbits(64) if seed is None else seed, [])
        results._save()
        (folder / "students").mkdir(exist_ok=True)
    except OSError as error:
        if isinstance(error, FolderError):
            raise
        raise FolderError(f"grade: {folder} cannot be written: {error.strerror}.") from None
    return results


def load(folder: Path) -> Results:
    """The results in `folder`.  FolderError if there are none, or a newer version made them."""
    about = _read(folder / "class.json")
    if about is None or not isinstance(about.get("seed"), int):
        raise FolderError(f"{folder} holds no results of a class. `grade` makes them.")
    if about.get("schema") != SCHEMA:
        raise FolderError(f"{folder} was made by another version of micrograd_lab. Grade anew.")
    return Results(folder, about["seed"], list(about.get("strays", [])))


def file_name(key: str) -> str:
    """A name for files of a student, whatever the student is called; no two are the same."""
    plain = re.sub(r"[^\w.-]", "_", key).strip(".")[:60]
    if plain == key and plain == plain.lower():
        return plain
    return f"{plain}-{hashlib.sha256(key.encode('utf-8', 'surrogatepass')).hexdigest()[:8]}"


def _version(exercises: tuple[Exercise, ...]) -> list[str]:
    """What the questions depend on: the version of the lab, and each specification as it is."""
    folder = Path(specs.__file__).parent
    contents = [(folder / f"{e.name}.py").read_bytes() for e in exercises]
    return [__version__, *(hashlib.sha256(content).hexdigest() for content in contents)]


def _write(path: Path, content: dict[str, Any]) -> None:
    write_text(path, json.dumps(content, indent=1, sort_keys=True, default=str) + "\n")


def _read(path: Path) -> dict[str, Any] | None:
    """A JSON object; None if there is no such file or it is damaged, which grades it again."""
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError):
        return None
    return content if isinstance(content, dict) else None
