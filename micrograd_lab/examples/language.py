"""What both language models need besides a network: a loss, what mere counting comes to, an ending."""

import math
from typing import Any

import numpy as np

import micrograd_lab as torch
from micrograd_lab import nn
from micrograd_lab.examples.common import Place, Result
from micrograd_lab.examples.texts import Text
from micrograd_lab.nn import functional as F
from micrograd_lab.train import History, evaluate

LENGTH = 600  # characters that a trained model writes


def bits(scores: Any, target: Any) -> Any:
    """How surprising each next character was, on average, in bits.  (N, T, V) and (N, T) -> ()"""
    return F.cross_entropy(scores.flatten(0, 1), target.flatten()) / math.log(2)


class Counts(nn.Module):
    """A model that only counts: what came how often; with after=True, what came after what."""

    def __init__(self, text: Text, *, after: bool) -> None:
        super().__init__()
        size, ids = text.tokenizer.vocab_size, text.learn.array
        seen = np.zeros((size, size), np.float32)
        np.add.at(seen, (ids[:-1], ids[1:]), 1)
        seen = seen if after else np.tile(seen.sum(0), (size, 1))
        seen += 1  # add-one smoothing: what never came is unlikely, but possible
        self.log_chance = torch.from_numpy(np.log(seen / seen.sum(1, keepdims=True)))

    def forward(self, ids: Any) -> Any:
        """(N, T) -> (N, T, V)"""
        return self.log_chance[ids]


def by_counting(text: Text) -> dict[str, float]:
    """Bits per character of the two models that need no network, on the part to judge by."""
    names = {"unigram": False, "bigram": True}
    return {
        name: evaluate(Counts(text, after=after), text.exam(), bits)["loss"]
        for name, after in names.items()
    }


def beginning(text: Text) -> str:
    """The first words of a line in the second part."""
    words = text.tokenizer.decode(text.judge[:2000])
    return words[words.find("\n") + 1 :].strip()[:16].rstrip() or words[:1]


def write_on(model: nn.Module, text: Text, length: int, seed: int, cool: float = 0.7) -> str:
    """What the model makes of that beginning: each character drawn by its chance, then given back.

    cool: 1 for the chances as they are, less to make what is likely likelier still.
    """
    ids = text.tokenizer.encode(beginning(text))
    known = ids.shape[0]
    source = torch.Generator().manual_seed(seed)
    model.eval()
    with torch.no_grad():
        for _ in range(length):
            chances = F.softmax(model(ids[None, -text.block :])[0, -1] / cool, -1)
            ids = torch.cat([ids, torch.multinomial(chances, 1, generator=source)])
    return text.tokenizer.decode(ids[known:])


def show(
    name: str,
    place: Place,
    model: nn.Module,
    text: Text,
    history: History,
    untrained: str,
    seed: int,
) -> Result:
    """Save the weights, judge them beside mere counting, let them write, draw it all."""
    known = {"model": model.state_dict(), "tokenizer": text.tokenizer.state_dict()}
    torch.save(known, place.weights)
    value, counted = evaluate(model, text.exam(), bits)["loss"], by_counting(text)

    from micrograd_lab.examples.language_picture import language_picture

    written = {
        "untrained": untrained,
        f"after {len(history.losses):,} steps": write_on(model, text, LENGTH, seed),
    }
    language_picture(place.picture, history, value, counted, beginning(text), written, text.unit)
    line = (
        f"{name}: {value:.3f} bits per {text.unit} of text that it has not seen; a bigram model "
        f"{counted['bigram']:.3f}, a unigram model {counted['unigram']:.3f} (seed {seed})"
    )
    return Result(line, value, place.picture, place.weights)
