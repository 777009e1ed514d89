"""The far side of the wall: runs one submission and answers questions with plain data.

It reads one job from standard input, answers in frames (see `wire`) on what was standard output,
and sends everything the submission prints to standard error.  It holds no expectations, so there
is nothing here to find, and whatever it says is only what the submission could say itself.  (The
parent borrows `ask` for the answers of its own implementations.)
"""

import importlib.util
import json
import os
import sys
import threading
import traceback
from collections.abc import Callable, Sequence
from importlib.machinery import ModuleSpec
from types import ModuleType
from typing import Any

from micrograd_lab.grader import wire
from micrograd_lab.grader.sandbox import landlock, limits, privileges, syscalls, visible, warden

HEADER = "from __future__ import annotations\n"  # so that a question's type hints need no imports
FAILED = 97  # the exit status if the wall could not be put up; nothing has run then


def encode(x: Any, depth: int = 0) -> Any:
    """x as plain data: numbers, text, None, lists and arrays; anything else as the name of its type.

    Only plain data crosses, so it does not matter what an object claims to be equal to.
    """
    if x is None or isinstance(x, bool):
        return x
    if isinstance(x, int):
        return int(x) if abs(x) < 10**wire.DIGITS else {"other": "int of more than 300 digits"}
    if isinstance(x, float):
        return float(x)
    if isinstance(x, str):
        return str(x)[: wire.TEXT]
    if isinstance(x, (list, tuple)) and depth < 8:
        return [encode(item, depth + 1) for item in x[: wire.ITEMS]]
    if getattr(x, "shape", None) == () and hasattr(x, "item") and depth < 8:
        return encode(x.item(), depth + 8)  # NumPy's scalars
    if type(x).__module__ == "numpy" and type(x).__name__ == "ndarray":
        try:
            return wire.array(x.dtype.name, list(x.shape), x.tobytes())
        except ValueError:
            return {"other": f"array of shape {x.shape} and type {x.dtype.name}"}
    return {"other": type(x).__name__}


def ask(question: Callable[..., Any], entry: Any, args: dict[str, Any], file: str = "") -> Any:
    """{"answer": ...}, or {"error": ...} if the code under question raises."""
    try:
        return {"answer": encode(question(entry, **args))}
    except BaseException as error:
        return {"error": explain(error, file)}


def explain(error: BaseException, file: str) -> dict[str, Any]:
    """An exception as plain data: its kind, its message and the last line in `file` it went through."""
    try:
        message = str(error)[:500]
    except Exception:
        message = ""
    line = None
    if isinstance(error, SyntaxError) and error.filename == file:
        message, line = str(error.msg), error.lineno
    for frame in traceback.walk_tb(error.__traceback__):
        if frame[0].f_code.co_filename == file:
            line = frame[1]
    kinds = [kind.__name__ for kind in type(error).__mro__]
    return {"kind": kinds[0], "kinds": kinds, "message": message, "line": line}


class Doors:
    """An importer, first in line: refuses the modules in which the answers are, finds the lab."""

    def __init__(self, shut: Sequence[str], lab: str) -> None:
        self.shut, self.lab = tuple(shut), lab

    def find_spec(self, name: str, path: object = None, target: object = None) -> ModuleSpec | None:
        if any(name == shut or name.startswith(shut + ".") for shut in self.shut):
            raise ImportError(
                f"{name} is closed while this is checked, because it holds the answer. Leave the "
                'import out, or put it below `if __name__ == "__main__":`.'
            )
        if name == "micrograd_lab":  # the folder it lies in may be closed
            return importlib.util.spec_from_file_location(
                name, f"{self.lab}/__init__.py", submodule_search_locations=[self.lab]
            )
        return None


def define(source: str, name: str) -> Any:
    """A function of the grader's from its source."""
    space: dict[str, Any] = {}
    exec(compile(HEADER + source, "<question>", "exec"), space)
    return space[name]


def load(job: dict[str, Any]) -> tuple[Any, dict[str, Any]]:
    """Run the submission from top to bottom: its entry point, and how that went."""
    import linecache

    file, source = job["file"], job["source"]
    linecache.cache[file] = (len(source), None, source.splitlines(True), file)
    module = ModuleType(job["module"])
    sys.modules[module.__name__] = module
    try:
        exec(compile(source, file, "exec", dont_inherit=True), module.__dict__)
    except BaseException as error:
        return None, {"failed": "loading", "error": explain(error, file)}
    names = [name for name in vars(module) if not name.startswith("_")]
    if job["entry"] not in vars(module):
        return None, {"failed": "missing", "names": names[:50]}
    entry = vars(module)[job["entry"]]
    if not callable(entry):
        return None, {"failed": "not callable", "type": type(entry).__name__}
    return entry, {"failed": ""}


def put_up_the_wall(job: dict[str, Any]) -> None:
    """Close this process in, for good, as its level says.  Ends it if any part of that fails."""
    try:
        limits.limit(job["limit"], sealed=job["sealed"])
        if job["sealed"] and (landlock.version() or job["landlock"]):
            landlock.restrict(job["readable"], visible.DEVICES)
        if job["drops"]:
            privileges.drop([os.__file__, f"{job['lab']}/__init__.py"])
        warden.end_with_the_warden()
        if job["sealed"]:
            syscalls.refuse()
    except (OSError, AttributeError) as error:
        print(f"The sandbox could not be set up: {error}", file=sys.stderr, flush=True)
        os._exit(FAILED)


def main() -> None:
    warden.under_a_warden()
    job = json.loads(sys.stdin.buffer.read())
    answers = os.dup(1)  # ours alone; print() goes where errors go
    os.dup2(2, 1)
    null = os.open(os.devnull, os.O_RDONLY)
    os.dup2(null, 0)
    put_up_the_wall(job)
    for name in [name for name in sys.modules if name.partition(".")[0] == "micrograd_lab"]:
        del sys.modules[name]  # the submission's imports begin afresh, and pass the doors
    sys.path[:] = [path for path in sys.path if path != sys.argv[1]]
    sys.meta_path.insert(0, Doors(job["without"], job["lab"]))

    def tell(message: dict[str, Any]) -> None:
        data = wire.pack(message)
        while data:
            data = data[os.write(answers, data) :]

    learner = threading.main_thread().ident

    def tell_where() -> None:
        """Just before the time is up: the line the submission is at."""
        frame = sys._current_frames().get(learner or 0)
        while frame and frame.f_code.co_filename != job["file"]:
            frame = frame.f_back
        tell({"stuck": frame and frame.f_lineno})

    alarm = threading.Timer(job["limit"] * 0.9, tell_where)
    alarm.daemon = True
    alarm.start()

    questions = [(define(q["source"], q["name"]), q["args"]) for q in job["questions"]]
    entry, loaded = load(job)
    tell(loaded)
    if not loaded["failed"]:
        for number, question, args in [
            (q["number"], *qa) for q, qa in zip(job["questions"], questions, strict=True)
        ]:
            tell({"probe": number, **ask(question, entry, args, job["file"])})
    tell({"done": True})
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(0)
