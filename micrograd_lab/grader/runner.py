"""Runs one submission in a child process with limits, and hears only plain data from it."""

import contextlib
import inspect
import json
import os
import signal
import subprocess
import sys
import tempfile
import textwrap
import threading
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any

from micrograd_lab.grader import child
from micrograd_lab.grader.spec import Exercise

LEVEL = "own code: child process with limits"  # a stronger wall for others' code comes with classes
CLOSED = ("micrograd_lab.grader", "micrograd_lab.course", "solutions", "exercises")
PRINTS = 4_000  # characters of the learner's own prints that are kept
ANSWERS = 4_000_000  # bytes of answers that are read
KEPT = ("PATH", "LANG", "LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH", "SYSTEMROOT", "WINDIR")


@dataclass
class Run:
    """What came back from one child process."""

    loaded: dict[str, Any] = field(default_factory=dict)  # how running the file itself went
    answers: dict[int, Any] = field(default_factory=dict)  # per probe, where one came
    ended: str = "done"  # or "time-out", or "crash"
    status: int = 0  # the exit status, a signal as a negative number
    stuck: int | None = None  # at a time-out: the learner's line it was at
    prints: str = ""


def run(exercise: Exercise, source: str, args: list[dict[str, Any]], limit: float = 10.0) -> Run:
    """Put every question of `exercise` to the submission `source`, within `limit` seconds.

    The child gets inputs and returns numbers, lists, text and names of exceptions.  What its
    answers should have been never leaves this process.
    """
    helpers = "\n".join(textwrap.dedent(inspect.getsource(h)) for h in exercise.helpers)
    job = {
        "module": exercise.name,
        "file": f"exercises/{exercise.name}.py",
        "source": source,
        "entry": exercise.entry_point,
        "without": [*CLOSED, *exercise.without],
        "limit": limit,
        "path": str(Path(__file__).parents[2]),
        "questions": [
            {
                "source": helpers + "\n" + textwrap.dedent(inspect.getsource(probe.question)),
                "name": probe.question.__name__,
                "args": probe_args,
            }
            for probe, probe_args in zip(exercise.probes, args, strict=True)
        ],
    }
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as scratch:
        return _talk(json.dumps(job).encode(), scratch, limit)


def _talk(job: bytes, scratch: str, limit: float) -> Run:
    process = subprocess.Popen(
        [sys.executable, "-I", "-B", "-u", "-X", "utf8", child.__file__],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        cwd=scratch,
        env={k: os.environ[k] for k in KEPT if k in os.environ}
        | {"HOME": scratch, "TMPDIR": scratch, "TEMP": scratch, "TMP": scratch},
        start_new_session=True,
        bufsize=0,
    )
    assert process.stdin
    assert process.stdout
    assert process.stderr
    answers, prints = _Reader(process.stdout, ANSWERS), _Reader(process.stderr, PRINTS * 4)
    result = Run()
    try:
        with contextlib.suppress(BrokenPipeError):
            view = memoryview(job)
            while view:
                view = view[process.stdin.write(view) :]
        process.stdin.close()
        answers.join(limit)
        timed_out = answers.is_alive()
        if not timed_out:
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(1.0)
    finally:
        _kill(process)
        result.status = process.wait()
        for reader in (answers, prints):
            reader.join(1.0)
            if not reader.is_alive():  # a process that got away may still hold the pipe
                reader.pipe.close()
    done = _hear(result, bytes(answers.kept))
    result.ended = "done" if done else "time-out" if timed_out else "crash"
    if result.status == -getattr(signal, "SIGXCPU", 0) and not done:
        result.ended = "time-out"
    result.prints = prints.kept.decode("utf-8", "replace")[:PRINTS]
    if prints.dropped or len(prints.kept) > PRINTS:
        result.prints += "\n... (the rest of what it printed is left out)"
    return result


def _hear(result: Run, data: bytes) -> bool:
    """Sort the child's lines into `result`; whether it says that it came to its end.

    A line that is not one of ours is passed over: a submission may have written it.
    """
    done = False
    for line in data.split(b"\n"):
        try:
            message = json.loads(line)
        except (ValueError, RecursionError):
            continue
        match message:
            case {"probe": int(number), "answer": _} | {"probe": int(number), "error": dict()}:
                result.answers.setdefault(number, message)
            case {"failed": str()} if not result.loaded:
                result.loaded = message
            case {"stuck": int(line_number)}:
                result.stuck = line_number
            case {"done": True}:
                done = True
    return done


class _Reader(threading.Thread):
    """Reads a pipe to its end so that the writer never waits; keeps the first `limit` bytes."""

    def __init__(self, pipe: IO[bytes], limit: int) -> None:
        super().__init__(daemon=True)
        self.pipe = pipe
        self.limit = limit
        self.kept = bytearray()
        self.dropped = False
        self.start()

    def run(self) -> None:
        while chunk := self.pipe.read(65536):
            room = self.limit - len(self.kept)
            self.kept += chunk[:room]
            self.dropped |= len(chunk) > room


def _kill(process: subprocess.Popen[bytes]) -> None:
    """End the child and everything it started that stayed in its group."""
    if hasattr(os, "killpg"):
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(process.pid, signal.SIGKILL)
    elif process.poll() is None:
        process.kill()
