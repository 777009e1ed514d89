"""Digits, read by a multilayer perceptron: 64 pixels in, two layers of 256 neurons, 10 scores out.

    micrograd-lab example digits-mlp

It sees an image as 64 numbers in a row, and does not know which pixels are neighbours; what it means
that a digit may stand a little to the left, it can learn only from examples.  So it is shown each one
in many small variations (Nudge).  Width, dropout, rate and number of epochs were chosen by the
accuracy on the second of three parts of the images; the third is looked at once, at the end.
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


def build(width: int = 256) -> nn.Module:
    """(N, 1, 8, 8) -> (N, 10)"""
    return nn.Sequential(
        Nudge(),
        nn.Flatten(),
        nn.Linear(64, width),
        nn.ReLU(),
        nn.Dropout(0.1),
        nn.Linear(width, width),
        nn.ReLU(),
        nn.Dropout(0.1),
        nn.Linear(width, 10),
    )


def run(
    out: Path, *, seed: int, quick: bool, resume: bool, console: Any, epochs: int | None = None
) -> Result:
    """Train, judge, draw."""
    epochs = epochs or (3 if quick else 100)
    place = open_place(out, "digits-mlp", resume=resume)

    learn, compare, test = three_parts()
    shuffle = torch.Generator().manual_seed(seed)
    batches = DataLoader(learn, batch_size=64, shuffle=True, generator=shuffle)

    torch.manual_seed(seed)
    model = build()
    optimizer = AdamW(model.parameters(), weight_decay=0.01)
    # The rate rises to its peak, so that the first steps are careful, and falls to almost nothing.
    scheduler = OneCycleLR(optimizer, max_lr=0.005, epochs=epochs, steps_per_epoch=len(batches))

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
    line = f"digits-mlp: {value:.2%} of {len(test)} test images read rightly (seed {seed})"
    return Result(line, value, place.picture, place.weights)
