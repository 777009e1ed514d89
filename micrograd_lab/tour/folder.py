"""The folder that the tour writes into: checked before any work, never half a file in it."""

import json
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

from micrograd_lab.errors import FolderError

FILES = (
    "expression.svg",
    "expression.png",
    "steps.html",
    "loss.png",
    "digits.png",
    "confusion.png",
    "weights.png",
    "neuron.svg",
    "neuron.png",
    "results.json",
    "index.html",
)


def open_folder(path: Path) -> Path:
    """The folder, made if need be, once it is sure that the tour may write there.

    Raises FolderError if path is a file, cannot be written to, or holds anything that a tour
    did not make; what is there stays as it is.
    """
    try:
        path.mkdir(parents=True, exist_ok=True)
        others = sorted(p.name for p in path.iterdir() if not p.name.startswith("."))
        with tempfile.TemporaryFile(dir=path):
            pass
    except FileExistsError:
        raise FolderError(f"--out {path}: this is a file; name a new or an empty folder.") from None
    except OSError as e:
        raise FolderError(
            f"--out {path}: cannot write there ({e.strerror}); name a folder of your own."
        ) from None
    if others := [name for name in others if name not in FILES]:
        raise FolderError(
            f"--out {path}: this folder holds other things ({others[0]}"
            f"{f' and {len(others) - 1} more' if others[1:] else ''}); name a new or an empty one."
        )
    return path


def write(path: Path, save: Callable[[Path], Any]) -> None:
    """Let `save` fill a temporary file beside path, then put it in place in one step.

    Whatever happens in between, path holds the old file or the new one, whole.  FolderError if
    the disk is full, or the folder no longer there.
    """
    try:
        with tempfile.TemporaryDirectory(dir=path.parent, prefix=".tour-") as folder:
            temporary = Path(folder) / path.name
            save(temporary)
            temporary.replace(path)
    except OSError as e:
        raise FolderError(f"{path}: could not be written ({e.strerror or e}).") from None


def write_text(path: Path, text: str) -> None:
    """Text, whole or not at all."""
    write(path, lambda temporary: temporary.write_text(text, encoding="utf-8"))


def write_json(path: Path, content: dict[str, Any]) -> None:
    """Facts that a program may want to read; the same facts give the same bytes."""
    write_text(path, json.dumps(content, indent=2, ensure_ascii=False) + "\n")
