"""How a kernel is compiled: on its first call, for float32, into a cache on disk.

The cache lies in a folder named after all kernel sources together, because Numba by itself would
not notice that a helper in another file has changed.  Only this folder's other modules import it,
and they are imported only where a kernel is wanted: until then there is no Numba.
"""

import hashlib
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numba
from numba.core.cpu import ParallelOptions

from micrograd_lab.kernels.pool import Split

OPTIONS: dict[str, Any] = {
    "error_model": "numpy",  # 1/0 is inf; a check at each division would stop vectorisation
    "fastmath": {"reassoc", "nsz", "contract", "arcp", "afn"},  # all but what forgets nan and inf
    "nogil": True,
}
# Loops that follow each other stay apart: one may read what another thread made in the one before.
SHARED = {"parallel": ParallelOptions({"fusion": False})}


def cache_folder() -> Path:
    """Where compiled kernels are kept; MICROGRAD_LAB_CACHE moves it."""
    root = os.environ.get("MICROGRAD_LAB_CACHE")
    if root is None:
        if sys.platform == "win32":
            home = Path(os.environ.get("LOCALAPPDATA", "~")).expanduser()
        else:
            home = Path(os.environ.get("XDG_CACHE_HOME", "~/.cache")).expanduser()
        root = str(home / "micrograd_lab")
    sources = b"".join(p.read_bytes() for p in sorted(Path(__file__).parent.glob("*.py")))
    return Path(root) / f"kernels-{hashlib.sha256(sources).hexdigest()[:12]}"


def compiled(f: Callable[..., Any], **different: Any) -> Any:
    """f as a kernel; `different` stands in for some of OPTIONS.

    A prange among its loops says that the iterations do not depend on each other: then there is a
    second compilation, in which a pool of threads shares them, once set_num_threads has made one.
    """
    in_order = _dispatcher(f, cache_folder(), OPTIONS | different)
    if "prange" not in f.__code__.co_names:
        return in_order
    folder = cache_folder() / "shared"  # of its own: Numba tells the two apart by nothing else
    return Split(in_order, _dispatcher(f, folder, OPTIONS | different | SHARED))


def _dispatcher(f: Callable[..., Any], folder: Path, options: dict[str, Any]) -> Any:
    before = numba.config.CACHE_DIR
    numba.config.CACHE_DIR = str(folder)
    try:
        return numba.njit(cache=True, **options)(f)
    except (OSError, RuntimeError):  # nowhere to write: compiled anew in each process
        return numba.njit(**options)(f)
    finally:
        numba.config.CACHE_DIR = before


def inlined(f: Callable[..., Any]) -> Callable[..., Any]:
    """f as a piece of kernels."""
    return numba.njit(inline="always", **OPTIONS)(f)  # type: ignore[no-any-return]
