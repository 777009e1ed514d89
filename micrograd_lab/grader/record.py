"""What a learner has done so far: one small JSON file in the course folder."""

import contextlib
import json
import os
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from micrograd_lab.errors import ExerciseError
from micrograd_lab.grader.home import course_folder, write_text

SCHEMA = 1


@dataclass
class Standing:
    """How far one exercise has come."""

    best: int = 0  # the most points it ever had
    attempts: int = 0
    hints: int = 0  # how many hints were shown
    asked: bool = False  # for the solution, before passing


@dataclass
class Record:
    """Everything that is remembered.  `note` says so when a damaged file had to be moved aside."""

    path: Path
    exercises: dict[str, Standing] = field(default_factory=dict)
    predictions: dict[str, Any] = field(default_factory=dict)
    note: str = ""

    def standing(self, name: str) -> Standing:
        """The standing of one exercise; a new one if nothing is known of it."""
        return self.exercises.setdefault(name, Standing())

    def save(self) -> None:
        """Write the file, whole or not at all."""
        write_text(self.path, self._text())

    def _text(self) -> str:
        content = {
            "schema": SCHEMA,
            "exercises": {k: asdict(v) for k, v in self.exercises.items() if v != Standing()},
            "predictions": self.predictions,
        }
        return json.dumps(content, indent=1, sort_keys=True, ensure_ascii=False) + "\n"


def load(home: Path | None = None) -> Record:
    """The record of a course folder, by default the one we are in.

    A file that cannot be understood is moved aside, never deleted, and the record starts afresh.
    Raises ExerciseError if a newer version of the lab wrote it.
    """
    path = (home or course_folder()) / ".micrograd_lab" / "record.json"
    record = Record(path)
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
        schema = int(content["schema"])
        record.exercises = {k: _standing(v) for k, v in content["exercises"].items()}
        record.predictions = dict(content["predictions"])
    except FileNotFoundError:
        return record
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
        aside = _free(path.with_name("record.damaged.json"))
        try:
            path.replace(aside)
        except OSError as error:
            raise _unreadable(error) from None
        note = f"The record of your progress could not be read; it was kept as {aside.name}."
        return Record(path, note=note)
    except OSError as error:
        raise _unreadable(error) from None
    if schema > SCHEMA:
        raise ExerciseError(
            f".micrograd_lab/record.json has schema {schema}, made by a newer micrograd_lab; this "
            f"one knows up to {SCHEMA}. Update micrograd_lab."
        )
    return record


@contextlib.contextmanager
def editing(home: Path | None = None) -> Iterator[Record]:
    """Read the record, let it be changed, and write it if it was.

    with editing() as record:
        record.predictions["01.h"] = {"answer": "b", "right": True}
    """
    home = home or course_folder()
    with _alone(home):
        record = load(home)
        before = record._text()
        yield record
        if record._text() != before:
            try:
                record.save()
            except OSError as error:
                record.note = f"Your progress could not be saved: {error.strerror or error}."


@contextlib.contextmanager
def _alone(home: Path) -> Iterator[None]:
    """One at a time, where the system can lock a folder: `watch` and a notebook share a record."""
    try:
        import fcntl

        folder = os.open(home, os.O_RDONLY)
    except (ImportError, OSError):
        yield
        return
    try:
        with contextlib.suppress(OSError):
            fcntl.flock(folder, fcntl.LOCK_EX)
        yield
    finally:
        os.close(folder)


def _standing(content: dict[str, Any]) -> Standing:
    return Standing(
        int(content["best"]),
        int(content["attempts"]),
        int(content["hints"]),
        bool(content["asked"]),
    )


def _unreadable(error: OSError) -> ExerciseError:
    return ExerciseError(
        f".micrograd_lab/record.json, the record of your progress, cannot be read: "
        f"{error.strerror or error}. Look at the permissions of that folder."
    )


def _free(path: Path) -> Path:
    """The first of name.json, name.2.json, ... that is not taken."""
    number, candidate = 1, path
    while candidate.exists():
        number += 1
        candidate = path.with_name(f"{path.stem}.{number}{path.suffix}")
    return candidate
