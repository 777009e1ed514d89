"""Which wall stands on this machine: each rung is tried with a submission that means harm."""

import functools
import socket
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

from micrograd_lab.errors import SandboxError
from micrograd_lab.grader.sandbox.levels import LADDER, TRUSTED, Level
from micrograd_lab.grader.spec import Exercise, Probe

ESCAPES = '''
import ctypes, os, socket

def fork():
    if os.fork() == 0:
        os._exit(0)

def udp(port):
    socket.socket(socket.AF_INET, socket.SOCK_DGRAM).sendto(b"x", ("127.0.0.1", port))

def root():
    if os.getuid() != 0:
        raise PermissionError

def escape(folder, port, parent):
    """What works here and should not."""
    attempts = {
        "reads files": lambda: open(folder + "/canary").read(),
        "writes files": lambda: open(folder + "/left", "w"),
        "changes permissions": lambda: os.chmod(folder + "/canary", 0o600),
        "reads the grader's memory": lambda: open(f"/proc/{parent}/environ", "rb").read(),
        "sends signals to the grader": lambda: os.kill(parent, 0),
        "connects to servers": lambda: socket.create_connection(("127.0.0.1", port), 1).close(),
        "sends packets": lambda: udp(port),
        "starts processes": fork,
        "changes the kernel's settings": lambda: os.open("/proc/sys/kernel/core_pattern", os.O_WRONLY),
        "is root": root,
    }
    done = []
    for name, attempt in attempts.items():
        try:
            attempt()
        except OSError:
            continue
        done.append(name)
    return done
'''


def escape(entry: Callable[..., Any], folder: str, port: int, parent: int) -> Any:
    return entry(folder, port, parent)


TRIAL = Exercise(
    name="probe",
    title="What a submission can do here",
    entry_point="escape",
    reference=escape,
    probes=(Probe("what works here and should not", escape, 1),),
    misconceptions=(),
    hints=(),
    difficulty=1,
    minutes=1,
)


def escapes(level: Level) -> tuple[str, ...]:
    """What a submission can do at this level that it should not; none if the wall is whole.

    Raises SandboxError if the wall cannot be put up at all.
    """
    import os

    from micrograd_lab.grader.runner import run

    with tempfile.TemporaryDirectory() as folder, socket.create_server(("127.0.0.1", 0)) as server:
        Path(folder, "canary").write_text("secret", encoding="utf-8")
        Path(folder).chmod(0o777)
        args = {"folder": folder, "port": server.getsockname()[1], "parent": os.getpid()}
        heard = run(TRIAL, ESCAPES, [args], 10.0, level)
    answer = heard.answers.get(0, {}).get("answer")
    if not isinstance(answer, list):
        raise SandboxError(f"{level.name}: {heard.prints.strip()[:300] or 'it gave no answer'}")
    return tuple(map(str, answer))


@functools.cache
def found() -> tuple[Level | None, tuple[str, ...]]:
    """The strongest wall that stands here, found once per process, and why others do not."""
    reasons = []
    for level in LADDER:
        try:
            possible = escapes(level)
        except (SandboxError, OSError) as error:
            reasons.append(
                f"{level.name}: {error}".replace(f"{level.name}: {level.name}", level.name)
            )
            continue
        if not possible:
            return level, tuple(reasons)
        reasons.append(f"{level.name}: a submission still {', '.join(possible)}")
    return None, tuple(reasons)


def for_others(*, trust: bool = False) -> Level:
    """The level at which to run other people's work.

    With `trust` it may be none at all.  Raises SandboxError if no wall stands and there is no trust.
    """
    level, reasons = found()
    if level is not None:
        return level
    if trust:
        return TRUSTED
    raise SandboxError(
        "Submissions are programs by other people, and nothing here can keep them from this "
        f"machine's files and network ({'; '.join(reasons)}). Install bubblewrap, use a Linux kernel "
        "with Landlock, or say --trust-submissions if you would run each of them yourself."
    )
