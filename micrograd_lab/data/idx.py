"""IDX files, the format of MNIST and its relatives: a header of sizes, then the numbers.

    two zero bytes, a byte for the kind of number, a byte for how many dimensions,
    each dimension as a big-endian uint32, then the numbers, big-endian, last dimension fastest

A file may be compressed with gzip.  Nothing is read into memory before the header has been held
against the size of the file, so a damaged header cannot ask for more than the file can give.
"""

import gzip
import math
import os
import zlib
from collections.abc import Sequence
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np

from micrograd_lab.errors import FileError, FolderError, OptionError
from micrograd_lab.tensor import Tensor, wrap
from micrograd_lab.utils.data import TensorDataset

DTYPES = {0x08: "u1", 0x09: "i1", 0x0B: ">i2", 0x0C: ">i4", 0x0D: ">f4", 0x0E: ">f8"}
GZIP = b"\x1f\x8b"
MOST = 1040  # bytes that gzip can make of one: its format reaches 1,032, and a header of its own
PIECE = 1 << 20
AGAIN = "Fetch a whole copy of it."


def read_idx(path: Any) -> Tensor:
    """The tensor in an IDX file, plain or gzipped, in the dtype that the file says.

    FileError if it is damaged: what was expected, what was found, what to do.
    """
    path = Path(path)
    with path.open("rb") as raw:
        size = os.fstat(raw.fileno()).st_size
        zipped = raw.read(2) == GZIP
        raw.seek(0)
        if not zipped:
            return wrap(_array(raw, f"read_idx({str(path)!r})", size, exact=True))
        try:
            with gzip.open(raw) as file:
                return wrap(_array(file, f"read_idx({str(path)!r})", size * MOST, exact=False))
        except (EOFError, zlib.error, gzip.BadGzipFile) as error:
            raise FileError(
                f"read_idx({str(path)!r}): the gzip compression is damaged ({error}). {AGAIN}"
            ) from None


def _array(
    file: BinaryIO | gzip.GzipFile, asked: str, room: int, exact: bool
) -> np.ndarray[Any, Any]:
    """The numbers.  room: how many bytes the file has, or, if not exact, can have at most."""
    dtype, shape, read = _header(file, asked)
    needed = math.prod(shape) * dtype.itemsize
    sizes = " × ".join(map(str, shape)) or "one"
    asks = (
        f"{asked}: the header says {sizes} numbers of {dtype.newbyteorder('=')}, {needed:,} bytes"
    )
    if math.prod(n or 1 for n in shape) * dtype.itemsize > np.iinfo(np.intp).max:
        raise FileError(f"{asks}: no memory is that large. The header is damaged. {AGAIN}")
    if needed > room - read or (exact and needed < room - read):
        has = f"{'' if exact else 'at most '}{max(0, room - read):,} follow it"
        kind = "incomplete, or its header damaged" if needed > room - read else "too long"
        raise FileError(f"{asks}, but {has}: the file is {kind}. {AGAIN}")
    content = bytearray()  # grows by what is there, not by what the header says
    while len(content) < needed and (piece := file.read(min(PIECE, needed - len(content)))):
        content += piece
    if len(content) < needed:
        raise FileError(f"{asks}, but {len(content):,} follow it: the file is incomplete. {AGAIN}")
    if file.read(1):
        raise FileError(f"{asks}, but more follow it: the file is too long. {AGAIN}")
    array = np.frombuffer(content, dtype).reshape(shape)
    return array.astype(dtype.newbyteorder("="), copy=False)


def _header(
    file: BinaryIO | gzip.GzipFile, asked: str
) -> tuple[np.dtype[Any], tuple[int, ...], int]:
    """dtype, shape, and how many bytes said so."""
    magic = file.read(4)
    if len(magic) < 4 or magic[:2] != b"\0\0":
        found = f"it begins with {magic.hex(' ')}" if magic else "it is empty"
        raise FileError(
            f"{asked}: no IDX file: it would begin with 00 00, a kind of number and a count of "
            f"dimensions, but {found}. Look for names such as train-images-idx3-ubyte."
        )
    code, rank = magic[2], magic[3]
    if code not in DTYPES:
        known = ", ".join(f"{code:02x}" for code in DTYPES)
        raise FileError(
            f"{asked}: its third byte, {code:02x}, is no kind of number; those are {known}. {AGAIN}"
        )
    if rank > 32:
        raise FileError(f"{asked}: it says that it has {rank} dimensions; at most 32. {AGAIN}")
    sizes = file.read(4 * rank)
    if len(sizes) < 4 * rank:
        raise FileError(
            f"{asked}: it ends inside its header: {rank} dimensions take {4 * rank} bytes, but "
            f"{len(sizes)} are there. {AGAIN}"
        )
    shape = tuple(np.frombuffer(sizes, ">u4").tolist())
    return np.dtype(DTYPES[code]), shape, 4 + 4 * rank


def mnist(folder: Any, split: str = "train") -> TensorDataset:
    """MNIST, or a relative in the same files (Fashion-MNIST, KMNIST), from a folder that you give.

    -> images (N, 1, 28, 28), float32 from 0 to 1, and labels (N,), int64, as a TensorDataset
    FolderError if a file is not there, FileError if one is damaged or the two do not fit.
    """
    stems = {"train": "train", "test": "t10k"}
    if split not in stems:
        raise OptionError(f"mnist(split={split!r}): the parts are 'train' and 'test'.")
    images = _expect(_find(folder, f"{stems[split]}-images", 3), 3)
    labels = _expect(_find(folder, f"{stems[split]}-labels", 1), 1)
    if len(images) != len(labels):
        raise FileError(
            f"mnist({str(folder)!r}, {split!r}): {len(images)} images, but {len(labels)} labels; "
            "each image has one. The files belong to different parts or data sets."
        )
    return TensorDataset(
        wrap(images[:, None].astype(np.float32) / np.float32(255)), wrap(labels.astype(np.int64))
    )


def _expect(path: Path, rank: int) -> np.ndarray[Any, Any]:
    array = read_idx(path).array
    if array.ndim != rank or array.dtype != np.uint8:
        raise FileError(
            f"mnist: {str(path)!r} holds {array.dtype} of shape {array.shape}; expected uint8 with "
            f"{rank} dimension{'s' * (rank > 1)}. Is it another file under this name?"
        )
    return array


def _find(folder: Any, stem: str, rank: int) -> Path:
    names: Sequence[str] = [
        f"{stem}{dot}idx{rank}-ubyte{zipped}" for dot in "-." for zipped in ("", ".gz")
    ]
    for name in names:
        if (Path(folder) / name).is_file():
            return Path(folder) / name
    raise FolderError(
        f"mnist({str(folder)!r}): there is no {names[0]} (nor {', '.join(names[1:])}) in it. Give "
        "the folder that holds MNIST's four files."
    )
