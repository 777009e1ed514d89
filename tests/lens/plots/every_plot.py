"""A small call of every plot that takes a model or a function: name -> (ax=, theme=) -> Axes."""

import random

import numpy as np

import micrograd_lab as torch
from micrograd_lab import MLP, nn, optim
from micrograd_lab.data import moons, spirals
from micrograd_lab.lens import plots
from micrograd_lab.nn import functional as F

WORDS = ("The", "cat", "sat", "on", "the", "mat")


def network(outputs=1):
    """With all that a plot could disturb: dropout, running statistics, gradients, mixed modes."""
    torch.manual_seed(0)
    net = nn.Sequential(
        nn.Linear(2, 6), nn.BatchNorm1d(6), nn.Tanh(), nn.Dropout(0.5), nn.Linear(6, outputs)
    )
    x, y = moons(20)
    net(x).square().mean().backward()
    net[3].eval()
    return net, x, y


def line(slope=1.0, shift=0.0):
    """A model whose score is slope * x1 + shift."""
    net = nn.Linear(2, 1)
    with torch.no_grad():
        net.weight.copy_(torch.tensor([[slope, 0.0]]))
        net.bias.fill_(shift)
    return net


def labels(ax):
    return [text.get_text() for text in ax.get_legend().get_texts()]


def loss_of(net):
    x, y = moons(20)
    return F.binary_cross_entropy_with_logits(net(x)[:, 0], y.float())


def run_of(net):
    """Snapshots of a short way through weight space, which ends where net is."""
    draw = np.random.default_rng(0)
    end = plots.snapshot(net)
    way = [draw.standard_normal(w.shape) for w in end]
    drift = [draw.standard_normal(w.shape) for w in end]
    return [
        [w + t * u + t * t * v / 4 for w, u, v in zip(end, way, drift, strict=True)]
        for t in (1.0, 0.6, 0.3, 0.1, 0.0)
    ]


def two_classes(**how):
    net, x, y = network()
    return plots.decision_boundary(net, x, y, resolution=30, **how)


def three_classes(**how):
    net, _, _ = network(3)
    x, y = spirals(30)
    return plots.decision_boundary(net, x, y, resolution=30, names=["red", "green", "blue"], **how)


def scalar_classes(**how):
    x, y = moons(20)
    return plots.decision_boundary(MLP(2, [4, 1], random.Random(0)), x, 2 * y - 1, **how)


def random_landscape(**how):
    return plots.loss_landscape(network()[0], loss_of, resolution=9, **how)


def path_landscape(**how):
    net = network()[0]
    return plots.loss_landscape(net, loss_of, directions=run_of(net), resolution=9, **how)


def spectra(**how):
    net, x, _ = network(3)
    return plots.jacobian_spectra(net, x[:3], **how)


def right_gradient(**how):
    return plots.gradcheck_curve(lambda x: x.sin() * x.exp(), 1.3, **how)


def paths(**how):
    ways = {
        "SGD": lambda p: optim.SGD(p, lr=0.1),
        "Adam": lambda p: optim.Adam(p, lr=0.3),
        "too fast": lambda p: optim.SGD(p, lr=0.3),
    }
    return plots.trajectories(lambda x, y: x**2 / 2 + 4 * y**2, ways, (-3, 1), steps=20, **how)


def attention(**how):
    draw = np.random.default_rng(0).random((6, 6)) * np.tri(6)
    return plots.attention_map(draw / draw.sum(1, keepdims=True), WORDS, **how)


def confusion(**how):
    draw = np.random.default_rng(0)
    truth = draw.integers(0, 3, 60)
    said = np.where(draw.random(60) < 0.8, truth, (truth + 1) % 3)
    return plots.confusion_matrix(truth, said, ["setosa", "versicolor", "virginica"], **how)


EVERY = (
    *(two_classes, three_classes, scalar_classes, random_landscape, path_landscape, spectra),
    *(right_gradient, paths, attention, confusion),
)
