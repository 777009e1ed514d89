"""Classroom 50: autograder.py, started in a student's checkout, leaves a result.json there.

It must end with 0 when it graded, however badly; anything else is a failure of the grader's own,
which Classroom 50 reports as such.
"""

import json
import os
import subprocess
import sys
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from micrograd_lab.grader.adapters.bundle import (
    NEEDS,
    SETTINGS,
    package,
    read_settings,
    settings,
    zipped,
)
from micrograd_lab.grader.adapters.handed_in import graded, heading, remarks, total, words
from micrograd_lab.grader.classroom.jobs import Outcome
from micrograd_lab.grader.home import write_text
from micrograd_lab.grader.spec import Exercise

AUTOGRADER = f'''"""Grades the checkout it is started in, and writes result.json there."""

import subprocess
import sys
import tempfile
import venv
import zipfile
from pathlib import Path

checkout, here = Path.cwd(), Path(__file__).resolve().parent
with tempfile.TemporaryDirectory() as scratch:
    lab = Path(scratch)
    lab.chmod(0o755)
    with zipfile.ZipFile(here / "grader.zip") as archive:
        archive.extractall(lab)
    venv.create(lab / "venv", with_pip=True)
    python = str(lab / "venv" / "bin" / "python")
    # started in our own folder: in the student's, a file called json.py would be imported
    subprocess.run([python, "-m", "pip", "install", "--quiet", "{NEEDS}"], cwd=lab, check=True)
    grade = [python, "-m", "micrograd_lab.grader.adapters.classroom50", str(checkout)]
    status = subprocess.run(grade, cwd=lab).returncode
sys.exit(status)
'''


def files(
    exercises: Iterable[Exercise], limit: float = 10.0, trust: bool = False
) -> dict[str, bytes]:
    """What to put into CLASSROOM/autograders/ASSIGNMENT/ of the configuration repository."""
    grader = package() | {SETTINGS: settings(exercises, limit, trust)}
    return {"autograder.py": AUTOGRADER.encode(), "grader.zip": zipped(grader)}


def result(outcome: Outcome, about: Mapping[str, str], submitted: str) -> dict[str, Any]:
    """One student's outcome as result.json.

    about: the environment that the runner provides, which says whose submission it is.
    submitted: when, in UTC: 2026-06-01T14:32:01Z.
    """
    return {
        "schema": "classroom50/result/v1",
        "classroom": about["CLASSROOM"],
        "assignment": about["ASSIGNMENT"],
        "assignment_type": about.get("ASSIGNMENT_TYPE") or "individual",
        "owner": about.get("OWNER") or about.get("USERNAME", ""),
        "submission": about["SUBMISSION_TAG"],
        "commit": about["COMMIT_URL"],
        "release": about["RELEASE_URL"],
        "review": about.get("REVIEW_URL") or about["COMMIT_URL"],
        "datetime": submitted,
        "score": total(outcome, "points"),
        "max-score": total(outcome, "max_points"),
        "tests": [_test(name, entry) for name, entry in outcome["exercises"].items()],
        "remarks": remarks(outcome),
    }


def commit_time(checkout: Path) -> str:
    """When the graded commit was made, so that grading again makes nobody late; else now."""
    ask = ["git", "-c", "safe.directory=*", "-C", str(checkout), "log", "-1", "--format=%ct"]
    try:
        seconds = int(subprocess.run(ask, capture_output=True, check=True, timeout=60).stdout)
        when = datetime.fromtimestamp(seconds, UTC)
    except (OSError, ValueError, OverflowError, subprocess.SubprocessError):
        when = datetime.now(UTC)
    return when.strftime("%Y-%m-%dT%H:%M:%SZ")


def main(checkout: Path, lab: Path) -> None:
    """Grade a checkout as the settings in `lab` say, and write its result.json."""
    outcome = graded(checkout, **read_settings(lab))
    content = result(outcome, os.environ, commit_time(checkout))
    write_text(checkout / "result.json", json.dumps(content, indent=1) + "\n")
    for name, entry in outcome["exercises"].items():
        print(f"{heading(name)}: {entry['points']} of {entry['max_points']}\n{words(entry)}\n")


def _test(name: str, entry: dict[str, Any]) -> dict[str, Any]:
    return {
        "test-name": heading(name),
        "passed": entry["status"] == "passed",
        "score": entry["points"],
        "max-score": entry["max_points"],
        "output": words(entry),  # a field of our own, which is kept as it is
    }


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path.cwd())
