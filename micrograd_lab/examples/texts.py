"""A text for language models: one part to learn from, another to judge by."""

import zlib
from dataclasses import dataclass
from pathlib import Path

import micrograd_lab as torch
from micrograd_lab.data import ByteTokenizer, CharTokenizer, TextBlocks, corpus, read_text, split
from micrograd_lab.errors import FileError, SizeError
from micrograd_lab.tensor import Tensor
from micrograd_lab.utils.data import DataLoader, RandomSampler, Subset

MOST = 400  # blocks to judge by


@dataclass(frozen=True)
class Text:
    """The first nine tenths to learn from, the last tenth to judge by, both as rows of numbers."""

    name: str
    tokenizer: CharTokenizer | ByteTokenizer
    learn: Tensor
    judge: Tensor
    block: int  # how many characters a model sees at once

    @property
    def unit(self) -> str:
        """What a number stands for."""
        return "character" if isinstance(self.tokenizer, CharTokenizer) else "byte"

    def batches(self, size: int, count: int, seed: int) -> DataLoader:
        """`count` batches of stretches from anywhere in the first part; others every epoch."""
        stretches = TextBlocks(self.learn, self.block)
        source = torch.Generator().manual_seed(seed)
        return DataLoader(
            stretches, size, sampler=RandomSampler(stretches, True, size * count, source)
        )

    def exam(self) -> DataLoader:
        """The second part, or as much of it as is quickly read: the same blocks for every model."""
        stretches = TextBlocks(self.judge, self.block)
        return DataLoader(Subset(stretches, range(0, len(stretches), self.block)[:MOST]), 64)


def open_text(path: Path | None, block: int, *, quick: bool) -> Text:
    """A file's text, or the tales that come with the package; with quick, only its beginning.

    FileError if it cannot be read, SizeError if it is too short for one block to judge by.
    """
    try:
        text = corpus() if path is None else read_text(path)
    except OSError as e:
        raise FileError(f"--text {path}: cannot be read ({e.strerror or e}).") from None
    text = text[:20_000] if quick else text
    # A text with very many characters (Chinese, say) is read as bytes, of which there are 256.
    tokenizer = CharTokenizer(text) if len(set(text)) <= 256 else ByteTokenizer()
    ids = tokenizer.encode(text)
    length = ids.shape[0]
    if length < 10 * (block + 1):
        raise SizeError(
            f"--text {path}: {length} characters are too few. The last tenth of them is to judge "
            f"by, and it must have {block + 1}: give a text of at least {10 * (block + 1)}."
        )
    learn, judge = split(ids)
    name = f"{path.name if path else 'corpus'}, {len(text):,} characters, {zlib.crc32(text.encode()):08x}"
    return Text(name, tokenizer, learn, judge, block)
