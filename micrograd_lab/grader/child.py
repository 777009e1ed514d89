"""The far side of the wall: runs one submission and answers questions with plain data.

Started as a script in a process of its own.  It reads one job from standard input, answers with
one line of JSON per question on what was standard output, and sends everything the submission
prints to standard error.  It holds no expectations and imports nothing of micrograd_lab, so there
is nothing here to find.  (The parent borrows `ask` for the answers of its own implementations.)
"""

import json
import os
import sys
import threading
import traceback
from collections.abc import Callable, Sequence
from typing import Any

HEADER = "from __future__ import annotations\n"  # so that a question's type hints need no imports


def encode(x: Any, depth: int = 0) -> Any:
    """x as JSON: numbers, text, None and lists as they are, anything else as the name of its type.

    Only plain data crosses, so it does not matter what an object claims to be equal to.
    """
    if x is None or isinstance(x, bool):
        return x
    if isinstance(x, int):
        return int(x) if abs(x) < 10**300 else {"other": "int of more than 300 digits"}
    if isinstance(x, float):
        return float(x)
    if isinstance(x, str):
        return str(x)[:1000]
    if isinstance(x, (list, tuple)) and depth < 8:
        return [encode(item, depth + 1) for item in x[:1000]]
    if getattr(x, "shape", None) == () and hasattr(x, "item") and depth < 8:
        return encode(x.item(), depth + 8)  # NumPy's scalars
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


class Closed:
    """An importer, first in line, that refuses the modules in which the answers are."""

    def __init__(self, names: Sequence[str]) -> None:
        self.names = tuple(names)

    def find_spec(self, name: str, path: object = None, target: object = None) -> None:
        if any(name == closed or name.startswith(closed + ".") for closed in self.names):
            raise ImportError(
                f"{name} is closed while this is checked, because it holds the answer. Leave the "
                'import out, or put it below `if __name__ == "__main__":`.'
            )


def define(source: str, name: str) -> Any:
    """A function of the grader's from its source."""
    space: dict[str, Any] = {}
    exec(compile(HEADER + source, "<question>", "exec"), space)
    return space[name]


def limit_resources(seconds: float) -> None:
    """Bounds that the system keeps for us, where it has them (not on Windows)."""
    try:
        import resource
    except ImportError:
        return
    for name, bound in (
        ("RLIMIT_CPU", int(seconds + 1) * (os.cpu_count() or 1)),
        ("RLIMIT_FSIZE", 16 << 20),
        ("RLIMIT_AS", 4 << 30),
        ("RLIMIT_CORE", 0),
    ):
        try:
            kind = getattr(resource, name)
            hard = resource.getrlimit(kind)[1]
            soft = bound if hard == resource.RLIM_INFINITY else min(bound, hard)
            resource.setrlimit(kind, (soft, hard))
        except (AttributeError, OSError, ValueError):
            pass


def load(job: dict[str, Any]) -> tuple[Any, dict[str, Any]]:
    """Run the submission from top to bottom: its entry point, and how that went."""
    import linecache
    import types

    file, source = job["file"], job["source"]
    linecache.cache[file] = (len(source), None, source.splitlines(True), file)
    module = types.ModuleType(job["module"])
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


def main() -> None:
    job = json.loads(sys.stdin.buffer.read())
    answers = os.dup(1)  # ours alone; print() goes where errors go
    os.dup2(2, 1)
    null = os.open(os.devnull, os.O_RDONLY)
    os.dup2(null, 0)
    limit_resources(job["limit"])
    sys.path.append(job["path"])
    sys.meta_path.insert(0, Closed(job["without"]))

    def tell(message: dict[str, Any]) -> None:
        data = json.dumps(message).encode() + b"\n"
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
        for number, (question, args) in enumerate(questions):
            tell({"probe": number, **ask(question, entry, args, job["file"])})
    tell({"done": True})
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(0)


if __name__ == "__main__":
    main()
