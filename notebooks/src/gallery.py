# %% [markdown]
# # The gallery
#
# Every picture that the lens makes, from real graphs and real runs, on light and on dark paper. Each cell is complete:
# change it and run it again.
#
# Blue is forward, orange is backward, red is broken; a shape or a dash says each of them a second time.

# %%
import math
import random
from functools import cache
from typing import Any
import micrograd_lab as torch
from micrograd_lab import nn, optim
from micrograd_lab.data import digits, moons
from micrograd_lab.lens import Recorder, conformance, draw, explain, plots, show_gradients, steps, summary
from micrograd_lab.lens.gallery.exhibits import Both
from micrograd_lab.nn import functional as F
from micrograd_lab.scalar import MLP, Value

# %% [markdown]
# ## Graphs of numbers

# %% [markdown]
# ### What did the forward pass write down?
#
# Each box is a number, and its badge the op that made it. Nobody has called backward(), so no gradient is
# shown: zero would be a lie.

# %%
def before_backward(theme: str = "light") -> Any:
    x, w, b = Value(2.0, label="x"), Value(3.0, label="w"), Value(1.0, label="b")
    return draw((x * w + b) ** 2, theme=theme)


Both(before_backward)

# %% [markdown]
# ### Who is to blame for the result?
#
# Orange runs backwards: the number on an arrow is the local gradient, and it multiplies what comes from the
# right. Where two arrows leave one box, as from `b`, what they bring back is added.

# %%
def after_backward(theme: str = "light") -> Any:
    a, b = Value(2.0, label="a"), Value(-3.0, label="b")
    y = a * b + b
    y.label = "y"
    y.backward()
    return draw(y, theme=theme)


Both(after_backward)

# %% [markdown]
# ### Which way does most of the gradient go?
#
# An arrow is as thick as the gradient that it carries: most goes through w1, hardly any to w2.

# %%
def neuron(theme: str = "light") -> Any:
    x1, x2 = Value(2.0, label="x1"), Value(0.1, label="x2")
    w1, w2 = Value(-0.5, label="w1"), Value(1.0, label="w2")
    y = (x1 * w1 + x2 * w2 + Value(0.3, label="b")).tanh()
    y.label = "y"
    y.backward()
    return draw(y, theme=theme)


Both(neuron)

# %% [markdown]
# ### What does a whole network look like?
#
# Two neurons feed a third. Find the ReLU whose box says 0: no gradient gets past it, and what stands before it
# learns nothing from this example.

# %%
def network(theme: str = "light") -> Any:
    net = MLP(2, [2, 1], random.Random(1))
    y = net([Value(1.0, label="x1"), Value(-2.0, label="x2")])
    y.backward()
    return draw(y, direction="TB", theme=theme)


Both(network)

# %% [markdown]
# ### What is near one weight of a large network?
#
# Of a graph of hundreds of nodes only what is at most two arrows from this weight; dotted lines lead to the
# rest.

# %%
def around(theme: str = "light") -> Any:
    net = MLP(2, [8, 8, 1], random.Random(0))
    y = net([Value(1.0, label="x1"), Value(-2.0, label="x2")])
    y.backward()
    return draw(y, around=net.layers[1].neurons[1].w[1], theme=theme)


Both(around)

# %% [markdown]
# ### How does a loop of fifty rounds fit on a page?
#
# Ops that come again and again are drawn once, in a frame that says how often.

# %%
def repeated(theme: str = "light") -> Any:
    x, rate = Value(1.0, label="x"), Value(0.1, label="rate")
    for _ in range(50):
        x = x - rate * x**3
    x.backward()
    return draw(x, fold=True, theme=theme)


Both(repeated)

# %% [markdown]
# ### What does backward() compute, and in which order?
#
# The gradients themselves as a graph: it starts with ∂loss/∂loss = 1 and ends at the leaves.

# %%
def backward_graph(theme: str = "light") -> Any:
    x, w, b = Value(2.0, label="x"), Value(3.0, label="w"), Value(1.0, label="b")
    loss = (x * w + b) ** 2
    loss.label = "loss"
    loss.backward()
    return draw(loss, kind="backward", theme=theme)


