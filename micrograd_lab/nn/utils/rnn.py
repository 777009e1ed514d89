"""Sequences of different lengths in one batch: padded to a rectangle, or packed without padding.

Packed, the entries stand step by step: first the first entry of every sequence, then the second of
every one that has a second, ....  Longest first, so the sequences still running are always the first
batch_sizes[step] ones, and a recurrent net computes nothing for padding.
"""

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from micrograd_lab.errors import OptionError, ShapeError
from micrograd_lab.ops.indexing import index_select
from micrograd_lab.ops.joining import cat
from micrograd_lab.ops.views import transpose
from micrograd_lab.patterns import full
from micrograd_lab.tensor import Tensor, wrap


class _Packed(NamedTuple):
    data: Any
    batch_sizes: Any
    sorted_indices: Any
    unsorted_indices: Any


class PackedSequence(_Packed):
    """What pack_padded_sequence makes and recurrent layers take; PyTorch's.

    data: (entries, ...), step by step.  batch_sizes: how many sequences have each step, int64.
    sorted_indices: which sequence of the caller's stands at each place; unsorted_indices the
    inverse; both None if they were sorted already.
    """

    __slots__ = ()

    def __new__(
        cls,
        data: Any,
        batch_sizes: Any = None,
        sorted_indices: Any = None,
        unsorted_indices: Any = None,
    ) -> "PackedSequence":
        if batch_sizes is None and isinstance(data, (tuple, list)):  # as PyTorch, from a pair
            data, batch_sizes = data
        if unsorted_indices is None:
            unsorted_indices = invert_permutation(sorted_indices)
        return super().__new__(cls, data, batch_sizes, sorted_indices, unsorted_indices)

    def to(self, *args: Any, **kwargs: Any) -> "PackedSequence":
        """The same, with data.to(...)."""
        return self._replace(data=self.data.to(*args, **kwargs))

    def float(self) -> "PackedSequence":
        return self._replace(data=self.data.float())

    def double(self) -> "PackedSequence":
        return self._replace(data=self.data.double())

    def half(self) -> "PackedSequence":
        return self._replace(data=self.data.half())

    def cpu(self) -> "PackedSequence":
        return self

    @property
    def is_cuda(self) -> bool:
        return False


def invert_permutation(permutation: Any) -> Any:
    """Where each number stands in the permutation; None of None."""
    if permutation is None:
        return None
    inverse = np.empty(len(permutation.array), np.int64)
    inverse[permutation.array] = np.arange(len(inverse))
    return wrap(inverse)


# --- packed ----------------------------------------------------------------------------------


def pack_padded_sequence(
    input: Any, lengths: Any, batch_first: bool = False, enforce_sorted: bool = True
) -> PackedSequence:
    """(T, N, ...) and N lengths -> a PackedSequence; batch_first: (N, T, ...).

    enforce_sorted: the lengths must fall; otherwise the sequences are sorted here, and
    pad_packed_sequence puts them back in their order.
    """
    sizes = _lengths("pack_padded_sequence", lengths)
    x = transpose(input, 0, 1) if batch_first else input
    if x.ndim < 2 or len(sizes) != x.shape[1]:
        raise ShapeError(
            f"pack_padded_sequence: {len(sizes)} lengths for an input of shape "
            f"{tuple(input.shape)}: one for each sequence of the batch was expected."
        )
    if not len(sizes) or sizes.min() < 1 or sizes.max() > x.shape[0]:
        raise ShapeError(
            f"pack_padded_sequence: lengths {sizes.tolist()}: each must be from 1 to {x.shape[0]}, "
            "the padded length."
        )
    order = None
    if enforce_sorted:
        if (np.diff(sizes) > 0).any():
            raise OptionError(
                f"pack_padded_sequence: lengths {sizes.tolist()} must not grow. Sort the batch, "
                "longest first, or pass enforce_sorted=False."
            )
    else:
        order = np.argsort(-sizes, kind="stable")
        sizes = sizes[order]
        x = index_select(x, 1, wrap(order))
    there = np.arange(sizes[0])[:, None] < sizes  # (step, sequence)
    data = x[: sizes[0]][wrap(there)]
    batch_sizes = wrap(np.count_nonzero(there, axis=1).astype(np.int64))
    return PackedSequence(data, batch_sizes, None if order is None else wrap(order))


