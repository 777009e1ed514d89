"""Plots of a training run."""

from functools import cache
from typing import Any

import micrograd_lab as torch
from micrograd_lab import nn, optim
from micrograd_lab.data import digits
from micrograd_lab.lens import Recorder, plots
from micrograd_lab.nn import functional as F


@cache
def trained(curve: Any, rate: float = 0.03, steps: int = 400) -> Any:
    """A network of five layers that learns handwritten digits, and what a Recorder saw of it."""
    torch.manual_seed(0)
    inner = [part for _ in range(3) for part in (nn.Linear(32, 32), curve())]
    net = nn.Sequential(nn.Flatten(), nn.Linear(64, 32), curve(), *inner, nn.Linear(32, 10))
    optimizer = optim.SGD(net.parameters(), lr=rate, momentum=0.9)
    x, y = digits("train").tensors
    with Recorder(net, optimizer) as seen:
        for step in range(steps):
            rows = torch.arange(64 * step, 64 * (step + 1)) % x.shape[0]
            loss = F.cross_entropy(net(x[rows]), y[rows])
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            seen.note(loss=loss.item())
    return net, seen.history


def norms_now(theme: str = "light") -> Any:
    """Does the gradient reach every layer, right now?

    Sigmoids: each layer passes on a quarter of its gradient at most. From right to left every bar is
    many times smaller than the one before, and the first layers hear nothing of the loss.
    """
    torch.manual_seed(0)
    deep = [part for _ in range(6) for part in (nn.Linear(16, 16), nn.Sigmoid())]
    net = nn.Sequential(*deep, nn.Linear(16, 1))
    net(torch.randn(32, 16)).square().mean().backward()
    return plots.gradient_norms(net, theme=theme)


def norms_over_training(theme: str = "light") -> Any:
    """Does it go on reaching them?

    One line a layer. At first the last layer hears the loss ten times as loud as the first; once the digits
    begin to come apart, all lines run at one height.
    """
    _, history = trained(nn.ReLU)
    return plots.gradient_norms(history, theme=theme)


def ratios(theme: str = "light") -> Any:
    """Is the learning rate right?

    The dashed line is the usual size of a step. This run begins there and settles ten times above: bold, but
    all layers move at one pace. Far above, steps forget what was learned; far below, training crawls.
    """
    _, history = trained(nn.ReLU)
    return plots.update_ratios(history, theme=theme)


def activations(theme: str = "light") -> Any:
    """What do the numbers in each layer look like?

    Filled after training, dashed at the first step. The deeper the layer, the more of its tanhs stand at −1
    and 1, where their slope is nothing.
    """
    _, history = trained(nn.Tanh)
    return plots.histograms(history, theme=theme)


def gradients(theme: str = "light") -> Any:
    """And the gradients that arrive there?

    On a logarithmic scale, input on top. At the first step (dashed) they shrink from layer to layer on their
    way up; after training the rows stand above one another.
    """
    _, history = trained(nn.Tanh)
    return plots.histograms(history, "gradients", theme=theme)


def dead_units(theme: str = "light") -> Any:
    """How many units have stopped learning?

    The same network with a rate that is much too large: within a few steps, most ReLUs of some layers
    are off for every digit, and never come back.
    """
    _, history = trained(nn.ReLU, rate=1.0, steps=60)
    return plots.saturation(history, theme=theme)


def confusion(theme: str = "light") -> Any:
    """Which digit is taken for which?

    Blue is right, orange is a mistake; held-out digits, which the network has never seen.
    """
    net, _ = trained(nn.ReLU)
    x, y = digits("test").tensors
    return plots.confusion_matrix(y, net(x), theme=theme)


def spectra(theme: str = "light") -> Any:
    """How far does a nudge of the input get?

    Through depth, the lengths of nudges of length 1, one dot for each direction; below each layer its
    rank says how many directions survive the ReLUs.
    """
    net, _ = trained(nn.ReLU)
    x, _ = digits("test").tensors
    return plots.jacobian_spectra(net, x[:3], theme=theme)
