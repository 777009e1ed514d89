"""The workloads in PyTorch, the whole step in one torch.compile: loss, gradients and the update."""

from functools import partial
from typing import Any

import torch
from torch.nn import functional as F

from benchmarks import cores
from benchmarks.functional import Functional, Loss, rule

torch.set_num_threads(cores.threads())


def linear(w: Any, layer: str, x: Any) -> Any:
    return F.linear(x, w[f"{layer}.weight"], w[f"{layer}.bias"])


def mlp(w: Any, x: Any) -> Any:
    return linear(w, "4", F.relu(linear(w, "2", F.relu(linear(w, "0", x)))))


def conv_net(w: Any, x: Any) -> Any:
    for layer in ("0", "3"):
        x = F.conv2d(x, w[f"{layer}.weight"], w[f"{layer}.bias"], padding=1)
        x = F.max_pool2d(F.relu(x), 2)
    return linear(w, "7", x.flatten(1))


def formula(w: Any) -> Any:
    return torch.sum(torch.tanh(w["x"] * w["w"] + w["b"]) * torch.sigmoid(w["x"]) ** 2)


def norm(w: Any, layer: str, x: Any) -> Any:
    weight = w[f"{layer}.weight"]
    return F.layer_norm(x, weight.shape, weight, w[f"{layer}.bias"])


def block(w: Any, ids: Any) -> Any:
    x = F.embedding(ids, w["words.weight"]) + w["places.weight"]
    q, k, v = (
        part.view(16, 64, 4, 32).transpose(1, 2)
        for part in linear(w, "qkv", norm(w, "norm1", x)).split(128, dim=-1)
    )
    seen = F.scaled_dot_product_attention(q, k, v, is_causal=True)
    x = x + linear(w, "out", seen.transpose(1, 2).reshape(16, 64, 128))
    x = x + linear(w, "down", F.gelu(linear(w, "up", norm(w, "norm2", x))))
    return linear(w, "head", x)


def drive(w: Any, x: Any) -> Any:
    """What the inputs contribute, at all steps at once."""
    return F.linear(x, w["weight_ih_l0"], w["bias_ih_l0"] + w["bias_hh_l0"])


def rnn(w: Any, x: Any) -> Any:
    h, states = x.new_zeros(32, 128), []
    for z in drive(w, x):
        h = torch.tanh(z + F.linear(h, w["weight_hh_l0"]))
        states.append(h)
    return torch.stack(states)


def lstm(w: Any, x: Any) -> Any:
    h, c, states = x.new_zeros(32, 128), x.new_zeros(32, 128), []
    for z in drive(w, x):
        i, f, g, o = (z + F.linear(h, w["weight_hh_l0"])).chunk(4, -1)
        c = torch.sigmoid(f) * c + torch.sigmoid(i) * torch.tanh(g)
        h = torch.sigmoid(o) * torch.tanh(c)
        states.append(h)
    return torch.stack(states)


LOSSES: dict[str, Loss] = {
    "T1": lambda w, d: F.relu(1 - d["y"] * mlp(w, d["x"])).mean(),
    "T2": lambda w, d: F.cross_entropy(mlp(w, d["x"]), d["y"]),
    "T3": lambda w, d: F.cross_entropy(mlp(w, d["x"]), d["y"]),
    "T4": lambda w, d: F.cross_entropy(conv_net(w, d["x"]), d["y"]),
    "T5": lambda w, d: formula(w),
    "T6a": lambda w, d: F.cross_entropy(w["logits"], d["y"]),
    "T6b": lambda w, d: (norm(w, "norm", w["x"]) * d["g"]).sum(),
    "T7": lambda w, d: F.cross_entropy(block(w, d["ids"]).view(-1, 65), d["following"].view(-1)),
    "T8": lambda w, d: (rnn(w, d["x"]) * d["g"]).mean(),
    "T9": lambda w, d: (lstm(w, d["x"]) * d["g"]).mean(),
    "T10": lambda w, d: F.cross_entropy(
        linear(w, "1", F.embedding(d["ids"], w["0.weight"])), d["following"]
    ),
}


class InTorchStep(Functional):
    """A step that Inductor compiles as a whole; the new weights are written over the old."""

    def array(self, value: Any) -> Any:
        return torch.tensor(value)

    def prepare(self, name: str) -> None:
        torch._dynamo.reset()  # else the eighth step of one shape of code would stay uncompiled
        self.both = torch.func.grad_and_value(LOSSES[name])
        update = rule(self.optimizer)

        def step(weights: Any, state: Any, data: Any) -> Any:
            gradients, loss = self.both(weights, data)
            new, after = update(gradients, weights, state)
            if new is not weights:
                for key, w in weights.items():
                    w.copy_(new[key])
            return loss, after

        self.compiled = torch.compile(step)

    def run(self) -> float:
        loss, self.state = self.compiled(self.weights, self.state, self.data)
        return float(loss)

    def slopes(self) -> Any:
        return self.both(self.weights, self.data)[0]


WORKLOADS = {name: partial(InTorchStep, name) for name in LOSSES}
