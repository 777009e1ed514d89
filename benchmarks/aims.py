"""What is measured, how closely two engines must agree on it, and what share of the time is aimed at."""

from dataclasses import dataclass

EAGER, COMPILED = OURS = ("micrograd_lab eager", "micrograd_lab compiled")


@dataclass(frozen=True)
class Aim:
    """A workload: tolerances of losses and gradients, and our time / the baseline's, at most.

    The aims are pairs: on one thread, and on all of them.
    """

    title: str
    rtol: float = 1e-2
    atol: float = 1e-4
    eager: tuple[float, float] | None = None
    compiled: tuple[float, float] | None = None
    baseline: str = "torch"

    def of(self, engine: str, threads: int) -> float | None:
        """What is aimed at for that engine on so many threads; None for a peer."""
        pair = {EAGER: self.eager, COMPILED: self.compiled}.get(engine)
        return pair and pair[threads > 1]


# fmt: off
AIMS = {
    "S1": Aim("micrograd's moons step, in scalars", 1e-9, 1e-12, (0.10, 0.10), (0.0006, 0.0006), "micrograd"),
    "S2": Aim("a chain of 100,000 scalar operations", 1e-5, 1e-8),
    "T1": Aim("MLP 2-16-16-1, batch 100, hinge loss, SGD", 1e-3, 1e-5, (0.25, 0.25), (0.04, 0.04)),
    "T2": Aim("MLP 784-256-128-10, batch 64, cross-entropy, Adam", eager=(0.76, 0.70), compiled=(0.72, 0.62)),
    "T3": Aim("MLP 784-1024-1024-10, batch 512, Adam", eager=(0.95, 0.95), compiled=(0.92, 0.90)),
    "T4": Aim("conv net on 28 x 28, batch 64, SGD", atol=5e-4, eager=(0.70, 0.80), compiled=(0.60, 0.65)),
    "T5": Aim("sum(tanh(x*w+b)*sigmoid(x)**2) over 4M numbers", eager=(0.45, 0.45), compiled=(0.09, 0.08)),
    "T6a": Aim("softmax cross-entropy on 4096 x 1000", eager=(0.40, 0.33), compiled=(0.35, 0.30)),
    "T6b": Aim("layer norm on 8192 x 512", eager=(0.45, 0.50), compiled=(0.27, 0.22)),
    "T7": Aim("transformer block with head, 16 x 64 tokens, Adam", eager=(0.87, 0.82), compiled=(0.80, 0.75)),
    "T8": Aim("RNN, 50 steps, hidden 128, batch 32, SGD", eager=(0.50, 0.35), compiled=(0.45, 0.28)),
    "T9": Aim("LSTM, 50 steps, hidden 128, batch 32, SGD"),
    "T10": Aim("embedding and linear over 10,000 words, SGD"),
}
# fmt: on