Both(backward_graph)

# %% [markdown]
# ### What happens at each step of backward()?
#
# One edge at a time: local × upstream, added to what is already there. As a picture the steps play by
# themselves; in a notebook you leaf through them with buttons or arrow keys.

# %%
def chain_rule(theme: str = "light") -> Any:
    a, b = Value(2.0, label="a"), Value(-3.0, label="b")
    y = a * b + b
    y.label = "y"
    return steps(y, theme=theme)


Both(chain_rule)

# %% [markdown]
# ### Which paths make up a gradient?
#
# Each path from the loss to `w` gives the product of its factors, and their sum is w.grad to the last digit.
# The path through the ReLU that is off brings nothing, and it says why.

# %%
def paths() -> Any:
    x, w = Value(2.0, label="x"), Value(0.5, label="w")
    h = (w * x).tanh()
    off = (w * x - 3).relu()
    loss = (h + off + w) ** 2
    h.label, off.label, loss.label = "h", "off", "loss"
    loss.backward()
    return explain(w, of=loss)


Both(paths)

# %% [markdown]
# An engine as one writes it the first time; it has one mistake.

# %%
class Mine:
    def __init__(self, data: float, parents: tuple[Any, ...] = (), op: str | None = None):
        self.data, self.parents, self.op = data, parents, op
        self.grad, self.label = 0.0, ""
        self.step: Any = lambda: None

    def __add__(self, other: Any) -> "Mine":
        other = other if isinstance(other, Mine) else Mine(other)
        out = Mine(self.data + other.data, (self, other), "+")

        def step() -> None:
            self.grad = out.grad
            other.grad = out.grad

        out.step = step
        return out

    def __mul__(self, other: Any) -> "Mine":
        other = other if isinstance(other, Mine) else Mine(other)
        out = Mine(self.data * other.data, (self, other), "*")

        def step() -> None:
            self.grad = other.data * out.grad
            other.grad = self.data * out.grad

        out.step = step
        return out

    def backward(self) -> None:
        order: list[Mine] = []

        def visit(node: Mine) -> None:
            if node not in order:
                for parent in node.parents:
                    visit(parent)
                order.append(node)

        visit(self)
        self.grad = 1.0
        for node in reversed(order):
            node.step()

# %% [markdown]
# ### What can my own engine do, and what is the smallest thing that it gets wrong?
#
# Every claim is tried on it; below "Begin here" stands what most of the crosses have in common. The picture is
# the smallest program that goes wrong, with the gradients that it should have.

# %%
def own_engine() -> Any:
    return conformance(Mine)


Both(own_engine)

# %% [markdown]
# ## Graphs of tensors

# %% [markdown]
# A tensor that wants a gradient, with a name.

# %%
def leaf(*numbers: float, label: str = "x") -> Any:
    x = torch.tensor(numbers, requires_grad=True)
    x.label = label
    return x

# %% [markdown]
# ### What do shapes and rules look like, where there were numbers?
#
# A large array shows its shape, and an arrow the rule of its op, in which ȳ is the gradient that arrives. Boxes
# with a tab are parameters: what a step will change.

# %%
def layers(theme: str = "light") -> Any:
    torch.manual_seed(0)
    net = nn.Sequential(nn.Linear(20, 16), nn.Tanh(), nn.Linear(16, 1))
    loss = F.mse_loss(net(torch.randn(8, 20)), torch.zeros(8, 1))
    loss.backward()
    return draw(loss, model=net, direction="TB", theme=theme)


Both(layers)

# %% [markdown]
# ### Where did the NaN come from?
#
# From the first red box on the way from the left: the logarithm of −1. What an op keeps for the way back is
# shown, and what nobody keeps is a shape.

# %%
def broken(theme: str = "light") -> Any:
    x, w = leaf(2.0, 1.0), leaf(3.0, -1.0, label="w")
    loss = ((x * w).log() * x).exp().sum()
    loss.label = "loss"
    return draw(loss, theme=theme)


