"""Whether autocast is on: what ops and functions ask before they look at the dtypes of their inputs.

Nearly always it is on nowhere.  Then `blocks` is empty, and asking costs one look at a list.
"""

import threading


class Mode(threading.local):
    on = False  # in this thread


mode = Mode()
blocks: list[None] = []  # an entry for each autocast that is open, in any thread


def enter(on: bool) -> bool:
    """Begin a block with autocast on or off in this thread, and return what it was before."""
    blocks.append(None)
    before, mode.on = mode.on, on
    return before


def leave(before: bool) -> None:
    """End it: this thread is as it was before."""
    mode.on = before
    blocks.pop()
