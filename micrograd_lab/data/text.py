"""Text for language models: to numbers and back, and in blocks to predict the next one from."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from micrograd_lab.errors import DtypeError, FileError, OptionError, SizeError, StateError
from micrograd_lab.tensor import Tensor, wrap
from micrograd_lab.utils.data import Dataset


class CharTokenizer:
    """A number for each character that a text has, in the order of the alphabet."""

    def __init__(self, text: str) -> None:
        if not text:
            raise OptionError("CharTokenizer: the text is empty; it learns its characters from it.")
        self.characters = "".join(sorted(set(text)))
        self._codes = np.array([ord(c) for c in self.characters])

    @property
    def vocab_size(self) -> int:
        return len(self.characters)

    def encode(self, text: str) -> Tensor:
        """-> (len(text),) int64.  OptionError, with its name, for a character that it has not seen."""
        codes = np.array([ord(c) for c in text], np.int64)
        found = np.searchsorted(self._codes, codes).clip(max=self.vocab_size - 1)
        unknown = np.flatnonzero(self._codes[found] != codes)
        if len(unknown):
            at = int(unknown[0])
            raise OptionError(
                f"encode: {text[at]!r} (U+{ord(text[at]):04X}), character {at} of the text, is not "
                f"among the {self.vocab_size} that this tokenizer knows. Make it from a text that "
                "has them all, or use a ByteTokenizer."
            )
        return wrap(found.astype(np.int64))

    def decode(self, ids: Any) -> str:
        """The text that these numbers stand for."""
        return "".join(self.characters[i] for i in _ids(ids, self.vocab_size))

    def state_dict(self) -> dict[str, Any]:
        """All that it knows, as plain values that micrograd_lab.save can write."""
        return {"tokenizer": "characters", "characters": self.characters}

    @classmethod
    def from_state_dict(cls, state: dict[str, Any]) -> "CharTokenizer":
        """The tokenizer whose state_dict() this is.  StateError if it is none."""
        characters = state.get("characters")
        if state.get("tokenizer") != "characters" or not isinstance(characters, str):
            raise StateError(
                "CharTokenizer.from_state_dict: expected what its state_dict() gives, "
                f"{{'tokenizer': 'characters', 'characters': …}}; found {state!r:.60}."
            )
        if not characters or characters != "".join(sorted(set(characters))):
            raise StateError(
                "CharTokenizer.from_state_dict: the characters are not each there once and in "
                "order, so numbers would mean others than when it was saved."
            )
        return cls(characters)


class ByteTokenizer:
    """The bytes of UTF-8: 256 numbers for every text there is."""

    vocab_size = 256

    def encode(self, text: str) -> Tensor:
        """-> (number of bytes,) int64"""
        return wrap(np.frombuffer(text.encode(), np.uint8).astype(np.int64))

    def decode(self, ids: Any) -> str:
        """The text; � where the bytes are none, as when they end inside a character."""
        return bytes(_ids(ids, 256)).decode(errors="replace")

    def state_dict(self) -> dict[str, Any]:
        return {"tokenizer": "bytes"}


def read_text(path: Any, encoding: str = "utf-8") -> str:
    """The text of a file, its lines ended by \\n.  FileError if it is empty or otherwise encoded."""
    content = Path(path).read_bytes()
    try:
        text = content.decode("utf-8-sig" if encoding.lower() in ("utf-8", "utf8") else encoding)
    except UnicodeDecodeError as error:
        row = content.count(b"\n", 0, error.start) + 1
        raise FileError(
            f"read_text({str(path)!r}): byte {error.start} (line {row}), "
            f"{content[error.start : error.start + 1].hex()}, is no {encoding}: {error.reason}. "
            "Give the encoding that it was written in, such as encoding='latin-1'."
        ) from None
    if not text.strip():
        raise FileError(f"read_text({str(path)!r}): there is no text in it.")
    return text.replace("\r\n", "\n").replace("\r", "\n")


class TextBlocks(Dataset[tuple[Tensor, Tensor]]):
    """Every stretch of block_size numbers, x, and the same one step later, y: what comes next.

    ids: (n,) integers, of which it has n - block_size examples.  SizeError if there is none.
    """

    def __init__(self, ids: Tensor, block_size: int) -> None:
        if block_size < 1:
            raise OptionError(f"TextBlocks: block_size={block_size}: at least 1.")
        if ids.array.ndim != 1 or ids.array.dtype.kind not in "iu":
            raise DtypeError(
                f"TextBlocks: {ids.dtype} of shape {tuple(ids.shape)}: expected a row of integers, "
                "as a tokenizer's encode() gives."
            )
        if len(ids.array) <= block_size:
            raise SizeError(
                f"TextBlocks: a text of {len(ids.array)} is too short for blocks of {block_size} and "
                "the one that follows. Give a longer text or a smaller block_size."
            )
        self.ids = ids
        self.block_size = block_size

    def __len__(self) -> int:
        return len(self.ids.array) - self.block_size

    def __getitem__(self, index: int) -> tuple[Tensor, Tensor]:
        x, y = self.collated([index])
        return x[0], y[0]

    def collated(self, indices: Sequence[int]) -> list[Tensor]:
        starts = np.asarray(indices, np.int64)
        outside = (starts < -len(self)) | (starts >= len(self))
        if outside.any():
            raise IndexError(
                f"TextBlocks: block {starts[outside][0]} of {len(self)}: out of range."
            )
        starts = np.where(starts < 0, starts + len(self), starts)
        rows = self.ids.array[starts[:, None] + np.arange(self.block_size + 1)]
        return [wrap(rows[:, :-1].copy()), wrap(rows[:, 1:].copy())]


def split(ids: Any, fraction: float = 0.9) -> tuple[Any, Any]:
    """The first `fraction` of a text (or of its numbers), and the rest, to test on."""
    if not 0 < fraction < 1:
        raise OptionError(f"split: fraction={fraction}: between 0 and 1, so that neither is empty.")
    at = int(len(ids) * fraction)
    if not 0 < at < len(ids):
        raise SizeError(f"split: {len(ids)} cannot be cut at {fraction}: one part would be empty.")
    return ids[:at], ids[at:]


def _ids(ids: Any, size: int) -> list[int]:
    found: list[int] = np.asarray(getattr(ids, "array", ids), np.int64).reshape(-1).tolist()
    for i in found:
        if not 0 <= i < size:
            raise OptionError(f"decode: {i} stands for nothing; the numbers are 0 to {size - 1}.")
    return found
