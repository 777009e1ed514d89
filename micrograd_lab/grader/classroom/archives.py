"""What one submission holds: the files of a folder or a zip, read into memory and never unpacked.

Nothing is written, so no name in an archive can lead anywhere; reading stops at fixed bounds, so
no archive can grow.  What is not read is said, with the reason.
"""

import os
import stat
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath

FILES = 2_000  # entries of one submission that are looked at
FILE = 256 << 10  # bytes of one Python file
TOTAL = 4 << 20  # bytes of all Python files of one submission
ARCHIVE = 32 << 20  # bytes of a zip
DEPTH = 8  # folders inside folders
BROKEN = (zipfile.BadZipFile, zlib.error, EOFError, OSError, ValueError, RuntimeError, MemoryError)


class _EnoughError(Exception):
    """A bound was reached; the message says which."""


@dataclass
class Contents:
    """The Python files of one submission by their path inside it, and what was left out and why."""

    python: dict[str, bytes] = field(default_factory=dict)
    others: list[str] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)

    def add(self, name: str, data: bytes) -> None:
        if len(data) > FILE:
            self.problems.append(f"{name}: longer than {FILE >> 10} KiB, not read.")
        elif sum(map(len, self.python.values())) + len(data) > TOTAL:
            raise _EnoughError(
                f"more than {TOTAL >> 20} MiB of Python files; the rest was not read."
            )
        else:
            self.python[name] = data


def read(path: Path) -> Contents:
    """Read a submission.  Never raises for what is in it: that is reported in `problems`."""
    contents = Contents()
    try:
        if path.is_symlink():
            raise _EnoughError("a link to somewhere else, not followed.")
        if path.is_dir():
            _read_folder(path, contents)
        else:
            _read_zip(path, contents)
    except _EnoughError as bound:
        contents.problems.append(f"{path.name}: {bound}")
    except BROKEN as error:
        contents.problems.append(f"{path.name}: cannot be read ({_reason(error)}).")
    return contents


def _read_folder(root: Path, contents: Contents) -> None:
    for number, (entry, name) in enumerate(_walk(root, "")):
        if number >= FILES:
            raise _EnoughError(f"more than {FILES} files; the rest was not looked at.")
        try:
            kind = entry.stat(follow_symlinks=False).st_mode
            if stat.S_ISLNK(kind):
                contents.problems.append(f"{name}: a link to somewhere else, not followed.")
            elif not stat.S_ISREG(kind):
                contents.problems.append(f"{name}: not an ordinary file, not read.")
            elif name.lower().endswith(".py"):
                contents.add(name, _head(entry.path))
            else:
                contents.others.append(name)
        except OSError as error:
            contents.problems.append(f"{name}: cannot be read ({_reason(error)}).")


def _walk(folder: Path, prefix: str) -> Iterator[tuple["os.DirEntry[str]", str]]:
    """All entries but folders, in the order of their names; links are entries, whatever they name."""
    for entry in sorted(os.scandir(folder), key=lambda e: e.name):
        name = prefix + entry.name
        if is_junk(entry.name):
            continue
        if entry.is_dir(follow_symlinks=False):
            if name.count("/") >= DEPTH:
                raise _EnoughError(f"folders inside each other more than {DEPTH} deep.")
            yield from _walk(Path(entry.path), name + "/")
        else:
            yield entry, name


def _head(path: str) -> bytes:
    """The first bytes of a file, one more than is allowed; it may have become a link since."""
    flags = os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0)
    with os.fdopen(os.open(path, flags), "rb") as file:
        return file.read(FILE + 1)


def _read_zip(path: Path, contents: Contents) -> None:
    if path.stat().st_size > ARCHIVE:
        raise _EnoughError(f"larger than {ARCHIVE >> 20} MiB, not opened.")
    # counted before zipfile makes an object of each: a small file can list very many
    if path.read_bytes().count(b"PK\x01\x02") > FILES:
        raise _EnoughError(f"more than {FILES} files, not opened.")
    with zipfile.ZipFile(path) as archive:
        for info in sorted(archive.infolist(), key=lambda info: info.filename):
            name = info.filename.replace("\\", "/")
            if info.is_dir() or any(map(is_junk, name.split("/"))):
                continue
            if reason := _refusal(info, name):
                contents.problems.append(f"{name}: {reason}, not read.")
            elif not name.lower().endswith(".py"):
                contents.others.append(name)
            elif name in contents.python:
                contents.problems.append(f"{name}: a second file of that name, not read.")
            else:
                _add_member(archive, info, name, contents)


def _add_member(
    archive: zipfile.ZipFile, info: zipfile.ZipInfo, name: str, contents: Contents
) -> None:
    try:
        with archive.open(info) as member:  # however much it claims, no more is inflated
            contents.add(name, member.read(FILE + 1))
    except BROKEN as error:
        contents.problems.append(f"{name}: cannot be read ({_reason(error)}).")


def _refusal(info: zipfile.ZipInfo, name: str) -> str:
    """Why a member of a zip is not read, or ""."""
    if name.startswith("/") or name[1:2] == ":" or ".." in PurePosixPath(name).parts:
        return "a path that leads out of the archive"
    if stat.S_ISLNK(info.external_attr >> 16):
        return "a link to somewhere else"
    if info.flag_bits & 0x1:
        return "locked with a password"
    if info.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        return "packed in an unusual way"
    return ""


def is_junk(name: str) -> bool:
    """What systems and tools leave behind: .git, .DS_Store, __pycache__, __MACOSX."""
    return (name.startswith(".") and name != "..") or name in ("__pycache__", "__MACOSX")


def _reason(error: BaseException) -> str:
    """What went wrong, without the path of this machine."""
    text = error.strerror if isinstance(error, OSError) else str(error)
    return text or type(error).__name__
