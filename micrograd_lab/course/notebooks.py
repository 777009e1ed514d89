"""A lesson's source, run into a notebook that comes out the same every time and everywhere."""

import difflib
import itertools
import os
import re
import tempfile
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path
from typing import Any

from micrograd_lab.errors import CourseError

Notebook = Any  # nbformat.NotebookNode

METADATA = {
    "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
    "language_info": {"file_extension": ".py", "mimetype": "text/x-python", "name": "python"},
}
CELL_TIMEOUT = 120  # seconds

# Pictures are laid out and rendered a little differently on every machine: never compared.
# tests/nbval.cfg says the same to nbval.
PICTURE = r"""<img\b[^>]*\bsrc=["']data:image/[^>]*>|data:image/[\w+]+;base64,[A-Za-z0-9+/=]+"""

# What must not stand in an output, because it differs next time or on another machine.
PASSING = {
    "an address in memory": re.compile(r"\b0x[0-9a-fA-F]{6,}\b"),
    "a path of this machine": re.compile(
        r"(?<![\w.~/-])/(?:home|root|tmp|usr|opt|var|mnt|srv|private|Users|Library)/[\w.-]+"
        r"|\b[A-Z]:\\\w|\bipykernel_\d+"
    ),
    "a date or a time of day": re.compile(r"\b20\d\d-[01]\d-[0-3]\d\b|\b[0-2]\d:[0-5]\d:[0-5]\d\b"),
}


def read(path: Path) -> Notebook:
    """The lesson in a py:percent file as a notebook without outputs.  CourseError for a stray `;`."""
    import jupytext
    import nbformat

    cells = jupytext.read(path, fmt="py:percent").cells
    for position, cell in enumerate(cells):
        key = f"{position}\n{cell.cell_type}\n{cell.source}"
        cell.id = sha256(key.encode()).hexdigest()[:12]
        tags = cell.metadata.get("tags")
        cell.metadata = nbformat.from_dict({"tags": tags} if tags else {})
    notebook = nbformat.v4.new_notebook(cells=cells, metadata=nbformat.from_dict(METADATA))
    for position, cell in enumerate(cells):
        if cell.cell_type == "code" and cell.source.rstrip().endswith(";"):
            what = "a `;` at the end hides nothing from nbval; write `_ = ...` to show no value."
            raise _failure(path.stem, notebook, position, what)
    return notebook


def execute(notebook: Notebook, name: str, folder: Path, done: Callable[..., None]) -> None:
    """Run all cells in a fresh kernel of this very Python, in `folder`; done(...) after each cell.

    CourseError naming lesson and cell if one fails, dawdles, or leaves something that would be
    different next time.
    """
    import nbformat
    from jupyter_client.kernelspec import KernelSpecManager
    from jupyter_client.manager import AsyncKernelManager
    from nbclient import NotebookClient
    from nbclient.exceptions import CellExecutionError

    running = [0]
    specs = KernelSpecManager(kernel_dirs=[], ensure_native_kernel=True)  # no other "python3"
    client = NotebookClient(
        notebook,
        km=AsyncKernelManager(kernel_name="python3", kernel_spec_manager=specs),
        timeout=CELL_TIMEOUT,
        record_timing=False,
        extra_arguments=["--IPKernelApp.log_level=CRITICAL"],  # else it warns about using TCP
        on_cell_start=lambda cell, cell_index: running.__setitem__(0, cell_index),
        on_cell_complete=done,
    )
    with tempfile.TemporaryDirectory(prefix="micrograd-lab-") as profile:
        fixed = {
            "IPYTHONDIR": profile,
            "MPLBACKEND": "module://matplotlib_inline.backend_inline",
            "PYTHONHASHSEED": "0",
        }
        try:
            client.execute(cwd=str(folder), env={**os.environ, **fixed}, cleanup_kc=True)
        except CellExecutionError as error:
            raise _failure(name, notebook, running[0], _tail(str(error))) from None
        except (TimeoutError, RuntimeError, AssertionError) as error:
            if hasattr(client, "_async_cleanup_kernel_future"):  # nbclient's trace of a Ctrl-C
                raise KeyboardInterrupt from None
            raise _failure(name, notebook, running[0], str(error).partition("\n")[0]) from None
    notebook.metadata = nbformat.from_dict(METADATA)  # without the versions that the kernel reports
    for position, cell in enumerate(notebook.cells):
        if cell.cell_type == "code":
            cell.metadata.pop("execution", None)
            _tidy(cell)
            if what := complaint(cell, str(folder.parent)):
                raise _failure(name, notebook, position, what)


