"""How much a submission may use: seconds, memory, files, and how much it may write."""

import contextlib
import os


def limit(seconds: float, *, sealed: bool = False) -> None:
    """Bounds that the system keeps for us, where it has them (not on Windows)."""
    try:
        import resource
    except ImportError:
        return
    bounds = {
        "RLIMIT_CPU": int(seconds + 1) * (1 if sealed else os.cpu_count() or 1),
        "RLIMIT_FSIZE": 0 if sealed else 16 << 20,
        "RLIMIT_AS": 2 << 30 if sealed else 4 << 30,
        "RLIMIT_CORE": 0,
    }
    if sealed:
        bounds |= {"RLIMIT_NOFILE": 64, "RLIMIT_MEMLOCK": 0, "RLIMIT_MSGQUEUE": 0}
    for name, bound in bounds.items():
        with contextlib.suppress(AttributeError, OSError, ValueError):
            kind = getattr(resource, name)
            hard = resource.getrlimit(kind)[1]
            if hard != resource.RLIM_INFINITY:
                bound = min(bound, hard)
            later = bound + 1 if name == "RLIMIT_CPU" else bound  # a signal first, then the end
            resource.setrlimit(kind, (bound, later))
