"""Runs one submission behind a wall, with limits, and hears only plain data from it."""

import contextlib
import inspect
import json
import os
import signal
import subprocess
import tempfile
import textwrap
import threading
import time
from dataclasses import dataclass, field
from typing import IO, Any

from micrograd_lab.errors import SandboxError
from micrograd_lab.grader import child, wire
from micrograd_lab.grader.sandbox import visible
from micrograd_lab.grader.sandbox.command import command
from micrograd_lab.grader.sandbox.levels import BUBBLEWRAP, LIGHT, NAMESPACES, Level
from micrograd_lab.grader.spec import Exercise

LEVEL = LIGHT.words
CLOSED = ("micrograd_lab.grader", "micrograd_lab.course", "solutions", "exercises")
PRINTS = 4_000  # characters of the learner's own prints that are kept
ANSWERS = 16 << 20  # bytes of answers that are read
KEPT = ("PATH", "LANG", "LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH", "SYSTEMROOT", "WINDIR")
THREADS = ("OPENBLAS", "OMP", "MKL", "NUMBA")  # one each: many children share the machine


@dataclass
class Run:
    """What came back from one child process, or from one per group of probes."""

    loaded: dict[str, Any] = field(default_factory=dict)  # how running the file itself went
    answers: dict[int, Any] = field(default_factory=dict)  # per probe, where one came
    ended: str = "done"  # or "time-out", or "crash"
    status: int = 0  # the exit status, a signal as a negative number
    stuck: int | None = None  # at a time-out: the learner's line it was at
    prints: str = ""
    level: str = LEVEL


def run(
    exercise: Exercise,
    source: str,
    args: list[dict[str, Any]],
    limit: float = 10.0,
    level: Level = LIGHT,
) -> Run:
    """Put every question of `exercise` to the submission `source`, within `limit` seconds a group.

    Each group of probes meets a fresh child, which gets inputs and returns numbers, lists, text
    and names of exceptions.  What its answers should have been never leaves this process.  Raises
    SandboxError if the wall of that level cannot be put up; the submission has not run then.
    """
    total: Run | None = None
    for group in dict.fromkeys(probe.group for probe in exercise.probes):
        numbers = [i for i, probe in enumerate(exercise.probes) if probe.group == group]
        part = _run_group(exercise, source, args, numbers, limit, level)
        if total is None:
            total = part
        else:
            total.answers |= part.answers
            if total.ended == "done":
                total.ended, total.status, total.stuck = part.ended, part.status, part.stuck
        if part.loaded.get("failed"):
            break  # it would fail the next time too
    return total or Run(level=level.words)


def _run_group(
    exercise: Exercise,
    source: str,
    args: list[dict[str, Any]],
    numbers: list[int],
    limit: float,
    level: Level,
) -> Run:
    without = [*CLOSED, *exercise.without]
    helpers = "\n".join(textwrap.dedent(inspect.getsource(h)) for h in exercise.helpers)
    questions = [exercise.probes[i].question for i in numbers]
    job = {
        "module": exercise.name,
        "file": f"exercises/{exercise.name}.py",
        "source": source,
        "entry": exercise.entry_point,
        "without": without,
        "limit": limit,
        "lab": str(visible.PACKAGE),
        "sealed": level.sealed,
        "drops": level.drops,
        "landlock": level != BUBBLEWRAP,
        "readable": [*visible.readable(without), *((p, True) for p in visible.FACTS)]
        if level.sealed
        else [],
        "questions": [
            {
                "number": i,
                "source": helpers + "\n" + textwrap.dedent(inspect.getsource(question)),
                "name": question.__name__,
                "args": args[i],
            }
            for i, question in zip(numbers, questions, strict=True)
        ],
    }
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as scratch:
        result, data = _talk(
            command(level, without), json.dumps(job).encode(), scratch, limit, level
        )
    if result.status == child.FAILED and level.sealed and not data:
        raise SandboxError(
            f"{level.words} could not be put up, so nothing was run. {result.prints.strip()}"
        )
    result.level = level.words
    done = _hear(result, data, set(numbers))
    if done:
        result.ended = "done"
    elif result.status == -getattr(signal, "SIGXCPU", 0):
        result.ended = "time-out"
    return result


def _talk(
    line: list[str], job: bytes, scratch: str, limit: float, level: Level
) -> tuple[Run, bytes]:
    """Start a child, give it the job, and wait for what it says until the time is up."""
    process = subprocess.Popen(
        line,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        cwd=scratch,
        env={k: os.environ[k] for k in KEPT if k in os.environ}
        | {"HOME": scratch, "TMPDIR": scratch, "TEMP": scratch, "TMP": scratch}
        | {f"{name}_NUM_THREADS": "1" for name in THREADS},
        start_new_session=True,
        bufsize=0,
    )
    assert process.stdin
    assert process.stdout
    assert process.stderr
    answers, prints = _Reader(process.stdout, ANSWERS), _Reader(process.stderr, PRINTS * 4)
    result = Run()
    until = time.monotonic() + limit
    try:
        with contextlib.suppress(OSError):
            view = memoryview(job)
            while view:
                view = view[process.stdin.write(view) :]
        process.stdin.close()
        while answers.is_alive() and process.poll() is None and time.monotonic() < until:
            answers.join(0.05)
        timed_out = answers.is_alive() and process.poll() is None
        if not timed_out:
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(1.0)
    finally:
        result.status = _end(process, level)
        for reader in (answers, prints):
            reader.join(1.0)
            if not reader.is_alive():  # a process that got away may still hold the pipe
                reader.pipe.close()
    result.ended = "time-out" if timed_out else "crash"
    result.prints = _printed(prints)
    return result, bytes(answers.kept)


def _printed(prints: "_Reader") -> str:
    text = prints.kept.decode("utf-8", "replace")
    shown = "".join(wire.clean(text[i : i + 500]) for i in range(0, min(len(text), PRINTS), 500))
    if prints.dropped or len(text) > PRINTS:
        shown += "\n... (the rest of what it printed is left out)"
    return shown


def _hear(result: Run, data: bytes, numbers: set[int]) -> bool:
    """Sort the child's messages into `result`; whether it says that it came to its end.

    A message that is not one of ours is passed over: a submission may have written it.
    """
    done = False
    for message in wire.unpack(data):
        match message:
            case {"probe": int(i), "answer": answer} if i in numbers:
                result.answers.setdefault(i, {"answer": answer})
            case {"probe": int(i), "error": {"kind": _} as error} if i in numbers:
                result.answers.setdefault(i, {"error": error})
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


def _end(process: subprocess.Popen[bytes], level: Level) -> int:
    """End the child and everything it started; its exit status."""
    if process.poll() is None and level not in (BUBBLEWRAP, NAMESPACES):  # those end as one
        process.terminate()  # the warden clears up and goes
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(2.0)
    if hasattr(os, "killpg"):
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(process.pid, signal.SIGKILL)
    elif process.poll() is None:
        process.kill()
    status = process.wait()
    return 128 - status if status > 128 else status  # the warden tells of a signal as shells do
