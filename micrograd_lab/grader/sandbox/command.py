"""The command that starts a child at each level: Python, behind bubblewrap or unshare or nothing."""

import os
import shutil
import sys
from collections.abc import Sequence

from micrograd_lab.errors import SandboxError
from micrograd_lab.grader.sandbox.levels import BUBBLEWRAP, NAMESPACES, Level
from micrograd_lab.grader.sandbox.visible import FACTS, PACKAGE, closed, roots

START = (
    "import sys; sys.path.append(sys.argv[1]); from micrograd_lab.grader.child import main; main()"
)
ADVICE = (
    "On Debian and Ubuntu: apt install bubblewrap; a kernel from 6.7 on with Landlock does too."
)
OWN = ("grader/__init__.py", "grader/child.py", "grader/wire.py", "grader/sandbox")


def python() -> list[str]:
    """A child's interpreter: isolated from the environment, the user's folder and the current one."""
    return [sys.executable, "-I", "-B", "-X", "utf8", "-c", START, str(PACKAGE.parent)]


def command(level: Level, without: Sequence[str]) -> list[str]:
    """What to start for a submission that must not read the modules `without`.

    Raises SandboxError if the tool of that level is not installed.
    """
    if level == BUBBLEWRAP:
        return [*_bubblewrap(without), *python()]
    if level == NAMESPACES:
        return [*_unshare(), *python()]
    return python()


def _tool(name: str) -> str:
    found = shutil.which(name)
    if found is None:
        raise SandboxError(f"{name} is not installed. {ADVICE}")
    return found


def _unshare() -> list[str]:
    """Namespaces for the network, processes, host name and messages; for root without a user's."""
    user = [] if os.geteuid() == 0 else ["--user", "--map-current-user"]
    spaces = ["--net", "--ipc", "--uts", "--pid", "--fork", "--kill-child", "--mount-proc"]
    return [_tool("unshare"), *user, *spaces, "--"]


def _bubblewrap(without: Sequence[str]) -> list[str]:
    """A file system of its own with the few folders that are needed, read-only, and nothing else."""
    line = [_tool("bwrap"), "--unshare-all", "--unshare-user", "--disable-userns"]
    line += ["--die-with-parent", "--new-session", "--cap-drop", "ALL", "--uid", "65534"]
    line += ["--gid", "65534", "--hostname", "sandbox", "--proc", "/proc", "--dev", "/dev"]
    start = [f"{p}/{name}" for p in (sys.prefix, sys.base_prefix) for name in ("bin", "pyvenv.cfg")]
    start += [os.path.realpath(sys.executable)]
    for path in dict.fromkeys([*map(str, roots()), *start, "/lib", "/lib64", *FACTS[2:]]):
        line += ["--ro-bind-try", path, path]
    shut = sorted(p for p in closed(without) if p.exists())
    for hidden in (p for p in shut if not any(q in shut for q in p.parents)):
        cover = ["--tmpfs"] if hidden.is_dir() else ["--ro-bind", "/dev/null"]
        line += [*cover, str(hidden)]
        for own in ("__init__.py", "errors.py", "command.py", *OWN):  # what the child begins with
            if hidden in (PACKAGE / own).parents:
                line += ["--ro-bind", str(PACKAGE / own), str(PACKAGE / own)]
    for fixed in (
        "/",
        "/dev",
        "/proc",
    ):  # root outside still owns the kernel's settings in /proc/sys
        line += ["--remount-ro", fixed]
    return [*line, "--chdir", "/", "--"]
