"""A tensor as text: as PyTorch prints it, so that what a lesson shows is what a learner will meet."""

import math
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from micrograd_lab import dtypes
from micrograd_lab.ops.op import Array
from micrograd_lab.tensor import Tensor


@dataclass(frozen=True)
class Options:
    """How numbers are printed; set_printoptions changes them."""

    precision: int = 4  # digits after the point
    threshold: float = 1000  # more entries than that are summarised ...
    edgeitems: int = 3  # ... to so many at each end of a dimension
    linewidth: int = 80
    sci_mode: bool | None = None  # 1.0000e+08 always, never, or where it helps


PROFILES = {
    "default": Options(),
    "short": Options(precision=2, edgeitems=2),
    "full": Options(threshold=math.inf),
}
options = Options()


def set_printoptions(
    precision: int | None = None,
    threshold: float | None = None,
    edgeitems: int | None = None,
    linewidth: int | None = None,
    profile: str | None = None,
    sci_mode: bool | None = None,
) -> None:
    """Change how tensors are printed; what is None stays, except sci_mode, which chooses again.

    profile: "default", "short" or "full" to start from.  ValueError for another one.
    """
    global options
    if profile is not None and profile not in PROFILES:
        raise ValueError(f"set_printoptions(profile={profile!r}): choose one of {list(PROFILES)}.")
    given: dict[str, Any] = {
        "precision": precision,
        "threshold": threshold,
        "edgeitems": edgeitems,
        "linewidth": linewidth,
    }
    options = replace(
        options if profile is None else PROFILES[profile],
        sci_mode=sci_mode,
        **{name: value for name, value in given.items() if value is not None},
    )


def text_of(x: Tensor) -> str:
    """tensor([1., 2.], dtype=torch.float64, grad_fn=<MulBackward0>)"""
    start = "tensor("
    array = x.array
    expected = {dtypes.get_default_dtype()}  # what creating it from these numbers would give
    if array.size:
        expected |= {dtypes.int64, dtypes.bool_}
    notes = []
    if not array.size and array.ndim != 1:
        notes.append(f"size={tuple(array.shape)}")
    if array.dtype not in expected:
        notes.append(f"dtype=torch.{array.dtype}")
    if x.grad_fn is not None:
        notes.append(f"grad_fn={x.grad_fn!r}")
    elif x.requires_grad:
        notes.append("requires_grad=True")

    text = start + (numbers_of(array, len(start)) if array.size else "[]")
    used = len(text) - text.rfind("\n") + 1
    for note in notes:  # on this line, if it still fits
        if used + len(note) + 2 > options.linewidth:
            text += ",\n" + " " * len(start) + note
            used = len(start) + len(note)
        else:
            text += ", " + note
            used += 2 + len(note)
    return text + ")"


def numbers_of(array: Array, indent: int) -> str:
    """The numbers alone, in nested brackets that stand in columns."""
    short = array.size > options.threshold
    column = Column(_ends(array) if short else array)
    return _nested(array, indent, short, column)


class Column:
    """How to write every number of an array: alike, and equally wide."""

    def __init__(self, array: Array) -> None:
        numbers = array.ravel()
        self.style = self.point = ""
        if array.dtype.kind == "f":
            numbers = numbers[np.isfinite(numbers) & (numbers != 0)].astype(np.float64)
            whole = bool((numbers == np.ceil(numbers)).all())
            if options.sci_mode is None or not numbers.size:
                scientific = self._helps(np.abs(numbers))
            else:
                scientific = options.sci_mode
            digits = 0 if whole and not scientific else options.precision
            self.style = f".{digits}{'e' if scientific else 'f'}"
            self.point = "." if whole and not scientific else ""
        self.width = max([1, *(len(self.bare(value)) for value in numbers.tolist())])

    @staticmethod
    def _helps(sizes: Array) -> bool:
        """Whether powers of ten show more of these numbers than columns of digits."""
        if not sizes.size:
            return False
        low, high = sizes.min(), sizes.max()
        return bool(high > 1000 * low or high > 1e8 or low < 1e-4)

    def bare(self, value: Any) -> str:
        if not self.style:
            return str(value)
        return format(value, self.style) + (self.point if math.isfinite(value) else "")

    def __call__(self, value: Any) -> str:
        return self.bare(value).rjust(self.width)


def _ends(array: Array) -> Array:
    """The corners of the array: the entries that a summary shows."""
    edge = options.edgeitems
    for axis, size in enumerate(array.shape):
        if size > 2 * edge:
            array = np.take(array, [*range(edge), *range(size - edge, size)], axis)
    return array


def _nested(array: Array, indent: int, short: bool, column: Column) -> str:
    if array.ndim == 0:
        return column(array.item())
    edge = options.edgeitems
    cut = short and len(array) > 2 * edge
    shown = [*array[:edge], *array[len(array) - edge :]] if cut else list(array)
    dots = ["..."] if cut else []
    inner = " " * (indent + 1)
    if array.ndim == 1:
        words = [column(value.item()) for value in shown]
        words[edge:edge] = [" ..."] if cut and edge else dots
        per_line = max(1, (options.linewidth - indent) // (column.width + 2))
        lines = [", ".join(words[k : k + per_line]) for k in range(0, len(words), per_line)]
        return "[" + f",\n{inner}".join(lines) + "]"
    parts = [_nested(part, indent + 1, short, column) for part in shown]
    parts[edge:edge] = dots
    return "[" + ("," + "\n" * (array.ndim - 1) + inner).join(parts) + "]"


FUNCTIONS = ("set_printoptions",)
