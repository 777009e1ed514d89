"""Two moons: no straight line parts them, so a small network learns a line that is not straight.

micrograd-lab example moons
"""

from pathlib import Path
from typing import Any

import micrograd_lab as torch
from micrograd_lab import nn
from micrograd_lab.data import moons
from micrograd_lab.examples.common import Result, Settings, open_place
from micrograd_lab.nn import functional as F
from micrograd_lab.optim import Adam
from micrograd_lab.train import accuracy, fit
from micrograd_lab.utils.data import DataLoader, TensorDataset


def points(n: int, seed: int) -> tuple[Any, Any]:
    """Where they are, (n, 2), and which moon each belongs to, (n,)."""
    return moons(n, noise=0.15, seed=seed)


def build(width: int = 16) -> nn.Module:
    """A point to one number: above 0 for class 1, below for class 0.  (N, 2) -> (N,)"""
    return nn.Sequential(
        nn.Linear(2, width),
        nn.Tanh(),
        nn.Linear(width, width),
        nn.Tanh(),
        nn.Linear(width, 1),
        nn.Flatten(0),
    )


def run(
    out: Path, *, seed: int, quick: bool, resume: bool, console: Any, epochs: int | None = None
) -> Result:
    """Train, judge, draw."""
    epochs = epochs or (5 if quick else 30)
    place = open_place(out, "moons", resume=resume)

    # Other points of the same two moons: what was learned must hold for them, too.
    x, y = points(1000, seed)
    test_x, test_y = points(300, seed + 1_000_000)
    shuffle = torch.Generator().manual_seed(seed)
    pairs = TensorDataset(x, y.float())
    batches = DataLoader(pairs, batch_size=50, shuffle=True, generator=shuffle)

    torch.manual_seed(seed)
    model = build()
    history = fit(
        model,
        F.binary_cross_entropy_with_logits,
        Adam(model.parameters(), lr=0.01),
        batches,
        epochs=epochs,
        checkpoint=place.checkpoint,
        callbacks=[Settings(seed=seed, quick=quick, epochs=epochs)],
        progress=console,
    )
    torch.save(model.state_dict(), place.weights)

    with torch.no_grad():
        value = accuracy(model(test_x), test_y)

    from micrograd_lab.examples.pictures import plane_picture

    title = f"Where it says 0, and where 1: right for {value:.1%} of these new points"
    ground, extent = what_it_says(model, test_x)
    plane_picture(place.picture, history, test_x.numpy(), test_y.numpy(), ground, extent, title)
    line = f"moons: {value:.2%} of {len(test_y)} new points told apart rightly (seed {seed})"
    return Result(line, value, place.picture, place.weights)


def what_it_says(model: nn.Module, x: Any) -> tuple[Any, tuple[float, float, float, float]]:
    """The probability of class 1 on a grid around the points, (120, 180), and the grid's extent."""
    (left, bottom), (right, top) = x.amin(0).tolist(), x.amax(0).tolist()
    extent = (left - 0.3, right + 0.3, bottom - 0.3, top + 0.3)
    down, across = torch.linspace(*extent[2:], 120), torch.linspace(*extent[:2], 180)
    rows, columns = torch.meshgrid(down, across, indexing="ij")
    with torch.no_grad():
        logits = model(torch.stack([columns.flatten(), rows.flatten()], 1))
    return logits.sigmoid().view(120, 180).numpy(), extent
