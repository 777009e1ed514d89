"""The grader as files to send along: the package's own source, and what to grade with it."""

import io
import json
import zipfile
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from micrograd_lab.grader.sandbox.visible import PACKAGE
from micrograd_lab.grader.spec import Exercise

NEEDS = "numpy>=2.0"  # all that grading takes besides Python
SETTINGS = "settings.json"
LONG_AGO = (1980, 1, 1, 0, 0, 0)  # a zip of the same files is the same zip


def package() -> dict[str, bytes]:
    """The source of micrograd_lab by path: micrograd_lab/graph.py."""
    paths = sorted(PACKAGE.rglob("*.py"))
    return {p.relative_to(PACKAGE.parent).as_posix(): p.read_bytes() for p in paths}


def settings(exercises: Iterable[Exercise], limit: float, trust: bool) -> bytes:
    """What is to be graded and how: seconds per exercise, and whether without a sandbox too."""
    content = {"exercises": [e.name for e in exercises], "limit": limit, "trust": trust}
    return (json.dumps(content, indent=1) + "\n").encode()


def read_settings(folder: Path) -> dict[str, Any]:
    """What `settings` wrote, as arguments of `handed_in.graded`."""
    content: dict[str, Any] = json.loads((folder / SETTINGS).read_text(encoding="utf-8"))
    return content


def zipped(files: Mapping[str, bytes], programs: Iterable[str] = ()) -> bytes:
    """A zip of files by path; `programs` can be run."""
    data, runs = io.BytesIO(), set(programs)
    with zipfile.ZipFile(data, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in sorted(files):
            info = zipfile.ZipInfo(name, LONG_AGO)
            info.create_system = 3  # Unix, whose permissions these are
            info.external_attr = (0o100755 if name in runs else 0o100644) << 16
            info.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(info, files[name])
    return data.getvalue()
