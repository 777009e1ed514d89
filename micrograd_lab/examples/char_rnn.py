"""Text, letter by letter, by a recurrent network: what it has read becomes a memory of 128 numbers.

    micrograd-lab example char-rnn [--text FILE]

An LSTM reads one character after the other.  Gates, learned like everything else, decide what of its
memory is forgotten, what is added, and what is shown; from what is shown follows a score for every
character that may come next.  It reads any length with the same weights; a transformer sees a block.
Sizes, rate and number of steps were chosen by the last tenth of the text.
"""

import math
from pathlib import Path
from typing import Any

import micrograd_lab as torch
from micrograd_lab import nn
from micrograd_lab.examples.common import Result, Settings, open_place
from micrograd_lab.examples.language import bits, show, write_on
from micrograd_lab.examples.texts import open_text
from micrograd_lab.optim import AdamW
from micrograd_lab.optim.lr_scheduler import LambdaLR
from micrograd_lab.train import fit

BLOCK, WIDTH, MEMORY = 64, 32, 128


class CharRNN(nn.Module):
    """Character to vector, vectors to memories, memory to scores.  (N, T) -> (N, T, V)"""

    def __init__(self, characters: int) -> None:
        super().__init__()
        self.what = nn.Embedding(characters, WIDTH)
        self.memory = nn.LSTM(WIDTH, MEMORY, batch_first=True)
        self.score = nn.Linear(MEMORY, characters)

    def forward(self, ids: Any) -> Any:
        shown, _ = self.memory(self.what(ids))  # (N, T, M): what is shown after each character
        return self.score(shown)


def run(out: Path, *, seed: int, quick: bool, resume: bool, console: Any,
        text: Path | None = None, steps: int | None = None) -> Result:  # fmt: skip
    """Train, judge, write, draw."""
    steps = steps or (40 if quick else 500)
    words = open_text(text, BLOCK, quick=quick)
    place = open_place(out, "char-rnn", resume=resume)

    torch.manual_seed(seed)
    model = CharRNN(words.tokenizer.vocab_size)
    optimizer = AdamW(model.parameters(), lr=1e-2)
    # The rate rises for 50 steps, so that the first ones are careful, and falls to nothing.
    scheduler = LambdaLR(
        optimizer, lambda t: min((t + 1) / 50, (1 + math.cos(math.pi * t / steps)) / 2)
    )
    untrained = write_on(model, words, 100, seed)
    settings = Settings(seed=seed, quick=quick, steps=steps, text=words.name)
    history = fit(model, bits, optimizer, words.batches(32, 50, seed), steps=steps, clip=1.0,
                  validation=words.exam(), scheduler=scheduler, schedule="step",
                  checkpoint=place.checkpoint, callbacks=[settings], progress=console)  # fmt: skip
    return show("char-rnn", place, model, words, history, untrained, seed)
