"""Landlock: a process gives up every file, connection and signal it has not listed, for good."""

import ctypes
import os
import stat
from collections.abc import Iterable

CREATE, ADD, RESTRICT = 444, 445, 446  # the system calls, the same on every architecture
READ_FILE, READ_DIR, WRITE_FILE = 1 << 2, 1 << 3, 1 << 1
NO_NEW_PRIVILEGES = 38


class Ruleset(ctypes.Structure):
    _fields_ = (("files", ctypes.c_uint64), ("net", ctypes.c_uint64), ("scoped", ctypes.c_uint64))


class Beneath(ctypes.Structure):
    _pack_ = 1
    _fields_ = (("allowed", ctypes.c_uint64), ("folder", ctypes.c_int32))


def version() -> int:
    """The kernel's version of Landlock; 0 where there is none."""
    try:
        return max(0, int(ctypes.CDLL(None).syscall(CREATE, None, 0, 1)))
    except (AttributeError, OSError, TypeError):
        return 0


def restrict(readable: Iterable[tuple[str, bool]], writable: Iterable[str] = ()) -> None:
    """Leave this process nothing but to read `readable` and to write to devices in `writable`.

    A path comes with True for all that is inside it, False for the names in a folder alone.
    Raises OSError where the kernel refuses.
    """
    libc = ctypes.CDLL(None, use_errno=True)

    def call(*args: object) -> int:
        result = int(libc.syscall(*args))
        if result < 0:
            raise OSError(ctypes.get_errno(), "Landlock refused")
        return result

    known = version()
    every = (1 << {1: 13, 2: 14, 3: 15, 4: 15}.get(known, 16)) - 1
    rules = Ruleset(every, 0b11 if known >= 4 else 0, 0b11 if known >= 6 else 0)
    ruleset = call(CREATE, ctypes.byref(rules), ctypes.sizeof(rules), 0)
    wanted = [(path, READ_DIR | (READ_FILE if inside else 0)) for path, inside in readable]
    wanted += [(path, READ_FILE | WRITE_FILE) for path in writable]
    for path, rights in wanted:
        try:
            fd = os.open(path, os.O_PATH | os.O_CLOEXEC)
        except OSError:
            continue  # what is not there need not be opened
        if not stat.S_ISDIR(os.fstat(fd).st_mode):
            rights &= ~READ_DIR
        if rights:
            call(ADD, ruleset, 1, ctypes.byref(Beneath(rights, fd)), 0)
        os.close(fd)
    libc.prctl(NO_NEW_PRIVILEGES, 1, 0, 0, 0)
    call(RESTRICT, ruleset, 0)
    os.close(ruleset)
