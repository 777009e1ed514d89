"""What crosses between a loader and its workers: anything picklable, tensors as their arrays.

Elsewhere a Tensor refuses to be pickled, because opening a pickle can run code.  Here both ends
are our own processes, and nothing is kept.
"""

import pickle
from multiprocessing.reduction import ForkingPickler
from typing import Any

from micrograd_lab.errors import GradError
from micrograd_lab.ops.op import Array
from micrograd_lab.tensor import Tensor, wrap


class _Pickler(ForkingPickler):
    def reducer_override(self, obj: Any) -> Any:
        if not isinstance(obj, Tensor):
            return NotImplemented
        if not obj.is_leaf:
            raise GradError(
                "a tensor with a history cannot go to another process, its graph would stay behind. "
                "Use detach() in the dataset or collate_fn."
            )
        return _rebuilt, (obj.array, obj.requires_grad)


def _rebuilt(array: Array, requires_grad: bool) -> Tensor:
    return wrap(array).requires_grad_(requires_grad)


def pack(obj: Any) -> bytes:
    """obj as bytes for another of our processes."""
    return bytes(_Pickler.dumps(obj, pickle.HIGHEST_PROTOCOL))


unpack = pickle.loads


class Carried:
    """Something that a new process is started with: packed only if it has to be (spawn, not fork)."""

    def __init__(self, held: Any) -> None:
        self.held = held

    def __reduce__(self) -> Any:
        return _carried, (pack(self.held),)


def _carried(packed: bytes) -> Carried:
    return Carried(unpack(packed))
