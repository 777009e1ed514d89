"""Generated source as a module of its own on disk, where Numba can keep what it compiles of it."""

import hashlib
import sys
import tempfile
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from typing import Any

from micrograd_lab.files import replace_file


def imported(source: str) -> dict[str, Any]:
    """What the source defines.  The same source is the same file, compiled once for all processes."""
    from micrograd_lab.kernels.jit import cache_folder

    name = f"step_{hashlib.sha256(source.encode()).hexdigest()[:16]}"
    try:
        path = written(cache_folder() / "steps" / f"{name}.py", source)
    except OSError:  # nowhere to write: for this process alone
        path = written(Path(tempfile.mkdtemp()) / f"{name}.py", source)
    spec = spec_from_file_location(f"micrograd_lab_{name}", path)
    assert spec is not None
    assert spec.loader is not None
    module = module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return vars(module)


def written(path: Path, source: str) -> Path:
    """The file, whole or not at all."""
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        replace_file(path, source.encode())
    return path
