"""Text, letter by letter, by a transformer: every character looks back at those before it.

    micrograd-lab example char-gpt [--text FILE]

In attention each place asks a question (query), and every place up to it has an answer (value) under
a heading (key); where question and heading fit, the answer is heard.  Then a small network thinks
about what was heard.  Both only add to what is already there.

A bigram model knows only the character before.  This one sees the last 64, and learns which of them
matter.  Width, rate and number of steps were chosen by the last tenth of the text.
"""

import math
from pathlib import Path
from typing import Any

import micrograd_lab as torch
from micrograd_lab import nn
from micrograd_lab.examples.common import Result, Settings, open_place
from micrograd_lab.examples.language import bits, show, write_on
from micrograd_lab.examples.texts import open_text
from micrograd_lab.nn import functional as F
from micrograd_lab.optim import AdamW
from micrograd_lab.optim.lr_scheduler import LambdaLR
from micrograd_lab.train import fit

BLOCK, WIDTH, HEADS, LAYERS = 64, 64, 4, 2


class Attention(nn.Module):
    """softmax(q kᵀ / √d) v in each head, where no place sees a later one.  (N, T, W) -> (N, T, W)"""

    def __init__(self) -> None:
        super().__init__()
        self.qkv = nn.Linear(WIDTH, 3 * WIDTH, bias=False)
        self.join = nn.Linear(WIDTH, WIDTH)

    def forward(self, x: Any) -> Any:
        n, t, _ = x.shape
        q, k, v = (z.view(n, t, HEADS, -1).transpose(1, 2) for z in self.qkv(x).split(WIDTH, -1))
        heard = F.scaled_dot_product_attention(q, k, v, is_causal=True)  # (N, heads, T, W / heads)
        return self.join(heard.transpose(1, 2).reshape(n, t, WIDTH))


class Block(nn.Module):
    """Listen, then think, one place at a time.  (N, T, W) -> (N, T, W)"""

    def __init__(self) -> None:
        super().__init__()
        self.listen = nn.Sequential(nn.LayerNorm(WIDTH), Attention())
        self.think = nn.Sequential(
            nn.LayerNorm(WIDTH), nn.Linear(WIDTH, 4 * WIDTH), nn.ReLU(), nn.Linear(4 * WIDTH, WIDTH)
        )

    def forward(self, x: Any) -> Any:
        x = x + self.listen(x)
        return x + self.think(x)


class GPT(nn.Module):
    """What each character is and where it stands; blocks; a score for what comes next.  (N, T) -> (N, T, V)"""

    def __init__(self, characters: int) -> None:
        super().__init__()
        self.what = nn.Embedding(characters, WIDTH)
        self.where = nn.Embedding(BLOCK, WIDTH)
        for table in (self.what, self.where):
            nn.init.normal_(table.weight, std=0.05)  # small, so that the blocks are heard above it
        self.blocks = nn.Sequential(*(Block() for _ in range(LAYERS)), nn.LayerNorm(WIDTH))
        self.score = nn.Linear(WIDTH, characters)

    def forward(self, ids: Any) -> Any:
        return self.score(self.blocks(self.what(ids) + self.where.weight[: ids.shape[1]]))


def run(out: Path, *, seed: int, quick: bool, resume: bool, console: Any,
        text: Path | None = None, steps: int | None = None) -> Result:  # fmt: skip
    """Train, judge, write, draw."""
    steps = steps or (40 if quick else 1000)
    words = open_text(text, BLOCK, quick=quick)
    place = open_place(out, "char-gpt", resume=resume)

    torch.manual_seed(seed)
    model = GPT(words.tokenizer.vocab_size)
    optimizer = AdamW(model.parameters(), lr=4e-3)
    # The rate rises for 50 steps, so that the first ones are careful, and falls to nothing.
    scheduler = LambdaLR(
        optimizer, lambda t: min((t + 1) / 50, (1 + math.cos(math.pi * t / steps)) / 2)
    )
    untrained = write_on(model, words, 100, seed)
    settings = Settings(seed=seed, quick=quick, steps=steps, text=words.name)
    history = fit(model, bits, optimizer, words.batches(16, 50, seed), steps=steps, clip=1.0,
                  validation=words.exam(), scheduler=scheduler, schedule="step",
                  checkpoint=place.checkpoint, callbacks=[settings], progress=console)  # fmt: skip
    return show("char-gpt", place, model, words, history, untrained, seed)
