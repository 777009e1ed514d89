"""Workloads on tensors, T1 to T10: networks as people write them, the same lines for every package."""

from collections.abc import Callable
from itertools import pairwise
from typing import Any

import numpy as np

from benchmarks.points import half_moons

Loss = Callable[[], Any]
# (module, a function that computes the loss, an optimiser or None)
Built = tuple[Any, Loss, Any]


class Network:
    """A training step of one network in one package: forward, zero_grad, backward, optimiser."""

    def __init__(self, build: Callable[[Any, np.random.Generator], Built], steps: int, torch: Any):
        self.steps = steps
        rng = np.random.default_rng(1337)
        self.model, self.loss, self.optimizer = build(torch, rng)
        self.start = {
            name: torch.tensor(first_weights(rng, name, tuple(p.shape)), dtype=p.dtype)
            for name, p in self.model.state_dict().items()
        }
        self.fresh = None if self.optimizer is None else self.optimizer.state_dict()
        self.reset()

    def reset(self) -> None:
        """Back to the first step."""
        self.model.load_state_dict(self.start)
        if self.optimizer is not None:
            self.optimizer.load_state_dict(self.fresh)

    def step(self) -> float:
        """One step of training; returns the loss."""
        loss = self.loss()
        if self.optimizer is None:
            self.model.zero_grad()
            loss.backward()
        else:
            self.optimizer.zero_grad()
            loss.backward()
            self.optimizer.step()
        return float(loss.item())

    def gradients(self) -> list[float]:
        """A thousand entries of each gradient, at most."""
        found = []
        for p in self.model.parameters():
            flat = p.grad.detach().numpy().reshape(-1)
            found += flat[:: max(1, flat.size // 1000)].tolist()
        return found


def first_weights(rng: np.random.Generator, name: str, shape: tuple[int, ...]) -> Any:
    """Weights that keep the size of what flows through; norms start at 1 and biases at 0."""
    if len(shape) < 2:
        return np.full(shape, float(name.endswith("weight")))
    return rng.uniform(-1, 1, shape) * (3 / np.prod(shape[1:])) ** 0.5


def floats(torch: Any, rng: np.random.Generator, *shape: int) -> Any:
    return torch.tensor(rng.standard_normal(shape), dtype=torch.float32)


def labels(torch: Any, rng: np.random.Generator, below: int, *shape: int) -> Any:
    return torch.tensor(rng.integers(0, below, shape))


# --- the networks -----------------------------------------------------------------------------------


def t1(torch: Any, rng: np.random.Generator) -> Built:
    nn = torch.nn
    moons, signs = half_moons(100)
    x, y = (torch.tensor(a, dtype=torch.float32) for a in (moons, signs[:, None]))
    model = nn.Sequential(
        nn.Linear(2, 16), nn.ReLU(), nn.Linear(16, 16), nn.ReLU(), nn.Linear(16, 1)
    )
    optimizer = torch.optim.SGD(model.parameters(), lr=0.05)
    return model, lambda: torch.relu(1 - y * model(x)).mean(), optimizer


def classifier(batch: int, *sizes: int) -> Callable[..., Built]:
    def build(torch: Any, rng: np.random.Generator) -> Built:
        nn = torch.nn
        layers: list[Any] = []
        for n_in, n_out in pairwise(sizes):
            layers += [nn.Linear(n_in, n_out), nn.ReLU()]
        model = nn.Sequential(*layers[:-1])
        x, y = floats(torch, rng, batch, sizes[0]), labels(torch, rng, sizes[-1], batch)
        optimizer = torch.optim.Adam(model.parameters(), lr=1e-4)
        return model, lambda: nn.functional.cross_entropy(model(x), y), optimizer

    return build


def t4(torch: Any, rng: np.random.Generator) -> Built:
    nn = torch.nn
    model = nn.Sequential(
        nn.Conv2d(1, 16, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2),
        nn.Conv2d(16, 32, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2),
        nn.Flatten(), nn.Linear(32 * 7 * 7, 10),
    )  # fmt: skip
    x, y = floats(torch, rng, 64, 1, 28, 28), labels(torch, rng, 10, 64)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.01)
    return model, lambda: nn.functional.cross_entropy(model(x), y), optimizer


class Inputs:
    """Makes a module whose parameters are what a formula is differentiated by."""

    def __new__(cls, torch: Any, **shapes: tuple[int, ...]) -> Any:
        model = torch.nn.Module()
        for name, shape in shapes.items():
            setattr(model, name, torch.nn.Parameter(torch.zeros(shape)))
        return model


def t5(torch: Any, rng: np.random.Generator) -> Built:
    n = 4_000_000
    model = Inputs(torch, x=(1, n), w=(1, n), b=(1, n))

    def loss() -> Any:
        x, w, b = model.x, model.w, model.b
        return torch.sum(torch.tanh(x * w + b) * torch.sigmoid(x) ** 2)

    return model, loss, None


def t6a(torch: Any, rng: np.random.Generator) -> Built:
    model = Inputs(torch, logits=(4096, 1000))
    y = labels(torch, rng, 1000, 4096)
    return model, lambda: torch.nn.functional.cross_entropy(model.logits, y), None


def t6b(torch: Any, rng: np.random.Generator) -> Built:
    model = Inputs(torch, x=(8192, 512))
    model.norm = torch.nn.LayerNorm(512)
    g = floats(torch, rng, 8192, 512)
    return model, lambda: (model.norm(model.x) * g).sum(), None


def t7(torch: Any, rng: np.random.Generator) -> Built:
    nn, F = torch.nn, torch.nn.functional
    batch, length, width, heads, words = 16, 64, 128, 4, 65

    class Block(nn.Module):  # type: ignore[misc, name-defined]
        def __init__(self) -> None:
            super().__init__()
            self.words, self.places = nn.Embedding(words, width), nn.Embedding(length, width)
            self.norm1, self.norm2 = nn.LayerNorm(width), nn.LayerNorm(width)
            self.qkv, self.out = nn.Linear(width, 3 * width), nn.Linear(width, width)
            self.up, self.down = nn.Linear(width, 4 * width), nn.Linear(4 * width, width)
            self.head = nn.Linear(width, words)

        def forward(self, ids: Any) -> Any:
            x = self.words(ids) + self.places.weight
            q, k, v = (
                part.view(batch, length, heads, width // heads).transpose(1, 2)
                for part in self.qkv(self.norm1(x)).split(width, dim=-1)
            )
            seen = F.scaled_dot_product_attention(q, k, v, is_causal=True)
            x = x + self.out(seen.transpose(1, 2).reshape(batch, length, width))
            x = x + self.down(F.gelu(self.up(self.norm2(x))))
            return self.head(x)

    model = Block()
    ids, following = (labels(torch, rng, words, batch, length) for _ in range(2))
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-4)
    return model, lambda: F.cross_entropy(model(ids).view(-1, words), following.view(-1)), optimizer


def recurrent(kind: str) -> Callable[..., Built]:
    def build(torch: Any, rng: np.random.Generator) -> Built:
        model = getattr(torch.nn, kind)(128, 128)
        x, g = floats(torch, rng, 50, 32, 128), floats(torch, rng, 50, 32, 128)
        optimizer = torch.optim.SGD(model.parameters(), lr=1e-4)
        return model, lambda: (model(x)[0] * g).mean(), optimizer

    return build


def t10(torch: Any, rng: np.random.Generator) -> Built:
    nn = torch.nn
    model = nn.Sequential(nn.Embedding(10_000, 128), nn.Linear(128, 10_000))
    ids, following = (labels(torch, rng, 10_000, 256) for _ in range(2))
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    return model, lambda: nn.functional.cross_entropy(model(ids), following), optimizer


NETWORKS: dict[str, tuple[Callable[[Any, np.random.Generator], Built], int, str]] = {
    # name: (how to build it, steps in a timed block, what it is)
    "T1": (t1, 200, "MLP 2-16-16-1, batch 100, hinge loss, SGD"),
    "T2": (classifier(64, 784, 256, 128, 10), 20, "MLP 784-256-128-10, batch 64, Adam"),
    "T3": (classifier(512, 784, 1024, 1024, 10), 2, "MLP 784-1024-1024-10, batch 512, Adam"),
    "T4": (t4, 3, "conv net on 28 x 28, batch 64, SGD"),
    "T5": (t5, 1, "sum(tanh(x*w+b)*sigmoid(x)**2) over 4M numbers"),
    "T6a": (t6a, 2, "softmax cross-entropy on 4096 x 1000"),
    "T6b": (t6b, 2, "layer norm on 8192 x 512"),
    "T7": (t7, 2, "transformer block with head, Adam"),
    "T8": (recurrent("RNN"), 5, "RNN, 50 steps, hidden 128, batch 32, SGD"),
    "T9": (recurrent("LSTM"), 3, "LSTM, 50 steps, hidden 128, batch 32, SGD"),
    "T10": (t10, 2, "embedding and linear over 10,000 words, SGD"),
}
