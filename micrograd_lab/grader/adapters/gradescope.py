"""Gradescope: a zip with the grader in it; on their machine it turns a submission into results.json.

/autograder/source      the unpacked zip
/autograder/submission  what a student handed in
/autograder/results     where results.json has to be in the end, whatever happened
"""

import json
import sys
import traceback
from collections.abc import Iterable
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

FAILED = (
    "The grader itself could not finish, so this says nothing about your work. "
    "Please tell your instructor, who can read the reason in the autograder's output."
)

SETUP = f"""#!/usr/bin/env bash
# Prepares the image: a Python that is new enough, NumPy, and bubblewrap to wall submissions off.
set -euo pipefail
export DEBIAN_FRONTEND=noninteractive
apt-get update
apt-get install -y --no-install-recommends bubblewrap ca-certificates python3 python3-pip python3-venv
python3 -m venv /opt/uv
/opt/uv/bin/pip install uv
# The image's own Python if it is new enough, else one where every user can read it.
export UV_PYTHON_INSTALL_DIR=/opt/python
/opt/uv/bin/uv venv --python '>=3.11' /autograder/venv
/opt/uv/bin/uv pip install --python /autograder/venv/bin/python '{NEEDS}'
"""

RUN = """#!/usr/bin/env bash
# Grades the submission.  A results.json is there from the start, should the grader be ended.
here=$(cd "$(dirname "$0")" && pwd)
mkdir -p "$here/results"
cp "$here/source/failed.json" "$here/results/results.json"
cd "$here/source" && "$here/venv/bin/python" -m micrograd_lab.grader.adapters.gradescope "$here"
"""


def archive(exercises: Iterable[Exercise], limit: float = 10.0, trust: bool = False) -> bytes:
    """The zip to upload as the autograder."""
    files = package() | {
        "setup.sh": SETUP.encode(),
        "run_autograder": RUN.encode(),
        "failed.json": _json(failed()).encode(),
        SETTINGS: settings(exercises, limit, trust),
    }
    return zipped(files, programs=("setup.sh", "run_autograder"))


def results(outcome: Outcome) -> dict[str, Any]:
    """One student's outcome as Gradescope wants it; mistakes are named for instructors alone."""
    graded = outcome["exercises"]
    return {
        "score": total(outcome, "points"),
        "output": remarks(outcome),
        "visibility": "visible",
        "stdout_visibility": "hidden",
        "tests": [_test(name, entry) for name, entry in graded.items()],
        "extra_data": {
            "mistakes": {name: entry["names"] for name, entry in graded.items() if entry["names"]},
            "levels": sorted({entry["level"] for entry in graded.values() if "level" in entry}),
        },
    }


def failed() -> dict[str, Any]:
    """What stands there when the grader could not finish."""
    return {"score": 0, "output": FAILED, "visibility": "visible", "stdout_visibility": "hidden"}


def main(root: Path) -> None:
    """Grade root/submission into root/results/results.json; never leaves without writing it."""
    try:
        outcome = graded(root / "submission", **read_settings(root / "source"))
        content = _json(results(outcome))
    except Exception:  # also what nobody thought of: a student must see that it was not their work
        traceback.print_exc()
        content = _json(failed())
    write_text(root / "results" / "results.json", content)


def _test(name: str, entry: dict[str, Any]) -> dict[str, Any]:
    return {
        "name": heading(name),
        "number": name.partition("_")[0],
        "score": entry["points"],
        "max_score": entry["max_points"],
        "status": "passed" if entry["status"] == "passed" else "failed",
        "output": words(entry),
        "output_format": "text",
        "visibility": "visible",
    }


def _json(content: dict[str, Any]) -> str:
    return json.dumps(content, indent=1) + "\n"


if __name__ == "__main__":
    main(Path(sys.argv[1]))