def dumps(notebook: Notebook) -> str:
    """The notebook as the text of its file: sorted keys, one final newline."""
    import nbformat

    nbformat.validate(notebook)
    return str(nbformat.writes(notebook)).rstrip("\n") + "\n"


def differences(old: Notebook, new: Notebook, outputs: bool = True) -> list[str]:
    """Where two notebooks differ, one short text per cell; pictures count as equal."""
    found = []
    for i, (a, b) in enumerate(itertools.zip_longest(old.cells, new.cells), start=1):
        stored, built = (comparable(cell, outputs) if cell else "" for cell in (a, b))
        if stored != built:
            found.append(f"cell {i}:\n{_diff(stored, built)}")
    if not found and outputs and (old.metadata != new.metadata or _marks(old) != _marks(new)):
        found.append("the notebook's metadata, or the ids or numbers of its cells.")
    return found


def comparable(cell: Any, outputs: bool = True) -> str:
    """What a cell says: kind, tags and source, then (if asked) its outputs."""
    lines = [f"[{cell.cell_type}] {' '.join(cell.metadata.get('tags', []))}", cell.source]
    if cell.cell_type == "code" and outputs and not _ignored(cell):
        for output in cell.outputs:
            lines.append(
                f"[{output.output_type}] {output.get('name') or output.get('ename') or ''}"
            )
            for kind, text in sorted(_texts(output).items()):
                lines.append(f"[{kind}] {re.sub(PICTURE, 'PICTURE', text)}")
    return "\n".join(lines)


def _texts(output: Any) -> dict[str, str]:
    """The text of an output by its kind; pictures as PICTURE."""
    if output.output_type == "stream":
        return {"text": output.text}
    if output.output_type == "error":
        return {"traceback": "\n".join(output.traceback)}
    return {
        kind: "PICTURE" if kind.startswith("image/") else str(data)
        for kind, data in output.data.items()
    }


def _tidy(cell: Any) -> None:
    """Chunks of one stream joined; a traceback cut to its last line, as its paths vary."""
    tidy: list[Any] = []
    for output in cell.outputs:
        last = tidy[-1] if tidy else None
        if output.output_type == "stream" and last and last.get("name") == output.name:
            last.text += output.text
        else:
            tidy.append(output)
        if output.output_type == "error":
            output.traceback = [f"\x1b[31m{output.ename}\x1b[39m: {output.evalue}"]
    cell.outputs = tidy


def complaint(cell: Any, root: str) -> str:
    """Why this cell's outputs cannot be committed; empty if they can."""
    tags = cell.metadata.get("tags", [])
    if "raises-exception" in tags and all(o.output_type != "error" for o in cell.outputs):
        return "is tagged raises-exception, but raised nothing."
    for output in cell.outputs:
        if output.get("name") == "stderr" and "stderr" not in tags:
            return f"wrote to stderr (tag it `stderr` if it should):\n{_tail(output.text)}"
        for kind, text in _texts(output).items():
            if root in text:
                return f"shows a path of this machine in its {kind}: {root!r}."
            for what, pattern in PASSING.items():
                if match := pattern.search(re.sub(PICTURE, "", text)):
                    return f"shows {what} in its {kind}, which changes: {match[0]!r}."
    return ""


def _failure(name: str, notebook: Notebook, position: int, what: str) -> CourseError:
    source = notebook.cells[position].source.strip().splitlines() or ["(empty)"]
    return CourseError(f"lesson {name}, cell {position + 1}, which begins `{source[0]}`:\n{what}")


def _tail(text: str, lines: int = 12) -> str:
    plain = re.sub(r"\x1b\[[0-9;]*m", "", text).strip().splitlines()
    return "\n".join(f"  {line}" for line in plain[-lines:])


def _ignored(cell: Any) -> bool:
    """Does the lesson itself say that this cell's outputs vary?"""
    marks = [*cell.metadata.get("tags", []), cell.source]
    return any("nbval-ignore-output" in mark.lower().replace("_", "-") for mark in marks)


def _marks(notebook: Notebook) -> list[tuple[Any, Any]]:
    return [(cell.get("id"), cell.get("execution_count")) for cell in notebook.cells]


def _diff(old: str, new: str, limit: int = 14) -> str:
    a, b = old.splitlines(), new.splitlines()
    lines = list(difflib.unified_diff(a, b, "stored", "built", lineterm="", n=1))
    more = [f"... {len(lines) - limit} more lines"] if len(lines) > limit else []
    return "\n".join(f"  {line[:160]}" for line in [*lines[:limit], *more])
