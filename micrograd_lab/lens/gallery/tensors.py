"""Graphs of tensors."""

from typing import Any

import micrograd_lab as torch
from micrograd_lab import nn
from micrograd_lab.lens import draw, explain, show_gradients, steps, summary
from micrograd_lab.nn import functional as F


def leaf(*numbers: float, label: str = "x") -> Any:
    """A tensor that wants a gradient, with a name."""
    x = torch.tensor(numbers, requires_grad=True)
    x.label = label
    return x


def layers(theme: str = "light") -> Any:
    """What do shapes and rules look like, where there were numbers?

    A large array shows its shape, and an arrow the rule of its op, in which ȳ is the gradient that
    arrives. Boxes with a tab are parameters: what a step will change.
    """
    torch.manual_seed(0)
    net = nn.Sequential(nn.Linear(20, 16), nn.Tanh(), nn.Linear(16, 1))
    loss = F.mse_loss(net(torch.randn(8, 20)), torch.zeros(8, 1))
    loss.backward()
    return draw(loss, model=net, direction="TB", theme=theme)


def broken(theme: str = "light") -> Any:
    """Where did the NaN come from?

    From the first red box on the way from the left: the logarithm of −1. What an op keeps for the way
    back is shown, and what nobody keeps is a shape.
    """
    x, w = leaf(2.0, 1.0), leaf(3.0, -1.0, label="w")
    loss = ((x * w).log() * x).exp().sum()
    loss.label = "loss"
    return draw(loss, theme=theme)


def cut(theme: str = "light") -> Any:
    """Where does the gradient stop?

    At the red dashed arrow, where somebody called detach(): all that comes back to x and w comes by the
    other way.
    """
    x, w = leaf(1.0, 2.0), leaf(3.0, 4.0, label="w")
    h = w * x
    loss = (h * h.detach()).sum()
    loss.label = "loss"
    loss.backward()
    return draw(loss, theme=theme)


def overwritten(theme: str = "light") -> Any:
    """Which op will miss a value that was overwritten?

    exp kept its result for the way back, version 0; add_() made version 1 in its place. The badge
    stands where backward() will stop.
    """
    x = leaf(0.0, 1.0)
    h = x.exp()
    loss = h.sum()
    h.add_(1)
    return draw(loss, theme=theme)


def freed(theme: str = "light") -> Any:
    """Why does a second backward() fail?

    The first one gave back what the ops had kept: their badges are hollow now.
    """
    x, w = leaf(0.1, 0.2), leaf(3.0, 4.0, label="w")
    loss = (x * w).tanh().sum()
    loss.backward()
    return draw(loss, theme=theme)


def higher_order(theme: str = "light") -> Any:
    """What is the graph of a gradient?

    With create_graph=True a gradient is an expression like any other: here 3x², built by the rules of
    the ops themselves, ready to be differentiated again.
    """
    x = leaf(2.0)
    y = (x**3).sum()
    y.backward(create_graph=True)
    return draw(x.grad, theme=theme)


def block(theme: str = "light") -> Any:
    """How does a transformer block fit on a page?

    Each module that ran is one box, with its shape and its number of weights; the two sums are the
    residual connections that lead around attention and around the network behind it.
    """
    torch.manual_seed(0)
    net = nn.TransformerEncoderLayer(16, 2, 32, dropout=0.0)
    x = torch.randn(5, 3, 16, requires_grad=True)
    x.label = "x"
    loss = F.mse_loss(net(x), torch.randn(5, 3, 16))
    loss.backward()
    return draw(loss, model=net, theme=theme)


def stack(theme: str = "light") -> Any:
    """And twelve of them?

    Layers that are built alike are drawn once, in a frame that says ×12.
    """
    torch.manual_seed(0)
    layer = nn.TransformerEncoderLayer(16, 2, 32, dropout=0.0)
    net = nn.TransformerEncoder(layer, 12)
    loss = net(torch.randn(5, 3, 16)).square().mean()
    return draw(loss, model=net, fold=True, theme=theme)


def broadcast(theme: str = "light") -> Any:
    """What happens to shapes on the way back?

    Where the forward pass repeated a number (the pale cells), the backward pass adds up.
    """
    x = torch.tensor([[1.0, -2.0, 0.5], [3.0, 1.0, -1.0]], requires_grad=True)
    b = leaf(0.5, 0.0, -0.5, label="b")
    x.label = "x"
    loss = (x + b).relu().sum()
    loss.label = "loss"
    return steps(loss, theme=theme)


def tensor_paths() -> Any:
    """Which way does most of a weight's gradient come?

    The same W is used twice. Each op that uses it contributes an array; the norms say which one matters,
    and the arrays add up to W.grad.
    """
    torch.manual_seed(0)
    W = torch.randn(3, 3, requires_grad=True)
    W.label = "W"
    h = (torch.randn(2, 3) @ W).tanh()
    loss = (h @ W).square().mean()
    loss.label = "loss"
    loss.backward(retain_graph=True)
    return explain(W, of=loss)


def table_of_layers() -> Any:
    """How large is the model, layer by layer?

    For the terminal: what each module gives, how many numbers it has, and which of them are trained.
    """
    net = nn.Sequential(nn.Conv2d(1, 4, 3), nn.ReLU(), nn.Flatten(), nn.Linear(144, 10))
    net[0].requires_grad_(False)
    return summary(net, torch.zeros(2, 1, 8, 8))


def table_of_gradients() -> Any:
    """Does the gradient reach every layer, in a terminal?

    A bar for each layer, and a word where something is wrong: six sigmoids in a row leave next to
    nothing for the first layers.
    """
    torch.manual_seed(0)
    deep = [part for _ in range(6) for part in (nn.Linear(8, 8), nn.Sigmoid())]
    net = nn.Sequential(*deep, nn.Linear(8, 1))
    net(torch.randn(32, 8)).square().mean().backward()
    return show_gradients(net)
