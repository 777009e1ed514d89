"""The workloads in JAX: a pure function of a whole step, given to jax.jit, old weights donated."""

from functools import partial
from typing import Any

import jax
import jax.numpy as jnp
from jax import lax, nn

from benchmarks.functional import Functional, Loss, rule


def linear(w: Any, layer: str, x: Any) -> Any:
    return x @ w[f"{layer}.weight"].T + w[f"{layer}.bias"]


def mlp(w: Any, x: Any) -> Any:
    return linear(w, "4", nn.relu(linear(w, "2", nn.relu(linear(w, "0", x)))))


def cross_entropy(logits: Any, y: Any) -> Any:
    return -jnp.take_along_axis(nn.log_softmax(logits), y[:, None], 1).mean()


def norm(w: Any, layer: str, x: Any) -> Any:
    x = nn.standardize(x, epsilon=1e-5)
    return x * w[f"{layer}.weight"] + w[f"{layer}.bias"]


def conv_net(w: Any, x: Any) -> Any:
    for layer in ("0", "3"):
        x = lax.conv_general_dilated(x, w[f"{layer}.weight"], (1, 1), "SAME")
        x = nn.relu(x + w[f"{layer}.bias"][:, None, None])
        n, c, height, width = x.shape
        x = x.reshape(n, c, height // 2, 2, width // 2, 2).max((3, 5))
    return linear(w, "7", x.reshape(len(x), -1))


def formula(w: Any) -> Any:
    return jnp.sum(jnp.tanh(w["x"] * w["w"] + w["b"]) * nn.sigmoid(w["x"]) ** 2)


def block(w: Any, ids: Any) -> Any:
    x = w["words.weight"][ids] + w["places.weight"]
    parts = jnp.split(linear(w, "qkv", norm(w, "norm1", x)), 3, -1)
    q, k, v = (part.reshape(16, 64, 4, 32) for part in parts)
    seen = nn.dot_product_attention(q, k, v, is_causal=True)
    x = x + linear(w, "out", seen.reshape(16, 64, 128))
    hidden = nn.gelu(linear(w, "up", norm(w, "norm2", x)), approximate=False)
    return linear(w, "head", x + linear(w, "down", hidden))


def rnn(w: Any, x: Any) -> Any:
    def cell(h: Any, drive: Any) -> Any:
        h = jnp.tanh(drive + h @ w["weight_hh_l0"].T)
        return h, h

    drive = x @ w["weight_ih_l0"].T + w["bias_ih_l0"] + w["bias_hh_l0"]
    return lax.scan(cell, jnp.zeros((32, 128)), drive)[1]


def lstm(w: Any, x: Any) -> Any:
    def cell(state: Any, drive: Any) -> Any:
        h, c = state
        i, f, g, o = jnp.split(drive + h @ w["weight_hh_l0"].T, 4, -1)
        c = nn.sigmoid(f) * c + nn.sigmoid(i) * jnp.tanh(g)
        h = nn.sigmoid(o) * jnp.tanh(c)
        return (h, c), h

    drive = x @ w["weight_ih_l0"].T + w["bias_ih_l0"] + w["bias_hh_l0"]
    return lax.scan(cell, (jnp.zeros((32, 128)), jnp.zeros((32, 128))), drive)[1]


LOSSES: dict[str, Loss] = {
    "T1": lambda w, d: nn.relu(1 - d["y"] * mlp(w, d["x"])).mean(),
    "T2": lambda w, d: cross_entropy(mlp(w, d["x"]), d["y"]),
    "T3": lambda w, d: cross_entropy(mlp(w, d["x"]), d["y"]),
    "T4": lambda w, d: cross_entropy(conv_net(w, d["x"]), d["y"]),
    "T5": lambda w, d: formula(w),
    "T6a": lambda w, d: cross_entropy(w["logits"], d["y"]),
    "T6b": lambda w, d: (norm(w, "norm", w["x"]) * d["g"]).sum(),
    "T7": lambda w, d: cross_entropy(block(w, d["ids"]).reshape(-1, 65), d["following"].ravel()),
    "T8": lambda w, d: (rnn(w, d["x"]) * d["g"]).mean(),
    "T9": lambda w, d: (lstm(w, d["x"]) * d["g"]).mean(),
    "T10": lambda w, d: cross_entropy(linear(w, "1", w["0.weight"][d["ids"]]), d["following"]),
}


class InJax(Functional):
    """A step that XLA compiles as a whole."""

    def array(self, value: Any) -> Any:
        return jnp.array(value)

    def prepare(self, name: str) -> None:
        both, update = jax.value_and_grad(LOSSES[name]), rule(self.optimizer)

        def step(weights: Any, state: Any, data: Any) -> Any:
            loss, gradients = both(weights, data)
            return loss, *update(gradients, weights, state)

        self.differentiate = jax.jit(both)
        self.compiled = jax.jit(step, donate_argnums=(0, 1))

    def run(self) -> float:
        loss, self.weights, self.state = self.compiled(self.weights, self.state, self.data)
        jax.block_until_ready((self.weights, self.state))
        return float(loss)

    def slopes(self) -> Any:
        return self.differentiate(self.weights, self.data)[1]


WORKLOADS = {name: partial(InJax, name) for name in LOSSES}