Both(broken)

# %% [markdown]
# ### Where does the gradient stop?
#
# At the red dashed arrow, where somebody called detach(): all that comes back to x and w comes by the other
# way.

# %%
def cut(theme: str = "light") -> Any:
    x, w = leaf(1.0, 2.0), leaf(3.0, 4.0, label="w")
    h = w * x
    loss = (h * h.detach()).sum()
    loss.label = "loss"
    loss.backward()
    return draw(loss, theme=theme)


Both(cut)

# %% [markdown]
# ### Which op will miss a value that was overwritten?
#
# exp kept its result for the way back, version 0; add_() made version 1 in its place. The badge stands where
# backward() will stop.

# %%
def overwritten(theme: str = "light") -> Any:
    x = leaf(0.0, 1.0)
    h = x.exp()
    loss = h.sum()
    h.add_(1)
    return draw(loss, theme=theme)


Both(overwritten)

# %% [markdown]
# ### Why does a second backward() fail?
#
# The first one gave back what the ops had kept: their badges are hollow now.

# %%
def freed(theme: str = "light") -> Any:
    x, w = leaf(0.1, 0.2), leaf(3.0, 4.0, label="w")
    loss = (x * w).tanh().sum()
    loss.backward()
    return draw(loss, theme=theme)


Both(freed)

# %% [markdown]
# ### What is the graph of a gradient?
#
# With create_graph=True a gradient is an expression like any other: here 3x², built by the rules of the ops
# themselves, ready to be differentiated again.

# %%
def higher_order(theme: str = "light") -> Any:
    x = leaf(2.0)
    y = (x**3).sum()
    y.backward(create_graph=True)
    return draw(x.grad, theme=theme)


Both(higher_order)

# %% [markdown]
# ### How does a transformer block fit on a page?
#
# Each module that ran is one box, with its shape and its number of weights; the two sums are the residual
# connections that lead around attention and around the network behind it.

# %%
def block(theme: str = "light") -> Any:
    torch.manual_seed(0)
    net = nn.TransformerEncoderLayer(16, 2, 32, dropout=0.0)
    x = torch.randn(5, 3, 16, requires_grad=True)
    x.label = "x"
    loss = F.mse_loss(net(x), torch.randn(5, 3, 16))
    loss.backward()
    return draw(loss, model=net, theme=theme)


Both(block)

# %% [markdown]
# ### And twelve of them?
#
# Layers that are built alike are drawn once, in a frame that says ×12.

# %%
def stack(theme: str = "light") -> Any:
    torch.manual_seed(0)
    layer = nn.TransformerEncoderLayer(16, 2, 32, dropout=0.0)
    net = nn.TransformerEncoder(layer, 12)
    loss = net(torch.randn(5, 3, 16)).square().mean()
    return draw(loss, model=net, fold=True, theme=theme)


Both(stack)

# %% [markdown]
# ### What happens to shapes on the way back?
#
# Where the forward pass repeated a number (the pale cells), the backward pass adds up.

# %%
def broadcast(theme: str = "light") -> Any:
    x = torch.tensor([[1.0, -2.0, 0.5], [3.0, 1.0, -1.0]], requires_grad=True)
    b = leaf(0.5, 0.0, -0.5, label="b")
    x.label = "x"
    loss = (x + b).relu().sum()
    loss.label = "loss"
    return steps(loss, theme=theme)


Both(broadcast)

# %% [markdown]
# ### Which way does most of a weight's gradient come?
#
# The same W is used twice. Each op that uses it contributes an array; the norms say which one matters, and the
# arrays add up to W.grad.

# %%
def tensor_paths() -> Any:
    torch.manual_seed(0)
    W = torch.randn(3, 3, requires_grad=True)
    W.label = "W"
    h = (torch.randn(2, 3) @ W).tanh()
    loss = (h @ W).square().mean()
    loss.label = "loss"
    loss.backward(retain_graph=True)
    return explain(W, of=loss)


