"""Digits, read by a convolutional network: the same few patterns, looked for everywhere in the image.

    micrograd-lab example digits-conv

A pattern that is found here or one pixel further is the same pattern, and that need not be learned:
with less than a fifth of the parameters of digits_mlp, and a quarter of its epochs, it reads at least
as well.  Channels, dropout, rate and number of epochs were chosen by the accuracy on the second of
three parts of the images; the third is looked at once, at the end.
"""

from pathlib import Path
from typing import Any

import micrograd_lab as torch
from micrograd_lab import nn
from micrograd_lab.examples.common import Result, Settings, open_place
from micrograd_lab.examples.digits import Nudge, three_parts
from micrograd_lab.nn import functional as F
from micrograd_lab.optim import AdamW
from micrograd_lab.optim.lr_scheduler import OneCycleLR
from micrograd_lab.train import accuracy, fit
from micrograd_lab.utils.data import DataLoader


def build(channels: int = 16) -> nn.Module:
    """(N, 1, 8, 8) -> (N, 10)"""
    return nn.Sequential(
        Nudge(),
        *seeing(1, channels),
        *seeing(channels, 2 * channels),
        nn.MaxPool2d(2),  # 8×8 -> 4×4
        *seeing(2 * channels, 2 * channels),
        nn.MaxPool2d(2),  # -> 2×2
        nn.Flatten(),
        nn.Dropout(0.2),
        nn.Linear(8 * channels, 10),
    )


def seeing(channels: int, patterns: int) -> tuple[nn.Module, ...]:
    """Look for patterns of 3×3 everywhere, put what is found on one scale, keep what is there."""
    return nn.Conv2d(channels, patterns, 3, padding=1), nn.BatchNorm2d(patterns), nn.ReLU()


def run(
    out: Path, *, seed: int, quick: bool, resume: bool, console: Any, epochs: int | None = None
) -> Result:
    """Train, judge, draw."""
    epochs = epochs or (3 if quick else 25)
    place = open_place(out, "digits-conv", resume=resume)

    learn, compare, test = three_parts()
    shuffle = torch.Generator().manual_seed(seed)
    batches = DataLoader(learn, batch_size=64, shuffle=True, generator=shuffle)

    torch.manual_seed(seed)
    model = build()
    optimizer = AdamW(model.parameters(), weight_decay=0.01)
    # The rate rises to its peak, so that the first steps are careful, and falls to almost nothing.
    scheduler = OneCycleLR(optimizer, max_lr=0.01, epochs=epochs, steps_per_epoch=len(batches))

    history = fit(
        model,
        F.cross_entropy,
        optimizer,
        batches,
        epochs=epochs,
        validation=DataLoader(compare, batch_size=len(compare)),
        metrics={"accuracy": accuracy},
        scheduler=scheduler,
        schedule="step",
        checkpoint=place.checkpoint,
        callbacks=[Settings(seed=seed, quick=quick, epochs=epochs)],
        progress=console,
    )
    torch.save(model.state_dict(), place.weights)

    images, labels = next(iter(DataLoader(test, batch_size=len(test))))
    model.eval()
    with torch.no_grad():
        scores = model(images)
    value = accuracy(scores, labels)

    from micrograd_lab.examples.pictures import digits_picture

    digits_picture(place.picture, history, images, labels, scores.argmax(1))
    line = f"digits-conv: {value:.2%} of {len(test)} test images read rightly (seed {seed})"
    return Result(line, value, place.picture, place.weights)
