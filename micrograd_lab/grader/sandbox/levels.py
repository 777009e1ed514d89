"""The rungs of the ladder, from the light form for one's own code to the strongest wall."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Level:
    """How a submission is kept apart from the grader and from the machine."""

    name: str
    words: str  # as it stands in every report
    sealed: bool = False  # files, network, processes and system calls are closed
    drops: bool = False  # root becomes a user who owns nothing


LIGHT = Level("light", "own code: child process with limits")
TRUSTED = Level(
    "trusted", "trusted submissions: child process with limits and no sandbox", drops=True
)
LANDLOCK = Level(
    "landlock", "sandbox: Landlock, a filter of system calls, and limits", sealed=True, drops=True
)
NAMESPACES = Level(
    "namespaces",
    "sandbox: namespaces (unshare), Landlock, a filter of system calls, and limits",
    sealed=True,
    drops=True,
)
BUBBLEWRAP = Level(
    "bubblewrap",
    "sandbox: bubblewrap, Landlock where there is one, a filter of system calls, and limits",
    sealed=True,
    drops=True,
)
LADDER = (BUBBLEWRAP, NAMESPACES, LANDLOCK)  # the strongest first
LEVELS = {level.name: level for level in (*LADDER, TRUSTED, LIGHT)}
