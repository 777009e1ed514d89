"""The workloads in MyGrad: its tensors and its nnet layers, gradients kept by the tensors."""

from functools import partial
from typing import Any

import mygrad as mg
import numpy as np
from mygrad import nnet

from benchmarks.functional import Functional, Loss, rule

# There is no T7: MyGrad has no error function, which GELU is made of.


def linear(w: Any, layer: str, x: Any) -> Any:
    return mg.matmul(x, w[f"{layer}.weight"].T) + w[f"{layer}.bias"]


def mlp(w: Any, x: Any) -> Any:
    return linear(w, "4", nnet.relu(linear(w, "2", nnet.relu(linear(w, "0", x)))))


def norm(w: Any, layer: str, x: Any) -> Any:
    x = x - mg.mean(x, axis=-1, keepdims=True)
    x = x / mg.sqrt(mg.mean(x * x, axis=-1, keepdims=True) + np.float32(1e-5))
    return x * w[f"{layer}.weight"] + w[f"{layer}.bias"]


def conv_net(w: Any, x: Any) -> Any:
    for layer in ("0", "3"):
        x = nnet.conv_nd(x, w[f"{layer}.weight"], stride=1, padding=1)
        x = nnet.relu(x + w[f"{layer}.bias"].reshape(1, -1, 1, 1))
        x = nnet.max_pool(x, pool=(2, 2), stride=2)
    return linear(w, "7", x.reshape(len(x), -1))


def formula(w: Any) -> Any:
    return mg.sum(mg.tanh(w["x"] * w["w"] + w["b"]) * nnet.sigmoid(w["x"]) ** 2)


def drive(w: Any, x: Any) -> Any:
    """What the inputs contribute, at all steps at once."""
    return mg.matmul(x, w["weight_ih_l0"].T) + (w["bias_ih_l0"] + w["bias_hh_l0"])


def rnn(w: Any, x: Any) -> Any:
    h, states, z = np.zeros((32, 128), np.float32), [], drive(w, x)
    for t in range(len(x)):
        h = mg.tanh(z[t] + mg.matmul(h, w["weight_hh_l0"].T))
        states.append(h)
    return mg.stack(states)


def lstm(w: Any, x: Any) -> Any:
    h, c = np.zeros((32, 128), np.float32), np.zeros((32, 128), np.float32)
    states, drives = [], drive(w, x)
    for t in range(len(x)):
        z = drives[t] + mg.matmul(h, w["weight_hh_l0"].T)
        i, f, g, o = (z[:, k : k + 128] for k in range(0, 512, 128))
        c = nnet.sigmoid(f) * c + nnet.sigmoid(i) * mg.tanh(g)
        h = nnet.sigmoid(o) * mg.tanh(c)
        states.append(h)
    return mg.stack(states)


cross_entropy = nnet.softmax_crossentropy
LOSSES: dict[str, Loss] = {
    "T1": lambda w, d: mg.mean(nnet.relu(1 - d["y"] * mlp(w, d["x"]))),
    "T2": lambda w, d: cross_entropy(mlp(w, d["x"]), d["y"]),
    "T3": lambda w, d: cross_entropy(mlp(w, d["x"]), d["y"]),
    "T4": lambda w, d: cross_entropy(conv_net(w, d["x"]), d["y"]),
    "T5": lambda w, d: formula(w),
    "T6a": lambda w, d: cross_entropy(w["logits"], d["y"]),
    "T6b": lambda w, d: mg.sum(norm(w, "norm", w["x"]) * d["g"]),
    "T8": lambda w, d: mg.mean(rnn(w, d["x"]) * d["g"]),
    "T9": lambda w, d: mg.mean(lstm(w, d["x"]) * d["g"]),
    "T10": lambda w, d: cross_entropy(linear(w, "1", w["0.weight"][d["ids"]]), d["following"]),
}


class InMyGrad(Functional):
    """A step that is run call by call."""

    def array(self, value: Any) -> Any:
        return value.copy()

    def prepare(self, name: str) -> None:
        self.loss, self.update = LOSSES[name], rule(self.optimizer)

    def both(self) -> Any:
        """(loss, gradients) at self.weights."""
        w = {key: mg.tensor(array, copy=False) for key, array in self.weights.items()}
        loss = self.loss(w, self.data)
        loss.backward()
        return loss, {key: tensor.grad for key, tensor in w.items()}

    def run(self) -> float:
        loss, gradients = self.both()
        self.weights, self.state = self.update(gradients, self.weights, self.state)
        return float(loss)

    def slopes(self) -> Any:
        return self.both()[1]


WORKLOADS = {name: partial(InMyGrad, name) for name in LOSSES}
