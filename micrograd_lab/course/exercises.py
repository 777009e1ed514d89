"""solutions/*.py with their solution regions taken out: what a learner starts from.

def slope(f, x, h):
    ### BEGIN SOLUTION: estimate the slope           raise NotImplementedError(
    return (f(x + h) - f(x - h)) / (2 * h)    ->         "your turn: estimate the slope")
    ### END SOLUTION
"""

import itertools
import json
import re
from hashlib import sha256
from pathlib import Path

from micrograd_lab.errors import CourseError
from micrograd_lab.grader.home import write_text

BEGIN = re.compile(r"( *)### BEGIN SOLUTION(?:: *(\S.*?))? *")
END = re.compile(r"( *)### END SOLUTION *")
LOOKS_LIKE_A_MARKER = re.compile(r"#.*\b(BEGIN|END)\s+SOLUTION", re.IGNORECASE)
MANIFEST = (
    ".built.json"  # what was built last, by hash: anything else in the folder is a learner's work
)


def stub(source: str, name: str) -> str:
    """The exercise in the solution file `source`.  CourseError with file and line for bad markers."""
    lines: list[str] = []
    opened: tuple[int, str] | None = None  # line number and indentation of the open BEGIN
    regions = 0
    for number, line in enumerate(source.splitlines(), start=1):
        begin, end = BEGIN.fullmatch(line), END.fullmatch(line)
        if begin:
            if opened:
                raise _error(name, number, f"a region begins inside the one of line {opened[0]}")
            opened, regions = (number, begin[1]), regions + 1
            message = json.dumps(f"your turn: {begin[2] or 'write this part'}", ensure_ascii=False)
            lines.append(f"{begin[1]}raise NotImplementedError({message})")
        elif end:
            if not opened:
                raise _error(name, number, "a region ends that never began")
            if end[1] != opened[1]:
                raise _error(name, number, f"not indented like its BEGIN in line {opened[0]}")
            opened = None
        elif LOOKS_LIKE_A_MARKER.search(line):
            raise _error(
                name, number, "write exactly `### BEGIN SOLUTION: text` or `### END SOLUTION`"
            )
        elif not opened:
            lines.append(line)
    if opened:
        raise _error(name, opened[0], "this region never ends; add `### END SOLUTION`")
    if not regions:
        raise _error(name, 1, "no `### BEGIN SOLUTION` anywhere: nothing is left for the learner")
    text = "\n".join(lines) + "\n"
    try:
        compile(text, f"exercises/{name}", "exec")
    except SyntaxError as error:
        raise CourseError(
            f"exercises/{name}, line {error.lineno}: the stub is not Python ({error.msg}); "
            "a region must be whole statements."
        ) from None
    return text


def stubs(root: Path) -> dict[str, str]:
    """Every exercise by file name, from root/solutions."""
    return {
        path.name: stub(path.read_text(encoding="utf-8"), path.name)
        for path in sorted((root / "solutions").glob("*.py"))
    }


def write_stubs(root: Path, folder: Path) -> None:
    """All exercises, unsolved, in folder/exercises."""
    for name, text in stubs(root).items():
        write_text(folder / "exercises" / name, text)


def install(folder: Path, name: str, text: str, force: bool = False) -> bool:
    """Write the stub `text` as folder/name; True if the file changed.

    A file that somebody worked on is left alone with a CourseError; with `force` it moves to
    .micrograd_lab/backups beside `folder`.
    """
    path = folder / name
    built = manifest(folder)
    old = path.read_text(encoding="utf-8") if path.exists() else None
    if old is not None and old != text and digest(old) != built.get(name):
        if not force:
            raise CourseError(
                f"exercises/{name} holds work that was not built here, so it is left as it is. "
                "Move it away, or use --force, which keeps it in .micrograd_lab/backups."
            )
        path.rename(_backup(path))
    if old != text:
        write_text(path, text)
    if built.get(name) != digest(text):
        entries = dict(sorted({**built, name: digest(text)}.items()))
        write_text(folder / MANIFEST, json.dumps(entries, indent=1) + "\n")
    return old != text


def manifest(folder: Path) -> dict[str, str]:
    """File name -> hash of what was built last; empty if there is no manifest or it is damaged."""
    try:
        found = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}


def digest(text: str) -> str:
    return sha256(text.encode()).hexdigest()[:16]


def _backup(path: Path) -> Path:
    """A free name for a former version, where %%exercise keeps them too."""
    folder = path.parent.parent / ".micrograd_lab" / "backups"
    folder.mkdir(parents=True, exist_ok=True)
    numbered = (folder / f"{path.stem}.{number}.py" for number in itertools.count(1))
    return next(candidate for candidate in numbered if not candidate.exists())


def _error(name: str, line: int, what: str) -> CourseError:
    return CourseError(f"solutions/{name}, line {line}: {what}.")
