"""Workloads on tensors, T1 to T10: networks as people write them, the same lines for every package."""

from collections.abc import Callable
from itertools import pairwise
from typing import Any

import numpy as np

from benchmarks.aims import AIMS
from benchmarks.problems import DATA, OPTIMIZERS, SEED, STEPS, first_weights, sample

Loss = Callable[[], Any]
# (module, a function that computes the loss, an optimiser or None)
Built = tuple[Any, Loss, Any]


class Network:
    """A training step of one network in one package: forward, zero_grad, backward, optimiser."""

    def __init__(self, build: Callable[[Any, np.random.Generator], Built], steps: int, torch: Any):
        self.steps = steps
        rng = np.random.default_rng(SEED)
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
        return sample(p.grad.detach().numpy() for p in self.model.parameters())


def numbers(torch: Any, name: str, rng: np.random.Generator) -> list[Any]:
    """The data of a workload, as tensors."""
    return [torch.tensor(array) for array in DATA[name](rng).values()]


def optimizer(torch: Any, name: str, model: Any) -> Any:
    """Its optimiser, in the fastest implementation that the package has."""
    kind, lr = OPTIMIZERS[name]
    return getattr(torch.optim, kind)(model.parameters(), lr=lr, fused=True)


# --- the networks -----------------------------------------------------------------------------------


def t1(torch: Any, rng: np.random.Generator) -> Built:
    nn = torch.nn
    x, y = numbers(torch, "T1", rng)
    model = nn.Sequential(
        nn.Linear(2, 16), nn.ReLU(), nn.Linear(16, 16), nn.ReLU(), nn.Linear(16, 1)
    )
    return model, lambda: torch.relu(1 - y * model(x)).mean(), optimizer(torch, "T1", model)


def classifier(name: str, *sizes: int) -> Callable[..., Built]:
    def build(torch: Any, rng: np.random.Generator) -> Built:
        nn = torch.nn
        layers: list[Any] = []
        for n_in, n_out in pairwise(sizes):
            layers += [nn.Linear(n_in, n_out), nn.ReLU()]
        model = nn.Sequential(*layers[:-1])
        x, y = numbers(torch, name, rng)
        loss = lambda: nn.functional.cross_entropy(model(x), y)
        return model, loss, optimizer(torch, name, model)

    return build


def t4(torch: Any, rng: np.random.Generator) -> Built:
    nn = torch.nn
    model = nn.Sequential(
        nn.Conv2d(1, 16, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2),
        nn.Conv2d(16, 32, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2),
        nn.Flatten(), nn.Linear(32 * 7 * 7, 10),
    )  # fmt: skip
    x, y = numbers(torch, "T4", rng)
    loss = lambda: nn.functional.cross_entropy(model(x), y)
    return model, loss, optimizer(torch, "T4", model)


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
    (y,) = numbers(torch, "T6a", rng)
    return model, lambda: torch.nn.functional.cross_entropy(model.logits, y), None


def t6b(torch: Any, rng: np.random.Generator) -> Built:
    model = Inputs(torch, x=(8192, 512))
    model.norm = torch.nn.LayerNorm(512)
    (g,) = numbers(torch, "T6b", rng)
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
    ids, following = numbers(torch, "T7", rng)
    loss = lambda: F.cross_entropy(model(ids).view(-1, words), following.view(-1))
    return model, loss, optimizer(torch, "T7", model)


def recurrent(name: str, kind: str) -> Callable[..., Built]:
    def build(torch: Any, rng: np.random.Generator) -> Built:
        model = getattr(torch.nn, kind)(128, 128)
        x, g = numbers(torch, name, rng)
        return model, lambda: (model(x)[0] * g).mean(), optimizer(torch, name, model)

    return build


def t10(torch: Any, rng: np.random.Generator) -> Built:
    nn = torch.nn
    model = nn.Sequential(nn.Embedding(10_000, 128), nn.Linear(128, 10_000))
    ids, following = numbers(torch, "T10", rng)
    loss = lambda: nn.functional.cross_entropy(model(ids), following)
    return model, loss, optimizer(torch, "T10", model)


BUILD: dict[str, Callable[[Any, np.random.Generator], Built]] = {
    "T1": t1,
    "T2": classifier("T2", 784, 256, 128, 10),
    "T3": classifier("T3", 784, 1024, 1024, 10),
    "T4": t4,
    "T5": t5,
    "T6a": t6a,
    "T6b": t6b,
    "T7": t7,
    "T8": recurrent("T8", "RNN"),
    "T9": recurrent("T9", "LSTM"),
    "T10": t10,
}
NETWORKS = {name: (build, STEPS[name], AIMS[name].title) for name, build in BUILD.items()}
