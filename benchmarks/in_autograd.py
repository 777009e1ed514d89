"""The workloads in HIPS autograd: NumPy programs, differentiated by a tape of NumPy calls."""

from functools import partial
from typing import Any

import autograd.numpy as np
from autograd import value_and_grad
from autograd.scipy.special import erf, expit, logsumexp

from benchmarks.functional import Functional, Loss, rule


def linear(w: Any, layer: str, x: Any) -> Any:
    return np.dot(x, w[f"{layer}.weight"].T) + w[f"{layer}.bias"]


def relu(x: Any) -> Any:
    return np.maximum(x, 0)


def mlp(w: Any, x: Any) -> Any:
    return linear(w, "4", relu(linear(w, "2", relu(linear(w, "0", x)))))


def cross_entropy(logits: Any, y: Any) -> Any:
    return np.mean(logsumexp(logits, axis=1) - logits[np.arange(len(y)), y])


def norm(w: Any, layer: str, x: Any) -> Any:
    x = x - np.mean(x, -1, keepdims=True)
    x = x / np.sqrt(np.mean(x * x, -1, keepdims=True) + 1e-5)
    return x * w[f"{layer}.weight"] + w[f"{layer}.bias"]


def conv(x: Any, weight: Any, bias: Any) -> Any:
    """3 x 3 with padding 1, as one product with the nine shifted images."""
    (n, c, height, width), out = x.shape, len(weight)
    x = np.pad(x, ((0, 0), (0, 0), (1, 1), (1, 1)), mode="constant")
    shifted = [x[:, :, i : i + height, j : j + width] for i in range(3) for j in range(3)]
    columns = np.reshape(np.stack(shifted, axis=2), (n, c * 9, height * width))
    y = np.matmul(np.reshape(weight, (out, c * 9)), columns) + bias[:, None]
    return np.reshape(y, (n, out, height, width))


def conv_net(w: Any, x: Any) -> Any:
    for layer in ("0", "3"):
        x = relu(conv(x, w[f"{layer}.weight"], w[f"{layer}.bias"]))
        n, c, height, width = x.shape
        x = np.max(np.reshape(x, (n, c, height // 2, 2, width // 2, 2)), axis=(3, 5))
    return linear(w, "7", np.reshape(x, (len(x), -1)))


def formula(w: Any) -> Any:
    return np.sum(np.tanh(w["x"] * w["w"] + w["b"]) * expit(w["x"]) ** 2)


def attention(q: Any, k: Any, v: Any) -> Any:
    length, width = q.shape[-2:]
    later = np.triu(np.full((length, length), -1e30, np.float32), 1)
    scores = np.matmul(q, np.swapaxes(k, -1, -2)) / float(width) ** 0.5 + later
    e = np.exp(scores - np.max(scores, -1, keepdims=True))
    return np.matmul(e / np.sum(e, -1, keepdims=True), v)


def block(w: Any, ids: Any) -> Any:
    x = w["words.weight"][ids] + w["places.weight"]
    qkv = np.reshape(linear(w, "qkv", norm(w, "norm1", x)), (16, 64, 3, 4, 32))
    q, k, v = (np.transpose(qkv[:, :, i], (0, 2, 1, 3)) for i in range(3))
    seen = np.reshape(np.transpose(attention(q, k, v), (0, 2, 1, 3)), (16, 64, 128))
    x = x + linear(w, "out", seen)
    up = linear(w, "up", norm(w, "norm2", x))
    return linear(w, "head", x + linear(w, "down", 0.5 * up * (1 + erf(up * 0.5**0.5))))


def drive(w: Any, x: Any) -> Any:
    """What the inputs contribute, at all steps at once."""
    return np.dot(x, w["weight_ih_l0"].T) + (w["bias_ih_l0"] + w["bias_hh_l0"])


def rnn(w: Any, x: Any) -> Any:
    h, states = np.zeros((32, 128), np.float32), []
    for z in drive(w, x):
        h = np.tanh(z + np.dot(h, w["weight_hh_l0"].T))
        states.append(h)
    return np.stack(states)


def lstm(w: Any, x: Any) -> Any:
    h, c, states = np.zeros((32, 128), np.float32), np.zeros((32, 128), np.float32), []
    for z in drive(w, x):
        i, f, g, o = np.split(z + np.dot(h, w["weight_hh_l0"].T), 4, -1)
        c = expit(f) * c + expit(i) * np.tanh(g)
        h = expit(o) * np.tanh(c)
        states.append(h)
    return np.stack(states)


LOSSES: dict[str, Loss] = {
    "T1": lambda w, d: np.mean(relu(1 - d["y"] * mlp(w, d["x"]))),
    "T2": lambda w, d: cross_entropy(mlp(w, d["x"]), d["y"]),
    "T3": lambda w, d: cross_entropy(mlp(w, d["x"]), d["y"]),
    "T4": lambda w, d: cross_entropy(conv_net(w, d["x"]), d["y"]),
    "T5": lambda w, d: formula(w),
    "T6a": lambda w, d: cross_entropy(w["logits"], d["y"]),
    "T6b": lambda w, d: np.sum(norm(w, "norm", w["x"]) * d["g"]),
    "T7": lambda w, d: cross_entropy(
        np.reshape(block(w, d["ids"]), (-1, 65)), d["following"].reshape(-1)
    ),
    "T8": lambda w, d: np.mean(rnn(w, d["x"]) * d["g"]),
    "T9": lambda w, d: np.mean(lstm(w, d["x"]) * d["g"]),
    "T10": lambda w, d: cross_entropy(linear(w, "1", w["0.weight"][d["ids"]]), d["following"]),
}


class InAutograd(Functional):
    """A step that is run call by call."""

    def array(self, value: Any) -> Any:
        return value.copy()

    def prepare(self, name: str) -> None:
        self.both, self.update = value_and_grad(LOSSES[name]), rule(self.optimizer)

    def run(self) -> float:
        loss, gradients = self.both(self.weights, self.data)
        self.weights, self.state = self.update(gradients, self.weights, self.state)
        return float(loss)

    def slopes(self) -> Any:
        return self.both(self.weights, self.data)[1]


WORKLOADS = {name: partial(InAutograd, name) for name in LOSSES}