Both(tensor_paths)

# %% [markdown]
# ### How large is the model, layer by layer?
#
# For the terminal: what each module gives, how many numbers it has, and which of them are trained.

# %%
def table_of_layers() -> Any:
    net = nn.Sequential(nn.Conv2d(1, 4, 3), nn.ReLU(), nn.Flatten(), nn.Linear(144, 10))
    net[0].requires_grad_(False)
    return summary(net, torch.zeros(2, 1, 8, 8))


Both(table_of_layers)

# %% [markdown]
# ### Does the gradient reach every layer, in a terminal?
#
# A bar for each layer, and a word where something is wrong: six sigmoids in a row leave next to nothing for the
# first layers.

# %%
def table_of_gradients() -> Any:
    torch.manual_seed(0)
    deep = [part for _ in range(6) for part in (nn.Linear(8, 8), nn.Sigmoid())]
    net = nn.Sequential(*deep, nn.Linear(8, 1))
    net(torch.randn(32, 8)).square().mean().backward()
    return show_gradients(net)


Both(table_of_gradients)

# %% [markdown]
# ## Plots of a training run

# %% [markdown]
# A network of five layers that learns handwritten digits, and what a Recorder saw of it.

# %%
@cache
def trained(curve: Any, rate: float = 0.03, steps: int = 400) -> Any:
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

# %% [markdown]
# ### Does the gradient reach every layer, right now?
#
# Sigmoids: each layer passes on a quarter of its gradient at most. From right to left every bar is many times
# smaller than the one before, and the first layers hear nothing of the loss.

# %%
def norms_now(theme: str = "light") -> Any:
    torch.manual_seed(0)
    deep = [part for _ in range(6) for part in (nn.Linear(16, 16), nn.Sigmoid())]
    net = nn.Sequential(*deep, nn.Linear(16, 1))
    net(torch.randn(32, 16)).square().mean().backward()
    return plots.gradient_norms(net, theme=theme)


Both(norms_now)

# %% [markdown]
# ### Does it go on reaching them?
#
# One line a layer. At first the last layer hears the loss ten times as loud as the first; once the digits begin
# to come apart, all lines run at one height.

# %%
def norms_over_training(theme: str = "light") -> Any:
    _, history = trained(nn.ReLU)
    return plots.gradient_norms(history, theme=theme)


Both(norms_over_training)

# %% [markdown]
# ### Is the learning rate right?
#
# The dashed line is the usual size of a step. This run begins there and settles ten times above: bold, but all
# layers move at one pace. Far above, steps forget what was learned; far below, training crawls.

# %%
def ratios(theme: str = "light") -> Any:
    _, history = trained(nn.ReLU)
    return plots.update_ratios(history, theme=theme)


Both(ratios)

# %% [markdown]
# ### What do the numbers in each layer look like?
#
# Filled after training, dashed at the first step. The deeper the layer, the more of its tanhs stand at −1 and
# 1, where their slope is nothing.

# %%
def activations(theme: str = "light") -> Any:
    _, history = trained(nn.Tanh)
    return plots.histograms(history, theme=theme)


Both(activations)

# %% [markdown]
# ### And the gradients that arrive there?
#
# On a logarithmic scale, input on top. At the first step (dashed) they shrink from layer to layer on their way
# up; after training the rows stand above one another.

# %%
def gradients(theme: str = "light") -> Any:
    _, history = trained(nn.Tanh)
    return plots.histograms(history, "gradients", theme=theme)


Both(gradients)

# %% [markdown]
# ### How many units have stopped learning?
#
# The same network with a rate that is much too large: within a few steps, most ReLUs of some layers are off for
# every digit, and never come back.

# %%
def dead_units(theme: str = "light") -> Any:
    _, history = trained(nn.ReLU, rate=1.0, steps=60)
    return plots.saturation(history, theme=theme)


Both(dead_units)

# %% [markdown]
# ### Which digit is taken for which?
#
# Blue is right, orange is a mistake; held-out digits, which the network has never seen.

