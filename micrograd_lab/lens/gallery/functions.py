"""Plots of models, functions and optimisers."""

import math
from functools import cache
from typing import Any

import micrograd_lab as torch
from micrograd_lab import nn, optim
from micrograd_lab.data import moons
from micrograd_lab.lens import plots
from micrograd_lab.nn import functional as F


def moon_loss(net: Any) -> Any:
    """How wrong it is about two hundred points of two moons."""
    x, y = moons(200, noise=0.15, seed=0)
    return F.binary_cross_entropy_with_logits(net(x)[:, 0], 1.0 * y)


@cache
def moon_net() -> Any:
    """A small network trained on two moons, and its weights on the way."""
    torch.manual_seed(0)
    net = nn.Sequential(nn.Linear(2, 16), nn.Tanh(), nn.Linear(16, 16), nn.Tanh(), nn.Linear(16, 1))
    optimizer = optim.SGD(net.parameters(), lr=0.3, momentum=0.9)
    way = [plots.snapshot(net)]
    for step in range(200):
        optimizer.zero_grad()
        moon_loss(net).backward()
        optimizer.step()
        if step % 10 == 9:
            way.append(plots.snapshot(net))
    return net, way


def boundary(theme: str = "light") -> Any:
    """Where does the network change its mind?

    The line bends around both moons; the few points that it gets wrong are marked.
    """
    net, _ = moon_net()
    return plots.decision_boundary(net, *moons(200, noise=0.15, seed=1), theme=theme)


def landscape(theme: str = "light") -> Any:
    """What does the loss look like around these weights?

    A plane of two random directions through weight space: the star is in a broad valley.
    """
    net, _ = moon_net()
    return plots.loss_landscape(net, moon_loss, theme=theme)


def way_down(theme: str = "light") -> Any:
    """And which way did the training go?

    The plane in which the run moved most, with its path from the square to the star.
    """
    net, way = moon_net()
    return plots.loss_landscape(net, moon_loss, directions=way, theme=theme)


def races(theme: str = "light") -> Any:
    """Which way does each optimiser go?

    A long narrow valley: plain SGD jumps from wall to wall, momentum swings through, Adam walks.
    """
    ways = {
        "SGD": lambda p: optim.SGD(p, lr=0.23),
        "momentum": lambda p: optim.SGD(p, lr=0.03, momentum=0.9),
        "Adam": lambda p: optim.Adam(p, lr=0.2),
    }
    return plots.trajectories(
        lambda x, y: x**2 / 4 + 4 * y**2, ways, (-4, 1), steps=40, theme=theme
    )


def right_gradient(theme: str = "light") -> Any:
    """Is this gradient right?

    Yes: the error of the measured slope falls with h, as it must, until rounding takes over. That is the
    U in which every right gradient lies.
    """
    return plots.gradcheck_curve(lambda x: x.sin() * x.exp(), 1.3, theme=theme)


def wrong_gradient(theme: str = "light") -> Any:
    """And this one?

    No: the error falls to a floor, and no h gets below it. `x.data` is a number without a past, so the
    gradient misses what goes through it.
    """
    return plots.gradcheck_curve(lambda x: x.exp() * math.sqrt(x.data), 2.0, theme=theme)


@cache
def mirror() -> Any:
    """Attention that learned to write six letters backwards, from examples alone."""
    torch.manual_seed(0)
    letters, places, out = nn.Embedding(26, 32), nn.Embedding(6, 32), nn.Linear(32, 26)
    attention = nn.MultiheadAttention(32, 1, batch_first=True)
    parts = nn.ModuleList([letters, places, attention, out])
    optimizer = optim.Adam(parts.parameters(), lr=0.005)

    def read(words: Any) -> Any:
        x = letters(words) + places(torch.arange(6))
        mixed, weights = attention(x, x, x)
        return out(mixed), weights

    for _ in range(150):
        words = torch.randint(0, 26, (32, 6))
        said, _ = read(words)
        optimizer.zero_grad()
        F.cross_entropy(said.flatten(0, 1), words.flip(1).flatten()).backward()
        optimizer.step()
    return read


def attention(theme: str = "light") -> Any:
    """Which letter looks at which?

    To write a word backwards, the first place must look at the last letter: nobody said so, training
    found it.
    """
    word = "mirror"
    _, weights = mirror()(torch.tensor([[ord(c) - ord("a") for c in word]]))
    queries = [f"{k + 1}." for k in range(6)]
    return plots.attention_map(weights[0], word, queries=queries, theme=theme)