def pad_packed_sequence(
    sequence: PackedSequence,
    batch_first: bool = False,
    padding_value: float = 0.0,
    total_length: int | None = None,
) -> tuple[Any, Any]:
    """A PackedSequence -> (T, N, ...) with padding, and the lengths; batch_first: (N, T, ...).

    total_length: T, if longer than the longest sequence.
    """
    running = sequence.batch_sizes.array
    steps = len(running)
    if total_length is not None:
        if total_length < steps:
            raise OptionError(
                f"pad_packed_sequence: total_length={total_length} is less than {steps}, the length "
                "of the longest sequence."
            )
        running = np.concatenate([running, np.zeros(total_length - steps, running.dtype)])
    there = np.arange(running[0]) < running[:, None]  # (step, sequence)
    padded = _laid_out(sequence.data, there, padding_value)
    lengths = wrap(np.count_nonzero(there, axis=0).astype(np.int64))
    if sequence.unsorted_indices is not None:
        padded = index_select(padded, 1, sequence.unsorted_indices)
        lengths = lengths[sequence.unsorted_indices]
    return transpose(padded, 0, 1) if batch_first else padded, lengths


def pack_sequence(sequences: Sequence[Any], enforce_sorted: bool = True) -> PackedSequence:
    """Tensors (L, ...) of different lengths L -> a PackedSequence."""
    lengths = [len(x) for x in sequences]
    return pack_padded_sequence(pad_sequence(sequences), lengths, enforce_sorted=enforce_sorted)


def unpack_sequence(packed_sequences: PackedSequence) -> list[Any]:
    """A PackedSequence -> the tensors (L, ...) that it was made from."""
    padded, lengths = pad_packed_sequence(packed_sequences, batch_first=True)
    return unpad_sequence(padded, lengths, batch_first=True)


# --- padded ----------------------------------------------------------------------------------


def pad_sequence(
    sequences: Any,
    batch_first: bool = False,
    padding_value: float = 0.0,
    padding_side: str = "right",
) -> Any:
    """N tensors (L, ...) of different lengths -> (T, N, ...), T the largest; batch_first: (N, T, ...)."""
    xs = list(sequences)
    if not xs or not all(isinstance(x, Tensor) for x in xs):
        raise TypeError(f"pad_sequence: at least one tensor, in a list; found {sequences!r:.60}.")
    if padding_side not in ("left", "right"):
        raise OptionError(f"pad_sequence: padding_side={padding_side!r}: choose 'left' or 'right'.")
    if any(x.ndim < 1 or x.shape[1:] != xs[0].shape[1:] for x in xs):
        raise ShapeError(
            f"pad_sequence: shapes {', '.join(str(tuple(x.shape)) for x in xs)}: only the first size "
            "may differ."
        )
    lengths = np.array([len(x.array) for x in xs])[:, None]
    step = np.arange(lengths.max())
    there = step < lengths if padding_side == "right" else step >= len(step) - lengths
    padded = _laid_out(cat([x.to(xs[0].dtype) for x in xs]), there, padding_value)
    return padded if batch_first else transpose(padded, 0, 1)


def unpad_sequence(padded_sequences: Any, lengths: Any, batch_first: bool = False) -> list[Any]:
    """What pad_sequence took: (T, N, ...) and N lengths -> N tensors (L, ...)."""
    sizes = _lengths("unpad_sequence", lengths)
    x = padded_sequences if batch_first else transpose(padded_sequences, 0, 1)
    return [x[k, : int(n)].clone() for k, n in enumerate(sizes)]


def _laid_out(data: Any, there: Any, padding_value: float) -> Any:
    """(entries, ...) -> (*there.shape, ...): the entries in order where `there`, padding elsewhere."""
    padded: Any = full((*there.shape, *data.shape[1:]), padding_value, dtype=data.dtype)
    padded[wrap(there)] = data
    return padded


def _lengths(name: str, lengths: Any) -> Any:
    sizes = np.asarray(lengths.array if isinstance(lengths, Tensor) else lengths)
    if sizes.ndim != 1 or (sizes.dtype.kind not in "iu" and sizes.size):
        raise ShapeError(f"{name}: lengths={lengths!r}: expected one whole number per sequence.")
    return sizes.astype(np.int64)