# %%
def confusion(theme: str = "light") -> Any:
    net, _ = trained(nn.ReLU)
    x, y = digits("test").tensors
    return plots.confusion_matrix(y, net(x), theme=theme)


Both(confusion)

# %% [markdown]
# ### How far does a nudge of the input get?
#
# Through depth, the lengths of nudges of length 1, one dot for each direction; below each layer its rank says
# how many directions survive the ReLUs.

# %%
def spectra(theme: str = "light") -> Any:
    net, _ = trained(nn.ReLU)
    x, _ = digits("test").tensors
    return plots.jacobian_spectra(net, x[:3], theme=theme)


Both(spectra)

# %% [markdown]
# ## Plots of models, functions and optimisers

# %% [markdown]
# How wrong it is about two hundred points of two moons.

# %%
def moon_loss(net: Any) -> Any:
    x, y = moons(200, noise=0.15, seed=0)
    return F.binary_cross_entropy_with_logits(net(x)[:, 0], 1.0 * y)

# %% [markdown]
# A small network trained on two moons, and its weights on the way.

# %%
@cache
def moon_net() -> Any:
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

# %% [markdown]
# ### Where does the network change its mind?
#
# The line bends around both moons; the few points that it gets wrong are marked.

# %%
def boundary(theme: str = "light") -> Any:
    net, _ = moon_net()
    return plots.decision_boundary(net, *moons(200, noise=0.15, seed=1), theme=theme)


Both(boundary)

# %% [markdown]
# ### What does the loss look like around these weights?
#
# A plane of two random directions through weight space: the star is in a broad valley.

# %%
def landscape(theme: str = "light") -> Any:
    net, _ = moon_net()
    return plots.loss_landscape(net, moon_loss, theme=theme)


Both(landscape)

# %% [markdown]
# ### And which way did the training go?
#
# The plane in which the run moved most, with its path from the square to the star.

# %%
def way_down(theme: str = "light") -> Any:
    net, way = moon_net()
    return plots.loss_landscape(net, moon_loss, directions=way, theme=theme)


Both(way_down)

# %% [markdown]
# ### Which way does each optimiser go?
#
# A long narrow valley: plain SGD jumps from wall to wall, momentum swings through, Adam walks.

# %%
def races(theme: str = "light") -> Any:
    ways = {
        "SGD": lambda p: optim.SGD(p, lr=0.23),
        "momentum": lambda p: optim.SGD(p, lr=0.03, momentum=0.9),
        "Adam": lambda p: optim.Adam(p, lr=0.2),
    }
    return plots.trajectories(
        lambda x, y: x**2 / 4 + 4 * y**2, ways, (-4, 1), steps=40, theme=theme
    )


Both(races)

# %% [markdown]
# ### Is this gradient right?
#
# Yes: the error of the measured slope falls with h, as it must, until rounding takes over. That is the U in
# which every right gradient lies.

# %%
def right_gradient(theme: str = "light") -> Any:
    return plots.gradcheck_curve(lambda x: x.sin() * x.exp(), 1.3, theme=theme)


Both(right_gradient)

# %% [markdown]
# ### And this one?
#
# No: the error falls to a floor, and no h gets below it. `x.data` is a number without a past, so the gradient
# misses what goes through it.

# %%
def wrong_gradient(theme: str = "light") -> Any:
    return plots.gradcheck_curve(lambda x: x.exp() * math.sqrt(x.data), 2.0, theme=theme)


Both(wrong_gradient)

# %% [markdown]
# Attention that learned to write six letters backwards, from examples alone.

# %%
@cache
def mirror() -> Any:
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

# %% [markdown]
# ### Which letter looks at which?
#
# To write a word backwards, the first place must look at the last letter: nobody said so, training found it.

# %%
def attention(theme: str = "light") -> Any:
    word = "mirror"
    _, weights = mirror()(torch.tensor([[ord(c) - ord("a") for c in word]]))
    queries = [f"{k + 1}." for k in range(6)]
    return plots.attention_map(weights[0], word, queries=queries, theme=theme)


Both(attention)
