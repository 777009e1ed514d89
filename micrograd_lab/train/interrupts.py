"""Ctrl-C between two steps: the first one is a request, the second one is obeyed at once."""

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any


class Interrupted(KeyboardInterrupt):
    """Training was stopped by Ctrl-C, after a whole step; `history` says how far it came."""

    history: Any = None


class Request:
    """Which signal has come, if any."""

    signal: int | None = None


@contextmanager
def requests() -> Iterator[Request]:
    """In this block SIGINT and SIGTERM are noted; only a second one interrupts.

    Signals reach the main thread alone; in another one nothing is changed.
    """
    request = Request()

    def note(number: int, frame: Any) -> None:
        if request.signal is not None:
            raise KeyboardInterrupt
        request.signal = number

    if threading.current_thread() is not threading.main_thread():
        yield request
        return
    before = {s: signal.signal(s, note) for s in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield request
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
