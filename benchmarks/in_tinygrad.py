"""The workloads in tinygrad on the CPU: a whole step recorded by TinyJit, and run again from the recording."""

from functools import partial
from typing import Any

import numpy as np
from tinygrad import Tensor, TinyJit
from tinygrad.helpers import Context
from tinygrad.nn import optim
from tinygrad.nn.state import get_parameters

from benchmarks.functional import Functional, Loss

# There is no T9: the LSTM's 50 unrolled steps took more than two minutes to compile.


def linear(w: Any, layer: str, x: Any) -> Any:
    return x.linear(w[f"{layer}.weight"].T, w[f"{layer}.bias"])


def mlp(w: Any, x: Any) -> Any:
    return linear(w, "4", linear(w, "2", linear(w, "0", x).relu()).relu())


def conv_net(w: Any, x: Any) -> Any:
    for layer in ("0", "3"):
        x = x.conv2d(w[f"{layer}.weight"], w[f"{layer}.bias"], padding=1).relu().max_pool2d()
    return linear(w, "7", x.flatten(1))


def norm(w: Any, layer: str, x: Any) -> Any:
    return x.layernorm(eps=1e-5) * w[f"{layer}.weight"] + w[f"{layer}.bias"]


def block(w: Any, ids: Any) -> Any:
    x = w["words.weight"][ids] + w["places.weight"]
    q, k, v = (
        part.reshape(16, 64, 4, 32).transpose(1, 2)
        for part in linear(w, "qkv", norm(w, "norm1", x)).split(128, -1)
    )
    seen = q.scaled_dot_product_attention(k, v, is_causal=True)
    x = x + linear(w, "out", seen.transpose(1, 2).reshape(16, 64, 128))
    up = linear(w, "up", norm(w, "norm2", x))
    return linear(w, "head", x + linear(w, "down", 0.5 * up * (1 + (up * 0.5**0.5).erf())))


def drive(w: Any, x: Any) -> Any:
    """What the inputs contribute, at all steps at once."""
    return x.linear(w["weight_ih_l0"].T, w["bias_ih_l0"] + w["bias_hh_l0"])


def rnn(w: Any, x: Any) -> Any:
    h, states, z = Tensor.zeros(32, 128), [], drive(w, x)
    for t in range(50):
        h = (z[t] + h @ w["weight_hh_l0"].T).tanh()
        states.append(h)
    return Tensor.stack(*states)


LOSSES: dict[str, Loss] = {
    "T1": lambda w, d: (1 - d["y"] * mlp(w, d["x"])).relu().mean(),
    "T2": lambda w, d: mlp(w, d["x"]).cross_entropy(d["y"]),
    "T3": lambda w, d: mlp(w, d["x"]).cross_entropy(d["y"]),
    "T4": lambda w, d: conv_net(w, d["x"]).cross_entropy(d["y"]),
    "T5": lambda w, d: ((w["x"] * w["w"] + w["b"]).tanh() * w["x"].sigmoid() ** 2).sum(),
    "T6a": lambda w, d: w["logits"].cross_entropy(d["y"]),
    "T6b": lambda w, d: (norm(w, "norm", w["x"]) * d["g"]).sum(),
    "T7": lambda w, d: block(w, d["ids"]).reshape(-1, 65).cross_entropy(d["following"].flatten()),
    "T8": lambda w, d: (rnn(w, d["x"]) * d["g"]).mean(),
    "T10": lambda w, d: linear(w, "1", w["0.weight"][d["ids"]]).cross_entropy(d["following"]),
}


class InTinygrad(Functional):
    """A step that is recorded at its second call and replayed from then on."""

    def array(self, value: Any) -> Any:
        value = value.astype(np.int32) if value.dtype == np.int64 else value.copy()
        return Tensor(value).realize()

    def prepare(self, name: str) -> None:
        self.loss = LOSSES[name]

    def reset(self) -> None:
        """Back to the first step; in place, because the recording belongs to these tensors."""
        self.done = 0
        if hasattr(self, "weights"):
            for tensor, value in self.first:
                tensor.assign(Tensor(value)).realize()
            return
        self.weights = {key: self.array(value) for key, value in self.start.items()}
        changed = weights = list(self.weights.values())
        if self.optimizer is None:
            self.recorded = TinyJit(lambda: self._differentiate(weights))
        else:
            kind, lr = self.optimizer
            self.rule = getattr(optim, kind)(weights, lr=lr)
            self.recorded = TinyJit(self._train)
            changed = [*weights, *get_parameters(self.rule)]
        self.first = [(tensor, tensor.numpy()) for tensor in dict.fromkeys(changed)]

    def _differentiate(self, weights: list[Any]) -> Any:
        loss = self.loss(self.weights, self.data)
        return loss.realize(*loss.gradient(*weights))

    def _train(self) -> Any:
        with Context(TRAINING=1):
            self.rule.zero_grad()
            loss = self.loss(self.weights, self.data).backward()
            return loss.realize(*self.rule.schedule_step())

    def run(self) -> float:
        return float(self.recorded().item())

    def slopes(self) -> Any:
        loss = self.loss(self.weights, self.data)
        found = loss.gradient(*self.weights.values())
        return {key: g.numpy() for key, g in zip(self.weights, found, strict=True)}


WORKLOADS = {name: partial(InTinygrad, name) for name in LOSSES}
