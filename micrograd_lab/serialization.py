"""Tensors to files and back: numbers and names, never code.

A pickle can run anything when it is opened, so there is none here.  A file holds the arrays and,
as JSON, how the lists, dicts and plain values around them are nested:

    .npz           a zip of .npy arrays, which NumPy alone reads and writes; any other suffix too
    .safetensors   for programs outside Python, if the safetensors library is installed
"""

import io
import json
import math
import zipfile
from pathlib import Path
from typing import Any

import numpy as np

from micrograd_lab.errors import DtypeError, FileError
from micrograd_lab.files import replace_file
from micrograd_lab.ops.op import Array
from micrograd_lab.tensor import Tensor, wrap

PLAN = "__nesting__"  # the name under which a file keeps the nesting
Arrays = dict[str, Array]


def save(obj: Any, f: Any) -> None:
    """Write tensors, nested in dicts, lists and tuples with plain values among them, to a file.

    f: a path, or a binary file that is open for writing.  A path that ends in .safetensors says so;
    all others become .npz archives.  An old file is replaced only once the new one is whole.
    DtypeError for anything that is not data.
    """
    arrays: Arrays = {}
    plan = json.dumps(_plan(obj, "", arrays), allow_nan=False)
    if hasattr(f, "write"):
        f.write(_npz(arrays, plan))
        return
    path = Path(f)
    content = (_safe if path.suffix == ".safetensors" else _npz)(arrays, plan)
    if not path.parent.is_dir():
        raise FileError(
            f"save({str(path)!r}): there is no folder {str(path.parent)!r}; make it first."
        )
    replace_file(path, content)


def load(f: Any, map_location: Any = None, weights_only: bool = True) -> Any:
    """What save() wrote, the tensors as leaves that remember whether they require a gradient.

    f: a path, or a binary file that is open for reading.  A file of arrays that another program
    wrote becomes a dict of tensors.  Nothing in a file is ever run.

    FileError if it is damaged, or a pickle (PyTorch's .pt); FileNotFoundError if it is not there.
    map_location and weights_only are PyTorch's, and without effect: everything is on the CPU, and
    there is nothing but data.
    """
    is_path = not hasattr(f, "read")
    content = Path(f).read_bytes() if is_path else f.read()
    asked = f"load({str(f)!r})" if is_path else "load(an open file)"
    try:
        if is_path and Path(f).suffix == ".safetensors":
            arrays, plan = _from_safe(content)
        else:
            _look_out(content, asked)
            arrays, plan = _from_npz(content)
        if plan is None:
            return {name: wrap(array) for name, array in arrays.items()}
        return _rebuilt(json.loads(plan), arrays)
    except FileError:
        raise
    except Exception as error:  # zip, npy, JSON and safetensors each have errors of their own
        raise FileError(
            f"{asked}: the file is damaged or incomplete ({type(error).__name__}: {error}). "
            "Save it again, or fetch a whole copy."
        ) from error


def _plan(x: Any, where: str, arrays: Arrays) -> Any:
    """x as JSON: plain values as they are, everything else as a one-entry object that says what."""
    if isinstance(x, Tensor):
        name = where.lstrip(".") or "tensor"
        while name in arrays or name == PLAN:
            name += "_"
        arrays[name] = np.ascontiguousarray(x.array).reshape(x.array.shape)
        return {"grad" if x.is_leaf and x.requires_grad else "tensor": name}
    if isinstance(x, float) and not math.isfinite(x):
        return {"float": str(float(x))}
    if x is None or type(x) in (bool, int, float, str):
        return x
    if isinstance(x, dict):
        items = [[_key(k, where), _plan(v, f"{where}.{k}", arrays)] for k, v in x.items()]
        return {"dict": items}
    if isinstance(x, (list, tuple)):
        kind = "list" if isinstance(x, list) else "tuple"
        return {kind: [_plan(v, f"{where}.{i}", arrays) for i, v in enumerate(x)]}
    if isinstance(x, np.dtype):
        return {"dtype": x.name}
    if isinstance(x, np.ndarray | np.generic):
        raise DtypeError(
            f"save: {where.lstrip('.') or 'this'} is a NumPy {type(x).__name__}. Save a tensor of "
            "it: torch.tensor(x)."
        )
    raise DtypeError(
        f"save: {where.lstrip('.') or 'this'} is a {type(x).__name__}. Only data can be saved: "
        "tensors, numbers, texts, None, and dicts, lists and tuples of them. "
        "Save a module's state_dict() rather than the module."
    )


