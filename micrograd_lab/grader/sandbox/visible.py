"""What a sealed submission can read: the interpreter, its libraries, and the open part of the lab."""

import sys
import sysconfig
from collections.abc import Iterator, Sequence
from pathlib import Path

PACKAGE = Path(__file__).resolve().parents[2]
SYSTEM = ("/usr/lib", "/lib", "/lib64", "/usr/lib64", "/usr/share/zoneinfo", "/etc/ld.so.cache")
FACTS = ("/proc/cpuinfo", "/proc/meminfo", "/sys/devices/system/cpu")
DEVICES = ("/dev/null", "/dev/zero", "/dev/urandom", "/dev/random")


def roots() -> list[Path]:
    """Where Python, its libraries and the lab are, each path once and none inside another."""
    python = [sysconfig.get_path(name) for name in ("stdlib", "platstdlib", "purelib", "platlib")]
    found = {
        Path(path).resolve()
        for path in (*python, f"{sys.base_prefix}/lib", str(PACKAGE), *SYSTEM)
        if Path(path).exists()
    }
    return sorted(p for p in found if not any(q in found for q in p.parents))


def closed(modules: Sequence[str]) -> set[Path]:
    """The files and folders of modules of the lab that are not to be read."""
    paths = set()
    for module in modules:
        name, *rest = module.split(".")
        if name == PACKAGE.name:
            path = PACKAGE.joinpath(*rest)
            cached = path.parent.glob(f"__pycache__/{path.name}.*") if rest else ()
            paths |= {path, path.with_suffix(".py"), *cached}
    return paths


def readable(modules: Sequence[str]) -> list[tuple[str, bool]]:
    """Paths to open, and whether with all that is inside (else a folder's names only)."""
    shut = closed(modules)
    return [pair for root in roots() for pair in _open(root, shut)]


def _open(path: Path, shut: set[Path]) -> Iterator[tuple[str, bool]]:
    if path in shut:
        return
    if not any(path in p.parents for p in shut):
        yield str(path), True
        return
    yield str(path), False
    for inside in sorted(path.iterdir()):
        yield from _open(inside, shut)