def _key(key: Any, where: str) -> Any:
    if type(key) in (str, int, bool, float):
        return key
    raise DtypeError(
        f"save: the dict {where.lstrip('.') or 'itself'} has the key {key!r}, a "
        f"{type(key).__name__}; keys must be texts or numbers."
    )


def _rebuilt(plan: Any, arrays: Arrays) -> Any:
    if not isinstance(plan, dict):
        return plan
    ((kind, held),) = plan.items()
    if kind in ("tensor", "grad"):
        return wrap(arrays[held]).requires_grad_(kind == "grad")
    if kind == "dict":
        return {key: _rebuilt(value, arrays) for key, value in held}
    if kind in ("list", "tuple"):
        items = [_rebuilt(value, arrays) for value in held]
        return items if kind == "list" else tuple(items)
    if kind == "float":
        return float(held)
    if kind == "dtype":
        return np.dtype(held)
    raise ValueError(f"unknown kind {kind!r}")


def _npz(arrays: Arrays, plan: str) -> bytes:
    """An archive of .npy files, as np.savez makes it, but the same bytes whenever it is made."""
    whole = io.BytesIO()
    with zipfile.ZipFile(whole, "w") as archive:
        for name, array in [*arrays.items(), (PLAN, np.array(plan))]:
            with archive.open(zipfile.ZipInfo(f"{name}.npy"), "w", force_zip64=True) as file:
                np.lib.format.write_array(file, array, allow_pickle=False)
    return whole.getvalue()


def _from_npz(content: bytes) -> tuple[Arrays, str | None]:
    with np.load(io.BytesIO(content), allow_pickle=False) as found:
        arrays = {name: found[name] for name in found.files}
    plan = arrays.pop(PLAN, None)
    return arrays, None if plan is None else str(plan)


def _look_out(content: bytes, asked: str) -> None:
    """FileError unless this is an archive, and no pickle."""
    if content[:1] == b"\x80" or (content[:2] == b"PK" and b"data.pkl" in content):
        raise FileError(
            f"{asked}: the file is a pickle, as torch.save writes it, and opening one can run any "
            "code; nothing was opened. In PyTorch, write the tensors with "
            "safetensors.torch.save_file, and load that."
        )
    if content[:2] != b"PK":
        what = "not an archive of tensors" if content else "empty"
        raise FileError(
            f"{asked}: the file is {what}. load() opens what save() wrote: .npz and .safetensors."
        )


def _safe(arrays: Arrays, plan: str) -> bytes:
    library = _library("save")
    return bytes(library.save(arrays, metadata={PLAN: plan}))


def _from_safe(content: bytes) -> tuple[Arrays, str | None]:
    arrays = _library("load").load(content)
    length = int.from_bytes(content[:8], "little")
    about = json.loads(content[8 : 8 + length]).get("__metadata__", {})
    return {name: array.copy() for name, array in arrays.items()}, about.get(PLAN)


def _library(asked: str) -> Any:
    try:
        import safetensors.numpy
    except ModuleNotFoundError:
        raise FileError(
            f"{asked}: .safetensors files need the safetensors library (pip install safetensors). "
            "A file that ends in .npz needs nothing."
        ) from None
    return safetensors.numpy


FUNCTIONS = ("load", "save")
